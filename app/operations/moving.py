"""From SQLite to PostgreSQL and back: row by row, compared by digest, going on after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Engine, NullPool, create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError

from app.config import sqlite_file
from app.errors import CannotStart
from app.extensions import db
from app.locking.database import own_database
from app.locking.restores import COMMENT
from app.operations import backups, starting
from app.operations.carrying_over import literal
from app.operations.databases_beside import fill_sqlite, schema_there, sqlite_engine
from app.operations.incoming import bring_in, side_of, take_the_place
from app.operations.row_copying import TableTotal

#: A table whose rows say that a shop stands in a database.
SHOP = "shop"


def move_rows(to: str) -> dict[str, TableTotal]:
    """Copy everything to the other database, while nothing uses either. Answers what each table holds.

    What is here stays as it is. Nothing, where all of it was moved there before. Raises CannotStart, DatabaseInUse,
    CopyFailed.
    """
    target = address_of(to)
    if target.get_backend_name() == db.engine.dialect.name:
        raise CannotStart(f"Both are {target.get_backend_name()}: use backup and restore instead.")
    if fault := starting.fault_of_schema():
        raise CannotStart(fault.sentence)
    db.session.remove()
    with own_database(db.engine):
        return to_postgresql(target) if backups.is_sqlite() else to_sqlite(target)


def address_of(to: str) -> URL:
    for prefix in ("postgres://", "postgresql://"):
        if to.startswith(prefix):
            to = "postgresql+psycopg://" + to[len(prefix) :]
    try:
        url = make_url(to)
    except (ArgumentError, ValueError):
        raise CannotStart(
            f"{to} is no address. Write postgresql://user:password@host/database or sqlite:///FILE."
        ) from None
    if url.drivername not in ("postgresql+psycopg", "sqlite"):
        raise CannotStart(f"{url.drivername} is none that Toonbank runs on. Write postgresql://… or sqlite:///FILE.")
    return url


def to_postgresql(target: URL) -> dict[str, TableTotal]:
    with owning(target) as engine:
        moved = f"toonbank moved {backups.sqlite_file().resolve()}"
        with engine.connect() as connection:
            if inspect(connection).has_table(SHOP, schema="public"):
                if connection.scalar(text(COMMENT)) == moved:  # killed after that, or asked for twice
                    return {}
                raise CannotStart("There is a shop in that database already. Name an empty one.")
        source = sqlite_engine(backups.sqlite_file())
        with side_of(target) as side, source.connect() as rows:
            totals = bring_in(rows, schema_there(rows), str(backups.sqlite_file()), side)
            take_the_place(side, [f"COMMENT ON SCHEMA public IS {literal(moved)}"])
        source.dispose()
    return totals


def to_sqlite(target: URL) -> dict[str, TableTotal]:
    file = sqlite_file(str(target))
    growing = file.with_name(f"{file.name}.moving") if file else None
    if file and growing and file.exists() and growing.exists() and file.samefile(growing):
        growing.unlink()  # killed when all was there
        return {}
    if file is None or growing is None or file.exists():
        raise CannotStart(f"{file or target} can't be moved to: name a file that is not there yet.")
    for suffix in ("", "-wal", "-shm", "-journal"):
        growing.with_name(growing.name + suffix).unlink(missing_ok=True)
    totals = fill_sqlite(growing, db.engine)
    growing.chmod(0o600)
    backups.sync(growing)
    backups.put_under_name(growing, file)
    growing.unlink(missing_ok=True)
    return totals


@contextmanager
def owning(target: URL) -> Iterator[Engine]:
    """Nobody else uses the database that is moved to. Raises CannotStart, DatabaseInUse."""
    engine = create_engine(target, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError as error:
        words = str(error.orig).strip().partition("\n")[0]
        raise CannotStart(f"That database can't be used ({words}). Make it first (createdb), then try again.") from None
    with own_database(engine):
        yield engine
