"""BigCommerce's REST API: orders (V2) with the parts that it hands out apart, refunds (V3), and its webhooks (V3).

What it answers is empty, with 204, where there is nothing. All programs of a shop share one quota of requests.
Source: https://docs.bigcommerce.com/developer and github.com/bigcommerce/docs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.amounts.money import ZERO, BadAmount, parse
from app.connections.bigcommerce_answers import pause_of, placed_orders, refusal_in, told_objects
from app.connections.checks import clock_check, failed_check
from app.connections.client import Access, Query, Request, ShopAnswer, ShopClient
from app.connections.failures import ShopFailure
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
from app.models import Source, Trouble

#: Orders on a page: each may take some requests more, and all of them have to fit into one window of the quota.
ORDERS_ON_PAGE = 15
#: The most that its lists of parts have on a page.
MOST_PARTS = 250

#: Where it is found by the shop's own address.
STORE = re.compile(r"^https?://store-([a-z0-9]+)\.mybigcommerce\.com")
API_PATH = re.compile(r"/stores/([a-z0-9]+)(?:/v[23])?$")

SHIPPED, PARTLY_SHIPPED, REFUNDED, COMPLETED, PARTLY_REFUNDED = 2, 3, 4, 10, 14

#: All that happens to orders and to their parcels, which it tells of by the order's id.
TOPICS = ("store/order/*", "store/shipment/*")


class BigCommerce(Platform):
    source = Source.BIGCOMMERCE
    credentials = (Credential("access_token", _l("Access token")),)
    steps = (
        _l("In BigCommerce, open Settings > Store-level API accounts, and press “Create API account”."),
        _l("Token type: V2/V3 API token. Name: Toonbank. Under OAuth scopes: Orders “modify”, Order Transactions "
           "“modify”; “read-only” is enough where the shop is told nothing."),
        _l("Save. The API path, such as https://api.bigcommerce.com/stores/abc123/v3/, is the address; copy the access "
           "token at once, as it is shown only now."),
    )  # fmt: skip
    overlap = timedelta(minutes=5)
    topics = TOPICS
    has_parts_apart = True

    def __init__(self, access: Access):
        self.access = access
        self.client = ShopClient(access, sign=self.sign, sort=refusal_in)
        self.sees_money = True  # until it is refused

    @classmethod
    def own_address(cls, entered: str) -> str:
        """https://api.bigcommerce.com/stores/abc123 of its API path, of the shop's permanent address, or its hash."""
        if store := STORE.match(entered):
            return f"https://api.bigcommerce.com/stores/{store[1]}"
        host = urlsplit(entered).hostname or ""
        if "." not in host and not urlsplit(entered).path and host != "localhost":
            return f"https://api.bigcommerce.com/stores/{host}"
        return re.sub(r"/v[23]$", "", entered)

    @classmethod
    def own_host(cls, address: str) -> str:
        store = API_PATH.search(address)
        return f"store-{store[1]}.mybigcommerce.com" if store else ""

    def sign(self, request: Request) -> tuple[dict[str, str], Query]:
        return {"X-Auth-Token": self.access.credentials.get("access_token", "")}, request.query

    def ask(self, method: str, route: str, query: Mapping[str, str] | Query = (), body: object = None) -> ShopAnswer:
        """Ask for a route behind /stores/<hash>, such as /v2/orders. What was written wrongly is refused for good."""
        try:
            return self.client.ask(method, route, query, body=body)
        except ShopFailure as failure:
            if method != "GET" and failure.trouble == Trouble.ASKED_WRONGLY:
                raise ShopFailure(Trouble.REFUSED, failure.detail) from None
            raise

    # --- reading orders ---

    def changed_since(self, since: datetime, place: Place) -> PageOfOrders:
        return self.page({"min_date_modified": mail_text(since)}, place)

    def placed_between(self, since: datetime, until: datetime, place: Place) -> PageOfOrders:
        return self.page({"min_date_created": mail_text(since), "max_date_created": mail_text(until)}, place)

    def page(self, narrowed: Mapping[str, str], place: Place) -> PageOfOrders:
        """On from the id of the last one, so that nothing can shift. First what is not archived, then what is."""
        is_archived = bool(place.get("archived"))
        how = {"min_id": str(int(place.get("after", 0)) + 1), "sort": "id:asc", "limit": str(ORDERS_ON_PAGE)}
        how |= {"include": "consignments,fees", **({"is_deleted": "true"} if is_archived else {})}
        answer = self.ask("GET", "/v2/orders", {**narrowed, **how})
        listed = told_objects(answer)
        following: Place | None = {"after": str(listed[-1]["id"])} if len(listed) >= ORDERS_ON_PAGE else None
        if is_archived:
            following = following and {**following, "archived": 1}
        elif following is None:
            following = {"archived": 1}
        return PageOfOrders(list(placed_orders(answer)), answer.shop_time, following, pause=pause_of(answer))

    def many(self, external_ids: Sequence[str]) -> list[PulledOrder]:
        """One by one: it lists by no ids."""
        return [found for one in external_ids if (found := self.one(one))]

    def one(self, external_id: str) -> PulledOrder | None:
        """Also one that is archived; one that the customer never placed is none."""
        if not external_id.isdecimal():
            return None
        try:
            answer = self.ask("GET", f"/v2/orders/{external_id}", {"include": "consignments,fees"})
        except ShopFailure as failure:
            if failure.trouble == Trouble.NOT_THERE:
                return None
            raise
        return next(placed_orders(answer), None)

    def complete(self, order: PulledOrder) -> str:
        """With what it hands out apart, as far as the order says that there is something."""
        facts = json.loads(order.payload)
        route, status = f"/v2/orders/{order.external_id}", facts.get("status_id")
        parts: dict[str, object] = {"products": self.parts(f"{route}/products")}
        if is_above_zero(facts, "total_tax"):
            parts["taxes"] = self.parts(f"{route}/taxes", details="true")
        if is_above_zero(facts, "coupon_discount"):
            parts["coupons"] = self.parts(f"{route}/coupons")
        if is_above_zero(facts, "items_shipped") or status in (SHIPPED, PARTLY_SHIPPED):
            parts["shipments"] = self.parts(f"{route}/shipments")
        if facts.get("payment_provider_id"):
            parts["transactions"] = self.money(order.external_id, "transactions")
        if is_above_zero(facts, "refunded_amount") or status in (REFUNDED, PARTLY_REFUNDED):
            parts["refunds"] = self.money(order.external_id, "payment_actions/refunds")
        return order.with_parts(parts=parts)

    def parts(self, route: str, **how: str) -> list[dict[str, object]]:
        """All pages of a list of V2; nothing where the order has none of it."""
        found: list[dict[str, object]] = []
        while True:
            page = str(len(found) // MOST_PARTS + 1)
            try:
                answer = self.ask("GET", route, {**how, "limit": str(MOST_PARTS), "page": page})
            except ShopFailure as failure:
                if failure.trouble != Trouble.NOT_THERE or "/orders/" not in route:
                    raise
                return found
            listed = told_objects(answer)
            found += listed
            if len(listed) < MOST_PARTS:
                return found

    def money(self, external_id: str, what: str) -> list[dict[str, object]]:
        """What V3 tells of an order's money; nothing to who may not see that: the order has the sums."""
        try:
            return told_objects(self.ask("GET", f"/v3/orders/{external_id}/{what}")) if self.sees_money else []
        except ShopFailure as failure:
            if failure.trouble not in (Trouble.NO_RIGHT, Trouble.NOT_THERE):
                raise
            self.sees_money = failure.trouble == Trouble.NOT_THERE
            return []

    # --- webhooks ---

    def webhooks(self) -> list[ShopWebhook]:
        return [webhook_told(one) for one in told_objects(self.ask("GET", "/v3/hooks", {"limit": "250"}))]

    def add_webhook(self, topic: str, address: str, secret: str) -> ShopWebhook:
        """It sends along whatever headers it is told to: by these it is known, and what it is about."""
        headers = {"X-Toonbank-Secret": secret, "X-Toonbank-Topic": f"order/{topic.split('/')[1]}"}
        body = {"scope": topic, "destination": address, "is_active": True, "headers": headers}
        return webhook_told(told_objects(self.ask("POST", "/v3/hooks", body=body))[0])

    def remove_webhook(self, external_id: str) -> None:
        self.ask("DELETE", f"/v3/hooks/{external_id}")

    # --- trying it ---

    def try_out(self) -> Trial:
        return Trial(checks_until_one_fails(self.checks()), self.access)

    def checks(self) -> Iterator[Check]:
        title, may_read = _("The shop answers"), _("The key may read orders")
        try:
            reached = self.ask("GET", "/v2/orders", {"limit": "1", "sort": "id:desc"})
        except ShopFailure as failure:
            if failure.trouble == Trouble.NO_RIGHT:
                yield Check(title, CheckState.WORKS)
                title = may_read
            elif failure.trouble == Trouble.NOT_THERE:
                failure = ShopFailure(Trouble.NO_API, failure.detail)
            yield failed_check(title, failure)
            return
        yield Check(title, CheckState.WORKS)
        yield clock_check(reached)
        yield Check(may_read, CheckState.WORKS)
        for order in told_objects(reached)[:1]:
            yield self.right_check(
                _("The key may read payments and refunds"),
                _("Only needed for when money came and went: give the token “Order Transactions” there."),
                "GET", f"/v3/orders/{order['id']}/transactions",
            )  # fmt: skip
        yield self.right_check(
            _("The key may write"),
            _("Only needed to tell the shop what is done here: give the token “Orders: modify” there."),
            "PUT", "/v2/orders/0",
        )  # fmt: skip

    def right_check(self, title: str, hint: str, method: str, route: str) -> Check:
        """By asking for it: there is no order 0 to be written to."""
        try:
            self.ask(method, route, body=None if method == "GET" else {})
        except ShopFailure as failure:
            if failure.trouble in (Trouble.NO_RIGHT, Trouble.WRONG_KEY):
                return Check(title, CheckState.NOT_NEEDED, hint)
            if failure.trouble not in (Trouble.NOT_THERE, Trouble.REFUSED):
                return Check(title, CheckState.NOT_NEEDED, failure.sentence)
        return Check(title, CheckState.WORKS)


def mail_text(moment: datetime) -> str:
    """As its dates are written: "Tue, 20 Nov 2012 00:00:00 +0000"."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0))


def is_above_zero(facts: Mapping[str, object], key: str) -> bool:
    try:
        return parse(str(facts.get(key) or 0)) > ZERO
    except BadAmount:
        return True  # whatever it is, it is not nothing


def webhook_told(facts: Mapping[str, object]) -> ShopWebhook:
    address, is_active = str(facts.get("destination", "")), facts.get("is_active") is True
    return ShopWebhook(str(facts["id"]), str(facts.get("scope", "")), address, is_active)
