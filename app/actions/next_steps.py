"""The next step of an order, a packing slip or a return: from what the actions declare and allow."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

from app.actions.declaration import ACTIONS, AnyAction
from app.models import Invoice, Order, Return, Shipment

#: A step, and the record that it is done to.
Taken: TypeAlias = tuple[AnyAction, Order | Invoice | Shipment | Return]


@cache
def every_step() -> tuple[AnyAction, ...]:
    """By their places."""
    steps = [(one.step.place, one) for one in ACTIONS.values() if one.step]
    return tuple(one for _place, one in sorted(steps, key=lambda step: step[0]))


def steps_of(kind: type[object]) -> tuple[AnyAction, ...]:
    """The steps that a record of this kind takes, in their order."""
    return tuple(one for one in every_step() if kind in one.record_types)


def next_step(record: object) -> AnyAction | None:
    """What is to be done to the record now; None where nothing is, or nothing can be done."""
    return next((one for one in steps_of(type(record)) if is_turn_of(one, record) and not one.why_not(record)), None)


def next_in_row(row: object) -> AnyAction | None:
    """What is to be done to the order in this row of the list, as far as a row tells."""
    return next((one for one in steps_of(Order) if is_turn_of(one, row)), None)


def next_in_order(order: Order) -> Taken | None:
    """The order's own next step, else that of the first of its returns that waits for one."""
    own: list[Order | Return] = [order, *order.returns]
    for record in own:
        if step := next_step(record):
            return step, record
    return None


def is_turn_of(action: AnyAction, record: object) -> bool:
    return bool(action.step and action.step.is_due(record))
