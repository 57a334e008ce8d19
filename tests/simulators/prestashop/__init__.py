"""A PrestaShop on this machine: its webservice, with a key that has rights per resource and method.

    with PrestaShop() as shop:
        order = shop.add_order(rows={"Mug": ("12.00", 2)}, paid=True)
        shop.rights["order_slip"].discard("GET")
        shop.fail_next(answer_lost(), method="POST", to="order_histories")

Reads are answered in JSON where that is asked for, else in XML; writes are taken in XML. Times are the shop's own.
True to classes/webservice and classes/order of PrestaShop 8 and 9.
"""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from tests.simulators.prestashop import tables
from tests.simulators.prestashop.filters import selected
from tests.simulators.prestashop.xml import as_xml, rights_page
from tests.simulators.serving import Answer, Asked, OutsideShop

Row = dict[str, Any]

#: What a list, and one of it, are called.
NODES = {"order_slip": ("order_slips", "order_slip"), "addresses": ("addresses", "address")}
#: Fields that the webservice fills in by itself, and lets nobody filter by.
DYNAMIC = ("current_state", "shipping_number")


class Refused(Exception):
    def __init__(self, status: int, code: int, message: str):
        self.status, self.code, self.message = status, code, message
        super().__init__(message)


class PrestaShop(OutsideShop):
    def __init__(self, **served: Any) -> None:
        super().__init__(**served)
        self.key = "QWERTYUIOPASDFGHJKLZXCVBNM123456"
        self.zone = ZoneInfo("Europe/Paris")
        self.is_enabled = True
        self.drops_authorization = False
        self.mails: list[tuple[str, str]] = []  # template, and the id of its order
        self.tables = tables.fresh()
        self.rights = {name: {"GET", "HEAD"} for name in self.tables} | {"configurations": {"GET"}}
        self.rights["order_carriers"] |= {"PUT", "POST"}
        self.rights["stock_availables"].add("PUT")
        for name in ("order_histories", "order_slip"):
            self.rights[name].add("POST")

    # --- what its people do ---

    def add_order(self, *, at: datetime | None = None, paid: bool = False, **stated: Any) -> Row:
        local = self.local(at or self.now())
        order = tables.new_order(self.tables, local, **stated)
        if paid:
            self.set_state(order, 2, at=at)
        return order

    def add_product(self, name: str, *, at: datetime | None = None, **stated: Any) -> Row:
        return tables.new_product(self.tables, name, self.local(at or self.now()), **stated)

    def set_state(self, order: Row, state: int, *, at: datetime | None = None, mails: bool = False) -> None:
        """As a change of state does: an invoice, a payment of what is open, and mostly a mail."""
        kind, local = self.tables["order_states"][state], self.local(at or self.now())
        order |= {"current_state": str(state), "date_upd": local, "valid": kind["logable"]}
        if kind["invoice"] == "1" and order["invoice_number"] == "0":
            order |= {"invoice_number": str(order["id"] + 1000), "invoice_date": local}
        rest = Decimal(order["total_paid_tax_incl"]) - Decimal(order["total_paid_real"])
        if kind["paid"] == "1" and order["invoice_number"] != "0" and rest > 0:
            tables.add_payment(self.tables, order, rest, local)
        if mails and kind["send_email"] == "1":
            self.mails.append((kind["template"][0]["value"], str(order["id"])))

    def touch(self, order: Row, *, at: datetime | None = None, **stated: Any) -> None:
        order |= {"date_upd": self.local(at or self.now()), **stated}

    def refund(self, order: Row, amount: str, *, at: datetime | None = None) -> Row:
        """A credit slip; it moves no date of the order."""
        return tables.add_slip(self.tables, order, amount, self.local(at or self.now()))

    def delete(self, order: Row) -> None:
        del self.tables["orders"][order["id"]]

    def local(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def carriers_of(self, order: Row) -> list[Row]:
        return [one for one in self.tables["order_carriers"].values() if one["id_order"] == str(order["id"])]

    # --- answering ---

    def answer(self, asked: Asked) -> Answer:
        query = dict(asked.query)
        is_json = query.get("output_format") == "JSON"
        if not asked.path.startswith("/api/"):
            return Answer(404, "<!doctype html><title>Nothing here</title>", {"Content-Type": "text/html"})
        try:
            status, body = self.respond_to(asked, query, is_json=is_json)
        except Refused as refused:
            status, body = refused.status, {"errors": [{"code": refused.code, "message": refused.message}]}
            body = body if is_json else as_xml(body)
        kind = "application/json" if is_json else "text/xml;charset=utf-8"
        return Answer(status, body, {"Content-Type": kind, "PSWS-Version": "8.1.5"})

    def respond_to(self, asked: Asked, query: dict[str, str], *, is_json: bool) -> tuple[int, Any]:
        self.let_in(asked, query)
        resource, _slash, id = asked.path.removeprefix("/api/").partition("/")
        if not resource:
            return 200, rights_page(self.rights)
        self.allow(resource, asked.method)
        if asked.method == "GET":
            found = self.one(resource, id) if id else selected(self.read_rows(resource), query, Refused)
            return self.told(resource, found, is_json=is_json)
        return self.write(resource, asked, mails=query.get("sendemail") == "1")

    def let_in(self, asked: Asked, query: dict[str, str]) -> None:
        if not self.is_enabled:
            raise Refused(503, 22, "The PrestaShop webservice is disabled. Please activate it in the Back Office")
        header = "" if self.drops_authorization else asked.headers.get("authorization", "")
        key = b64decode(header.removeprefix("Basic ")).decode().partition(":")[0] if header else query.get("ws_key")
        if key is None:
            raise Refused(401, 16, "Please enter the authentication key as the login. No password required")
        if len(key) != 32:
            raise Refused(401, 18, "Invalid authentication key format")
        if key != self.key:
            raise Refused(401, 20, "Authentification key is not active")

    def allow(self, resource: str, method: str) -> None:
        if resource not in self.tables and resource != "configurations":
            raise Refused(400, 27, f'Resource of type "{resource}" does not exists')
        if not self.rights.get(resource):
            raise Refused(401, 26, f'Resource of type "{resource}" is not allowed with this authentication key')
        if method not in self.rights[resource]:
            raise Refused(405, 25, f"Method {method} is not allowed for the resource {resource} with this key")

    def read_rows(self, resource: str) -> list[Row]:
        if resource == "configurations":
            return [{"id": 1, "name": "PS_TIMEZONE", "value": self.zone.key}]
        rows = list(self.tables[resource].values())
        if resource != "orders":
            return rows
        return [{**one, "shipping_number": self.carriers_of(one)[0]["tracking_number"]} for one in rows]

    def one(self, resource: str, id: str) -> list[Row]:
        return [one for one in self.read_rows(resource) if str(one["id"]) == id]

    def told(self, resource: str, rows: list[Row], *, is_json: bool) -> tuple[int, Any]:
        """Of nothing it says an empty list, without a name."""
        listed, _one = NODES.get(resource, (resource, resource.removesuffix("s")))
        return 200, ({listed: rows} if rows else []) if is_json else as_xml({listed: rows})

    # --- writing ---

    def write(self, resource: str, asked: Asked, *, mails: bool) -> tuple[int, Any]:
        try:
            (node,) = ElementTree.fromstring(asked.body)
        except (ElementTree.ParseError, ValueError):
            raise Refused(500, 127, "XML error") from None
        given = {one.tag: one.text or "" for one in node if one.tag != "associations"}
        if asked.method == "PUT" and not given.get("id"):
            raise Refused(400, 90, "id is required when modifying a resource")
        if asked.method == "POST" and given.get("id"):
            raise Refused(400, 91, "id is forbidden when adding a new resource")
        row = {
            "order_carriers": self.write_carrier,
            "order_histories": self.write_history,
            "order_slip": self.write_slip,
            "stock_availables": self.write_stock,
        }[resource](given, mails=mails)
        _listed, one = NODES.get(resource, (resource, resource.removesuffix("ies") + "y"))
        one = {"order_carriers": "order_carrier", "stock_availables": "stock_available"}.get(resource, one)
        return 200 if asked.method == "PUT" else 201, {one: row}

    def write_carrier(self, given: Row, *, mails: bool) -> Row:
        """Whole: what is left out is emptied. Of a new one nobody is mailed."""
        known = self.tables["order_carriers"]
        id = int(given.get("id") or max(known, default=0) + 1)
        if given.get("id") and id not in known:
            raise Refused(404, 92, "Invalid ID")
        if not given.get("id_order") or not given.get("id_carrier"):
            raise Refused(400, 41, 'parameter "id_order" required')
        if not tables.is_tracking_number(given.get("tracking_number", "")):
            raise Refused(400, 85, 'Validation error: "Property OrderCarrier->tracking_number is not valid"')
        known[id] = {**tables.EMPTY_CARRIER, **given, "id": id}
        if given.get("id") and mails and self.tables["carriers"][int(given["id_carrier"])]["url"]:
            self.mails.append(("in_transit", given["id_order"]))
        return known[id]

    def write_history(self, given: Row, *, mails: bool) -> Row:
        order = self.tables["orders"].get(int(given.get("id_order") or 0))
        if order is None or int(given.get("id_order_state") or 0) not in self.tables["order_states"]:
            raise Refused(400, 85, 'Validation error: "Property OrderHistory->id_order is not valid"')
        self.set_state(order, int(given["id_order_state"]), mails=mails)
        return tables.add_row(self.tables, "order_histories", given)

    def write_stock(self, given: Row, *, mails: bool) -> Row:
        """Whole: what is left out is emptied."""
        names = self.tables["stock_availables"][int(given["id"])]
        self.tables["stock_availables"][int(given["id"])] = {one: given.get(one, "") for one in names}
        return self.tables["stock_availables"][int(given["id"])]

    def write_slip(self, given: Row, *, mails: bool) -> Row:
        needed = ("id_customer", "id_order", "conversion_rate", "total_products_tax_excl", "total_products_tax_incl",
                  "total_shipping_tax_excl", "total_shipping_tax_incl")  # fmt: skip
        for name in needed:
            if name not in given:
                raise Refused(400, 41, f'parameter "{name}" required')
        local = self.local(self.now())
        return tables.add_row(self.tables, "order_slip", {**given, "date_add": local, "date_upd": local})
