"""Magento 2's REST API: orders as its reader wants them, with their invoices, parcels and credit memos.

`entity_id` is the order's id, and `increment_id` the number that people know it by. Moments are in UTC. There are no
webhooks in it. Source: github.com/magento/magento2 and https://developer.adobe.com/commerce/webapi/rest/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.connections.checks import clock_check, failed_check
from app.connections.client import Access, Query, Request, ShopAnswer, ShopClient
from app.connections.failures import ShopFailure
from app.connections.magento_answers import items_told, orders_listed, refusal_of, total_told
from app.connections.oauth1 import signed_header
from app.connections.platform import (
    Check,
    CheckState,
    Credential,
    PageOfOrders,
    Place,
    Platform,
    PulledOrder,
    Trial,
    checks_until_one_fails,
)
from app.extensions import ShownText
from app.models import Source, Trouble

#: Orders on a page: each may take some requests more.
ORDERS_ON_PAGE = 30
#: The most that is asked for of an order's parts.
PARTS_AT_ONCE = 200
#: Of orders by their ids: more make too long an address, and a page that many shops refuse.
IDS_AT_ONCE = 100

#: What is handed out apart, where it is listed, and which sum of the order says that there is some.
APART = {
    "invoices": ("/invoices", "total_invoiced"),
    "creditmemos": ("/creditmemos", "total_refunded"),
}

#: What lets us in by a signature, beside the access token.
SIGNING = ("consumer_key", "consumer_secret", "access_token_secret")

#: (field, condition, value) of a search; all of them have to hold.
Criterion = tuple[str, str, str]


class Magento(Platform):
    source = Source.MAGENTO
    credentials = (
        Credential("access_token", _l("Access token")),
        Credential("access_token_secret", _l("Access token secret"), _l("All four, where a token alone won’t do."),
                   is_required=False),
        Credential("consumer_key", _l("Consumer key"), is_required=False),
        Credential("consumer_secret", _l("Consumer secret"), is_required=False),
        Credential("store_code", _l("Store view"), _l("Its code, to read only its orders. Empty: those of all."),
                   is_secret=False, is_required=False),
    )  # fmt: skip
    steps = (
        _l("In Magento, open System > Extensions > Integrations, and press “Add New Integration”. Name: Toonbank."),
        _l("Under API, choose the resource access: Sales > Operations with Orders, Invoices, Shipments and "
           "Credit Memos. Save, and press “Activate”, then “Allow”."),
        _l("Copy the access token here. Since Magento 2.4.4 it does alone only where Stores > Configuration > "
           "Services > OAuth > Consumer Settings allows access tokens as standalone bearer tokens: otherwise copy all "
           "four values."),
    )  # fmt: skip
    overlap = timedelta(minutes=5)
    told_apart_by = ("store_code",)
    has_parts_apart = True

    def __init__(self, access: Access):
        self.access = access
        self.client = ShopClient(access, sign=self.sign, sort=refusal_of)
        self.hidden: set[str] = set()  # parts that the key may not read
        self.of_store: str | None = None  # the id of the store view, once it is known

    @classmethod
    def own_address(cls, entered: str) -> str:
        """Without what belongs to its API."""
        return re.sub(r"(/index\.php)?/rest(/.*)?$", "", entered)

    @classmethod
    def why_incomplete(cls, credentials: Mapping[str, str]) -> ShownText:
        given = [bool(credentials.get(name)) for name in SIGNING]
        return "" if all(given) or not any(given) else _("Enter all four values, or the access token alone.")

    def sign(self, request: Request) -> tuple[dict[str, str], Query]:
        """With all four values the request is signed; the token alone goes along."""
        own = self.access.credentials
        if own.get("consumer_key"):
            return {"Authorization": signed_header(request, own)}, request.query
        return {"Authorization": f"Bearer {own.get('access_token', '')}"}, request.query

    def ask(self, method: str, route: str, query: Mapping[str, str] | Query = (), body: object = None) -> ShopAnswer:
        """Ask for a route behind /V1. What it won't take from who may read is a lacking right, or a refusal."""
        code = self.access.credentials.get("store_code", "")
        try:
            return self.client.ask(method, f"/rest/{code}/V1{route}" if code else f"/rest/V1{route}", query, body=body)
        except ShopFailure as failure:
            if method != "GET" and failure.trouble in (Trouble.WRONG_KEY, Trouble.ASKED_WRONGLY):
                trouble = Trouble.NO_RIGHT if failure.trouble == Trouble.WRONG_KEY else Trouble.REFUSED
                raise ShopFailure(trouble, failure.detail) from None
            raise

    # --- reading orders ---

    def changed_since(self, since: datetime, place: Place) -> PageOfOrders:
        """With those whose parcels changed at last, when all the others are read."""
        page = self.page([("updated_at", "gteq", moment_there(since))], place)
        return page if page.next else replace(page, orders=[*page.orders, *self.with_other_parcels(since)])

    def with_other_parcels(self, since: datetime) -> list[PulledOrder]:
        """Orders whose parcels changed and they did not: a code that is entered later moves the parcel's date alone."""
        moment = moment_there(since)
        changed = self.parts_where(("updated_at", "gteq", moment), "/shipments")
        ids = list(dict.fromkeys(str(one.get("order_id")) for one in changed))
        some = [ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE)]
        orders = [order for these in some for order in self.many(these, self.of_store_view())]
        untold = [one for one in orders if str(json.loads(one.payload).get("updated_at")) < moment]
        return [PulledOrder(one.external_id, self.complete(one)) for one in untold]

    def placed_between(self, since: datetime, until: datetime, place: Place) -> PageOfOrders:
        within = [("created_at", "gteq", moment_there(since)), ("created_at", "lteq", moment_there(until))]
        return self.page(within, place)

    def page(self, narrowed: Sequence[Criterion], place: Place) -> PageOfOrders:
        """On from the id of the last one, so that nothing can shift."""
        behind = [("entity_id", "gt", str(place["after"]))] if "after" in place else []
        answer = self.search("/orders", [*narrowed, *behind, *self.of_store_view()], ORDERS_ON_PAGE)
        orders = list(orders_listed(answer))
        following = {"after": orders[-1].external_id} if len(orders) >= ORDERS_ON_PAGE else None
        return PageOfOrders(orders, answer.shop_time, following, total_told(answer))

    def search(self, route: str, criteria: Sequence[Criterion], size: int, page: int = 1) -> ShopAnswer:
        """By id, upwards. Each criterion is a group of its own: those of one group are alternatives."""
        query: list[tuple[str, str]] = []
        for number, (field, condition, value) in enumerate(criteria):
            of = f"searchCriteria[filter_groups][{number}][filters][0]"
            query += [(f"{of}[field]", field), (f"{of}[condition_type]", condition), (f"{of}[value]", value)]
        sort = "searchCriteria[sortOrders][0]"
        query += [(f"{sort}[field]", "entity_id"), (f"{sort}[direction]", "ASC")]
        query += [("searchCriteria[pageSize]", str(size)), ("searchCriteria[currentPage]", str(page))]
        return self.ask("GET", route, query)

    def of_store_view(self) -> list[Criterion]:
        """Lists hold the orders of all store views, whatever the address says."""
        code = self.access.credentials.get("store_code", "")
        if not code:
            return []
        if self.of_store is None:
            views = items_told(self.ask("GET", "/store/storeViews"))
            self.of_store = next((str(one["id"]) for one in views if one.get("code") == code), "")
        if not self.of_store:
            raise ShopFailure(Trouble.NO_API, f"store view {code}")
        return [("store_id", "eq", self.of_store)]

    def many(self, external_ids: Sequence[str], narrowed: Sequence[Criterion] = ()) -> list[PulledOrder]:
        """Of whatever store view, unless it is narrowed: what is of another one than now is not deleted."""
        ids = [one for one in external_ids if one.isdecimal()]
        if not ids:
            return []
        wanted = [("entity_id", "in", ",".join(ids)), *narrowed]
        return list(orders_listed(self.search("/orders", wanted, len(ids))))

    def one(self, external_id: str) -> PulledOrder | None:
        return next(iter(self.many([external_id])), None)

    def complete(self, order: PulledOrder) -> str:
        """With its parcels, invoices and credit memos, as far as the order says that it has some."""
        facts = json.loads(order.payload)
        if "order" in facts:  # it is
            return order.payload
        wanted = {name: route for name, (route, total) in APART.items() if float(facts.get(total) or 0) > 0}
        items = facts.get("items")
        if any(float(item.get("qty_shipped") or 0) > 0 for item in items if isinstance(item, dict)):
            wanted["shipments"] = "/shipments"
        return order.with_parts(**{name: self.parts_of(order.external_id, route) for name, route in wanted.items()})

    def parts_of(self, external_id: str, route: str) -> list[dict[str, object]]:
        return self.parts_where(("order_id", "eq", external_id), route)

    def parts_where(self, criterion: Criterion, route: str) -> list[dict[str, object]]:
        """Nothing to a key that may not read them: the order itself has the sums."""
        found: list[dict[str, object]] = []
        while route not in self.hidden:
            page = len(found) // PARTS_AT_ONCE + 1
            try:
                answer = self.search(route, [criterion], PARTS_AT_ONCE, page)
            except ShopFailure as failure:
                if failure.trouble != Trouble.WRONG_KEY:
                    raise
                self.hidden.add(route)
                return []
            listed = items_told(answer)
            found += listed
            if len(listed) < PARTS_AT_ONCE or len(found) >= (total_told(answer) or 0):  # it repeats its last page
                break
        return found

    # --- trying it ---

    def try_out(self) -> Trial:
        return Trial(checks_until_one_fails(self.checks()), self.access)

    def checks(self) -> Iterator[Check]:
        may_read = _("The key may read orders")
        try:
            reached = self.search("/orders", self.of_store_view(), 1)
            items_told(reached)
        except ShopFailure as failure:
            if failure.trouble == Trouble.NOT_THERE:
                failure = ShopFailure(Trouble.NO_API, failure.detail)
            if failure.trouble in (Trouble.WRONG_KEY, Trouble.WRONG_CLOCK):
                yield Check(_("The shop answers"), CheckState.WORKS)
                yield Check(may_read, CheckState.MISSING, f"{failure.sentence} {self.why_refused()}({failure.detail})")
                return
            yield failed_check(_("The shop answers"), failure)
            return
        yield Check(_("The shop answers"), CheckState.WORKS)
        yield clock_check(reached)
        yield Check(may_read, CheckState.WORKS)
        hint = _("Give it Sales > Operations > Invoices there.")
        yield self.right_check(_("The key may read invoices"), hint, "/invoices")
        hint = _("Give it Sales > Operations > Shipments there.")
        yield self.right_check(_("The key may read parcels and their codes"), hint, "/shipments")
        hint = _("Give it Sales > Operations > Credit Memos there.")
        yield self.right_check(_("The key may read credit memos"), hint, "/creditmemos")
        yield self.writing_check()

    def why_refused(self) -> str:
        """It refuses a token that is right where it is not allowed to stand alone: in the same words."""
        if self.access.credentials.get("consumer_key"):
            return ""
        return (
            _("Since Magento 2.4.4 a token alone has to be allowed in its settings; else enter all four values.") + " "
        )

    def right_check(self, title: str, hint: str, route: str) -> Check:
        try:
            self.search(route, [], 1)
        except ShopFailure as failure:
            said = hint if failure.trouble == Trouble.WRONG_KEY else failure.sentence
            return Check(title, CheckState.NOT_NEEDED, said)
        return Check(title, CheckState.WORKS)

    def writing_check(self) -> Check:
        """By shipping order 0, which is not there."""
        title = _("The key may write")
        try:
            self.ask("POST", "/order/0/ship", body={"notify": False})
        except ShopFailure as failure:
            if failure.trouble == Trouble.NO_RIGHT:
                hint = _("Only needed to tell the shop what is done here: give it the actions of Orders there as well.")
                return Check(title, CheckState.NOT_NEEDED, hint)
            if failure.trouble not in (Trouble.NOT_THERE, Trouble.REFUSED):
                return Check(title, CheckState.NOT_NEEDED, failure.sentence)
        return Check(title, CheckState.WORKS)


def moment_there(moment: datetime) -> str:
    """As it compares them: "2026-11-29 07:00:00", in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
