"""What tests of the back office's pages start from besides."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from app import queries
from app.actions.shipments import mark_sent
from app.extensions import db
from app.history import SYSTEM
from app.models import ReturnReason
from tests.factories import paid_order


@pytest.fixture
def order_ids(in_app: Any) -> dict[str, Any]:
    """A paid and sent order of three mugs and a teapot: its number, and the ids of its lines and invoice."""
    with in_app():
        db.session.add(ReturnReason(title="Too blue"))
        db.session.add(ReturnReason(title="Given up", is_active=False))
        order = paid_order(language="en")
        mark_sent(order, by=SYSTEM, notify=False)
        mugs, teapot, shipping = (line.id for line in order.lines)
        return {
            "url": f"/admin/order/{order.number}",
            "invoice": order.invoices[0].id,
            "mugs": mugs,
            "teapot": teapot,
            "shipping": shipping,
        }


@pytest.fixture
def state(in_app: Any) -> Callable[[str], tuple[str, str, Decimal]]:
    """Asks for an order's status, its payment status, and what is open."""

    def ask(number: str) -> tuple[str, str, Decimal]:
        with in_app():
            order = queries.order_numbered(number)
            assert order is not None
            return order.status, order.payment_status, order.open_amount

    return ask
