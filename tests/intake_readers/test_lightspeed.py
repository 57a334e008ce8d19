"""Lightspeed's orders without their parts, and its statuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.intake_readers import NewOrder, orders_in
from app.intake_readers.new_order import NewLine, NewPayment, NewShipment, NewTax

UPDATED_AT = datetime(2025, 5, 9, 9, tzinfo=UTC)


def payload(**stated: Any) -> str:
    """An order under GST and PST that links to its products instead of listing them."""
    order = {
        "id": 7,
        "number": "L7",
        "createdAt": "2025-05-06T20:00:00+02:00",
        "updatedAt": "2025-05-09T11:00:00+02:00",
        "status": "processing_awaiting_shipment",
        "priceExcl": 165.45,
        "priceIncl": 185.29,
        "paymentStatus": "not_paid",
        "shipmentStatus": "not_shipped",
        "shipmentTitle": "Courier",
        "shipmentPriceExcl": 4.95,
        "shipmentPriceIncl": 5.2,
        "shipmentTaxRates": [{"name": "GST", "rate": 0.05, "amount": 0.2475}],
        "taxRates": [
            {"name": "GST", "rate": 0.05, "amount": 8.025000000000002},
            {"name": "PST", "rate": 0.07, "amount": 11.235},
        ],
        "products": {"resource": {"id": False, "url": "orders/7/products"}},
    }
    return json.dumps({"order": order | stated})


def read(**stated: Any) -> NewOrder:
    (found,) = orders_in("lightspeed", payload(**stated), currency="CAD")
    assert found.order, found.problem
    return found.order


def test_products_that_are_not_listed_are_one_line_with_every_tax() -> None:
    order = read()

    gst, pst = NewTax("GST", Decimal("8.025"), rate=Decimal(5)), NewTax("PST", Decimal("11.235"), rate=Decimal(7))
    shipping_gst = NewTax("GST", Decimal("0.2475"), rate=Decimal(5))
    courier = NewLine("Courier", Decimal(1), Decimal("4.95"), Decimal("4.95"), kind="shipping", taxes=[shipping_gst])
    goods = NewLine("Products of L7", Decimal(1), Decimal("160.5"), Decimal("160.5"), taxes=[gst, pst])
    assert order.lines == [goods, courier]
    assert (order.prices_include_tax, order.total, order.tax_total) == (False, Decimal("185.29"), Decimal("19.84"))


def test_a_coupon_is_the_discount_of_that_line() -> None:
    order = read(discountType="amount", discountAmount=9.95, discountCouponCode="SUMMER")

    assert order.discount_codes == ["SUMMER"]
    assert (order.lines[0].unit_price, order.lines[0].discount) == (Decimal("170.45"), Decimal("9.95"))


def test_an_order_is_in_the_currency_of_the_shop() -> None:
    assert read().currency == "CAD"


def test_without_the_currency_of_the_shop_it_is_refused() -> None:
    (found,) = orders_in("lightspeed", payload())

    assert found.problem is not None
    assert (found.order, found.problem.field) == (None, "currency")


def test_a_paid_order_was_paid_when_it_was_last_changed() -> None:
    order = read(paymentStatus="paid", paymentTitle="Card")

    assert order.payments == [NewPayment(Decimal("185.29"), UPDATED_AT, method="Card")]


def test_a_partly_paid_order_has_paid_its_paid_invoices() -> None:
    invoices = [{"id": 1, "status": "paid", "isCreditNote": False, "priceIncl": 100}, {"id": 2, "status": "not_paid"}]

    order = read(paymentStatus="partially_paid", invoices={"resource": {"embedded": invoices}})

    assert order.payments == [NewPayment(Decimal(100), UPDATED_AT)]


def test_a_shipped_order_without_its_shipments_is_sent() -> None:
    assert read(shipmentStatus="shipped").shipments == [NewShipment({}, sent_at=UPDATED_AT)]


def test_a_shipment_that_waits_is_packed() -> None:
    shipments = [{"id": 3, "status": "not_shipped", "trackingCode": "3S1"}, {"id": 4, "status": "cancelled"}]

    order = read(shipments={"resource": {"embedded": shipments}})

    assert order.shipments == [NewShipment({}, tracking_code="3S1", external_id="3")]


def test_the_status_tells_of_hold_cancellation_and_pick_up() -> None:
    assert read(status="on_hold").held
    assert read(status="cancelled").cancelled_at == UPDATED_AT
    assert read(status="processing_ready_for_pickup", shipmentIsPickup=True).ready_for_pickup_at == UPDATED_AT


def test_an_order_of_nothing_has_no_payment() -> None:
    assert read(priceExcl=0, priceIncl=0, paymentStatus="paid").payments == []


@pytest.mark.parametrize(
    ("link", "key"),
    [({"resource": {"id": 81, "url": "variants/81"}}, "81"), ({"resource": {"id": False}}, ""), (False, ""), ({}, "")],
)
def test_a_line_names_the_variant_that_was_sold(link: object, key: str) -> None:
    """Of one that is deleted there it names none, and is no worse an order."""
    line = {"id": 65, "productTitle": "Lamp", "quantityOrdered": 1, "priceIncl": 9, "priceExcl": 9, "variant": link}
    order = read(products={"resource": {"id": False, "embedded": [{**line, "basePriceIncl": 9, "basePriceExcl": 9}]}})

    assert order.lines[0].product_key == key
