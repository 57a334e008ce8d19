"""Migrations 0089 and 0093: orders that were there before are sealed by `init`, as they were then."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.actions.payments import mark_paid
from app.extensions import db
from app.history import SYSTEM
from app.models import Order, SealedRecord, Unsealed
from app.operations import backups, checks, sealing, setup
from app.operations.order_seals import IS_LAST
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
@pytest.mark.parametrize(
    ("revision", "damage"),
    [("0089", "payment_method_title = 'Gold'"), ("0093", 'before_reversal = \'{"totals": {}, "lines": {}}\'')],
)
def test_orders_of_before_are_sealed(app: Flask, revision: str, damage: str) -> None:
    with app.app_context():
        for _time in range(3):
            mark_paid(placed_order(), by=SYSTEM)
        db.session.commit()
        sealing.seal_all()
        go_back_before(revision)
        order_ids = list(db.session.scalars(select(Order.id)))
        db.session.rollback()
        setup.upgrade()

        assert sorted(db.session.scalars(select(SealedRecord.order_id).where(IS_LAST))) == sorted(order_ids)
        assert db.session.scalar(select(Unsealed.id)) is None
        assert list(checks.findings()) == []
        db.session.execute(text(f"UPDATE orders SET {damage} WHERE number = 'ORD10002'").bindparams())
        (found,) = checks.findings()
        assert found.startswith("ORD10002: the order itself changed since that was sealed")
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
