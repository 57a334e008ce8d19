"""Migration 0134: a shop of before has the indexes of the filters, and keeps what it has."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import Order
from app.operations import backups, setup
from app.operations.schema_checks import index_findings
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_shop_of_before_has_the_indexes_of_its_filters(app: Flask) -> None:
    with app.app_context():
        number = placed_order().number
        db.session.commit()
        go_back_before("0134")
        db.session.rollback()
        setup.upgrade()

        assert list(db.session.scalars(select(Order.number))) == [number]
        assert list(index_findings()) == []
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
