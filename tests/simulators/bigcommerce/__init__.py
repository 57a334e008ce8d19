"""A BigCommerce shop for tests: a real server that speaks its REST API, orders in V2, refunds and webhooks in V3.

    with BigShop() as shop:
        order = shop.add_order(lines=[line("Mug", "12.50", quantity=2)])
        shop.change(order, status_id=11)             # moves date_modified
        …  # ask shop.address with shop.token

Lists are empty with 204, parts of an order are links, dates are those of mails. Its quota, its scopes and who mails its
customers are attributes. For what fails, see serving.py.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime
from itertools import count
from typing import Any

from tests.simulators.bigcommerce import catalogue
from tests.simulators.bigcommerce.shapes import ADDRESS, amount, order_shape, product_shape, shipment_shape
from tests.simulators.serving import Answer, Asked, OutsideShop

Shape = dict[str, Any]

HASH = "abc123"
READING = {"orders_read", "transactions_read", "products_read"}
ALL_SCOPES = {*READING, "orders", "transactions", "products"}

SHIPPED, PARTLY_SHIPPED = 2, 3

_ids = count(301)


def line(name: str, price: str, *, quantity: int = 1, rate: int = 21) -> Shape:
    """A product whose price was entered with tax."""
    return product_shape(next(_ids), name, Decimal(price), quantity, rate)


class BigShop(OutsideShop):
    def __init__(self, *, tls: ssl.SSLContext | None = None):
        super().__init__(tls=tls)
        self.token = "t0kenofbig"
        self.scopes = set(ALL_SCOPES)
        self.orders: dict[int, Shape] = {}
        self.parts: dict[int, dict[str, list[Shape]]] = {}
        self.hooks: dict[int, Shape] = {}
        self.products: dict[int, Shape] = {}
        self.quota, self.left, self.window = 150, 150, timedelta(seconds=30)
        self.window_ends: datetime | None = None
        self.mails: list[tuple[int, str]] = []  # it mails with a shipment and a status, and can't be asked not to
        self.money_moved: list[tuple[int, Decimal]] = []
        self.provider = {"provider_id": "checkout", "offline": False}
        self.numbers = count(101)

    @property
    def address(self) -> str:
        return f"{self.url}/stores/{HASH}"

    # what people of the shop do

    def add_order(self, *, lines: list[Shape] | None = None, at: datetime | None = None, **stated: Any) -> Shape:
        """An order that waits for a bank transfer; whatever else is stated stands in it as it is."""
        with self.lock:
            number, lines = next(self.numbers), lines or [line("Mug", "12.50")]
            order = order_shape(number, lines, format_datetime(at or self.now()), self.address) | stated
            address_id = 7000 + number
            order["consignments"]["shipping"] = [{"id": address_id, **ADDRESS, "shipping_method": "Flat Rate"}]
            products = [{**one, "order_id": number, "order_address_id": address_id} for one in lines]
            self.orders[number] = order
            self.parts[number] = {"products": products, "coupons": [], "shipments": [], "transactions": []}
            self.parts[number] |= {"refunds": [], "taxes": [tax for one in products for tax in one.pop("taxes")]}
            return order

    def change(self, order: Shape, **stated: Any) -> None:
        """Write fields; its date moves."""
        with self.lock:
            order.update(stated, date_modified=format_datetime(self.now()))

    def archive(self, order: Shape) -> None:
        self.change(order, is_deleted=True)

    def pay_by_card(self, order: Shape, at: datetime) -> None:
        """Captured by the payment provider."""
        self.parts[order["id"]]["transactions"].append(
            {"id": next(_ids), "order_id": str(order["id"]), "event": "purchase", "method": "credit_card",
             "gateway": "checkout", "status": "ok", "amount": float(order["total_inc_tax"]), "currency": "EUR",
             "gateway_transaction_id": "ch_1", "date_created": at.isoformat()}
        )  # fmt: skip
        self.change(order, status_id=11, payment_status="captured", payment_provider_id="ch_1")

    def send(self, order: Shape, code: str, quantities: dict[int, int] | None = None, **stated: Any) -> Shape:
        """A parcel: the order's state follows it."""
        with self.lock:
            parts = self.parts[order["id"]]
            for one in parts["products"]:
                one["quantity_shipped"] += (quantities or {one["id"]: one["quantity"]}).get(one["id"], 0)
            items = quantities or {one["id"]: one["quantity"] for one in parts["products"]}
            made = shipment_shape(next(_ids), order, format_datetime(self.now()), code, items) | stated
            parts["shipments"].append(made)
            sent = sum(one["quantity_shipped"] for one in parts["products"])
            self.change(order, items_shipped=sent, date_shipped=format_datetime(self.now()),
                        status_id=SHIPPED if sent >= order["items_total"] else PARTLY_SHIPPED)  # fmt: skip
            self.mails.append((order["id"], "shipped"))
            return made

    def refund(self, order: Shape, total: str, *, pieces: dict[int, int] | None = None, **stated: Any) -> Shape:
        with self.lock:
            items = [{"item_type": "PRODUCT", "item_id": of, "quantity": many} for of, many in (pieces or {}).items()]
            made = {"id": next(_ids), "order_id": order["id"], "user_id": 1, "created": self.now().isoformat(),
                    "reason": "", "total_amount": float(total), "total_tax": 0, "items": items, "payments": [],
                    **stated}  # fmt: skip
            self.parts[order["id"]]["refunds"].append(made)
            before = Decimal(order["refunded_amount"])
            is_whole = before + Decimal(total) >= Decimal(order["total_inc_tax"])
            refunded = amount(before + Decimal(total))
            self.change(order, refunded_amount=refunded, status_id=4 if is_whole else 14)
            return made

    def add_product(self, name: str, variants: list[Shape] | None = None, **stated: Any) -> Shape:
        with self.lock:
            number, moment = next(_ids), self.now().strftime("%Y-%m-%dT%H:%M:%SZ")
            self.products[number] = catalogue.product(number, name, variants or [], moment, **stated)
            return self.products[number]

    def switch_off_webhooks(self) -> None:
        """As after two days of failures."""
        for hook in self.hooks.values():
            hook["is_active"] = False

    # its answers

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("x-auth-token") != self.token:
            said = "X-Auth-Client and X-Auth-Token headers are required and must correspond to a valid access token"
            return Answer(401, {"status": 401, "title": said, "type": "https://developer.bigcommerce.com"})
        limits = self.take_one()
        if limits is None:
            return Answer(429, {"status": 429, "title": "Too many requests", "type": ""}, self.limit_headers())
        found = self.routed(asked)
        found.headers |= limits
        return found

    def take_one(self) -> dict[str, str] | None:
        if self.window_ends is None or self.now() >= self.window_ends:
            self.left, self.window_ends = self.quota, self.now() + self.window
        if self.left <= 0:
            return None
        self.left -= 1
        return self.limit_headers()

    def limit_headers(self) -> dict[str, str]:
        assert self.window_ends
        ends_in = max(0, int((self.window_ends - self.now()).total_seconds() * 1000))
        return {
            "X-Rate-Limit-Requests-Left": str(max(0, self.left)),
            "X-Rate-Limit-Requests-Quota": str(self.quota),
            "X-Rate-Limit-Time-Reset-Ms": str(ends_in),
            "X-Rate-Limit-Time-Window-Ms": str(int(self.window.total_seconds() * 1000)),
        }

    def routed(self, asked: Asked) -> Answer:
        path = asked.path.removeprefix(f"/stores/{HASH}")
        for pattern, methods in ROUTES.items():
            if (match := re.fullmatch(pattern, path)) and asked.method in methods:
                scope, answer = methods[asked.method]
                if not ({scope, scope.removesuffix("_read")} & self.scopes):
                    title = "You don't have a required scope to access the endpoint"
                    return Answer(403, {"status": 403, "title": title, "type": "", "errors": {}})
                return answer(self, asked, *match.groups())
        return not_found()

    def list_orders(self, asked: Asked) -> Answer:
        how = dict(asked.query)
        wanted = how.get("is_deleted") == "true"
        found = [one for one in self.orders.values() if one["is_deleted"] == wanted]
        found = [one for one in found if one["id"] >= int(how.get("min_id", 0))]
        for name, field, is_least in BOUNDS:
            if name in how:
                bound = parsedate_to_datetime(how[name])
                found = [one for one in found if fits(parsedate_to_datetime(one[field]), bound, is_least)]
        found.sort(key=lambda one: one["id"], reverse=how.get("sort") == "id:desc")
        size = min(int(how.get("limit", 50)), 250)
        start = (int(how.get("page", 1)) - 1) * size
        told = [self.told(one, how.get("include", "")) for one in found[start : start + size]]
        return Answer(200, told) if told else Answer(204, "")

    def told(self, order: Shape, include: str) -> Shape:
        link = {"url": f"{self.address}/v2/orders/{order['id']}/consignments", "resource": ""}
        return {**order, "consignments": [order["consignments"]] if "consignments" in include else link}

    def one_order(self, asked: Asked, number: str) -> Answer:
        order = self.orders.get(int(number))
        return Answer(200, self.told(order, dict(asked.query).get("include", ""))) if order else not_found()

    def list_parts(self, asked: Asked, number: str, what: str) -> Answer:
        if int(number) not in self.orders:
            return not_found()
        how = dict(asked.query)
        size = min(int(how.get("limit", 50)), 250)
        start = (int(how.get("page", 1)) - 1) * size
        found = self.parts[int(number)][what][start : start + size]
        return Answer(200, found) if found else Answer(204, "")

    def list_money(self, asked: Asked, number: str, what: str) -> Answer:
        if int(number) not in self.orders:
            return Answer(404, {"status": 404, "title": "Order not found", "type": "", "errors": {}})
        return Answer(200, {"data": self.parts[int(number)][what.rpartition("/")[2]], "meta": {}})

    def write_order(self, asked: Asked, number: str) -> Answer:
        order = self.orders.get(int(number))
        if order is None:
            return not_found()
        stated = asked.json or {}
        if set(stated) - {"status_id", "staff_notes"}:
            return Answer(400, [{"status": 400, "message": f"The field {sorted(stated)[0]} is not writable."}])
        if "status_id" in stated and stated["status_id"] != order["status_id"]:
            self.mails.append((order["id"], f"status {stated['status_id']}"))
        self.change(order, **stated)
        return Answer(200, self.told(order, ""))

    def write_shipment(self, asked: Asked, number: str) -> Answer:
        order, stated = self.orders.get(int(number)), asked.json or {}
        if order is None:
            return not_found()
        products = {one["id"]: one for one in self.parts[order["id"]]["products"]}
        if not stated.get("order_address_id") or not stated.get("items"):
            return Answer(400, [{"status": 400, "message": "The required field 'order_address_id' was not supplied."}])
        items = {int(item["order_product_id"]): item["quantity"] for item in stated["items"]}
        for of, many in items.items():
            product = products.get(of)
            if product is None or product["order_address_id"] != stated["order_address_id"]:
                return Answer(400, [{"status": 400, "message": "An order product does not belong to the address."}])
            if product["quantity_shipped"] + many > product["quantity"]:
                said = "The quantity of an item is greater than the quantity that is left to ship."
                return Answer(400, [{"status": 400, "message": said, "details": {"conflict_reason": said}}])
        told = {key: stated[key] for key in ("tracking_carrier", "shipping_provider", "tracking_link") if key in stated}
        made = self.send(order, stated.get("tracking_number", ""), items, **told)
        return Answer(201, made)

    def change_shipment(self, asked: Asked, number: str, shipment: str) -> Answer:
        found = [one for one in self.parts.get(int(number), {}).get("shipments", []) if one["id"] == int(shipment)]
        if not found:
            return not_found()
        found[0].update(asked.json or {})
        return Answer(200, found[0])

    def quote_refund(self, asked: Asked, number: str) -> Answer:
        total = sum(Decimal(str(item["amount"])) for item in asked.json["items"])
        order = self.orders[int(number)]
        if Decimal(order["refunded_amount"]) + total > Decimal(order["total_inc_tax"]):
            return Answer(422, {"status": 422, "title": "Amount is greater than the refundable amount", "errors": {}})
        ways = [[{"provider_id": "storecredit", "provider_description": "Store Credit", "amount": float(total),
                  "offline": False, "offline_provider": False}],
                [{**self.provider, "provider_description": "Card", "amount": float(total),
                  "offline_provider": self.provider["offline"]}]]  # fmt: skip
        return Answer(200, {"data": {"total_refund_amount": float(total), "refund_methods": ways}, "meta": {}})

    def make_refund(self, asked: Asked, number: str) -> Answer:
        stated, order = asked.json, self.orders[int(number)]
        total = sum(Decimal(str(item["amount"])) for item in stated["items"])
        if sum(Decimal(str(one["amount"])) for one in stated["payments"]) != total:
            return Answer(422, {"status": 422, "title": "Payments do not add up", "type": "", "errors": {}})
        for one in stated["payments"]:
            if not one["offline"]:
                self.money_moved.append((order["id"], Decimal(str(one["amount"]))))
        payments = [{**one, "is_declined": False, "declined_message": ""} for one in stated["payments"]]
        made = self.refund(order, str(total), reason=stated.get("reason", ""), payments=payments)
        return Answer(200, {"data": made, "meta": {}})

    def list_hooks(self, asked: Asked) -> Answer:
        return Answer(200, {"data": list(self.hooks.values()), "meta": {}})

    def add_hook(self, asked: Asked) -> Answer:
        stated, number = asked.json, next(_ids)
        if not re.fullmatch(r"https://[^/:]+(:443)?/.*", stated["destination"]):
            said = "destination must be https on port 443"
            return Answer(422, {"status": 422, "title": said, "type": "", "errors": {"destination": said}})
        same = [one for one in self.hooks.values() if (one["scope"], one["destination"]) == key_of(stated)]
        if same:
            return Answer(409, {"status": 409, "title": "This hook exists already", "type": "", "errors": {}})
        self.hooks[number] = {"id": number, "client_id": "m9r6", "store_hash": HASH, **stated}
        return Answer(200, {"data": self.hooks[number], "meta": {}})

    def remove_hook(self, asked: Asked, number: str) -> Answer:
        return (
            Answer(200, {"data": self.hooks.pop(int(number)), "meta": {}})
            if int(number) in self.hooks
            else Answer(404, {"status": 404, "title": "No hook found", "type": "", "errors": {}})
        )


BOUNDS = (
    ("min_date_modified", "date_modified", True),
    ("max_date_modified", "date_modified", False),
    ("min_date_created", "date_created", True),
    ("max_date_created", "date_created", False),
)


def fits(moment: datetime, bound: datetime, is_least: bool) -> bool:
    return moment >= bound if is_least else moment <= bound


def key_of(stated: Shape) -> tuple[str, str]:
    return stated["scope"], stated["destination"]


def not_found() -> Answer:
    return Answer(404, [{"status": 404, "message": "The requested resource was not found."}])


#: What is answered where, and the scope that it takes.
ROUTES: dict[str, dict[str, tuple[str, Callable[..., Answer]]]] = {
    r"/v2/orders": {"GET": ("orders_read", BigShop.list_orders)},
    r"/v2/orders/(\d+)": {"GET": ("orders_read", BigShop.one_order), "PUT": ("orders", BigShop.write_order)},
    r"/v2/orders/(\d+)/shipments": {
        "GET": ("orders_read", lambda shop, asked, number: shop.list_parts(asked, number, "shipments")),
        "POST": ("orders", BigShop.write_shipment),
    },
    r"/v2/orders/(\d+)/shipments/(\d+)": {"PUT": ("orders", BigShop.change_shipment)},
    r"/v2/orders/(\d+)/(products|coupons|taxes)": {"GET": ("orders_read", BigShop.list_parts)},
    r"/v3/orders/(\d+)/(transactions|payment_actions/refunds)": {
        "GET": ("transactions_read", BigShop.list_money),
        "POST": ("transactions", lambda shop, asked, number, _what: shop.make_refund(asked, number)),
    },
    r"/v3/orders/(\d+)/payment_actions/refund_quotes": {"POST": ("transactions", BigShop.quote_refund)},
    r"/v3/catalog/products": {"GET": ("products_read", catalogue.list_products)},
    r"/v3/catalog/products/(\d+)": {"PUT": ("products", catalogue.change_product)},
    r"/v3/catalog/products/(\d+)/variants/(\d+)": {"PUT": ("products", catalogue.change_variant)},
    r"/v3/hooks": {"GET": ("orders_read", BigShop.list_hooks), "POST": ("orders_read", BigShop.add_hook)},
    r"/v3/hooks/(\d+)": {"DELETE": ("orders_read", BigShop.remove_hook)},
}
