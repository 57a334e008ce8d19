"""Migration 0026: a line of a document may say itself what of it bears which tax; what was issued before stays."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.actions.credit_notes import create_credit_note
from app.extensions import db
from app.history import SYSTEM
from app.models import Invoice, InvoiceLine
from app.operations import checks, setup
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_what_was_issued_before_is_in_proportion_and_fixed(app: Flask) -> None:
    with app.app_context():
        placed_order()
        db.session.commit()
        go_back_before("0026")
        setup.upgrade()

        assert set(db.session.scalars(select(InvoiceLine.taxes))) == {None}
        invoice = db.session.scalars(select(Invoice)).one()
        create_credit_note(invoice, by=SYSTEM, quantities={invoice.lines[0].order_line_id: invoice.lines[0].quantity})
        db.session.commit()
        assert list(checks.findings()) == []
        with pytest.raises(DBAPIError, match="never changes"):
            db.session.execute(text("UPDATE invoice_line SET taxes = '[]'"))
        db.session.rollback()
