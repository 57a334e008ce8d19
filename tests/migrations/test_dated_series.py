"""Migration 0030: numbers per year; series of before go on, and what was drawn per year is kept by going back."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.numbering import change_series
from app.extensions import db
from app.history import SYSTEM
from app.models import PastSeries
from app.numbering import draw, shop_day
from app.operations import backups, checks, setup
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_series_of_before_go_on_and_years_become_stretches_by_going_back(app: Flask) -> None:
    with app.app_context():
        placed_order()
        change_series("invoice", prefix="{yyyy}-", digits=3, next=1, by=SYSTEM)
        placed_order()
        year = shop_day().year
        db.session.commit()
        go_back_before("0030")
        setup.upgrade()

        prefixes = db.session.scalars(select(PastSeries.prefix).order_by(PastSeries.id)).all()
        assert prefixes == ["INV", f"{year}-"]
        assert list(checks.findings()) == []
        assert (draw("order"), draw("invoice")) == ("ORD10003", "invoice-001")
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
