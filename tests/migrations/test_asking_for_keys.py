"""Migrations 0046 and 0047: nobody asked a connection from before for a key, and its shop has no payment page."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from app.extensions import db
from app.models import Connection
from app.operations import setup
from tests.factories import new_connection
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_connection_from_before_was_asked_for_no_key(app: Flask) -> None:
    with app.app_context():
        db.session.add(new_connection(address="https://shop.example.com"))
        db.session.commit()
        go_back_before("0046")
        with db.engine.connect() as old:
            assert "key_digest" not in [column["name"] for column in inspect(old).get_columns("connection")]
        setup.upgrade()

        kept = db.session.scalars(select(Connection)).one()
        assert (kept.title, kept.address) == ("Mugs", "https://shop.example.com")
        assert kept.outside_shop.payment_page == ""
        assert (kept.key_digest, kept.key_address, kept.key_until) == ("", "", None)
