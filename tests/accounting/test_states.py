"""Stored sums and statuses follow from the facts."""

from __future__ import annotations

import pytest

from app.accounting.states import derived
from app.actions.shipments import create_packing_slip, mark_sent
from app.history import SYSTEM
from tests.factories import PLACED_AT, paid_order, placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def test_stored_states_follow_from_the_facts_throughout():
    orders = [placed_order(), paid_order(), placed_order(held=True), placed_order(cancelled_at=PLACED_AT)]
    mark_sent(orders[1], by=SYSTEM)
    create_packing_slip(orders[0], by=SYSTEM)

    for order in orders:
        assert {name: getattr(order, name) for name in derived(order)} == derived(order)
