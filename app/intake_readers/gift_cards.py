"""Gift cards, store credit and the like: they pay, and take nothing off what the goods cost."""

from __future__ import annotations

from decimal import Decimal

from app.amounts.money import ZERO
from app.intake_readers.new_order import NewOrder, NewPayment


def pay_by_card(new: NewOrder, cards: list[NewPayment]) -> None:
    """Add what was paid by cards to the order's payments.

    Where its shop took them off the total, they come back onto it; where it says that all of the total was paid, the
    rest was paid in the other way.
    """
    cards = [card for card in cards if card.amount > 0]
    amount = sum((card.amount for card in cards), ZERO)
    goods = price_of_lines(new)
    if abs(new.total + amount - goods) < abs(new.total - goods):
        new.total += amount
    else:
        pay_less(new, amount)
    new.payments = [*new.payments, *cards]


def price_of_lines(new: NewOrder) -> Decimal:
    lines = sum((line.total for line in new.lines), ZERO)
    if new.prices_include_tax:
        return lines
    taxes = sum((tax.amount for line in new.lines for tax in line.taxes), ZERO)
    return lines + (taxes or new.tax_total or ZERO)


def pay_less(new: NewOrder, amount: Decimal) -> None:
    """Take off the other payments what all of them together are more than the total."""
    left = sum((payment.amount for payment in new.payments), amount) - new.total
    for payment in new.payments:
        less = max(min(left, payment.amount), ZERO)
        payment.amount -= less
        left -= less
    new.payments = [payment for payment in new.payments if payment.amount > 0]
