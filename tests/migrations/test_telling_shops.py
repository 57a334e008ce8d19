"""Migration 0040: a shop that is connected already is told of nothing, until somebody says so."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from app.extensions import db
from app.models import Connection, Mailer, ShopWrite
from app.operations import setup
from app.write_back.listeners import CHOICES
from tests.factories import new_connection
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_connection_from_before_tells_its_shop_nothing(app: Flask) -> None:
    with app.app_context():
        db.session.add(new_connection())
        db.session.commit()
        go_back_before("0040")
        with db.engine.connect() as old:
            assert "tell_sent" not in [column["name"] for column in inspect(old).get_columns("connection")]
        setup.upgrade()

        kept = db.session.scalars(select(Connection)).one()
        assert {getattr(kept, column.key).value for column in CHOICES.values()} == {"off"}
        assert (kept.title, kept.mailer, kept.refunds_there, kept.told_since) == ("Mugs", Mailer.US, False, None)
        assert db.session.scalars(select(ShopWrite)).all() == []
