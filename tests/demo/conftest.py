from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest
from flask import Flask
from sqlalchemy import select

from app.demo import plant
from app.extensions import db
from app.models import Order
from tests.databases import Database, Sqlite

Seen: TypeAlias = list[tuple[object, ...]]

#: The day on which the demo shop is planted.
TODAY = date(2026, 11, 24)


def demo_as_seen() -> Seen:
    columns = (Order.number, Order.placed_at, Order.customer_name, Order.total, Order.status, Order.paid)
    return [tuple(row) for row in db.session.execute(select(*columns).where(Order.is_demo).order_by(Order.number))]


@pytest.fixture(scope="session")
def planted(database_of_kind: Callable[[str], Database]) -> Callable[[], tuple[Path, Seen]]:
    """The file of a demo shop, which is planted once, and its orders."""

    @cache
    def plant_once() -> tuple[Path, Seen]:
        database = database_of_kind("sqlite")
        assert isinstance(database, Sqlite)
        database.renew()
        with database.app.app_context():
            plant(TODAY)
            db.session.commit()
            seen = demo_as_seen()
        return database.keep("demo"), seen

    return plant_once


@pytest.fixture
def as_planted(planted: Callable[[], tuple[Path, Seen]]) -> Seen:
    """The orders of the demo shop of `TODAY` in another shop than the test's; to be named before `database`."""
    return planted()[1]


@pytest.fixture
def demo_shop(
    app: Flask,
    planted: Callable[[], tuple[Path, Seen]],
    database_of_kind: Callable[[str], Database],
) -> Iterator[None]:
    """An open app context on the demo shop of `TODAY`, in SQLite."""
    database = database_of_kind("sqlite")
    assert isinstance(database, Sqlite)
    database.put_back(planted()[0])
    with app.app_context():
        yield
        db.session.rollback()
