"""Which words say how far an order is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.actions.picking_up import picked_up
from app.history import SYSTEM
from app.queries import order_numbered
from tests.clients import Client
from tests.factories import paid_order

#: In a badge, or on top of a column; the filters of the list name both.
SHIPPING = re.compile(r'class="tag[^>]*>(?:<svg.*?</svg>)?(?:Not s|S)hipped|<th[^>]*>(?:Shipped|Still to ship)<')


@pytest.fixture
def collected(in_app: Any) -> str:
    """The number of an order that was picked up."""
    with in_app():
        order = paid_order(pick_up=True)
        picked_up(order, by=SYSTEM)
        return order.number


def test_what_was_picked_up_is_nowhere_said_to_be_shipped(client: Client, in_app: Any, collected: str) -> None:
    with in_app():
        customer_id = order_numbered(collected).customer_id
    pages = (
        f"/admin/order/{collected}",
        f"/admin/order/{collected}?tab=products",
        "/admin/order/",
        f"/admin/customer/details/?id={customer_id}",
    )
    for address in pages:
        text = client.get(address).text
        assert "Picked up" in text, address
        assert not SHIPPING.search(text), address


def test_the_preview_of_many_speaks_of_picking_up(client: Client, in_app: Any) -> None:
    with in_app():
        number = paid_order(pick_up=True).number
    text = client.post("/admin/order/bulk", data={"action": "cancel_order", "rowid": number}).text

    assert "Not picked up" in text
    assert not SHIPPING.search(text)
