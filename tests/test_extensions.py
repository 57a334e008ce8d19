"""What a transaction may do: the database itself refuses to change anything for whoever only asks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from app.extensions import Sideline, TransactionMode, db, read_only, reading, writing
from app.models import Shop
from tests.factories import placed_order


def rename_the_shop() -> str:
    """Commit another name; the name that the shop has afterwards."""
    try:
        db.session.execute(update(Shop).values(name="Changed"))
        db.session.commit()
    except DBAPIError as refused:
        db.session.rollback()
        if "read" not in str(refused.orig):  # "a readonly database", "in a read-only transaction"
            raise
    return name_of_the_shop()


def name_of_the_shop() -> str:
    with read_only():
        name = db.session.scalars(select(Shop.name)).one()
        db.session.rollback()
    return name


@pytest.mark.each_database
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_a_request_that_only_asks_can_change_nothing(app: Flask, method: str) -> None:
    assert renamed_by(app, method) == "My shop"


@pytest.mark.each_database
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PAY"])
def test_any_other_request_can(app: Flask, method: str) -> None:
    assert renamed_by(app, method) == "Changed"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_postgresql_compiles_no_statement_however_large_it_thinks_its_tables_are(database: None) -> None:
    """The pages of 6,000 orders that were told to be 3,000,000 took 180 of 440 s longer with it."""
    assert db.session.scalar(text("SHOW jit")) == "off"


def renamed_by(app: Flask, method: str) -> str:
    """What the shop is called after a request whose view changes that, whatever it was asked by."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with app.app_context():
            return [rename_the_shop().encode()]

    try:
        (name,) = TransactionMode(answer)({"REQUEST_METHOD": method}, None)
    finally:
        reading.set(False)
    return name.decode()


@pytest.mark.each_database
@pytest.mark.usefixtures("database")
def test_what_is_written_on_the_side_says_so() -> None:
    with read_only(), writing(Sideline.LAST_SEEN):
        assert rename_the_shop() == "Changed"


@pytest.mark.each_database
@pytest.mark.usefixtures("database")
def test_reading_and_writing_take_turns_on_one_connection() -> None:
    """The mode is that of the transaction, not of the connection that it happens to get from the pool."""
    for turn in range(3):
        with read_only():
            db.session.scalar(select(func.count()).select_from(Shop))
            with pytest.raises(DBAPIError):
                db.session.execute(text("DELETE FROM counter"))
            db.session.rollback()
        db.session.execute(update(Shop).values(name=f"Turn {turn}"))
        db.session.commit()
        assert name_of_the_shop() == f"Turn {turn}"


@pytest.mark.each_database
@pytest.mark.usefixtures("database")
def test_a_flush_fails_as_well() -> None:
    with read_only():
        with pytest.raises(DBAPIError):
            placed_order()
        db.session.rollback()


@pytest.mark.each_database
@pytest.mark.usefixtures("database")
def test_the_mode_costs_no_statement(statements: list[str]) -> None:
    name_of_the_shop()
    db.session.scalars(select(Shop.name)).one()
    db.session.rollback()

    assert len(statements) == 2


def test_each_sideline_is_written_in_one_place() -> None:
    """Another way round the guard is a decision: it gets a name of its own, beside the others."""
    sources = (Path(__file__).parent.parent / "app").rglob("*.py")
    named = [name for file in sources for name in re.findall(r"writing\((?:Sideline\.)?(\w*)", file.read_text())]

    assert sorted(named) == sorted([*Sideline.__members__, "what"])  # and its own declaration
