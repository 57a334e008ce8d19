"""A shop that is installed, on each of the databases."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.extensions import db
from tests import postgresql
from tests.databases import Database, Postgresql, Sqlite, make_app
from tests.factories import placed_order
from tests.installed import forget


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    database_of_kind: Callable[[str], Database],
) -> Iterator[Flask]:
    """A shop of its own that other processes find, in a folder or in a PostgreSQL database: a copy of a new one.

    Without its pages, which take longer to set up than most commands take.
    """
    monkeypatch.setenv("TOONBANK_INSTANCE", str(tmp_path / "instance"))
    (tmp_path / "instance").mkdir()
    file = tmp_path / "instance" / "shop.sqlite"
    url = f"sqlite:///{file}"
    if request.param == "postgresql":
        if not postgresql.is_installed():
            pytest.skip("PostgreSQL is not installed")
        database_of_kind("postgresql")
        database = f"restored_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        with postgresql.one_at_a_time():
            postgresql.create(database, template=Postgresql.TEMPLATE)
        url = postgresql.url(database)
        monkeypatch.setenv("DATABASE_URL", url)
    else:
        new = database_of_kind("sqlite")
        assert isinstance(new, Sqlite)
        shutil.copyfile(new.template, file)
    app = make_app(url, sites=())
    with app.app_context():
        placed_order()
        db.session.commit()
    forget(app)
    yield app
    forget(app)
