"""Figures over many orders for Home: sales per day or month, and what waits. Each a single statement over indexes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    ScalarSelect,
    Select,
    TextClause,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    union_all,
)

from app.amounts.money import ZERO
from app.columns import Moment, now
from app.extensions import db
from app.models import (
    DIFFERS,
    UNPAID_ORDERS,
    ApiToken,
    Arrival,
    Connection,
    CopyRun,
    Fate,
    InvoiceKind,
    Job,
    JobState,
    MailState,
    Order,
    Outage,
    OutgoingMail,
    PaymentMethod,
    Pull,
    Seal,
    ShippingMethod,
    ShopProduct,
    Staff,
    Task,
    Ticket,
    TicketStatus,
    WorkerHeartbeat,
    YearlySales,
)
from app.numbering import any_drawn
from app.queries import OPEN_TASK, shop, today
from app.queries.api_keys import HAS_RUN_OUT, RUNS_OUT_SOON, days_of_keys
from app.queries.counting import count_capped, rows_in
from app.queries.order_list import ListRow, start_of


@dataclass(frozen=True)
class Day:
    """What was ordered on a day of the shop's, or in the month that begins with it: orders, and their total."""

    day: date
    orders: int
    total: Decimal


def sales_per_day(days: int) -> list[Day]:
    """The last days, today at the end. Cancelled orders and drafts don't count, nor do totals in other currencies."""
    return sales_from([today() - timedelta(days=back) for back in reversed(range(days))])


def sales_per_month(months: int) -> list[Day]:
    """The last months of the calendar, this one at the end as far as it went."""
    return sales_from(first_days(months))


def has_many_orders(months: int, most: int) -> bool:
    """Whether there are more than so many in these months: what is told by the index of their dates."""
    since = start_of(first_days(months)[0], shop().time_zone)
    placed = rows_in(Order, Order.placed_at >= since, Order.is_draft.is_(False))
    return (db.session.scalar(select(count_capped(placed, most=most + 1))) or 0) > most


def first_days(months: int) -> list[date]:
    """Of the last months, this one at the end."""
    this = today().year * 12 + today().month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(this - months + 1, this + 1)]


def sales_from(days: list[date]) -> list[Day]:
    """From each of these days until the next, and from the last until tonight."""
    here = shop().time_zone
    nights = {f"night_{at}": start_of(day, here) for at, day in enumerate([*days, today() + timedelta(days=1)])}
    rows = db.session.execute(sales_on_days(len(days)), {"own": shop().currency, **nights}).all()
    sold = {position: (orders, total or ZERO) for position, orders, total in rows}
    return [Day(day, *sold[at]) for at, day in enumerate(days)]


@cache
def sales_on_days(days: int) -> CompoundSelect[int, int, Decimal]:
    """Written once: SQLAlchemy takes longer to write such a statement than to have it answered."""
    return union_all(*[sales_on(at) for at in range(days)])


def sales_on(position: int) -> Select[int, int, Decimal]:
    """One range of the index by date: a day of the shop's clock has 23 hours, or 25, twice a year."""
    midnight, next_midnight = (bindparam(f"night_{at}", type_=Moment()) for at in (position, position + 1))
    total = func.sum(case((Order.currency == bindparam("own"), Order.total), else_=ZERO))
    return (
        select(literal_column(str(position), Integer), func.count(), total)
        .where(Order.placed_at >= midnight, Order.placed_at < next_midnight)
        .where(Order.cancelled_at.is_(None), Order.is_draft.is_(False))
    )


@dataclass(frozen=True)
class Waiting:
    """What there is to do, for the shop and for one person."""

    placed_today: int
    oldest_to_ship: datetime | None
    oldest_undecided: datetime | None
    oldest_unpaid: datetime | None
    tasks: int
    late_tasks: int
    tickets: int  # not answered
    oldest_ticket: datetime | None
    failed_mails: int
    unread_payloads: int
    stopped_jobs: int
    keys_running_out: int
    first_runs_out_on: date | None
    keys_run_out: int
    has_demo: bool
    worker_seen_at: datetime | None  # of those that were not stopped
    last_worker_at: datetime | None  # of any
    last_copy_at: datetime | None  # that was made whole
    copy_error: str | None  # of the copy begun last
    seal_number: int | None  # of the last seal
    seal_hash: str | None
    sealed_at: datetime | None
    has_outages: bool
    has_connection_trouble: bool
    has_yearly_sales: bool
    has_payment_methods: bool
    has_shipping_methods: bool
    has_invoice_numbers: bool  # at least one was drawn
    has_colleagues: bool


UNANSWERED = Ticket.status == TicketStatus.UNANSWERED


def waiting_counts(staff_id: int | None) -> Waiting:
    asked = {
        "staff_id": staff_id,
        "midnight": start_of(today(), shop().time_zone),
        "this_moment": now(),
        **days_of_keys(),
    }
    found: ListRow = db.session.execute(what_waits(), asked).one()
    return Waiting(*tuple(found))


@cache
def what_waits() -> Select[*tuple[object, ...]]:
    """Written once, as the sales are."""
    mine = Task.assignee_id == bindparam("staff_id", type_=Integer)
    placed_today = (Order.placed_at >= bindparam("midnight", type_=Moment()), Order.is_draft.is_(False))
    return select(
        count_capped(rows_in(Order, *placed_today)),
        oldest(Order.status == literal_column("'awaiting_shipment'")),
        oldest(Order.status == literal_column("'needs_decision'")),
        oldest(text(UNPAID_ORDERS)),
        count_capped(rows_in(Task, mine, OPEN_TASK)),
        count_capped(rows_in(Task, mine, OPEN_TASK, Task.due_at < bindparam("this_moment", type_=Moment()))),
        count_capped(rows_in(Ticket, UNANSWERED)),
        select(Ticket.last_message_at).where(UNANSWERED).order_by(Ticket.last_message_at).limit(1).scalar_subquery(),
        count_capped(rows_in(OutgoingMail, OutgoingMail.state == MailState.FAILED)),
        count_capped(rows_in(Arrival, Arrival.result == Fate.QUARANTINED)),
        count_capped(rows_in(Job, Job.state == JobState.STOPPED)),
        count_capped(rows_in(ApiToken, RUNS_OUT_SOON)),
        select(func.min(ApiToken.expires_on)).where(RUNS_OUT_SOON).scalar_subquery(),
        count_capped(rows_in(ApiToken, HAS_RUN_OUT)),
        any_drawn("order", "demo"),  # no index tells of demo orders
        select(func.max(WorkerHeartbeat.seen_at)).where(WorkerHeartbeat.stopped_at.is_(None)).scalar_subquery(),
        select(func.max(WorkerHeartbeat.seen_at)).scalar_subquery(),
        select(func.max(CopyRun.made_at)).scalar_subquery(),
        select(CopyRun.last_error).order_by(CopyRun.id.desc()).limit(1).scalar_subquery(),
        select(Seal.number).order_by(Seal.number.desc()).limit(1).scalar_subquery(),
        select(Seal.hash).order_by(Seal.number.desc()).limit(1).scalar_subquery(),
        select(Seal.sealed_at).order_by(Seal.number.desc()).limit(1).scalar_subquery(),
        exists(select(Outage.what)),
        connection_trouble(),
        exists(select(YearlySales.year)),
        exists(select(PaymentMethod.id)),
        exists(select(ShippingMethod.id)),
        any_drawn(InvoiceKind.INVOICE),
        exists(select(Staff.id).where(Staff.id != bindparam("staff_id", type_=Integer))),
    )


def connection_trouble() -> ColumnElement[bool]:
    """Whether anything went wrong with a connected shop; what of it is told is asked only then."""
    return or_(
        exists(select(Pull.id).where(Pull.trouble.is_not(None))),
        exists(select(Connection.id).where(Connection.tell_trouble.is_not(None))),
        exists(select(Connection.id).where(Connection.stock_trouble.is_not(None))),
        exists(select(ShopProduct.id).where(text(f"({DIFFERS})"), ShopProduct.trouble.is_not(None))),
    )


def oldest(condition: ColumnElement[bool] | TextClause) -> ScalarSelect[datetime]:
    return select(Order.placed_at).where(condition).order_by(Order.placed_at, Order.id).limit(1).scalar_subquery()
