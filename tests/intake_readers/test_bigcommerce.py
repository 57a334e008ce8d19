"""BigCommerce's statuses, and where the parts of an order may stand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.intake_readers import NewOrder, orders_in
from app.intake_readers.new_order import NewShipment, NewTax
from tests.intake_readers.reading_samples import adds_up_to, found_in
from tests.intake_readers.reading_samples import read as read_sample
from tests.intake_readers.samples_read import READ, sample

CHANGED_AT = datetime(2025, 7, 8, 13, tzinfo=UTC)
SHIPPED_AT = datetime(2025, 7, 7, 10, tzinfo=UTC)
LINK = {"url": "https://lamps.example/v2/orders/2087/products", "resource": "/orders/2087/products"}


def read(**stated: Any) -> NewOrder:
    return read_sample("bigcommerce", **stated)


def products(**stated: Any) -> list[dict[str, Any]]:
    return [line | stated for line in json.loads(sample("bigcommerce"))["products"]]


@pytest.mark.parametrize(
    ("stated", "key"),
    [
        ({"product_id": 31, "variant_id": 7, "product_options": []}, "31"),
        (
            {"product_id": 31, "variant_id": 7, "product_options": [{"display_name": "Size", "display_value": "L"}]},
            "31-7",
        ),
        ({"product_id": 31, "product_options": [{"display_name": "Size", "display_value": "L"}]}, ""),
        ({"product_id": 0, "variant_id": 0, "product_options": []}, ""),
    ],
)
def test_a_line_names_the_product_or_the_variant_that_was_sold(stated: dict[str, Any], key: str) -> None:
    """Typed by hand in an order there, it is none."""
    given = products(**({"product_id": None, "variant_id": None} | stated))

    assert read(products=given).lines[0].product_key == key


def test_the_lines_add_up_to_the_total() -> None:
    assert adds_up_to(read()) == Decimal("102.43")


def test_a_link_to_the_products_is_refused_and_says_what_to_do() -> None:
    problem = found_in("bigcommerce", products=LINK).problem

    assert problem is not None
    assert (problem.field, problem.external_id) == ("products", "2087")
    assert problem.reason == (
        "Found a link, expected the products themselves: put what its address answers in this place."
    )


def test_products_are_read_from_consignments_as_well() -> None:
    address = json.loads(sample("bigcommerce"))["shipping_addresses"][0]
    consignments = [{"shipping": [address | {"line_items": products()}], "pickups": []}]

    order = read(products=LINK, shipping_addresses={"resource": "/x"}, consignments=consignments)

    assert (order.lines, order.shipping) == (READ["bigcommerce"].lines, READ["bigcommerce"].shipping)
    assert order.shipping_method == "UPS (Ground)"


def test_other_links_are_parts_that_are_not_known() -> None:
    order = read(coupons=LINK, taxes=LINK, shipments=LINK, fees=LINK, shipping_addresses=LINK)

    assert (order.discount_codes, order.shipping) == ([], None)
    assert order.shipments == [NewShipment({}, SHIPPED_AT, external_id="shipped")]
    assert order.lines[0].taxes == [NewTax("Tax", Decimal("6.19"))]


def test_prices_that_were_entered_with_tax_are_read_with_it() -> None:
    lines = products(base_price="43.3000", price_inc_tax="43.3000")

    order = read(products=lines)

    assert order.prices_include_tax
    assert (order.lines[0].unit_price, order.lines[0].total) == (Decimal("43.3"), Decimal("81.19"))
    assert order.lines[2].total == Decimal("8.66")


@pytest.mark.parametrize(
    ("payment_status", "status_id", "is_paid"),
    [
        ("captured", 9, True),
        ("partially refunded", 14, True),
        ("authorized", 11, False),
        ("declined", 6, False),
        ("", 11, True),
        ("", 10, True),
        ("", 7, False),
        ("", 2, False),
    ],
)
def test_the_provider_says_what_is_paid_and_else_the_status(payment_status: str, status_id: int, is_paid: bool) -> None:
    order = read(payment_status=payment_status, status_id=status_id)

    assert ("payment" in [payment.external_id for payment in order.payments]) is is_paid


def test_the_status_tells_of_hold_cancellation_and_pick_up() -> None:
    assert read(status_id=12).held
    assert read(status_id=13).held
    assert read(status_id=5).cancelled_at == CHANGED_AT
    assert read(status_id=6).cancelled_at == CHANGED_AT
    waiting = read(status_id=8)
    assert (waiting.pick_up, waiting.ready_for_pickup_at, waiting.shipments) == (True, CHANGED_AT, [])


def test_a_consignment_for_pick_up_is_picked_up_when_it_is_completed() -> None:
    pickups = [{"pickup_method_display_name": "At the harbor", "location": {}, "line_items": [LINK]}]

    order = read(status_id=10, consignments=[{"shipping": [], "pickups": pickups}])

    assert (order.pick_up, order.picked_up_at, order.shipping_method) == (True, CHANGED_AT, "At the harbor")


def test_what_is_partly_shipped_is_told_by_its_products() -> None:
    order = read(status_id=3, shipments=None, products=products(quantity_shipped=1))

    sent = {"301": Decimal(1), "302": Decimal(1)}
    assert order.shipments == [NewShipment(sent, SHIPPED_AT, external_id="partly-shipped")]


def test_nothing_shipped_is_no_shipment() -> None:
    assert read(status_id=9, shipments=None, products=products(quantity_shipped=0)).shipments == []


def test_fees_are_lines() -> None:
    fee = {"id": 4, "customer_display_name": "Rush", "cost_ex_tax": "10.0000", "cost_inc_tax": "10.8250", "tax": 0.825}

    (rush,) = [line for line in read(fees=[fee]).lines if line.name == "Rush"]

    assert (rush.kind, rush.total, rush.taxes) == ("fee", Decimal(10), [NewTax("Tax", Decimal("0.825"))])


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"id": 1, "order_id": 2087, "name": "Lamp"}, "order_id"),
        ({"id": 1, "calculated_price": 5}, "calculated_price"),
        ({"store_id": "1", "data": {"type": "order", "id": 250}, "id": 3}, "store_id"),
    ],
)
def test_what_is_something_else_is_refused(value: object, field: str) -> None:
    (found,) = orders_in("bigcommerce", json.dumps(value))

    assert found.problem is not None
    assert found.problem.field == field
