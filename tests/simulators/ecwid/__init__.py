"""An Ecwid shop for tests: a real server that speaks its REST API v3.

    with EcwidShop() as shop:
        order = shop.add_order({"Mug": "12.50"})
        shop.change(order, fulfillmentStatus="SHIPPED")
        …  # ask shop.url with shop.token and shop.store_id

What the token may do is the attribute `scopes`. For what fails, see serving.py.
"""

from __future__ import annotations

import hmac
import json
import re
import string
from base64 import b64encode
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import unquote

from tests.simulators.ecwid.catalogue import (
    combination_shape,
    move_stock,
    options_shape,
    part_of,
    product_shape,
    products_found,
)
from tests.simulators.serving import Answer, Asked, OutsideShop

#: An object as the API tells it.
Shape = dict[str, Any]

ALL_SCOPES = {"read_orders", "update_orders", "read_store_profile", "read_catalog", "update_catalog"}
NOOR = {"name": "Noor Haddad", "firstName": "Noor", "lastName": "Haddad", "companyName": "", "street": "Oude Gracht 40",
        "city": "Utrecht", "countryCode": "NL", "countryName": "Netherlands", "postalCode": "3511 AR",
        "stateOrProvinceCode": "UT", "stateOrProvinceName": "Utrecht", "phone": "+31 30 5550123"}  # fmt: skip
RATE = Decimal(21)
LONGEST_PAGE = 100
#: States of an order's money that mail its customer, and of its goods.
MAILED = {"PAID", "SHIPPED", "CANCELLED", "REFUNDED"}


class EcwidShop(OutsideShop):
    def __init__(self) -> None:
        super().__init__()
        self.store_id, self.token, self.client_secret = "1003", "secret_5d1c0ffee", "c11e47"
        self.scopes = set(ALL_SCOPES)
        self.currency = "EUR"
        self.is_premium = True
        self.orders: list[Shape] = []
        self.products: list[Shape] = []
        self.mails: list[str] = []  # to customers
        self.ids = count(492512057)

    # what people of the shop do

    def add_order(
        self, goods: dict[str, str] | None = None, *, quantity: int = 1, at: datetime | None = None, **stated: Any
    ) -> Shape:
        """An order that waits for its money; whatever else is stated stands in it as it is."""
        with self.lock:
            moment, number = at or self.now(), next(self.ids)
            items = [self.item(name, Decimal(price), quantity) for name, price in (goods or {"Mug": "12.50"}).items()]
            shipping = Decimal("6.05")
            subtotal = sum((Decimal(str(one["price"])) * one["quantity"] for one in items), Decimal(0))
            tax = sum((Decimal(str(one["tax"])) for one in items), Decimal(0)) + tax_in(shipping)
            order = {
                "id": public_id(number), "internalId": number, "refundedAmount": 0, "subtotal": float(subtotal),
                "total": float(subtotal + shipping), "giftCardRedemption": 0,
                "totalBeforeGiftCardRedemption": float(subtotal + shipping), "email": "noor@example.org",
                "paymentMethod": "Bank transfer", "tax": float(tax), "customerTaxExempt": False, "customerTaxId": "",
                "reversedTaxApplied": False, "ipAddress": "203.0.113.7", "couponDiscount": 0,
                "paymentStatus": "AWAITING_PAYMENT", "fulfillmentStatus": "AWAITING_PROCESSING",
                "orderNumber": number, "vendorOrderNumber": public_id(number), "publicUid": public_id(number),
                "orderComments": "", "volumeDiscount": 0, "customerId": 40201284, "membershipBasedDiscount": 0,
                "totalAndMembershipBasedDiscount": 0, "customDiscount": [], "customSurcharges": [], "discount": 0,
                "usdTotal": float(subtotal), **dated("create", moment), **dated("update", moment), "items": items,
                "refunds": [], "billingPerson": dict(NOOR), "shippingPerson": dict(NOOR),
                "shippingOption": {"shippingMethodName": "Parcel", "shippingRate": float(shipping), "isPickup": False,
                                   "shippingCarrierName": "PostNL", "fulfillmentType": "SHIPPING"},
                "handlingFee": {"name": "", "value": 0, "description": ""}, "shipments": [], "additionalInfo": {},
                "paymentParams": {}, "extraFields": {"lang": "nl"}, "hidden": False, "privateAdminNotes": "",
                "taxesOnShipping": [{"name": "BTW", "value": 21, "total": float(tax_in(shipping))}],
                "disableAllCustomerNotifications": False, "externalFulfillment": False, "invoices": [],
                "pricesIncludeTax": True, **stated,
            }  # fmt: skip
            self.orders.append(order)
            return order

    def item(self, name: str, price: Decimal, quantity: int) -> Shape:
        tax = float(tax_in(price * quantity))
        return {
            "id": next(self.ids), "productId": next(self.ids), "categoryId": 0, "price": float(price),
            "productPrice": float(price), "sku": name.upper()[:12], "quantity": quantity, "tax": tax, "shipping": 0,
            "name": name, "isShippingRequired": True, "discounts": [], "couponApplied": False,
            "taxes": [{"name": "BTW", "value": 21, "total": tax, "taxOnDiscountedSubtotal": tax, "taxOnShipping": 0,
                       "includeInPrice": True}],
        }  # fmt: skip

    def add_product(
        self,
        name: str,
        combinations: list[tuple[dict[str, str], Shape]] | None = None,
        options: dict[str, dict[str, float]] | None = None,
        *,
        at: datetime | None = None,
        **stated: Any,
    ) -> Shape:
        """A product, with its variations: what is chosen for each, and what it states of its own."""
        with self.lock:
            product = product_shape(next(self.ids), name, at or self.now()) | stated
            product["options"] = options_shape(options or {})
            product["combinations"] = [
                combination_shape(next(self.ids), number, chosen) | own
                for number, (chosen, own) in enumerate(combinations or [], 1)
            ]
            self.products.append(product)
            return product

    def change(self, order: Shape, **stated: Any) -> None:
        """Write fields; its date moves."""
        with self.lock:
            order.update(stated, **dated("update", self.now()))

    def edit_unseen(self, order: Shape, **stated: Any) -> None:
        """Write fields, and no date moves."""
        with self.lock:
            order.update(stated)

    def delete(self, order: Shape) -> None:
        with self.lock:
            self.orders.remove(order)

    def event(self, order: Shape, kind: str = "order.updated") -> tuple[bytes, dict[str, str]]:
        """What its webhook would send now: the body, and what signs it."""
        told = {"eventId": f"e-{next(self.ids)}", "eventCreated": int(self.now().timestamp()), "storeId": 1003}
        told |= {"entityId": order["internalId"], "eventType": kind, "data": {"orderId": order["id"]}}
        text = f"{told['eventCreated']}.{told['eventId']}".encode()
        signature = b64encode(hmac.digest(self.client_secret.encode(), text, "sha256")).decode()
        return json.dumps(told).encode(), {"X-Ecwid-Webhook-Signature": signature}

    # its answers

    def answer(self, asked: Asked) -> Answer:
        found = re.fullmatch(rf"/api/v3/{self.store_id}/(.+)", asked.path)
        if asked.headers.get("authorization") != f"Bearer {self.token}" or not found:
            return refused(403, "ACCESS_DENIED", "Access denied: the token is invalid")
        if not self.is_premium:
            return refused(402, "PAYMENT_REQUIRED", "The functionality is not available on the store's plan")
        route = unquote(found[1])
        if route == "profile":
            return self.allowed("read_store_profile") or Answer(200, {"formatsAndUnits": {"currency": self.currency}})
        if route == "orders" and asked.method == "GET":
            return self.allowed("read_orders") or self.answer_list(dict(asked.query))
        if (one := re.fullmatch(r"orders/([^/]+)", route)) and asked.method in ("GET", "PUT"):
            scope = "read_orders" if asked.method == "GET" else "update_orders"
            return self.allowed(scope) or self.answer_one(asked, one[1])
        if route.split("/")[0] == "products" and asked.method in ("GET", "PUT"):
            scope = "read_catalog" if asked.method == "GET" else "update_catalog"
            return self.allowed(scope) or self.answer_products(asked, route)
        return refused(404, "NOT_FOUND", "Not found")

    def allowed(self, scope: str) -> Answer | None:
        if scope in self.scopes:
            return None
        return refused(403, "ACCESS_DENIED", f"Access denied: the app lacks the scope {scope}")

    def answer_list(self, query: dict[str, str]) -> Answer:
        found = sorted((one for one in self.orders if fits(one, query)), key=lambda one: one["createTimestamp"])
        return paged(found[::-1], query)

    def answer_products(self, asked: Asked, route: str) -> Answer:
        if route == "products":
            query = dict(asked.query)
            return paged(products_found(self.products, query), query)
        part = part_of(self.products, route)
        if part is None:
            return refused(404, "NOT_FOUND", "Product not found")
        if asked.method == "PUT" and route.endswith("/inventory"):
            return Answer(200, move_stock(part, asked.json["quantityDelta"]))
        return Answer(200, part)

    def answer_one(self, asked: Asked, id: str) -> Answer:
        order = next((one for one in self.orders if id in (one["id"], str(one["internalId"]))), None)
        if order is None:
            return refused(404, "NOT_FOUND", "Order not found")
        if asked.method == "GET":
            return Answer(200, order)
        self.put(order, asked.json or {})
        return Answer(200, {"updateCount": 1})

    def put(self, order: Shape, stated: Shape) -> None:
        """Its customer is mailed of a new state, unless the order says otherwise."""
        before = order["paymentStatus"], order["fulfillmentStatus"]
        self.change(order, **stated)
        if not order["disableAllCustomerNotifications"]:
            after = order["paymentStatus"], order["fulfillmentStatus"]
            self.mails += [new for old, new in zip(before, after, strict=True) if new != old and new in MAILED]


def paged(found: list[Shape], query: dict[str, str]) -> Answer:
    offset, limit = int(query.get("offset", 0)), min(int(query.get("limit", 100)), LONGEST_PAGE)
    items = found[offset : offset + limit]
    told = {"total": len(found), "count": len(items), "offset": offset, "limit": limit, "items": items}
    return Answer(200, told)


def refused(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"errorMessage": message, "errorCode": code})


def fits(order: Shape, query: dict[str, str]) -> bool:
    """Whether it is within the dates, and has one of the ids, or begins or ends so."""
    for name, key in (("created", "createTimestamp"), ("updated", "updateTimestamp")):
        if f"{name}From" in query and order[key] < int(query[f"{name}From"]):
            return False
        if f"{name}To" in query and order[key] > int(query[f"{name}To"]):
            return False
    ids = [one for one in query.get("ids", "").split(",") if one]
    own = (order["id"], str(order["internalId"]))
    return not ids or any(is_like(one, some) for one in own for some in ids)


def is_like(own: str, asked: str) -> bool:
    return own.startswith(asked) or own.endswith(asked)


def dated(name: str, moment: datetime) -> Shape:
    return {f"{name}Date": moment.strftime("%Y-%m-%d %H:%M:%S +0000"), f"{name}Timestamp": int(moment.timestamp())}


def tax_in(amount: Decimal) -> Decimal:
    return round(amount * RATE / (100 + RATE), 2)


def public_id(number: int) -> str:
    """Letters, as Ecwid shows them: unlike the numbers in between."""
    letters = string.ascii_uppercase
    return "".join(letters[(number // 26**place) % 26] for place in range(5))
