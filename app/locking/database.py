"""One owner of the database: whoever uses it shares a lock, and whoever replaces it needs that lock alone.

For SQLite the lock is a file beside the database, held by the process from its first connection on. PostgreSQL keeps
such locks itself, for each connection. Both are given back when their holder dies.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from app.config import sqlite_file
from app.locking.files import FileLock

#: Seconds that somebody waits who comes while the database is being replaced.
PATIENCE = 30
#: "toonbank", as PostgreSQL's lock has no name.
KEY = int.from_bytes(b"toonbank")
#: The bytes that SQLite locks as long as it reads, and all the time in WAL mode.
SHARED_FIRST, SHARED_SIZE = 0x40000002, 510

OTHERS = """SELECT coalesce(nullif(application_name, ''), 'a program') FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL
AND coalesce(backend_type, 'client backend') = 'client backend' ORDER BY pid"""


class DatabaseInUse(Exception):
    """It is used by others who must not be disturbed; the text says by whom, and what to do."""


#: Whether all of the database is this thread's just now.
is_owner: ContextVar[bool] = ContextVar("is_owner", default=False)
#: What this process holds, by database file.
held: dict[Path, FileLock] = {}
one_at_a_time = threading.Lock()


# --- using it -------------------------------------------------------------------------------------------------------


def share_sqlite(engine: Engine) -> None:
    """Before the file is opened, for it may be about to be replaced; one in memory is nobody else's."""
    if (file := sqlite_file(str(engine.url))) is None:
        return

    @event.listens_for(engine, "do_connect")
    def on_connect(*_args: object) -> None:
        share(file)


def share(database: Path) -> None:
    """Hold the lock with others, as long as this process lives. Raises DatabaseInUse."""
    with one_at_a_time:
        if database in held or is_owner.get():
            return
        lock = FileLock(beside(database))
        with suppress(PermissionError):  # who can't make that file can't write to the database either
            if not lock.share(patience=PATIENCE):
                raise DatabaseInUse(f"{database} is being replaced by a copy: try again when that is done")
            held[database] = lock


def hold_anew() -> None:
    """In a process that was forked off: what it inherited is held by its parent, and is no lock of its own."""
    for lock in held.values():
        lock.release()
    held.clear()


os.register_at_fork(after_in_child=hold_anew)


def beside(database: Path) -> Path:
    return database.with_name(f"{database.name}.lock")


def share_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        if is_owner.get():
            return
        try:
            connection.execute(f"SET lock_timeout = '{PATIENCE}s'")
            connection.execute(f"SELECT pg_advisory_lock_shared({KEY})")
            connection.execute("RESET lock_timeout")
            connection.commit()
        except engine.dialect.loaded_dbapi.errors.LockNotAvailable as error:
            raise DatabaseInUse("the database is being replaced by a copy: try again when that is done") from error


# --- replacing it ---------------------------------------------------------------------------------------------------


@contextmanager
def own_database(engine: Engine) -> Iterator[None]:
    """Nobody else uses the database in here, and who comes waits. Raises DatabaseInUse."""
    engine.dispose()
    is_sqlite = engine.dialect.name == "sqlite"
    with own_sqlite(Path(str(engine.url.database))) if is_sqlite else own_postgresql(engine):
        token = is_owner.set(True)
        try:
            yield
        finally:
            is_owner.reset(token)
            engine.dispose()


@contextmanager
def own_sqlite(database: Path) -> Iterator[None]:
    with one_at_a_time:
        lock = held.get(database) or FileLock(beside(database))
        if not lock.own():
            raise DatabaseInUse(f"Toonbank is running on {database}: stop it first (serve, worker, other commands).")
    try:
        if is_open_elsewhere(database):
            raise DatabaseInUse(f"another program has {database} open: end it first.")
        yield
    finally:
        lock.share() if database in held else lock.release()


def is_open_elsewhere(database: Path) -> bool:
    """Whether another process has it open that knows nothing of our lock: an older Toonbank, or a shell of SQLite."""
    if not database.exists():
        return False
    with open(database, "r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_SIZE, SHARED_FIRST)
        except (BlockingIOError, PermissionError):
            return True
    return False


@contextmanager
def own_postgresql(engine: Engine) -> Iterator[None]:
    apart = create_engine(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with apart.connect() as connection:
        is_ours = connection.scalar(text(f"SELECT pg_try_advisory_lock({KEY})"))
        others = connection.scalars(text(OTHERS)).all()
        if others or not is_ours:
            names = ", ".join(sorted(set(others))) or "Toonbank"
            raise DatabaseInUse(f"others use the database ({names}): stop them first (serve, worker, other commands).")
        yield
