"""Shopify's statuses and older ways of saying things."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.intake_readers import NewOrder, orders_in
from app.intake_readers.new_order import NewLine, NewPayment, NewShipment, NewTax
from app.intake_readers.over import is_sent

CREATED_AT = datetime(2025, 3, 9, 7, 30, tzinfo=UTC)


def read(**stated: Any) -> NewOrder:
    """A small order of three bells, as far as a test doesn't say otherwise."""
    payload = {
        "id": 7,
        "name": "#1007",
        "currency": "USD",
        "created_at": "2025-03-09T08:30:00+01:00",
        "total_price": "30.00",
        "financial_status": "pending",
        "line_items": [{"id": position, "title": "Bell", "quantity": 1, "price": "10.00"} for position in (1, 2, 3)],
    }
    (found,) = orders_in("shopify", json.dumps(payload | stated))
    assert found.order, found.problem
    return found.order


@pytest.mark.parametrize("status", ["pending", "authorized", "voided", None])
def test_without_payment_there_is_none(status: str | None) -> None:
    sale = {"id": 1, "kind": "sale", "status": "success", "amount": "30.00", "created_at": "2025-03-09T08:31:00+01:00"}

    assert read(financial_status=status, transactions=[sale]).payments == []


def test_a_paid_order_without_transactions_has_one_payment() -> None:
    assert read(financial_status="paid").payments == [NewPayment(Decimal(30), CREATED_AT)]


def test_a_partly_paid_order_has_paid_what_is_not_outstanding() -> None:
    order = read(financial_status="partially_paid", total_outstanding="18.75")

    assert order.payments == [NewPayment(Decimal("11.25"), CREATED_AT)]


def test_the_order_is_believed_where_its_transactions_differ() -> None:
    sale = {"id": 1, "kind": "sale", "status": "success", "amount": "3.00", "created_at": "2025-03-09T08:31:00+01:00"}

    order = read(financial_status="paid", transactions=sale)

    assert order.payments == [NewPayment(Decimal(30), CREATED_AT.replace(minute=31), external_id="1")]


def test_what_was_taken_off_or_refunded_is_gone() -> None:
    lines = [{"id": n, "title": "Bell", "quantity": 2, "price": "5.00", "current_quantity": 3 - n} for n in (1, 2, 3)]
    refunds = [{"id": 1, "refund_line_items": [{"line_item_id": 2, "quantity": 1}]}]

    assert [line.gone for line in read(line_items=lines).lines] == [0, 1, 2]
    assert [line.gone for line in read(refunds=refunds).lines] == [0, 1, 0]
    assert [line.gone for line in read(refunds=refunds, cancelled_at="2025-03-10T08:30:00+01:00").lines] == [0, 0, 0]


def test_tax_of_the_whole_order_is_shared_over_its_lines_to_the_cent() -> None:
    order = read(tax_lines=[{"title": "State", "rate": 0.06, "price": "1.81"}])

    amounts = [Decimal("0.61"), Decimal("0.6"), Decimal("0.6")]
    assert [line.taxes for line in order.lines] == [[NewTax("State", amount, rate=Decimal(6))] for amount in amounts]


def test_a_discount_of_the_whole_order_is_a_line_of_its_own() -> None:
    order = read(total_discounts="4.00", discount_codes=[{"code": "SPRING", "amount": "4.00"}])

    assert order.discount_codes == ["SPRING"]
    assert order.lines[-1] == NewLine("SPRING", Decimal(1), unit_price=Decimal(-4), total=Decimal(-4), kind="discount")


def test_an_older_line_discount_counts_once() -> None:
    line = {"id": 1, "title": "Bell", "quantity": 2, "price": "10.00", "total_discount": "3.00"}

    order = read(line_items=[line], total_discounts="3.00")

    (only,) = order.lines
    assert (only.unit_price, only.discount, only.total) == (10, 3, 17)


def test_an_order_to_collect_becomes_ready_and_is_picked_up() -> None:
    delivery = {"status": "closed", "delivery_method": {"method_type": "pick_up"}}
    ready = {"id": 1, "status": "success", "shipment_status": "ready_for_pickup", "created_at": "2025-03-10T10:00:00Z"}
    collected = {"id": 2, "status": "success", "created_at": "2025-03-11T10:00:00Z"}

    order = read(fulfillment_orders=[delivery], fulfillments=[ready, collected])

    assert order.pick_up
    assert order.ready_for_pickup_at == datetime(2025, 3, 10, 10, tzinfo=UTC)
    assert order.picked_up_at == datetime(2025, 3, 11, 10, tzinfo=UTC)
    assert order.shipments == []


def test_a_cancelled_fulfilment_is_a_parcel_that_is_called_off_and_sent_nothing() -> None:
    sent = {
        "id": 1,
        "status": "success",
        "created_at": "2025-03-10T10:00:00Z",
        "line_items": [{"id": 1, "quantity": 1}],
    }

    order = read(fulfillments=[sent | {"status": "cancelled"}], financial_status="voided")

    assert order.shipments == [NewShipment({}, external_id="1", is_called_off=True)]
    assert order.has_failed
    assert not is_sent(order)
    assert read(fulfillments=[sent | {"status": "failure"}]).shipments == []


def test_a_held_fulfilment_holds_the_order() -> None:
    assert read(fulfillment_orders=[{"status": "on_hold"}]).held
    assert not read(fulfillment_orders=[{"status": "open"}]).held


def test_a_cancelled_order_keeps_its_moment() -> None:
    assert read(cancelled_at="2025-03-09T09:30:00+02:00").cancelled_at == CREATED_AT


def test_without_a_link_the_channel_is_where_it_was_sold() -> None:
    assert read(source_name="pos").channel == "pos"
