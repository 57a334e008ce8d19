"""What Magento states of an order and an item of it, with its own names; amounts are numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Shape = dict[str, Any]

ADDRESS: Shape = {
    "firstname": "Noor", "lastname": "Haddad", "company": None, "street": ["Oude Gracht 40"], "postcode": "3511 AR",
    "city": "Utrecht", "country_id": "NL", "telephone": "", "email": "noor@example.org",
}  # fmt: skip


def item_shape(number: int, name: str, price: Decimal, quantity: int, rate: int) -> Shape:
    gross = price * quantity
    tax = round(gross * rate / (100 + rate), 2)
    return {
        "item_id": number, "product_type": "simple", "name": name, "sku": name.upper()[:8], "qty_ordered": quantity,
        "qty_invoiced": 0, "qty_shipped": 0, "qty_refunded": 0, "qty_canceled": 0,
        "price": float(round(price * 100 / (100 + rate), 4)), "price_incl_tax": float(price),
        "original_price": float(price), "row_total": float(gross - tax), "row_total_incl_tax": float(gross),
        "discount_amount": 0, "tax_amount": float(tax), "tax_percent": rate,
    }  # fmt: skip


def order_shape(number: int, items: list[Shape], moment: str) -> Shape:
    total = float(sum((Decimal(str(one["row_total_incl_tax"])) for one in items), Decimal(0)))
    tax = float(sum((Decimal(str(one["tax_amount"])) for one in items), Decimal(0)))
    shipping = {"address": dict(ADDRESS), "method": "flatrate_flatrate"}
    return {
        "entity_id": number, "increment_id": f"0000{number + 9000}", "state": "new", "status": "pending",
        "created_at": moment, "updated_at": moment, "store_id": 1, "store_name": "Main\nStore\nDefault",
        "order_currency_code": "EUR", "base_currency_code": "EUR", "base_to_order_rate": 1,
        "customer_email": "noor@example.org", "customer_firstname": "Noor", "customer_lastname": "Haddad",
        "customer_is_guest": 1, "grand_total": total, "tax_amount": tax, "shipping_amount": 0,
        "shipping_incl_tax": 0, "shipping_tax_amount": 0, "shipping_description": "Flat Rate - Fixed",
        "total_invoiced": 0, "total_paid": 0, "total_due": total, "total_refunded": 0, "items": items,
        "billing_address": dict(ADDRESS), "payment": {"method": "banktransfer", "additional_information": ["Bank"]},
        "status_histories": [],
        "extension_attributes": {
            "shipping_assignments": [{"shipping": shipping}],
            "applied_taxes": [{"code": "VAT", "title": "VAT", "percent": 21, "amount": tax}],
        },
    }  # fmt: skip
