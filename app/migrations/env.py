"""How Alembic reaches the database: through the app's own engine, each migration in one transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from app.extensions import Base, db

#: Made by hand in a migration, and no table of ours.
HAND_MADE = re.compile(r"\w+_search_(fts|words)|ix_\w+_begins$")


def is_ours(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    return not (kind in ("table", "index") and HAND_MADE.match(name or ""))


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """A migration is frozen: it names plain types, not our own, which may change."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


@contextmanager
def foreign_keys_asleep(connection: Connection) -> Iterator[None]:
    """On SQLite a table is changed by making it anew, which must not take along what refers to it.

    The switch works only outside of a transaction; a migration that makes a table anew checks the references itself.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.cursor()
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        raw.execute("PRAGMA foreign_keys=ON")


def run() -> None:
    engine = context.config.attributes.get("engine") or db.engine  # another one, for a copy
    with engine.connect() as connection, foreign_keys_asleep(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=is_ours,
            render_item=render_item,
            transaction_per_migration=True,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
