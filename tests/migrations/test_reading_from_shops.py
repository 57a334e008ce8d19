"""Migration 0038: connections from before go on by their webhooks alone."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from app.extensions import db
from app.models import Connection, Pull
from app.operations import setup
from tests.factories import new_connection
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_connection_from_before_is_not_read_by_its_api(app: Flask) -> None:
    with app.app_context():
        db.session.add(new_connection())
        db.session.commit()
        go_back_before("0038")
        with db.engine.connect() as old:
            assert "credentials" not in [column["name"] for column in inspect(old).get_columns("connection")]
        setup.upgrade()

        kept = db.session.scalars(select(Connection)).one()
        assert (kept.title, kept.secret, kept.address, kept.poll_minutes) == ("Mugs", "the-secret", "", 2)
        assert (kept.is_read, bool(kept.credentials)) == (False, False)
        assert db.session.scalars(select(Pull)).all() == []
