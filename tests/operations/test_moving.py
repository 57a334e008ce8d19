"""From one kind of database to the other: every row, compared, and going on after a kill."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from app.extensions import db
from app.models import Order
from app.operations import incoming, moving, row_copying
from tests import postgresql
from tests.databases import make_app
from tests.factories import placed_order
from tests.installed import forget, toonbank


@pytest.fixture(params=["sqlite"])
def shop(shop: Flask) -> Flask:
    """On SQLite, with some orders."""
    with shop.app_context():
        for _number in range(2):
            placed_order()
        db.session.commit()
    forget(shop)
    return shop


@pytest.fixture
def target() -> str:
    if not postgresql.is_installed():
        pytest.skip("PostgreSQL is not installed")
    postgresql.start()
    database = f"moved_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    postgresql.create(database)
    return postgresql.url(database)


def test_there_and_back_every_row_is_the_same(shop: Flask, target: str, tmp_path: Path) -> None:
    done = toonbank(shop, "move", "--to", target)

    assert done.exit_code == 0, done.output
    assert "orders: 3 rows" in done.output
    assert f"Now set DATABASE_URL={target}" in done.output
    there = make_app(target, sites=())
    assert toonbank(there, "check").output == "All is well.\n"
    with there.app_context():
        made = placed_order()  # ids, numbers, guards and references go on
        assert (made.id, made.number) == (4, "ORD10004")
        db.session.rollback()
        with pytest.raises(Exception, match="never deleted"):
            db.session.execute(db.text("DELETE FROM invoice"))
        db.session.rollback()
        assert len(inspect(db.engine).get_foreign_keys("order_line")) >= 1
        assert incoming.SIDE not in inspect(db.engine).get_schema_names()
    forget(there)

    back = toonbank(there, "move", "--to", f"sqlite:///{tmp_path / 'back.sqlite'}")

    assert back.exit_code == 0, back.output
    assert back.output.splitlines()[:-1] == done.output.splitlines()[:-1]
    assert toonbank(make_app(f"sqlite:///{tmp_path / 'back.sqlite'}", sites=()), "check").output == "All is well.\n"


def test_what_was_interrupted_goes_on(shop: Flask, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stands in the place of the shop until all of it is there."""
    copied: list[str] = []
    whole = row_copying.copy_table

    def fails_after_the_orders(table, source, side):  # type: ignore[no-untyped-def]
        total = whole(table, source, side)
        copied.append(table.name)
        if table.name == "orders" and copied.count("orders") == 1:
            raise KeyboardInterrupt
        return total

    monkeypatch.setattr(row_copying, "copy_table", fails_after_the_orders)
    made: list[str] = []
    make_side = incoming.make_side
    monkeypatch.setattr(incoming, "make_side", lambda *args: (made.append("made"), make_side(*args)))
    toonbank(shop, "move", "--to", target)
    there = make_app(target, sites=())
    with there.app_context():
        assert inspect(db.engine).get_table_names(schema="public") == []
    forget(there)

    done = toonbank(shop, "move", "--to", target)

    assert (done.exit_code, made) == (0, ["made"])
    with there.app_context():
        assert len(db.session.scalars(select(Order.id)).all()) == 3
    assert toonbank(there, "check").output == "All is well.\n"


def test_a_row_that_arrives_otherwise_is_noticed(shop: Flask, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = row_copying.write_rows

    def loses_an_order(connection, table, rows):  # type: ignore[no-untyped-def]
        whole(connection, table, rows[:2] if table.name == "orders" else rows)

    monkeypatch.setattr(row_copying, "write_rows", loses_an_order)
    done = toonbank(shop, "move", "--to", target)

    assert (done.exit_code, "orders did not arrive as it is: 3 rows were read and 2 arrived" in done.stderr) == (
        1,
        True,
    )


def test_it_refuses_where_a_shop_stands_already_and_beside_others(shop: Flask, target: str) -> None:
    assert toonbank(shop, "move", "--to", target).exit_code == 0
    there = make_app(target, sites=())
    with there.app_context():
        db.session.execute(db.text("COMMENT ON SCHEMA public IS 'another shop'"))
        db.session.commit()
    forget(there)

    again = toonbank(shop, "move", "--to", target)

    assert (again.exit_code, again.stderr) == (
        1,
        "Error: There is a shop in that database already. Name an empty one.\n",
    )
    for wrong in ("nonsense", "mysql://x/y", f"sqlite:///{moving.__file__}"):
        assert toonbank(shop, "move", "--to", wrong).stderr.count("\n") == 1
