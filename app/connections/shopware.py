"""Shopware 6's Admin API: orders with their associations, page by page, by the token of an integration.

Source: https://shopware.stoplight.io/docs/admin-api/ and the source of Shopware.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.connections.checks import clock_check, failed_check
from app.connections.client import Access, Query, Request, ShopAnswer, ShopClient
from app.connections.failures import ShopFailure
from app.connections.kept_answers import KeptAnswers
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
from app.connections.shopware_answers import admin_api_failure, missing_privileges
from app.connections.shopware_criteria import OPTIONAL, Criteria, associations, find_changed, find_placed
from app.connections.shrinking_lists import page_number, place_after
from app.extensions import ShownText
from app.intake_readers.payloads import payloads
from app.models import Source, Trouble

#: Orders on a page; some shops list a hundred at most.
ORDERS_AT_A_TIME = 50
#: Shops make only so many tokens. One is made anew so long before it expires.
TOKENS = KeptAnswers()
SPARE = 60

UUID = re.compile(r"[0-9a-f]{32}")


class Shopware(Platform):
    source = Source.SHOPWARE
    credentials = (
        Credential("client_id", _l("Access key ID"), _l("It begins with SWIA."), is_secret=False),
        Credential("client_secret", _l("Secret access key")),
    )
    steps = (
        _l("In Shopware, open Settings > Users & permissions, and make a role with the permission to view orders; to "
           "tell the shop what is done here, to edit them, too."),
        _l("Open Settings > Integrations and press “Add integration”. Name: Toonbank, with that role."),
        _l("Copy access key ID and secret access key here. The secret is shown only now."),
    )  # fmt: skip
    overlap = timedelta(minutes=5)

    def __init__(self, access: Access):
        self.access = access
        self.client = ShopClient(access, sign=self.sign, sort=admin_api_failure)
        self.token = TOKENS.find(access) or ""
        self.unseen: set[str] = set()  # associations that its role may not see

    @classmethod
    def own_address(cls, entered: str) -> str:
        return entered.removesuffix("/api")

    def sign(self, request: Request) -> tuple[dict[str, str], Query]:
        return ({"Authorization": f"Bearer {self.token}"} if self.token else {}), request.query

    # --- asking ---

    def ask(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> ShopAnswer:
        """Ask behind /api. A token that has expired is made anew, once: what it was refused for is not done yet."""
        if not self.token:
            self.fetch_token()
        try:
            return self.client.ask(method, f"/api{path}", body=body, headers=headers)
        except ShopFailure as failure:
            if failure.trouble != Trouble.WRONG_KEY:
                raise
        self.fetch_token()
        return self.client.ask(method, f"/api{path}", body=body, headers=headers)

    def fetch_token(self) -> None:
        """By id and secret, for ten minutes; shops in the cloud make few a minute, so it is kept."""
        TOKENS.forget(self.access)
        self.token = ""
        secrets = {name: self.access.credentials.get(name, "") for name in ("client_id", "client_secret")}
        try:
            answer = self.client.ask("POST", "/api/oauth/token", body={"grant_type": "client_credentials", **secrets})
        except ShopFailure as failure:
            if failure.trouble == Trouble.ASKED_WRONGLY:  # an id that is none
                raise ShopFailure(Trouble.WRONG_KEY, failure.detail, code=failure.code) from None
            raise
        told = answer.json
        self.token = str(told.get("access_token") or "") if isinstance(told, dict) else ""
        if not self.token:
            raise ShopFailure(Trouble.UNREADABLE)
        lasts = told.get("expires_in") if isinstance(told, dict) else None
        TOKENS.keep(self.access, self.token, seconds=(lasts if isinstance(lasts, int) else 600) - SPARE)

    def search(self, criteria: Criteria) -> ShopAnswer:
        """Orders, with all that the role may see of what belongs to them."""
        while True:
            try:
                return self.ask("POST", "/search/order", {**criteria, **associations(self.unseen)})
            except ShopFailure as failure:
                unseen = {name for name, rights in OPTIONAL.items() if rights & missing_privileges(failure)}
                allowed = set().union(*(OPTIONAL[name] for name in unseen))
                if not unseen - self.unseen or missing_privileges(failure) - allowed:
                    raise
                self.unseen |= unseen

    # --- reading orders ---

    def changed_since(self, since: datetime, place: Place) -> PageOfOrders:
        return self.page(find_changed(since), place)

    def placed_between(self, since: datetime, until: datetime, place: Place) -> PageOfOrders:
        return self.page(find_placed(since, until), place)

    def page(self, narrowed: Criteria, place: Place) -> PageOfOrders:
        """By the day on which they were placed, which doesn't change."""
        number = page_number(place)
        how = {"page": number, "limit": ORDERS_AT_A_TIME, "total-count-mode": 1}
        answer = self.search({**narrowed, **how})
        orders, total = list(orders_in_answer(answer)), total_in(answer)
        is_last = number * ORDERS_AT_A_TIME >= total
        following = place_after(place, total, page_size=ORDERS_AT_A_TIME, is_last=is_last)
        return PageOfOrders(orders, answer.shop_time, following, total)

    def many(self, external_ids: Sequence[str]) -> list[PulledOrder]:
        ids = [one for one in external_ids if UUID.fullmatch(one)]
        return list(orders_in_answer(self.search({"ids": ids, "limit": len(ids)}))) if ids else []

    def one(self, external_id: str) -> PulledOrder | None:
        return next(iter(self.many([external_id])), None)

    # --- trying it ---

    def try_out(self) -> Trial:
        checks = checks_until_one_fails(self.checks())
        return Trial(checks, self.access)

    def checks(self) -> Iterator[Check]:
        title = _("The shop answers")
        try:
            self.fetch_token()
            reached = self.ask("GET", "/_info/version")
        except ShopFailure as failure:
            yield failed_check(title, failure)
            return
        yield Check(title, CheckState.WORKS)
        yield clock_check(reached)
        title = _("The key may read orders")
        try:
            self.search({"limit": 1})
        except ShopFailure as failure:
            yield failed_check(title, failure)
            return
        yield Check(title, CheckState.WORKS)
        yield from seen_checks(self.unseen)


def seen_checks(unseen: set[str]) -> Iterator[Check]:
    """What is good to have besides."""
    titles: dict[str, ShownText] = {
        "documents": _("Invoices that the shop made"),
        "captures": _("What payment providers paid back"),
        "language": _("The language of the customer"),
        "salesChannel": _("The sales channel"),
    }
    for name, title in titles.items():
        if name in unseen:
            rights = ", ".join(sorted(OPTIONAL[name]))
            yield Check(
                title, CheckState.NOT_NEEDED, _("Only with these rights of its role: %(rights)s.", rights=rights)
            )
        else:
            yield Check(title, CheckState.WORKS)


def orders_in_answer(answer: ShopAnswer) -> Iterator[PulledOrder]:
    """Each order with its own text, word for word."""
    told = answer.json
    if not isinstance(told, dict) or not isinstance(told.get("data"), list):
        raise ShopFailure(Trouble.UNREADABLE)
    for payload in payloads(answer.text) if told["data"] else ():
        facts = payload.value
        if not isinstance(facts, dict) or not facts.get("id"):
            raise ShopFailure(Trouble.UNREADABLE)
        yield PulledOrder(str(facts["id"]), payload.raw)


def total_in(answer: ShopAnswer) -> int:
    told = answer.json
    total = told.get("total") if isinstance(told, dict) else None
    if not isinstance(total, int):
        raise ShopFailure(Trouble.UNREADABLE)
    return total
