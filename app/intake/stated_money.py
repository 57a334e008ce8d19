"""Payments and refunds as an outside shop states them: brought up to what it says, each known by its id there.

What a shop states of one payment is a running total: more of it is entered beside, less is taken back. A payment that
somebody entered here is the same one, told of twice: it is matched. What staff took back stays so. A shop that says no
more than that its order is paid tells of no amount: when its total changes later, no money came or went.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count

from app.accounting.closed_books import open_moment
from app.accounting.settling import is_taken_back
from app.accounting.states import recompute_status
from app.amounts.money import ZERO
from app.columns import now
from app.extensions import db
from app.history import Actor, Happened, record
from app.intake_readers.new_order import NewPayment, NewRefund
from app.models import Order, Payment, PaymentKind, ShopWriteKind
from app.write_back import is_our_news

#: Between the id there and a number: what was entered later of the same payment.
PART = "~"

#: Where the order keeps which payment is which one there, by the id here: what is written of a payment never changes.
#: It is the id there, or where that is about a part only, the amounts by the ids there.
MATCHED = "matched"

#: Where the order keeps which payments its shop told of by an amount of their own, when it told of them last.
COUNTED = "counted"


@dataclass(frozen=True)
class Told:
    """One payment or refund as it is told of; the amount is positive."""

    external_id: str
    amount: Decimal
    at: datetime | None
    method: str = ""
    reference: str = ""
    reason: str = ""
    is_derived: bool = False


def add_payments(order: Order, payments: Sequence[NewPayment], by: Actor, *, is_newest: bool = False) -> bool:
    """Record what came in as far as it is not known yet; True when that is news.

    `is_newest`: it is known to be the last word of its shop, so that less than before is a correction.
    """
    return bring_up(order, told_of(payments), PaymentKind.PAYMENT, by, is_newest=is_newest)


def told_of(payments: Sequence[NewPayment]) -> list[Told]:
    return [
        Told(
            (given.external_id or f"payment-{position}")[:50],
            given.amount,
            given.paid_at,
            given.method,
            given.reference,
            is_derived=given.is_derived,
        )
        for position, given in enumerate(payments, start=1)
        if given.amount > 0
    ]


def counted(payments: Sequence[NewPayment]) -> list[str]:
    """The ids of those whose amount is what came in."""
    return [one.external_id for one in told_of(payments) if not one.is_derived]


def add_refunds(order: Order, refunds: Sequence[NewRefund], by: Actor, *, is_newest: bool = False) -> bool:
    told = [
        Told(f"refund-{given.external_id or position}"[:50], given.amount, given.refunded_at, reason=given.reason)
        for position, given in enumerate(refunds, start=1)
        if given.amount > 0
    ]
    return bring_up(order, told, PaymentKind.REFUND, by, is_newest=is_newest)


def bring_up(order: Order, told: Sequence[Told], kind: PaymentKind, by: Actor, *, is_newest: bool) -> bool:
    changed, ids = False, {one.external_id for one in told}
    for one in sorted(told, key=lambda one: not is_of_same_amount(order, one, kind, ids)):
        known = told_before(order, one.external_id)
        if not known and (found := match(order, one, kind, ids)):
            keep_match(order, one, found, ids)
            known = told_before(order, one.external_id)
            record_match(order, one, kind, known, by)
        if known and is_no_news(order, one):
            continue
        if hold_more(order, one, known, ids):
            record_match(order, one, kind, known, by)
        missing = one.amount - amount_told(known, one.external_id)
        if missing > 0:
            enter(order, one, missing, kind, len(known), by)
            changed = True
        elif missing < 0 and is_newest and not one.is_derived and all(row.external_id for row in known):
            changed = take_back_part(order, one, known, -missing, kind, by) or changed
    return changed


def is_of_same_amount(order: Order, told: Told, kind: PaymentKind, ids: set[str]) -> bool:
    """Whether just that amount stands here. It is matched first, so that no other one takes it for a part of itself."""
    return any(one.kind == kind and left_of(one, ids) == told.amount for one in order.payments)


def is_no_news(order: Order, told: Told) -> bool:
    """Its shop says of a known payment that the order is paid, and said no other amount before: no money moved."""
    return told.is_derived and told.external_id not in (order.stated or {}).get(COUNTED, ())


def told_before(order: Order, external_id: str) -> list[Payment]:
    """What was entered of this payment, and the counter rows by which its shop corrected it."""
    found = [one for one in order.payments if external_id in told_as(one)]
    return sorted(found, key=lambda one: one.id)


def told_as(payment: Payment) -> dict[str, Decimal]:
    """How much of this payment its shop tells of, by the ids there: all of it by one, or parts of it by several."""
    matched = (payment.order.stated or {}).get(MATCHED, {}).get(str(payment.id))
    if isinstance(matched, dict):
        return {external_id: Decimal(amount) for external_id, amount in matched.items()}
    external_id = matched or (payment.external_id or "").split(PART)[0]
    return {external_id: payment.amount} if external_id else {}


def amount_told(known: Sequence[Payment], external_id: str) -> Decimal:
    """How much its shop has told of; what people took back here was told all the same."""
    return abs(sum((told_as(one)[external_id] for one in known), ZERO))


def left_of(payment: Payment, ids: set[str]) -> Decimal:
    """How much of it its shop does not tell of by one of these ids; nothing once it is taken back."""
    if is_taken_back(payment):
        return ZERO
    parts = [abs(amount) for external_id, amount in told_as(payment).items() if external_id in ids]
    return abs(payment.amount) - sum(parts, ZERO)


def match(order: Order, told: Told, kind: PaymentKind, ids: set[str]) -> list[tuple[Payment, Decimal]]:
    """What stands here of this payment though not by its id: people entered it, or its shop called it otherwise.

    That of the same amount, else all of these if they come to no more, else one that is larger and holds it: of one
    that people entered, the rest may be what its shop tells of by another id.
    """
    left = [(one, left_of(one, ids)) for one in order.payments if one.kind == kind]
    free = [(one, amount) for one, amount in left if amount > 0]
    same = [(one, amount) for one, amount in free if amount == told.amount][:1]
    larger = [(one, amount if one.external_id else told.amount) for one, amount in free if amount > told.amount][:1]
    within = free if sum((amount for _one, amount in free), ZERO) <= told.amount else []
    return same or within or larger


def keep_match(order: Order, told: Told, found: Sequence[tuple[Payment, Decimal]], ids: set[str]) -> None:
    matched = dict((order.stated or {}).get(MATCHED, {}))
    for payment, amount in found:
        parts = {one: str(part) for one, part in told_as(payment).items() if one in ids}
        parts[told.external_id] = str(amount.copy_sign(payment.amount))
        matched[str(payment.id)] = told.external_id if amount == abs(payment.amount) else parts
    order.stated = {**(order.stated or {}), MATCHED: matched}


def record_match(order: Order, told: Told, kind: PaymentKind, known: Sequence[Payment], by: Actor) -> None:
    """Unless it tells what it was told from here."""
    if kind == PaymentKind.PAYMENT and is_our_news(order, ShopWriteKind.PAID, ShopWriteKind.SENT):
        return
    if kind == PaymentKind.REFUND and is_our_news(order, ShopWriteKind.REFUNDED, part_ids=[one.id for one in known]):
        return
    what = Happened.TOLD_PAYMENT_MATCHED if kind == PaymentKind.PAYMENT else Happened.TOLD_REFUND_MATCHED
    record(what, order, by, amount=amount_told(known, told.external_id))


def hold_more(order: Order, told: Told, known: Sequence[Payment], ids: set[str]) -> bool:
    """More is told of a part of what people entered: the rest of that is this payment, too. True when it is."""
    holds = False
    for payment in known:
        held, missing = abs(told_as(payment)[told.external_id]), told.amount - amount_told(known, told.external_id)
        if more := max(min(left_of(payment, ids), missing), ZERO):
            keep_match(order, told, [(payment, held + more)], ids)
            holds = True
    return holds


def part_id(order: Order, external_id: str, position: int) -> str:
    """The next that is free: a payment that its shop calls otherwise since keeps the id that it was entered by."""
    taken = {one.external_id for one in order.payments}
    ids = (f"{external_id}{PART}{at + 1}" if at else external_id for at in count(position))
    return next(one for one in ids if one not in taken)


def enter(order: Order, told: Told, amount: Decimal, kind: PaymentKind, position: int, by: Actor) -> None:
    is_payment = kind == PaymentKind.PAYMENT
    payment = Payment(
        order=order,
        kind=kind,
        amount=amount if is_payment else -amount,
        method=(told.method or order.payment_method_title)[:255],
        confirmed_itself=is_payment and bool(order.payment_method and order.payment_method.confirms_itself),
        reference=told.reference[:255],
        reason=told.reason[:255],
        external_id=part_id(order, told.external_id, position),
        paid_at=moment_in_books(order, told),
        entered_by=by.name,
    )
    db.session.add(payment)
    db.session.flush()
    recompute_status(order)
    if is_payment:
        record(Happened.PAYMENT_ENTERED, order, by, amount=amount, method=payment.method)
    else:
        record(Happened.REFUND_ENTERED, order, by, amount=amount, reason=payment.reason)


def moment_in_books(order: Order, told: Told) -> datetime:
    """As its shop says; what is told late of days that are closed here is dated after them."""
    at = told.at or now()
    return at if order.is_invoiced_elsewhere or order.is_demo else open_moment(at)


def take_back_part(
    order: Order, told: Told, known: list[Payment], amount: Decimal, kind: PaymentKind, by: Actor
) -> bool:
    """So much less than it told of before: counter rows for what was entered last, and the rest of that anew."""
    standing = [one for one in known if one.kind == kind and not is_taken_back(one)]
    if not standing or (kind == PaymentKind.PAYMENT and order.paid - amount < order.refunded):
        return False
    position = len(known)
    for last in reversed(standing):
        counter(order, told, last, position, by)
        rest, amount = abs(last.amount) - amount, amount - abs(last.amount)
        position += 1
        if rest > 0:
            enter(order, told, rest, kind, position, by)
        if rest >= 0:
            break
    return True


def counter(order: Order, told: Told, payment: Payment, position: int, by: Actor) -> None:
    db.session.add(
        Payment(
            order=order,
            kind=PaymentKind.REVERSAL,
            amount=-payment.amount,
            method=payment.method,
            reverses_id=payment.id,
            external_id=part_id(order, told.external_id, position),
            entered_by=by.name,
            paid_at=now(),
        )
    )
    db.session.flush()
    what = Happened.PAYMENT_TAKEN_BACK if payment.kind == PaymentKind.PAYMENT else Happened.REFUND_TAKEN_BACK
    record(what, order, by, amount=abs(payment.amount))
    recompute_status(order)
