"""All reports, in the order in which they are offered."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.exports.figures.declaration import FigureScope, Measure, Report, Unit
from app.exports.figures.products import product_headings, read_products
from app.exports.figures.sales import read_sales, sales_headings
from app.exports.figures.vat import read_vat, vat_headings

__all__ = ["REPORTS", "FigureScope", "Report"]

INVOICED = _l("What was invoiced, less what was credited, by the day of the document; not what was ordered.")

REPORTS: dict[str, Report] = {
    "sales": Report(
        title=_l("Sales"),
        counts=INVOICED,
        headings=sales_headings,
        measures=(
            Measure(_l("Orders"), Unit.COUNT),
            Measure(_l("Invoiced without VAT")),
            Measure(_l("Credited without VAT")),
            Measure(_l("Revenue without VAT")),
            Measure(_l("VAT")),
            Measure(_l("Revenue with VAT")),
            Measure(_l("Average order"), ratio=(5, 0)),
        ),
        read=read_sales,
        drawn=3,
        is_timeline=True,
    ),
    "vat": Report(
        title=_l("VAT per rate and country"),
        counts=_l("What invoices and credit notes say, by their day. The country is where the goods went."),
        headings=vat_headings,
        measures=(
            Measure(_l("Invoices and credit notes"), Unit.COUNT),
            Measure(_l("Without VAT")),
            Measure(_l("VAT")),
            Measure(_l("With VAT")),
        ),
        read=read_vat,
        drawn=1,
        right="exports.vat",
        reads_documents=True,
    ),
    "products": Report(
        title=_l("Products"),
        counts=INVOICED,
        headings=product_headings,
        measures=(
            Measure(_l("Pieces sold"), Unit.PIECES),
            Measure(_l("Pieces credited"), Unit.PIECES),
            Measure(_l("Pieces returned"), Unit.PIECES),
            Measure(_l("Credited without VAT")),
            Measure(_l("Revenue without VAT")),
            Measure(_l("VAT")),
            Measure(_l("Revenue with VAT")),
        ),
        read=read_products,
        drawn=4,
    ),
}
