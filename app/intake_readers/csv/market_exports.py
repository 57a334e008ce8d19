"""CSV exports of market places and of Squarespace, known by their headers.

- Etsy, "Download data": "Order Items" has a row for each item, "Orders" one for each order; dates are month first. Tax
  that Etsy collects and keeps is not read. Headers as in files of sellers that are published.
- bol.com, the list of orders: a row for each item, the price of one piece with VAT, no total of the order. Headers as
  tools of sellers read them.
- Amazon, the order report and "All orders": tab separated, a row for each item; amounts are those of the whole quantity
  of the row. An item that was cancelled has a quantity of 0, and no price.
  https://sellercentral-europe.amazon.com/gp/help/external/help.html?itemID=201648780
- eBay, the orders report of Seller Hub: a blank row below the header, a row for each item, and below them two lines of
  eBay's. https://github.com/randomecho/shifted-sales-report
- Squarespace, the CSV of its orders: a row for each item, and the order's money in its first row alone. Headers as in
  files of sellers that are published.
"""

from __future__ import annotations

from collections.abc import Mapping as Named
from collections.abc import Sequence
from dataclasses import dataclass

from app.models import Source

Headers = Named[str, tuple[str, ...]]


@dataclass(frozen=True)
class MarketExport:
    """An export: who writes it, which headers tell it, and what they are in our words."""

    source: Source
    told_by: frozenset[str]
    headers: Headers
    date_form: str = ""  # where dates are always written in one way
    prices_include_tax: bool | None = None
    per_row: tuple[str, ...] = ()  # amounts of which each row states its own part


SIDES = {"billing": "Billing", "shipping": "Shipping"}

#: Etsy's two files share these.
OF_ETSY: dict[str, tuple[str, ...]] = {
    "number": ("Order ID",),
    "placed_at": ("Sale Date",),
    "currency": ("Currency",),
    "discount_code": ("Coupon Code",),
    "payment_method": ("Payment Method", "Payment Type"),
    "sent_at": ("Date Shipped", "Date Posted"),
    "shipping_city": ("Ship City", "Delivery City"),
    "shipping_region": ("Ship State", "Delivery State"),
    "shipping_postcode": ("Ship Zipcode", "Delivery Zipcode"),
    "shipping_country": ("Ship Country", "Delivery Country"),
    "line_sku": ("SKU",),
}

ETSY_ORDERS: Headers = OF_ETSY | {
    "paid_at": ("Sale Date",),  # Etsy sells for money at once
    "total": ("Order Total",),
    "shipping_cost": ("Shipping", "Delivery"),
    "discount": ("Discount Amount",),
    "customer_name": ("Full Name", "Buyer"),
    "shipping_name": ("Full Name",),
    "shipping_street": ("Street 1",),
    "shipping_street2": ("Street 2",),
}

ETSY_ITEMS: Headers = OF_ETSY | {
    "shipping_cost": ("Order Shipping", "Order Delivery"),
    "paid_at": ("Date Paid", "Sale Date"),
    "customer_name": ("Ship Name", "Delivery Name", "Buyer"),
    "shipping_name": ("Ship Name", "Delivery Name"),
    "shipping_street": ("Ship Address1", "Delivery Address1"),
    "shipping_street2": ("Ship Address2", "Delivery Address2"),
    "line_name": ("Item Name",),
    "line_variant": ("Variations",),
    "line_quantity": ("Quantity",),
    "line_price": ("Price",),
    "line_discount": ("Discount Amount",),
}

BOL: Headers = {
    "number": ("bestelnummer",),
    "placed_at": ("besteldatum",),
    "paid_at": ("besteldatum",),  # to bol, which pays the shop
    "email": ("emailadres",),
    "phone": ("telnummerbezorging",),
    "first_name": ("voornaam_verzending",),
    "last_name": ("achternaam_verzending",),
    "line_name": ("producttitel",),
    "line_sku": ("referentie", "EAN"),
    "line_quantity": ("aantal",),
    "line_price": ("prijs",),
} | {
    f"{side}_{part}": (f"{name}_{dutch}" if name else "",)
    for side, dutch in (("shipping", "verzending"), ("billing", "facturatie"))
    for part, name in {
        "first_name": "voornaam",
        "last_name": "achternaam",
        "company": "bedrijfsnaam",
        "postcode": "postcode",
        "city": "woonplaats",
        "country": "land",
    }.items()
} | {
    f"{side}_{part}": (f"adres_{dutch}_{name}",)
    for side, dutch in (("shipping", "verz"), ("billing", "fact"))
    for part, name in {
        "street": "straat",
        "house_number": "huisnummer",
        "house_extension": "huisnummer_toevoeging",
        "street2": "toevoeging",
    }.items()
}  # fmt: skip

AMAZON: Headers = {
    "number": ("order-id", "amazon-order-id"),
    "placed_at": ("purchase-date",),
    "status": ("order-status",),
    "paid_at": ("payments-date", "purchase-date"),
    "currency": ("currency",),
    "email": ("buyer-email",),
    "phone": ("buyer-phone-number",),
    "customer_name": ("buyer-name", "recipient-name"),
    "company": ("buyer-company-name",),
    "vat_id": ("buyer-tax-registration-id",),
    "shipping_method": ("ship-service-level",),
    "line_name": ("product-name", "item-name"),
    "line_sku": ("sku",),
    "line_quantity": ("quantity-purchased", "quantity"),
    "line_total": ("item-price",),
    "line_tax": ("item-tax",),
    "shipping_cost": ("shipping-price",),
    "shipping_tax": ("shipping-tax",),
    "fee": ("gift-wrap-price",),
    "fee_tax": ("gift-wrap-tax",),
    "discount": ("item-promotion-discount",),
    "shipping_discount": ("ship-promotion-discount",),
    "shipping_name": ("recipient-name",),
    "shipping_street": ("ship-address-1",),
    "shipping_street2": ("ship-address-2",),
    "shipping_city": ("ship-city",),
    "shipping_region": ("ship-state",),
    "shipping_postcode": ("ship-postal-code",),
    "shipping_country": ("ship-country",),
    "shipping_phone": ("ship-phone-number",),
}

EBAY: Headers = {
    "number": ("Order Number", "Order number", "Bestellnummer"),
    "placed_at": ("Sale Date", "Sale date", "Verkauft am"),
    "paid_at": ("Paid On Date", "Paid on date", "Zahlungsdatum"),
    "sent_at": ("Shipped On Date", "Dispatched on date", "Versanddatum"),
    "total": ("Total Price", "Total price", "Gesamtbetrag"),
    "customer_name": ("Buyer Name", "Buyer name", "Name des Käufers"),
    "email": ("Buyer Email", "Buyer email", "E-Mail des Käufers"),
    "customer_note": ("Buyer Note", "Buyer note", "Hinweis des Käufers"),
    "payment_method": ("Payment Method", "Payment method", "Zahlungsmethode"),
    "payment_reference": ("PayPal Transaction ID", "PayPal transaction ID"),
    "shipping_method": ("Shipping Service", "Delivery service", "Versandservice"),
    "shipping_cost": ("Shipping And Handling", "Postage and packaging", "Verpackung und Versand"),
    "tracking_code": ("Tracking Number", "Tracking number", "Sendungsnummer"),
    "line_name": ("Item Title", "Item title", "Angebotstitel", "Artikelbezeichnung"),
    "line_sku": ("Custom Label", "Custom label", "Bestandseinheit"),
    "line_variant": ("Variation Details", "Variation details", "Variantendetails"),
    "line_quantity": ("Quantity", "Anzahl", "Stückzahl"),
    "line_price": ("Sold For", "Sold for", "Verkauft für"),
} | {
    f"{side}_{part}": tuple(f"{start} {name}" for start in starts for name in names)
    for side, starts in (("billing", ("Buyer",)), ("shipping", ("Ship To", "Post to")))
    for part, names in {
        "name": ("Name", "name"),
        "street": ("Address 1", "address 1"),
        "street2": ("Address 2", "address 2"),
        "city": ("City", "city"),
        "region": ("State", "county"),
        "postcode": ("Zip", "postcode"),
        "country": ("Country", "country"),
        "phone": ("Phone", "phone"),
    }.items()
}  # fmt: skip

#: What the reader of Shopify's export makes of its columns; by it somebody begins who maps them by hand.
OF_SHOPIFY: dict[str, tuple[str, ...]] = {
    "number": ("Name",),
    "external_id": ("Id",),
    "placed_at": ("Created at",),
    "status": ("Fulfillment Status",),
    "payment_status": ("Financial Status",),
    "currency": ("Currency",),
    "total": ("Total",),
    "tax_total": ("Taxes",),
    "shipping_cost": ("Shipping",),
    "discount": ("Discount Amount",),
    "discount_code": ("Discount Code",),
    "refunded": ("Refunded Amount",),
    "paid_at": ("Paid at",),
    "sent_at": ("Fulfilled at",),
    "cancelled_at": ("Cancelled at",),
    "payment_method": ("Payment Method",),
    "payment_reference": ("Payment Reference",),
    "shipping_method": ("Shipping Method",),
    "customer_note": ("Notes",),
    "email": ("Email",),
    "phone": ("Phone",),
    "line_name": ("Lineitem name",),
    "line_sku": ("Lineitem sku",),
    "line_quantity": ("Lineitem quantity",),
    "line_price": ("Lineitem price",),
    "line_discount": ("Lineitem discount",),
} | {
    f"{side}_{part}": tuple(f"{title} {name}" for name in names)
    for side, title in SIDES.items()
    for part, names in {
        "name": ("Name",),
        "company": ("Company",),
        "street": ("Address1", "Street"),
        "street2": ("Address2",),
        "postcode": ("Zip",),
        "city": ("City",),
        "region": ("Province",),
        "country": ("Country",),
        "phone": ("Phone",),
    }.items()
}

#: Written as Shopify's; the order's own number stands in a column of another name.
SQUARESPACE: Headers = OF_SHOPIFY | {
    "number": ("Order ID",),
    "refunded": ("Amount Refunded",),
    "line_variant": ("Lineitem variant",),
}


def tell_by(*headers: str) -> frozenset[str]:
    return frozenset(headers)


OF_AMAZON = tell_by("order-id", "order-item-id", "purchase-date", "item-price")
ALL_ORDERS = tell_by("amazon-order-id", "order-status", "purchase-date", "item-price")
PER_ROW = ("shipping_cost", "shipping_tax", "shipping_discount", "fee", "fee_tax", "discount")

#: Who is told by the most headers goes first.
MARKETS = (
    MarketExport(Source.ETSY, tell_by("Sale Date", "Item Name", "Order ID", "Transaction ID"), ETSY_ITEMS, "mdy", True),
    MarketExport(Source.ETSY, tell_by("Sale Date", "Order ID", "Order Value", "Order Total"), ETSY_ORDERS, "mdy", True),
    MarketExport(Source.BOL, tell_by("bestelnummer", "producttitel", "aantal", "prijs"), BOL, "", True),
    # In Europe prices include VAT, and the report says what they are without; elsewhere tax comes on top.
    MarketExport(Source.AMAZON, OF_AMAZON | {"vat-exclusive-item-price"}, AMAZON, "", True, PER_ROW),
    MarketExport(Source.AMAZON, OF_AMAZON | {"item-tax"}, AMAZON, "", False, PER_ROW),
    MarketExport(Source.AMAZON, OF_AMAZON, AMAZON, "", True, PER_ROW),
    # "All orders" doesn't say whether its prices include tax; where it states none, they do.
    MarketExport(Source.AMAZON, ALL_ORDERS | {"vat-exclusive-item-price"}, AMAZON, "", True, PER_ROW),
    MarketExport(Source.AMAZON, ALL_ORDERS, AMAZON, "", None, PER_ROW),
    MarketExport(Source.EBAY, tell_by("Sales Record Number", "Order Number", "Sold For"), EBAY),
    MarketExport(Source.EBAY, tell_by("Sales record number", "Order number", "Sold for"), EBAY),
    MarketExport(Source.EBAY, tell_by("Verkaufsprotokollnummer", "Bestellnummer", "Verkauft für"), EBAY),
    MarketExport(
        Source.SQUARESPACE, tell_by("Order ID", "Financial Status", "Lineitem name", "Lineitem variant"), SQUARESPACE
    ),
)


def market_of(columns: Sequence[str]) -> MarketExport | None:
    return next((one for one in MARKETS if one.told_by <= set(columns)), None)
