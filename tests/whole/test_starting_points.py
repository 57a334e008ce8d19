"""What every test relies on: a new shop each time, on the database it asked for, and sessions that are never shared."""

from __future__ import annotations

import pytest
from psycopg import OperationalError
from sqlalchemy import create_engine, func, select, text

from app import queries
from app.extensions import db
from app.models import Order, Shop
from tests import postgresql
from tests.clients import Client
from tests.factories import placed_order
from tests.new_rows import Rows


def orders() -> int:
    return db.session.scalar(select(func.count()).select_from(Order)) or 0


@pytest.mark.each_database
@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_finds_a_new_shop(database, database_kind, turn):
    assert (db.engine.dialect.name, orders()) == (database_kind, 0)

    placed_order()
    db.session.commit()

    assert orders() == 1


@pytest.mark.skipif(not postgresql.is_installed(), reason="PostgreSQL is not installed")
def test_rows_that_are_put_back_are_those_of_a_new_shop(database_of_kind):
    database = database_of_kind("postgresql")
    database.rows = None
    database.renew()
    new = database.rows
    with database.app.app_context():
        placed_order()
        queries.shop().name = "Mugs"
        db.session.commit()
    left_over = new.connection()
    left_over.execute("SELECT name FROM shop")

    database.renew()

    again = Rows(database.name)
    assert (database.rows, new.times) == (new, 1)
    assert (again.kept, again.reset, again.shape) == (new.kept, new.reset, new.shape)
    with pytest.raises(OperationalError):
        left_over.execute("SELECT name FROM shop")


@pytest.mark.skipif(not postgresql.is_installed(), reason="PostgreSQL is not installed")
def test_whatever_else_a_test_changes_is_seen(database_of_kind):
    database = database_of_kind("postgresql")
    database.renew()
    changes = """
        ALTER TABLE product ADD COLUMN odd text; ALTER TABLE product ALTER COLUMN name DROP NOT NULL;
        ALTER TABLE product ALTER COLUMN stock SET DEFAULT 7; ALTER TABLE orders DROP CONSTRAINT uq_orders_number;
        DROP INDEX ix_payment_order_id; CREATE TABLE odd (id int); DROP TABLE order_search;
        CREATE FUNCTION odd() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER DATABASE shop SET work_mem = '8MB';
        ALTER TABLE orders DISABLE TRIGGER ALL; CREATE VIEW odd AS SELECT 1; TRUNCATE memo;
        UPDATE pg_class SET reltuples = 500 WHERE relname = 'orders'; ANALYZE shop
    """.replace("DATABASE shop", f"DATABASE {database.name}")
    with database.rows.connection() as connection:
        for change in changes.split(";"):
            assert database.rows.shape_of(connection) == database.rows.shape, change
            connection.execute(change)
            assert database.rows.shape_of(connection) != database.rows.shape, change
            connection.rollback()


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
