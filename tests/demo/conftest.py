from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from flask import Flask

from app.demo import plant
from app.extensions import db
from tests.databases import Database, Sqlite

#: The day on which the demo shop is planted.
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="session")
def planted(database_of_kind: Callable[[str], Database]) -> Callable[[], Path]:
    """The file of a demo shop, which is planted once."""

    @cache
    def plant_once() -> Path:
        database = database_of_kind("sqlite")
        assert isinstance(database, Sqlite)
        database.renew()
        with database.app.app_context():
            plant(TODAY)
            db.session.commit()
        return database.keep("demo")

    return plant_once


@pytest.fixture
def demo_shop(app: Flask, planted: Callable[[], Path], database_of_kind: Callable[[str], Database]) -> Iterator[None]:
    """An open app context on the demo shop of `TODAY`, in SQLite."""
    database = database_of_kind("sqlite")
    assert isinstance(database, Sqlite)
    database.put_back(planted())
    with app.app_context():
        yield
        db.session.rollback()
