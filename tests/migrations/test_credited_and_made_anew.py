"""Migration 0027: credit notes from before make nothing anew and settle what they settled; what they say is fixed."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.actions.credit_notes import credit_order
from app.extensions import db
from app.history import SYSTEM
from app.models import Invoice
from app.operations import checks, setup
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_credit_notes_from_before_stay_what_they_were(app: Flask) -> None:
    with app.app_context():
        credit_order(placed_order(), by=SYSTEM)
        db.session.commit()
        go_back_before("0027")
        setup.upgrade()

        assert [(one.makes_anew, one.return_id) for one in db.session.scalars(select(Invoice))] == [(False, None)] * 2
        assert list(checks.findings()) == []
        for change in ("makes_anew = true", "return_id = 1", "total = 1"):
            with pytest.raises(DBAPIError, match="never changes"):
                db.session.execute(text(f"UPDATE invoice SET {change}"))
            db.session.rollback()
