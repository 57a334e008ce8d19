"""Rows that many records of one transaction write, and that nobody reads before its end: written together then.

A new record whose id is needed at once gets it ahead there, with all else that the database would give it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from itertools import chain, count
from typing import TypeVar

from sqlalchemy import ColumnDefault, event, func, inspect, select
from sqlalchemy.orm import Mapper, RelationshipDirection, Session

from app.extensions import Model, db

Written = TypeVar("Written")

#: The key of every record that gets its key ahead.
ID = "id"
#: So many of them PostgreSQL is asked for at once; what is left over is no row's.
IDS_AT_ONCE = 25


class Deferred:
    """What waits to be written, by how that is done; and the ids ahead, by the records that get them."""

    def __init__(self, *, are_ids_ahead: bool = False) -> None:
        self.waiting: dict[Callable[..., None], list[object]] = {}
        self.are_ids_ahead = are_ids_ahead
        self.ids: dict[type[Model], Iterator[int]] = {}

    def write_down(self) -> None:
        waiting, self.waiting = self.waiting, {}
        for write, what in waiting.items():
            write(what)

    def waits(self) -> dict[Callable[..., None], list[object]]:
        return {write: list(what) for write, what in self.waiting.items()}


deferred_here: ContextVar[Deferred | None] = ContextVar("deferred", default=None)


@contextmanager
def deferring(deferred: Deferred | None) -> Iterator[None]:
    """What is deferred in here is written with `deferred.write_down()`; what fails leaves nothing of it behind.

    Without `deferred` all of it is written at once. It stands round a savepoint of the same: what waited before, and
    was written in it, is taken back with it, and waits again.
    """
    token = deferred_here.set(deferred)
    before = deferred.waits() if deferred else {}
    try:
        yield
    except BaseException:
        if deferred:
            deferred.waiting = before
        raise
    finally:
        deferred_here.reset(token)


def defer(write: Callable[[Sequence[Written]], None], *what: Written) -> None:
    """Have it written: at once, or within `deferring` by one call for all records."""
    deferred = deferred_here.get()
    if deferred is None:
        write(what)
    else:
        deferred.waiting.setdefault(write, []).extend(what)


def write_deferred() -> None:
    """Before somebody reads what may have been deferred."""
    if deferred := deferred_here.get():
        deferred.write_down()


# --- new records ----------------------------------------------------------------------------------------------------


def write_new(*records: Model) -> None:
    """Add records that have their ids from now on: written at once, or where others wait together with these."""
    db.session.add_all(records)
    deferred = deferred_here.get()
    if deferred is None or not deferred.are_ids_ahead:
        db.session.flush()
        return
    for record in records:
        give_values(record, deferred)


def write_changes() -> None:
    """Write what was changed, unless all of the transaction waits for its end."""
    if not is_waiting():
        db.session.flush()


def is_waiting() -> bool:
    """Whether new records get their ids ahead, and are written at the end of the transaction."""
    deferred = deferred_here.get()
    return deferred is not None and deferred.are_ids_ahead


def give_values(record: Model, deferred: Deferred) -> None:
    """Give it all that it would have once it was inserted: what it belongs to, its defaults and its id."""
    stated = inspect(record).dict
    for name, parent_key, key in parents_of(type(record)):
        if stated.get(name) is not None:
            setattr(record, key, getattr(stated[name], parent_key))
    for key, default in defaults_of(type(record)):
        if key not in stated:
            setattr(record, key, default.arg(None) if default.is_callable else default.arg)
    give_id(record, deferred)


@cache
def parents_of(kind: type[Model]) -> list[tuple[str, str, str]]:
    """The relationships to what a record belongs to: by what name, by which attribute there, and which here."""
    mapper: Mapper[Model] = inspect(kind)
    return [
        (one.key, one.mapper.get_property_by_column(remote).key, mapper.get_property_by_column(local).key)
        for one in mapper.relationships
        if one.direction is RelationshipDirection.MANYTOONE
        for local, remote in one.local_remote_pairs or ()
    ]


@cache
def defaults_of(kind: type[Model]) -> list[tuple[str, ColumnDefault]]:
    columns = [(one.key, one.columns[0].default) for one in inspect(kind).column_attrs]
    return [(key, default) for key, default in columns if isinstance(default, ColumnDefault)]


def give_id(record: Model, deferred: Deferred) -> None:
    kind = type(record)
    if kind not in deferred.ids:
        deferred.ids[kind] = ids_ahead(kind)
    if inspect(record).dict.get(ID) is None:
        setattr(record, ID, next(deferred.ids[kind]))


def ids_ahead(kind: type[Model]) -> Iterator[int]:
    """On SQLite nobody else writes until this transaction ends; on PostgreSQL a sequence gives nothing twice."""
    table = kind.__table__
    with db.session.no_autoflush:  # what is being written is counted on from
        if db.engine.dialect.name == "sqlite":
            return count((db.session.scalar(select(func.max(table.c.id))) or 0) + 1)
    return chain.from_iterable(iter(partial(draw_ids, kind.__tablename__), None))


def draw_ids(table: str) -> Sequence[int]:
    following = func.nextval(func.pg_get_serial_sequence(table, ID))
    with db.session.no_autoflush:
        return db.session.scalars(select(following).select_from(func.generate_series(1, IDS_AT_ONCE))).all()


@event.listens_for(db.session, "before_flush")
def give_ids(session: Session, _context: object, _instances: object) -> None:
    """Of the kinds of record that got ids ahead, no other may get the next of them from the database."""
    deferred = deferred_here.get()
    if deferred and deferred.ids:
        for record in session.new:
            if type(record) in deferred.ids:
                give_id(record, deferred)


def add_rows(rows: Sequence[Model]) -> None:
    """Insert them with whatever is written next; where they were deferred, that is one statement for each table."""
    db.session.add_all(rows)
