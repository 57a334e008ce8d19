"""Payments, refunds, cancelling and suspending on the order page: posted, refused with the reason, and undone."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from app import queries
from app.models import Order
from tests.clients import Client
from tests.factories import paid_order, placed_order


def told(order: Order) -> tuple[str, str, Decimal]:
    return order.status, order.payment_status, order.open_amount


@pytest.fixture
def state(in_app: Any) -> Any:
    def ask(number: str) -> tuple[str, str, Decimal]:
        with in_app():
            order = queries.order_numbered(number)
            assert order is not None
            return told(order)

    return ask


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("enter_payment", {"amount": "0"}, "Amount: enter more than 0."),
        ("enter_payment", {"amount": "1.001"}, "Amount: EUR has 2 decimals at most."),
        ("enter_payment", {"amount": "1", "paid_at": "2999-01-01T10:00"}, "that moment is still to come"),
        ("enter_payment", {"amount": "a lot"}, "is not an amount"),
        ("enter_payment", {"amount": "-1"}, "less than 0"),
        ("enter_refund", {"amount": "67.76"}, "Amount: at most €67.75 has been paid"),
        ("cancel_order", {"restock": "y"}, "INV00001: not credited."),
    ],
)
def test_a_pop_up_comes_back_with_what_is_wrong_and_nothing_changes(
    client: Client, in_app: Any, state: Any, name: str, given: dict[str, str], reason: str
) -> None:
    with in_app():
        number = paid_order().number
    before = state(number)

    answer = client.post(f"/admin/order/{number}/{name}", data={"in_dialog": "1", "method": "Bank transfer", **given})

    assert answer.status_code == 422
    assert reason in answer.text
    assert state(number) == before


def test_a_method_that_the_shop_does_not_have_is_refused(client: Client, in_app: Any, state: Any) -> None:
    with in_app():
        number = placed_order().number

    answer = client.post(f"/admin/order/{number}/enter_payment", data={"amount": "5", "method": "Barter"})

    assert answer.status_code == 422
    assert state(number)[2] == Decimal("67.75")


def test_a_payment_is_entered_and_undone_from_the_message(client: Client, in_app: Any, state: Any) -> None:
    with in_app():
        number = placed_order().number

    client.post(f"/admin/order/{number}/enter_payment", data={"amount": "20,50", "method": "Bank transfer"})
    assert state(number) == ("awaiting_payment", "partially_paid", Decimal("47.25"))

    page = client.get(f"/admin/order/{number}").text
    undo = re.search(rf"/admin/order/{number}/take_back_payment/\d+", page.partition("Payment entered")[2])
    assert undo
    client.post(undo[0])
    assert state(number) == ("awaiting_payment", "not_paid", Decimal("67.75"))


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


def test_many_are_cancelled_at_once_after_a_look(client: Client, in_app: Any, state: Any) -> None:
    with in_app():
        numbers = [placed_order().number for _ in range(2)]

    chosen = {"action": "cancel_order", "rowid": numbers}
    assert client.post("/admin/order/bulk", data=chosen).status_code == 200
    assert [state(number)[0] for number in numbers] == ["awaiting_payment"] * 2
    client.post("/admin/order/bulk", data={**chosen, "step": "do", "credit": "y", "restock": "y"})

    assert [state(number) for number in numbers] == [("cancelled", "cancelled", 0)] * 2


def test_an_order_on_hold_says_why(client: Client, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
    client.post(f"/admin/order/{number}/suspend", data={"reason": "Asked for the house number"})

    assert "Asked for the house number" in client.get(f"/admin/order/{number}").text
    client.post(f"/admin/order/{number}/resume")
    assert "Asked for the house number" not in client.get(f"/admin/order/{number}").text


def test_a_single_invoice_has_create_credit_note_in_words(client: Client, in_app: Any) -> None:
    with in_app():
        number = placed_order().number

    block = client.get(f"/admin/order/{number}").text.partition('id="invoices"')[2].partition("</section>")[0]

    assert block.count("/create_credit_note/") == 1
    assert "<span>Create credit note</span>" in block
