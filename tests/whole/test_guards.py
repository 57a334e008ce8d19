"""What the database refuses by itself: changing or deleting what was issued, paid or written down."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.actions.payments import mark_paid
from app.actions.shipments import mark_sent
from app.documents import printing
from app.extensions import db
from app.history import SYSTEM
from tests.factories import placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]

CHANGES = [
    "UPDATE invoice SET total = 1",
    "UPDATE invoice SET number = 'X'",
    "UPDATE invoice SET snapshot = '{}'",
    "UPDATE invoice_line SET net = 1",
    "UPDATE print SET sha256 = 'x'",
    "UPDATE payment SET amount = 1",
    "UPDATE history SET facts = '[]'",
    "UPDATE shipment SET number = 'X'",
    "UPDATE orders SET number = 'X'",
    "UPDATE outgoing_mail SET body = 'x'",
    *[
        f"DELETE FROM {table}"
        for table in ("print", "invoice_line", "invoice", "payment", "history", "outgoing_mail", "orders")
    ],
    "UPDATE order_line SET invoiced = quantity + 1000000",
    "UPDATE order_line SET shipped = -1",
    "UPDATE order_line SET credited = invoiced + 1",
]


@pytest.fixture
def a_whole_order(database: None) -> None:
    order = placed_order()
    mark_paid(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM)
    db.session.commit()
    printing.printed(order.invoices[0])
    db.session.commit()


@pytest.mark.usefixtures("a_whole_order")
def test_each_of_these_is_refused():
    for change in CHANGES:
        with pytest.raises(DBAPIError):
            db.session.execute(text(change))
        db.session.rollback()


@pytest.mark.usefixtures("a_whole_order")
@pytest.mark.parametrize("change", ["paid_at = NULL", "delivery_time = 'Monday'", "revision = revision + 1"])
def test_what_the_pop_up_may_touch_is_not(change):
    assert db.session.execute(text(f"UPDATE invoice SET {change}")).rowcount == 1
