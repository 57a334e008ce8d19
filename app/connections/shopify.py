"""Shopify's Admin GraphQL API: orders as its reader wants them, page by page, within what the shop lets us ask.

Source: https://shopify.dev/docs/api/admin-graphql
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

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
    Trial,
    checks_until_one_fails,
)
from app.connections.shopify_answers import TOO_DEAR, cost_in, graphql_failure, object_in, objects_in, told_in
from app.connections.shopify_queries import DELIVERY, DELIVERY_FIELD, FIRST_ORDER, MORE, ORDERS, THESE, WHO
from app.extensions import ShownText
from app.intake_readers.payloads import payloads
from app.models import Source, Trouble

VERSION = "2026-10"

#: Orders that are asked for at once; fewer where the shop finds that too dear.
ORDERS_AT_ONCE = 5

#: An address of the new admin, admin.shopify.com/store/mugs/orders, as people copy it.
ADMIN = re.compile(r"^https?://admin\.shopify\.com/store/([a-z0-9-]+)")


class Shopify(Platform):
    source = Source.SHOPIFY
    credentials = (
        Credential("token", _l("Access token"), _l("Of an app made in the shop’s admin: it begins with shpat_."),
                   is_required=False),
        Credential("client_id", _l("Client ID"), _l("Of an app made in the Dev Dashboard."), is_secret=False,
                   is_required=False),
        Credential("client_secret", _l("Client secret"), is_required=False),
    )  # fmt: skip
    steps = (
        _l("The address is that of the shop’s admin, such as mugs.myshopify.com."),
        _l("In the Dev Dashboard of Shopify, make an app with the scopes read_orders, read_all_orders and "
           "read_merchant_managed_fulfillment_orders; and with write_orders and "
           "write_merchant_managed_fulfillment_orders, if the shop is to be told what is done here. Release it, and "
           "install it in the shop."),
        _l("Copy client ID and client secret of the app here. Where the shop has an app of its own from before 2026, "
           "its access token does as well."),
    )  # fmt: skip
    #: The index that lists are searched in lags behind.
    overlap = timedelta(minutes=10)

    def __init__(self, access: Access):
        self.access = access
        self.client = ShopClient(access, sign=self.sign, sort=graphql_failure)
        self.token = access.credentials.get("token", "")
        self.at_once = ORDERS_AT_ONCE
        self.sees_delivery = True
        self.sees_old: bool | None = None  # orders older than 60 days; None until it is asked for

    @classmethod
    def own_address(cls, entered: str) -> str:
        """https://mugs.myshopify.com of https://admin.shopify.com/store/mugs, too."""
        found = ADMIN.match(entered)
        return f"https://{found[1]}.myshopify.com" if found else entered

    @classmethod
    def why_incomplete(cls, credentials: Mapping[str, str]) -> ShownText:
        is_enough = credentials.get("token") or (credentials.get("client_id") and credentials.get("client_secret"))
        return "" if is_enough else _("Enter client ID and client secret, or an access token.")

    def sign(self, request: Request) -> tuple[dict[str, str], Query]:
        return ({"X-Shopify-Access-Token": self.token} if self.token else {}), request.query

    # --- asking ---

    def ask(self, question: str, **variables: object) -> ShopAnswer:
        """Ask; a token that has expired is made anew, once. Questions only read, so they may be asked twice."""
        if not self.token:
            self.fetch_token()
        try:
            return self.post(question, variables)
        except ShopFailure as failure:
            if failure.trouble != Trouble.WRONG_KEY or not self.has_client:
                raise
        self.fetch_token()
        return self.post(question, variables)

    def post(self, question: str, variables: Mapping[str, object]) -> ShopAnswer:
        """Without what the app may not see of a delivery, where it lacks that scope."""
        body = {"query": question if self.sees_delivery else question.replace(DELIVERY, ""), "variables": variables}
        try:
            return self.client.ask("POST", f"/admin/api/{VERSION}/graphql.json", body=body)
        except ShopFailure as failure:
            if failure.trouble != Trouble.NO_RIGHT or not self.sees_delivery or DELIVERY_FIELD not in failure.detail:
                raise
        self.sees_delivery = False
        return self.post(question, variables)

    @property
    def has_client(self) -> bool:
        return bool(self.access.credentials.get("client_id") and self.access.credentials.get("client_secret"))

    def fetch_token(self) -> None:
        """By id and secret, for a day. Raises ShopFailure where these don't do."""
        if not self.has_client:
            raise ShopFailure(Trouble.WRONG_KEY)
        secrets = {name: self.access.credentials[name] for name in ("client_id", "client_secret")}
        self.token = ""
        try:
            answer = self.client.ask(
                "POST", "/admin/oauth/access_token", body={"grant_type": "client_credentials", **secrets}
            )
        except ShopFailure as failure:
            if failure.trouble == Trouble.ASKED_WRONGLY:  # invalid_client, shop_not_permitted
                raise ShopFailure(Trouble.WRONG_KEY, failure.detail) from None
            raise
        self.token = str(told_in(answer).get("access_token") or "")
        if not self.token:
            raise ShopFailure(Trouble.UNREADABLE)

    # --- reading orders ---

    def changed_since(self, since: datetime, place: Place) -> PageOfOrders:
        return self.page(f"updated_at:>='{utc_moment(since)}'", "UPDATED_AT", place)

    def placed_between(self, since: datetime, until: datetime, place: Place) -> PageOfOrders:
        within = f"created_at:>='{utc_moment(since)}' AND created_at:<='{utc_moment(until)}'"
        return self.page(within, "CREATED_AT", place)

    def page(self, narrowed: str, sort_key: str, place: Place) -> PageOfOrders:
        """The cursor holds id and moment of the last order: going on from it skips and repeats nothing."""
        after = place.get("after")
        how = {"after": after, "query": f"{narrowed} AND status:any", "sortKey": sort_key}
        answer = self.ask_in_parts(ORDERS, how)
        told = told_in(answer)
        info = object_in(object_in(object_in(told, "data"), "orders"), "pageInfo")
        following = {"after": str(info.get("endCursor"))} if info.get("hasNextPage") else None
        return PageOfOrders(list(orders_told(answer)), answer.shop_time, following, pause=cost_in(told).pause)

    def ask_in_parts(self, question: str, how: Mapping[str, object]) -> ShopAnswer:
        """As many at once as the shop finds not too dear."""
        while True:
            try:
                return self.ask(question, first=self.at_once, **how)
            except ShopFailure as failure:
                if failure.code != TOO_DEAR or self.at_once == 1:
                    raise
            self.at_once = max(1, self.at_once // 2)

    def many(self, external_ids: Sequence[str]) -> list[PulledOrder]:
        found: list[PulledOrder] = []
        for start in range(0, len(external_ids), self.at_once):
            some = external_ids[start : start + self.at_once]
            found += orders_told(self.ask(THESE, ids=[global_id(one) for one in some]))
        return found

    def one(self, external_id: str) -> PulledOrder | None:
        return next(iter(self.many([external_id])), None)

    def hides_some(self) -> bool:
        """Those older than 60 days, from an app without read_all_orders."""
        if self.sees_old is None:
            self.sees_old = "read_all_orders" in scopes_in(self.ask(WHO))
        return not self.sees_old

    def complete(self, order: PulledOrder) -> str:
        """With all lines, and all that is in its parcels, where the list told the first ones."""
        facts = json.loads(order.payload)
        is_whole = not self.add_further(facts, "lineItems")
        for parcel in objects_in(facts, "fulfillments"):
            is_whole = not self.add_further(parcel, "fulfillmentLineItems") and is_whole
        return order.payload if is_whole else json.dumps(facts, ensure_ascii=False)

    def add_further(self, facts: dict[str, object], name: str) -> bool:
        """Add what stands on further pages of this list; whether there was anything."""
        listed = object_in(facts, name)
        nodes, info, was_short = objects_in(listed, "nodes"), object_in(listed, "pageInfo"), False
        while info.get("hasNextPage"):
            was_short = True
            told = told_in(self.ask(MORE, id=str(facts["id"]), after=str(info.get("endCursor"))))
            further = object_in(object_in(object_in(told, "data"), "node"), name)
            nodes += objects_in(further, "nodes")
            info = object_in(further, "pageInfo")
        if was_short:
            facts[name] = {"nodes": nodes, "pageInfo": info}
        return was_short

    # --- trying it ---

    def try_out(self) -> Trial:
        checks = checks_until_one_fails(self.checks())
        return Trial(checks, self.access)

    def checks(self) -> Iterator[Check]:
        title = _("The shop answers")
        try:
            answer = self.ask(WHO)
            self.ask(FIRST_ORDER)
        except ShopFailure as failure:
            said = f" ({failure.detail})" if failure.detail else ""
            if failure.trouble == Trouble.NO_RIGHT:
                yield Check(title, CheckState.WORKS)
                title = _("The key may read orders")
            yield Check(title, CheckState.MISSING, failure.sentence + said)
            return
        yield Check(title, CheckState.WORKS)
        yield Check(_("The key may read orders"), CheckState.WORKS)
        yield from scope_checks(scopes_in(answer))
        if (spoken := answer.headers.get("x-shopify-api-version", VERSION)) != VERSION:
            hint = _("The shop speaks version %(version)s of its API. Update Toonbank.", version=spoken)
            yield Check(_("The version of the API"), CheckState.NOT_NEEDED, hint)


def scopes_in(answer: ShopAnswer) -> set[str]:
    installed = object_in(object_in(told_in(answer), "data"), "currentAppInstallation")
    return {str(one.get("handle")) for one in objects_in(installed, "accessScopes")}


def scope_checks(scopes: set[str]) -> Iterator[Check]:
    """What is good to have besides; writing a scope grants reading too."""
    wanted = {
        "read_all_orders": _("Orders older than 60 days"),
        "read_merchant_managed_fulfillment_orders": _("What is on hold, and what is picked up"),
        "write_orders": _("Telling the shop what is paid, cancelled and refunded"),
        "write_merchant_managed_fulfillment_orders": _("Telling the shop what is sent"),
    }
    for scope, title in wanted.items():
        if {scope, scope.replace("read_", "write_", 1)} & scopes:
            yield Check(title, CheckState.WORKS)
        else:
            yield Check(title, CheckState.NOT_NEEDED, _("Only with the scope %(scope)s of the app.", scope=scope))


def utc_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def global_id(external_id: str) -> str:
    return f"gid://shopify/Order/{external_id}"


def orders_told(answer: ShopAnswer) -> Iterator[PulledOrder]:
    """Each order with its own text, word for word; what is null is deleted."""
    for payload in payloads(answer.text):
        facts = payload.value
        if isinstance(facts, dict) and facts.get("legacyResourceId"):
            yield PulledOrder(str(facts["legacyResourceId"]), payload.raw)
        elif facts is not None:
            raise ShopFailure(Trouble.UNREADABLE)
