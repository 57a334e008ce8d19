"""Proving that the books are right: numbers, states, ledgers and prints. It only reads."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.extensions import db
from app.models import Counter, Invoice, Order, Payment, Print, Return, Shipment
from app.money import ZERO
from app.states import derived

CHUNK = 500
NUMBERED = {
    "order": Order.number,
    "invoice": Invoice.number,
    "credit_note": Invoice.number,
    "packing_slip": Shipment.number,
    "return": Return.number,
}


def findings() -> Iterator[str]:
    """A sentence for everything that is not as it should be."""
    yield from number_findings()
    for order in all_orders():
        yield from state_findings(order)
        yield from ledger_findings(order)
    yield from print_findings()


def number_findings() -> Iterator[str]:
    """Gaps, doubles, and numbers that the counter never drew. Demo numbers vanish with the demo shop: not those."""
    for counter in db.session.scalars(select(Counter).where(Counter.series == "main").order_by(Counter.kind)):
        column = NUMBERED.get(counter.kind)
        if column is None:
            continue
        pattern = re.compile(re.escape(counter.prefix) + r"(\d+)")
        matches = (pattern.fullmatch(number) for number in db.session.scalars(select(column)))
        used = [int(match[1]) for match in matches if match]
        missing = sorted(set(range(counter.start, counter.next)) - set(used))
        for number in missing[:20]:
            yield f"{counter.kind}: number {counter.prefix}{number:0{counter.digits}d} is missing"
        if len(missing) > 20:
            yield f"{counter.kind}: {len(missing)} numbers are missing in all"
        for number in sorted(n for n in set(used) if n >= counter.next):
            yield f"{counter.kind}: number {number} was never drawn"
        if len(used) != len(set(used)):
            yield f"{counter.kind}: a number is used twice"


def all_orders() -> Iterator[Order]:
    """Every order with what its states derive from, in chunks; the identity map is emptied between them."""
    last = 0
    parts = (Order.addresses, Order.lines, Order.payments, Order.memos, Order.tasks)
    while True:
        query = select(Order).where(Order.id > last).order_by(Order.id).limit(CHUNK)
        query = query.options(
            *[selectinload(part) for part in parts], selectinload(Order.invoices).selectinload(Invoice.lines)
        )
        orders = db.session.scalars(query).all()
        if not orders:
            return
        yield from orders
        last = orders[-1].id
        db.session.expunge_all()


def state_findings(order: Order) -> Iterator[str]:
    for name, value in derived(order).items():
        stored = getattr(order, name)
        if stored != value:
            yield f"{order.number}: {name} is stored as {stored}, but follows as {value}"


def ledger_findings(order: Order) -> Iterator[str]:
    """What invoices say adds up, line by line and as a whole."""
    for invoice in order.invoices:
        lines = sum((line.net + line.tax for line in invoice.lines), ZERO)
        if lines != invoice.total or invoice.net_total + invoice.tax_total != invoice.total:
            yield f"{order.number}: invoice {invoice.number} says {invoice.total}, its lines add up to {lines}"
    if order.invoiced > order.total and order.total >= 0:
        yield f"{order.number}: {order.invoiced} is invoiced of {order.total}"
    yield from reversal_findings(order)


def reversal_findings(order: Order) -> Iterator[str]:
    by_id: dict[Any, Payment] = {payment.id: payment for payment in order.payments}
    for payment in order.payments:
        taken_back = by_id.get(payment.reverses_id)
        if taken_back and taken_back.amount != -payment.amount:
            yield f"{order.number}: payment {taken_back.id} of {taken_back.amount} is taken back by {payment.amount}"


def print_findings() -> Iterator[str]:
    last = 0
    while True:
        query = select(Print.id, Print.sha256, Print.content, Invoice.number).join(
            Invoice, Invoice.id == Print.invoice_id
        )
        rows = db.session.execute(query.where(Print.id > last).order_by(Print.id).limit(100)).all()
        if not rows:
            return
        for row in rows:
            if hashlib.sha256(row.content).hexdigest() != row.sha256:
                yield f"{row.number}: a stored print does not match its hash"
        last = rows[-1].id
