"""Migration 0129: what was said of the columns of banks stays, and another account may have the same header."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.columns import now
from app.extensions import db
from app.models import StatementRecipe
from app.operations import setup
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_what_was_said_stays_and_a_second_account_has_room(app: Flask) -> None:
    kept = {"digest": "d" * 64, "account": "NL91ABNA0417164300", "columns": '{"amount": "Sum"}', "made_at": now()}
    insert = text(
        "INSERT INTO statement_recipe (digest, title, columns, decimal_mark, date_form, out_words, account, made_at,"
        " made_by) VALUES (:digest, 'a.csv', :columns, ',', 'dmy', '', :account, :made_at, 'Jo')"
    )
    with app.app_context():
        go_back_before("0129")
        db.session.execute(insert, kept)
        db.session.commit()
        db.session.remove()
        setup.upgrade()

        (before,) = db.session.scalars(select(StatementRecipe))
        assert (before.account, before.columns, before.title) == (kept["account"], {"amount": "Sum"}, "a.csv")
        db.session.add(StatementRecipe(digest="d" * 64, account="DE59", columns={}, title="b.csv", made_at=now()))
        db.session.commit()
        go_back_before("0129")
        assert db.session.execute(text("SELECT account FROM statement_recipe")).scalars().all() == [kept["account"]]
