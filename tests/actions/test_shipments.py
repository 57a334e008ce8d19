"""Packing slips, sending, and what must be paid before."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.actions.payments import enter_payment, mark_paid
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.amounts.money import ZERO
from app.history import SYSTEM
from app.models import (
    Order,
    OrderStatus,
    ShipmentStatus,
)
from app.operations import checks
from app.queries import shop
from tests.factories import line, paid_order, placed_order
from tests.looking import kinds_of_mail, refused

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


@pytest.mark.parametrize(("code", "kind"), [("", "order_sent"), ("3SABC", "track_and_trace")])
def test_mark_sent_sends_all_and_tells_it_once_in_one_of_two_ways(code, kind):
    order = paid_order()

    (shipment,) = mark_sent(order, by=SYSTEM, tracking_code=code)

    assert (shipment.number, shipment.tracking_code) == ("PS00001", code)
    assert (order.status, order.shipment_status) == (OrderStatus.COMPLETED, ShipmentStatus.SHIPPED)
    assert [m for m in kinds_of_mail() if m in ("order_sent", "track_and_trace")] == [kind]
    refused(lambda: mark_sent(order, by=SYSTEM), "Everything on this order is sent")


def test_a_part_is_packed_and_the_rest_goes_along():
    order = placed_order()
    mug = order.lines[0]

    create_packing_slip(order, by=SYSTEM, quantities={mug.id: Decimal(2)})
    refused(lambda: create_packing_slip(order, by=SYSTEM, quantities={mug.id: Decimal(2)}), "less left to pack")
    mark_sent(order, by=SYSTEM)

    assert [[packed.quantity for packed in shipment.lines] for shipment in order.shipments] == [[2], [1, 1]]
    assert order.shipment_status == ShipmentStatus.SHIPPED


def test_the_shop_may_forbid_to_send_what_is_not_paid():
    order = placed_order()
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    shop().forbid_unpaid_shipping = True

    refused(lambda: mark_sent(order, by=SYSTEM), "not paid")
    refused(lambda: create_packing_slip(order, by=SYSTEM), "not paid")
    refused(lambda: send_shipment(slip, by=SYSTEM), "not paid")
    enter_payment(order, by=SYSTEM, amount=Decimal(20))
    refused(lambda: mark_sent(order, by=SYSTEM), "Only a part of the order is paid")

    mark_paid(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM)
    assert order.status == OrderStatus.COMPLETED


def test_an_order_of_zero_goes_all_the_way():
    shop().forbid_unpaid_shipping = True
    order = free()

    assert (order.status, order.open_amount) == (OrderStatus.AWAITING_SHIPMENT, 0)
    mark_sent(order, by=SYSTEM)
    assert order.status == OrderStatus.COMPLETED
    assert list(checks.findings()) == []


def free() -> Order:
    return placed_order(lines=[line("Sample", quantity="2", unit_price="0")], total=ZERO, tax_total=ZERO)


def test_several_parcels_each_with_its_own_quantities_and_code():
    order = paid_order()
    mugs, pot, _cost = order.lines
    first = create_packing_slip(order, by=SYSTEM, quantities={mugs.id: Decimal(1)})
    second = create_packing_slip(order, by=SYSTEM, quantities={mugs.id: Decimal(2), pot.id: Decimal(1)})

    send_shipment(second, by=SYSTEM, tracking_code="3SB")
    assert order.shipment_status == ShipmentStatus.PARTIALLY_SHIPPED
    send_shipment(first, by=SYSTEM, tracking_code="3SA")

    assert order.shipment_status == ShipmentStatus.SHIPPED
    assert [(s.tracking_code, [packed.quantity for packed in s.lines]) for s in order.shipments] == [
        ("3SA", [1]),
        ("3SB", [2, 1]),
    ]
    assert kinds_of_mail().count("track_and_trace") == 2
