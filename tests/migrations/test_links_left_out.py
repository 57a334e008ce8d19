"""Migration 0016: links that stood in mails are left out, those that were open are void, and what waits still goes."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.extensions import db
from app.operations import backups, setup
from tests.migrations.going_back import go_back_before

TOKEN = "Zm9yYWNjb3VudGxpbmtzb25seQ_-abcdefghijklmno"
BODY = "Hello,\n\nhttps://desk.example/account/sign-in/{}\n\nSee /account/sign-in/ at any time.\n"
MAIL = text("""INSERT INTO outgoing_mail
(id, kind, once_key, language, to_name, to_address, subject, body, attachments, message_id, state, attempts, due_at,
 worker, last_error, may_be_doubled, created_at, is_demo)
VALUES (:id, :kind, :kind, 'en', '', 'femke@example.org', 'Your link', :body, '[]', :kind, 'queued', 0,
 '2026-11-01 10:00', '', '', false, '2026-11-01 10:00', false)""")
LINK = text(
    "INSERT INTO customer_link (id, email, expires_at) VALUES ('hash', 'femke@example.org', '2099-01-01 10:00')"
)


@pytest.mark.each_database
def test_links_are_left_out_of_the_mails_that_are_kept(app: Flask) -> None:
    with app.app_context():
        go_back_before("0016")
        with db.engine.begin() as connection:
            for number, kind in enumerate(("account_link", "notify_customer"), 1):
                connection.execute(MAIL, {"id": number, "kind": kind, "body": BODY.format(TOKEN)})
            connection.execute(LINK)
        setup.upgrade()

        bodies = db.session.execute(text("SELECT kind, body FROM outgoing_mail ORDER BY id")).all()
        assert bodies == [("account_link", BODY.format("{token}")), ("notify_customer", BODY.format(TOKEN))]
        assert db.session.execute(text("SELECT count(*) FROM customer_link")).scalar() == 0
        with pytest.raises(DBAPIError, match="never changes"):  # the guard is back
            db.session.execute(text("UPDATE outgoing_mail SET body = 'x'"))
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
