"""Shopware 6: prices with tax, without, and free of it; parts of bundles; states of transactions and deliveries."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from app.intake_readers import NewOrder, only_order_in
from tests.intake_readers.samples_read import sample


def stated(**changes: Any) -> dict[str, Any]:
    return {**json.loads(sample("shopware")), **changes}


def read(**changes: Any) -> NewOrder:
    found = only_order_in("shopware", json.dumps(stated(**changes)), currency="CHF")
    assert found.order, found.problem
    return found.order


def item(id: str, total: float, taxes: list[tuple[float, float]], **more: Any) -> dict[str, Any]:
    """A line; taxes are rate and amount."""
    listed = [{"taxRate": rate, "tax": amount, "price": total} for rate, amount in taxes]
    price = {"unitPrice": total, "quantity": 1, "totalPrice": total, "calculatedTaxes": listed}
    return {"id": id, "type": "product", "label": id, "quantity": 1, "price": price, **more}


def test_a_line_names_the_product_that_was_sold() -> None:
    """Each variant is a product of its own there; what is none says none."""
    order = read(
        lineItems=[item("a", 20, [(21, 4.2)], productId="0f" * 16), item("b", 5, [(21, 1.05)], productId=None)]
    )

    assert [one.product_key for one in order.lines if one.kind == "product"] == ["0f" * 16, ""]


def test_net_prices_add_up_with_their_taxes() -> None:
    taxes = [{"tax": 4.2, "taxRate": 21, "price": 20}]
    order = read(
        taxStatus="net",
        amountTotal=24.2,
        price={"totalPrice": 24.2, "rawTotal": 24.2, "netPrice": 20, "calculatedTaxes": taxes},
        shippingCosts={"totalPrice": 0, "calculatedTaxes": []},
        lineItems=[item("a", 20, [(21, 4.2)])],
    )

    assert (order.prices_include_tax, order.total, order.tax_total) == (False, Decimal("24.2"), Decimal("4.2"))
    assert [(one.total, [tax.amount for tax in one.taxes]) for one in order.lines] == [(20, [Decimal("4.2")])]


def test_a_tax_free_order_bears_none_whatever_its_lines_say() -> None:
    order = read(
        taxStatus="tax-free",
        amountTotal=20,
        price={"totalPrice": 20, "netPrice": 20, "calculatedTaxes": []},
        shippingCosts={"totalPrice": 0, "calculatedTaxes": []},
        lineItems=[item("a", 20, [(0, 0)])],
    )

    assert (order.prices_include_tax, order.tax_total, order.lines[0].taxes) == (False, Decimal(0), [])


def test_parts_of_a_bundle_are_listed_and_its_price_counts_once() -> None:
    whole, part = item("set", 31.59, [(21, 5.48)], type="container"), item("cup", 31.59, [(21, 5.48)], parentId="set")

    order = read(lineItems=[whole, part])

    assert sum(one.total for one in order.lines) == order.total
    assert [(one.name, one.total) for one in order.lines][:2] == [("set", Decimal("31.59")), ("cup", Decimal(0))]


def test_a_total_that_was_rounded_to_five_cents_adds_up() -> None:
    price = {**stated()["price"], "totalPrice": 37.65}

    order = read(price=price, amountTotal=37.65)

    assert sum(one.total for one in order.lines) == order.total == Decimal("37.65")
    assert (order.lines[-1].name, order.lines[-1].total) == ("Rounding", Decimal("0.01"))


def transaction(state: str, **more: Any) -> dict[str, Any]:
    return {**stated()["transactions"][1], "stateMachineState": {"technicalName": state}, **more}


@pytest.mark.parametrize(
    ("state", "paid", "refunded", "has_failed", "is_unplaced"),
    [
        ("open", 0, 0, False, False),
        ("authorized", 0, 0, False, False),
        ("unconfirmed", 0, 0, False, True),
        ("failed", 0, 0, True, False),
        ("paid", 1, 0, False, False),
        ("refunded", 1, 1, False, False),
        ("chargeback", 1, 1, False, False),
        ("refunded_partially", 1, 0, False, False),
    ],
)
def test_the_state_of_a_transaction_says_what_came_in_and_went_back(
    state: str, paid: int, refunded: int, has_failed: bool, is_unplaced: bool
) -> None:
    order = read(transactions=[transaction(state)])

    assert (len(order.payments), len(order.refunds)) == (paid, refunded)
    assert (order.has_failed, order.is_unplaced) == (has_failed, is_unplaced)
    assert bool(order.warnings) == (state == "refunded_partially")


def test_what_a_payment_provider_paid_back_is_read_piece_by_piece() -> None:
    went = {"id": "r1", "amount": {"totalPrice": 5}, "createdAt": "2026-03-05T10:00:00.000+00:00"}
    done, failed = ({**went, "id": id, "stateMachineState": {"technicalName": id}} for id in ("completed", "failed"))

    order = read(transactions=[transaction("refunded_partially", captures=[{"refunds": [done, failed]}])])

    assert [(one.amount, one.external_id) for one in order.refunds] == [(Decimal(5), "completed")]
    assert order.warnings == []


def delivery(state: str, **more: Any) -> dict[str, Any]:
    return {**stated()["deliveries"][0], "stateMachineState": {"technicalName": state}, **more}


@pytest.mark.parametrize(
    ("state", "codes", "parcels"),
    [
        ("open", [], []),
        ("open", ["A"], [("A", False, False)]),
        ("shipped_partially", ["A"], [("A", False, False)]),
        ("shipped", [], [("", True, False)]),
        ("shipped", ["A", "B"], [("A", True, False), ("B", True, False)]),
        ("returned", ["A"], [("A", True, False)]),
        ("cancelled", [], [("", False, True)]),
    ],
)
def test_the_state_of_a_delivery_says_what_went(
    state: str, codes: list[str], parcels: list[tuple[object, ...]]
) -> None:
    order = read(deliveries=[delivery(state, trackingCodes=codes)])

    told = [(one.tracking_code, one.sent_at is not None, one.is_called_off) for one in order.shipments]
    assert told == parcels


def test_a_delivery_that_only_takes_something_off_the_shipping_is_no_parcel() -> None:
    off = delivery("open", id="off", shippingCosts={"totalPrice": -6.05}, trackingCodes=["X"])

    assert [one.tracking_code for one in read(deliveries=[off, delivery("shipped")]).shipments] == [
        "JJD0001",
        "JJD0002",
    ]


def test_a_delivery_that_moves_only_its_own_date_is_a_change() -> None:
    order = read(updatedAt=None, deliveries=[delivery("shipped", updatedAt="2026-03-09T08:00:00.000+00:00")])

    assert order.updated_at
    assert order.updated_at.day == 9


@pytest.mark.parametrize("name", ["lineItems", "stateMachineState"])
def test_an_association_that_was_not_asked_for_is_named(name: str) -> None:
    problem = only_order_in("shopware", json.dumps(stated(**{name: None}))).problem

    assert problem
    assert (problem.field, problem.external_id) == (name, stated()["id"])


def test_an_answer_of_the_api_is_taken_apart() -> None:
    answer = {"total": 1, "data": [stated()], "aggregations": []}

    found = only_order_in("shopware", json.dumps(answer))

    assert found.order
    assert found.external_id == stated()["id"]


def test_invoices_of_the_shop_are_known_by_their_numbers() -> None:
    made = [
        {"documentType": {"technicalName": "invoice"}, "config": {"documentNumber": "1000"}},
        {"documentType": {"technicalName": "delivery_note"}, "config": {"documentNumber": "2000"}},
    ]

    order = read(documents=made)

    assert (order.is_invoiced, order.invoice_numbers) == (True, ["1000"])
