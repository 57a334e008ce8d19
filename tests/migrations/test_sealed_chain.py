"""Migration 0054: what was there before is sealed by `init`, and what happens since waits for the worker."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.payments import mark_paid
from app.extensions import db
from app.history import SYSTEM
from app.models import Payment, SealedRecord, Unsealed
from app.operations import backups, checks, setup
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_what_was_there_is_sealed(app: Flask) -> None:
    with app.app_context():
        mark_paid(placed_order(), by=SYSTEM, notify=True)
        db.session.commit()
        go_back_before("0054")
        setup.upgrade()

        kinds = set(db.session.scalars(select(SealedRecord.kind)))
        assert kinds == {"invoice", "payment", "history", "mail", "order"}
        assert db.session.scalar(select(Unsealed.id)) is None
        assert list(checks.findings()) == []

        mark_paid(placed_order(), by=SYSTEM)
        payment = db.session.scalars(select(Payment.id).order_by(Payment.id.desc())).first()
        waiting = select(Unsealed.record_id).where(Unsealed.kind == "payment")
        assert list(db.session.scalars(waiting)) == [payment]
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
