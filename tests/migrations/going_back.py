"""Going back to the database of an earlier version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import downgrade
from sqlalchemy import Connection, event

from app.extensions import db

#: What no trigger can notice, and what asks for none.
UNNOTICED = re.compile(r"\s*(ALTER TABLE|(CREATE|DROP)( UNIQUE)? INDEX|PRAGMA|SELECT|UPDATE alembic_version)\b", re.I)


def go_back_before(revision: str) -> None:
    """To the database as it was before the migration of this number; the session begins anew."""
    migrations = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    go_back_to(migrations.get_revision(revision).down_revision)


def go_back_to(revision: str) -> None:
    """To the database as the migration of this number left it; the session begins anew."""
    db.session.remove()
    with triggers_aside():
        downgrade(revision=revision)


@contextmanager
def triggers_aside() -> Iterator[None]:
    """On SQLite, dropping a column reads each trigger three times, which is most of what going back costs. They are
    laid aside for it, and lie where they were before anything is done that they may notice, or that is about them.

    `operations/test_backups.py` goes all the way back with each in its place.
    """
    if db.engine.dialect.name != "sqlite":
        yield
        return
    aside: list[tuple[Any, ...]] = []

    def arrange(connection: Connection, cursor: Any, statement: str, *_rest: object) -> None:
        if "DROP COLUMN" in statement and not aside:
            aside.extend(cursor.execute("SELECT * FROM sqlite_master WHERE type = 'trigger'").fetchall())
            write_schema(cursor, "DELETE FROM sqlite_master WHERE type = 'trigger'")
        elif aside and not UNNOTICED.match(statement):
            put_back(cursor)

    def put_back(cursor: Any) -> None:
        write_schema(cursor, "INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", aside)
        aside.clear()

    event.listen(db.engine, "before_cursor_execute", arrange)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", arrange)
    with db.engine.begin() as connection:
        put_back(connection.connection.cursor())


def write_schema(cursor: Any, statement: str, rows: list[tuple[Any, ...]] | None = None) -> None:
    """SQLite reads its schema again when its number has changed."""
    (number,) = cursor.execute("PRAGMA schema_version").fetchone()
    cursor.execute("PRAGMA writable_schema = ON")
    cursor.execute(statement) if rows is None else cursor.executemany(statement, rows)
    cursor.execute("PRAGMA writable_schema = OFF")
    cursor.execute(f"PRAGMA schema_version = {number + 1}")
