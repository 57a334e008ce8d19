"""Figures over many orders for Home: sales per day, and how much waits. Each a single statement over indexes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    TextClause,
    case,
    func,
    literal_column,
    select,
    text,
    union_all,
)

from app.amounts.money import ZERO
from app.extensions import db
from app.models import (
    UNPAID_ORDERS,
    ApiToken,
    Arrival,
    CopyRun,
    Counter,
    Fate,
    Job,
    JobState,
    MailState,
    Order,
    OutgoingMail,
    Seal,
    Task,
    Ticket,
    TicketStatus,
    WorkerHeartbeat,
)
from app.queries import OPEN_TASK, late_task, shop, today
from app.queries.api_keys import has_run_out, runs_out_soon
from app.queries.counting import count_capped, rows_in
from app.queries.order_list import start_of


@dataclass(frozen=True)
class Day:
    """What was ordered on a day of the shop's: how many orders, and their total in the shop's currency."""

    day: date
    orders: int
    total: Decimal


def sales_per_day(days: int) -> list[Day]:
    """The last days, today at the end. Cancelled orders and drafts don't count, nor do totals in other currencies."""
    last = today()
    wanted = [last - timedelta(days=back) for back in reversed(range(days))]
    rows = db.session.execute(union_all(*[sales_on(day) for day in wanted])).all()
    sold = {position: (orders, total or ZERO) for position, orders, total in rows}
    return [Day(day, *sold[day.toordinal()]) for day in wanted]


def sales_on(day: date) -> Select[int, int, Decimal]:
    """One range of the index by date: a day of the shop's clock has 23 hours, or 25, twice a year."""
    own, here = shop().currency, shop().time_zone
    total = func.sum(case((Order.currency == own, Order.total), else_=ZERO))
    return (
        select(literal_column(str(day.toordinal()), Integer), func.count(), total)
        .where(Order.placed_at >= start_of(day, here), Order.placed_at < start_of(day + timedelta(days=1), here))
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
    has_demo: int
    worker_seen_at: datetime | None  # of those that were not stopped
    last_worker_at: datetime | None  # of any
    last_copy_at: datetime | None  # that was made whole
    copy_error: str | None  # of the copy begun last
    seal_number: int | None  # of the last seal
    seal_hash: str | None
    sealed_at: datetime | None


UNANSWERED = Ticket.status == TicketStatus.UNANSWERED


def waiting_counts(staff_id: int | None) -> Waiting:
    mine = Task.assignee_id == staff_id
    parts = (
        count_capped(rows_in(Order, Order.placed_at >= start_of(today(), shop().time_zone), Order.is_draft.is_(False))),
        oldest(Order.status == literal_column("'awaiting_shipment'")),
        oldest(Order.status == literal_column("'needs_decision'")),
        oldest(text(UNPAID_ORDERS)),
        count_capped(rows_in(Task, mine, OPEN_TASK)),
        count_capped(rows_in(Task, mine, late_task())),
        count_capped(rows_in(Ticket, UNANSWERED)),
        select(Ticket.last_message_at).where(UNANSWERED).order_by(Ticket.last_message_at).limit(1).scalar_subquery(),
        count_capped(rows_in(OutgoingMail, OutgoingMail.state == MailState.FAILED)),
        count_capped(rows_in(Arrival, Arrival.result == Fate.QUARANTINED)),
        count_capped(rows_in(Job, Job.state == JobState.STOPPED)),
        count_capped(rows_in(ApiToken, runs_out_soon())),
        select(func.min(ApiToken.expires_on)).where(runs_out_soon()).scalar_subquery(),
        count_capped(rows_in(ApiToken, has_run_out())),
        count_capped(
            rows_in(Counter, Counter.series == "demo", Counter.next > Counter.start), most=1
        ),  # no index tells of demo orders
        select(func.max(WorkerHeartbeat.seen_at)).where(WorkerHeartbeat.stopped_at.is_(None)).scalar_subquery(),
        select(func.max(WorkerHeartbeat.seen_at)).scalar_subquery(),
        select(func.max(CopyRun.made_at)).scalar_subquery(),
        select(CopyRun.last_error).order_by(CopyRun.id.desc()).limit(1).scalar_subquery(),
        select(Seal.number).order_by(Seal.number.desc()).limit(1).scalar_subquery(),
        select(Seal.hash).order_by(Seal.number.desc()).limit(1).scalar_subquery(),
        select(Seal.sealed_at).order_by(Seal.number.desc()).limit(1).scalar_subquery(),
    )
    return Waiting(*tuple(db.session.execute(select(*parts)).one()))


def oldest(condition: ColumnElement[bool] | TextClause) -> ScalarSelect[datetime]:
    return select(Order.placed_at).where(condition).order_by(Order.placed_at, Order.id).limit(1).scalar_subquery()
