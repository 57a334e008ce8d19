"""Migration 0057: stretches of before are of numbers that stand on documents."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.extensions import db
from app.models import PastSeries
from app.operations import backups, setup
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_stretches_of_before_are_not_lost(app: Flask) -> None:
    with app.app_context():
        go_back_before("0057")
        row = (
            "INSERT INTO past_series (kind, series, prefix, digits, first, last) VALUES ('order', 'main', 'A', 5, 1, 3)"
        )
        db.session.execute(text(row))
        db.session.commit()
        setup.upgrade()

        assert db.session.execute(select(PastSeries.prefix, PastSeries.lost_at)).all() == [("A", None)]
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
