"""Migration 0051: a shop from before has an empty security log, which is kept for 90 days."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from app.extensions import db
from app.models import SecurityEvent, Shop
from app.operations import setup
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_shop_from_before_keeps_its_log_for_ninety_days(app: Flask) -> None:
    with app.app_context():
        go_back_before("0051")
        with db.engine.connect() as old:
            assert "security_event" not in inspect(old).get_table_names()
        setup.upgrade()

        assert db.session.get_one(Shop, 1).security_log_days == 90
        assert db.session.scalars(select(SecurityEvent)).all() == []
