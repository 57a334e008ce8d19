"""PrestaShop: moments in the shop's own time, states that each shop may make its own, and money that was shared."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.intake_readers import NewOrder, only_order_in
from tests.intake_readers.samples_read import sample


def read(*, beside: dict[str, Any] | None = None, time_zone: str = "UTC", **stated: Any) -> NewOrder:
    """The sample, with other facts in the order, and other lists beside it."""
    payload = json.loads(sample("prestashop")) | (beside or {})
    payload["order"] |= stated
    found = only_order_in("prestashop", json.dumps(payload), currency="EUR", time_zone=time_zone)
    assert found.order, found.problem
    return found.order


def test_moments_are_in_the_time_zone_of_the_shop() -> None:
    order = read(time_zone="Europe/Paris")

    assert order.placed_at == datetime(2025, 9, 1, 19, 5, tzinfo=UTC)
    assert order.payments[0].paid_at == datetime(2025, 9, 2, 8, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "facts"),
    [
        ("2", {}),
        ("4", {"shipments": 1}),
        ("5", {"shipments": 1, "is_completed": True}),
        ("6", {"cancelled": True}),
        ("7", {"is_completed": True}),
        ("8", {"has_failed": True}),
    ],
)
def test_states_of_a_new_shop_are_known_by_their_ids(number: str, facts: dict[str, object]) -> None:
    order = read(current_state=number, beside={"order_states": [], "order_carriers": [], "order_slip": []})

    told = {
        "shipments": len(order.shipments),
        "is_completed": order.is_completed,
        "cancelled": order.cancelled_at is not None,
        "has_failed": order.has_failed,
    }
    assert {name: value for name, value in told.items() if value} == facts


@pytest.mark.parametrize(
    ("template", "is_cancelled"),
    [("order_canceled", True), ([{"id": "1", "value": "order_canceled"}], True), ("payment", False), ("", False)],
)
def test_a_state_that_a_shop_made_is_known_by_its_flags_and_its_mail(template: object, is_cancelled: bool) -> None:
    state = {"id": "21", "shipped": "1", "paid": "1", "template": template}

    order = read(current_state="21", beside={"order_states": [state]})

    assert (order.cancelled_at is not None, order.shipments[0].sent_at is not None) == (is_cancelled, True)


def test_a_code_without_a_state_of_sending_is_a_parcel_that_is_packed() -> None:
    order = read(current_state="3", beside={"order_states": []})

    assert [(one.tracking_code, one.sent_at) for one in order.shipments] == [("6A00000000812", None)]


def test_payments_that_several_orders_share_are_not_counted_whole() -> None:
    order = read(total_paid_real="30.000000")

    assert [(one.amount, one.external_id) for one in order.payments] == [(Decimal(30), "")]


def test_a_refunded_order_without_slips_went_back_as_a_whole() -> None:
    order = read(current_state="7", beside={"order_states": [], "order_slip": []})

    assert [one.amount for one in order.refunds] == [Decimal("64.33")]


@pytest.mark.parametrize(("round_type", "total"), [("1", "0.30"), ("2", "0.31")])
def test_pieces_or_rows_are_rounded_as_the_shop_does(round_type: str, total: str) -> None:
    row = {"id": "1", "product_name": "Pin", "product_quantity": "3", "product_reference": ""}
    row |= {"unit_price_tax_incl": "0.103000", "unit_price_tax_excl": "0.085833"}

    order = read(round_type=round_type, associations={"order_rows": [row]})

    assert order.lines[0].total == Decimal(total)
    assert order.lines[0].taxes[0].rate == Decimal(20)


@pytest.mark.parametrize(("combination", "key"), [("0", "9"), ("", "9"), ("41", "9-41")])
def test_a_row_names_the_product_or_the_combination_that_was_sold(combination: str, key: str) -> None:
    row = {"id": "1", "product_name": "Pin", "product_quantity": "3", "product_reference": "", "product_id": "9"}
    row |= {"unit_price_tax_incl": "0.1", "unit_price_tax_excl": "0.1", "product_attribute_id": combination}

    assert read(associations={"order_rows": [row]}).lines[0].product_key == key


def test_an_order_alone_is_read_as_far_as_it_goes() -> None:
    alone = json.dumps(json.loads(sample("prestashop"))["order"])

    order = only_order_in("prestashop", alone, currency="CHF").order

    assert order
    assert (order.currency, order.customer, order.billing, order.total) == ("CHF", None, None, Decimal("64.33"))
    assert [(one.amount, one.is_derived) for one in order.payments] == [(Decimal("64.33"), True)]
