"""The VAT return as a table: its boxes with what goes into none, or the documents behind them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal

from flask.wrappers import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import queries
from app.admin_views.taking_out import send_whole
from app.admin_views.vat_return_words import explain_apart, explain_box, write_rate
from app.exports import FILES, as_csv, as_xlsx
from app.exports.vat_return import VatQuestion, VatReturn, codes_of, fill_return, sales_at
from app.exports.vat_return.form import CURRENCY
from app.exports.vat_return.kinds import SALE_KINDS
from app.extensions import read_only
from app.pages import formatting

TITLE = _l("VAT return")

Table = tuple[list[str], Iterator[tuple[object, ...]]]


def table_of_boxes(question: VatQuestion) -> Table:
    columns = [
        _("Box"), _("Name"), _("Explanation"), _("Currency"), _("Without VAT"), _("VAT"), _("Fill in: without VAT"),
        _("Fill in: VAT"), _("Invoices and credit notes"),
    ]  # fmt: skip
    with read_only():
        found = fill_return(question)
    return columns, rows_of_boxes(found)


def rows_of_boxes(found: VatReturn) -> Iterator[tuple[object, ...]]:
    """Box by box, then what is in none, then all there is by kind and rate: what the VAT export comes to."""
    for line in found.boxes:
        amounts = (line.base, line.tax, line.filled_base, line.filled_tax)
        code = " / ".join(filter(None, (line.box.code, line.box.tax_code)))
        yield code, line.box.title, explain_box(line), CURRENCY, *amounts, line.documents or None
    for apart in found.apart:
        said = str(SALE_KINDS[apart.kind])
        yield (
            _("In no box"),
            said,
            explain_apart(apart),
            apart.currency,
            apart.row.base,
            apart.row.tax,
            None,
            None,
            apart.documents,
        )
    for one in found.listed:
        said = f"{one.buyer} {SALE_KINDS[one.kind]}"
        yield _("List of buyers"), one.vat_id, said, CURRENCY, one.base, None, None, None, one.documents
    for kind in found.kinds:
        said = f"{formatting.country(kind.country)} {write_rate(kind.percent)}"
        yield (
            _("All sales"),
            str(SALE_KINDS[kind.kind]),
            said,
            kind.currency,
            kind.row.base,
            kind.row.tax,
            None,
            None,
            (kind.documents),
        )


def table_of_documents(question: VatQuestion) -> Table:
    columns = [
        _("Box"), _("Kind of sale"), _("Number"), _("Day"), _("Order"), _("Customer"), _("VAT number"), _("Country"),
        _("Currency"), _("VAT rate"), _("Without VAT"), _("VAT"),
    ]  # fmt: skip
    return columns, rows_of_documents(question)


def rows_of_documents(question: VatQuestion) -> Iterator[tuple[object, ...]]:
    for sale in sales_at(question, "", ""):
        yield (
            ", ".join(codes_of(question.form, sale)), str(SALE_KINDS[sale.kind]), sale.number, sale.day,
            sale.order_number, sale.buyer, sale.vat_id, sale.country, sale.currency,
            Decimal(sale.percent) if sale.percent else None,
            sale.row.base, sale.row.tax,
        )  # fmt: skip


def send_table(name: str, kind: str, columns: list[str], rows: Iterator[tuple[object, ...]]) -> Response:
    zone = queries.shop().time_zone
    with read_only():
        if kind == "xlsx":
            return send_whole(as_xlsx(columns, rows, title=str(TITLE), time_zone=zone), FILES[kind], f"{name}.xlsx")
        content = io.BytesIO(b"".join(as_csv(columns, rows, separator=";", decimal=",", time_zone=zone)))
    return send_whole(content, FILES[kind], f"{name}.csv")
