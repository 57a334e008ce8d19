"""Orders with all that belongs to them as plain rows, by the thousand: for who looks at all of them.

A row has the columns of its record, what belongs to it, and the record's own properties and methods; nothing else of
it, and no session. A value is read when it is asked for, so that a damaged one fails what asks, and nothing beside it.
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import groupby
from operator import itemgetter
from types import FunctionType
from typing import ClassVar, TypeAlias
from typing import cast as as_type

import orjson
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Dialect,
    Enum,
    Executable,
    Integer,
    Select,
    Text,
    bindparam,
    func,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, QueryableAttribute
from sqlalchemy.types import NullType

from app.amounts.money import SCALE, plain
from app.columns import ExactDecimal, is_json, written_text
from app.extensions import Model, db, let_others_write
from app.models import (
    Invoice,
    InvoiceLine,
    Memo,
    Order,
    OrderAddress,
    OrderLine,
    Payment,
    Return,
    ReturnLine,
    Shipment,
    ShipmentLine,
    Task,
)

Read: TypeAlias = Callable[[object], object]

ORDERS_AT_ONCE = 500


def fetch_stored(query: Executable, parameters: Mapping[str, object] | None = None) -> list[tuple[object, ...]]:
    """Rows as the driver has them, which takes half the time: what is damaged is not read as what it should be."""
    with db.session.connection().execute(query, parameters) as found:
        return as_type("list[tuple[object, ...]]", found.cursor.fetchall())


class Amounts(dict[object, object]):
    """Decimals by what is stored of them: few amounts are seen once only."""

    def __missing__(self, stored: object) -> object:
        if not isinstance(stored, int):
            return stored  # damaged, or none
        if len(self) > 100_000:
            self.clear()
        value = self[stored] = plain(Decimal(stored).scaleb(-SCALE))
        return value


AMOUNTS = Amounts()


class WrittenAmounts(dict[object, object]):
    """The same as texts."""

    def __missing__(self, stored: object) -> object:
        if len(self) > 100_000:
            self.clear()
        amount = AMOUNTS[stored]
        written = self[stored] = str(amount) if isinstance(amount, Decimal) else amount
        return written


WRITTEN_AMOUNTS = WrittenAmounts()


def write_mark(stored: object) -> object:
    """Yes and no as SQLite has them."""
    return int(stored) if isinstance(stored, bool) else stored


class PlainRow(tuple[object, ...]):
    """A record as it is stored: words of a list are texts, yes and no are 1 and 0, which are equal to them.

    Amounts are decimals already, where they are not damaged.
    """

    places: ClassVar[Mapping[str, int]]  # of the columns
    sealed_places: ClassVar[Mapping[str, int]]  # of the columns as they are sealed: amounts as texts

    __eq__ = object.__eq__  # two rows are two records, whatever they say
    __hash__ = object.__hash__

    def stored(self, name: str) -> object:
        """What the database has in this column."""
        return self[self.places[name]]


class ReadColumn:
    """What is read of what is stored when it is first asked for, and stays with the row."""

    def __init__(self, name: str, place: int, read: Read) -> None:
        self.name, self.place, self.read = name, place, read

    def __get__(self, row: PlainRow, _owner: object = None) -> object:
        stored = row[self.place]
        value = row.__dict__[self.name] = None if stored is None else self.read(stored)
        return value


class ReadProperty:
    """What follows from a row, which never changes: it is worked out once."""

    def __init__(self, name: str, of_record: property) -> None:
        self.name, self.read = name, as_type("Read", of_record.fget)

    def __get__(self, row: PlainRow, _owner: object = None) -> object:
        value = row.__dict__[self.name] = self.read(row)
        return value


@dataclass(frozen=True)
class TableReader:
    """How the rows of a table are read."""

    between: Select[object]  # of the orders from the `first` id to the `last`
    among: Select[object]  # of those with these `ids`
    row: type[PlainRow]
    amounts: tuple[int, ...]  # where they stand
    written: tuple[tuple[int, Read], ...]  # what stands behind the columns once more, as it is sealed

    def rows(self, stored: Sequence[tuple[object, ...]]) -> list[PlainRow]:
        """Amounts are read column by column: there are millions."""
        if not stored or not (self.amounts or self.written):
            return list(map(self.row, stored))
        columns: list[Iterable[object]] = list(zip(*stored, strict=True))
        columns += [map(write, columns[at]) for at, write in self.written]
        for at in self.amounts:
            columns[at] = map(AMOUNTS.__getitem__, columns[at])
        return list(map(self.row, zip(*columns, strict=True)))


def class_with(columns: Iterable[str]) -> type[object]:
    """Its columns take a value out of a row the fastest."""
    return namedtuple("Columns", columns)


@cache
def table_reader(part: Owned, dialect: Dialect) -> TableReader:
    """All columns of the table, each as it is stored and with what reads it."""
    columns: dict[str, InstrumentedAttribute[object]] = {
        one.key: getattr(part.table, one.key) for one in part.table.__mapper__.column_attrs
    }
    stored = [as_stored(column).label(f"column_{at}") for at, column in enumerate(columns.values())]
    in_place = class_with(columns)  # what is in it lives as long as it does
    read = {
        name: ReadColumn(name, at, read) if (read := what_reads(column, dialect)) else vars(in_place)[name]
        for at, (name, column) in enumerate(columns.items())
    }
    names = list(columns)
    amounts = [at for at, column in enumerate(columns.values()) if isinstance(column.type, ExactDecimal)]
    marks = [at for at, column in enumerate(columns.values()) if isinstance(column.type, Boolean)]
    written: list[tuple[int, Read]] = []
    if part.of is Order:  # what is sealed as it is with the order
        written += [(at, WRITTEN_AMOUNTS.__getitem__) for at in amounts]
        written += [(at, write_mark) for at in marks if dialect.name != "sqlite"]
    behind = {names[at]: len(names) + more for more, (at, _write) in enumerate(written)}
    places = {name: at for at, name in enumerate(names)}
    of_row = {**own_of(part.table), **read, "places": places, "sealed_places": {**places, **behind}}
    made = as_type("type[PlainRow]", type(f"{part.table.__name__}PlainRow", (PlainRow,), of_row))
    query = as_type("Select[object]", select(*stored).order_by(part.key, part.sorted_by))  # as its index has them
    among = query.where(part.is_among())
    return TableReader(query.where(part.is_between()), among, made, tuple(amounts), tuple(written))


def what_reads(column: InstrumentedAttribute[object], dialect: Dialect) -> Read | None:
    """What reads the stored value when it is asked for; None where it is taken as it is."""
    if isinstance(column.type, Enum | Boolean | ExactDecimal):
        return None
    if is_json(column.type):
        return as_type("Read", read_json)
    return column.type.dialect_impl(dialect).result_processor(dialect, None)


def read_json(written: str) -> object:
    """As json.loads does, in half the time: there are millions of texts."""
    try:
        return orjson.loads(written)
    except ValueError:
        return json.loads(written)  # which reads more, or says what is wrong


def as_stored(column: InstrumentedAttribute[object]) -> ColumnElement[object]:
    """JSON as its text, anything else as the driver has it."""
    raw = written_text(column) if is_json(column.type) else type_coerce(column, NullType())
    return as_type("ColumnElement[object]", raw)


def own_of(table: type[Model]) -> dict[str, object]:
    """The properties and methods of the record; its columns are values of the row."""
    found: dict[str, object] = {}
    for base in reversed(table.__mro__):
        if base.__module__.startswith("app."):
            for name, value in vars(base).items():
                is_its_own = isinstance(value, property | FunctionType) and not isinstance(value, QueryableAttribute)
                if is_its_own and name not in ("__init__", "__getattr__"):
                    found[name] = ReadProperty(name, value) if isinstance(value, property) else value
    return found


# --- orders ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Owned:
    """What belongs to a whole: under which name it has them, and they it."""

    table: type[Model]
    key: InstrumentedAttribute[int]
    name: str
    back: str
    sorted_by: InstrumentedAttribute[int]
    of: type[Model] = Order
    of_order: tuple[InstrumentedAttribute[int], InstrumentedAttribute[int]] | None = None  # id and order of its whole

    def is_between(self) -> ColumnElement[bool]:
        first, last = bindparam("first", type_=Integer), bindparam("last", type_=Integer)
        return self.is_of_orders(lambda key: key.between(first, last))

    def is_among(self) -> ColumnElement[bool]:
        """As SQLite has them: a text is made ready once, however many ids there are."""
        wanted = func.json_each(bindparam("ids", type_=Text)).table_valued("value")
        return self.is_of_orders(lambda key: key.in_(select(wanted.c.value)))

    def is_of_orders(
        self, are_wanted: Callable[[InstrumentedAttribute[int]], ColumnElement[bool]]
    ) -> ColumnElement[bool]:
        if self.of_order is None:
            return are_wanted(self.key)
        id, order_id = self.of_order
        return self.key.in_(select(id).where(are_wanted(order_id)))

    def rows(self, first: int, last: int) -> list[PlainRow]:
        reader = table_reader(self, db.engine.dialect)
        return reader.rows(fetch_stored(reader.between, {"first": first, "last": last}))

    def rows_among(self, ids: Sequence[int]) -> list[PlainRow]:
        reader = table_reader(self, db.engine.dialect)
        return reader.rows(fetch_stored(reader.among, {"ids": json.dumps(ids)}))


ORDERS = Owned(Order, Order.id, "", "", Order.id)
OWNED_ROWS: tuple[Owned, ...] = (
    Owned(OrderAddress, OrderAddress.order_id, "addresses", "order", OrderAddress.id),
    Owned(OrderLine, OrderLine.order_id, "lines", "order", OrderLine.position),
    Owned(Payment, Payment.order_id, "payments", "order", Payment.id),
    Owned(Memo, Memo.order_id, "memos", "order", Memo.id),
    Owned(Task, as_type("InstrumentedAttribute[int]", Task.order_id), "tasks", "order", Task.id),
    Owned(Invoice, Invoice.order_id, "invoices", "order", Invoice.id),
    Owned(
        InvoiceLine,
        InvoiceLine.invoice_id,
        "lines",
        "invoice",
        InvoiceLine.position,
        Invoice,
        (Invoice.id, Invoice.order_id),
    ),
    Owned(Return, Return.order_id, "returns", "order", Return.id),
    Owned(
        ReturnLine, ReturnLine.return_id, "lines", "goods_return", ReturnLine.id, Return, (Return.id, Return.order_id)
    ),
    Owned(Shipment, Shipment.order_id, "shipments", "order", Shipment.id),
    Owned(
        ShipmentLine,
        ShipmentLine.shipment_id,
        "lines",
        "shipment",
        ShipmentLine.id,
        Shipment,
        (Shipment.id, Shipment.order_id),
    ),
)

#: Under which names an order has what has parts itself.
WHOLES = {part.of: own.name for part in OWNED_ROWS for own in OWNED_ROWS if own.table is part.of}


def order_rows() -> Iterator[list[Order]]:
    """All orders by their ids, so many at once; nothing is held between two slices, and no row outlives its slice."""
    last = 0
    while ids := find_slice(last):
        last = ids[-1]
        orders = read_orders(ids[0], last)
        yield orders
        take_apart(orders)
        let_others_write()


def find_slice(last: int) -> Sequence[int]:
    """Of the next slice of orders."""
    return db.session.scalars(select(Order.id).where(Order.id > last).order_by(Order.id).limit(ORDERS_AT_ONCE)).all()


def read_orders(first: int, last: int) -> list[Order]:
    """The orders with ids from the first to the last, each with what belongs to it."""
    return put_together(lambda part: part.rows(first, last))


def read_orders_among(ids: Sequence[int]) -> list[Order]:
    """The orders with these ids, which lie apart; on SQLite only."""
    return put_together(lambda part: part.rows_among(ids))


def put_together(rows_of: Callable[[Owned], list[PlainRow]]) -> list[Order]:
    orders = rows_of(ORDERS)
    wholes: dict[type[Model], dict[object, PlainRow]] = {Order: by_id(orders)}
    for part in OWNED_ROWS:
        rows = rows_of(part)
        if part.table in WHOLES:
            wholes[part.table] = by_id(rows)
        give(wholes[part.of], rows, part)
    return as_type("list[Order]", orders)


def by_id(rows: Sequence[PlainRow]) -> dict[object, PlainRow]:
    return dict(zip(map(itemgetter(rows[0].places["id"]), rows), rows, strict=True)) if rows else {}


def take_apart(orders: Iterable[Order]) -> None:
    """Orders and their parts hold each other: else Python would look for them in all that there is."""
    for order in orders:
        for name in WHOLES.values():
            for whole in getattr(order, name):
                vars(whole).clear()
        vars(order).clear()


def give(wholes: Mapping[object, PlainRow], rows: Sequence[PlainRow], part: Owned) -> None:
    """The rows follow each other as their wholes do."""
    name, back = part.name, part.back
    for whole in wholes.values():
        setattr(whole, name, [])
    if rows:
        for owner_id, own in groupby(rows, key=itemgetter(rows[0].places[part.key.key])):
            if owner := wholes.get(owner_id):  # else it was damaged, which is told
                parts = list(own)
                setattr(owner, name, parts)
                for row in parts:
                    setattr(row, back, owner)
