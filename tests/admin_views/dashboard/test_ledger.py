"""Payments and refunds on the order page: posted, refused with the reason, and undone."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from app import queries
from app.extensions import db
from app.models import Order
from tests.clients import Client
from tests.factories import paid_order, placed_order
from tests.looking import words


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


def test_more_back_by_a_method_than_came_by_it_is_asked_about_once(client: Client, in_app: Any, state: Any) -> None:
    with in_app():
        number = paid_order().number
    before, url = state(number), f"/admin/order/{number}/enter_refund"
    given = {"in_dialog": "1", "amount": "67.75", "method": "Bank transfer"}
    with in_app():
        order = queries.order_numbered(number)
        assert order is not None
        order.payment_method_title = "Cash"  # one that is offered
        db.session.commit()

    asked = client.post(url, data={**given, "method": "Cash"})
    assert "More goes back by Cash than is left of what came by it: €0.00." in asked.text
    assert state(number) == before

    client.post(url, data={**given, "method": "Cash", "sure": "1"})
    assert state(number)[1] == "refunded"


def test_amounts_in_sentences_are_written_in_the_language_of_the_page(client: Client, in_app: Any) -> None:
    with in_app():
        number = paid_order().number

    client.set_cookie("language", "de")

    page = words(client.get(f"/admin/order/{number}").text)
    assert "Als Zahlung eingetragen: 67,75 €" in page
    assert "€67.75" not in page
