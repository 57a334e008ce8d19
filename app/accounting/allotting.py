"""Which payments settle which invoice of an order: what an invoice prints of how it was paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.accounting.crediting import left_to_pay
from app.amounts.money import ZERO
from app.models import Invoice, InvoiceKind, Order, Payment, PaymentKind


@dataclass
class Money:
    """A payment that stands, and what of it neither went back nor settles an invoice."""

    payment: Payment
    left: Decimal

    def take(self, most: Decimal) -> Decimal:
        taken = min(self.left, most)
        self.left -= taken
        return taken


#: Amount, method and moment, as text.
Settling = dict[str, str]


def settling_payments(order: Order) -> dict[int, list[Settling]]:
    """Per invoice the payments that settle it, first the one entered for it, then in the order in which they came.

    Invoices that are set paid come first, then the others, each in the order of issue.
    """
    money = money_kept(order)
    claims = {one.id: left_to_pay(one) for one in order.invoices if one.kind == InvoiceKind.INVOICE}
    found: dict[int, list[Settling]] = {invoice_id: [] for invoice_id in claims}
    own = [(one.payment.invoice_id, [one]) for one in money if one.payment.invoice_id in claims]
    for invoice_id, sources in [*own, *[(invoice.id, money) for invoice in in_turn(order)]]:
        assert invoice_id is not None
        for one in sources:
            if (taken := one.take(claims[invoice_id])) > 0:
                claims[invoice_id] -= taken
                found[invoice_id].append(said_of(one.payment, taken))
    return found


def in_turn(order: Order) -> list[Invoice]:
    invoices = [one for one in order.invoices if one.kind == InvoiceKind.INVOICE and left_to_pay(one) > 0]
    return sorted(invoices, key=lambda one: (not one.is_paid, one.id))


def money_kept(order: Order) -> list[Money]:
    """Payments that stand, less what went back of them: by the same method first, the latest first."""
    undone = {one.reverses_id for one in order.payments}
    standing = [one for one in order.payments if one.id not in undone]
    money = [Money(one, one.amount) for one in standing if one.kind == PaymentKind.PAYMENT]
    money.sort(key=lambda one: (one.payment.paid_at, one.payment.id))
    for refund in (one for one in standing if one.kind == PaymentKind.REFUND):
        left = -refund.amount
        for one in gone_first(money, refund):
            left -= one.take(left)
    return money


def gone_first(money: Sequence[Money], refund: Payment) -> list[Money]:
    latest_first = list(reversed(money))
    way = refund.method
    latest_first.sort(key=lambda one: (way != one.payment.method, one.payment.paid_at > refund.paid_at))
    return latest_first


def said_of(payment: Payment, amount: Decimal) -> Settling:
    return {"amount": str(amount), "method": payment.method, "at": payment.paid_at.isoformat()}


def kept_by_method(order: Order) -> dict[str, Decimal]:
    """Per method what came in and did not go back by it; below 0 where more went back than came."""
    sums: dict[str, Decimal] = {}
    for payment in (one for one in order.payments if one.is_money):
        sums[payment.method] = sums.get(payment.method, ZERO) + payment.amount
    return sums
