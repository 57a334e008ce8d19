"""A Magento 2 shop for tests: a real server that speaks its REST API.

    with MagentoShop() as shop:
        order = shop.add_order(items=[item("Mug", "12.50", quantity=2)])
        shop.change(order, state="holded")           # moves updated_at
        …  # ask shop.url with shop.credentials

Its state machine is that of its source: an order is complete once all of it is invoiced and shipped. Its rights, and
whether a token may stand alone, are attributes. For what fails, see serving.py.
"""

from __future__ import annotations

import hmac
import re
import ssl
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import quote, unquote

from tests.simulators.magento.shapes import Shape, item_shape, order_shape
from tests.simulators.serving import Answer, Asked, OutsideShop

#: The rights by which its routes are guarded, as an integration is given them.
RIGHTS = ("actions_view", "sales_invoice", "shipment", "sales_creditmemo", "ship", "invoice", "creditmemo", "cancel",
          "comment", "store", "products", "cataloginventory")  # fmt: skip

_ids = count(501)


def item(name: str, price: str, *, quantity: int = 1, rate: int = 21) -> Shape:
    """A product whose catalogue price is with tax."""
    return item_shape(next(_ids), name, Decimal(price), quantity, rate)


class MagentoShop(OutsideShop):
    def __init__(self, *, tls: ssl.SSLContext | None = None):
        super().__init__(tls=tls)
        self.credentials = {
            "access_token": "acc3sst0ken", "access_token_secret": "t0kensecret", "consumer_key": "consum3rkey",
            "consumer_secret": "consum3rsecret",
        }  # fmt: skip
        self.lets_tokens_stand_alone = True
        self.rights = set(RIGHTS)
        self.orders: dict[int, Shape] = {}
        self.invoices: dict[int, Shape] = {}
        self.shipments: dict[int, Shape] = {}
        self.creditmemos: dict[int, Shape] = {}
        self.products: dict[int, Shape] = {}
        self.stock: dict[int, Shape] = {}
        self.nonces: set[str] = set()
        self.mails: list[tuple[int, str]] = []
        self.money_moved: list[tuple[int, Decimal]] = []
        self.store_views = [{"id": 0, "code": "admin"}, {"id": 1, "code": "default"}, {"id": 2, "code": "nl"}]
        self.numbers = count(31)

    @property
    def bearer(self) -> dict[str, str]:
        return {"access_token": self.credentials["access_token"]}

    # what people of the shop do

    def add_order(self, *, items: list[Shape] | None = None, at: datetime | None = None, **stated: Any) -> Shape:
        """An order that waits for a bank transfer; whatever else is stated stands in it as it is."""
        with self.lock:
            number = next(self.numbers)
            order = order_shape(number, items or [item("Mug", "12.50")], told(at or self.now())) | stated
            self.orders[number] = order
            return order

    def change(self, order: Shape, **stated: Any) -> None:
        """Write fields; its date moves."""
        with self.lock:
            order.update(stated, updated_at=told(self.now()))

    def invoice(self, order: Shape, *, transaction: str | None = None) -> Shape:
        """Of all that is left, and paid."""
        with self.lock:
            for one in order["items"]:
                one["qty_invoiced"] = one["qty_ordered"]
            total = exact(order["grand_total"]) - exact(order["total_invoiced"])
            made = {"entity_id": next(_ids), "increment_id": f"1{order['increment_id']}",
                    "order_id": order["entity_id"], "grand_total": float(total), "state": 2,
                    "created_at": told(self.now()), "items": [], "transaction_id": transaction}  # fmt: skip
            self.invoices[made["entity_id"]] = made
            order["status_histories"].append(self.noted("invoice"))
            self.change(order, total_invoiced=order["grand_total"], total_paid=order["grand_total"], total_due=0)
            self.settle(order)
            return made

    def ship(
        self, order: Shape, tracks: list[Shape] | None = None, quantities: dict[int, float] | None = None
    ) -> Shape:
        with self.lock:
            wanted = quantities or {one["item_id"]: one["qty_ordered"] - one["qty_shipped"] for one in order["items"]}
            for one in order["items"]:
                one["qty_shipped"] += wanted.get(one["item_id"], 0)
            number = next(_ids)
            made = {"entity_id": number, "increment_id": str(number), "order_id": order["entity_id"],
                    "created_at": told(self.now()), "updated_at": told(self.now()),
                    "items": [{"order_item_id": of, "qty": many} for of, many in wanted.items()],
                    "tracks": [{"entity_id": next(_ids), "parent_id": number, **one} for one in tracks or []],
                    }  # fmt: skip
            self.shipments[number] = made
            order["status_histories"].append(self.noted("shipment"))
            self.change(order)
            self.settle(order)
            return made

    def refund(self, order: Shape, total: str, *, comment: str = "") -> Shape:
        with self.lock:
            made = {"entity_id": next(_ids), "order_id": order["entity_id"], "grand_total": float(total), "state": 2,
                    "created_at": told(self.now()), "items": [],
                    "comments": [{"comment": comment}] if comment else []}  # fmt: skip
            self.creditmemos[made["entity_id"]] = made
            refunded = exact(order["total_refunded"]) + Decimal(total)
            self.change(order, total_refunded=float(refunded))
            self.settle(order)
            return made

    def add_product(self, name: str, sku: str, *, qty: int = 0, manage_stock: bool = True, **stated: Any) -> Shape:
        with self.lock:
            number = next(_ids)
            made = {"id": number, "entity_id": number, "sku": sku, "name": name, "price": 12.5, "status": 1,
                    "type_id": "simple", "updated_at": told(self.now()),
                    "custom_attributes": [{"attribute_code": "tax_class_id", "value": "2"}], **stated}  # fmt: skip
            self.stock[number] = {
                "item_id": number + 7000,
                "product_id": number,
                "qty": qty,
                "manage_stock": manage_stock,
            }
            self.products[number] = made
            return made

    def noted(self, about: str, comment: str | None = None) -> Shape:
        return {"entity_id": next(_ids), "entity_name": about, "comment": comment, "created_at": told(self.now()),
                "is_customer_notified": 0, "is_visible_on_front": 0}  # fmt: skip

    def settle(self, order: Shape) -> None:
        """The state that follows from what was invoiced, shipped and refunded."""
        is_invoiced = all(one["qty_invoiced"] >= one["qty_ordered"] for one in order["items"])
        is_shipped = all(one["qty_shipped"] >= one["qty_ordered"] for one in order["items"])
        state = "complete" if is_invoiced and is_shipped else "processing"
        if order["total_paid"] and exact(order["total_refunded"]) >= exact(order["total_paid"]):
            state = "closed"
        order.update(state=state, status=state)

    # its answers

    def answer(self, asked: Asked) -> Answer:
        match = re.fullmatch(r"/rest(?:/(?!V1)(\w+))?/V1(/.*)", asked.path)
        if not match:
            return Answer(404, "<!doctype html><title>404 Not Found</title>", {"Content-Type": "text/html"})
        if match[1] and match[1] not in {one["code"] for one in self.store_views}:
            return refused(404, "Specified request cannot be processed.")
        known = self.is_known(asked)
        if isinstance(known, Answer):
            return known
        for pattern, methods in ROUTES.items():
            if (found := re.fullmatch(pattern, match[2])) and asked.method in methods:
                right, answer = methods[asked.method]
                if not known or right not in self.rights:
                    said = "The consumer isn't authorized to access %resources."
                    return refused(401, said, {"resources": f"Magento_Sales::{right}"})
                return answer(self, asked, *found.groups())
        return refused(404, "Request does not match any route.")

    def is_known(self, asked: Asked) -> bool | Answer:
        """Whether it is an integration that asks; who is nobody asks as a guest."""
        header = asked.headers.get("authorization", "")
        if header.startswith("Bearer "):
            return self.lets_tokens_stand_alone and header[7:] == self.credentials["access_token"]
        if not header.startswith("OAuth "):
            return False
        own = {name: unquote(value) for name, value in re.findall(r'(oauth_\w+)="([^"]*)"', header)}
        if int(own["oauth_timestamp"]) > self.now().timestamp() + 600:
            return refused(400, "The timestamp value in the oauth_timestamp parameter is incorrect.")
        if own["oauth_nonce"] in self.nonces or len(own["oauth_nonce"]) != 32:
            return refused(401, "The nonce is already being used by the consumer with ID %1.", ["1"])
        self.nonces.add(own["oauth_nonce"])
        if own["oauth_consumer_key"] != self.credentials["consumer_key"]:
            return refused(401, "The consumer key is invalid. Verify and try again.")
        if own.pop("oauth_signature") != self.signature(asked, own):
            return refused(401, "The signature is invalid. Verify and try again.")
        return own["oauth_token"] == self.credentials["access_token"]

    def signature(self, asked: Asked, own: dict[str, str]) -> str:
        def encoded(text: str) -> str:
            return quote(text, safe="~")

        pairs = sorted((encoded(name), encoded(value)) for name, value in [*asked.query, *own.items()])
        text = "&".join(f"{name}={value}" for name, value in pairs)
        base = "&".join((asked.method, encoded(self.url + asked.path), encoded(text)))
        key = f"{self.credentials['consumer_secret']}&{self.credentials['access_token_secret']}"
        return b64encode(hmac.digest(key.encode(), base.encode(), "sha256")).decode()

    def search(self, asked: Asked, rows: dict[int, Shape]) -> Answer:
        """Groups are joined by and, the filters of a group by or; behind its last page it tells that once more."""
        how = dict(asked.query)
        found = sorted(rows.values(), key=lambda one: one["entity_id"])
        for group in sorted({name for name in how if name.endswith("[field]") and "filter_groups" in name}):
            field, condition, value = (how[group.removesuffix("[field]") + part]
                                       for part in ("[field]", "[condition_type]", "[value]"))  # fmt: skip
            found = [one for one in found if fits(one[field], condition, value)]
        size, page = (int(how.get(f"searchCriteria[{name}]", 20)) for name in ("pageSize", "currentPage"))
        last = max(1, -(-len(found) // size))
        start = (min(page, last) - 1) * size
        told_items = found[start : start + size]
        return Answer(200, {"items": told_items or None, "search_criteria": {}, "total_count": len(found)})

    def list_orders(self, asked: Asked) -> Answer:
        return self.search(asked, self.orders)

    def one_order(self, asked: Asked, number: str) -> Answer:
        order = self.orders.get(int(number))
        return Answer(200, order) if order else no_such_entity()

    def post_shipment(self, asked: Asked, number: str) -> Answer:
        order, stated = self.orders.get(int(number)), asked.json or {}
        if order is None:
            return no_such_entity()
        wanted = {int(one["order_item_id"]): one["qty"] for one in stated.get("items", [])}
        left = {one["item_id"]: one["qty_ordered"] - one["qty_shipped"] for one in order["items"]}
        if order["state"] in ("canceled", "closed", "holded", "payment_review") or not any(left.values()):
            said = (
                "Shipment Document Validation Error(s):\nA shipment cannot be created when an order has a status of %1"
            )
            return refused(400, said, [order["state"]])
        if any(many > left.get(of, 0) for of, many in wanted.items()):
            return refused(400, "Shipment Document Validation Error(s):\nThe quantity to ship must not be greater.")
        for track in stated.get("tracks", []):
            if not track.get("track_number") or not track.get("carrier_code"):
                return refused(400, "Shipment Document Validation Error(s):\nPlease enter a tracking number.")
        made = self.ship(order, stated.get("tracks"), wanted or None)
        if stated.get("notify"):
            self.mails.append((order["entity_id"], "shipment"))
        return Answer(200, str(made["entity_id"]))

    def post_track(self, asked: Asked) -> Answer:
        stated = asked.json["entity"]
        shipment = self.shipments.get(int(stated["parent_id"]))
        if shipment is None:
            return no_such_entity()
        track = {"entity_id": next(_ids), **stated}
        shipment["tracks"].append(track)
        shipment["updated_at"] = told(self.now())
        return Answer(200, track)

    def delete_track(self, asked: Asked, number: str) -> Answer:
        for shipment in self.shipments.values():
            kept = [one for one in shipment["tracks"] if one["entity_id"] != int(number)]
            if len(kept) < len(shipment["tracks"]):
                shipment["tracks"] = kept
                return Answer(200, "true")
        return no_such_entity()

    def post_invoice(self, asked: Asked, number: str) -> Answer:
        order, stated = self.orders.get(int(number)), asked.json or {}
        if order is None:
            return no_such_entity()
        if order["state"] in ("canceled", "closed", "complete", "holded") or not exact(order["total_due"]):
            said = (
                "Invoice Document Validation Error(s):\nAn invoice cannot be created when an order has a status of %1."
            )
            return refused(400, said, [order["state"]])
        made = self.invoice(order)
        if stated.get("capture"):
            self.money_moved.append((order["entity_id"], -exact(order["grand_total"])))
        if stated.get("notify"):
            self.mails.append((order["entity_id"], "invoice"))
        return Answer(200, str(made["entity_id"]))

    def cancel_order(self, asked: Asked, number: str) -> Answer:
        order = self.orders.get(int(number))
        if order is None:
            return no_such_entity()
        if order["state"] not in ("new", "processing", "pending_payment") or exact(order["total_invoiced"]):
            return Answer(200, "false")
        self.change(order, state="canceled", status="canceled")
        return Answer(200, "true")

    def post_refund(self, asked: Asked, number: str) -> Answer:
        order = self.orders.get(int(number))
        return self.refund_by(asked, order) if order else no_such_entity()

    def post_invoice_refund(self, asked: Asked, number: str) -> Answer:
        invoice = self.invoices.get(int(number))
        return self.refund_by(asked, self.orders[invoice["order_id"]]) if invoice else no_such_entity()

    def refund_by(self, asked: Asked, order: Shape) -> Answer:
        """Items that are not named are all refunded; once one is named, the others are not."""
        stated = asked.json or {}
        how, names = stated.get("arguments") or {}, stated.get("items") or []
        wanted = {int(one["order_item_id"]): one["qty"] for one in names}
        goods = Decimal(0)
        for one in order["items"]:
            many = exact(wanted.get(one["item_id"], 0)) if names else exact(one["qty_ordered"])
            goods += exact(one["price_incl_tax"]) * many
        shipping = exact(how.get("shipping_amount", order["shipping_amount"]))
        total = goods + shipping + exact(how.get("adjustment_positive", 0)) - exact(how.get("adjustment_negative", 0))
        if exact(order["total_refunded"]) + total > exact(order["total_paid"]):
            left = exact(order["total_paid"]) - exact(order["total_refunded"])
            said = "Creditmemo Document Validation Error(s):\nThe most money available to refund is %1."
            return refused(400, said, [f"{left:.2f}"])
        if stated.get("isOnline"):
            self.money_moved.append((order["entity_id"], total))
        if stated.get("notify"):
            self.mails.append((order["entity_id"], "creditmemo"))
        comment = (stated.get("comment") or {}).get("comment", "")
        return Answer(200, str(self.refund(order, str(total), comment=comment)["entity_id"]))

    def list_comments(self, asked: Asked, number: str) -> Answer:
        found = [one for one in self.orders[int(number)]["status_histories"] if one["comment"]]
        return Answer(200, {"items": found, "search_criteria": {}, "total_count": len(found)})

    def stock_of(self, sku: str) -> Shape | None:
        return next((self.stock[one["id"]] for one in self.products.values() if one["sku"] == unquote(sku)), None)

    def one_stock_item(self, asked: Asked, sku: str) -> Answer:
        found = self.stock_of(sku)
        return Answer(200, found) if found else no_such_entity()

    def put_stock_item(self, asked: Asked, sku: str, item_id: str) -> Answer:
        found = self.stock_of(sku)
        if found is None or found["item_id"] != int(item_id):
            return no_such_entity()
        found.update(asked.json["stockItem"])
        return Answer(200, item_id)

    def post_comment(self, asked: Asked, number: str) -> Answer:
        order, stated = self.orders.get(int(number)), asked.json["statusHistory"]
        if order is None:
            return no_such_entity()
        order["status_histories"].append({**self.noted("order"), **stated})
        self.change(order)
        if stated.get("is_customer_notified"):
            self.mails.append((order["entity_id"], "comment"))
        return Answer(200, "true")


def told(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def exact(number: float | None) -> Decimal:
    return Decimal(str(number or 0))


def fits(own: Any, condition: str, value: str) -> bool:
    if condition == "in":
        return str(own) in value.split(",")
    is_number = isinstance(own, int)
    left, right = (own, int(value)) if is_number else (str(own), value)
    return bool({"eq": left == right, "gt": left > right, "gteq": left >= right, "lteq": left <= right}[condition])


def refused(status: int, message: str, parameters: Any = None) -> Answer:
    return Answer(status, {"message": message, **({} if parameters is None else {"parameters": parameters})})


def no_such_entity() -> Answer:
    return refused(404, "The entity that was requested doesn't exist. Verify the entity and try again.")


def searching(name: str) -> Callable[..., Answer]:
    return lambda shop, asked: shop.search(asked, getattr(shop, name))


#: What is answered where, and the right that it takes.
ROUTES: dict[str, dict[str, tuple[str, Callable[..., Answer]]]] = {
    r"/orders": {"GET": ("actions_view", MagentoShop.list_orders)},
    r"/orders/(\d+)": {"GET": ("actions_view", MagentoShop.one_order)},
    r"/invoices": {"GET": ("sales_invoice", searching("invoices"))},
    r"/shipments": {"GET": ("shipment", searching("shipments"))},
    r"/creditmemos": {"GET": ("sales_creditmemo", searching("creditmemos"))},
    r"/order/(\d+)/ship": {"POST": ("ship", MagentoShop.post_shipment)},
    r"/shipment/track": {"POST": ("ship", MagentoShop.post_track)},
    r"/shipment/track/(\d+)": {"DELETE": ("ship", MagentoShop.delete_track)},
    r"/order/(\d+)/invoice": {"POST": ("invoice", MagentoShop.post_invoice)},
    r"/order/(\d+)/refund": {"POST": ("creditmemo", MagentoShop.post_refund)},
    r"/invoice/(\d+)/refund": {"POST": ("creditmemo", MagentoShop.post_invoice_refund)},
    r"/orders/(\d+)/cancel": {"POST": ("cancel", MagentoShop.cancel_order)},
    r"/orders/(\d+)/comments": {
        "GET": ("actions_view", MagentoShop.list_comments),
        "POST": ("comment", MagentoShop.post_comment),
    },
    r"/products": {"GET": ("products", searching("products"))},
    r"/stockItems/([^/]+)": {"GET": ("cataloginventory", MagentoShop.one_stock_item)},
    r"/products/([^/]+)/stockItems/(\d+)": {"PUT": ("cataloginventory", MagentoShop.put_stock_item)},
    r"/store/storeViews": {"GET": ("store", lambda shop, asked: Answer(200, shop.store_views))},
}
