"""What was sold of each product: pieces and amounts of the lines of invoices and credit notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, select

from app.amounts.money import ZERO, rounded
from app.exports.figures.declaration import FigureRow, FigureScope
from app.extensions import ShownText, db
from app.models import (
    Invoice,
    InvoiceKind,
    InvoiceLine,
    LineKind,
    Order,
    OrderLine,
    Product,
    Return,
    ReturnLine,
    ReturnStatus,
)

#: What else stands on documents, so that all rows come to what was invoiced.
BESIDES: dict[str, ShownText] = {
    LineKind.SHIPPING: _l("Shipping"),
    LineKind.PAYMENT: _l("Payment costs"),
    LineKind.FEE: _l("Fees"),
    LineKind.DISCOUNT: _l("Discounts on whole orders"),
    "difference": _l("Differences of what shops stated"),
    "rounding": _l("Differences of rounding"),
}

#: A product of the catalogue; one that is in none goes by what the order calls it.
SKU, NAME = (case((OrderLine.product_id.is_(None), column), else_="") for column in (OrderLine.sku, OrderLine.name))
WHAT = (OrderLine.product_id, SKU, NAME)

KeyOfLine = tuple[str, str, int | None, str, str]  # currency, kind, product, and what the order calls it


def product_headings(_asked: FigureScope) -> Sequence[ShownText]:
    return [_l("SKU"), _l("Product")]


def read_products(asked: FigureScope) -> Iterator[FigureRow]:
    """Pieces sold, pieces credited, pieces that came back, credited net, net, VAT and gross."""
    sums = read_lines(asked)
    for key, pieces in read_returned(asked).items():
        sums[key][2] += pieces
    for currency, *totals in read_totals(asked):
        parts = [one for key, one in sums.items() if key[0] == currency]
        rests = [total - sum((one[3 + at] for one in parts), ZERO) for at, total in enumerate(totals)]
        sums[(currency, "rounding", None, "", "")][3:] = rests
    known = find_names([product_id for _currency, _kind, product_id, *_names in sums if product_id])
    for (currency, kind, product_id, sku, name), found in sums.items():
        if any(found):
            titles = (sku, name or _("Without a name")) if kind == LineKind.PRODUCT else ("", str(BESIDES[kind]))
            names = known.get(product_id, ("", "")) if product_id else titles
            yield FigureRow(currency, (kind, product_id, sku, name), names, (*found, found[4] + found[5]))


def read_lines(asked: FigureScope) -> dict[KeyOfLine, list[Decimal]]:
    is_invoice = Invoice.kind == InvoiceKind.INVOICE
    is_product = OrderLine.kind == LineKind.PRODUCT
    kind = case((InvoiceLine.order_line_id.is_(None), "difference"), else_=OrderLine.kind)
    what = [case((is_product, one), else_=None) for one in WHAT]
    query = (
        select(
            Invoice.currency,
            kind,
            *what,
            func.sum(case((is_invoice & is_product, InvoiceLine.quantity), else_=ZERO)),
            func.sum(case((~is_invoice & is_product, -InvoiceLine.quantity), else_=ZERO)),
            func.sum(case((~is_invoice, InvoiceLine.net), else_=ZERO)),
            func.sum(InvoiceLine.net),
            func.sum(InvoiceLine.tax),
        )
        .select_from(Invoice)
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .outerjoin(OrderLine, OrderLine.id == InvoiceLine.order_line_id)
        .where(*asked.of_documents())
        .group_by(Invoice.currency, kind, *what)
    )
    sums: dict[KeyOfLine, list[Decimal]] = defaultdict(lambda: [ZERO] * 6)
    for currency, kind_of_line, product_id, sku, name, sold, credited, credited_net, net, tax in db.session.execute(
        query
    ):
        key = (currency, str(kind_of_line), product_id, sku or "", name or "")
        amounts = [rounded(amount, currency) for amount in (credited_net, net, tax)]
        sums[key] = [sold, credited, ZERO, *amounts]
    return sums


def read_returned(asked: FigureScope) -> dict[KeyOfLine, Decimal]:
    """Pieces of returns of these days that came in."""
    query = (
        select(Order.currency, OrderLine.product_id, SKU, NAME, func.sum(ReturnLine.quantity))
        .select_from(Return)
        .join(ReturnLine, ReturnLine.return_id == Return.id)
        .join(OrderLine, OrderLine.id == ReturnLine.order_line_id)
        .join(Order, Order.id == Return.order_id)
        .where(*asked.period.of(Return.created_at), Return.is_demo.is_(asked.is_demo))
        .where(Return.status.in_((ReturnStatus.RECEIVED, ReturnStatus.COMPLETED)))
        .group_by(Order.currency, *WHAT)
    )
    rows = db.session.execute(query)
    kind = str(LineKind.PRODUCT)
    return {(currency, kind, product_id, sku, name): pieces for currency, product_id, sku, name, pieces in rows}


def read_totals(asked: FigureScope) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    """What was credited net, net and VAT of all documents, by currency."""
    credited = case((Invoice.kind == InvoiceKind.CREDIT_NOTE, Invoice.net_total), else_=ZERO)
    query = select(Invoice.currency, func.sum(credited), func.sum(Invoice.net_total), func.sum(Invoice.tax_total))
    rows = db.session.execute(query.where(*asked.of_documents()).group_by(Invoice.currency))
    return [(currency, given_back, net, tax) for currency, given_back, net, tax in rows]


def find_names(ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """So many at a time as a statement may name."""
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(ids), 500):
        query = select(Product.id, Product.sku, Product.name).where(Product.id.in_(ids[start : start + 500]))
        found |= {id: (sku or "", name) for id, sku, name in db.session.execute(query)}
    return found
