"""Magento's states, search results, bundles, and orders without tax in their prices."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.intake_readers import NewOrder, orders_in
from app.intake_readers.new_order import NewLine, NewShipment, NewTax
from tests.intake_readers.reading_samples import adds_up_to
from tests.intake_readers.reading_samples import read as read_sample
from tests.intake_readers.samples_read import READ, sample

PLACED_AT = datetime(2025, 8, 11, 18, 2, 30, tzinfo=UTC)
CHANGED_AT = datetime(2025, 8, 13, 8, tzinfo=UTC)


def read(**stated: Any) -> NewOrder:
    return read_sample("magento", **stated)


def item(item_id: int, **stated: Any) -> dict[str, Any]:
    return {"item_id": item_id, "name": f"Item {item_id}", "qty_ordered": 1, "price": 0, "row_total": 0} | stated


def delivered_by(method: str) -> dict[str, Any]:
    return {"shipping_assignments": [{"shipping": {"method": method}}]}


def test_the_lines_add_up_to_the_total() -> None:
    assert adds_up_to(read()) == read().total == Decimal("48.7")


def test_search_results_hold_each_order() -> None:
    page = f'{{"items": [{sample("magento")}, {{"entity_id": 8}}], "search_criteria": {{}}, "total_count": 2}}'

    first, second = orders_in("magento", page)

    assert first.order == READ["magento"]
    assert second.problem is not None
    assert (second.external_id, second.problem.field) == ("8", "created_at")


def test_prices_without_tax_are_read_without_it() -> None:
    goods = item(
        1, qty_ordered=3, price=10, price_incl_tax=12.1, original_price=10, row_total=30, row_total_incl_tax=36.3,
        discount_amount=3, tax_amount=5.67, tax_percent=21,
    )  # fmt: skip

    order = read(items=[goods], extension_attributes=None, shipping_amount=0, shipping_description=None)

    taxes = [NewTax("Tax", Decimal("5.67"), rate=Decimal(21))]
    assert not order.prices_include_tax
    assert order.lines == [
        NewLine("Item 1", Decimal(3), Decimal(10), Decimal(27), discount=Decimal(3), taxes=taxes, external_id="1")
    ]


def test_a_discount_before_tax_off_prices_with_tax_is_stated_with_tax() -> None:
    goods = item(
        1, price=10, price_incl_tax=12.1, original_price=12.1, row_total=10, row_total_incl_tax=12.1,
        discount_amount=1, tax_amount=1.89, tax_percent=21,
    )  # fmt: skip

    (line, *_) = read(items=[goods]).lines

    assert (line.unit_price, line.discount, line.total) == (Decimal("12.1"), Decimal("1.21"), Decimal("10.89"))


def test_a_bundle_is_one_line_or_its_parts_wherever_the_price_is() -> None:
    fixed = [item(1, row_total=50, price=50), item(2, parent_item_id=1), item(3, parent_item_id=1)]
    dynamic = [item(1), item(2, parent_item_id=1, row_total=20), item(3, parent_item_id=1, row_total=30)]

    whole, parts = read(items=fixed), read(items=dynamic)

    assert [(line.name, line.variant) for line in whole.lines if line.kind == "product"] == [
        ("Item 1", "Item 2, Item 3")
    ]
    assert [(line.name, line.total) for line in parts.lines if line.kind == "product"] == [
        ("Item 2", Decimal(20)),
        ("Item 3", Decimal(30)),
    ]


@pytest.mark.parametrize(("kind", "keys"), [("configurable", ["9", "4"]), ("bundle", ["", "4"])])
def test_a_line_names_the_simple_product_that_was_sold(kind: str, keys: list[str]) -> None:
    """Of a configurable one that is its part; a bundle is none."""
    whole = item(1, row_total=50, price=50, product_id=8, product_type=kind)
    order = read(items=[whole, item(2, parent_item_id=1, product_id=9), item(3, row_total=5, product_id=4)])

    assert [line.product_key for line in order.lines if line.kind == "product"] == keys


@pytest.mark.parametrize("state", ["holded", "payment_review"])
def test_the_state_tells_of_hold(state: str) -> None:
    assert read(state=state).held


def test_a_cancelled_order_is_cancelled_when_it_was_last_changed() -> None:
    assert read(state="canceled").cancelled_at == CHANGED_AT


@pytest.mark.parametrize("nothing", [None, 0])
def test_an_unpaid_order_has_only_its_gift_card(nothing: int | None) -> None:
    assert [payment.method for payment in read(total_paid=nothing).payments] == ["Gift card"]


def test_a_payment_without_an_invoice_was_made_when_the_order_was_placed() -> None:
    payment, _card = read(status_histories=[], total_paid=20).payments

    assert (payment.amount, payment.paid_at) == (Decimal(20), PLACED_AT)


def test_an_order_in_process_has_sent_what_its_items_say() -> None:
    order = read(state="processing", status_histories=[])

    assert order.shipments == [NewShipment({"501": Decimal(2), "503": Decimal(1)}, CHANGED_AT, external_id="partly")]


def test_shipments_beside_the_order_have_their_codes() -> None:
    shipments = [
        {
            "entity_id": 66,
            "created_at": "2025-08-12 07:00:00",
            "items": [{"order_item_id": 501, "qty": 2}],
            "tracks": [{"track_number": "JJD01", "title": "DHL"}, {"track_number": "JJD02", "title": "DHL"}],
        }
    ]

    (found,) = orders_in("magento", json.dumps({"order": json.loads(sample("magento")), "shipments": shipments}))

    assert found.order is not None
    sent_at = datetime(2025, 8, 12, 7, tzinfo=UTC)
    assert found.order.shipments == [
        NewShipment({"501": Decimal(2)}, sent_at, "JJD01, JJD02", carrier="DHL", external_id="66")
    ]


def test_what_is_collected_is_picked_up_when_it_is_complete() -> None:
    collected = read(extension_attributes=delivered_by("instore_pickup"))

    assert (collected.pick_up, collected.picked_up_at, collected.shipments) == (True, CHANGED_AT, [])


def test_a_guest_is_known_by_the_billing_address() -> None:
    order = read(customer_id=None, customer_firstname=None, customer_lastname=None, customer_email=None)

    assert order.customer is not None
    assert (order.customer.external_id, order.customer.name) == ("", "Klaus Weiß")
    assert order.customer.email == "klaus@example.org"


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"entity_id": 5, "increment_id": "5", "order_id": 7301, "grand_total": 3}, "order_id"),
        ({"id": 5, "sku": "A", "attribute_set_id": 4}, "attribute_set_id"),
    ],
)
def test_what_is_something_else_is_refused(value: object, field: str) -> None:
    (found,) = orders_in("magento", json.dumps(value))

    assert found.problem is not None
    assert found.problem.field == field
