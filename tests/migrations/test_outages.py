"""Migrations 0059 and 0066: a shop of before has no outages, and keeps the mails that wait; then those that it has."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.extensions import db
from app.mails import Postman, deliver_due
from app.models import Outage, OutgoingMail, Outside
from app.operations import backups, setup
from app.operations.schema_checks import index_findings
from app.queries.outages import begin_outage, current_outages, end_outage
from tests.mails.outgoing import queued
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_shop_of_before_learns_of_outages(app: Flask) -> None:
    with app.app_context():
        mail_id = queued().id
        go_back_before("0059")
        setup.upgrade()

        assert db.session.scalars(select(OutgoingMail.id)).all() == [mail_id]
        assert current_outages() == []
        begin_outage(Outside.MAIL, "no_answer", "refused")
        db.session.commit()
        assert db.session.scalars(select(Outage.since)).one().tzinfo is not None
        end_outage(Outside.MAIL)
        db.session.commit()
        assert deliver_due(Postman()) == 0  # no server is set up
        assert current_outages() == []
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()


OUTAGE = """INSERT INTO outage (what, reason, detail, since, tried_at)
VALUES ('mail', 'no_answer', 'refused', '2026-11-01 09:00:00', '2026-11-01 10:00:00')"""


@pytest.mark.each_database
def test_an_outage_of_before_goes_on_and_has_lanes_beside_it(app: Flask) -> None:
    with app.app_context():
        go_back_before("0066")
        db.session.execute(text(OUTAGE))
        db.session.commit()
        setup.upgrade()

        begin_outage(Outside.LANE, "stuck", part="mails")
        begin_outage(Outside.LANE, "stuck", part="copies")
        begin_outage(Outside.MAIL, "too_slow")
        db.session.commit()
        began = datetime(2026, 11, 1, 9, tzinfo=UTC)
        assert [(one.what, one.part, one.reason, one.since == began) for one in current_outages()] == [
            (Outside.LANE, "copies", "stuck", False),
            (Outside.LANE, "mails", "stuck", False),
            (Outside.MAIL, "", "too_slow", True),
        ]
        assert list(index_findings()) == []
        go_back_before("0066")
        assert db.session.execute(text("SELECT what FROM outage")).scalars().all() == ["mail"]
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
