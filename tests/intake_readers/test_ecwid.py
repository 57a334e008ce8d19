"""Ecwid's statuses, its list of orders, and orders that state less."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.intake_readers import NewOrder, orders_in
from app.intake_readers.new_order import NewRefund, NewShipment, NewTax
from tests.intake_readers.reading_samples import adds_up_to
from tests.intake_readers.reading_samples import read as read_sample
from tests.intake_readers.samples_read import READ, sample

CHANGED_AT = datetime(2025, 6, 3, 14, 0, 5, tzinfo=UTC)
COLLECT = {"shippingMethodName": "Ophalen", "isPickup": True, "fulfillmentType": "PICKUP"}


def read(**stated: Any) -> NewOrder:
    return read_sample("ecwid", **stated)


def test_the_lines_add_up_to_the_total_before_the_gift_card() -> None:
    assert adds_up_to(read()) == Decimal("53.63")


def test_a_page_of_orders_holds_each_of_them() -> None:
    page = f'{{"total": 9, "count": 2, "offset": 0, "limit": 2, "items": [{sample("ecwid")}, {{"id": "A2"}}]}}'

    first, second = orders_in("ecwid", page, currency="EUR")

    assert first.order == READ["ecwid"]
    assert second.problem is not None
    assert (second.external_id, second.problem.field) == ("A2", "createDate")


@pytest.mark.parametrize("status", ["PAID", "REFUNDED", "PARTIALLY_REFUNDED"])
def test_what_was_paid_stays_paid_whatever_was_paid_back(status: str) -> None:
    order = read(paymentStatus=status)

    assert sum(payment.amount for payment in order.payments) == order.total


@pytest.mark.parametrize("status", ["AWAITING_PAYMENT", "CUSTOM_PAYMENT_STATUS_1"])
def test_an_order_that_awaits_payment_has_only_its_gift_card(status: str) -> None:
    order = read(paymentStatus=status)

    assert [payment.method for payment in order.payments] == ["Gift card"]
    assert order.cancelled_at is None


def test_a_cancelled_order_has_no_payment() -> None:
    order = read(paymentStatus="CANCELLED", fulfillmentStatus="AWAITING_PROCESSING", trackingNumber=None)

    assert (order.cancelled_at, order.payments, order.shipments) == (CHANGED_AT, [], [])


def test_what_was_paid_back_and_will_not_be_delivered_is_cancelled() -> None:
    assert read(paymentStatus="REFUNDED", fulfillmentStatus="WILL_NOT_DELIVER").cancelled_at == CHANGED_AT
    assert read(paymentStatus="PAID", fulfillmentStatus="WILL_NOT_DELIVER").cancelled_at is None


def test_a_code_without_sending_is_a_parcel_that_waits() -> None:
    (parcel,) = read(fulfillmentStatus="PROCESSING").shipments

    assert (parcel.sent_at, parcel.tracking_code) == (None, "3SWIJN0007")


def test_listed_parcels_have_their_own_codes() -> None:
    parcels = [
        {
            "id": "p1",
            "created": "2025-06-02 08:00:00 +0000",
            "tracking": {"trackingNumber": "CODE1", "trackingUrl": "https://post.example/CODE1"},
            "shippingService": {"carrierName": "PostNL"},
        }
    ]

    order = read(shipments=parcels)

    sent_at = datetime(2025, 6, 2, 8, tzinfo=UTC)
    assert order.shipments == [NewShipment({}, sent_at, "CODE1", "https://post.example/CODE1", "PostNL", "p1")]


def test_what_is_collected_is_ready_and_then_picked_up() -> None:
    ready = read(shippingOption=COLLECT, fulfillmentStatus="READY_FOR_PICKUP")
    fetched = read(shippingOption=COLLECT, fulfillmentStatus="DELIVERED")

    assert (ready.pick_up, ready.ready_for_pickup_at, ready.picked_up_at) == (True, CHANGED_AT, None)
    assert (fetched.picked_up_at, fetched.shipments) == (CHANGED_AT, [])


def test_older_orders_state_less() -> None:
    order = read(
        id=None,
        refunds=None,
        taxesOnShipping=None,
        handlingFee=None,
        totalBeforeGiftCardRedemption=None,
        extraFields=None,
        discountCoupon=None,
    )

    assert order.external_id == "481005117"
    assert order.total == Decimal("43.63")
    assert order.refunds == [NewRefund(Decimal("12.15"))]
    (shipping,) = [line for line in order.lines if line.kind == "shipping"]
    assert shipping.taxes == [NewTax("BTW 21%", Decimal("1.24"), rate=Decimal(21))]
    assert [line.name for line in order.lines if line.kind == "discount"] == ["Discount"]
    assert (order.language, order.discount_codes) == ("", [])


def test_a_percentage_is_charged_by_its_total() -> None:
    tip = {"id": "tip", "type": "PERCENT", "value": 10, "total": 5.44, "description": "Fooi"}

    (fee,) = [line for line in read(handlingFee=None, customSurcharges=[tip]).lines if line.kind == "fee"]

    assert (fee.name, fee.total) == ("Fooi", Decimal("5.44"))


@pytest.mark.parametrize(("field", "value"), [("cartId", "6F"), ("productClassId", 0), ("eventType", "order.created")])
def test_what_is_something_else_is_refused(field: str, value: object) -> None:
    (found,) = orders_in("ecwid", json.dumps({"id": 1, field: value}))

    assert found.problem is not None
    assert found.problem.field == field


@pytest.mark.parametrize(
    ("stated", "key"),
    [
        ({}, "31"),
        ({"combinationId": 7}, "31-7"),
        ({"combinationId": 7, "selectedOptions": [{"name": "Size", "value": "L"}]}, "31-7"),
        ({"selectedOptions": [{"name": "Size", "value": "L"}]}, ""),
    ],
)
def test_a_line_names_the_product_or_the_variation_that_was_sold(stated: dict[str, Any], key: str) -> None:
    """One whose variation is not stated is known by its SKU: it is not the product itself."""
    item = {"name": "Mug", "quantity": 1, "price": 12.5, "productId": 31}

    assert read(items=[{**item, **stated}]).lines[0].product_key == key
