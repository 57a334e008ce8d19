"""Migration 0028: mails of before stay as they are, and the shop's own time for Undo is half a minute."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app.extensions import db
from app.operations import backups, setup
from tests.migrations.going_back import go_back_before

MAIL = """INSERT INTO outgoing_mail
(kind, once_key, language, to_name, to_address, subject, body, attachments, message_id, state, last_error, created_at,
 due_at, is_demo, attempts, may_be_doubled, is_counted_reminder, worker)
VALUES ('order_paid', 'order_paid:1', 'nl', 'Femke', 'femke@example.org', 'Paid', 'Thank you', '[]', '<1@example.org>',
 'queued', '', '2026-11-01 10:00', '2026-11-01 10:00', false, 0, false, false, '')"""


@pytest.mark.each_database
def test_mails_of_before_wait_for_nobody(app: Flask) -> None:
    with app.app_context():
        go_back_before("0028")
        db.session.execute(text(MAIL))
        db.session.commit()
        setup.upgrade()

        found = db.session.execute(text("SELECT to_address, undone_by, undone_at, job_id FROM outgoing_mail")).all()
        assert found == [("femke@example.org", "", None, None)]
        assert db.session.execute(text("SELECT mail_hold FROM shop")).scalar() == 30
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
