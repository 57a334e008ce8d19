"""A Lightspeed eCom C-Series shop for tests: a real server that speaks its REST API.

    with LightspeedShop() as shop:
        order = shop.add_order({"Mug": "12.50"})
        shop.track(order, "3SABC")                  # its shipment moves, the order's date doesn't
        …  # ask shop.url with shop.key, shop.secret and shop.language

What a key may do, how much is left in each window, and which of its dates move with which part, are attributes.
For what fails, see serving.py.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from tests.simulators.lightspeed.shapes import (
    Shape,
    event_shape,
    invoice_shape,
    line_shape,
    order_shape,
    product_shape,
    shipment_shape,
    told,
    variant_shape,
)
from tests.simulators.serving import Answer, Asked, OutsideShop

#: What each list is called, and one of it.
NAMES = {"orders": "order", "invoices": "invoice", "shipments": "shipment", "webhooks": "webhook",
         "orders/events": "orderEvent", "products": "product", "variants": "variant"}  # fmt: skip
RATE = Decimal("0.21")
LONGEST_PAGE = 250
WINDOWS = (300, 3600, 86400)


class LightspeedShop(OutsideShop):
    def __init__(self) -> None:
        super().__init__()
        self.key, self.secret, self.language = "a" * 32, "5" * 32, "nl"
        self.rights = {"orders": {"read": True, "write": True}, "products": {"read": True, "write": True}}
        self.currency = "EUR"
        self.limits = [300, 3000, 12000]
        self.used = [0, 0, 0]
        self.orders_move_with_parts = True
        self.newest_first = False
        self.mails: list[str] = []  # to customers
        self.ids = count(101)
        self.lists: dict[str, list[Shape]] = {name: [] for name in NAMES}
        self.lines: dict[int, list[Shape]] = {}  # by the ids of orders
        self.parcels: dict[int, list[Shape]] = {}  # what is in each shipment

    @property
    def base(self) -> str:
        return f"{self.url}/{self.language}"

    # what people of the shop do

    def add_order(
        self, goods: dict[str, str] | None = None, *, quantity: int = 1, at: datetime | None = None, **stated: Any
    ) -> Shape:
        """An order that waits for its money, with its invoice and its shipment."""
        with self.lock:
            moment = told(at or self.now())
            lines = [
                line_shape(self.base, next(self.ids), name, price, quantity, code=name.upper()[:12], rate=RATE)
                for name, price in (goods or {"Mug": "12.50"}).items()
            ]
            id = next(self.ids)
            order = order_shape(self.base, id, moment, lines, Decimal("6.05"), RATE) | stated
            self.lists["orders"].append(order)
            self.lines[id] = lines
            total = Decimal(str(order["priceIncl"]))
            self.lists["invoices"].append(invoice_shape(self.base, next(self.ids), order, moment, total))
            self.add_shipment(order, moment)
            for kind in ("order", "invoice", "shipment"):
                self.note(order, kind, "new", moment)
            return order

    def add_shipment(self, order: Shape, moment: str = "") -> Shape:
        shipment = shipment_shape(self.base, next(self.ids), order, moment or told(self.now()))
        self.lists["shipments"].append(shipment)
        self.pack(shipment, self.lines[order["id"]])
        return shipment

    def pack(self, shipment: Shape, lines: list[Shape], quantity: int | None = None) -> None:
        self.parcels[shipment["id"]] = [
            {"id": next(self.ids), "quantity": quantity or one["quantityOrdered"], "title": one["productTitle"],
             "variant": one["variantTitle"], "articleCode": one["articleCode"], "ean": "", "sku": "", "customData": []}
            for one in lines
        ]  # fmt: skip

    def add_product(self, title: str, variants: list[dict[str, Any]] | None = None, **stated: Any) -> list[Shape]:
        """A product with these variants, or the one that each has: these are answered."""
        with self.lock:
            moment = told(self.now())
            product = product_shape(self.base, next(self.ids), title, moment) | stated
            self.lists["products"].append(product)
            price = Decimal("12.50")
            made = [
                variant_shape(self.base, next(self.ids), product, moment, price, RATE) | one for one in variants or [{}]
            ]
            self.lists["variants"] += made
            return made

    def sell(self, variant: Shape, quantity: int = 1) -> None:
        with self.lock:
            variant.update(stockLevel=variant["stockLevel"] - quantity, stockSold=variant["stockSold"] + quantity)
            variant["updatedAt"] = told(self.now())

    def change(self, order: Shape, **stated: Any) -> None:
        """Write fields of the order; its date moves."""
        with self.lock:
            order.update(stated, updatedAt=told(self.now()))

    def edit_unseen(self, order: Shape, **stated: Any) -> None:
        """Write fields of the order, and no date moves."""
        with self.lock:
            order.update(stated)

    def pay(self, order: Shape) -> None:
        (invoice,) = [one for one in self.parts_of(order, "invoices") if not one["isCreditNote"]]
        self.put_invoice(invoice, {"status": "paid", "doNotifyPaid": False})

    def send(self, order: Shape, code: str = "") -> None:
        for shipment in self.parts_of(order, "shipments"):
            stated = {"status": "shipped", "trackingCode": code}
            self.put_shipment(shipment, {**stated, "doNotifyShipped": False, "doNotifyTrackingCode": False})

    def track(self, order: Shape, code: str) -> None:
        """Its shipment gets a code: no state changes."""
        (shipment,) = self.parts_of(order, "shipments")
        self.move(shipment, order, trackingCode=code)

    def credit(self, order: Shape, amount: str) -> Shape:
        """A credit note that is paid back."""
        with self.lock:
            moment = told(self.now())
            note = invoice_shape(self.base, next(self.ids), order, moment, Decimal(amount), is_credit=True)
            note["status"] = "paid"
            self.lists["invoices"].append(note)
            self.move(note, order)
            return note

    def delete(self, order: Shape) -> None:
        with self.lock:
            for name in ("orders", "invoices", "shipments", "orders/events"):
                self.lists[name] = [one for one in self.lists[name] if order not in (one, self.order_of(one))]

    def parts_of(self, order: Shape, name: str) -> list[Shape]:
        return [one for one in self.lists[name] if one["order"]["resource"]["id"] == order["id"]]

    def order_of(self, part: Shape) -> Shape | None:
        id = (part.get("order") or {}).get("resource", {}).get("id")
        return next((one for one in self.lists["orders"] if one["id"] == id), None)

    def note(self, order: Shape, kind: str, message: str, moment: str = "") -> None:
        event = event_shape(self.base, next(self.ids), order, moment or told(self.now()), kind, message)
        self.lists["orders/events"].append(event)

    def move(self, part: Shape, order: Shape, **stated: Any) -> None:
        part.update(stated, updatedAt=told(self.now()))
        if self.orders_move_with_parts:
            order["updatedAt"] = told(self.now())

    def open_windows(self) -> None:
        """All of them begin anew."""
        self.used = [0, 0, 0]

    # its answers

    def answer(self, asked: Asked) -> Answer:
        if any(used >= limit for used, limit in zip(self.used, self.limits, strict=True)):
            return self.refused(asked, 429, "Too Many Requests", **self.windows())
        self.used = [used + 1 for used in self.used]
        pair = b64encode(f"{self.key}:{self.secret}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {pair}":
            return self.refused(asked, 401, "Invalid API credentials")
        found = re.fullmatch(r"/(\w+)/(.+)\.json", asked.path)
        if not found or found[1] != self.language:
            return self.refused(asked, 404, "Unknown or inactive language")
        answer = self.answer_route(asked, found[2])
        answer.headers |= self.windows()
        return answer

    def windows(self) -> dict[str, str]:
        left = "/".join(str(max(0, limit - used)) for used, limit in zip(self.used, self.limits, strict=True))
        return {
            "X-RateLimit-Limit": "/".join(map(str, self.limits)),
            "X-RateLimit-Remaining": left,
            "X-RateLimit-Reset": "/".join(str(one - 37) for one in WINDOWS),
        }

    def refused(self, asked: Asked, status: int, message: str, **headers: str) -> Answer:
        error = {"code": status, "method": asked.method, "request": asked.target, "message": message}
        return Answer(status, {"error": error}, headers)

    def answer_route(self, asked: Asked, route: str) -> Answer:
        if route == "account/permissions":
            return Answer(200, {"accountPermissions": self.rights})
        if route == "shop":
            return Answer(200, {"shop": {"id": 1, "currency": {"shortcode": self.currency, "isDefault": True}}})
        right = "read" if asked.method == "GET" else "write"
        kind = "products" if route.startswith(("products", "variants")) else "orders"
        if not self.rights[kind].get(right):
            return self.refused(asked, 403, f"No permission to {right} {kind}")
        if asked.method == "GET":
            return self.answer_question(asked, route)
        return self.answer_change(asked, route)

    def answer_question(self, asked: Asked, route: str) -> Answer:
        query = dict(asked.query)
        if of_order := re.fullmatch(r"orders/(\d+)/products", route):
            return Answer(200, {"orderProducts": paged(self.lines.get(int(of_order[1]), []), query)})
        if of_shipment := re.fullmatch(r"shipments/(\d+)/products", route):
            return Answer(200, {"shipmentProducts": paged(self.parcels.get(int(of_shipment[1]), []), query)})
        if route in self.lists:
            name = NAMES[route]
            return Answer(200, {f"{name}s": paged(self.found(route, query), query)})
        if (counted := route.removesuffix("/count")) != route and counted in self.lists:
            return Answer(200, {"count": len(self.found(counted, query))})
        one = self.one_by(route)
        if one is None:
            return self.refused(asked, 404, "Not Found")
        return Answer(200, {NAMES[route.rpartition("/")[0]]: one})

    def one_by(self, route: str) -> Shape | None:
        name, _slash, id = route.rpartition("/")
        return next((one for one in self.lists.get(name, []) if str(one["id"]) == id), None)

    def found(self, name: str, query: dict[str, str]) -> list[Shape]:
        found = [one for one in self.lists[name] if fits(one, query)]
        return found[::-1] if self.newest_first else found

    def answer_change(self, asked: Asked, route: str) -> Answer:
        name, _slash, _id = route.rpartition("/")
        stated = next(iter((asked.json or {"": {}}).values()))
        if route == "webhooks" and asked.method == "POST":
            return Answer(201, {"webhook": self.add_webhook(stated)})
        one = self.one_by(route)
        if one is None:
            return self.refused(asked, 404, "Not Found")
        if name == "webhooks" and asked.method == "DELETE":
            self.lists["webhooks"].remove(one)
            return Answer(204)
        changes: dict[str, Callable[[Shape, Shape], str]] = {
            "orders": self.put_order,
            "invoices": self.put_invoice,
            "shipments": self.put_shipment,
            "variants": self.put_variant,
        }
        if asked.method != "PUT" or name not in changes:
            return self.refused(asked, 405, "Method Not Allowed")
        if why_not := changes[name](one, stated):
            return self.refused(asked, 422, why_not)
        return Answer(200, {NAMES[name]: one})

    # what a change does

    def add_webhook(self, stated: Shape) -> Shape:
        moment = told(self.now())
        made = {"id": next(self.ids), "createdAt": moment, "updatedAt": moment, **stated}
        made["language"] = {"id": 1, "code": stated["language"], "locale": "nl_NL", "title": "Nederlands"}
        self.lists["webhooks"].append(made)
        return made

    def put_shipment(self, shipment: Shape, stated: Shape) -> str:
        order = self.order_of(shipment)
        assert order
        if order["status"] == "cancelled":
            return "The order is cancelled"
        before = shipment["status"]
        given = {name: stated[name] for name in ("status", "trackingCode") if name in stated}
        self.move(shipment, order, **given)
        if shipment["status"] == "shipped" and before != "shipped":
            self.note(order, "shipment", "shipped")
            self.mail(stated, "doNotifyShipped", f"shipped {order['number']}")
            self.settle(order)
        elif "trackingCode" in given:
            self.mail(stated, "doNotifyTrackingCode", f"tracking code {shipment['trackingCode']}")
        return ""

    def put_invoice(self, invoice: Shape, stated: Shape) -> str:
        order = self.order_of(invoice)
        assert order
        if order["status"] == "cancelled":
            return "The order is cancelled"
        before = invoice["status"]
        self.move(invoice, order, status=stated.get("status", before))
        if invoice["status"] == "paid" and before != "paid":
            self.note(order, "invoice", "paid")
            self.note(order, "order", "paid")
            self.mail(stated, "doNotifyPaid", f"paid {order['number']}")
            self.settle(order)
        return ""

    def put_variant(self, variant: Shape, stated: Shape) -> str:
        """The number without a condition."""
        variant.update(stated, updatedAt=told(self.now()))
        return ""

    def settle(self, order: Shape) -> None:
        """What its invoices and shipments make of the order."""
        invoices = [one for one in self.parts_of(order, "invoices") if not one["isCreditNote"]]
        shipments = self.parts_of(order, "shipments")
        is_paid = all(one["status"] == "paid" for one in invoices)
        is_sent = all(one["status"] == "shipped" for one in shipments)
        order["paymentStatus"] = "paid" if is_paid else order["paymentStatus"]
        order["shipmentStatus"] = "shipped" if is_sent else order["shipmentStatus"]
        if is_paid and is_sent:
            order["status"] = "completed_shipped"
        elif is_paid:
            order["status"] = "processing_awaiting_shipment"

    def put_order(self, order: Shape, stated: Shape) -> str:
        if stated.get("status") == "cancelled":
            if order["status"].startswith("completed"):
                return "A completed order can't be cancelled"
            self.change(order, status="cancelled", paymentStatus="cancelled", shipmentStatus="cancelled")
            self.note(order, "order", "cancelled")
            self.mail(stated, "doNotifyCancelled", f"cancelled {order['number']}")
        if "memo" in stated:
            self.change(order, memo=stated["memo"])
        return ""

    def mail(self, stated: Shape, flag: str, what: str) -> None:
        """Whoever leaves out whether to mail has it mailed."""
        if stated.get(flag, True):
            self.mails.append(what)

    def event(self, order: Shape, action: str = "updated") -> tuple[bytes, dict[str, str]]:
        """What its webhook would send of an order now: the body, and what signs it."""
        body = json.dumps({"order": order}).encode()
        signature = hashlib.md5(body + self.secret.encode(), usedforsecurity=False).hexdigest()
        return body, {"X-Event": f"orders/{action}", "X-Signature": signature, "X-Language": self.language}


def paged(found: list[Shape], query: dict[str, str]) -> list[Shape]:
    size = min(int(query.get("limit", 50)), LONGEST_PAGE)
    start = (int(query.get("page", 1)) - 1) * size
    return found[start : start + size]


def fits(one: Shape, query: dict[str, str]) -> bool:
    """Whether it is of the order, and within the dates, that are asked for."""
    if "order" in query and str(one["order"]["resource"]["id"]) != query["order"]:
        return False
    for name, key in (("created_at", "createdAt"), ("updated_at", "updatedAt")):
        least, most = query.get(f"{name}_min"), query.get(f"{name}_max")
        own = datetime.fromisoformat(one[key]) if least or most else None
        if own and ((least and own < moment_of(least)) or (most and own > moment_of(most))):
            return False
    return True


def moment_of(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
