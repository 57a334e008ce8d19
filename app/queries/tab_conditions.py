"""Which records stand in the tabs of the lists. Each of these conditions has an index, or nearly all rows fulfil it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Select, any_, func, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import (
    BUSINESSES,
    KEPT_PRODUCTS,
    PRODUCTS_NOT_FOR_SALE,
    UNPAID_ORDERS,
    Customer,
    Invoice,
    InvoiceKind,
    Order,
    Product,
    Shipment,
)
from app.queries.concerns import as_indexed
from app.queries.search import hide_from_indexes

Where = list[ColumnElement[bool]]

#: What a credit note says of the invoice that it credits. Made once, as the conditions are: to write them takes longer
#: than to have them answered.
CREDITING = aliased(Invoice)
TAKEN_BACK = select(func.sum(CREDITING.total)).where(CREDITING.credits_id == Invoice.id).scalar_subquery()
IS_NOT_TAKEN_BACK = func.coalesce(TAKEN_BACK, 0) != -Invoice.total
IS_CREDITED = Invoice.id.in_(select(CREDITING.credits_id).where(CREDITING.credits_id.is_not(None)))


def open_invoices() -> Where:
    """Not paid, and not taken back as a whole by credit notes."""
    return [
        Invoice.paid_at.is_(None),
        hide_from_indexes(Invoice.kind == InvoiceKind.INVOICE),
        IS_NOT_TAKEN_BACK,
    ]


def overdue_invoices(today: date) -> Where:
    return [*open_invoices(), Invoice.due_on < today]


def credited_invoices() -> Where:
    """Of which a credit note takes back something, or all."""
    return [IS_CREDITED]


def ids_of_credited() -> Select[int | None]:
    """The same invoices, to be counted: none is read for it."""
    return select(Invoice.credits_id).where(Invoice.credits_id.is_not(None)).distinct()


def credit_notes() -> Where:
    return [Invoice.kind == InvoiceKind.CREDIT_NOTE]


def slips_lying_open() -> Where:
    return [Shipment.sent_at.is_(None), Shipment.withdrawn_at.is_(None)]


def parcels_sent() -> Where:
    return [Shipment.sent_at.is_not(None), Shipment.lost_at.is_(None)]


def parcels_lost() -> Where:
    return [Shipment.lost_at.is_not(None)]


def slips_withdrawn() -> Where:
    return [Shipment.withdrawn_at.is_not(None)]


def products_for_sale() -> Where:
    return [Product.is_active.is_(True)]


def products_running_out(low: int) -> Where:
    return [as_indexed(KEPT_PRODUCTS), Product.stock > 0, Product.stock <= low]


def products_sold_out() -> Where:
    return [as_indexed(KEPT_PRODUCTS), Product.stock <= 0]


def products_not_for_sale() -> Where:
    return [as_indexed(PRODUCTS_NOT_FOR_SALE)]


def businesses() -> Where:
    return [as_indexed(BUSINESSES)]


def who_owe() -> Where:
    """With an order that is not paid in full. PostgreSQL is given the ids, or it walks through all customers."""
    owing = select(Order.customer_id).where(as_indexed(UNPAID_ORDERS), Order.customer_id.is_not(None))
    if db.engine.dialect.name == "sqlite":
        return [Customer.id.in_(owing)]
    return [Customer.id == any_(func.array(owing.distinct().scalar_subquery()))]
