"""Bulk INSERTs of rows that are stored values already, and ids reserved for them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Date, Table, TableClause, column, func, insert, select, table, text

from app.columns import Moment
from app.extensions import Base, db


def moments_of(known: Table) -> list[str]:
    return [c.name for c in known.columns if isinstance(c.type, (Moment, Date))]


def strip_types(known: Table) -> TableClause:
    """The table without its column types, so that stored values go in as they are; only moments are still turned."""
    return table(
        known.name, *(column(c.name, c.type if c.name in MOMENTS[known.name] else None) for c in known.columns)
    )


MOMENTS = {name: moments_of(known) for name, known in Base.metadata.tables.items()}
UNTYPED = {name: strip_types(known) for name, known in Base.metadata.tables.items()}


def write_rows(name: str, rows: list[dict[str, object]]) -> None:
    if rows:
        db.session.execute(insert(UNTYPED[name]), rows)


def fresh_ids(name: str, count: int) -> Iterator[int]:
    """Ids that nobody else gets: from PostgreSQL's own sequence; on SQLite the next ones, for only we are writing."""
    if db.engine.dialect.name == "postgresql":
        drawn = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return iter(list(db.session.scalars(drawn, {"name": name, "count": count})))
    ids = Base.metadata.tables[name].c.id
    last = db.session.scalar(select(func.max(ids))) or 0
    return iter(range(last + 1, last + 1 + count))
