"""WooCommerce's statuses and older ways of saying things."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.intake_readers import NewOrder, orders_in
from app.intake_readers.new_order import NewLine, NewPayment, NewRefund, NewShipment, NewTax

MODIFIED_AT = datetime(2025, 2, 5, 16, tzinfo=UTC)


def read(**stated: Any) -> NewOrder:
    """A small order of one tin of tea, as far as a test doesn't say otherwise."""
    payload = {
        "id": 7,
        "number": "7",
        "status": "processing",
        "currency": "EUR",
        "date_created_gmt": "2025-02-03T09:15:00",
        "date_modified_gmt": "2025-02-05T16:00:00",
        "total": "10.00",
        "line_items": [{"id": 1, "name": "Tea", "quantity": 1, "subtotal": "10.00", "total": "10.00"}],
    }
    (found,) = orders_in("woocommerce", json.dumps(payload | stated))
    assert found.order, found.problem
    return found.order


def test_a_line_without_taxes_and_number_is_read() -> None:
    order = read(number="")

    assert order.number == "7"
    assert order.lines == [NewLine("Tea", Decimal(1), unit_price=Decimal(10), total=Decimal(10), external_id="1")]
    assert order.payments == order.shipments == order.refunds == []


def test_an_unpaid_order_on_hold_awaits_its_bank_transfer() -> None:
    assert not read(status="on-hold").held


def test_a_paid_order_on_hold_is_held() -> None:
    assert read(status="on-hold", date_paid_gmt="2025-02-03T09:16:00").held


@pytest.mark.parametrize("status", ["cancelled", "trash"])
def test_a_cancelled_order_was_cancelled_when_it_was_last_changed(status: str) -> None:
    assert read(status=status).cancelled_at == MODIFIED_AT


def test_a_failed_payment_cancels_nothing() -> None:
    order = read(status="failed")

    assert (order.cancelled_at, order.payments) == (None, [])


def test_a_completed_order_is_paid_and_sent() -> None:
    order = read(status="completed", date_completed_gmt="2025-02-04T12:00:00")

    at = datetime(2025, 2, 4, 12, tzinfo=UTC)
    assert order.payments == [NewPayment(Decimal(10), at)]
    assert order.shipments == [NewShipment({}, sent_at=at, external_id="completed")]


def test_a_completed_pick_up_is_picked_up() -> None:
    pick_up = {"id": 2, "method_title": "Collect", "method_id": "local_pickup:4", "total": "0.00"}

    order = read(status="completed", shipping_lines=[pick_up])

    assert (order.pick_up, order.picked_up_at, order.shipments) == (True, MODIFIED_AT, [])


def test_an_order_of_nothing_has_no_payment() -> None:
    assert read(total="0.00", date_paid_gmt="2025-02-03T09:16:00").payments == []


def test_refunds_are_positive_and_older_ones_keep_their_reason() -> None:
    order = read(refunds=[{"id": 9, "refund": "Too late", "total": "-2.50"}])

    assert order.refunds == [NewRefund(Decimal("2.5"), reason="Too late", external_id="9")]


def test_a_price_that_staff_raised_is_no_negative_discount() -> None:
    line = {"id": 1, "name": "Tea", "quantity": 2, "subtotal": "10.00", "total": "12.00"}

    (read_line,) = read(line_items=[line]).lines

    assert (read_line.unit_price, read_line.discount, read_line.total) == (6, 0, 12)


def test_tax_that_no_tax_line_explains_is_kept() -> None:
    line = {"id": 1, "name": "Tea", "quantity": 1, "subtotal": "10.00", "total": "10.00", "total_tax": "2.10"}

    (read_line,) = read(line_items=[line]).lines

    assert read_line.taxes == [NewTax("Tax", Decimal("2.1"))]


def test_several_taxes_of_a_line_are_told_apart_by_their_id() -> None:
    taxes = [{"id": 5, "total": "0.5"}, {"id": 6, "total": "0.74"}, {"id": 99, "total": "0.01"}]
    line = {"id": 1, "name": "Tea", "quantity": 1, "subtotal": "10", "total": "10", "taxes": taxes}
    gst = {"rate_id": 5, "label": "GST", "rate_percent": 5, "compound": False}
    pst = {"rate_id": 6, "label": "PST", "rate_percent": "7.0", "compound": True}

    (read_line,) = read(line_items=[line], tax_lines=[gst, pst]).lines

    assert read_line.taxes == [
        NewTax("GST", Decimal("0.5"), rate=Decimal(5)),
        NewTax("PST", Decimal("0.74"), rate=Decimal(7), compound=True),
        NewTax("Tax", Decimal("0.01")),
    ]


@pytest.mark.parametrize(("status", "is_unplaced"), [("pending", True), ("on-hold", False), ("processing", False)])
def test_an_order_whose_payment_was_only_begun_is_not_placed_yet(status: str, is_unplaced: bool) -> None:
    assert read(status=status).is_unplaced == is_unplaced


# --- the house, where a plug-in keeps it apart ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "meta", "house"),
    [
        ("Markt", {"_billing_house_number": "87", "_billing_house_number_suffix": "A"}, ("Markt 87 A", "87", "A")),
        ("Markt 87-A", {"_billing_house_number": 87, "_billing_house_number_suffix": "a"}, ("Markt 87-A", "87", "a")),
        ("Markt 87", {"billing_house_number": "87", "_billing_house_number_suffix": ""}, ("Markt 87", "87", "")),
        ("Rua Direita", {"_billing_number": "12"}, ("Rua Direita 12", "12", "")),
        ("Markt 87", {"_shipping_house_number": "3", "_billing_house_number": ["odd"]}, ("Markt 87", "", "")),
    ],
)
def test_the_house_of_a_plug_in_is_in_the_line_and_apart(
    line: str, meta: dict[str, object], house: tuple[str, ...]
) -> None:
    noted = [{"key": key, "value": value} for key, value in meta.items()]

    billing = read(billing={"first_name": "Femke", "address_1": line}, meta_data=noted).billing

    assert billing
    assert (billing.street, billing.house_number, billing.house_extension) == house


def test_the_house_that_a_plug_in_adds_to_the_address_itself_is_read() -> None:
    billing = read(billing={"first_name": "Ana", "address_1": "Rua Direita", "number": "12"}).billing

    assert billing
    assert (billing.street, billing.house_number) == ("Rua Direita 12", "12")
