"""SQLite writes changes into a log beside the database, where what was erased stands until it is written over."""

from __future__ import annotations

from app.extensions import db


def empty_log() -> None:
    """Write the log into the database and empty it, as soon as nobody reads from it; else it is left for later."""
    if db.engine.dialect.name != "sqlite":
        return
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=500")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.fetchall()
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.close()
    finally:
        connection.close()
