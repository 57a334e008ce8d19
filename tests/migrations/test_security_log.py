"""Migration 0051: a shop from before has an empty security log, which is kept for 90 days."""

from __future__ import annotations

import pytest
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask_migrate import downgrade
from sqlalchemy import inspect, select

from app.extensions import db
from app.models import SecurityEvent, Shop
from app.operations import setup


@pytest.mark.each_database
def test_a_shop_from_before_keeps_its_log_for_ninety_days(app: Flask) -> None:
    with app.app_context():
        migrations = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
        db.session.remove()
        downgrade(revision=migrations.get_revision("0051").down_revision)
        with db.engine.connect() as old:
            assert "security_event" not in inspect(old).get_table_names()
        setup.upgrade()

        assert db.session.get_one(Shop, 1).security_log_days == 90
        assert db.session.scalars(select(SecurityEvent)).all() == []
