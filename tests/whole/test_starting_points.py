"""What every test relies on: a new shop each time, on the database it asked for, and sessions that are never shared."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, func, select, text

from app.extensions import db
from app.models import Order, Shop
from tests import postgresql
from tests.clients import Client
from tests.factories import placed_order


def orders() -> int:
    return db.session.scalar(select(func.count()).select_from(Order)) or 0


@pytest.mark.each_database
@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_finds_a_new_shop(database, database_kind, turn):
    assert (db.engine.dialect.name, orders()) == (database_kind, 0)

    placed_order()
    db.session.commit()

    assert orders() == 1


def test_what_is_arranged_is_committed_and_seen_by_the_next_session(in_app):
    with in_app():
        placed_order()

    with in_app():
        assert orders() == 1


def test_a_request_inside_an_open_context_is_refused(app):
    browser = Client(app)

    with app.app_context(), pytest.raises(AssertionError, match="must not share a session"):
        browser.get("/healthz")


def test_statements_are_counted_from_where_the_list_was_cleared(database, statements):
    db.session.scalar(select(Shop.name))
    statements.clear()

    db.session.execute(text("SELECT 1"))

    assert statements == ["SELECT 1"]


@pytest.mark.skipif(not postgresql.is_installed(), reason="PostgreSQL is not installed")
def test_the_suites_own_postgresql_is_on_no_network():
    postgresql.start()

    engine = create_engine(postgresql.url("postgres"))
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW listen_addresses")) == ""
    engine.dispose()
