"""Reading orders of Shopify's Admin GraphQL API: told in the words of its REST API, and read by that reader.

So the same order is the same whichever way it comes, under the id that both state. A refusal names the field that
stands in the payload. Amounts are the shop's money (`shopMoney`).
Source: https://shopify.dev/docs/api/admin-graphql/latest/objects/Order
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from app.intake_readers.new_order import UnreadableOrder
from app.intake_readers.reading import Fields
from app.intake_readers.shopify_graphql_fields import ORDER, Many, One, Part, Values


def is_graphql(order: Fields) -> bool:
    return "lineItems" in order or "displayFinancialStatus" in order or str(order.value.get("id")).startswith("gid://")


# --- telling it -----------------------------------------------------------------------------------------------------


@dataclass
class Telling:
    """The order in the words of the REST API, and for each of its fields where that stands in the payload."""

    places: dict[str, str] = field(default_factory=dict)

    def order(self, given: Fields) -> Fields:
        told = self.tell_object(given, ORDER, "")
        tell_shared_facts(told, given)
        return Fields(told, shop_currency=given.shop_currency)

    def tell_object(self, given: Fields, fields: Mapping[str, object], at: str) -> dict[str, object]:
        told: dict[str, object] = {}
        for name, what in fields.items():
            path = f"{at}.{name}" if at else name
            if isinstance(what, One):
                self.tell_field(told, name, given, what, path)
            elif isinstance(what, Part) and (part := given.object(what.place)):
                self.places[path] = part.path
                told[name] = self.tell_object(part, what.fields, path)
            elif isinstance(what, Many) and what.place in given:
                self.places[path] = given.at(what.place)
                parts = nodes_of(given, what.place)
                told[name] = [self.tell_object(one, what.fields, f"{path}[{n}]") for n, one in enumerate(parts)]
            elif isinstance(what, Values):
                told[name] = self.values(given, what, path)
        return told

    def tell_field(self, told: dict[str, object], name: str, given: Fields, what: One, path: str) -> None:
        """Where no place says anything, the first one is what is missing."""
        self.places[path] = given.at(what.places[0])
        for place in what.places:
            value, found_at = follow(given, place)
            if value is not None:
                self.places[path] = found_at
                told[name] = what.told(value)
                return

    def values(self, given: Fields, what: Values, path: str) -> list[dict[str, object]]:
        stated = given.value.get(what.place) or []
        if not isinstance(stated, list):
            raise given.unreadable(what.place, _("a list"))
        for number in range(len(stated)):
            self.places[f"{path}[{number}].{what.name}"] = f"{given.at(what.place)}[{number}]"
        return [{what.name: value} for value in stated]

    def place_of(self, path: str) -> str:
        """Where what is called so in the REST API stands; of a part of a value, where the value stands."""
        while path and path not in self.places:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.places.get(path, "")


def follow(given: Fields, place: str) -> tuple[object, str]:
    """The value at a place such as totalPriceSet.shopMoney.amount, None where there is none, and its path."""
    *outer, last = place.split(".")
    for name in outer:
        inner = given.object(name)
        if inner is None:
            return None, given.at(name)
        given = inner
    return given.value.get(last), given.at(last)


def nodes_of(given: Fields, place: str) -> list[Fields]:
    """The objects of a list or a connection; refused when it goes on on a further page."""
    value = given.value.get(place)
    if not isinstance(value, dict):
        return given.objects(place)
    connection = Fields(value, given.at(place))
    page = connection.object("pageInfo")
    if page and page.flag("hasNextPage"):
        raise UnreadableOrder(page.at("hasNextPage"), _("There are more of them than stand here. Fetch them all."))
    edges = [edge.object("node") for edge in connection.objects("edges")]
    return connection.objects("nodes") or [node for node in edges if node]


# --- what the REST API says otherwise -------------------------------------------------------------------------------


def tell_shared_facts(told: dict[str, object], given: Fields) -> None:
    """Facts that stand elsewhere in the REST API, or are told in another way."""
    lines = objects(told, "line_items")
    if any("discount_allocations" in line for line in lines):
        told["discount_applications"] = []  # says there that no discount is stated for the whole alone
    for fulfillment in objects(told, "fulfillments"):
        tell_tracking(fulfillment)
    for transaction in objects(told, "transactions"):
        transaction.setdefault("created_at", told.get("processed_at") or told.get("created_at"))
    for refund in objects(told, "refunds"):
        total = refund.pop("total", None)
        if "transactions" not in refund and total is not None:
            refund["transactions"] = [{"kind": "refund", "status": "success", "amount": total}]
    for name in ("billing_address", "shipping_address"):
        if is_withheld(told.get(name)):
            told[name] = None


def tell_tracking(fulfillment: dict[str, object]) -> None:
    tracking = objects(fulfillment, "tracking")
    numbers = [one["number"] for one in tracking if one.get("number")]
    fulfillment["tracking_numbers"] = numbers
    fulfillment["tracking_number"] = next(iter(numbers), None)
    fulfillment["tracking_url"] = next((one["url"] for one in tracking if one.get("url")), None)
    fulfillment["tracking_company"] = next((one["company"] for one in tracking if one.get("company")), None)


def is_withheld(address: object) -> bool:
    """An address of which no more is told than the region: the rest is null where the app may not see it."""
    names = ("name", "first_name", "last_name", "company", "address1")
    return isinstance(address, dict) and not any(address.get(name) for name in names)


def objects(told: dict[str, object], name: str) -> list[dict[str, object]]:
    found = told.get(name)
    return found if isinstance(found, list) else []
