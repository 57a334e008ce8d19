"""What waits for somebody, and what came in since they last looked: the counts beside the menu and the news of a page.

One statement, over indexes. Each count stops soon: nobody needs to know how many more there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from app.config import LARGEST_ID
from app.extensions import db
from app.history import Happened
from app.models import (
    LIES_OPEN,
    Arrival,
    Fate,
    History,
    Job,
    JobState,
    MailState,
    Order,
    OutgoingMail,
    OutsideShop,
    Return,
    ReturnStatus,
    Shipment,
    Task,
    Ticket,
)
from app.numbering import any_drawn
from app.queries.concerns import as_indexed
from app.queries.counting import count_capped, rows_in
from app.queries.order_list import ListRow
from app.queries.records import OPEN_TASK
from app.queries.statistics import UNANSWERED, connection_trouble

#: A count goes no further; beyond it the menu says "99+".
MOST_COUNTED = 99

#: Of what happened meanwhile, only so many entries are looked at, the latest: of a flood not each drop is counted.
MOST_LOOKED_AT = 250

ASKED_BY_CUSTOMERS = (Happened.TICKET_ASKED.value, Happened.TICKET_REPLIED.value)
PLACED = (Happened.ORDER_PLACED.value, Happened.DRAFT_PLACED.value)

Counted = Order | Shipment | Return | Ticket | Task | OutgoingMail | History


@dataclass(frozen=True)
class News:
    """Counts up to one more than MOST_COUNTED, of what waits and of what came after the mark."""

    orders_to_ship: int
    slips_to_ship: int
    returns_requested: int
    tickets_unanswered: int
    own_tasks: int
    mails_failed: int
    arrivals_unread: int
    jobs_stopped: int
    has_connection_trouble: bool  # which shops can't be read or told is another question
    new_orders: int
    new_questions: int
    new_failures: int  # of mails
    mark: int  # what happens from now on is above it


def what_is_new(staff_id: int | None, *, since: int | None) -> News:
    """For this person, who knows of all up to the mark `since`, and of what they did; without a mark nothing is new."""
    asked = {"staff_id": staff_id, "since": LARGEST_ID if since is None else since}
    found: ListRow = db.session.execute(counts_and_news(), asked).one()
    return News(*tuple(found))


@cache
def counts_and_news() -> Select[*tuple[object, ...]]:
    """Written once: SQLAlchemy takes longer to write it than the database to answer."""
    mine = Task.assignee_id == bindparam("staff_id", type_=Integer)
    recent = what_happened().subquery()
    return select(
        count_own(Order, Order.status == literal_column("'awaiting_shipment'")),
        count_own(Shipment, as_indexed(LIES_OPEN)),
        count_own(Return, Return.status == literal_column(f"'{ReturnStatus.REQUESTED.value}'")),
        count_own(Ticket, UNANSWERED),
        count_own(Task, mine, OPEN_TASK),
        count_own(OutgoingMail, OutgoingMail.state == MailState.FAILED),
        count_to_most(rows_in(Arrival, Arrival.result == Fate.QUARANTINED, is_arrival_of_shop())),
        count_to_most(rows_in(Job, Job.state == JobState.STOPPED)),
        connection_trouble(),
        func.count(case((recent.c.what.in_(PLACED), 1))),
        func.count(case((recent.c.what.in_(ASKED_BY_CUSTOMERS), 1))),
        func.count(case((recent.c.what == Happened.MAIL_FAILED.value, 1))),
        func.coalesce(select(func.max(History.id)).scalar_subquery(), 0),
    ).select_from(recent)


def count_own(table: type[Counted], *where: ColumnElement[bool]) -> ScalarSelect[int]:
    """Demo records count as long as there is nothing but the demo shop, and never among the shop's own."""
    return count_to_most(rows_in(table, *where, is_of_shop(table)))


def count_to_most(query: Select[str] | Select[int]) -> ScalarSelect[int]:
    return count_capped(query, most=MOST_COUNTED + 1)


def is_of_shop(table: type[Counted]) -> ColumnElement[bool]:
    return or_(table.is_demo.is_(False), not_(any_drawn("order")))


def is_arrival_of_shop() -> ColumnElement[bool]:
    demo_shops = select(OutsideShop.id).where(OutsideShop.is_demo.is_(True))
    return or_(Arrival.outside_shop_id.not_in(demo_shops), not_(any_drawn("order")))


def what_happened() -> Select[str]:
    """The latest first, by the key of the table, which stops by itself: a mark of long ago makes nothing slow."""
    by_others = or_(History.staff_id.is_(None), History.staff_id != bindparam("staff_id", type_=Integer))
    latest = (
        select(History.what, and_(by_others, is_of_shop(History)).label("is_news"))
        .where(History.id > bindparam("since", type_=Integer))
        .order_by(History.id.desc())
        .limit(MOST_LOOKED_AT)
        .subquery()
    )
    return select(latest.c.what).where(latest.c.is_news)
