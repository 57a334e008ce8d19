"""What was invoiced per day, week or month, added up by the database over an index that holds all it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, case, func, literal_column, select, union_all
from sqlalchemy.orm import aliased

from app.amounts.money import ZERO
from app.exports.figures.declaration import FigureRow, FigureScope, Names, RowKey
from app.extensions import ShownText, db
from app.models import Invoice, InvoiceKind

Earlier = aliased(Invoice)

#: An order counts on the day of its first document.
IS_FIRST = ~select(Earlier.id).where(Earlier.order_id == Invoice.order_id, Earlier.id < Invoice.id).exists()


def sales_headings(asked: FigureScope) -> Sequence[ShownText]:
    return [_l("Day")] if asked.step == "day" else [_l("From"), _l("Until")]


def name_steps(asked: FigureScope) -> dict[RowKey, Names]:
    """Their days, also of those in which nothing was sold."""
    return {
        (at,): (one.since,) if asked.step == "day" else (one.since, one.until)
        for at, one in enumerate(asked.span.cut(asked.step))
    }


def read_sales(asked: FigureScope) -> Iterator[FigureRow]:
    """Of each step and currency in which something was sold."""
    steps = enumerate(asked.span.cut(asked.step))
    parts = [sales_of_step(at, replace(asked, span=one)) for at, one in steps]
    names = name_steps(asked)
    for at, currency, *sums in db.session.execute(union_all(*parts)):
        yield FigureRow(str(currency), (at,), names[at,], tuple(Decimal(str(one)) for one in sums))


def sales_of_step(at: int, asked: FigureScope) -> Select[*tuple[object, ...]]:
    what = [literal_column(str(at)), Invoice.currency, *amounts_of_documents()]
    return select(*what).where(*asked.of_documents()).group_by(Invoice.currency)


def amounts_of_documents() -> list[ColumnElement[Decimal]]:
    """Orders, invoiced net, credited net, net, VAT and gross of documents that are grouped by something."""
    is_invoice = Invoice.kind == InvoiceKind.INVOICE
    return [
        func.sum(case((IS_FIRST, 1), else_=0)),
        func.sum(case((is_invoice, Invoice.net_total), else_=ZERO)),
        func.sum(case((~is_invoice, Invoice.net_total), else_=ZERO)),
        func.sum(Invoice.net_total),
        func.sum(Invoice.tax_total),
        func.sum(Invoice.total),
    ]
