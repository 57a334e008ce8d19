"""Reminding customers of what they have not paid: by hand, and by itself after the shop's delays.

The delays are days after ordering, or, where the shop says so, after the day on which the first unpaid invoice is due.
One that ran out before the shop switched reminders on is never made up for, and when several have run out, because no
worker ran, one mail stands for all of them. Who invoices an order elsewhere duns it there: it is never reminded of by
itself. Where the shop wants to be asked, a reminder that is due waits until somebody sends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from app import mails
from app.accounting.charging import was_waived
from app.accounting.owed import why_nothing_open
from app.actions.declaration import REASON, action
from app.actions.late_charges import charge_late_payment
from app.columns import now
from app.extensions import db
from app.history import SYSTEM, Actor, Happened, record
from app.mails.kinds import why_off
from app.models import REMINDER, REMINDERS, Customer, Invoice, InvoiceKind, Order, OrderStatus, OutgoingMail, Shop
from app.queries import shop

MOST_DELAYS = 4

#: A delay that counts from a day ends at this time of the shop's clock, when people read their mail.
MORNING = time(9)
#: No invoice is due so many days after its order, nor later.
LONGEST_TERM = 366

#: Nobody is reminded twice within this time: by two people at once, or by a person and then by itself.
SHORTEST_PAUSE = timedelta(hours=1)
SHORTEST_PAUSE_BY_ITSELF = timedelta(days=1)


def why_not_remind(order: Order) -> str:
    """Why the customer of this order can't be reminded at all."""
    if order.is_draft:
        return _("Nothing is due on a draft. Place the order first.")
    if order.cancelled_at:
        return _("This order is cancelled.")
    if order.held_at:
        return _("The order is on hold. Resume it first.")
    if order.status != OrderStatus.AWAITING_PAYMENT or order.open_amount <= 0:
        return why_nothing_open(order)
    if not order.email:
        return _("The order has no e-mail address. Enter one first.")
    return why_off(next_kind(order))


def next_kind(order: Order) -> str:
    """The mail that goes next: the first, the second, and from then on the last one."""
    return REMINDERS[min(order.reminders, len(REMINDERS) - 1)]


def why_not_send_payment_reminder(order: Order) -> str:
    if reason := why_not_remind(order):
        return reason
    if order.reminded_at and now() - order.reminded_at < SHORTEST_PAUSE:
        return _("The customer was reminded less than an hour ago.")
    return ""


@action(
    title=_l("Send payment reminder"),
    group="messages",
    icon="bell",
    done=_l("Payment reminder is on its way"),
    bulk=True,
    mail=REMINDER,
    mail_of=next_kind,
    final=True,
    why_not=why_not_send_payment_reminder,
    stands="first",
)
def send_payment_reminder(order: Order, *, by: Actor) -> OutgoingMail | None:
    """Remind the customer now. The delays of the automatic reminders stay as they are."""
    by_hand = sum(mails.times_queued(kind, f"reminder-by-hand:{order.id}") for kind in REMINDERS)
    return remind(order, by=by, once_key=f"reminder-by-hand:{order.id}:{by_hand + 1}")


def remind(order: Order, *, by: Actor, once_key: str) -> OutgoingMail | None:
    """Queue the mail with the invoice that is to be paid, and count it."""
    own_account = {"bank_account": shop().iban}  # also for who wanted to pay online: that has not worked
    kind, invoice = next_kind(order), invoice_to_pay(order)
    mail = mails.queue(kind, order, once_key=once_key, by=by, invoice=invoice, words=own_account)
    if mail is None:
        return None
    order.reminders += 1
    order.reminded_at = now()

    record(Happened.REMINDER_SENT, order, by, count=order.reminders, amount=order.open_amount)
    return mail


def invoice_to_pay(order: Order) -> Invoice | None:
    """The newest invoice that is not paid, if there is one."""
    return order.open_invoices[-1] if order.open_invoices else None


def why_not_stop_reminders(order: Order) -> str:
    if order.is_draft:
        return _("Nothing is due on a draft. Place the order first.")
    return _("No reminders go by themselves for this order.") if order.no_reminders else ""


@action(
    title=_l("No reminders"),
    group="messages",
    icon="bell",
    done=_l("No reminders go by themselves for this order"),
    bulk=True,
    why_not=why_not_stop_reminders,
    inputs=(REASON,),
    undo="remind_again",
)
def stop_reminders(order: Order, *, by: Actor, reason: str = "") -> Order:
    """Let no reminder of this order go by itself, such as while something is being talked about."""
    order.no_reminders = True
    record(Happened.REMINDERS_STOPPED, order, by, reason=reason.strip())
    return order


def why_not_remind_again(order: Order) -> str:
    return "" if order.no_reminders else _("Reminders of this order are not stopped.")


@action(
    title=_l("Reminders again"),
    group="messages",
    icon="bell",
    done=_l("Reminders go by themselves again"),
    bulk=True,
    why_not=why_not_remind_again,
    undo="stop_reminders",
    is_undo=True,
)
def remind_again(order: Order, *, by: Actor) -> Order:
    order.no_reminders = False
    record(Happened.REMINDERS_RESUMED, order, by)
    return order


# --- of a customer --------------------------------------------------------------------------------------------------


def why_not_stop_customers_reminders(customer: Customer) -> str:
    return _("No reminders go by themselves to this customer.") if customer.no_reminders else ""


@action(
    title=_l("No reminders"),
    group="customers",
    icon="bell",
    done=_l("No reminders go by themselves to this customer"),
    why_not=why_not_stop_customers_reminders,
    right_title=_l("Stop the reminders of a customer"),
    undo="remind_customer_again",
)
def stop_customers_reminders(customer: Customer, *, by: Actor) -> Customer:
    """Let no reminder go by itself to this customer, of whichever order. By hand it still goes."""
    return change_reminders_of(customer, True, by=by)


def why_not_remind_customer_again(customer: Customer) -> str:
    return "" if customer.no_reminders else _("Reminders of this customer are not stopped.")


@action(
    title=_l("Reminders again"),
    group="customers",
    icon="bell",
    done=_l("Reminders go by themselves again"),
    why_not=why_not_remind_customer_again,
    right_title=_l("Resume the reminders of a customer"),
    undo="stop_customers_reminders",
    is_undo=True,
)
def remind_customer_again(customer: Customer, *, by: Actor) -> Customer:
    return change_reminders_of(customer, False, by=by)


def change_reminders_of(customer: Customer, are_stopped: bool, *, by: Actor) -> Customer:
    changes = {"no_reminders": [customer.no_reminders, are_stopped]}
    customer.no_reminders = are_stopped
    record(Happened.RECORD_CHANGED, None, by, subject=customer, record=str(customer), changes=changes)
    return customer


# --- by itself ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Planned:
    number: int  # which of the shop's delays
    at: datetime


def next_reminder(order: Order) -> Planned | None:
    """The reminder that goes next by itself if the order stays unpaid; None when none will."""
    left = delays_left(order, shop())
    if not left or order.is_invoiced_elsewhere or why_not_remind(order) or is_left_alone(order):
        return None
    passed = [one for one in left if one.at <= now()]
    chosen = passed[-1] if passed else left[0]
    rested = order.reminded_at + SHORTEST_PAUSE_BY_ITSELF if order.reminded_at else chosen.at
    return Planned(chosen.number, max(chosen.at, rested))


def is_left_alone(order: Order) -> bool:
    return order.no_reminders or (order.customer is not None and order.customer.no_reminders)


def delays_left(order: Order, own: Shop) -> list[Planned]:
    """The delays that no mail has stood for yet; without those that had run out when reminders were switched on."""
    if own.reminders_since is None or order.is_demo or order.no_reminders:
        return []
    start = counted_from(order, own)
    all_of_them = [Planned(n, (start + timedelta(days=d)).astimezone(UTC)) for n, d in enumerate(delays(own), start=1)]
    return [one for one in all_of_them if one.number > order.automatic_reminders and one.at >= own.reminders_since]


def counted_from(order: Order, own: Shop) -> datetime:
    """When the days of the delays begin. An order without an invoice that is due some day: when it was placed."""
    due = due_day(order) if own.reminders_from_due else None
    return datetime.combine(due, MORNING, ZoneInfo(own.time_zone)) if due else order.placed_at


def due_day(order: Order) -> date | None:
    """Of the invoice that fell, or falls, due first of those that are not paid."""
    return min((one.due_on for one in order.open_invoices if one.due_on), default=None)


def delays(own: Shop) -> list[int]:
    return sorted(own.reminder_days)[:MOST_DELAYS]


def orders_to_remind() -> Sequence[int]:
    """Ids of the orders of which a reminder goes by itself now; none where somebody is asked first."""
    return [] if shop().reminders_ask else orders_due()


def orders_due(*, most: int = 200) -> Sequence[int]:
    """Ids of the orders of which a reminder is due, the oldest first; nothing is locked."""
    own = shop()
    if own.reminders_since is None or not own.reminder_days or why_off(REMINDER):
        return []
    query = select(Order.id).where(*is_due(own)).order_by(Order.placed_at, Order.id).limit(most)
    return db.session.scalars(query).all()


def is_due(own: Shop) -> list[ColumnElement[bool]]:
    """What `next_reminder` says, as the database finds it, by an index of statuses and days."""
    days, at, since = delays(own), now(), own.reminders_since or now()
    longest = timedelta(days=days[-1] + (LONGEST_TERM if own.reminders_from_due else 0))
    ran_out = [
        and_(Order.automatic_reminders < number, has_run_out(own, timedelta(days=delay)))
        for number, delay in enumerate(days, start=1)
    ]
    return [
        Order.status == OrderStatus.AWAITING_PAYMENT,
        Order.placed_at >= since - longest,
        Order.placed_at <= (at if own.reminders_from_due else at - timedelta(days=days[0])),
        or_(*ran_out),
        or_(Order.reminded_at.is_(None), Order.reminded_at <= at - SHORTEST_PAUSE_BY_ITSELF),
        Order.email != "",
        Order.invoiced_elsewhere_at.is_(None),
        Order.no_reminders.is_(False),
        Order.is_demo.is_(False),
        ~exists().where(Customer.id == Order.customer_id, Customer.no_reminders.is_(True)),
    ]


def has_run_out(own: Shop, delay: timedelta) -> ColumnElement[bool]:
    """That a delay ended since reminders were switched on."""
    at, since = now(), own.reminders_since or now()
    of_order = and_(Order.placed_at >= since - delay, Order.placed_at <= at - delay)
    if not own.reminders_from_due:
        return of_order
    due_on = select(func.min(Invoice.due_on)).where(
        Invoice.order_id == Order.id, Invoice.kind == InvoiceKind.INVOICE, Invoice.paid_at.is_(None)
    )
    due = due_on.correlate(Order).scalar_subquery()
    first, last = first_morning(since, own) - delay, last_morning(at, own) - delay
    return or_(and_(due >= first, due <= last), and_(due.is_(None), of_order))


def last_morning(moment: datetime, own: Shop) -> date:
    """The last day that had begun for reminders."""
    local = moment.astimezone(ZoneInfo(own.time_zone))
    return local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)


def first_morning(moment: datetime, own: Shop) -> date:
    """The first day that begins for reminders at the moment, or later."""
    local = moment.astimezone(ZoneInfo(own.time_zone))
    return local.date() if local.time() <= MORNING else local.date() + timedelta(days=1)


def charges_by_itself(order: Order, number: int) -> bool:
    """From the reminder on that the shop chose; never what somebody waived."""
    chosen = shop().charged_from
    return bool(chosen) and number >= chosen and not was_waived(order) and not charge_late_payment.why_not(order)


def remind_by_itself(order_id: int, *, by: Actor = SYSTEM) -> bool:
    """Send the reminder that is due of this order, which is locked first: of two who do, one sends it.

    `by` is who said yes, where the shop wants to be asked.
    """
    query = select(Order).where(Order.id == order_id).with_for_update().execution_options(populate_existing=True)
    order = db.session.scalars(query).one_or_none()
    planned = next_reminder(order) if order else None
    if order is None or planned is None or planned.at > now():
        return False
    order.automatic_reminders = planned.number
    if charges_by_itself(order, planned.number):
        charge_late_payment(order, by=by)
    return remind(order, by=by, once_key=f"reminder:{order.id}:{planned.number}") is not None
