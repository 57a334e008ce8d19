"""What of an order's money asks for something: to pay back, paid too much, not invoiced, paid back without a document.

Each is an amount in the order's currency, 0 when there is nothing of it. `UNCREDITED_ORDERS` and `NOT_INVOICED_ORDERS`
in `app/models.py` find the same orders in SQL, over the same stored sums.
"""

from __future__ import annotations

from decimal import Decimal

from flask_babel import get_locale
from flask_babel import gettext as _

from app.amounts.money import ZERO, format_amount
from app.config import locale_of
from app.models import Order, PaymentStatus


def to_pay_back(order: Order) -> Decimal:
    """What the shop owes its customer, for whatever reason: at most what it has of him."""
    return max(min(-order.open_amount, order.ledger.kept), ZERO)


def paid_too_much(order: Order) -> Decimal:
    """The part of what is to be paid back that came in beyond what the order claims, all credit notes aside."""
    return max(min(to_pay_back(order), order.ledger.kept - order.ledger.due), ZERO)


def part_paid(order: Order) -> Decimal:
    """What is still open after a part of it came in."""
    return order.open_amount if order.payment_status == PaymentStatus.PARTIALLY_PAID else ZERO


def paid_back_without_credit_note(order: Order) -> Decimal:
    """What went back though the invoices made here still claim it."""
    if order.is_invoiced_elsewhere:
        return ZERO
    ledger = order.ledger
    return max(min(ledger.no_longer_owed, ledger.invoiced - ledger.credited - ledger.kept), ZERO)


def paid_not_invoiced(order: Order) -> Decimal:
    """What a settled order was paid for and no invoice says, here or elsewhere."""
    if not order.is_paid_for or order.is_draft or order.is_invoiced_elsewhere:
        return ZERO
    ledger = order.ledger
    return max(min(ledger.claim - ledger.invoiced, ledger.kept - (ledger.invoiced - ledger.credited)), ZERO)


def why_nothing_open(order: Order) -> str:
    """Of an order with nothing left to pay, the reason that fits: that it is paid is said only when money came."""
    if back := to_pay_back(order):
        return _("Nothing is open: %(amount)s is to be refunded.", amount=say_amount(order, back))
    said = {
        PaymentStatus.PAID: _("Nothing is open: the order is paid."),
        PaymentStatus.PARTIALLY_REFUNDED: _("Nothing is open: the order is paid, and partially refunded."),
        PaymentStatus.REFUNDED: _("Nothing is open: all that was paid has been refunded."),
    }
    if order.payment_status in said:
        return said[order.payment_status]
    if order.credited > 0:
        return _("Nothing is open: all of it is credited.")
    return _("Nothing is open: the order costs nothing.")


def say_amount(order: Order, amount: Decimal) -> str:
    """In the order's currency, as the person at the screen writes amounts: "€67.75", "67,75 €"."""
    chosen = get_locale()
    return format_amount(amount, order.currency, locale_of(chosen.language if chosen else "en"))
