"""Which orders a search finds, and what of them it tells."""

from __future__ import annotations

from datetime import datetime
from typing import Any

Shape = dict[str, Any]

#: What is told only when it is asked for.
ONLY_ASKED = {
    "lineItems", "deliveries", "transactions", "billingAddress", "orderCustomer", "currency", "stateMachineState",
    "language", "salesChannel", "documents", "shippingMethod", "shippingOrderAddress", "paymentMethod", "country",
    "countryState", "captures", "locale", "options", "group", "tax",
}  # fmt: skip


def selected(orders: list[Shape], criteria: Shape) -> list[Shape]:
    if "ids" in criteria:
        orders = [one for one in orders if one["id"] in criteria["ids"]]
    for wanted in criteria.get("filter", ()):
        orders = [one for one in orders if fits(one, wanted)]
    for sort in reversed(criteria.get("sort", ())):
        orders = sorted(orders, key=lambda one: one[sort["field"]], reverse=sort["order"] == "DESC")
    return orders


def fits(order: Shape, wanted: Shape) -> bool:
    if wanted["type"] == "multi":
        found = [fits(order, one) for one in wanted["queries"]]
        return any(found) if wanted["operator"] == "or" else all(found)
    low, high = (wanted["parameters"].get(name) for name in ("gte", "lte"))
    values = [in_database(one) for one in values_of(order, wanted["field"].split("."))]
    return any((not low or one >= low) and (not high or one <= high) for one in values)


def values_of(one: Any, path: list[str]) -> list[str]:
    if isinstance(one, list):
        return [value for part in one for value in values_of(part, path)]
    if not path:
        return [one] if one else []
    return values_of(one.get(path[0]), path[1:]) if isinstance(one, dict) else []


def in_database(moment: str) -> str:
    return datetime.fromisoformat(moment).strftime("%Y-%m-%d %H:%M:%S.000")


def associated(one: Any, asked_for: Shape) -> Any:
    """Without what was not asked for: that is null."""
    if isinstance(one, list):
        return [associated(part, asked_for) for part in one]
    if not isinstance(one, dict):
        return one
    told = {}
    for name, value in one.items():
        if name in ONLY_ASKED:
            is_asked = name in asked_for
            told[name] = associated(value, asked_for[name].get("associations", {})) if is_asked else None
        else:
            told[name] = value
    return told
