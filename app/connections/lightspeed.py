"""Lightspeed eCom C-Series' REST API: orders with their parts, which are lists of their own, within its three limits.

An order's date need not move with its invoices and shipments, so these are listed by their own dates, too.
Source: https://developers.lightspeedhq.com/ecom/ and Lightspeed's own PHP client, SEOshop/API-PHP-Client.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.columns import now
from app.connections.checks import clock_check, failed_check
from app.connections.client import Access, Query, Request, ShopAnswer, ShopClient, retry_after, said_in
from app.connections.failures import ShopFailure
from app.connections.lightspeed_limits import Window, pause_before, windows_in
from app.connections.lightspeed_parts import (
    ORDER_PARTS,
    PartFacts,
    core_of,
    embedded_in,
    facts_listed,
    id_of_order,
    in_resource,
    is_of_order,
    moved_at,
)
from app.connections.platform import (
    Check,
    CheckState,
    Credential,
    PageOfOrders,
    Place,
    Platform,
    PulledOrder,
    ShopWebhook,
    Trial,
    checks_until_one_fails,
)
from app.connections.shrinking_lists import page_number, place_after
from app.extensions import ShownText
from app.intake_readers.payloads import payloads
from app.models import Source, Trouble

#: Where the API is, by what the addresses of a cluster end with.
CLUSTERS = {"webshopapp.com": "https://api.webshopapp.com", "shoplightspeed.com": "https://api.shoplightspeed.com"}
#: Orders on a page: each that is news takes some questions more, and a page has to fit into five minutes' worth.
ORDERS_PER_PAGE = 20
#: Questions for a page of which all is news.
PAGE_COST = 2 + ORDERS_PER_PAGE * (len(ORDER_PARTS) + 1)
LONGEST_LIST = 250
#: Of each window, the share that reading leaves alone, so that what is done here can always be told.
RESERVE = 0.1


class Lightspeed(Platform):
    source = Source.LIGHTSPEED
    credentials = (
        Credential("api_key", _l("API key")),
        Credential("api_secret", _l("API secret")),
        Credential("language", _l("Language of the shop"), _l("Two letters, such as nl. Products are named in it."),
                   is_secret=False),
    )  # fmt: skip
    steps = (
        _l("The address is https://api.webshopapp.com for shops of the European cluster, and "
           "https://api.shoplightspeed.com for those of the American one. The address of the back office will do."),
        _l("In the back office, open Settings > Developers (or Apps > Custom apps) and make an API key with the rights "
           "to read and write orders, and to read and write products."),
        _l("Copy key and secret here. The language is one that the shop has switched on: keep to it."),
    )  # fmt: skip
    example_address = CLUSTERS["webshopapp.com"]
    topics = ("orders/*",)
    told_apart_by = ("api_key",)
    has_parts_apart = True

    def __init__(self, access: Access):
        self.access = access
        self.client = ShopClient(access, sign=self.sign, sort=self.sort)
        self.language = access.credentials.get("language", "").lower()
        self.reserve = RESERVE
        self.windows: list[Window] = []
        self.moved: dict[datetime, dict[str, str]] = {}  # what moved since, by the ids of the orders
        self.listed: set[str] = set()
        self.told_currency: str | None = None
        self.shop_time: datetime | None = None  # by the last order that was answered

    @classmethod
    def own_address(cls, entered: str) -> str:
        """The API of the cluster that an address of the back office, or of a shop without a domain, belongs to."""
        host = urlsplit(entered).hostname or ""
        return next((api for end, api in CLUSTERS.items() if host == end or host.endswith(f".{end}")), entered)

    @classmethod
    def own_host(cls, address: str) -> str:
        """None: the API has one address for all shops."""
        return ""

    @classmethod
    def why_incomplete(cls, credentials: Mapping[str, str]) -> ShownText:
        is_code = re.fullmatch(r"[A-Za-z]{2}", credentials.get("language", ""))
        return "" if is_code else _("Language of the shop: enter its two letters, such as nl.")

    def sign(self, request: Request) -> tuple[dict[str, str], Query]:
        pair = f"{self.access.credentials.get('api_key', '')}:{self.access.credentials.get('api_secret', '')}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}, request.query

    # --- asking ---

    def ask(self, method: str, route: str, query: Mapping[str, str] | Query = (), body: object = None) -> ShopAnswer:
        """Ask for a route behind the language; a question waits until there is more left than the reserve.

        What is there is sometimes not found for a moment: it is asked for twice.
        """
        if method == "GET" and (pause := pause_before(self.windows, needed=1, reserve=self.reserve)):
            raise ShopFailure(Trouble.TOO_BUSY, retry_after=pause)
        try:
            return self.ask_once(method, route, query, body)
        except ShopFailure as failure:
            if method != "GET" or failure.trouble != Trouble.NOT_THERE:
                raise
        return self.ask_once(method, route, query, body)

    def ask_once(self, method: str, route: str, query: Mapping[str, str] | Query, body: object) -> ShopAnswer:
        answer = self.client.ask(method, f"/{self.language}/{route}.json", query, body=body)
        self.windows = windows_in(answer) or self.windows
        return answer

    def sort(self, answer: ShopAnswer) -> ShopFailure | None:
        said = said_in(answer) if answer.status >= 400 else ""
        if answer.status == 429:
            pause = retry_after(answer) or pause_before(windows_in(answer), needed=1, reserve=0) or None
            return ShopFailure(Trouble.TOO_BUSY, said, retry_after=pause)
        if answer.status == 404 and "language" in said.lower():
            return ShopFailure(Trouble.NO_API, said)
        return None

    def list_all(self, route: str, query: Mapping[str, str]) -> list[PartFacts]:
        """All that a list holds, over its pages."""
        found: list[PartFacts] = []
        for number in range(1, 1000):
            page = {**query, "limit": str(LONGEST_LIST), "page": str(number)}
            listed = facts_listed(self.ask("GET", route, page))
            found += listed
            if len(listed) < LONGEST_LIST:
                break
        return found

    # --- reading orders ---

    def changed_since(self, since: datetime, place: Place) -> PageOfOrders:
        """Orders by their own dates, then those whose invoices or shipments moved alone."""
        moved = self.parts_moved(since)
        if "behind" in place:
            return self.page_of_moved(moved, int(place["behind"]))
        page = self.page({"updated_at_min": date_asked(since)}, place, moved)
        self.listed |= {one.external_id for one in page.orders}
        is_left = page.next is None and moved.keys() - self.listed
        return replace(page, next={"behind": 0}) if is_left else page

    def parts_moved(self, since: datetime) -> dict[str, str]:
        """The ids of orders, with when the last of their invoices and shipments moved."""
        if since not in self.moved:
            found: dict[str, str] = {}
            for name in ("invoices", "shipments"):
                for part in self.list_all(name, {"updated_at_min": date_asked(since)}):
                    order_id = id_of_order(part)
                    found[order_id] = max(found.get(order_id, ""), str(part.get("updatedAt", "")))
            found.pop("", None)
            self.moved = {since: found}
        return self.moved[since]

    def page_of_moved(self, moved: Mapping[str, str], behind: int) -> PageOfOrders:
        left = sorted(int(one) for one in moved.keys() - self.listed if int(one) > behind)
        some = left[:ORDERS_PER_PAGE]
        orders = [moved_at(one, moved) for one in self.many([str(one) for one in some])]
        following = {"behind": some[-1]} if len(left) > ORDERS_PER_PAGE else None
        return PageOfOrders(orders, self.shop_time or now(), following, pause=self.pause)

    def placed_between(self, since: datetime, until: datetime, place: Place) -> PageOfOrders:
        return self.page({"created_at_min": date_asked(since), "created_at_max": date_asked(until)}, place)

    def page(self, narrowed: Mapping[str, str], place: Place, moved: Mapping[str, str] | None = None) -> PageOfOrders:
        """In whatever order the shop lists them."""
        number = page_number(place)
        answer = self.ask("GET", "orders", {**narrowed, "limit": str(ORDERS_PER_PAGE), "page": str(number)})
        self.shop_time = answer.shop_time
        orders = [moved_at(one, moved or {}) for one in orders_in_answer(answer)]
        is_last = len(orders) < ORDERS_PER_PAGE
        total = (number - 1) * ORDERS_PER_PAGE + len(orders) if is_last and number == 1 else self.count(narrowed)
        following = place_after(place, total, page_size=ORDERS_PER_PAGE, is_last=is_last)
        return PageOfOrders(orders, answer.shop_time, following, total, self.pause if following else 0)

    def count(self, narrowed: Mapping[str, str], name: str = "orders") -> int:
        told = self.ask("GET", f"{name}/count", narrowed).json
        count = told.get("count") if isinstance(told, dict) else None
        if not isinstance(count, int):
            raise ShopFailure(Trouble.UNREADABLE)
        return count

    @property
    def pause(self) -> float:
        """Until a page of news can be asked for."""
        return pause_before(self.windows, needed=PAGE_COST, reserve=self.reserve)

    def many(self, external_ids: Sequence[str]) -> list[PulledOrder]:
        """One by one: no list takes ids."""
        return [order for one in external_ids if (order := self.one(one))]

    def one(self, external_id: str) -> PulledOrder | None:
        if not external_id.isdecimal():
            return None
        try:
            answer = self.ask("GET", f"orders/{external_id}")
        except ShopFailure as failure:
            if failure.trouble == Trouble.NOT_THERE:
                return None
            raise
        self.shop_time = answer.shop_time
        return next(orders_in_answer(answer), None)

    def knows(self, held: str, order: PulledOrder) -> bool:
        """The parts are held besides, and are followed by their own dates."""
        return core_of(held) == core_of(order.payload)

    def complete(self, order: PulledOrder) -> str:
        """With its products, invoices, shipments and events; and what is in each shipment, where there are several.

        An order states no currency: it is in the shop's own.
        """
        facts = json.loads(order.payload)
        if not facts.get("currency") and (currency := self.currency()):
            facts["currency"] = currency
        for name, part in ORDER_PARTS.items():
            listed = self.list_all(part.route.format(id=order.external_id), part.query(order.external_id))
            in_resource(facts, name)["embedded"] = [one for one in listed if is_of_order(one, order.external_id)]
        shipments = embedded_in(facts, "shipments")
        for shipment in shipments if len(shipments) > 1 else []:
            in_resource(shipment, "products")["embedded"] = self.list_all(f"shipments/{shipment['id']}/products", {})
        return json.dumps(facts, ensure_ascii=False)

    def currency(self) -> str:
        """ "" where the key may not ask for it: then it is taken for our own."""
        if self.told_currency is None:
            try:
                stated = facts_listed(self.ask("GET", "shop"))[0].get("currency")
            except ShopFailure as failure:
                if failure.trouble not in (Trouble.NO_RIGHT, Trouble.NOT_THERE):
                    raise
                stated = None
            self.told_currency = str(stated.get("shortcode") or "").upper() if isinstance(stated, dict) else ""
        return self.told_currency

    # --- webhooks ---

    def webhooks(self) -> list[ShopWebhook]:
        return [webhook_there(one) for one in self.list_all("webhooks", {})]

    def add_webhook(self, topic: str, address: str, secret: str) -> ShopWebhook:
        """It is signed with the secret of the API, whatever the connection's own is."""
        group, action = topic.split("/")
        stated = {"isActive": True, "itemGroup": group, "itemAction": action, "language": self.language}
        body = {"webhook": {**stated, "format": "json", "address": address}}
        return webhook_there(facts_listed(self.ask("POST", "webhooks", body=body))[0])

    def remove_webhook(self, external_id: str) -> None:
        self.ask("DELETE", f"webhooks/{external_id}")

    # --- trying it ---

    def try_out(self) -> Trial:
        self.reserve = 0
        return Trial(checks_until_one_fails(self.checks()), self.access)

    def checks(self) -> Iterator[Check]:
        try:
            answer = self.ask("GET", "account/permissions")
        except ShopFailure as failure:
            yield failed_check(_("The shop answers"), failure)
            return
        yield Check(_("The shop answers"), CheckState.WORKS)
        yield clock_check(answer)
        for title, route in (
            (_("The key may read orders"), "orders"),
            (_("The key may read invoices"), "invoices"),
            (_("The key may read shipments"), "shipments"),
        ):
            try:
                self.ask("GET", route, {"limit": "1"})
            except ShopFailure as failure:
                yield failed_check(title, failure)
            else:
                yield Check(title, CheckState.WORKS)
        yield self.writing_check(answer)
        yield self.products_check(answer)

    def writing_check(self, answer: ShopAnswer) -> Check:
        rights = facts_listed(answer)[0].get("orders")
        if isinstance(rights, dict) and rights.get("write") is True:
            return Check(_("The key may write"), CheckState.WORKS)
        hint = _("Only needed to tell the shop what is done here: give the key the right to write orders there.")
        return Check(_("The key may write"), CheckState.NOT_NEEDED, hint)

    def products_check(self, answer: ShopAnswer) -> Check:
        title, rights = _("The key may change stock"), facts_listed(answer)[0].get("products")
        try:
            self.ask("GET", "variants", {"limit": "1"})
        except ShopFailure as failure:
            if failure.trouble != Trouble.NO_RIGHT:
                return Check(title, CheckState.NOT_NEEDED, failure.sentence)
            rights = None
        if isinstance(rights, dict) and rights.get("write") is True:
            return Check(title, CheckState.WORKS)
        hint = _("Only needed for products and stock: give the key the right to read and write products there.")
        return Check(title, CheckState.NOT_NEEDED, hint)


def date_asked(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def orders_in_answer(answer: ShopAnswer) -> Iterator[PulledOrder]:
    """Each order with its own text, word for word."""
    if not isinstance(answer.json, dict):
        raise ShopFailure(Trouble.UNREADABLE)
    for payload in payloads(answer.text):
        facts = payload.value
        if not isinstance(facts, dict) or not facts.get("id"):
            raise ShopFailure(Trouble.UNREADABLE)
        yield PulledOrder(str(facts["id"]), payload.raw)


def webhook_there(facts: PartFacts) -> ShopWebhook:
    topic = f"{facts.get('itemGroup')}/{facts.get('itemAction')}"
    return ShopWebhook(str(facts["id"]), topic, str(facts.get("address", "")), facts.get("isActive") is True)
