"""Statuses of the shop's own, beside those of the order."""

from __future__ import annotations

import pytest

from app.actions.custom_statuses import set_custom_status
from app.extensions import db
from app.history import SYSTEM, Happened
from app.models import (
    CustomStatus,
    OrderStatus,
)
from tests.factories import paid_order
from tests.looking import happened, refused

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


@pytest.fixture
def gift_wrap() -> CustomStatus:
    status = CustomStatus(title="Gift wrap", colour="purple")
    db.session.add(status)
    db.session.flush()
    return status


def test_a_custom_status_stands_beside_the_order_status(gift_wrap):
    order = paid_order()

    set_custom_status(order, by=SYSTEM, status=gift_wrap.id)
    set_custom_status(order, by=SYSTEM, status=gift_wrap.id)

    assert (order.custom_status, order.status) == (gift_wrap, OrderStatus.AWAITING_SHIPMENT)
    set_custom_status(order, by=SYSTEM)
    assert order.custom_status is None
    assert happened(order).count(Happened.CUSTOM_STATUS_SET) == 2


def test_a_custom_status_that_is_not_in_use_may_stay_but_not_come(gift_wrap):
    order, other = paid_order(), paid_order()
    set_custom_status(order, by=SYSTEM, status=gift_wrap.id)
    gift_wrap.is_active = False

    set_custom_status(order, by=SYSTEM, status=gift_wrap.id)
    refused(lambda: set_custom_status(other, by=SYSTEM, status=gift_wrap.id), "not in use")
    refused(lambda: set_custom_status(other, by=SYSTEM, status=999), "not in use")
    assert order.custom_status is gift_wrap
