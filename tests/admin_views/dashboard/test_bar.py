"""What the bar of the order page offers: cancelling, and to whom."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.credit_notes import create_credit_note
from app.actions.shipments import create_packing_slip, send_shipment
from app.extensions import db
from app.history import SYSTEM
from app.models import Order
from tests.clients import Client
from tests.factories import paid_order, placed_order
from tests.looking import words


def test_cancel_says_what_becomes_of_invoices_and_money(client: Client, in_app: Any, state: Any) -> None:
    with in_app():
        number = paid_order().number

    shown = client.get(f"/admin/order/{number}/cancel_order").text
    assert "Not credited yet: INV00001" in shown
    assert "€67.75 is still to be refunded" in shown
    client.post(f"/admin/order/{number}/cancel_order", data={"credit": "y", "restock": "y"})

    assert state(number) == ("cancelled", "cancelled", Decimal("-67.75"))
    page = client.get(f"/admin/order/{number}").text
    assert "To refund" in page


def test_cancel_says_that_an_amount_was_credited_before(client: Client, in_app: Any) -> None:
    sentence = "An amount of it was credited before: CRN00001."
    with in_app():
        number = paid_order().number
    assert sentence not in words(client.get(f"/admin/order/{number}/cancel_order").text)
    with in_app():
        (order,) = db.session.scalars(select(Order))
        create_credit_note(order.invoices[0], by=SYSTEM, amounts={order.lines[0].id: Decimal(5)})
        db.session.commit()

    assert sentence in words(client.get(f"/admin/order/{number}/cancel_order").text)


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("packer", "enter_payment"),
        ("packer", "enter_refund"),
        ("packer", "cancel_order"),
        ("packer", "suspend"),
        ("packer", "set_custom_status"),
        ("reader", "ready_for_pickup"),
        ("reader", "picked_up"),
    ],
)
def test_who_lacks_the_right_is_refused(signed_in_as: Any, in_app: Any, state: Any, role: str, name: str) -> None:
    with in_app():
        number = placed_order(pick_up=True).number
    before = state(number)

    assert signed_in_as(role).post(f"/admin/order/{number}/{name}", data={"amount": "5"}).status_code == 403
    assert state(number) == before


def test_after_a_part_was_sent_nobody_is_told_that_the_order_is_cancelled(client: Client, in_app: Any) -> None:
    with in_app():
        order = paid_order()
        slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
        send_shipment(slip, by=SYSTEM, notify=False)
        number = order.number

    answer = client.post(f"/admin/order/{number}/cancel_order", data={"credit": "y", "restock": "y"})

    page = words(client.get(answer.location).text)
    assert "What was not sent is cancelled" in page
    assert "Order cancelled" not in page
    assert "1 credited" in page
