"""Migration 0025: payments that Paid made are known as such, and invoices print what they printed."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.payments import enter_payment, mark_not_paid, mark_paid
from app.extensions import db
from app.history import SYSTEM
from app.models import Invoice, Order, Payment
from app.operations import backups, checks, setup
from tests.factories import paid_order, placed_order
from tests.migrations.going_back import go_back_to

BEFORE = import_module("app.migrations.versions.0025_how_invoices_were_paid").down_revision


@pytest.mark.each_database
def test_payments_that_paid_made_are_known_as_such(app: Flask) -> None:
    with app.app_context():
        order = placed_order()
        enter_payment(order, by=SYSTEM, amount=Decimal(20), reference="tr_1")
        mark_paid(order, by=SYSTEM)
        paid_order()
        db.session.commit()
        go_back_to(BEFORE)
        setup.upgrade()

        marked = db.session.execute(select(Payment.amount, Payment.is_marked).order_by(Payment.id))
        assert [tuple(row) for row in marked] == [
            (Decimal(20), False), (Decimal("47.75"), True), (Decimal("67.75"), False),
        ]  # fmt: skip
        assert set(db.session.scalars(select(Invoice.settled_by))) == {None}
        order = db.session.scalars(select(Order).order_by(Order.id)).first()
        assert order is not None
        mark_not_paid(order, by=SYSTEM)
        assert order.open_amount == Decimal("47.75")
        assert list(checks.findings()) == []
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
