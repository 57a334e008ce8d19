"""SQLite writes changes into a log beside the database, where what was erased stands until it is written over."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

from app.extensions import db, sqlite_module

log = logging.getLogger(__name__)


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


def write_anew() -> None:
    """Write the whole file anew and empty its log: nothing stays in it that was erased, by older versions either."""
    if db.engine.dialect.name != "sqlite":
        return
    file = Path(str(db.engine.url.database))
    try:
        with closing(sqlite_module().connect(file, timeout=30, isolation_level=None)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite_module().OperationalError as error:  # no room, or somebody reads: all that was to be done is done
        log.warning("%s may still hold what was erased (%s): write it anew by `VACUUM` once there is room", file, error)
