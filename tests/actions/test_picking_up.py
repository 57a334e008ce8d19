"""Ready for pick-up, and picked up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.actions.picking_up import not_ready, picked_up, ready_for_pickup
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.extensions import db
from app.history import SYSTEM, Happened
from app.models import (
    Order,
    OrderStatus,
    OutgoingMail,
    ShipmentStatus,
)
from app.queries import shop
from tests.factories import PLACED_AT, paid_order, placed_order
from tests.looking import happened, kinds_of_mail, refused, refused_on

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def draft() -> Order:
    order = placed_order()
    order.is_draft = True
    return order


def test_ready_for_pickup_tells_the_customer_once():
    order = paid_order(pick_up=True)

    ready_for_pickup(order, by=SYSTEM)
    assert order.status == OrderStatus.READY_FOR_PICKUP
    refused(lambda: ready_for_pickup(order, by=SYSTEM), "ready for pick-up already")
    not_ready(order, by=SYSTEM)
    assert order.status == OrderStatus.AWAITING_PICKUP
    refused(lambda: not_ready(order, by=SYSTEM), "not ready")
    ready_for_pickup(order, by=SYSTEM)

    mails = db.session.scalars(select(OutgoingMail.state).where(OutgoingMail.kind == "ready_for_pickup"))
    assert list(mails) == ["withdrawn", "queued"]
    assert happened(order).count(Happened.READY_FOR_PICKUP) == 2


def test_picked_up_hands_all_of_it_over_without_a_mail():
    order = paid_order(pick_up=True)
    create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})

    shipments = picked_up(order, by=SYSTEM)

    assert [len(shipment.lines) for shipment in shipments] == [1, 2]
    assert (order.status, order.shipment_status) == (OrderStatus.COMPLETED, ShipmentStatus.SHIPPED)
    assert kinds_of_mail() == ["order_confirmation"]
    assert happened(order)[-2:] == [Happened.PICKED_UP, Happened.PICKED_UP]
    refused(lambda: picked_up(order, by=SYSTEM), "is picked up")
    refused(lambda: ready_for_pickup(order, by=SYSTEM), "is picked up")


def test_no_mail_tells_of_a_parcel_that_is_picked_up():
    order = paid_order(pick_up=True)
    refused(lambda: mark_sent(order, by=SYSTEM), "use Picked up")

    send_shipment(create_packing_slip(order, by=SYSTEM), by=SYSTEM, notify=True)

    assert kinds_of_mail() == ["order_confirmation"]


@pytest.mark.parametrize("name", ["ready_for_pickup", "not_ready", "picked_up"])
def test_what_nobody_picks_up(name):
    refused_on(paid_order(), name, "not for pick-up")
    refused_on(paid_order(pick_up=True, held=True), name, "on hold")
    refused_on(placed_order(pick_up=True, cancelled_at=PLACED_AT), name, "cancelled")
    refused_on(draft(), name, "draft")


def test_what_is_picked_up_may_be_packed_before_it_is_paid_but_not_handed_over():
    shop().forbid_unpaid_shipping = True
    order = placed_order(pick_up=True)

    ready_for_pickup(order, by=SYSTEM)
    create_packing_slip(order, by=SYSTEM)
    refused(lambda: picked_up(order, by=SYSTEM), "not paid")
