"""One damage at a time to a shop whose guards were dropped: `toonbank check` says what is wrong, and where."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask

from app.actions.payments import mark_paid
from app.actions.shipments import mark_sent
from app.extensions import db
from app.history import SYSTEM
from app.models import Print
from app.operations import checks, schema_checks, sealing
from tests.dropped_guards import drop_guards
from tests.factories import placed_order

Fill = Callable[[str, Callable[[], Any]], Any]
X = sha256(b"x").hexdigest()

#: What is done, and the beginning of what is told of it.
DAMAGES = {
    # documents
    "UPDATE invoice SET number = 'X' WHERE id = 1": "ORD10001: X says INV00001 of its number, but X is stored",
    "UPDATE invoice SET order_id = 2 WHERE id = 1": "ORD10002: INV00001 says ORD10001 of its order, but ORD10002 is",
    "UPDATE invoice SET due_on = '2031-01-01' WHERE id = 1": "ORD10001: INV00001 says 20",
    "UPDATE invoice SET issued_at = '2020-01-01 00:00:00' WHERE id = 1": "ORD10001: INV00001 says 20",
    "UPDATE invoice SET currency = 'USD' WHERE id = 1": "ORD10001: INV00001 says EUR of its currency, but USD is",
    "UPDATE invoice SET snapshot = '{' WHERE id = 1": "ORD10001: can’t be read: ",
    "UPDATE invoice SET total = 'much' WHERE id = 1": "ORD10001: can’t be read: ",
    "DELETE FROM print WHERE id = 1": "print 1 was deleted",
    # orders
    "UPDATE orders SET total = total + 1000000 WHERE id = 3": "ORD10003: net 55.99 and VAT 11.76 are stored, but a",
    "UPDATE orders SET net_total = 1 WHERE id = 3": "ORD10003: net 0.000001 and VAT 11.76 are stored, but a total",
    "UPDATE orders SET computed_total = 1 WHERE id = 3": "ORD10003: its lines are stored to add up to 0.000001, but",
    "UPDATE orders SET currency = 'USD' WHERE id = 3": "ORD10003: INV00003 says EUR of the currency of its order, but",
    "UPDATE orders SET status = 'lost' WHERE id = 3": "ORD10003: status is stored as lost, but follows as awaiting_pay",
    "UPDATE orders SET customer_id = 999 WHERE id = 3": "orders 3: its customer_id leads to customer 999, which is",
    "UPDATE orders SET has_unanswered_ticket = 1 WHERE id = 3": "ORD10003: is marked with a question that waits, and",
    "UPDATE orders SET reminders = -1 WHERE id = 3": "ORD10003: -1 reminders are stored, but 0 were written",
    "UPDATE order_line SET total = total + 1000000 WHERE order_id = 3": "ORD10003: its lines are stored to add up to",
    "UPDATE order_line SET tax_total = 1 WHERE order_id = 3": "ORD10003: VAT of Stoneware mug is stored as",
    "UPDATE order_line SET shipped = 0 WHERE order_id = 1": "ORD10001: shipped of Stoneware mug is stored as 0, but",
    "UPDATE order_line SET invoiced = 0 WHERE order_id = 3": "ORD10003: invoiced of Stoneware mug is stored as 0, but",
    "DELETE FROM order_line WHERE order_id = 3": "ORD10003: its lines are stored to add up to 67.75, but add up to 0",
    "UPDATE invoice_line SET order_line_id = 1 WHERE invoice_id = 3": "ORD10003: INV00003 has a line of another order",
    "UPDATE order_search SET words = 'x' WHERE id = 3": "ORD10003: is not found by its words",
    "UPDATE customer_search SET words = 'x' WHERE id = 1": "customer 1: is not found by its words",
    "DELETE FROM outgoing_mail_search WHERE id = 1": "outgoing_mail 1: is not found by its words",
    # money, history, mails
    "DELETE FROM payment WHERE id = 1": "ORD10001: payment 1 was deleted",
    "UPDATE payment SET paid_at = '2020-01-01 00:00:00' WHERE id = 1": "ORD10001: payment 1 was changed",
    "DELETE FROM history WHERE order_id = 3": "ORD10003: entry of the history",
    "UPDATE history SET facts = '{\"a\": 1}' WHERE id = 1": "ORD10001: entry of the history 1 was changed",
    "UPDATE outgoing_mail SET body = 'x' WHERE id = 1": "ORD10001: mail 1 was changed",
    "DELETE FROM outgoing_mail WHERE id = 1": "ORD10001: mail 1 was deleted",
    "UPDATE outgoing_mail SET state = 'sending', due_at = '2020-01-01 00:00:00' WHERE id = 1": "mail 1 (order_confi",
    # parcels and links
    "UPDATE shipment_line SET quantity = 1000000 WHERE id = 1": "ORD10001: shipped of Stoneware mug is stored as",
    "DELETE FROM shipment_line": "ORD10001: shipped of Stoneware mug is stored as",
    "UPDATE customer SET merged_into_id = id WHERE id = 1": "customer 1 is merged into customer 1, which leads back",
    # the newest order, with all that is its own, and the counters set back
    "DELETE FROM orders WHERE id = 3": "history 12: its order_id leads to orders 3, which is not there",
    # guards
    "DROP INDEX ix_orders_status_placed_at": "the index ix_orders_status_placed_at of orders is missing",
}


def fill_shop() -> None:
    """Three orders, the first paid and sent, all of it sealed."""
    order = placed_order()
    mark_paid(order, by=SYSTEM, notify=True)
    mark_sent(order, by=SYSTEM)
    db.session.add(Print(invoice_id=order.invoices[0].id, revision=1, language="en", content=b"x", sha256=X))
    for _time in range(2):
        placed_order()
    db.session.commit()
    sealing.seal_all()
    assert list(checks.findings()) == []
    drop_guards()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told_by_its_own_sentence(filled: Fill, app: Flask, damage: str) -> None:
    filled("shop to damage", fill_shop)
    with app.app_context():
        db.session.connection().exec_driver_sql("PRAGMA ignore_check_constraints=ON")
        db.session.commit()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
            connection.exec_driver_sql(damage)

        found = [one for one in checks.findings() if not one.startswith("the guard ")]

    assert any(one.startswith(DAMAGES[damage]) for one in found), found


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_every_guard_that_is_missing_is_named() -> None:
    """The list is written by `python -m tools.guards`, where a migration makes, changes or drops one."""
    assert list(schema_checks.schema_findings()) == []
    drop_guards()

    wanted = [name for name in schema_checks.wanted_guards() if name.endswith(("_is_kept", "_is_fixed"))]
    told = "\n".join(schema_checks.schema_findings())
    assert [name for name in wanted if f"the guard {name} is missing" not in told] == []
    assert len(wanted) > 15
