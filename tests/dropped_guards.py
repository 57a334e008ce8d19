"""A database without what keeps its rows as they are, as somebody leaves it who changes the books by hand."""

from __future__ import annotations

from sqlalchemy import inspect, text

from app.extensions import db


def drop_guards() -> None:
    """Drop all triggers; foreign keys and constraints are off until the transaction ends."""
    db.session.commit()
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in names:
            connection.execute(text(f'DROP TRIGGER "{name}"'))
        db.session.commit()
        raw = db.engine.raw_connection()
        raw.driver_connection.execute("PRAGMA foreign_keys=OFF")
        raw.close()
    else:
        for table in inspect(connection).get_table_names():
            connection.execute(text(f'ALTER TABLE "{table}" DISABLE TRIGGER ALL'))
    db.session.commit()
