"""A WooCommerce shop for tests: a real server that speaks its REST API v3, true to recordings of WooCommerce 11.

    with WooShop() as shop:
        mug = shop.add_product(name="Mug", sku="MUG", regular_price="12.50", manage_stock=True, stock_quantity=40)
        order = shop.add_order(products={"MUG": 2}, status="processing")
        …  # ask shop.url with shop.key.key and shop.key.secret
        shop.edit(order, line_items=[…])        # as the people of that shop do: no date moves
        shop.set_status(order, "cancelled")
        shop.deliver_webhooks()

Over plain HTTP it wants OAuth 1.0a, as WooCommerce does; with `is_ssl` (or a TLS context) basic authentication. Clock,
zone, plug-ins and oddities are attributes. What fails next: see tests/simulators/serving.py.
"""

from __future__ import annotations

import ssl
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from itertools import count
from json import JSONDecodeError

from tests.simulators.serving import Answer, Asked, OutsideShop
from tests.simulators.woocommerce import authorizing, editing, refunding, routes, signing, system
from tests.simulators.woocommerce.answers import LINK, Refused, Shape
from tests.simulators.woocommerce.catalogue import Product, event_shape
from tests.simulators.woocommerce.order import WooOrder
from tests.simulators.woocommerce.signing import Key
from tests.simulators.woocommerce.webhooks import (
    Delivery,
    Post,
    Webhook,
    deliver,
    delivery_of,
    post_over_http,
)

#: Who orders, where a test says nothing.
FEMKE: Shape = {
    "first_name": "Femke",
    "last_name": "Jansma",
    "company": "",
    "address_1": "Noorderhaven 12",
    "address_2": "",
    "city": "Groningen",
    "state": "",
    "postcode": "9712 VJ",
    "country": "NL",
    "phone": "0501234567",
}


class WooShop(OutsideShop):
    """The shop; what it keeps may be looked at and changed while it runs."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, zone: tzinfo = UTC):
        super().__init__(tls=tls)
        self.title, self.version, self.currency, self.decimals = "Mugs", "11.0.1", "EUR", 2
        self.zone = zone
        self.home = self.url  # its address, as it believes it to be
        self.is_ssl = tls is not None  # whether it believes that it is asked over TLS
        self.drops_authorization = False  # some servers in front of PHP do
        self.has_plain_permalinks = False  # /wp-json leads nowhere, ?rest_route= does
        self.shuffles_ties = False  # lists with equal moments repeat and skip over the pages
        self.has_fulfilments = False  # WooCommerce's own, which are switched off mostly
        self.namespaces: set[str] = set()  # of plug-ins: "wc-shipment-tracking/v3", "wc-ast/v3"
        self.key = Key("ck_1f0d5c", "cs_8a7e21")
        self.keys = [self.key]
        self.orders: dict[int, WooOrder] = {}
        self.products: dict[int, Product] = {}
        self.coupons: dict[str, Shape] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.to_deliver: list[Delivery] = []
        self.delivered: list[Delivery] = []
        self.mails: list[tuple[int, str]] = []  # notes to customers: order, text
        self.mails_of_completed: list[tuple[int, str]] = []  # "Completed order": order, the note that stands in it
        self.money_moved: list[tuple[int, Decimal]] = []  # refunds that went through a payment provider
        self._counters: dict[str, count[int]] = defaultdict(lambda: count(101))

    # numbers: of posts, lines, meta data, notes, webhooks

    def next_id(self) -> int:
        return next(self._counters["post"])

    def next_item_id(self) -> int:
        return next(self._counters["item"])

    def next_meta_id(self) -> int:
        return next(self._counters["meta"])

    def next_note_id(self) -> int:
        return next(self._counters["note"])

    def next_webhook_id(self) -> int:
        return next(self._counters["webhook"])

    def count_from(self, number: int, what: str = "post") -> None:
        """Give the next one this number."""
        self._counters[what] = count(number)

    def key_of(self, name: str) -> Key | None:
        return next((one for one in self.keys if one.key == name), None)

    # what people of the shop do

    def add_product(self, *, parent: Product | None = None, **stated: object) -> Product:
        """A product as the API takes it: name, sku, regular_price, stock_quantity with manage_stock, …"""
        with self.lock:
            made = Product(self.next_id(), self.now(), dict(stated), parent)
            self.products[made.id] = made
            self.tell("product.created", event_shape(made, self))
            return made

    def add_order(
        self,
        *,
        products: dict[str, int] | None = None,
        status: str = "processing",
        at: datetime | None = None,
        modified_at: datetime | None = None,
        **stated: object,
    ) -> WooOrder:
        """An order of so many of each product (by SKU; one Mug of 12.50 unless said), as the API takes the rest."""
        with self.lock:
            lines = [
                {"product_id": self._product(sku).id, "quantity": n} for sku, n in (products or {"MUG": 1}).items()
            ]
            who = {"billing": {**FEMKE, "email": "femke@example.org"}, "shipping": FEMKE, "line_items": lines}
            method = {"payment_method": "bacs", "payment_method_title": "Bank transfer"}
            order = editing.create(self, {"status": status, **who, **method, **stated})
            order.created_at = at or order.created_at
            order.modified_at = modified_at or at or order.modified_at
            return order

    def _product(self, sku: str) -> Product:
        found = next((one for one in self.products.values() if one.sku == sku), None)
        if found is None and sku == "MUG":
            found = self.add_product(name="Mug", sku="MUG", regular_price="12.50", manage_stock=True, stock_quantity=40)
        if found is None:
            raise LookupError(f"add_product(sku={sku!r}, …) first")
        return found

    def edit(self, order: WooOrder, **stated: object) -> None:
        """Write fields as the API takes them."""
        with self.lock:
            editing.update(self, order, dict(stated))

    def set_status(self, order: WooOrder, status: str) -> None:
        self.edit(order, status=status)

    def refund(self, order: WooOrder, amount: str, **stated: object) -> None:
        with self.lock:
            refunding.refund(self, order, {"amount": amount, "api_refund": False, **stated})

    def touch(self, order: WooOrder) -> None:
        """Move its date for nothing."""
        with self.lock:
            order.modified_at = self.now()

    def trash(self, order: WooOrder) -> None:
        with self.lock:
            editing.trash(self, order)

    def delete_for_good(self, order: WooOrder) -> None:
        """Nothing is told of it."""
        with self.lock:
            del self.orders[order.id]

    # webhooks

    def tell(self, topic: str, shape: Shape) -> None:
        self.to_deliver += [
            delivery_of(one, shape, self)
            for one in self.webhooks.values()
            if one.topic == topic and one.status == "active"
        ]

    def tell_of_product(self, product: Product) -> None:
        self.tell("product.updated", event_shape(product, self))

    def deliver_webhooks(self, post: Post = post_over_http, *, only: Callable[[Delivery], bool] | None = None) -> None:
        """Deliver what waits, in its order; what `only` leaves out waits on. Call it without holding up the shop."""
        with self.lock:
            now = [one for one in self.to_deliver if only is None or only(one)]
            self.to_deliver = [one for one in self.to_deliver if one not in now]
        for delivery in now:
            if delivery.webhook.status == "active":
                deliver(delivery, post, self.version)
                self.delivered.append(delivery)

    # its answers

    def answer(self, asked: Asked) -> Answer:
        if authorizing.is_page(asked, has_plain_permalinks=self.has_plain_permalinks):
            return authorizing.show_page(dict(asked.query))
        if asked.path.startswith("/wp-json") and not self.has_plain_permalinks:
            route = asked.path.removeprefix("/wp-json") or "/"
        elif "rest_route" in dict(asked.query):
            route = dict(asked.query)["rest_route"]
        else:
            return system.not_found_page()
        answer = self._answer_of(asked, route)
        headers = {name: text.format(home=self.home) for name, text in LINK.items()}
        answer.headers = {"Content-Type": "application/json; charset=UTF-8", **headers, **answer.headers}
        return answer

    def _answer_of(self, asked: Asked, route: str) -> Answer:
        if route == "/":
            return system.describe_site(self)
        refusal = signing.refused(self, asked)
        if refusal:
            return refusal
        try:
            return routes.run(self, asked, route)
        except Refused as refused:
            return refused.answer
        except JSONDecodeError:
            return system.no_json()
