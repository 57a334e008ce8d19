"""What a restore that was killed has left: the keys that a copy brought belong to its database, or go with it.

The keys are laid beside those that are there, and take their place after the database has; whoever starts next looks
which of the two shops is there. A SQLite file says it by its name. A PostgreSQL database by the comment on its schema,
which changes in the transaction that exchanges everything else.
"""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from app.config import LOST_BY, sqlite_file
from app.errors import CannotStart
from app.locking.database import KEY, PATIENCE, beside
from app.locking.files import FileLock

#: What a copy brings beside the database.
BROUGHT = (*LOST_BY, "config.py")

#: What a key is called that a copy brings, until the database of that copy stands in its place...
RESTORED = ".restored"
#: ... and a SQLite database, until then.
RESTORING = ".restoring"
#: The file that says by which comment the database of the copy is known, while PostgreSQL is being restored.
PENDING = "database.restoring"

COMMENT = "SELECT obj_description('public'::regnamespace, 'pg_namespace')"

BUSY = "The database is being replaced by a copy: try again when that is done."


def finish_restoring(folder: Path, url: str) -> None:
    """Before anything reads a key. Raises CannotStart where it can't be told which keys are the right ones."""
    if not any((folder / f"{name}{RESTORED}").exists() for name in BROUGHT) and not (folder / PENDING).exists():
        return
    if (file := sqlite_file(url)) is not None:
        finish_sqlite(folder, file)
    elif (folder / PENDING).exists():
        finish_postgresql(folder, url)
    else:
        put_keys_in_place(folder)


def finish_sqlite(folder: Path, file: Path) -> None:
    """Who is at it just now finishes it himself."""
    lock = FileLock(beside(file))
    if not lock.share(patience=PATIENCE):
        raise CannotStart(BUSY)
    try:
        if file.with_name(file.name + RESTORING).exists():
            forget_keys(folder)
        else:
            put_keys_in_place(folder)
    finally:
        lock.release()


def finish_postgresql(folder: Path, url: str) -> None:
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            wait_for_others(connection)
            if not (folder / PENDING).exists():  # it was finished meanwhile
                return
            if connection.scalar(text(COMMENT)) == (folder / PENDING).read_text():
                put_keys_in_place(folder)
            else:
                forget_keys(folder)
    except OperationalError as error:
        words = str(error.orig).strip().partition("\n")[0]
        raise CannotStart(
            f"A restore was interrupted, and only the database knows which keys belong to it; it can't be asked "
            f"({words}). Start PostgreSQL, then try again."
        ) from None
    finally:
        engine.dispose()


def wait_for_others(connection: Connection) -> None:
    connection.execute(text(f"SET lock_timeout = '{PATIENCE}s'"))
    try:
        connection.execute(text(f"SELECT pg_advisory_xact_lock_shared({KEY})"))
    except OperationalError:
        raise CannotStart(BUSY) from None


def put_keys_in_place(folder: Path) -> None:
    for name in BROUGHT:
        fresh = folder / f"{name}{RESTORED}"
        if fresh.exists():
            os.replace(fresh, folder / name)
    (folder / PENDING).unlink(missing_ok=True)


def forget_keys(folder: Path) -> None:
    for name in BROUGHT:
        (folder / f"{name}{RESTORED}").unlink(missing_ok=True)
    (folder / PENDING).unlink(missing_ok=True)
