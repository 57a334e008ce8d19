"""Migration 0022: what was not put back in stock, which mail told of a parcel, and whose stock is kept."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.credit_notes import create_credit_note
from app.actions.returns import create_return, receive_return
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.stock import count_stock
from app.extensions import db
from app.history import SYSTEM
from app.models import OrderLine, OutgoingMail, Product, Shipment
from app.operations import setup
from tests.factories import paid_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_what_was_said_before_is_read_out_of_what_happened(app: Flask) -> None:
    with app.app_context():
        arrange()
        lines = dict(db.session.execute(select(OrderLine.id, OrderLine.not_restocked)).all())
        told = told_of()
        assert sorted(lines.values())[-1] == Decimal("2.5")
        assert {code for _mail, code in told.values()} == {"", "3SABC"}

        go_back_before("0022")
        setup.upgrade()

        assert dict(db.session.execute(select(OrderLine.id, OrderLine.not_restocked)).all()) == lines
        assert told_of() == told
        kept = db.session.execute(select(Product.sku, Product.keeps_stock).order_by(Product.sku)).all()
        assert kept == [("MUG-30", True), ("POT-1", False)]


def arrange() -> None:
    """An order of which one piece was credited and another came back, both not put back; a third and half came back."""
    db.session.add_all([mug := Product(sku="MUG-30", name="Mug", stock=Decimal(10)), Product(sku="POT-1", name="Pot")])
    db.session.flush()
    count_stock(mug, mug.stock, by=SYSTEM)
    order = paid_order()
    line = order.lines[0].id
    create_credit_note(order.invoices[0], by=SYSTEM, quantities={line: Decimal("0.5")})
    send_shipment(create_packing_slip(order, by=SYSTEM, quantities={line: Decimal("2.5")}), by=SYSTEM)
    receive_return(create_return(order, by=SYSTEM, quantities={line: Decimal(2)}), by=SYSTEM)
    back = create_return(order, by=SYSTEM, quantities={line: Decimal("0.5")})
    receive_return(back, by=SYSTEM, restock=True)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC")
    create_credit_note(paid_order().invoices[0], by=SYSTEM, restock=True)
    db.session.commit()


def told_of() -> dict[str, tuple[str | None, str]]:
    query = select(Shipment.number, OutgoingMail.once_key, Shipment.told_code)
    rows = db.session.execute(query.select_from(Shipment).outerjoin(OutgoingMail, OutgoingMail.id == Shipment.mail_id))
    return {number: (key, code) for number, key, code in rows}
