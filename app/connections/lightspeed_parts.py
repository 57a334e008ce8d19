"""The parts of a Lightspeed order: lists of their own, that an order links to; and putting them into it.

{"invoices": {"resource": {"id": false, "url": "invoices?order=7", "link": …, "embedded": […]}}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from app.connections.client import ShopAnswer
from app.connections.failures import ShopFailure
from app.connections.platform import PulledOrder
from app.models import Trouble

PartFacts: TypeAlias = dict[str, object]

#: Written into an order whose parts moved, so that it is seen to be news.
MOVED = "partsUpdatedAt"

#: What is no word of the order's list.
ADDED = (MOVED, "currency")


@dataclass(frozen=True)
class LinkedList:
    """Where the list of an order's parts is."""

    route: str
    is_narrowed: bool = True

    def query(self, order_id: str) -> dict[str, str]:
        return {"order": order_id} if self.is_narrowed else {}


ORDER_PARTS = {
    "products": LinkedList("orders/{id}/products", is_narrowed=False),
    "invoices": LinkedList("invoices"),
    "shipments": LinkedList("shipments"),
    "events": LinkedList("orders/events"),
}


def facts_listed(answer: ShopAnswer) -> list[PartFacts]:
    """What an answer holds under its only key, one or many: {"orderProducts": […]}, {"shipment": {…}}."""
    told = answer.json
    found = next(iter(told.values()), None) if isinstance(told, dict) and len(told) == 1 else None
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise ShopFailure(Trouble.UNREADABLE)
    return [one for one in found if isinstance(one, dict)]


def in_resource(facts: PartFacts, name: str) -> PartFacts:
    """Where a part is linked to, made where the order says that there is none: {"invoices": false}."""
    given = facts.get(name)
    resource = given.get("resource") if isinstance(given, dict) else None
    if not isinstance(resource, dict):
        resource = {"id": False}
        facts[name] = {"resource": resource}
    return resource


def embedded_in(facts: PartFacts, name: str) -> list[PartFacts]:
    listed = in_resource(facts, name).get("embedded")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def id_of_order(part: PartFacts) -> str:
    """The id of the order that an invoice, a shipment or an event belongs to; "" of what belongs to none."""
    given = part.get("order")
    resource = given.get("resource") if isinstance(given, dict) else None
    order_id = resource.get("id") if isinstance(resource, dict) else None
    return str(order_id) if isinstance(order_id, int) and order_id else ""


def is_of_order(part: PartFacts, order_id: str) -> bool:
    """Lines don't say whose they are. What says that it is another order's was not asked for."""
    return id_of_order(part) in ("", order_id)


def moved_at(order: PulledOrder, moved: Mapping[str, str]) -> PulledOrder:
    """The order, with when its parts moved last."""
    if order.external_id not in moved:
        return order
    facts = {**json.loads(order.payload), MOVED: moved[order.external_id]}
    return PulledOrder(order.external_id, json.dumps(facts, ensure_ascii=False))


def core_of(payload: str) -> object:
    """What an order says of itself, its parts aside; None of what is no JSON, as what was erased."""
    try:
        facts = json.loads(payload)
    except ValueError:
        return None
    own = facts.get("order", facts) if isinstance(facts, dict) else None
    if not isinstance(own, dict):
        return None
    return {name: without_parts(value) for name, value in own.items() if name not in ADDED}


def without_parts(value: object) -> object:
    resource = value.get("resource") if isinstance(value, dict) else None
    if not isinstance(resource, dict):
        return value
    return {"resource": {name: one for name, one in resource.items() if name != "embedded"}}
