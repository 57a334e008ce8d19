"""Migration 0063: the books of a shop of before are checked by night, and were not yet."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app import queries
from app.extensions import db
from app.operations import backups, setup
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_shop_of_before_is_checked(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE shop SET name = 'Keepcup'"))
        db.session.commit()
        go_back_before("0063")
        setup.upgrade()

        shop = queries.shop()
        assert (shop.name, shop.checks_books, shop.books_checked_at) == ("Keepcup", True, None)
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
