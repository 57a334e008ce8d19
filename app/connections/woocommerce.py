"""WooCommerce's REST API v3: orders as its reader wants them, with their refunds, and its webhooks.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/ and the source of WooCommerce.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.columns import now
from app.connections.checks import CLOCKS_DIFFER, clock_check, failed_check
from app.connections.client import Access, Query, Request, ShopAnswer, ShopClient, said_in
from app.connections.failures import ShopFailure
from app.connections.oauth1 import signed_query
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
from app.connections.stated_facts import ShopFacts
from app.intake_readers.payloads import payloads
from app.intake_readers.woocommerce import DRAFTS
from app.models import Source, Trouble
from app.security.json_input import read_json

API = "/wc/v3"
PRETTY, PLAIN = "/wp-json", "/?rest_route="
#: Kept beside the key where something in front of the shop swallows the header that it belongs in.
KEY_IN_QUERY = "key_in_query"
#: Orders on a page: the shop makes each one up anew, so a slow one needs a while for them.
PAGE_SIZE = 50


class WooCommerce(Platform):
    source = Source.WOOCOMMERCE
    credentials = (
        Credential("consumer_key", _l("Consumer key"), _l("It begins with ck_.")),
        Credential("consumer_secret", _l("Consumer secret"), _l("It begins with cs_.")),
    )
    steps = (
        _l("In WordPress, open WooCommerce > Settings > Advanced > REST API and press “Add key”."),
        _l("Description: Toonbank. User: an administrator or shop manager. Permissions: Read/Write."),
        _l("Press “Generate API key”. The consumer secret is shown only now: copy both here at once."),
    )
    takes_http = True
    overlap = timedelta(minutes=5)
    topics = ("order.created", "order.updated", "order.deleted", "order.restored")

    def __init__(self, access: Access):
        self.access = access
        self.client = ShopClient(access, sign=self.sign, sort=self.sort)

    def sign(self, request: Request) -> tuple[dict[str, str], Query]:
        """Encrypted, the key goes along; otherwise it only signs."""
        key = self.access.credentials.get("consumer_key", "")
        secret = self.access.credentials.get("consumer_secret", "")
        if not self.access.address.startswith("https:"):
            return {}, signed_query(request, key, secret)
        if KEY_IN_QUERY in self.access.credentials:
            return {}, [*request.query, ("consumer_key", key), ("consumer_secret", secret)]
        return {"Authorization": f"Basic {b64encode(f'{key}:{secret}'.encode()).decode()}"}, request.query

    def ask(self, method: str, route: str, query: Mapping[str, str] | Query = (), body: object = None) -> ShopAnswer:
        """Ask for a route behind /wc/v3, with either kind of permalinks."""
        try:
            return self.ask_site(method, API + route, query, body)
        except ShopFailure as failure:
            if failure.trouble == Trouble.WRONG_KEY and method != "GET":  # it was let in to read
                raise ShopFailure(Trouble.NO_RIGHT, failure.detail, code=failure.code) from None
            raise

    def ask_site(
        self, method: str, route: str, query: Mapping[str, str] | Query = (), body: object = None
    ) -> ShopAnswer:
        """Ask for any route of the site's API: a plug-in's, or "/" for what it offers."""
        pairs = list(query.items() if isinstance(query, Mapping) else query)
        if self.access.address.endswith(PLAIN):
            return self.client.ask(method, "", [("rest_route", route), *pairs], body=body)
        return self.client.ask(method, PRETTY + route, pairs, body=body)

    def sort(self, answer: ShopAnswer) -> ShopFailure | None:
        code = code_in(answer) if answer.status >= 400 and not answer.is_page else ""
        trouble = trouble_of(code, answer, is_signed=self.access.address.startswith("http:")) if code else None
        return ShopFailure(trouble, said_in(answer), code=code) if trouble else None

    # --- reading orders ---

    def changed_since(self, since: datetime, place: Place) -> PageOfOrders:
        return self.page({"modified_after": utc_text(since)}, place)

    def placed_between(self, since: datetime, until: datetime, place: Place) -> PageOfOrders:
        return self.page({"after": utc_text(since), "before": utc_text(until)}, place)

    def page(self, narrowed: Mapping[str, str], place: Place) -> PageOfOrders:
        """By id, for equal moments are in no sure order."""
        number = page_number(place)
        how = {"per_page": str(PAGE_SIZE), "page": str(number), "orderby": "id", "order": "asc"}
        answer = self.ask("GET", "/orders", {**narrowed, "dates_are_gmt": "true", "status": "any", **how})
        total, pages = answer.number("X-WP-Total"), answer.number("X-WP-TotalPages")
        orders = list(pulled_orders(answer))
        is_last = number >= pages if pages is not None else len(orders) < PAGE_SIZE
        following = place_after(place, total, page_size=PAGE_SIZE, is_last=is_last)
        return PageOfOrders([one for one in orders if not is_draft(one)], answer.shop_time, following, total)

    def many(self, external_ids: Sequence[str]) -> list[PulledOrder]:
        query = {"include": ",".join(external_ids), "per_page": "100", "orderby": "id", "status": "any"}
        return list(pulled_orders(self.ask("GET", "/orders", query))) if external_ids else []

    def one(self, external_id: str) -> PulledOrder | None:
        try:
            return next(pulled_orders(self.ask("GET", f"/orders/{external_id}")), None)
        except ShopFailure as failure:
            if failure.trouble == Trouble.NOT_THERE:
                return None
            raise

    def complete(self, order: PulledOrder) -> str:
        """With what was refunded, line by line; the list tells the amounts only."""
        facts = json.loads(order.payload)
        if not facts.get("refunds"):
            return order.payload
        refunds = self.ask("GET", f"/orders/{order.external_id}/refunds", {"per_page": "100"}).json
        return json.dumps({**facts, "refunds": refunds}, ensure_ascii=False)

    # --- webhooks ---

    def webhooks(self) -> list[ShopWebhook]:
        found = facts_of(self.ask("GET", "/webhooks", {"per_page": "100"}))
        return [shop_webhook(one) for one in found]

    def add_webhook(self, topic: str, address: str, secret: str) -> ShopWebhook:
        body = {"name": f"Toonbank {topic}", "topic": topic, "delivery_url": address, "secret": secret}
        return shop_webhook(facts_of(self.ask("POST", "/webhooks", body={**body, "status": "active"}))[0])

    def remove_webhook(self, external_id: str) -> None:
        self.ask("DELETE", f"/webhooks/{external_id}", {"force": "true"})

    # --- trying it ---

    def try_out(self) -> Trial:
        checks = checks_until_one_fails(self.checks())
        return Trial(checks, self.access)

    def checks(self) -> Iterator[Check]:
        try:
            reached = self.find_api()
        except ShopFailure as failure:
            yield failed_check(_("The shop answers"), failure)
            return
        yield Check(_("The shop answers"), CheckState.WORKS)
        yield clock_check(reached)
        try:
            orders = self.first_orders()
        except ShopFailure as failure:
            yield failed_check(_("The key may read orders"), failure)
            return
        yield Check(_("The key may read orders"), CheckState.WORKS)
        yield from self.refunds_check(orders)
        yield self.writing_check()

    def find_api(self) -> ShopAnswer:
        """The index of the API, behind either kind of permalinks."""
        try:
            return self.site_index()
        except ShopFailure as failure:
            if failure.trouble not in (Trouble.NO_API, Trouble.NOT_THERE):
                raise
            if self.access.address.endswith(PLAIN):
                raise ShopFailure(Trouble.NO_API, failure.detail) from None
            first = failure
        pretty = self.access
        self.access = self.client.access = replace(pretty, address=pretty.address + PLAIN)
        try:
            return self.site_index()
        except ShopFailure:
            self.access = self.client.access = pretty
            raise ShopFailure(Trouble.NO_API, first.detail) from None

    def site_index(self) -> ShopAnswer:
        answer = self.ask_site("GET", "/")
        if "wc/v3" not in str(facts_of(answer)[0].get("namespaces", "")):
            raise ShopFailure(Trouble.NO_API)
        return answer

    def first_orders(self) -> list[PulledOrder]:
        try:
            return list(pulled_orders(self.ask("GET", "/orders", {"per_page": "1"})))
        except ShopFailure as failure:
            if failure.trouble != Trouble.WRONG_KEY or not self.access.address.startswith("https:"):
                raise
            first = failure
        by_header = self.access
        self.access = replace(by_header, credentials={**by_header.credentials, KEY_IN_QUERY: KEY_IN_QUERY})
        with suppress(ShopFailure):
            return list(pulled_orders(self.ask("GET", "/orders", {"per_page": "1"})))
        self.access = by_header
        raise first

    def refunds_check(self, orders: Sequence[PulledOrder]) -> Iterator[Check]:
        title = _("The key may read refunds")
        for order in orders:
            try:
                self.ask("GET", f"/orders/{order.external_id}/refunds", {"per_page": "1"})
            except ShopFailure as failure:
                yield failed_check(title, failure)
            else:
                yield Check(title, CheckState.WORKS)

    def writing_check(self) -> Check:
        """A batch of nothing: it takes the right to write, and writes nothing."""
        title = _("The key may write")
        try:
            self.ask("POST", "/orders/batch", body={})
        except ShopFailure as failure:
            if failure.trouble in (Trouble.NO_RIGHT, Trouble.WRONG_KEY):
                hint = _("Only needed to tell the shop what is done here: give the key “Read/Write” there.")
                return Check(title, CheckState.NOT_NEEDED, hint)
            if failure.trouble != Trouble.ASKED_WRONGLY:
                return Check(title, CheckState.NOT_NEEDED, failure.sentence)
        return Check(title, CheckState.WORKS)


def utc_text(moment: datetime) -> str:
    """As the API compares it with dates_are_gmt."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def pulled_orders(answer: ShopAnswer) -> Iterator[PulledOrder]:
    """Each order with its own text, word for word."""
    if not isinstance(answer.json, list | dict):
        raise ShopFailure(Trouble.UNREADABLE)
    for payload in payloads(answer.text):
        facts = payload.value
        if not isinstance(facts, dict) or not facts.get("id"):
            raise ShopFailure(Trouble.UNREADABLE)
        yield PulledOrder(str(facts["id"]), payload.raw)


def is_draft(order: PulledOrder) -> bool:
    """A basket that was left at the checkout is no order yet, and nothing that somebody has to look at."""
    return json.loads(order.payload).get("status") in DRAFTS


def facts_of(answer: ShopAnswer) -> list[ShopFacts]:
    told = answer.json
    found = [one for one in (told if isinstance(told, list) else [told]) if isinstance(one, dict)]
    if not found and told != []:
        raise ShopFailure(Trouble.UNREADABLE)
    return found


def shop_webhook(facts: ShopFacts) -> ShopWebhook:
    address, status = str(facts.get("delivery_url", "")), facts.get("status")
    return ShopWebhook(str(facts["id"]), str(facts.get("topic", "")), address, status == "active")


# --- what a refusal means -------------------------------------------------------------------------------------------


def code_in(answer: ShopAnswer) -> str:
    """What WooCommerce calls the error; its message is translated, so that only the code can tell."""
    try:
        told = read_json(answer.body)
    except ValueError:
        return ""
    code = told.get("code") if isinstance(told, dict) else ""
    return code if isinstance(code, str) else ""


def trouble_of(code: str, answer: ShopAnswer, *, is_signed: bool) -> Trouble | None:
    """None leaves it to the status."""
    if code == "rest_no_route":
        return Trouble.NO_API
    if answer.status in (401, 403):
        is_late = abs(answer.shop_time - now()) > CLOCKS_DIFFER
        return Trouble.WRONG_CLOCK if is_signed and is_late else Trouble.WRONG_KEY
    if answer.status >= 500 and code.startswith("woocommerce_"):  # no outage: it would be refused for ever
        return Trouble.REFUSED
    return None
