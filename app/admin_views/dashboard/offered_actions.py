"""Which actions the page of an order offers, and on which of its records: those that are done to one of these."""

from __future__ import annotations

from functools import cache
from typing import Any

from app.actions import ACTIONS
from app.actions.declaration import AnyAction
from app.models import Invoice, Memo, Order, Payment, Return, Shipment, Task

#: The records that an order has, and where it has them.
PARTS: dict[type, str] = {
    Invoice: "invoices",
    Memo: "memos",
    Payment: "payments",
    Return: "returns",
    Shipment: "shipments",
    Task: "tasks",
}


@cache
def offered_actions() -> dict[str, AnyAction]:
    return {name: action for name, action in ACTIONS.items() if is_offered(action)}


def is_offered(action: AnyAction) -> bool:
    """Whether its record is the order or a part of it, and its form asks for all that it must be given."""
    asked = {one.name for one in action.inputs}
    is_complete = all(one.name in asked for one in action.parameters.values() if one.is_required)
    return is_complete and any(kind is Order or kind in PARTS for kind in action.record_types)


def record_in(order: Order, action: AnyAction, record_id: int | None) -> Any:
    """What the action is done to: the order itself, or its part of this id; None when it has no such."""
    if Order in action.record_types:
        return order if record_id is None else None
    parts = [part for kind in action.record_types if kind in PARTS for part in getattr(order, PARTS[kind])]
    return next((part for part in parts if part.id == record_id), None)
