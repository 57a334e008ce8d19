"""Which money a pop-up takes back, said before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from flask_babel import gettext as _

from app.accounting.settling import marked_on_order
from app.actions.invoices import taken_by_not_paid, why_not_set_invoice_not_paid
from app.admin_views.dashboard.ledger import PAYMENT_TITLES
from app.amounts.money import ZERO
from app.models import Invoice, Order, Payment
from app.pages.formatting import amount, join_facts, moment


def taken_back_on_order(order: Order) -> str:
    """By Not paid on the order, which is possible."""
    marked = marked_on_order(order)
    return say_taken_back(marked, sum((payment.amount for payment in marked), ZERO), order.currency)


def taken_back_on_invoice(invoice: Invoice) -> str:
    """Which money Not paid would take back; "" when it takes none, or can't be pressed."""
    if not invoice.is_paid or why_not_set_invoice_not_paid(invoice):
        return ""
    return say_taken_back(*taken_by_not_paid(invoice), invoice.currency)


def say_taken_back(payments: Sequence[Payment], taken: Decimal, currency: str) -> str:
    methods = ", ".join(dict.fromkeys(payment.method for payment in payments if payment.method))
    money = amount(taken, currency)
    return _("Not paid takes back %(amount)s (%(methods)s).", amount=money, methods=methods or _("no method"))


def say_entry(payment: Payment) -> str:
    """A payment or refund as the ledger says it: "Payment · €10.00 · iDEAL · 28 November 2026 16:13"."""
    money, at = amount(abs(payment.amount), payment.order.currency), moment(payment.paid_at)
    return join_facts([str(PAYMENT_TITLES[payment.kind]), money, payment.method, at])
