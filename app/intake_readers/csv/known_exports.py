"""CSV exports that are known by their headers.

Shopify's own has a reader of its own. Two plug-ins export WooCommerce's orders with a row for each item: "Advanced
Order Export" writes headers in words, "Customer / Order / Coupon Export" the names of the fields.
Sources: https://wordpress.org/plugins/woo-order-export-lite/,
https://woocommerce.com/document/ordercustomer-csv-export/
"""

from __future__ import annotations

from collections.abc import Sequence

from app.intake_readers.csv.mapping import Mapping
from app.intake_readers.csv.market_exports import SIDES, Headers, market_of

#: The headers that tell Shopify's own export.
SHOPIFY = {"Name", "Created at", "Total", "Lineitem name", "Lineitem quantity", "Lineitem price"}

#: Our field -> the headers that it may have; the first one that is there counts.
IN_WORDS: dict[str, tuple[str, ...]] = {
    "number": ("Order Number", "Order ID"),
    "external_id": ("Order ID", "Order Number"),
    "placed_at": ("Order Date",),
    "status": ("Order Status",),
    "payment_status": ("Order Status",),
    "currency": ("Currency", "Order Currency"),
    "total": ("Order Total Amount",),
    "tax_total": ("Order Total Tax Amount",),
    "shipping_cost": ("Order Shipping Amount",),
    "refunded": ("Order Refund Amount",),
    "discount_code": ("Coupons Used", "Coupon Code"),
    "paid_at": ("Paid Date",),
    "sent_at": ("Completed Date",),
    "payment_method": ("Payment Method Title", "Payment Method"),
    "payment_reference": ("Transaction ID",),
    "invoice_number": ("Invoice Number", "PDF Invoice Number", "_wcpdf_invoice_number"),
    "shipping_method": ("Shipping Method Title", "Shipping Method"),
    "customer_note": ("Customer Note",),
    "email": ("Email (Billing)",),
    "phone": ("Phone (Billing)",),
    "line_name": ("Item Name", "Name"),
    "line_sku": ("SKU",),
    "line_variant": ("Product Variation",),
    "line_quantity": ("Quantity", "Quantity (- Refund)"),
    "line_price": ("Item Cost",),
    "line_total": ("Order Line (w/o tax)",),
    "line_tax": ("Order Line Tax",),
} | {
    f"{side}_{part}": tuple(f"{name} ({title})" for name in names)
    for side, title in SIDES.items()
    for part, names in {
        "first_name": ("First Name",),
        "last_name": ("Last Name",),
        "name": ("Full Name",),
        "company": ("Company",),
        "street": ("Address 1", "Address 1&2"),
        "street2": ("Address 2",),
        "postcode": ("Postcode",),
        "city": ("City",),
        "region": ("State Code", "State Name"),
        "country": ("Country Code", "Country Name"),
    }.items()
}

AS_FIELDS: dict[str, tuple[str, ...]] = {
    "number": ("order_number_formatted", "order_number", "order_id"),
    "external_id": ("order_id", "order_number"),
    "placed_at": ("date", "order_date"),
    "status": ("status",),
    "payment_status": ("status",),
    "currency": ("order_currency", "currency"),
    "total": ("order_total",),
    "tax_total": ("tax_total",),
    "shipping_cost": ("shipping_total",),
    "shipping_tax": ("shipping_tax_total",),
    "fee": ("fee_total",),
    "refunded": ("refunded_total",),
    "paid_at": ("paid_date",),
    "sent_at": ("completed_date",),
    "payment_method": ("payment_method_title", "payment_method"),
    "payment_reference": ("transaction_id",),
    "invoice_number": ("invoice_number", "_wcpdf_invoice_number"),
    "shipping_method": ("shipping_method",),
    "customer_note": ("customer_note",),
    "vat_id": ("vat_number",),
    "email": ("billing_email",),
    "phone": ("billing_phone",),
    "line_name": ("item_name",),
    "line_sku": ("item_sku",),
    "line_quantity": ("item_quantity",),
    "line_total": ("item_total",),
    "line_tax": ("item_total_tax", "item_tax"),
} | {
    f"{side}_{part}": tuple(f"{side}_{name}" for name in names)
    for side in SIDES
    for part, names in {
        "first_name": ("first_name",),
        "last_name": ("last_name",),
        "company": ("company",),
        "street": ("address_1",),
        "house_number": ("house_number",),
        "house_extension": ("house_number_suffix",),
        "street2": ("address_2",),
        "postcode": ("postcode",),
        "city": ("city",),
        "region": ("state", "state_code"),
        "country": ("country",),
    }.items()
}

#: The headers that tell a known export, besides what to make of it.
KNOWN = (
    ({"Order Number", "Order Date", "Order Status", "Order Total Amount"}, IN_WORDS),
    ({"order_number", "status", "order_total", "item_name", "item_quantity"}, AS_FIELDS),
    ({"order_id", "status", "order_total", "item_name", "item_quantity"}, AS_FIELDS),
)


def is_of_shopify(columns: Sequence[str]) -> bool:
    return set(columns) >= SHOPIFY


def is_known_header(columns: Sequence[str]) -> bool:
    return (
        is_of_shopify(columns)
        or market_of(columns) is not None
        or any(set(columns) >= told_by for told_by, _headers in KNOWN)
    )


def known_mapping(columns: list[str]) -> Mapping | None:
    """The mapping of a known export; WooCommerce's own amounts never include tax."""
    if market := market_of(columns):
        named = named_columns(market.headers, columns)
        per_row = tuple(name for name in market.per_row if name in named)
        return Mapping(named, date_form=market.date_form, prices_include_tax=market.prices_include_tax, per_row=per_row)
    for told_by, headers in KNOWN:
        if set(columns) >= told_by:
            return Mapping(named_columns(headers, columns), prices_include_tax=False)
    return None


def named_columns(headers: Headers, columns: Sequence[str]) -> dict[str, str]:
    """Our field -> the first of its headers that is there."""
    found = {name: next((one for one in names if one in columns), "") for name, names in headers.items()}
    return {name: header for name, header in found.items() if header}
