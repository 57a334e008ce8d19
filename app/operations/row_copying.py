"""All rows of a shop from one kind of database to the other: as they are stored, counted, and compared by digest.

Both have the same schema. A batch is one transaction, so that a copy that was interrupted goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from itertools import islice
from operator import itemgetter
from typing import TypeAlias

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Dialect,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    cast,
    func,
    insert,
    inspect,
    select,
    text,
    types,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.columns import Compressed, Moment
from app.compression.texts import Uncompressed, shortest
from app.extensions import Base, driver_of

#: Rows of one transaction.
ROWS_AT_ONCE = 5000
#: Which migrations have run is said by the target itself.
NOT_COPIED = "alembic_version"

StoredRow: TypeAlias = Sequence[object]


class CopyFailed(Exception):
    """Rows can't be copied, or did not arrive as they were; the text says which."""


class StoredText(TypeDecorator[str]):
    """JSON as it is written, letter by letter, also where it is stored compressed."""

    impl = Text
    cache_ok = True

    def column_expression(self, column: ColumnElement[str]) -> ColumnElement[str]:
        return cast(Uncompressed(column), Text)


class StoredCompressed(StoredText):
    """The same, written as it is stored."""

    cache_ok = True

    def __init__(self, dictionary: int) -> None:
        super().__init__()
        self.dictionary = dictionary

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], object] | None:
        if dialect.name != "sqlite":
            return None
        return lambda written: None if written is None else shortest(written, self.dictionary)


@dataclass(frozen=True)
class TableTotal:
    """What a table holds, in whatever order it comes."""

    rows: int
    digest: int


EMPTY = TableTotal(0, 0)


# --- the tables -----------------------------------------------------------------------------------------------------


def shared_tables(on_postgresql: Connection, schema: str | None = None) -> list[Table]:
    """All tables of the schema, with types by which a value is the same on both sides.

    Without its name it is the one that the first connection of the engine found.
    """
    seen, metadata = inspect(on_postgresql), MetaData()
    keys, columns = seen.get_multi_pk_constraint(schema=schema), seen.get_multi_columns(schema=schema)
    tables = []
    for place in sorted(columns, key=itemgetter(1)):
        name, key = place[1], keys[place]["constrained_columns"]
        if name != NOT_COPIED:
            shared = [
                Column(
                    column["name"],
                    shared_type(column["type"], f"{name}.{column['name']}"),
                    primary_key=column["name"] in key,
                )
                for column in columns[place]
            ]
            tables.append(Table(name, metadata, *shared))
    return tables


def shared_type(there: TypeEngine, name: str) -> TypeEngine:
    known = type_of_ours(name)
    if isinstance(known, Compressed):
        return StoredCompressed(known.dictionary)
    for kind, ours in SHARED:
        if isinstance(there, kind):
            return ours()
    raise CopyFailed(f"{name} has a type that can't be copied: {there}")


def type_of_ours(name: str) -> TypeEngine | None:
    """Of a column by its whole name; None where this version has none of that name."""
    table, _dot, column = name.partition(".")
    known = Base.metadata.tables.get(table)
    return known.columns[column].type if known is not None and column in known.columns else None


SHARED: list[tuple[type[TypeEngine], Callable[[], TypeEngine]]] = [
    (types.JSON, StoredText),
    (types.DateTime, Moment),
    (types.Date, Date),
    (types.Boolean, Boolean),
    (types.LargeBinary, LargeBinary),
    (types.Integer, Integer),
    (types.String, Text),
]


def counted_key(table: Table) -> Column[int] | None:
    """The column by whose order the table is copied in batches; None where its key is none that counts."""
    keys = list(table.primary_key.columns)
    return keys[0] if len(keys) == 1 and isinstance(keys[0].type, Integer) else None


# --- copying --------------------------------------------------------------------------------------------------------


def copy_tables(tables: list[Table], source: Connection, target: Connection) -> dict[Table, TableTotal]:
    """Answers what was read of each."""
    filled = filled_tables(tables, source)
    return {table: copy_table(table, source, target) if table in filled else EMPTY for table in tables}


def filled_tables(tables: list[Table], connection: Connection) -> set[Table]:
    """Those that have rows, asked at once: most tables of a small shop are empty."""
    asked = (f"SELECT {place} WHERE EXISTS (SELECT 1 FROM {table.name})" for place, table in enumerate(tables))
    return {tables[place] for place in connection.scalars(text(" UNION ALL ".join(asked)))}


def copy_table(table: Table, source: Connection, target: Connection) -> TableTotal:
    """Answers what was read. What the target has of it already stays; where that can't be told, it is copied anew."""
    key, last = counted_key(table), None
    with target.begin():
        if key is not None:
            last = target.scalar(select(func.max(key)))
        else:
            target.execute(table.delete())
    rows = source.execution_options(yield_per=ROWS_AT_ONCE).execute(rows_by_key(table, key))
    seen = Tally()
    fresh = (row for row in seen.noting(rows) if last is None or key is None or row[column_place(table, key)] > last)
    while batch := list(islice(fresh, ROWS_AT_ONCE)):
        with target.begin():
            write_rows(target, table, batch)
    return seen.total()


def rows_by_key(table: Table, key: Column[int] | None) -> Select[tuple[object, ...]]:
    query = select(*table.columns)
    return query if key is None else query.order_by(key)


def column_place(table: Table, key: Column[int]) -> int:
    return list(table.columns).index(key)


def write_rows(connection: Connection, table: Table, rows: list[StoredRow]) -> None:
    names = [column.name for column in table.columns]
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    quoted = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in names)
    with driver_of(connection).cursor() as cursor, cursor.copy(f"COPY {table.name} ({quoted}) FROM STDIN") as out:
        for row in rows:
            out.write_row(row)


class Tally:
    """Counts rows as they go by."""

    def __init__(self) -> None:
        self.rows = self.digest = 0

    def noting(self, rows: Iterable[StoredRow]) -> Iterator[StoredRow]:
        for row in rows:
            self.rows += 1
            said = repr([plain_value(value) for value in row]).encode(errors="surrogatepass")
            self.digest = (self.digest + int.from_bytes(sha256(said).digest()[:16])) % 2**128
            yield row

    def total(self) -> TableTotal:
        return TableTotal(self.rows, self.digest)


def plain_value(value: object) -> object:
    """The same for both databases."""
    if isinstance(value, (bytes, memoryview)):
        return sha256(value).hexdigest()
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value


def total_there(table: Table, connection: Connection) -> TableTotal:
    seen = Tally()
    for _row in seen.noting(connection.execution_options(yield_per=ROWS_AT_ONCE).execute(rows_by_key(table, None))):
        pass
    return seen.total()


def compare_tables(totals: dict[Table, TableTotal], target: Engine) -> None:
    """Raises CopyFailed when a table did not arrive as it was read."""
    with target.connect() as connection:
        filled = filled_tables(list(totals), connection)
        for table, read in totals.items():
            arrived = total_there(table, connection) if table in filled else EMPTY
            if arrived != read:
                raise CopyFailed(
                    f"{table.name} did not arrive as it is: {read.rows} rows were read and {arrived.rows} arrived, "
                    f"or one of them differs"
                )
