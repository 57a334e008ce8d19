"""What BigCommerce states of an order, a product of it, and a shipment; as recorded, with amounts of four decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Shape = dict[str, Any]

ADDRESS: Shape = {
    "first_name": "Noor", "last_name": "Haddad", "company": "", "street_1": "Oude Gracht 40", "street_2": "",
    "city": "Utrecht", "state": "", "zip": "3511 AR", "country": "Netherlands", "country_iso2": "NL", "phone": "",
    "email": "noor@example.org", "form_fields": [],
}  # fmt: skip

NOTHING = "0.0000"


def amount(number: Decimal) -> str:
    return f"{number:.4f}"


def product_shape(number: int, name: str, price: Decimal, quantity: int, rate: int) -> Shape:
    gross = price * quantity
    tax = round(gross * rate / (100 + rate), 4)
    return {
        "id": number, "product_id": 9, "name": name, "sku": name.upper()[:8], "type": "physical",
        "base_price": amount(price), "price_inc_tax": amount(price), "price_ex_tax": amount(price - tax / quantity),
        "price_tax": amount(tax / quantity), "base_total": amount(gross), "total_inc_tax": amount(gross),
        "total_ex_tax": amount(gross - tax), "total_tax": amount(tax), "quantity": quantity, "quantity_shipped": 0,
        "quantity_refunded": 0, "applied_discounts": [], "product_options": [],
        "taxes": [{"id": number, "name": "VAT", "rate": amount(Decimal(rate)), "line_amount": amount(tax),
                   "order_product_id": number, "line_item_type": "item"}],
    }  # fmt: skip


def order_shape(number: int, lines: list[Shape], moment: str, address: str) -> Shape:
    total = sum((Decimal(one["total_inc_tax"]) for one in lines), Decimal(0))
    tax = sum((Decimal(one["total_tax"]) for one in lines), Decimal(0))

    def link(what: str) -> Shape:
        return {"url": f"{address}/v2/orders/{number}/{what}", "resource": f"/orders/{number}/{what}"}

    costs = {f"{what}_cost_{basis}": NOTHING for what in ("shipping", "handling", "wrapping")
             for basis in ("ex_tax", "inc_tax", "tax")}  # fmt: skip
    return {
        "id": number, "customer_id": 0, "date_created": moment, "date_modified": moment, "date_shipped": "",
        "status_id": 7, "status": "Awaiting Payment", **costs, "subtotal_inc_tax": amount(total),
        "total_ex_tax": amount(total - tax), "total_inc_tax": amount(total), "total_tax": amount(tax),
        "items_total": sum(one["quantity"] for one in lines), "items_shipped": 0, "payment_method": "Bank Deposit",
        "payment_provider_id": None, "payment_status": "", "refunded_amount": NOTHING, "order_is_digital": False,
        "store_credit_amount": NOTHING, "gift_certificate_amount": NOTHING, "currency_code": "EUR",
        "default_currency_code": "EUR", "staff_notes": None, "customer_message": None, "discount_amount": NOTHING,
        "coupon_discount": NOTHING, "is_deleted": False, "billing_address": dict(ADDRESS), "order_source": "www",
        "customer_locale": "nl", "external_source": None, "fees": [], "products": link("products"),
        "shipping_addresses": link("shipping_addresses"), "coupons": link("coupons"),
        "consignments": {"shipping": [], "pickups": [], "downloads": [], "email": {"gift_certificates": []}},
    }  # fmt: skip


def shipment_shape(number: int, order: Shape, moment: str, code: str, items: dict[int, int]) -> Shape:
    return {
        "id": number, "order_id": order["id"], "customer_id": 0, "order_address_id": 7000 + order["id"],
        "date_created": moment, "tracking_number": code, "tracking_carrier": "", "tracking_link": "",
        "generated_tracking_link": "", "shipping_provider": "", "comments": "",
        "items": [{"order_product_id": of, "product_id": 9, "quantity": many} for of, many in items.items()],
    }  # fmt: skip
