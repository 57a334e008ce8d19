"""The accountant's journal: invoices and credit notes with their VAT per rate and country, and payments.

VAT comes from the documents themselves, as it was printed on them. Only bases that were printed wrong, before those of
several rates were told apart, follow from the lines of the document. In the journal the net amount of what bears two
taxes at once stands with the first of them, so that its rows add up to the documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.accounting.margins import booked_rows, margins_said
from app.accounting.tax_rows import is_margin
from app.amounts.money import ZERO
from app.documents.einvoice_facts import Says
from app.extensions import db
from app.models import Invoice, Order, Payment
from app.queries.periods import Period

ROWS_AT_ONCE = 500

COLUMNS = (
    "date", "kind", "number", "order_number", "customer", "vat_id", "country", "currency",
    "vat_name", "vat_rate", "net", "vat", "amount", "method",
)  # fmt: skip
VAT_COLUMNS = ("country", "currency", "vat_name", "vat_rate", "net", "vat", "documents")

MARGIN_COLUMNS = (
    "date", "kind", "number", "order_number", "customer", "country", "currency", "scheme", "sku", "name", "quantity",
    "bought_for", "sold_for", "margin", "taxed_margin", "vat_rate", "vat",
)  # fmt: skip

BookRow = Sequence[object]


def journal(period: Period) -> Iterator[BookRow]:
    """A row per document and VAT rate, then a row per payment or refund; each part by date."""
    for invoice, order in documents(period):
        says = invoice.snapshot
        buyer = says["buyer"]
        for (name, rate), net, row in booked_rows(invoice):
            yield (
                period.day_of(invoice.issued_at), invoice.kind, invoice.number, order.number,
                buyer["company"] or buyer["name"], buyer["vat_id"], country_of(says), invoice.currency,
                name, in_percent(rate), net, row.tax, net + row.tax, "",
            )  # fmt: skip
    for payment, order in payments(period):
        yield (
            period.day_of(payment.paid_at), payment.kind, payment.reference, order.number,
            order.company or order.customer_name, order.vat_id, order.country, order.currency,
            "", None, None, None, payment.amount, payment.method,
        )  # fmt: skip


def vat_summary(period: Period) -> Iterator[BookRow]:
    """What is to be declared: net and VAT of all documents, per country, currency and rate."""
    sums: dict[tuple[str, str, str, str], tuple[Decimal, Decimal, int]] = {}
    for invoice, _order in documents(period):
        for (name, rate), _net, row in booked_rows(invoice):
            key = (country_of_vat(invoice.snapshot, name), invoice.currency, name, rate or "")
            net, tax, count = sums.get(key, (ZERO, ZERO, 0))
            sums[key] = (net + row.base, tax + row.tax, count + 1)
    for (country, currency, name, rate), (net, tax, count) in sorted(sums.items()):
        yield country, currency, name, Decimal(rate) if rate else None, net, tax, count


def margins(period: Period) -> Iterator[BookRow]:
    """Of each article sold under the margin scheme what it was bought and sold for, its margin and the VAT in it.

    What a credit note takes back has the opposite sign.
    """
    for invoice, order in documents(period):
        buyer = invoice.snapshot["buyer"]
        for one in margins_said(invoice):
            sold, bought = Decimal(one["sold"]), Decimal(one["bought"])
            yield (
                period.day_of(invoice.issued_at), invoice.kind, invoice.number, order.number,
                buyer["company"] or buyer["name"], country_of(invoice.snapshot), invoice.currency, one["scheme"],
                one["sku"], one["name"], Decimal(one["quantity"]), bought, sold, sold - bought, Decimal(one["taxed"]),
                Decimal(one["rate"]), Decimal(one["vat"]),
            )  # fmt: skip


def country_of_vat(says: Says, name: str) -> str:
    """Of goods under the margin scheme VAT is always due where the seller is."""
    return str(says["seller"]["country"]) if is_margin((name, "")) else country_of(says)


def in_percent(rate: str | None) -> Decimal | None:
    return None if rate is None else Decimal(rate)


def country_of(says: dict[str, Any]) -> str:
    """Where the goods went, which decides where the VAT is due; else where the buyer is."""
    return str((says["ship_to"] or says["buyer"])["country"])


Booked = TypeVar("Booked", Invoice, Payment)


def documents(period: Period) -> Iterator[tuple[Invoice, Order]]:
    return read_chunks(Invoice, Invoice.issued_at, period, Invoice.is_demo.is_(False))


def payments(period: Period) -> Iterator[tuple[Payment, Order]]:
    """Not those of orders that are invoiced elsewhere: the books of whoever invoices them have both."""
    ours = and_(Order.is_demo.is_(False), Order.invoiced_elsewhere_at.is_(None))
    return read_chunks(Payment, Payment.paid_at, period, ours)


def read_chunks(
    record: type[Booked], moment: InstrumentedAttribute[datetime], period: Period, condition: ColumnElement[bool]
) -> Iterator[tuple[Booked, Order]]:
    """Records with their orders by id, a chunk at a time; what was read is let go of."""
    last = 0
    query = select(record, Order).join(Order, Order.id == record.order_id).where(*period.of(moment), condition)
    while True:
        rows = db.session.execute(query.where(record.id > last).order_by(record.id).limit(ROWS_AT_ONCE)).all()
        yield from rows  # type: ignore[misc]
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1][0].id
        db.session.expunge_all()
