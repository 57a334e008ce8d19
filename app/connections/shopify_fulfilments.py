"""What a parcel is in Shopify: quantities of its lines, shared out over the fulfilment orders that are open there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.connections.failures import ShopFailure
from app.connections.shopify_answers import object_in, objects_in
from app.connections.writer import ParcelNews
from app.models import Trouble

#: Id of a line, as its reader names it -> pieces.
Quantities = dict[str, int]

#: States of a fulfilment in which nothing left the house, and of a fulfilment order of which something may be sent.
NOT_SENT = ("CANCELLED", "ERROR", "FAILURE")
OPEN = ("OPEN", "IN_PROGRESS")


def tail(id: object) -> str:
    """5001 of gid://shopify/LineItem/5001."""
    return str(id or "").rpartition("/")[2]


def is_standing(fulfilment: Mapping[str, object]) -> bool:
    return fulfilment.get("status") not in NOT_SENT


def code_of(fulfilment: Mapping[str, object]) -> str:
    """Several of one fulfilment as its reader joins them."""
    return ", ".join(str(one["number"]) for one in objects_in(fulfilment, "trackingInfo") if one.get("number"))


def tracking(parcel: ParcelNews) -> dict[str, object]:
    stated = {"number": parcel.code, "company": parcel.carrier, "url": parcel.url}
    return {name: value for name, value in stated.items() if value or name == "number"}


def whole_quantities(parcel: ParcelNews) -> Quantities:
    """Shopify knows whole pieces only."""
    if any(many != many.to_integral_value() for many in parcel.lines.values()):
        raise ShopFailure(Trouble.BY_HAND, ", ".join(parcel.goods))
    return {line: int(many) for line, many in parcel.lines.items()}


def quantities_in(fulfilment: Mapping[str, object]) -> Quantities:
    listed = objects_in(object_in(fulfilment, "fulfillmentLineItems"), "nodes")
    return {tail(object_in(one, "lineItem").get("id")): number_in(one, "quantity") for one in listed}


def number_in(told: Mapping[str, object], name: str) -> int:
    value = told.get(name)
    return value if isinstance(value, int) else 0


def are_equal(fulfilment: Mapping[str, object], wanted: Quantities) -> bool:
    return {line: many for line, many in quantities_in(fulfilment).items() if many} == wanted


def subtract(wanted: Quantities, fulfilments: Sequence[Mapping[str, object]]) -> Quantities:
    """What is not in these fulfilments yet."""
    rest = dict(wanted)
    for one in fulfilments:
        for line, many in quantities_in(one).items():
            rest[line] = rest.get(line, 0) - many
    return {line: many for line, many in rest.items() if many > 0}


def fulfilment_orders(order: Mapping[str, object]) -> list[dict[str, object]]:
    """Those of which something may be sent by us."""
    found = objects_in(object_in(order, "fulfillmentOrders"), "nodes")
    fitting = [one for one in found if one.get("status") in OPEN]
    actions = [{one.get("action") for one in objects_in(place, "supportedActions")} for place in fitting]
    return [place for place, allowed in zip(fitting, actions, strict=True) if "CREATE_FULFILLMENT" in allowed]


def share_out(wanted: Quantities, places: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """As `lineItemsByFulfillmentOrder` wants it; [] where all places together hold less than is wanted."""
    rest, shared = dict(wanted), []
    for place in places:
        listed = object_in(place, "lineItems")
        if object_in(listed, "pageInfo").get("hasNextPage"):
            raise ShopFailure(Trouble.BY_HAND, "fulfillmentOrders")
        taken = []
        for line in objects_in(listed, "nodes"):
            own = tail(object_in(line, "lineItem").get("id"))
            if (many := min(rest.get(own, 0), number_in(line, "remainingQuantity"))) > 0:
                taken.append({"id": line["id"], "quantity": many})
                rest[own] -= many
        if taken:
            shared.append({"fulfillmentOrderId": place["id"], "fulfillmentOrderLineItems": taken})
    return [] if any(rest.values()) else shared
