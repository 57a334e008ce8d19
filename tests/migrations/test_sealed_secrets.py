"""Migration 0052: secrets from before are sealed, can be used on, and stand in clear nowhere in the file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask, current_app
from sqlalchemy import text

from app.extensions import db, sqlite_module
from app.models import Connection, Shop
from app.operations import setup
from tests.factories import new_connection
from tests.migrations.going_back import go_back_to

SECRET = "Zx9-secret-from-before"


@pytest.mark.each_database
def test_secrets_from_before_are_sealed(app: Flask) -> None:
    with app.app_context():
        db.session.add(new_connection())
        db.session.commit()
        go_back_to("0054")
        with db.engine.begin() as old:
            old.execute(text("UPDATE shop SET smtp_password = :secret"), {"secret": SECRET})
            old.execute(text("UPDATE connection SET secret = :secret"), {"secret": SECRET})
        if db.engine.dialect.name == "sqlite":
            leave_in_free_pages(Path(str(db.engine.url.database)))
        setup.upgrade()

        if db.engine.dialect.name == "sqlite":  # before the last one leaves, who writes the log into the file
            log = Path(f"{db.engine.url.database}-wal")
            assert not log.exists() or SECRET.encode() not in log.read_bytes()
        assert db.session.get_one(Shop, 1).smtp_password == SECRET
        assert db.session.query(Connection).one().secret == SECRET
        if db.engine.dialect.name == "sqlite":
            db.session.remove()
            db.engine.dispose()
            assert SECRET.encode() not in Path(str(db.engine.url.database)).read_bytes()
            for copy in Path(current_app.instance_path).rglob("*before*"):
                copy.unlink()


def leave_in_free_pages(file: Path) -> None:
    """As versions did that erased no page."""
    with closing(sqlite_module().connect(file, isolation_level=None)) as old:
        old.execute("PRAGMA secure_delete=OFF")
        old.execute("CREATE TABLE earlier (password TEXT)")
        old.executemany(
            "INSERT INTO earlier VALUES (?)", [(SECRET + "x" * 3000,)] * 2000
        )  # more than a migration fills
        old.execute("DROP TABLE earlier")
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert SECRET.encode() in file.read_bytes()
