"""The next step of an order, a packing slip and a return, on its page and in its row of the list."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from app.actions import ACTIONS
from app.actions.cancelling import cancel_order
from app.actions.credit_notes import credit_return
from app.actions.next_steps import next_in_order, next_in_row, next_step
from app.actions.packing_slips import withdraw_packing_slip
from app.actions.payments import mark_paid
from app.actions.picking_up import picked_up, ready_for_pickup
from app.actions.returns import complete_return, create_return, receive_return
from app.actions.shipments import create_packing_slip, mark_sent
from app.actions.suspending import suspend
from app.extensions import db
from app.history import SYSTEM
from app.models import Order, ReturnStatus
from app.queries import order_list
from tests.factories import placed_order

Act = Callable[..., Any]


def comes_back(order: Order, *, by: Any) -> None:
    create_return(order, by=by, quantities={order.lines[0].id: Decimal(1)})


def take_slip_back(order: Order, *, by: Any) -> None:
    withdraw_packing_slip(order.shipments[0], by=by)


def of_return(act: Act) -> Act:
    return lambda order, by: act(order.returns[0], by=by)


def in_row(order: Order) -> str:
    db.session.commit()
    (row,) = order_list.find(order_list.read_question({"search": order.number}), "Europe/Amsterdam").rows
    step = next_in_row(row)
    return step.name if step else ""


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("happened", "pick_up", "step"),
    [
        ([], False, "mark_paid"),
        ([mark_paid], False, "create_packing_slip"),
        ([mark_paid, create_packing_slip], False, "mark_sent"),
        ([mark_paid, create_packing_slip, take_slip_back], False, "create_packing_slip"),
        ([mark_paid, mark_sent], False, ""),
        ([suspend], False, ""),
        ([partial(cancel_order, credit=True)], False, ""),
        ([mark_paid], True, "ready_for_pickup"),
        ([mark_paid, ready_for_pickup], True, "picked_up"),
        ([mark_paid, picked_up], True, ""),
    ],
)
def test_an_order_has_one_next_step_and_its_row_says_the_same(happened: list[Act], pick_up: bool, step: str) -> None:
    order = placed_order(pick_up=pick_up)
    for act in happened:
        act(order, by=SYSTEM)

    found = next_in_order(order)

    assert (found[0].name if found else "") == in_row(order) == step
    assert not found or (found[1] is order and not found[0].why_not(order))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("happened", "step"),
    [
        ([], "receive_return"),
        ([receive_return], "credit_return"),
        ([receive_return, credit_return], ""),
        ([complete_return], ""),
    ],
)
def test_a_return_is_the_next_step_of_an_order_that_needs_none_itself(happened: list[Act], step: str) -> None:
    order = placed_order()
    for act in (mark_paid, mark_sent, comes_back, *map(of_return, happened)):
        act(order, by=SYSTEM)

    assert next_in_order(order) == ((ACTIONS[step], order.returns[0]) if step else None)


@pytest.mark.usefixtures("database")
def test_what_a_customer_asks_to_send_back_is_answered_first_and_a_slip_is_sent() -> None:
    order = placed_order()
    for act in (mark_paid, create_packing_slip, mark_sent, comes_back):
        act(order, by=SYSTEM)
        if act is create_packing_slip:
            assert next_step(order.shipments[0]) is ACTIONS["send_shipment"]
    order.returns[0].status = ReturnStatus.REQUESTED

    assert next_step(order.returns[0]) is ACTIONS["authorise_return"]
    assert next_step(order.shipments[0]) is None
