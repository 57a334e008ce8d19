"""Migration 0008 on a shop of the version before: orders keep what they have, and the ways in ask for open orders."""

from __future__ import annotations

from importlib import import_module

import pytest
from sqlalchemy import inspect, select, text

from app.extensions import db
from app.history import SYSTEM
from app.intake.batches import keep_file
from app.models import Arrival, Connection, ImportBatch, InvoicesFor, Order
from app.operations import backups, checks, setup
from tests.factories import new_connection, outside_shop, placed_order
from tests.migrations.going_back import go_back_to

BEFORE = import_module("app.migrations.versions.0008_invoiced_elsewhere").down_revision


@pytest.mark.each_database
def test_what_is_there_stays_and_what_comes_in_is_asked_for_open_orders(app):
    with app.app_context():
        placed_order()
        db.session.add(new_connection(key="k", invoices_for=InvoicesFor.ALL))
        db.session.add(
            Arrival(source="woocommerce", outside_shop=outside_shop(), sha256="1", payload="{}", result="quarantined")
        )
        keep_file(outside_shop(), "f.json", b"[]", notify=False, by=SYSTEM, invoices=InvoicesFor.NONE)
        db.session.commit()
        number = db.session.scalar(text("SELECT number FROM invoice"))
        go_back_to(BEFORE)
        gone = {column["name"] for column in inspect(db.engine).get_columns("orders")}
        setup.upgrade()

        order = db.session.scalars(select(Order)).one()
        assert "invoiced_elsewhere_at" not in gone
        assert (order.is_invoiced_elsewhere, order.elsewhere_number) == (False, "")
        assert [invoice.number for invoice in order.invoices] == [number]
        for kind in (Connection, Arrival, ImportBatch):
            assert db.session.scalars(select(kind)).one().invoices_for == InvoicesFor.OPEN
        assert list(checks.findings()) == []
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
