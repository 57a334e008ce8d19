"""Migration 0059: a shop of before has no outages, and keeps the mails that wait."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.mails import Postman, deliver_due
from app.models import Outage, OutgoingMail, Outside
from app.operations import backups, setup
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
        assert current_outages() == {}
        begin_outage(Outside.MAIL, "no_answer", "refused")
        db.session.commit()
        assert db.session.scalars(select(Outage.since)).one().tzinfo is not None
        end_outage(Outside.MAIL)
        db.session.commit()
        assert deliver_due(Postman()) == 0  # no server is set up
        assert current_outages() == {}
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
