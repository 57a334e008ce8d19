"""Migrations 0130, 0131 and 0133: orders, customers, reminders and mails of before stay as they are."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.actions.drafts import begin_empty_draft
from app.actions.lines import EditedLine, edit_lines
from app.actions.quotes import send_quote
from app.extensions import db
from app.history import SYSTEM
from app.models import Customer, Order, Quote
from app.operations import setup
from app.queries import shop
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_what_a_quote_was_called_and_who_is_reminded_stay(app: Flask) -> None:
    with app.app_context():
        placed_order()
        draft = begin_empty_draft(by=SYSTEM)
        draft.email = "stan@example.org"
        edit_lines(draft, by=SYSTEM, lines=[EditedLine("Mug", Decimal(1), Decimal(12), rate=Decimal(21))])
        send_quote(draft, by=SYSTEM)
        shop().reminder_days = [7]
        db.session.commit()
        go_back_before("0130")
        if db.engine.dialect.name == "sqlite":  # as a version before 0130 called it
            db.session.execute(text("DROP TRIGGER quote_is_fixed"))
            db.session.execute(text("UPDATE quote SET snapshot = json_set(snapshot, '$.number', 'DRAFT1')"))
            db.session.commit()
        db.session.remove()
        setup.upgrade()

        assert not any(db.session.scalars(select(Customer.no_reminders)))
        assert not any(db.session.scalars(select(Customer.factur_x)))
        assert shop().factur_x_countries == []
        assert (shop().reminder_days, shop().reminders_from_due, shop().reminders_ask) == ([7], False, False)
        draft = db.session.scalars(select(Order).where(Order.is_draft.is_(True))).one()
        assert draft.quote_number == ""
        draft.customer_note = "Ring twice"
        send_quote(draft, by=SYSTEM)
        names = [str(one) for one in db.session.scalars(select(Quote).order_by(Quote.revision))]
        assert names[1] == f"{names[0]}-2"
