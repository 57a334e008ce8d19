"""Ecwid's REST API v3, which Lightspeed E-Series has too: orders as its reader wants them, whole as they are listed.

An order states no currency: it is in the shop's own, which its profile tells. Webhooks are made by people there.
Source: https://docs.ecwid.com/api-reference/rest-api
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

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
    Trial,
    checks_until_one_fails,
)
from app.connections.shrinking_lists import count_gone
from app.extensions import ShownText
from app.intake_readers.payloads import payloads
from app.models import Source, Trouble
from app.security.json_input import read_json

API = "https://app.ecwid.com"
#: What the addresses of its back office and of shops without a domain end with.
ITS_HOSTS = ("ecwid.com", "company.site")
LISTED_AT_ONCE = 50
#: An order that is paid for just now, or never: no order yet.
UNFINISHED = "INCOMPLETE"
#: No order has this id, and no product.
NONE_THERE = "0"


class Ecwid(Platform):
    source = Source.ECWID
    credentials = (
        Credential("store_id", _l("Store ID"), _l("A number, at the bottom of the back office."), is_secret=False),
        Credential("token", _l("Secret token"), _l("Of a custom app: it begins with secret_.")),
        Credential("client_secret", _l("Client secret"), _l("Of the same app; only for its webhooks."),
                   is_required=False),
    )  # fmt: skip
    steps = (
        _l("The address is https://app.ecwid.com for all shops."),
        _l("In the back office, open Apps > My apps > Custom apps (or my.ecwid.com/#develop-apps) and make an app with "
           "the scopes read_orders, update_orders and read_store_profile; for stock, read_catalog and "
           "update_catalog too."),
        _l("Copy its secret token here, and the store ID that stands at the bottom of the back office."),
        _l("If you want its webhooks, enter the address that stands on the page of the connection as the webhook URL "
           "of the app, and its client secret here, which signs them."),
    )  # fmt: skip
    example_address = API
    told_apart_by = ("store_id",)
    shop_id_by = "store_id"
    has_parts_apart = True  # the currency alone

    def __init__(self, access: Access):
        self.access = access
        self.client = ShopClient(access, sign=self.sign, sort=sort)
        self.told_currency: str | None = None

    @classmethod
    def own_address(cls, entered: str) -> str:
        """The API, by any address of Ecwid's."""
        host = urlsplit(entered).hostname or ""
        return API if any(host == end or host.endswith(f".{end}") for end in ITS_HOSTS) else entered

    @classmethod
    def own_host(cls, address: str) -> str:
        """None: the API has one address for all shops."""
        return ""

    @classmethod
    def why_incomplete(cls, credentials: Mapping[str, str]) -> ShownText:
        return "" if credentials.get("store_id", "").isdecimal() else _("Store ID: enter the number of the store.")

    def sign(self, request: Request) -> tuple[dict[str, str], Query]:
        return {"Authorization": f"Bearer {self.access.credentials.get('token', '')}"}, request.query

    def ask(self, method: str, route: str, query: Mapping[str, str] | Query = (), body: object = None) -> ShopAnswer:
        """Ask for a route behind the store."""
        try:
            return self.client.ask(method, f"/api/v3/{self.access.credentials['store_id']}/{route}", query, body=body)
        except ShopFailure as failure:
            if failure.trouble == Trouble.WRONG_KEY and method != "GET":  # it was let in to read
                raise ShopFailure(Trouble.NO_RIGHT, failure.detail, code=failure.code) from None
            raise

    # --- reading orders ---

    def changed_since(self, since: datetime, place: Place) -> PageOfOrders:
        return self.page({"updatedFrom": unix_text(since)}, place)

    def placed_between(self, since: datetime, until: datetime, place: Place) -> PageOfOrders:
        return self.page({"createdFrom": unix_text(since), "createdTo": unix_text(until)}, place)

    def page(self, narrowed: Mapping[str, str], place: Place) -> PageOfOrders:
        """By when they were placed, the newest first: what comes in meanwhile repeats some.

        Where an order left the list, those behind it moved up: so many before this page it goes on.
        """
        offset = int(place.get("offset", 0))
        answer = self.ask("GET", "orders", {**narrowed, "offset": str(offset), "limit": str(LISTED_AT_ONCE)})
        total, listed = total_of(answer), list(orders_stated(answer))
        gone = count_gone(place, total)
        behind = max(0, offset - gone) if gone else offset + len(listed)
        is_last = not gone and (not listed or behind >= total)
        following = None if is_last else {"offset": behind, "total": total}
        return PageOfOrders([one for one in listed if is_finished(one)], answer.shop_time, following, total)

    def many(self, external_ids: Sequence[str]) -> list[PulledOrder]:
        """By whole ids: the shop finds those that begin or end so, too."""
        if not external_ids:
            return []
        answer = self.ask("GET", "orders", {"ids": ",".join(external_ids), "limit": "100"})
        return [one for one in orders_stated(answer) if one.external_id in set(external_ids)]

    def one(self, external_id: str) -> PulledOrder | None:
        try:
            return next(orders_stated(self.ask("GET", f"orders/{quote(external_id, safe='')}")), None)
        except ShopFailure as failure:
            if failure.trouble == Trouble.NOT_THERE:
                return None
            raise

    def complete(self, order: PulledOrder) -> str:
        """In the shop's own currency, where the token may ask for it."""
        facts = json.loads(order.payload)
        if facts.get("currency") or not (currency := self.currency()):
            return order.payload
        return json.dumps({**facts, "currency": currency}, ensure_ascii=False)

    def currency(self) -> str:
        """ "" where the token may not ask for it: then it is taken for our own."""
        if self.told_currency is None:
            try:
                self.told_currency = currency_in(self.ask("GET", "profile"))
            except ShopFailure as failure:
                if failure.trouble not in (Trouble.WRONG_KEY, Trouble.NO_RIGHT):
                    raise
                self.told_currency = ""
        return self.told_currency

    def knows(self, held: str, order: PulledOrder) -> bool:
        return without_currency(held) == without_currency(order.payload)

    # --- trying it ---

    def try_out(self) -> Trial:
        return Trial(checks_until_one_fails(self.checks()), self.access)

    def checks(self) -> Iterator[Check]:
        title = _("The shop answers")
        try:
            answer = self.ask("GET", "orders", {"limit": "1"})
        except ShopFailure as failure:
            if failure.trouble == Trouble.WRONG_KEY:
                yield Check(title, CheckState.WORKS)
                title = _("The key may read orders")
            yield failed_check(title, failure)
            return
        yield Check(title, CheckState.WORKS)
        yield clock_check(answer)
        yield Check(_("The key may read orders"), CheckState.WORKS)
        yield self.currency_check()
        yield self.writing_check()
        yield self.products_check()

    def currency_check(self) -> Check:
        title = _("The currency of the shop")
        try:
            is_told = bool(self.currency())
        except ShopFailure as failure:
            return Check(title, CheckState.NOT_NEEDED, failure.sentence)
        if is_told:
            return Check(title, CheckState.WORKS)
        hint = _("Only with the scope read_store_profile of the app. Until then, your own currency is taken.")
        return Check(title, CheckState.NOT_NEEDED, hint)

    def writing_check(self) -> Check:
        """Changing nothing of an order that isn't there: it takes the right to write."""
        title = _("The key may write")
        try:
            self.ask("PUT", f"orders/{NONE_THERE}", body={})
        except ShopFailure as failure:
            if failure.trouble == Trouble.NO_RIGHT:
                hint = _("Only needed to tell the shop what is done here: give the app the scope update_orders.")
                return Check(title, CheckState.NOT_NEEDED, hint)
            if failure.trouble not in (Trouble.NOT_THERE, Trouble.ASKED_WRONGLY, Trouble.REFUSED):
                return Check(title, CheckState.NOT_NEEDED, failure.sentence)
        return Check(title, CheckState.WORKS)

    def products_check(self) -> Check:
        title = _("The key may change stock")
        try:
            self.ask("GET", "products", {"limit": "1"})
            self.ask("PUT", f"products/{NONE_THERE}", body={})
        except ShopFailure as failure:
            if failure.trouble in (Trouble.WRONG_KEY, Trouble.NO_RIGHT):
                hint = _("Only needed for products and stock: give the app the scopes read_catalog and update_catalog.")
                return Check(title, CheckState.NOT_NEEDED, hint)
            if failure.trouble not in (Trouble.NOT_THERE, Trouble.ASKED_WRONGLY, Trouble.REFUSED):
                return Check(title, CheckState.NOT_NEEDED, failure.sentence)
        return Check(title, CheckState.WORKS)


def unix_text(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def object_told(answer: ShopAnswer) -> dict[str, object]:
    told = answer.json
    if not isinstance(told, dict):
        raise ShopFailure(Trouble.UNREADABLE)
    return told


def total_of(answer: ShopAnswer) -> int:
    total = object_told(answer).get("total")
    if not isinstance(total, int):
        raise ShopFailure(Trouble.UNREADABLE)
    return total


def orders_stated(answer: ShopAnswer) -> Iterator[PulledOrder]:
    """Each order with its own text, word for word, by the id that its reader takes."""
    object_told(answer)
    for payload in payloads(answer.text):
        facts = payload.value
        found_id = (facts.get("id") or facts.get("orderNumber")) if isinstance(facts, dict) else None
        if not found_id:
            raise ShopFailure(Trouble.UNREADABLE)
        yield PulledOrder(str(found_id), payload.raw)


def is_finished(order: PulledOrder) -> bool:
    """What is still at the checkout is no order yet, and nothing that somebody has to look at."""
    return json.loads(order.payload).get("paymentStatus") != UNFINISHED


def currency_in(answer: ShopAnswer) -> str:
    formats = object_told(answer).get("formatsAndUnits")
    return str(formats.get("currency") or "") if isinstance(formats, dict) else ""


def without_currency(payload: str) -> object:
    """None of what is no order, as what was erased."""
    try:
        facts = json.loads(payload)
    except ValueError:
        return None
    return {name: one for name, one in facts.items() if name != "currency"} if isinstance(facts, dict) else None


def sort(answer: ShopAnswer) -> ShopFailure | None:
    """What a refusal says in Ecwid's own way; None leaves it to the status."""
    if answer.status < 400 or answer.is_page:
        return None
    try:
        told = read_json(answer.body)
    except ValueError:
        told = None
    said = str(told.get("errorMessage") or "") if isinstance(told, dict) else ""
    code = str(told.get("errorCode") or "") if isinstance(told, dict) else ""
    troubles = {401: Trouble.WRONG_KEY, 403: Trouble.WRONG_KEY, 402: Trouble.NO_API, 415: Trouble.ASKED_WRONGLY}
    troubles |= {404: Trouble.NOT_THERE, 409: Trouble.REFUSED, 422: Trouble.REFUSED, 400: Trouble.ASKED_WRONGLY}
    trouble = troubles.get(answer.status)
    return ShopFailure(trouble, f"HTTP {answer.status} {said}", code=code) if trouble else None
