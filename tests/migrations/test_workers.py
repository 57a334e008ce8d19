"""Migration 0013: messages and events of before are nobody's, and stay."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app.extensions import db
from app.operations import backups, setup
from tests.migrations.going_back import go_back_before

MESSAGE = """INSERT INTO webhook_delivery
(endpoint_id, message_id, event, body, state, attempts, due_at, last_error, created_at)
VALUES (1, 'msg_1', 'order_paid', '{}', 'waiting', 3, '2026-11-01 10:00', 'timed out', '2026-11-01 09:00')"""
ENDPOINT = """INSERT INTO webhook_endpoint (id, title, url, secret, events, is_active, created_at, version)
VALUES (1, 'Warehouse', 'https://warehouse.example', 'whsec_', '[]', true, '2026-11-01 09:00', 1)"""


@pytest.mark.each_database
def test_what_waits_when_workers_get_names_stays(app: Flask) -> None:
    with app.app_context():
        go_back_before("0013")
        db.session.execute(text(ENDPOINT))
        db.session.execute(text(MESSAGE))
        db.session.commit()
        setup.upgrade()

        found = db.session.execute(text("SELECT message_id, attempts, last_error, worker FROM webhook_delivery")).all()
        assert found == [("msg_1", 3, "timed out", "")]
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
