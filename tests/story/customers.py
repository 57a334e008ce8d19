"""What customers and people of the two shops do: each happening is one that the platform knows."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from random import Random

from tests.simulators.shopify import Shape, ShopifyShop, line, money, told
from tests.simulators.shopify.writing import as_money, shop_amount, transaction
from tests.simulators.woocommerce import WooShop
from tests.simulators.woocommerce.order import WooOrder
from tests.simulators.woocommerce.webhooks import post_over_http
from tests.story.desk import Desk, amount

OPEN = ("pending", "on-hold", "processing")
#: What WooCommerce lets its people edit.
EDITABLE = ("pending", "on-hold")


def unused_amount(random: Random, used: set[Decimal]) -> Decimal:
    """Two refunds of one amount at the same minute can't be told apart."""
    left = [cents for cents in range(50, 300) if amount(cents) not in used]
    back = amount(random.choice(left))
    used.add(back)
    return back


@dataclass
class WooCustomers:
    shop: WooShop
    random: Random
    keeps_codes_in: str = ""
    refunds: dict[int, set[Decimal]] = field(default_factory=dict)  # amounts that were used up, by the order's id

    def open_for_business(self, keeps_codes_in: str) -> None:
        """A shop keeps codes in a plug-in, in fulfilments of its own, or, lacking both, in notes."""
        self.keeps_codes_in = keeps_codes_in
        self.shop.has_fulfilments = keeps_codes_in == "fulfillments"
        if keeps_codes_in == "shipment-trackings":
            self.shop.namespaces.add("wc-shipment-tracking/v3")
        for sku, price in (("MUG", "12.50"), ("BOWL", "19.95"), ("PLATE", "7.35")):
            self.shop.add_product(name=sku.title(), sku=sku, regular_price=price)

    def happen(self) -> str:
        names: dict[Callable[[], str], int] = {
            self.place: 8,
            self.pay: 5,
            self.edit: 4,
            self.move: 2,
            self.cancel: 2,
            self.refund: 3,
            self.complete: 1,
            self.touch: 1,
        }
        with self.shop.lock:
            return self.random.choices(list(names), list(names.values()))[0]()

    def place(self, status: str = "") -> str:
        many = {sku: self.random.randint(1, 4) for sku in self.random.sample(("MUG", "BOWL", "PLATE"), 2)}
        status = status or self.random.choice(OPEN)
        order = self.shop.add_order(products=many, status=status)
        order.billing["email"] = f"woo{order.id}@example.org"
        return f"order {order.id} is placed, {status}"

    def one(self, *statuses: str) -> WooOrder | None:
        found = [one for one in self.shop.orders.values() if one.status in statuses]
        return self.random.choice(found) if found else None

    def pay(self) -> str:
        order = self.one("pending", "on-hold")
        if order is None:
            return self.place()
        self.shop.set_status(order, "processing")
        return f"order {order.id} is paid"

    def edit(self) -> str:
        """No date moves."""
        order = self.one(*EDITABLE)
        if order is None:
            return self.place()
        quantity = self.random.randint(1, 6)
        self.shop.edit(order, line_items=[{"id": order.lines[0].id, "quantity": quantity}])
        return f"order {order.id} has {quantity} of its first line"

    def move(self) -> str:
        order = self.one(*OPEN)
        if order is None:
            return self.place()
        self.shop.edit(order, shipping={"address_1": f"Kade {self.random.randint(1, 200)}"})
        return f"order {order.id} goes elsewhere"

    def cancel(self) -> str:
        order = self.one(*OPEN)
        if order is None:
            return self.place()
        self.shop.set_status(order, "cancelled")
        return f"order {order.id} is cancelled"

    def refund(self) -> str:
        order = self.one("processing", "completed")
        if order is None:
            return self.place()
        back = self.new_amount(order)
        if back > order.total() - order.refunded:
            return self.place()
        self.shop.refund(order, str(back), reason=f"there {back}")
        return f"{back} of order {order.id} go back"

    def new_amount(self, order: WooOrder) -> Decimal:
        return unused_amount(self.random, self.refunds.setdefault(order.id, set()))

    def complete(self) -> str:
        order = self.one("processing")
        if order is None:
            return self.place()
        self.shop.set_status(order, "completed")
        return f"order {order.id} is completed there"

    def touch(self) -> str:
        order = self.one(*OPEN)
        if order is None:
            return self.place()
        self.shop.touch(order)
        return f"order {order.id} is saved for nothing"

    def send_webhooks(self) -> str:
        """Some are lost, some come twice, some later."""
        with self.shop.lock:
            waiting = list(self.shop.to_deliver)
            self.random.shuffle(waiting)
            lost = [one for one in waiting if self.random.random() < 0.2]
            twice = [one for one in waiting if self.random.random() < 0.2 and one not in lost]
            later = [one for one in waiting if self.random.random() < 0.2 and one not in lost + twice]
            self.shop.to_deliver = [one for one in waiting if one not in lost] + twice
        self.shop.deliver_webhooks(only=lambda one: one not in later)
        return f"{len(waiting)} webhooks, {len(lost)} lost, {len(twice)} doubled, {len(later)} late"


@dataclass
class ShopifyCustomers:
    shop: ShopifyShop
    random: Random
    changed: list[str] = field(default_factory=list)  # ids of orders that webhooks will tell of
    refunds: dict[str, set[Decimal]] = field(default_factory=dict)  # amounts that were used up, by the order's id
    numbers: Iterator[int] = field(default_factory=lambda: count(700001))

    def happen(self) -> str:
        names: dict[Callable[[], str], int] = {
            self.place: 6,
            self.pay: 4,
            self.edit: 2,
            self.cancel: 2,
            self.refund: 3,
            self.send: 2,
        }
        with self.shop.lock:
            return self.random.choices(list(names), list(names.values()))[0]()

    def place(self) -> str:
        lines = [line("Vase", "31.20", quantity=self.random.randint(1, 3))]
        order = self.shop.add_order(lines=lines, gateway="manual", is_paid=self.random.random() < 0.5)
        order["email"] = f"spf{order['legacyResourceId']}@example.org"
        order["customer"] = None
        self.changed.append(order["legacyResourceId"])
        return f"Shopify's order {order['legacyResourceId']} is placed, {order['displayFinancialStatus']}"

    def one(self, fits: Callable[[Shape], bool]) -> Shape | None:
        found = [one for one in self.shop.orders.values() if not one.get("cancelledAt") and fits(one)]
        return self.random.choice(found) if found else None

    def change(self, order: Shape, **stated: object) -> str:
        self.shop.change(order, **stated)
        self.changed.append(order["legacyResourceId"])
        return f"Shopify's order {order['legacyResourceId']}: {', '.join(stated)}"

    def pay(self) -> str:
        order = self.one(lambda one: one["displayFinancialStatus"] == "PENDING")
        if order is None:
            return self.place()
        sale = transaction("SALE", shop_amount(order["totalOutstandingSet"]), "manual", is_manual=True)
        return self.change(order, transactions=[sale], displayFinancialStatus="PAID", totalOutstandingSet=money("0"))

    def edit(self) -> str:
        order = self.one(lambda one: not one["fulfillments"])
        if order is None:
            return self.place()
        return self.change(order, note=f"Ring {self.random.randint(2, 9)} times")

    def cancel(self) -> str:
        order = self.one(lambda one: not one["fulfillments"] and one["displayFinancialStatus"] == "PENDING")
        if order is None:
            return self.place()
        return self.change(order, cancelledAt=told(self.shop.now()), cancelReason="CUSTOMER")

    def refund(self) -> str:
        order = self.one(lambda one: one["displayFinancialStatus"] in ("PAID", "PARTIALLY_REFUNDED"))
        if order is None or len(order["refunds"]) > 5:
            return self.place()
        paid = next(one for one in order["transactions"] if one["kind"] == "SALE")
        back = self.new_amount(order["legacyResourceId"])
        made = transaction("REFUND", back, "manual", is_manual=True) | {"parentTransaction": paid}
        refund = {
            "__typename": "Refund", "id": f"gid://shopify/Refund/{next(self.numbers)}",
            "legacyResourceId": str(next(self.numbers)), "createdAt": told(self.shop.now()), "note": "Chipped",
            "totalRefundedSet": as_money(back), "transactions": [made],
        }  # fmt: skip
        return self.change(
            order,
            refunds=[*order["refunds"], refund],
            transactions=[*order["transactions"], made],
            displayFinancialStatus="PARTIALLY_REFUNDED",
        )

    def send(self) -> str:
        order = self.one(lambda one: not one["fulfillments"] and one["displayFinancialStatus"] != "PENDING")
        if order is None:
            return self.place()
        self.shop.send(order, f"3SHOP{order['legacyResourceId']}")
        self.changed.append(order["legacyResourceId"])
        return f"Shopify's order {order['legacyResourceId']} is sent there"

    def new_amount(self, order_id: str) -> Decimal:
        return unused_amount(self.random, self.refunds.setdefault(order_id, set()))

    def send_webhooks(self, desk: Desk) -> str:
        """As Shopify signs them; some are lost, some come twice."""
        with self.shop.lock:
            waiting, self.changed = self.changed, []
        sent = [one for one in waiting for _time in range(self.random.choice((0, 1, 1, 1, 2)))]
        for number in sent:
            body = json.dumps({"id": int(number), "note": "stale"}).encode()
            signature = b64encode(hmac.digest(b"the-secret", body, hashlib.sha256)).decode()
            headers = {
                "Content-Type": "application/json",
                "X-Shopify-Hmac-Sha256": signature,
                "X-Shopify-Topic": "orders/updated",
            }
            post_over_http(f"{desk.address}/hooks/shopify/{desk.name}-shopify", headers, body)
        return f"{len(sent)} webhooks of Shopify for {len(waiting)} changes"
