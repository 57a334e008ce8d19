"""The story itself: two desks, two shops, and what befalls them, in an order that a seed decides."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from sqlalchemy import select

from app.extensions import db
from app.models import Order, Source
from tests.simulators.serving import Fault, OutsideShop, answer_lost, cut_off, not_taken, slow, status
from tests.story.customers import ShopifyCustomers, WooCustomers
from tests.story.desk import Deed, Desk

FAULTS: tuple[tuple[Callable[[], Fault], str], ...] = (
    (answer_lost, "POST"),
    (answer_lost, "POST"),
    (answer_lost, "PUT"),
    (answer_lost, "GET"),
    (cut_off, "POST"),
    (cut_off, "GET"),
    (not_taken, ""),
    (lambda: status(429, retry_after=1), ""),
    (lambda: status(429), ""),
    (lambda: status(503), ""),
    (lambda: status(500), ""),
    (lambda: slow(0.4), ""),
)
FOR_EVER = 10**9


@dataclass
class Story:
    seed: int
    random: Random
    first: Desk  # connected to both shops
    second: Desk  # connected to WooCommerce alone
    woo: WooCustomers
    shopify: ShopifyCustomers
    told: list[str] = field(default_factory=list)
    count: int = 0

    @property
    def desks(self) -> tuple[Desk, Desk]:
        return self.first, self.second

    def begin(self, *, orders: int) -> None:
        """Some orders are placed, and come in, so that there is something to do."""
        for number in range(orders):
            self.note(self.woo.place(status="" if number else "processing"))
            self.note(self.shopify.place())
        self.hurry_until(lambda: all(len(self.orders_of(desk)) >= orders for desk in self.desks))

    def go_through_the_worst(self) -> None:
        """What no story may be without: answers that get lost after a refund and a note, and a death in the act."""
        shop = self.woo.shop
        order = next(one for one in shop.orders.values() if one.status == "processing")
        shop.fail_next(answer_lost(), method="POST", to="/refunds")
        if self.woo.keeps_codes_in != "notes":
            shop.fail_next(answer_lost(), method="POST", to="/notes")
        shop.before_next(self.death_of(self.second), method="POST", to=f"/{self.woo.keeps_codes_in}")
        number = next(number for number, there, _source in self.orders_of(self.second) if there == str(order.id))
        for name in ("enter_refund", "notify_customer", "mark_sent"):
            deed = self.new_deed(self.second, number, str(order.id), Source.WOOCOMMERCE, name)
            self.second.do(deed)
            self.note(f"{self.second.name}: {name} {deed.token} on {number} ({order.id}): {deed.result} {deed.said}")
        self.hurry_until(lambda: not self.second.running)
        self.second.start()

    def hurry_until(self, is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + 30
        while not is_so() and time.monotonic() < until:
            for desk in self.desks:
                desk.hurry()
            time.sleep(0.2)

    def orders_of(self, desk: Desk) -> list[tuple[str, str, Source]]:
        with desk.open():
            rows = db.session.execute(select(Order.number, Order.external_id, Order.source).order_by(Order.id))
            return [tuple(row) for row in rows]

    def go_on(self, *, steps: int, pause: float) -> None:
        """So many happenings, one every `pause` seconds at most."""
        for step in range(steps):
            begun = time.monotonic()
            self.random.seed(f"{self.seed} {step}")  # what befalls them does not depend on how far the desks are
            self.note(self.next_happening()())
            for desk in self.desks:
                desk.ask_again()
                desk.hurry()
            time.sleep(max(0, pause - (time.monotonic() - begun)))

    def note(self, said: str) -> None:
        self.told.append(said)

    def next_happening(self) -> Callable[[], str]:
        chances: dict[Callable[[], str], int] = {
            self.woo.happen: 30,
            self.shopify.happen: 12,
            self.work: 40,
            self.woo.send_webhooks: 8,
            self.send_shopify_webhooks: 3,
            self.fail: 16,
            self.kill: 3,
            self.kill_in_the_act: 3,
            self.start_again: 12,
            self.go_away: 2,
            self.come_back: 8,
        }
        return self.random.choices(list(chances), list(chances.values()))[0]

    def send_shopify_webhooks(self) -> str:
        return self.shopify.send_webhooks(self.first)

    # --- what staff do ---

    def work(self) -> str:
        desk = self.random.choice(self.desks)
        known = self.orders_of(desk)
        if not known:
            return f"{desk.name} has nothing to do"
        number, external_id, source = self.random.choice(known)
        deed = self.new_deed(desk, number, external_id, source)
        desk.do(deed)
        return f"{desk.name}: {deed.action} {deed.token} on {number} ({external_id}): {deed.result or 'no answer'}"

    def new_deed(self, desk: Desk, number: str, external_id: str, source: Source, name: str = "") -> Deed:
        self.count += 1
        token = f"{desk.name}{self.count}"
        actions: dict[str, tuple[int, dict[str, str]]] = {
            "mark_paid": (6, {}),
            "mark_sent": (6, {"tracking_code": f"3S{token}"}),
            "notify_customer": (6, {"text": f"Your mugs are glazed, says {token}."}),
            "cancel_order": (2, {"reason": token, "credit": "true"}),
        }
        if source == Source.WOOCOMMERCE:
            back = self.woo.new_amount(self.woo.shop.orders[int(external_id)])
        else:
            back = self.shopify.new_amount(external_id)
        actions["enter_refund"] = (5, {"amount": str(back), "reason": token})
        name = name or self.random.choices(list(actions), [weight for weight, _body in actions.values()])[0]
        return Deed(number, external_id, name, actions[name][1], token)

    # --- what goes wrong ---

    def fail(self) -> str:
        shop: OutsideShop = self.random.choice((self.woo.shop, self.woo.shop, self.shopify.shop))
        make, method = self.random.choice(FAULTS)
        times = self.random.randint(1, 3)
        shop.fail_next(make(), method=method, times=times)
        return f"{type(shop).__name__} fails {times} times: {make().way} {make().answer} at {method or 'anything'}"

    def kill(self) -> str:
        desk = self.random.choice(self.desks)
        names = sorted(desk.running)
        if not names:
            return self.start_again()
        name = self.random.choice(names)
        desk.kill(name)
        return f"{desk.name}’s {name} is killed"

    def kill_in_the_act(self) -> str:
        """All that runs of a desk, while the shop does what it was asked for."""
        desk, method, is_at_shopify = (
            self.random.choice(self.desks),
            self.random.choice(("POST", "PUT")),
            self.random.random() < 0.2,
        )

        die = self.death_of(desk)
        if is_at_shopify and desk is self.first:
            self.shopify.shop.before_next(die, to="graphql")
            return f"{desk.name} will die at its next question to Shopify"
        self.woo.shop.before_next(die, to=f"ck_{desk.name}", method=method)
        return f"{desk.name} will die at its next {method}"

    def death_of(self, desk: Desk) -> Callable[[], None]:
        def die() -> None:
            for name in list(desk.running):
                desk.kill(name)
            self.note(f"{desk.name} dies in the act")

        return die

    def start_again(self) -> str:
        dead = [desk for desk in self.desks if len(desk.running) < desk.processes]
        for desk in dead:
            desk.start()
        return f"{', '.join(desk.name for desk in dead) or 'nobody'} starts again"

    def go_away(self) -> str:
        shop: OutsideShop = self.random.choice((self.woo.shop, self.shopify.shop))
        shop.fail_next(not_taken(), times=FOR_EVER)
        return f"{type(shop).__name__} goes away"

    def come_back(self) -> str:
        for shop in (self.woo.shop, self.shopify.shop):
            shop.mend()
        return "all shops are well"
