"""The accountant's journal: invoices and credit notes with their VAT per rate and country, and payments.

VAT comes from the documents themselves, as it was printed on them; nothing is computed anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select

from app.extensions import db
from app.models import Invoice, Order, Payment
from app.money import ZERO
from app.periods import Period

CHUNK = 500

COLUMNS = (
    "date", "kind", "number", "order_number", "customer", "vat_id", "country", "currency",
    "vat_name", "vat_rate", "net", "vat", "amount", "method",
)  # fmt: skip
VAT_COLUMNS = ("country", "currency", "vat_name", "vat_rate", "net", "vat", "documents")

Row = Sequence[Any]


def journal(period: Period) -> Iterator[Row]:
    """A row per document and VAT rate, then a row per payment or refund; each part by date."""
    for invoice, order in documents(period):
        says = invoice.snapshot
        buyer = says["buyer"]
        for vat in vat_of(says):
            yield (
                period.day_of(invoice.issued_at), invoice.kind, invoice.number, order.number,
                buyer["company"] or buyer["name"], buyer["vat_id"], country_of(says), invoice.currency,
                vat["name"], vat["rate"], vat["base"], vat["tax"], vat["base"] + vat["tax"], "",
            )  # fmt: skip
    for payment, order in payments(period):
        yield (
            period.day_of(payment.paid_at), payment.kind, payment.reference, order.number,
            order.company or order.customer_name, order.vat_id, order.country, order.currency,
            "", None, None, None, payment.amount, payment.method,
        )  # fmt: skip


def vat_summary(period: Period) -> Iterator[Row]:
    """What is to be declared: net and VAT of all documents, per country, currency and rate."""
    sums: dict[tuple[str, str, str, str], list[Any]] = {}
    for invoice, _order in documents(period):
        for vat in vat_of(invoice.snapshot):
            rate = "" if vat["rate"] is None else str(vat["rate"])
            key = (country_of(invoice.snapshot), invoice.currency, vat["name"], rate)
            entry = sums.setdefault(key, [ZERO, ZERO, 0])
            entry[0] += vat["base"]
            entry[1] += vat["tax"]
            entry[2] += 1
    for (country, currency, name, rate), (net, tax, count) in sorted(sums.items()):
        yield country, currency, name, Decimal(rate) if rate else None, net, tax, count


def vat_of(says: dict[str, Any]) -> list[dict[str, Any]]:
    """Name, rate, base and tax of each rate on a document, as numbers."""
    return [
        {
            "name": row["name"],
            "rate": None if row["rate"] is None else Decimal(row["rate"]),
            "base": Decimal(row["base"]),
            "tax": Decimal(row["tax"]),
        }
        for row in says["vat"]
    ]


def country_of(says: dict[str, Any]) -> str:
    """Where the goods went, which decides where the VAT is due; else where the buyer is."""
    return str((says["ship_to"] or says["buyer"])["country"])


def documents(period: Period) -> Iterator[tuple[Invoice, Order]]:
    return chunked(Invoice, Invoice.issued_at, period, Invoice.is_demo.is_(False))


def payments(period: Period) -> Iterator[tuple[Payment, Order]]:
    """Not those of orders that are invoiced elsewhere: the books of whoever invoices them have both."""
    ours = and_(Order.is_demo.is_(False), Order.invoiced_elsewhere_at.is_(None))
    return chunked(Payment, Payment.paid_at, period, ours)


def chunked(record: Any, moment: Any, period: Period, condition: Any) -> Iterator[tuple[Any, Order]]:
    """Records with their orders by id, a chunk at a time; what was read is let go of."""
    last = 0
    query = select(record, Order).join(Order, Order.id == record.order_id).where(*period.of(moment), condition)
    while True:
        rows = db.session.execute(query.where(record.id > last).order_by(record.id).limit(CHUNK)).all()
        yield from rows  # type: ignore[misc]
        if len(rows) < CHUNK:
            return
        last = rows[-1][0].id
        db.session.expunge_all()
