"""Bulk INSERTs of rows that are stored values already, and ids reserved for them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from operator import itemgetter

from sqlalchemy import Date, Table, func, select, text

from app.columns import Compressed, Moment
from app.extensions import Base, db, driver_of
from app.models import SEARCH_DOCUMENTS, OrderSearch

#: Of the database that SQLite keeps in memory meanwhile: what one transaction changes.
KIB_OF_PAGES = 65_536


def moments_of(known: Table) -> list[str]:
    return [c.name for c in known.columns if isinstance(c.type, (Moment, Date))]


def compressed_of(known: Table) -> dict[str, Compressed]:
    return {c.name: c.type for c in known.columns if isinstance(c.type, Compressed)}


MOMENTS = {name: moments_of(known) for name, known in Base.metadata.tables.items()}
COMPRESSED = {name: compressed_of(known) for name, known in Base.metadata.tables.items()}


def storing_moments() -> Callable[[datetime | date], object]:
    """What makes of a moment or a date that which the driver takes."""
    dialect = db.engine.dialect
    moment, day = [kind.dialect_impl(dialect).bind_processor(dialect) or same for kind in (Moment(), Date())]
    return lambda value: moment(value) if isinstance(value, datetime) else day(value)


def same(value: object) -> object:
    return value


def write_rows(name: str, rows: list[dict[str, object]]) -> None:
    """Write rows of stored values, all of the same columns; what is stored compressed is a text yet."""
    if not rows:
        return
    connection = db.session.connection()
    for column, kind in COMPRESSED[name].items():
        for row in rows:
            row[column] = kind.store(str(row[column]), connection.dialect)
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(column) for column in rows[0])
    values = map(itemgetter(*rows[0]), rows)
    if connection.dialect.name != "postgresql":
        places = ", ".join("?" * len(rows[0]))
        connection.exec_driver_sql(f"INSERT INTO {name} ({columns}) VALUES ({places})", list(values))
        return
    with driver_of(connection).cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as out:
        for row in values:
            out.write_row(row)


def fresh_ids(name: str, count: int) -> Iterator[int]:
    """Ids that nobody else gets: from PostgreSQL's own sequence; on SQLite the next ones, for only we are writing."""
    if db.engine.dialect.name == "postgresql":
        drawn = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return iter(list(db.session.scalars(drawn, {"name": name, "count": count})))
    ids = Base.metadata.tables[name].c.id
    last = db.session.scalar(select(func.max(ids))) or 0
    return iter(range(last + 1, last + 1 + count))


@contextmanager
def indexing_words_at_once() -> Iterator[None]:
    """What is written in here goes into SQLite's indexes of words when all of it stands there.

    A trigger would write the index to its tables with each row, ten times the work. The triggers are back in the same
    transaction: nobody else ever sees a shop without them, and what is broken off leaves them as they were.
    """
    if db.engine.dialect.name != "sqlite":
        yield
        return
    documents = [Base.metadata.tables[OrderSearch.__tablename__], *SEARCH_DOCUMENTS.values()]
    last = {known.name: db.session.scalar(select(func.max(known.c.id))) or 0 for known in documents}
    triggers = [drop_trigger(f"{name}_insert") for name in last]
    yield
    for name, id in last.items():
        fresh = f"SELECT id, words FROM {name} WHERE id > :last ORDER BY id"
        db.session.execute(text(f"INSERT INTO {name}_fts(rowid, words) {fresh}"), {"last": id})
    for trigger in triggers:
        db.session.connection().exec_driver_sql(trigger)


def drop_trigger(name: str) -> str:
    """Answers what makes it again."""
    known = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name")
    made_by: str = db.session.execute(known, {"name": name}).scalar_one()
    db.session.execute(text(f"DROP TRIGGER {name}"))
    return made_by


@contextmanager
def much_memory() -> Iterator[None]:
    """Round the writing of many rows, in a program of its own: what Python would look for in vain takes a tenth.

    SQLite holds what a transaction changes until it is committed, and writes no page of it twice.
    """
    gc.freeze()
    gc.disable()
    if db.engine.dialect.name == "sqlite":
        db.session.execute(text(f"PRAGMA cache_size = -{KIB_OF_PAGES}"))
        db.session.commit()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
