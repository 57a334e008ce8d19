"""Whether an order is over where it comes from, as far as it says so itself: by a word of its shop, or by its facts."""

from __future__ import annotations

from decimal import Decimal

from app.amounts.ledger import Ledger
from app.amounts.money import ZERO
from app.intake_readers.new_order import NewLine, NewOrder, NewShipment
from app.models import LineKind


def is_over(new: NewOrder) -> bool:
    """Nothing happens to it there any more: it is completed, paid and sent, paid back in full, or cancelled."""
    is_done = new.is_completed or (is_paid(new) and is_sent(new))
    return is_done or is_paid_back(new) or new.cancelled_at is not None


def is_paid(new: NewOrder) -> bool:
    """Whether nothing of it will be open once its payments and refunds are entered here."""
    refunded = sum((refund.amount for refund in new.refunds if refund.amount > 0), ZERO)
    return Ledger(new.total, ZERO, ZERO, paid_in(new), refunded).is_settled


def paid_in(new: NewOrder) -> Decimal:
    return sum((payment.amount for payment in new.payments if payment.amount > 0), ZERO)


def is_paid_back(new: NewOrder) -> bool:
    refunded = sum((refund.amount for refund in new.refunds), ZERO)
    return refunded > 0 and refunded >= max(new.total, paid_in(new))


def is_sent(new: NewOrder) -> bool:
    """Whether all its products left the house. A parcel that names no lines holds everything."""
    gone = [parcel for parcel in new.shipments if parcel.sent_at]
    if new.picked_up_at or any(not parcel.lines for parcel in gone):
        return True
    return bool(gone) and all(sent_of(line.external_id, gone) >= line.quantity for line in products(new))


def products(new: NewOrder) -> list[NewLine]:
    return [line for line in new.lines if line.kind == LineKind.PRODUCT]


def sent_of(line_id: str, gone: list[NewShipment]) -> Decimal:
    return sum((parcel.lines.get(line_id, ZERO) for parcel in gone), ZERO)
