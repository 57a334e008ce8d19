"""Stored sums and statuses follow from the facts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from unittest.mock import ANY

import pytest

from app.accounting.states import derived
from app.actions.credit_notes import create_credit_note, credit_order
from app.actions.leaving import unpaid_warning
from app.actions.payments import enter_payment, enter_refund, mark_paid, take_back_payment
from app.actions.shipments import create_packing_slip, mark_sent
from app.amounts.money import ZERO
from app.extensions import db
from app.history import SYSTEM
from app.models import Order
from app.operations import checks
from app.queries import order_list, shop
from tests.factories import PLACED_AT, line, paid_order, placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def test_stored_states_follow_from_the_facts_throughout():
    orders = [placed_order(), paid_order(), placed_order(held=True), placed_order(cancelled_at=PLACED_AT)]
    mark_sent(orders[1], by=SYSTEM)
    create_packing_slip(orders[0], by=SYSTEM)

    for order in orders:
        assert {name: getattr(order, name) for name in derived(order)} == derived(order)


def free(**how: Any) -> Order:
    return placed_order(lines=[line("Sample", quantity="1", unit_price="0")], total=ZERO, tax_total=ZERO, **how)


def paid_back(order: Order, amount: str = "67.75") -> Order:
    enter_refund(order, by=SYSTEM, amount=Decimal(amount))
    return order


def credited(order: Order) -> Order:
    credit_order(order, by=SYSTEM)
    return order


def entered(order: Order, *amounts: str) -> Order:
    for amount in amounts:
        enter_payment(order, by=SYSTEM, amount=Decimal(amount))
    return order


def sent(order: Order) -> Order:
    mark_sent(order, by=SYSTEM)
    return order


MONEY = {
    "nothing came": (lambda: placed_order(), "not_paid", "awaiting_payment"),
    "a part came": (lambda: entered(placed_order(), "20"), "partially_paid", "awaiting_payment"),
    "all came": (lambda: paid_order(), "paid", "awaiting_shipment"),
    "too much came": (lambda: entered(paid_order(), "5"), "paid", "awaiting_shipment"),
    "what was too much went back": (lambda: paid_back(entered(paid_order(), "5"), "5"), "paid", "awaiting_shipment"),
    "a part of what came went back": (
        lambda: paid_back(entered(placed_order(), "20"), "20"),
        "not_paid",
        "awaiting_payment",
    ),
    "some of it went back": (lambda: paid_back(paid_order(), "10"), "partially_refunded", "needs_decision"),
    "all of it went back": (lambda: paid_back(paid_order()), "refunded", "needs_decision"),
    "all of it went back, to be picked up": (lambda: paid_back(paid_order(pick_up=True)), "refunded", "needs_decision"),
    "all of it went back after it was sent": (lambda: paid_back(sent(paid_order())), "refunded", "completed"),
    "paid, and all is credited": (lambda: credited(paid_order()), "paid", ANY),
    "paid, credited, and paid back": (lambda: paid_back(credited(paid_order())), "refunded", ANY),
    "all is credited, and nothing came": (lambda: credited(placed_order()), "nothing_owed", ANY),
    "there is nothing to pay": (free, "nothing_owed", "awaiting_shipment"),
    "something came for nothing": (lambda: entered(free(), "5"), "paid", "awaiting_shipment"),
    "and went back": (lambda: paid_back(entered(free(), "5"), "5"), "refunded", "awaiting_shipment"),
    "cancelled": (lambda: placed_order(cancelled_at=PLACED_AT), "cancelled", "cancelled"),
}


@pytest.mark.parametrize("story", MONEY)
def test_paid_is_said_only_when_money_came(story: str) -> None:
    make, payment, status = MONEY[story]
    order = make()

    assert (order.payment_status, order.status) == (payment, status)
    assert order.payment_status != "paid" or order.paid > order.refunded
    assert list(checks.findings()) == []


def test_money_that_went_back_before_the_goods_go_asks_for_a_decision() -> None:
    """mark_paid, enter_refund 50, mark_sent: it is said, and Sent warns or refuses."""
    order = placed_order(lines=[line("Cup", quantity="1", unit_price="50")], total=Decimal(50))
    mark_paid(order, by=SYSTEM)
    assert listed("to_ship") == [order.number]
    enter_refund(order, by=SYSTEM, amount=Decimal(50))

    assert (order.payment_status, order.status) == ("refunded", "needs_decision")
    assert (listed("to_ship"), listed("needs_decision")) == ([], [order.number])
    assert "went back to the customer" in unpaid_warning(order)
    shop().forbid_unpaid_shipping = True
    assert "Money went back" in mark_sent.why_not(order)
    assert "Money went back" in create_packing_slip.why_not(order)
    shop().forbid_unpaid_shipping = False
    mark_sent(order, by=SYSTEM)
    assert order.status == "completed"
    assert listed("needs_decision") == []


def test_a_decision_is_taken_by_a_credit_note_or_by_taking_the_refund_back() -> None:
    order = paid_back(paid_order(), "10")
    (refund,) = [one for one in order.payments if one.kind == "refund"]
    take_back_payment(refund, by=SYSTEM)
    assert order.status == "awaiting_shipment"

    paid_back(order, "10")
    amounts = {order.lines[0].id: Decimal(10)}
    create_credit_note(order.invoices[0], by=SYSTEM, quantities={}, amounts=amounts)
    assert (order.payment_status, order.status, order.open_amount) == ("partially_refunded", "awaiting_shipment", 0)


def listed(view: str) -> list[str]:
    db.session.flush()
    return [row.number for row in order_list.find(order_list.read_question({"view": view}), "Europe/Amsterdam").rows]
