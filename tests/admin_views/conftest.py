"""What tests of the back office's pages start from besides."""

from __future__ import annotations

from typing import Any

import pytest

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
