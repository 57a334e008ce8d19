"""What PrestaShop's orders only name by an id, and what names them: fetched for a page of orders at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from app.connections.client import ShopAnswer
from app.connections.prestashop_answers import rows_in
from app.connections.stated_facts import ShopFacts

#: What orders name by an id: by which fields, and of which list.
BY_ID = {
    "customers": ("id_customer",),
    "addresses": ("id_address_delivery", "id_address_invoice"),
    "carriers": ("id_carrier",),
    "currencies": ("id_currency",),
    "languages": ("id_lang",),
    "order_states": ("current_state",),
}
#: What names the order: by which field.
NAMING = {"order_payments": "order_reference", "order_carriers": "id_order", "order_slip": "id_order"}
#: What is the same for many orders, and asked for once.
SHARED = ("carriers", "currencies", "languages", "order_states", "countries")
#: What a list is called in an answer, where it is not called as it is asked for.
LISTED_AS = {"order_slip": "order_slips"}


@dataclass
class Fetching:
    """Asks for lists; `ask` answers None where the key lacks a right that we can do without."""

    ask: Callable[[str, Mapping[str, str]], ShopAnswer | None]
    shared: dict[tuple[str, str], ShopFacts] = field(default_factory=dict)

    def fetch_beside(self, orders: Sequence[ShopFacts]) -> dict[str, list[ShopFacts]]:
        found = {
            name: self.named(name, {field_of(order, key) for order in orders for key in keys})
            for name, keys in BY_ID.items()
        }
        found["countries"] = self.named("countries", {field_of(one, "id_country") for one in found["addresses"]})
        for name, key in NAMING.items():
            found[name] = self.fetch(name, key, {own_key(order, key) for order in orders})
        return found

    def named(self, name: str, ids: set[str]) -> list[ShopFacts]:
        """By their ids; what is the same for many orders is asked for once."""
        if name not in SHARED:
            return self.fetch(name, "id", ids)
        missing = {id for id in ids if (name, id) not in self.shared}
        self.shared |= {(name, field_of(one, "id")): one for one in self.fetch(name, "id", missing)}
        return [self.shared[name, id] for id in sorted(ids) if (name, id) in self.shared]

    def fetch(self, name: str, key: str, values: set[str]) -> list[ShopFacts]:
        wanted = sorted(values - {"", "0"})
        if not wanted:
            return []
        answer = self.ask(name, {f"filter[{key}]": any_of(wanted)})
        return rows_in(answer, LISTED_AS.get(name, name)) if answer else []


def beside_of(order: ShopFacts, beside: Mapping[str, Sequence[ShopFacts]]) -> dict[str, list[ShopFacts]]:
    """Of what was fetched for a page, what is this order's."""
    found: dict[str, list[ShopFacts]] = {}
    for name, keys in BY_ID.items():
        ids = {field_of(order, key) for key in keys}
        found[name] = [one for one in beside[name] if field_of(one, "id") in ids]
    countries = {field_of(one, "id_country") for one in found["addresses"]}
    found["countries"] = [one for one in beside["countries"] if field_of(one, "id") in countries]
    for name, key in NAMING.items():
        found[name] = [one for one in beside[name] if field_of(one, key) == own_key(order, key)]
    return found


def own_key(order: ShopFacts, key: str) -> str:
    """What it is called where others name it by this field."""
    return field_of(order, "reference" if key == "order_reference" else "id")


def field_of(facts: ShopFacts, key: str) -> str:
    value = facts.get(key)
    return "" if value is None or isinstance(value, dict | list) else str(value)


def any_of(values: Sequence[str]) -> str:
    return f"[{'|'.join(values)}]"


def write_json(facts: Mapping[str, object]) -> str:
    """As JSON; exact numbers become texts, which read the same."""
    return json.dumps(facts, ensure_ascii=False, default=str)
