"""The statement of account of a customer: what was invoiced, credited, paid and paid back, and owed after each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select

from app.amounts.money import ZERO, rounded
from app.extensions import db
from app.models import Customer, Invoice, Order, Payment, PaymentKind
from app.queries.periods import Period

STATEMENT_COLUMNS = (
    "date", "kind", "number", "order_number", "due_on", "currency", "debit", "credit", "balance",
)  # fmt: skip


class Move(NamedTuple):
    """More than 0 is owed more by then."""

    day: date
    kind: str
    number: str
    order_number: str
    due_on: date | None
    currency: str
    amount: Decimal


def statement_rows(customer: Customer, period: Period) -> Iterator[Sequence[object]]:
    """By currency and day. What was owed before the first day stands first, what is owed after the last one last."""
    by_currency: dict[str, list[Move]] = defaultdict(list)
    for move in (*documents_of_customer(customer, period), *payments_of_customer(customer, period)):
        by_currency[move.currency].append(move)
    for currency, moves in sorted(by_currency.items()):
        moves.sort(key=lambda move: move.day)
        balance = ZERO
        for move in moves:
            if period.since and move.day < period.since:
                balance += move.amount
        if period.since:
            yield period.since, _("Balance before"), "", "", None, currency, None, None, balance
        for move in moves:
            if period.since and move.day < period.since:
                continue
            balance += move.amount
            debit, credit = max(move.amount, ZERO) or None, max(-move.amount, ZERO) or None
            yield move.day, move.kind, move.number, move.order_number, move.due_on, currency, debit, credit, balance
        yield period.until, _("Balance"), "", "", None, currency, None, None, balance


def documents_of_customer(customer: Customer, period: Period) -> Iterator[Move]:
    until = Period(None, period.until, period.time_zone).of(Invoice.issued_at)
    query = select(Invoice, Order.number).join(Order).where(Order.customer_id == customer.id, *until)
    for invoice, number in db.session.execute(query.order_by(Invoice.id)):
        kind = _("Credit note") if invoice.is_credit_note else _("Invoice")
        day, due_on = period.day_of(invoice.issued_at), None if invoice.is_credit_note else invoice.due_on
        amount = rounded(invoice.total, invoice.currency)  # as it is printed
        yield Move(day, kind, invoice.number, number, due_on, invoice.currency, amount)


def payments_of_customer(customer: Customer, period: Period) -> Iterator[Move]:
    """Not those of orders that are invoiced elsewhere: whoever invoices them says what is owed."""
    kinds = {
        PaymentKind.PAYMENT: _("Payment"),
        PaymentKind.REFUND: _("Refund"),
        PaymentKind.REVERSAL: _("Taken back"),
        PaymentKind.WRITE_OFF: _("Written off"),
        PaymentKind.LATE_COSTS: _("Costs of late payment"),
        PaymentKind.INTEREST: _("Interest"),
    }
    until = Period(None, period.until, period.time_zone).of(Payment.paid_at)
    query = select(Payment, Order.number, Order.currency).join(Order)
    query = query.where(Order.customer_id == customer.id, Order.invoiced_elsewhere_at.is_(None), *until)
    for payment, number, currency in db.session.execute(query.order_by(Payment.id)):
        day, said = period.day_of(payment.paid_at), payment.reference or payment.method
        yield Move(day, kinds[payment.kind], said, number, None, currency, rounded(-payment.amount, currency))
