"""PrestaShop's webservice: orders, with all that they only name by id, fetched for a page at once.

Source: https://devdocs.prestashop-project.org/9/webservice/ and the source of PrestaShop.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

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
from app.connections.prestashop_answers import (
    NO_KEY_CAME,
    earliest_there,
    latest_there,
    rights_in,
    rows_in,
    webservice_failure,
    zone_named,
)
from app.connections.prestashop_beside import Fetching, any_of, beside_of, field_of, write_json
from app.connections.prestashop_rights import OPTIONAL, lacking_rights, optional_checks
from app.connections.prestashop_told import STATE_CREDENTIALS, states_check
from app.connections.stated_facts import ShopFacts
from app.intake_readers.payloads import payloads
from app.models import Source, Trouble

#: Orders on a page, and of which the rest is asked for at once.
ORDERS_A_PAGE = 50

#: Kept beside the key: that it has to go in the query, and the shop's own time zone.
KEY_IN_QUERY, TIME_ZONE = "key_in_query", "time_zone"


class PrestaShop(Platform):
    source = Source.PRESTASHOP
    credentials = (Credential("key", _l("Key of the webservice"), _l("32 letters and digits.")), *STATE_CREDENTIALS)
    steps = (
        _l("In PrestaShop, open Advanced Parameters > Webservice, and enable the webservice."),
        _l("Press “Add new webservice key”, and generate the key. Description: Toonbank."),
        _l("Permissions, “View”: addresses, carriers, configurations, countries, currencies, customers, languages, "
           "order_carriers, order_payments, order_slip, order_states, orders."),
        _l("To tell the shop what is done here, “Modify” and “Add” for order_carriers, and “Add” for order_histories "
           "and order_slip. Save, and copy the key here."),
    )  # fmt: skip
    overlap = timedelta(minutes=5)

    def __init__(self, access: Access):
        self.access = access
        self.client = ShopClient(access, sign=self.sign, sort=webservice_failure)
        self.zone = zone_named(access.credentials.get(TIME_ZONE, ""))
        self.has_zone = self.zone is not None
        self.listed: dict[str, ShopFacts] = {}  # orders of the page that is in hand, by their ids
        self.beside: dict[str, list[ShopFacts]] | None = None  # what stands beside them, once it is asked for
        self.fetching = Fetching(self.maybe)
        self.all_states: list[ShopFacts] = []

    @classmethod
    def own_address(cls, entered: str) -> str:
        return entered.removesuffix("/api")

    def sign(self, request: Request) -> tuple[dict[str, str], Query]:
        """The key is the user's name, and there is no password."""
        key = self.access.credentials.get("key", "")
        if KEY_IN_QUERY in self.access.credentials:
            return {}, [*request.query, ("ws_key", key)]
        return {"Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"}, request.query

    def ask(self, resource: str, query: Mapping[str, str]) -> ShopAnswer:
        return self.client.get(f"/api/{resource}", {**query, "display": "full", "output_format": "JSON"})

    # --- reading orders ---

    def changed_since(self, since: datetime, place: Place) -> PageOfOrders:
        """All that changed, then all of which a credit slip was made: that moves no date of the order."""
        self.learn_zone()
        moment = f">[{earliest_there(since, self.zone)}]"
        if "slips_after" not in place:
            page = self.page({"filter[date_upd]": moment}, place)
            return page if page.next else replace(page, next={"slips_after": 0})
        return self.page_of_slips({"filter[date_upd]": moment}, place)

    def placed_between(self, since: datetime, until: datetime, place: Place) -> PageOfOrders:
        self.learn_zone()
        within = f"[{earliest_there(since, self.zone)},{latest_there(until, self.zone)}]"
        return self.page({"filter[date_add]": within}, place)

    def page(self, narrowed: Mapping[str, str], place: Place) -> PageOfOrders:
        """By id, behind the last one: nothing that comes or goes meanwhile shifts what is behind it."""
        behind = {"filter[id]": f">[{place['after']}]"} if "after" in place else {}
        how = {"date": "1", "sort": "[id_ASC]", "limit": f"0,{ORDERS_A_PAGE}"}
        answer = self.ask("orders", {**narrowed, **behind, **how})
        orders = self.orders_told(answer)
        following = {"after": orders[-1].external_id} if len(orders) == ORDERS_A_PAGE else None
        return PageOfOrders(orders, answer.shop_time, following)

    def page_of_slips(self, narrowed: Mapping[str, str], place: Place) -> PageOfOrders:
        how = {
            "date": "1",
            "sort": "[id_ASC]",
            "limit": f"0,{ORDERS_A_PAGE}",
            "filter[id]": f">[{place['slips_after']}]",
        }
        answer = self.maybe("order_slip", {**narrowed, **how})
        slips = rows_in(answer, "order_slips") if answer else []
        ids = list(dict.fromkeys(field_of(one, "id_order") for one in slips))
        orders = [self.with_slips(order, slips) for order in self.many(ids)]
        following = {"slips_after": field_of(slips[-1], "id")} if len(slips) == ORDERS_A_PAGE else None
        return PageOfOrders(orders, answer.shop_time if answer else self.client_time(), following)

    def with_slips(self, order: PulledOrder, slips: Sequence[ShopFacts]) -> PulledOrder:
        """Stated with them it is news, even where the order itself states what it did before."""
        own = [one for one in slips if field_of(one, "id_order") == order.external_id]
        return replace(order, payload=write_json({"order": self.listed[order.external_id], "order_slip": own}))

    def client_time(self) -> datetime:
        return self.ask("orders", {"limit": "1"}).shop_time

    def many(self, external_ids: Sequence[str]) -> list[PulledOrder]:
        ids = [one for one in external_ids if one.isdigit()]
        return self.orders_told(self.ask("orders", {"filter[id]": any_of(ids), "sort": "[id_ASC]"})) if ids else []

    def one(self, external_id: str) -> PulledOrder | None:
        return next(iter(self.many([external_id])), None)

    def orders_told(self, answer: ShopAnswer) -> list[PulledOrder]:
        """Each with its own text, word for word; kept in mind, for the rest of them is asked for at once."""
        rows_in(answer, "orders")
        told = list(payloads(answer.text)) if answer.body.strip() else []
        facts = {field_of(one.value, "id"): one for one in told if isinstance(one.value, dict)}
        if len(facts) != len(told) or "" in facts:
            raise ShopFailure(Trouble.UNREADABLE)
        self.listed = {id: one.value for id, one in facts.items() if isinstance(one.value, dict)}
        self.beside = None
        return [PulledOrder(id, one.raw) for id, one in facts.items()]

    # --- what stands beside an order ---

    def complete(self, order: PulledOrder) -> str:
        """With its customer, addresses, payments and all else that it names, or that names it."""
        if order.external_id not in self.listed:
            self.many([order.external_id])
        facts = self.listed.get(order.external_id)
        if facts is None:
            raise ShopFailure(Trouble.NOT_THERE)
        if self.beside is None:
            self.beside = self.fetching.fetch_beside(list(self.listed.values()))
        self.learn_zone()
        zone = {"time_zone": self.zone.key} if self.zone else {}
        return write_json({"order": facts, **beside_of(facts, self.beside), **zone})

    def maybe(self, name: str, query: Mapping[str, str]) -> ShopAnswer | None:
        """None where the key lacks a right that we can do without."""
        try:
            return self.ask(name, query)
        except ShopFailure as failure:
            if failure.trouble != Trouble.NO_RIGHT or name not in OPTIONAL:
                raise
        return None

    def learn_zone(self) -> None:
        """The shop's own time zone, once; None where the key may not see it."""
        if self.has_zone:
            return
        self.has_zone = True
        answer = self.maybe("configurations", {"filter[name]": "[PS_TIMEZONE]"})
        found = rows_in(answer, "configurations") if answer else []
        self.zone = zone_named(field_of(found[0], "value")) if found else None

    def states(self) -> list[ShopFacts]:
        """All that the shop has, asked for once."""
        if not self.all_states:
            self.all_states = rows_in(self.ask("order_states", {}), "order_states")
        return self.all_states

    # --- trying it ---

    def try_out(self) -> Trial:
        checks = checks_until_one_fails(self.checks())
        if self.zone is not None:
            stated = {**self.access.credentials, TIME_ZONE: self.zone.key}
            self.access = replace(self.access, credentials=stated)
        return Trial(checks, self.access)

    def checks(self) -> Iterator[Check]:
        title = _("The shop answers")
        try:
            reached = self.reach()
            rights = rights_in(reached)
        except ShopFailure as failure:
            yield failed_check(title, failure)
            return
        yield Check(title, CheckState.WORKS)
        yield clock_check(reached)
        title = _("The key may read orders")
        if lacking := lacking_rights(rights):
            hint = _("In PrestaShop, give the key the permission “View” for: %(names)s.", names=", ".join(lacking))
            yield Check(title, CheckState.MISSING, hint)
            return
        try:
            self.ask("orders", {"limit": "1"})
            self.learn_zone()
        except ShopFailure as failure:
            yield failed_check(title, failure)
            return
        yield Check(title, CheckState.WORKS)
        yield from optional_checks(rights)
        yield states_check(self.states(), self.access.credentials)

    def reach(self) -> ShopAnswer:
        """The list of the API, by the key in the header, or in the query where something swallows that header."""
        try:
            return self.client.get("/api/")
        except ShopFailure as failure:
            if failure.code not in NO_KEY_CAME or not self.access.address.startswith("https:"):
                raise
            first = failure
        by_header = self.access
        self.access = replace(by_header, credentials={**by_header.credentials, KEY_IN_QUERY: KEY_IN_QUERY})
        with suppress(ShopFailure):
            return self.client.get("/api/")
        self.access = by_header
        raise first
