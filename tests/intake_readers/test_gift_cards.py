"""A gift card of any shop is a payment, not a discount."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from app.intake_readers import NewOrder, orders_in
from tests.intake_readers.reading_samples import read


def paid(order: NewOrder) -> dict[str, Decimal]:
    return {payment.method: payment.amount for payment in order.payments}


def lamp(total: str, **facts: Any) -> dict[str, Any]:
    """An order of WooCommerce: a lamp of 90.00, VAT included."""
    line = {
        "id": 1, "name": "Lamp", "quantity": 1, "subtotal": "74.38", "subtotal_tax": "15.62", "total": "74.38",
        "total_tax": "15.62", "taxes": [{"id": 1, "total": "15.62", "subtotal": "15.62"}],
    }  # fmt: skip
    rate = {"id": 1, "rate_id": 1, "label": "VAT", "tax_total": "15.62", "rate_percent": 21}
    return {
        "id": 7005, "number": "7005", "status": "processing", "currency": "EUR", "prices_include_tax": True,
        "date_created_gmt": "2026-11-20T10:00:00", "date_paid_gmt": "2026-11-20T10:01:00", "total": total,
        "total_tax": "15.62", "payment_method": "ideal", "payment_method_title": "iDEAL", "line_items": [line],
        "tax_lines": [rate], "shipping_lines": [], "fee_lines": [], "coupon_lines": [], "refunds": [], **facts,
    }  # fmt: skip


def read_lamp(total: str, **facts: Any) -> NewOrder:
    (found,) = orders_in("woocommerce", json.dumps(lamp(total, **facts)), currency="EUR")
    assert found.order, found.problem
    return found.order


CARDS = [{"id": 1, "code": "ABC", "amount": 30}]
YITH = [{"id": 9, "key": "_ywgc_applied_gift_cards", "value": {"ABC": "30.00"}}]


@pytest.mark.parametrize("noted", [{"gift_cards": CARDS}, {"meta_data": YITH}])
@pytest.mark.parametrize("total", ["60.00", "90.00"])  # taken off the total, or not
def test_a_gift_card_of_woocommerce_pays(total: str, noted: dict[str, Any]) -> None:
    order = read_lamp(total, **noted)

    assert (order.total, order.tax_total) == (Decimal(90), Decimal("15.62"))
    assert paid(order) == {"iDEAL": Decimal(60), "Gift card": Decimal(30)}
    assert [payment.reference for payment in order.payments] == ["", "ABC"]


def test_a_gift_card_that_pays_all_is_the_only_payment() -> None:
    cards = [{"id": 1, "code": "A", "amount": 50}, {"id": 2, "code": "B", "amount": "40"}]
    order = read_lamp("0.00", gift_cards=cards)
    assert (order.total, sum(payment.amount for payment in order.payments)) == (90, 90)
    assert {payment.method for payment in order.payments} == {"Gift card"}


def test_what_is_called_off_was_paid_by_no_card() -> None:
    assert read_lamp("60.00", gift_cards=CARDS, status="cancelled", date_paid_gmt=None).payments == []
    assert read_lamp("60.00", gift_cards=CARDS, status="failed", date_paid_gmt=None).payments == []


def test_a_gift_card_of_magento_pays() -> None:
    order = read("magento")
    assert "Gift card" in paid(order)
    assert "Gift card" not in {line.name for line in order.lines}
    assert sum(line.total for line in order.lines) == order.total


def test_a_gift_card_of_lightspeed_pays() -> None:
    card = [{"id": 3, "amount": 5}]
    before = read("lightspeed", paymentStatus="paid", giftCardsPayment=[])
    order = read("lightspeed", paymentStatus="paid", giftCardsPayment=card)
    assert order.total == before.total
    assert paid(order)["Gift card"] == 5
    assert sum(paid(order).values()) == sum(paid(before).values())
