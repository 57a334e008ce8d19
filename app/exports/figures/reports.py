"""All reports, in the order in which they are offered."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.exports.figures.declaration import FigureScope, Measure, Report, Unit
from app.exports.figures.goods import read_returns, read_stock
from app.exports.figures.groups import (
    head_with,
    read_channels,
    read_customers,
    read_payment_methods,
    read_shipping_methods,
)
from app.exports.figures.products import product_headings, read_products
from app.exports.figures.sales import name_steps, read_sales, sales_headings
from app.exports.figures.vat import read_vat, vat_headings

__all__ = ["REPORTS", "FigureScope", "Report"]

INVOICED = _l("What was invoiced, less what was credited, by the day of the document; not what was ordered.")

#: What is told of documents by some fact of theirs.
AMOUNTS_OF_DOCUMENTS = (
    Measure(_l("Orders"), Unit.COUNT),
    Measure(_l("Invoiced without VAT")),
    Measure(_l("Credited without VAT")),
    Measure(_l("Revenue without VAT")),
    Measure(_l("VAT")),
    Measure(_l("Revenue with VAT")),
    Measure(_l("Average order"), ratio=(5, 0)),
)

REPORTS: dict[str, Report] = {
    "sales": Report(
        title=_l("Sales"),
        counts=INVOICED,
        headings=sales_headings,
        measures=AMOUNTS_OF_DOCUMENTS,
        read=read_sales,
        drawn=3,
        timeline=name_steps,
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
    "customers": Report(
        title=_l("Customers"),
        counts=INVOICED,
        headings=head_with(_l("Customer"), _l("Company")),
        measures=AMOUNTS_OF_DOCUMENTS,
        read=read_customers,
        drawn=3,
    ),
    "payment_methods": Report(
        title=_l("Payment methods"),
        counts=_l("What was invoiced, less what was credited, by the payment method of the order; not what was paid."),
        headings=head_with(_l("Payment method")),
        measures=AMOUNTS_OF_DOCUMENTS,
        read=read_payment_methods,
        drawn=3,
    ),
    "shipping_methods": Report(
        title=_l("Shipping methods"),
        counts=INVOICED,
        headings=head_with(_l("Shipping method")),
        measures=AMOUNTS_OF_DOCUMENTS,
        read=read_shipping_methods,
        drawn=3,
    ),
    "channels": Report(
        title=_l("Channels"),
        counts=INVOICED,
        headings=head_with(_l("Shop or way")),
        measures=AMOUNTS_OF_DOCUMENTS,
        read=read_channels,
        drawn=3,
    ),
    "returns": Report(
        title=_l("Returns by reason"),
        counts=_l("Returns made in these days, but for rejected ones, and what their credit notes came to since."),
        headings=head_with(_l("Return reason")),
        measures=(
            Measure(_l("Returns"), Unit.COUNT),
            Measure(_l("Pieces"), Unit.PIECES),
            Measure(_l("Credited without VAT")),
            Measure(_l("Credited with VAT")),
        ),
        read=read_returns,
        drawn=1,
    ),
    "stock": Report(
        title=_l("Stock"),
        counts=_l("What lies there now of products that are for sale and whose stock is kept, in the shop’s currency."),
        headings=head_with(_l("SKU"), _l("Product")),
        measures=(
            Measure(_l("In stock"), Unit.PIECES),
            Measure(_l("At selling prices")),
            Measure(_l("At purchase prices")),
            Measure(_l("Pieces without purchase price"), Unit.PIECES),
        ),
        read=read_stock,
        drawn=1,
        has_days=False,
    ),
}
