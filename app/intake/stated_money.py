"""Payments and refunds as an outside shop states them: brought up to what it says, each known by its id there.

What a shop states of one payment is a running total: more of it is entered beside, less is taken back. A payment that
somebody entered here is the same one, told of twice: it is matched. What staff took back stays so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.accounting.settling import is_taken_back
from app.accounting.states import recompute_status
from app.amounts.money import ZERO
from app.columns import now
from app.extensions import db
from app.history import Actor, Happened, record
from app.intake_readers.new_order import NewPayment, NewRefund
from app.models import Order, Payment, PaymentKind

#: Between the id there and a number: what was entered later of the same payment.
PART = "~"

#: Where the order keeps which payment is which one there, by the id here: what is written of a payment never changes.
MATCHED = "matched"


@dataclass(frozen=True)
class Told:
    """One payment or refund as it is told of; the amount is positive."""

    external_id: str
    amount: Decimal
    at: datetime | None
    method: str = ""
    reference: str = ""
    reason: str = ""


def add_payments(order: Order, payments: Sequence[NewPayment], by: Actor, *, is_newest: bool = False) -> bool:
    """Record what came in as far as it is not known yet; True when that is news.

    `is_newest`: it is known to be the last word of its shop, so that less than before is a correction.
    """
    told = [
        Told(
            (given.external_id or f"payment-{position}")[:50],
            given.amount,
            given.paid_at,
            given.method,
            given.reference,
        )
        for position, given in enumerate(payments, start=1)
        if given.amount > 0
    ]
    return bring_up(order, told, PaymentKind.PAYMENT, by, is_newest=is_newest)


def add_refunds(order: Order, refunds: Sequence[NewRefund], by: Actor, *, is_newest: bool = False) -> bool:
    told = [
        Told(f"refund-{given.external_id or position}"[:50], given.amount, given.refunded_at, reason=given.reason)
        for position, given in enumerate(refunds, start=1)
        if given.amount > 0
    ]
    return bring_up(order, told, PaymentKind.REFUND, by, is_newest=is_newest)


def bring_up(order: Order, told: Sequence[Told], kind: PaymentKind, by: Actor, *, is_newest: bool) -> bool:
    changed, ids = False, {one.external_id for one in told}
    for one in told:
        known = told_before(order, one.external_id)
        if not known and (known := match(order, one, kind, ids)):
            keep_match(order, one, known, by)
        missing = one.amount - amount_told(known)
        if missing > 0:
            enter(order, one, missing, kind, len(known), by)
            changed = True
        elif missing < 0 and is_newest and all(row.external_id for row in known):
            changed = take_back_part(order, one, known, -missing, kind, by) or changed
    return changed


def told_before(order: Order, external_id: str) -> list[Payment]:
    """What was entered of this payment, and the counter rows by which its shop corrected it."""
    found = [one for one in order.payments if id_there(one) == external_id]
    return sorted(found, key=lambda one: one.id)


def id_there(payment: Payment) -> str:
    matched = (payment.order.stated or {}).get(MATCHED, {})
    return str(matched.get(str(payment.id)) or (payment.external_id or "").split(PART)[0])


def amount_told(known: Sequence[Payment]) -> Decimal:
    """How much its shop has told of; what people took back here was told all the same."""
    return abs(sum((one.amount for one in known), ZERO))


def match(order: Order, told: Told, kind: PaymentKind, ids: set[str]) -> list[Payment]:
    """What stands here of this payment though not by its id: people entered it, or its shop called it otherwise.

    That of the same amount, else all of these if they come to no more, else one that is larger and holds it.
    """
    free = [one for one in order.payments if one.kind == kind and id_there(one) not in ids and not is_taken_back(one)]
    same = [one for one in free if abs(one.amount) == told.amount][:1]
    larger = [one for one in free if abs(one.amount) > told.amount][:1]
    within = free if abs(sum((one.amount for one in free), ZERO)) <= told.amount else []
    return same or within or larger


def keep_match(order: Order, told: Told, payments: Sequence[Payment], by: Actor) -> None:
    matched = (order.stated or {}).get(MATCHED, {}) | {str(one.id): told.external_id for one in payments}
    order.stated = {**(order.stated or {}), MATCHED: matched}
    kind = payments[0].kind
    what = Happened.TOLD_PAYMENT_MATCHED if kind == PaymentKind.PAYMENT else Happened.TOLD_REFUND_MATCHED
    record(what, order, by, amount=amount_told(payments))


def part_id(external_id: str, position: int) -> str:
    return f"{external_id}{PART}{position + 1}" if position else external_id


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
        external_id=part_id(told.external_id, position),
        paid_at=told.at or now(),
        entered_by=by.name,
    )
    db.session.add(payment)
    db.session.flush()
    recompute_status(order)
    if is_payment:
        record(Happened.PAYMENT_ENTERED, order, by, amount=amount, method=payment.method)
    else:
        record(Happened.REFUND_ENTERED, order, by, amount=amount, reason=payment.reason)


def take_back_part(
    order: Order, told: Told, known: list[Payment], amount: Decimal, kind: PaymentKind, by: Actor
) -> bool:
    """So much less than it told of before: a counter row for what was entered last, and its rest anew."""
    standing = [one for one in known if one.kind == kind and not is_taken_back(one)]
    if not standing or (kind == PaymentKind.PAYMENT and order.paid - amount < order.refunded):
        return False
    last, position = standing[-1], len(known)
    amount = min(amount, abs(last.amount))
    db.session.add(
        Payment(
            order=order,
            kind=PaymentKind.REVERSAL,
            amount=-last.amount,
            method=last.method,
            reverses_id=last.id,
            external_id=part_id(told.external_id, position),
            entered_by=by.name,
            paid_at=now(),
        )
    )
    rest = abs(last.amount) - amount
    db.session.flush()
    what = Happened.PAYMENT_TAKEN_BACK if kind == PaymentKind.PAYMENT else Happened.REFUND_TAKEN_BACK
    record(what, order, by, amount=abs(last.amount))
    recompute_status(order)
    if rest > 0:
        enter(order, told, rest, kind, position + 1, by)
    return True
