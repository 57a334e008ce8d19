"""What each export holds: its columns, and its rows in chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.exports.bookkeeping import COLUMNS as JOURNAL_COLUMNS
from app.exports.bookkeeping import MARGIN_COLUMNS, VAT_COLUMNS, journal, margins, vat_summary
from app.exports.double_entry.entries import LEDGER_COLUMNS, ledger_rows
from app.exports.open_by_age import OPEN_COLUMNS, open_by_age
from app.extensions import ShownText, db
from app.models import AddressKind, Customer, CustomerAddress, Invoice, Order, OrderLine, OutsideShop
from app.queries.periods import Period

CHUNK = 1000

Row = Sequence[object]


@dataclass(frozen=True)
class Export:
    title: ShownText
    columns: tuple[str, ...]  # header names are the API's, so that programs can read them in any language
    rows: Callable[[Period, list[ColumnElement[bool]]], Iterator[Row]]  # a period, and conditions on the order


def order_rows(period: Period, conditions: list[ColumnElement[bool]]) -> Iterator[Row]:
    query = select(*ORDER_COLUMNS.values()).outerjoin(OutsideShop, OutsideShop.id == Order.outside_shop_id)
    query = query.where(Order.is_draft.is_(False), *period.of(Order.placed_at), *conditions)
    return chunks(query, Order.id)


def line_rows(period: Period, conditions: list[ColumnElement[bool]]) -> Iterator[Row]:
    query = (
        select(*LINE_COLUMNS.values())
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.is_draft.is_(False), *period.of(Order.placed_at), *conditions)
    )
    return chunks(query, OrderLine.id)


def invoices(period: Period, conditions: list[ColumnElement[bool]]) -> Iterator[Row]:
    query = select(*INVOICE_COLUMNS.values()).join(Order, Order.id == Invoice.order_id)
    return chunks(query.where(*period.of(Invoice.issued_at), *conditions), Invoice.id)


def customers(period: Period, conditions: list[ColumnElement[bool]]) -> Iterator[Row]:
    billing = (CustomerAddress.customer_id == Customer.id) & (CustomerAddress.kind == AddressKind.BILLING)
    query = select(*CUSTOMER_COLUMNS.values()).outerjoin(CustomerAddress, billing)
    return chunks(query.where(Customer.merged_into_id.is_(None), *period.of(Customer.created_at)), Customer.id)


def chunks(query: Select[*tuple[object, ...]], id: InstrumentedAttribute[int]) -> Iterator[Row]:
    """All rows by ascending id, a chunk at a time, each found by where the last one ended."""
    last = 0
    while True:
        rows = db.session.execute(query.add_columns(id).where(id > last).order_by(id).limit(CHUNK)).all()
        for row in rows:
            yield row[:-1]
        if len(rows) < CHUNK:
            return
        last = rows[-1][-1]


ORDER_COLUMNS = {
    "number": Order.number,
    "source": Order.source,
    "shop": func.coalesce(OutsideShop.title, ""),
    "external_number": Order.external_number,
    "placed_at": Order.placed_at,
    "status": Order.status,
    "payment_status": Order.payment_status,
    "shipment_status": Order.shipment_status,
    "customer_name": Order.customer_name,
    "company": Order.company,
    "vat_id": Order.vat_id,
    "buyer_reference": Order.buyer_reference,
    "purchase_order": Order.purchase_order,
    "email": Order.email,
    "phone": Order.phone,
    "country": Order.country,
    "language": Order.language,
    "payment_method": Order.payment_method_title,
    "shipping_method": Order.shipping_method_title,
    "currency": Order.currency,
    "net_total": Order.net_total,
    "tax_total": Order.tax_total,
    "total": Order.total,
    "invoiced": Order.invoiced,
    "invoiced_elsewhere_at": Order.invoiced_elsewhere_at,
    "elsewhere_number": Order.elsewhere_number,
    "credited": Order.credited,
    "paid": Order.paid,
    "refunded": Order.refunded,
    "adjusted": Order.adjusted,
}

LINE_COLUMNS = {
    "order_number": Order.number,
    "placed_at": Order.placed_at,
    "position": OrderLine.position,
    "kind": OrderLine.kind,
    "sku": OrderLine.sku,
    "name": OrderLine.name,
    "variant": OrderLine.variant,
    "quantity": OrderLine.quantity,
    "currency": Order.currency,
    "unit_price": OrderLine.unit_price,
    "discount": OrderLine.discount,
    "total": OrderLine.total,
    "tax_total": OrderLine.tax_total,
    "invoiced": OrderLine.invoiced,
    "shipped": OrderLine.shipped,
    "dropped": OrderLine.dropped,
    "credited": OrderLine.credited,
    "returned": OrderLine.returned,
}

INVOICE_COLUMNS = {
    "number": Invoice.number,
    "kind": Invoice.kind,
    "issued_at": Invoice.issued_at,
    "due_on": Invoice.due_on,
    "order_number": Order.number,
    "customer_name": Order.customer_name,
    "company": Order.company,
    "vat_id": Order.vat_id,
    "country": Order.country,
    "currency": Invoice.currency,
    "net_total": Invoice.net_total,
    "tax_total": Invoice.tax_total,
    "total": Invoice.total,
    "paid_at": Invoice.paid_at,
}

CUSTOMER_COLUMNS = {
    "id": Customer.id,
    "name": Customer.name,
    "company": Customer.company,
    "vat_id": Customer.vat_id,
    "buyer_reference": Customer.buyer_reference,
    "email": Customer.email,
    "phone": Customer.phone,
    "language": Customer.language,
    "street": CustomerAddress.street,
    "house_number": CustomerAddress.house_number,
    "house_extension": CustomerAddress.house_extension,
    "postcode": CustomerAddress.postcode,
    "city": CustomerAddress.city,
    "address_country": CustomerAddress.country,
    "created_at": Customer.created_at,
}

EXPORTS: dict[str, Export] = {
    "orders": Export(_l("Orders"), tuple(ORDER_COLUMNS), order_rows),
    "lines": Export(_l("Order lines"), tuple(LINE_COLUMNS), line_rows),
    "invoices": Export(_l("Invoices and credit notes"), tuple(INVOICE_COLUMNS), invoices),
    "vat": Export(_l("VAT per rate and country"), VAT_COLUMNS, lambda period, _conditions: vat_summary(period)),
    "margins": Export(_l("Goods under the margin scheme"), MARGIN_COLUMNS, lambda period, _conditions: margins(period)),
    "journal": Export(_l("Journal for the accountant"), JOURNAL_COLUMNS, lambda period, _conditions: journal(period)),
    "ledger": Export(_l("Journal in double entry"), LEDGER_COLUMNS, lambda period, _conditions: ledger_rows(period)),
    "open_by_age": Export(_l("Open invoices by age"), OPEN_COLUMNS, lambda _period, _conditions: open_by_age()),
    "customers": Export(_l("Customers"), tuple(CUSTOMER_COLUMNS), customers),
}
