"""A shop that is installed, on each of the databases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.extensions import db
from tests import postgresql
from tests.databases import make_app, make_shop
from tests.factories import placed_order
from tests.installed import forget


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A shop of its own that other processes find, in a folder or in a PostgreSQL database."""
    monkeypatch.setenv("TOONBANK_INSTANCE", str(tmp_path / "instance"))
    url = f"sqlite:///{tmp_path / 'instance' / 'shop.sqlite'}"
    if request.param == "postgresql":
        if not postgresql.is_installed():
            pytest.skip("PostgreSQL is not installed")
        postgresql.start()
        database = f"restored_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        postgresql.create(database)
        url = postgresql.url(database)
        monkeypatch.setenv("DATABASE_URL", url)
    (tmp_path / "instance").mkdir()
    make_shop(url)
    app = make_app(url)
    with app.app_context():
        placed_order()
        db.session.commit()
    forget(app)
    yield app
    forget(app)
