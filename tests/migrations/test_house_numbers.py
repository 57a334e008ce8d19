"""Migration 0036: addresses of before keep their line and have no house apart; going back keeps the line."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.actions.addresses import change_address
from app.extensions import db
from app.history import SYSTEM
from app.models import AddressKind, CustomerAddress, Order
from app.operations import backups, checks, setup
from tests.factories import address, placed_order
from tests.migrations.going_back import go_back_before

STREETS = "SELECT street FROM order_address UNION ALL SELECT street FROM customer_address"


@pytest.mark.each_database
def test_addresses_of_before_keep_their_line(app: Flask) -> None:
    with app.app_context():
        placed_order(billing=address(street="Markt 87 A", house_number="87", house_extension="A"))
        db.session.commit()
        go_back_before("0036")
        before = db.session.execute(text(STREETS)).all()
        db.session.remove()
        setup.upgrade()

        assert db.session.execute(text(STREETS)).all() == before
        order = db.session.scalars(select(Order)).one()
        assert order.billing.house == ("Markt 87 A", "", "")
        assert {one.house[1:] for one in db.session.scalars(select(CustomerAddress))} == {("", "")}
        written = {"street": "Markt", "house_number": "88"}
        change_address(order, by=SYSTEM, kind=AddressKind.BILLING, address=written)
        assert order.billing.house == ("Markt 88", "88", "")
        assert list(checks.findings()) == []
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
