"""Booking the lines of bank statements as payments and refunds, setting them aside, and taking either back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from app import queries
from app.accounting.closed_books import day_in_shop, is_closed, refuse_closed_day, wait_for_closing
from app.accounting.posted_lines import fee_in_books, is_posted_aside
from app.accounting.settling import is_taken_back
from app.actions.payments import enter_payment, enter_refund, take_back_payment
from app.actions.rests import can_be_written_off, rests_since, write_off_rest
from app.amounts.money import ZERO
from app.columns import now
from app.documents.structured_references import make_ogm, make_rf
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor
from app.models import LineBooking, LineState, Order, Payment, Purpose, SetAside, StatementLine
from app.queries.bank import (
    customers_by_account,
    invoice_numbers_of,
    locked_statement_line,
    orders_awaiting_money,
    payouts_of,
)
from app.statements.matching import Claim, Matcher, Proposal, Sureness, Why

#: So long a payout is under way at most.
PAYOUT_TAKES = timedelta(days=14)


@dataclass(frozen=True)
class PartOfLine:
    """How much of a line is of which order; negative what went back."""

    number: str
    amount: Decimal


# --- proposing ------------------------------------------------------------------------------------------------------


def propose_bookings(lines: Sequence[StatementLine]) -> list[Proposal | None]:
    """For each line what it could be booked on, as everything stands now; the demo's money is for the demo's orders."""
    orders = orders_awaiting_money()
    invoices = invoice_numbers_of([order.id for order in orders])
    accounts = customers_by_account(line.iban for line in lines)
    found: dict[int, Proposal | None] = {}
    for is_demo in (False, True):
        claims = [claim_of(order, invoices.get(order.id, [])) for order in orders if order.is_demo == is_demo]
        some = [line for line in lines if line.file.is_demo == is_demo]
        proposals = Matcher([one for one in claims if one.amount], accounts).propose_all(some)
        found |= {line.id: one for line, one in zip(some, proposals, strict=True)}
    payouts = payouts_of(line.amount for line in lines)
    return [as_payout(line, payouts.get(line.amount, [])) or found[line.id] for line in lines]


def claim_of(order: Order, invoices: list[str]) -> Claim:
    return Claim(
        order_id=order.id,
        number=order.number,
        amount=order.open_amount,
        currency=order.currency,
        numbers=tuple(dict.fromkeys(one for one in (order.number, order.external_number, *invoices) if one)),
        references=tuple(one for number in invoices for one in (make_rf(number), make_ogm(number)) if one),
        names=tuple(one for one in (order.customer_name, order.company) if one),
        customer_id=order.customer_id,
    )


def as_payout(line: StatementLine, payouts: list[StatementLine]) -> Proposal | None:
    """A sum that a payment provider's report says it paid out: nothing to book, for its payments are lines there."""
    if line.purpose != Purpose.PAYMENT:
        return None
    said = f"{line.name} {line.text} {line.reference} {line.end_to_end}".casefold()
    named = [
        one
        for one in payouts
        if abs(one.booked_on - line.booked_on) <= PAYOUT_TAKES
        and (one.account.casefold() in said or (one.end_to_end and one.end_to_end.casefold() in said))
    ]
    return Proposal((), Sureness.LIKELY, (Why.PAYOUT, Why.AMOUNT)) if named else None


# --- booking --------------------------------------------------------------------------------------------------------


def book_line(
    line_id: int, parts: Sequence[PartOfLine], *, by: Actor, notify: bool, write_off: bool = False
) -> list[Payment]:
    """Enter it on these orders with its own day: money that came as payments, money that went as refunds.

    `write_off`: also the small rest that it leaves on an order.
    """
    orders = lock_orders([part.number for part in parts])
    line = lock_line(line_id)
    if line.state == LineState.BOOKED:
        raise ActionRefused(_("This line is booked already."))
    if fee_in_books(line, line.file.form) or not is_undone_since(line):
        refuse_closed_day(line.booked_on)
    if not parts:
        raise ActionRefused(_("Choose the order that this line is for."))
    refuse_other_sum(line, parts)
    refuse_mixing(line, orders.values())
    payments = [enter_part(line, orders[part.number], part.amount, by=by, notify=notify) for part in parts]
    db.session.flush()
    db.session.add_all([LineBooking(line_id=line.id, payment_id=payment.id) for payment in payments])
    conclude(line, LineState.BOOKED, None, by)
    for order in orders.values() if write_off else ():
        if can_be_written_off(order):
            write_off_rest(order, by=by, notify=notify and bool(order.email))
    return payments


def is_undone_since(line: StatementLine) -> bool:
    """Whether it is in the books of its day, and was taken off the bank on a later one that is open: only a booking
    puts that back. It is dated today, as undoing was.
    """
    days = (
        day_in_shop(row.paid_at)
        for booking in line.bookings
        for row in booking.payment.order.payments
        if row.reverses_id == booking.payment_id
    )
    return any(not is_closed(day) for day in days)


def lock_orders(numbers: Sequence[str]) -> dict[str, Order]:
    """In the order in which everybody locks."""
    found: dict[str, Order] = {}
    for number in sorted(set(numbers)):
        order = queries.locked_order(number)
        if order is None or order.is_draft:
            raise ActionRefused(_("There is no order %(number)s.", number=number))
        found[number] = order
    return found


def lock_line(line_id: int) -> StatementLine:
    """After the shop, as who reads a file locks them."""
    wait_for_closing()
    line = locked_statement_line(line_id)
    if line is None:
        raise ActionRefused(_("This line is not there any more."))
    return line


def refuse_other_sum(line: StatementLine, parts: Sequence[PartOfLine]) -> None:
    """What is booked comes to the line, in its currency and direction."""
    if any((part.amount > 0) != (line.amount > 0) for part in parts):
        raise ActionRefused(_("All amounts of a line go the same way as the line."))
    if sum((part.amount for part in parts), ZERO) != line.amount:
        raise ActionRefused(_("The amounts do not come to that of the line."))


def refuse_mixing(line: StatementLine, orders: Iterable[Order]) -> None:
    """What is booked on the demo goes with it, and money of the demo is none."""
    if all(order.is_demo == line.file.is_demo for order in orders):
        return
    if line.file.is_demo:
        raise ActionRefused(_("This line belongs to the demo shop: book it on one of its orders."))
    raise ActionRefused(_("This money is real, and the order belongs to the demo shop: choose an order of your own."))


def enter_part(line: StatementLine, order: Order, amount: Decimal, *, by: Actor, notify: bool) -> Payment:
    if order.currency != line.currency:
        raise ActionRefused(
            _("Order %(number)s is in %(currency)s, this line is not.", number=order.number, currency=order.currency)
        )
    said = (line.reference or line.bank_reference or line.end_to_end)[:255]
    tells = notify and bool(order.email)
    enter = enter_payment if amount > 0 else enter_refund
    paid_at = None if is_closed(line.booked_on) else noon_of(line.booked_on)
    return enter(order, by=by, amount=abs(amount), paid_at=paid_at, reference=said, notify=tells)


def noon_of(day: date) -> datetime:
    """The middle of the day by the shop's clock, so that no other zone makes it another day; never still to come."""
    noon = datetime.combine(day, time(12), ZoneInfo(queries.shop().time_zone))
    return min(noon, now())


def conclude(line: StatementLine, state: LineState, aside: SetAside | None, by: Actor | None) -> None:
    line.state, line.aside = state, aside
    line.decided_at, line.decided_by = (now(), by.name) if by else (None, "")


# --- taking it back -------------------------------------------------------------------------------------------------


def undo_booking(line_id: int, *, by: Actor) -> StatementLine:
    """Take back the payments that it was booked as, in the way of each; the line waits again."""
    line = lock_booked(line_id)
    if fee_in_books(line, line.file.form):
        refuse_closed_day(line.booked_on)  # the fee is in the books of that day
    standing = payments_standing(line)
    for payment in [*(rest for one in standing for rest in rests_since(one)), *standing]:
        take_back_payment(payment, by=by, reason=_("Booking of a bank line undone"))
    conclude(line, LineState.OPEN, None, None)
    return line


def lock_booked(line_id: int) -> StatementLine:
    found = db.session.get(StatementLine, line_id)
    if found is None:
        raise ActionRefused(_("This line is not there any more."))
    lock_orders([booking.payment.order.number for booking in found.bookings])
    line = lock_line(line_id)
    if line.state != LineState.BOOKED:
        raise ActionRefused(_("This line is not booked."))
    return line


def payments_standing(line: StatementLine) -> list[Payment]:
    return [one.payment for one in line.bookings if not is_taken_back(one.payment)]


def set_line_aside(line_id: int, *, by: Actor, why: SetAside = SetAside.NOT_OURS) -> StatementLine:
    line = lock_line(line_id)
    if line.state == LineState.BOOKED:
        raise ActionRefused(_("This line is booked already."))
    if any(is_posted_aside(line, line.file.form, one) for one in (why, line.aside)):
        refuse_closed_day(line.booked_on)
    conclude(line, LineState.SET_ASIDE, why, by)
    return line


def take_line_up_again(line_id: int, *, by: Actor) -> StatementLine:
    line = lock_line(line_id)
    if line.state == LineState.BOOKED:
        raise ActionRefused(_("This line is booked already."))
    if is_posted_aside(line, line.file.form, line.aside):
        refuse_closed_day(line.booked_on)
    conclude(line, LineState.OPEN, None, None)
    return line
