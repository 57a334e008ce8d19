"""Migration 0034: drafts and mails of before are as they were, can be quoted from now on, and going back keeps them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.actions.drafts import begin_empty_draft
from app.actions.lines import EditedLine, edit_lines
from app.actions.quotes import days_valid, send_quote
from app.extensions import db
from app.history import SYSTEM
from app.models import Order, OutgoingMail, Quote
from app.operations import backups, setup
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_what_was_there_stays_and_can_be_quoted(app: Flask) -> None:
    with app.app_context():
        placed_order()
        draft = begin_empty_draft(by=SYSTEM)
        draft.email = "stan@example.org"
        edit_lines(draft, by=SYSTEM, lines=[EditedLine("Mug", Decimal(1), Decimal("12.10"), rate=Decimal(21))])
        send_quote(draft, by=SYSTEM)
        db.session.commit()
        mails = db.session.scalars(select(OutgoingMail.body).order_by(OutgoingMail.id)).all()
        go_back_before("0034")
        assert db.session.execute(text("SELECT count(*) FROM orders")).scalar() == 2
        db.session.remove()
        setup.upgrade()

        draft = db.session.scalars(select(Order).where(Order.is_draft.is_(True))).one()
        assert (draft.total, draft.quote_days, days_valid(draft)) == (Decimal("12.10"), None, 30)
        assert db.session.scalars(select(OutgoingMail.body).order_by(OutgoingMail.id)).all() == mails
        assert db.session.scalars(select(Quote)).all() == []
        db.session.execute(text("UPDATE shop SET quote_days = 10"))
        db.session.expire_all()
        assert days_valid(draft) == 10
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
