"""Migration 0020: what was credited before it went is dropped, and taken off packing slips that are open."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.actions.cancelling import cancel_order
from app.actions.credit_notes import create_credit_note, credit_order
from app.actions.shipments import create_packing_slip, mark_sent
from app.extensions import db
from app.history import SYSTEM
from app.models import Order, OrderStatus, ShipmentStatus
from app.operations import backups, checks, setup
from tests.factories import paid_order, placed_order
from tests.migrations.going_back import go_back_before


def lived_before() -> dict[str, int]:
    """Orders of which all sorts of things went, put back to what they were before goods were counted as dropped."""
    found = {
        "open": placed_order(),
        "sent": paid_order(),
        "credited": paid_order(),
        "one_less": paid_order(),
        "sent_and_returned": paid_order(),
        "cancelled": paid_order(),
    }
    mark_sent(found["sent"], by=SYSTEM)
    mark_sent(found["sent_and_returned"], by=SYSTEM)
    for name in ("credited", "one_less", "cancelled"):
        create_packing_slip(found[name], by=SYSTEM, quantities={found[name].lines[0].id: Decimal(2)})
        create_packing_slip(found[name], by=SYSTEM)
    credit_order(found["credited"], by=SYSTEM)
    for name, quantity in (("one_less", 2), ("sent_and_returned", 1)):
        (invoice,) = found[name].invoices
        create_credit_note(invoice, by=SYSTEM, quantities={found[name].lines[0].id: Decimal(quantity)})
    cancel_order(found["cancelled"], by=SYSTEM, credit=True)
    db.session.commit()
    return {name: order.id for name, order in found.items()}


def put_back_slips(ids: dict[str, int]) -> None:
    """Before, nothing was taken off a packing slip: two mugs on the first, one and a teapot on the second."""
    with db.engine.begin() as connection:
        for name in ("credited", "one_less", "cancelled"):
            first, second = connection.execute(
                text("SELECT id FROM shipment WHERE order_id = :id ORDER BY id"), {"id": ids[name]}
            ).scalars()
            mugs, teapot = connection.execute(
                text("SELECT id FROM order_line WHERE order_id = :id AND kind = 'product' ORDER BY position"),
                {"id": ids[name]},
            ).scalars()
            connection.execute(
                text("DELETE FROM shipment_line WHERE shipment_id IN (:a, :b)"), {"a": first, "b": second}
            )
            for slip, line, quantity in ((first, mugs, 2), (second, mugs, 1), (second, teapot, 1)):
                connection.execute(
                    text("INSERT INTO shipment_line (shipment_id, order_line_id, quantity) VALUES (:s, :l, :q)"),
                    {"s": slip, "l": line, "q": quantity * 10**6},
                )


@pytest.mark.each_database
def test_what_never_went_is_dropped_and_the_statuses_say_so(app: Flask) -> None:
    with app.app_context():
        ids = lived_before()
        go_back_before("0020")
        put_back_slips(ids)
        setup.upgrade()

        orders = {name: db.session.get_one(Order, id) for name, id in ids.items()}
        assert {name: [int(line.dropped) for line in order.lines] for name, order in orders.items()} == {
            "open": [0, 0, 0],
            "sent": [0, 0, 0],
            "credited": [3, 1, 0],
            "one_less": [2, 0, 0],
            "sent_and_returned": [0, 0, 0],
            "cancelled": [3, 1, 0],
        }
        slips = {
            name: [(slip.withdrawn_at is not None, slip.revision, [int(one.quantity) for one in slip.lines])
                   for slip in orders[name].shipments]
            for name in ("credited", "one_less", "cancelled", "sent")
        }  # fmt: skip
        assert slips == {
            "credited": [(True, 1, [2]), (True, 1, [1, 1])],
            "one_less": [(False, 2, [1]), (False, 2, [1])],
            "cancelled": [(True, 1, [2]), (True, 1, [1, 1])],
            "sent": [(False, 1, [3, 1])],
        }
        assert orders["credited"].status == OrderStatus.CREDITED
        assert orders["credited"].shipment_status == ShipmentStatus.NOTHING_TO_SHIP
        assert list(checks.findings()) == []

        db.session.remove()

        with pytest.raises(IntegrityError, match="dropped"), db.engine.begin() as connection:
            connection.execute(text("UPDATE order_line SET dropped = quantity + 1"))
        with pytest.raises(IntegrityError, match="withdrawn_at"), db.engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE shipment SET withdrawn_at = created_at, sent_at = created_at WHERE withdrawn_at IS NOT NULL"
                )
            )
        assert len(db.session.scalars(select(Order.id)).all()) == len(ids)
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
