"""Damaging a shop by hand, one value or one row at a time, and who of the checks tells it."""

from __future__ import annotations

import inspect
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import wraps
from importlib import import_module
from pkgutil import iter_modules
from random import Random
from typing import Any, LiteralString, TypeAlias, cast

import psycopg
import pytest
from psycopg.types.json import set_json_loads
from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Enum, Integer, LargeBinary, Numeric, Table
from sqlalchemy.engine import URL
from sqlalchemy.types import TypeDecorator

import app.operations
from app.columns import ExactDecimal
from app.compression.texts import add_uncompressed, uncompress
from app.extensions import Base, db
from app.operations import checks, schema_checks

Finder = Callable[..., Iterator[str]]

#: Whose rows have no order of their own: through which column, in which table.
WHOLES = {
    "invoice_id": "invoice",
    "shipment_id": "shipment",
    "return_id": "goods_return",
    "quote_id": "quote",
    "ticket_id": "ticket",
    "order_line_id": "order_line",
    "product_id": "product",
}

#: Drafts are not sealed, and nobody finds them by their words.
OF_ORDER = "order_id IN (SELECT id FROM orders WHERE NOT is_draft)"

#: Which rows are damaged, where not every row will do.
TAKEN_FROM = {
    "orders": "NOT is_draft",
    "counter": "kind = 'packing_slip' AND series = 'main'",
    "dated_series": "series = 'main'",
    "past_series": "series = 'main'",
    **dict.fromkeys(("order_address", "order_line", "memo", "task", "shipment", "goods_return", "invoice"), OF_ORDER),
    "order_line.dropped": "shipped = quantity AND kind = 'product'",  # of what is still to go, any may be dropped
    "order_line.id": "invoiced > 0",  # to a draft's line nothing refers
    "orders.currency": "id IN (SELECT order_id FROM invoice)",
    "orders.invoiced_elsewhere_at": "id IN (SELECT order_id FROM invoice)",
    "order_line.not_restocked": "product_id > 0 AND dropped = 0 AND returned = 0",  # of what is back, any may
    "outgoing_mail.undone_on_id": "order_id NOT IN (SELECT order_id FROM payment WHERE reverses_id > 0)",  # one of one
    "shipment.lost_at": "lost_at IS NULL",
    "outgoing_mail.undone_at": "state = 'queued' AND undone_at IS NULL",
    "outgoing_mail.undone_by": "state = 'queued'",
    "outgoing_mail.job_id": "state = 'queued'",
}

#: Columns that may well be empty, or lower: a return is completed without a credit note, too.
NEVER_EMPTIED = ("goods_return.credit_note_id",)
NEVER_LESS = ("past_series.digits", "counter.digits", "dated_series.digits")


def tables() -> dict[str, Table]:
    return {one.name: one for one in Base.metadata.sorted_tables}


# --- who tells ------------------------------------------------------------------------------------------------------


def finders() -> dict[str, list[tuple[object, Finder]]]:
    """The checks by their names, each with the modules that call it by that name."""
    found: dict[str, list[tuple[object, Finder]]] = {}
    for info in iter_modules(app.operations.__path__, "app.operations."):
        module = import_module(info.name)
        for name, value in vars(module).items():
            if name.endswith("_findings") and inspect.isgeneratorfunction(inspect.unwrap(value)):
                found.setdefault(name, []).append((module, value))
    return found


def reach(name: str) -> set[str]:
    """The check itself, and those that it asks."""
    found, new = set[str](), {name}
    while new:
        found |= new
        codes = [inspect.unwrap(finder).__code__ for one in new for _module, finder in finders().get(one, ())]
        new = {called for code in codes for called in code.co_names if called in finders()} - found
    return found


def is_of_orders(name: str) -> bool:
    return any(next(iter(inspect.signature(one).parameters), "") in ("order", "orders") for _, one in finders()[name])


class Tellers:
    """Which checks told a sentence: the innermost, and those that asked it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.innermost: dict[str, str] = {}
        self.seen: set[str] = set()
        self.wanted, self.depth = set[str](), 0
        self.reach = {name: reach(name) for name in finders()}
        of_orders = {called for name in finders() if is_of_orders(name) for called in self.reach[name]}
        made: dict[Finder, Finder] = {}
        for name, places in finders().items():
            for module, finder in places:
                made[finder] = made.get(finder) or self.listen(name, finder)
                monkeypatch.setattr(module, name, made[finder])
        monkeypatch.setattr(checks, "ORDER_FINDINGS", tuple(made.get(one, one) for one in checks.ORDER_FINDINGS))
        monkeypatch.setattr(checks, "ALL_ELSE", {name: made.get(one, one) for name, one in checks.ALL_ELSE.items()})
        read = checks.unproven_orders
        monkeypatch.setattr(checks, "unproven_orders", lambda: read() if self.looks_at(of_orders) else iter(()))

    def listen(self, name: str, finder: Finder) -> Finder:
        @wraps(finder)
        def told(*args: object, **named: object) -> Iterator[str]:
            if not self.depth and not self.looks_at(self.reach[name]):
                return
            self.depth += 1
            try:
                for sentence in finder(*args, **named):
                    self.innermost.setdefault(sentence, name)
                    self.seen.add(name)
                    yield sentence
            finally:
                self.depth -= 1

        return told

    def looks_at(self, names: set[str]) -> bool:
        return not self.wanted or bool(self.wanted & names)

    def look(self, *wanted: str) -> dict[str, str]:
        """What the check finds now, and which of its checks tells it; what can't be read has no teller.

        Args:
            wanted: look only with these checks, and with those that they ask.
        """
        self.innermost.clear()
        self.wanted = set(wanted)
        db.session.rollback()
        try:
            return {one: self.innermost.get(one, "unreadable") for one in checks.findings()}
        finally:
            db.session.rollback()


# --- damaging -------------------------------------------------------------------------------------------------------


class NothingElse(Exception):
    """The database takes no other value there."""


class OnPostgresql:
    """A connection that is asked as one of SQLite is, and past which no trigger and no reference is looked at."""

    def __init__(self, url: URL) -> None:
        self.raw = psycopg.connect(url.set(drivername="postgresql").render_as_string(False), autocommit=True)
        set_json_loads(bytes.decode, self.raw)
        self.raw.execute("SET session_replication_role = replica")

    def execute(self, sql: str, values: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        written = sql.replace("%", "%%").replace("?", "%s").replace("[", '"').replace("]", '"')
        return self.raw.execute(cast(LiteralString, written), values)

    def close(self) -> None:
        self.raw.close()


Raw: TypeAlias = sqlite3.Connection | OnPostgresql


class Damaged:
    """The database of a shop, open to somebody who keeps to no rule."""

    def __init__(self, raw: Raw, random: Random) -> None:
        self.raw, self.random = raw, random

    def row(self, table: Table, column: Column[object] | None = None) -> dict[str, object] | None:
        """Any row, with something in this column where there is one."""
        where = " AND ".join(TAKEN_FROM[one] for one in (table.name, str(column)) if one in TAKEN_FROM) or "1 = 1"
        found = self.raw.execute(f"SELECT * FROM [{table.name}] WHERE {where} ORDER BY {self.place_in_order(table)}")
        names = [one[0] for one in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found]
        filled = [row for row in rows if column is not None and row[column.name] not in (None, "")]
        return self.random.choice(filled or rows) if rows else None

    @contextmanager
    def changed(self, table: Table, column: Column[object], row: dict[str, object]) -> Iterator[object]:
        sql, key = f"UPDATE [{table.name}] SET [{column.name}] = ? WHERE {self.place(table)}", self.key(table, row)
        value = self.put(sql, others(self.raw, self.random, column, row[column.name]), key)
        try:
            yield value
        finally:  # also where something else that was to be damaged along with it can't be
            if column.primary_key:
                key = self.key(table, {**row, column.name: value})
            self.raw.execute(sql, (row[column.name], *key))

    def put(self, sql: str, values: Iterator[object], key: list[object]) -> object:
        """The first of the values that no other row has where each has its own."""
        for value in values:
            with suppress(sqlite3.IntegrityError, psycopg.IntegrityError, psycopg.DataError):
                self.raw.execute(sql, (value, *key))
                return value
        raise NothingElse(f"nothing else can be put in: {sql}")

    @contextmanager
    def deleted(self, table: Table, row: dict[str, object]) -> Iterator[None]:
        self.raw.execute(f"DELETE FROM [{table.name}] WHERE {self.place(table)}", self.key(table, row))
        yield
        names = [one.name for one in table.columns]
        listed, marks = ", ".join(f"[{one}]" for one in names), ", ".join("?" * len(names))
        self.raw.execute(f"INSERT INTO [{table.name}] ({listed}) VALUES ({marks})", [row[one] for one in names])

    @contextmanager
    def done(self, script: str) -> Iterator[None]:
        """Whatever the script does, on a file that is put back as it was."""
        assert isinstance(self.raw, sqlite3.Connection)
        with closing(sqlite3.connect(":memory:")) as kept:
            self.raw.backup(kept)
            self.raw.executescript(script)
            yield
            kept.backup(self.raw)

    def place_in_order(self, table: Table) -> str:
        if isinstance(self.raw, sqlite3.Connection):
            return "rowid"
        return ", ".join(f"[{one.name}]" for one in table.primary_key)

    def place(self, table: Table) -> str:
        return " AND ".join(f"[{one.name}] = ?" for one in table.primary_key)

    def key(self, table: Table, row: dict[str, object]) -> list[object]:
        return [row[one.name] for one in table.primary_key]

    def names_of(self, table: Table, row: dict[str, object]) -> set[str]:
        """By what its owner finds the row: its number or id, and those of the order or document that it is part of."""
        own = ("id", "number", "sku", "customer_id", "record_id", "seal_number") if "series" not in row else ("kind",)
        names = {str(row[one]) for one in own if row.get(one)}
        above = {"id" if table.name == "order_search" else "order_id": "orders", **WHOLES}
        for column, whole in above.items():
            if row.get(column) and column in table.columns:
                found = self.raw.execute(f"SELECT * FROM [{whole}] WHERE id = ?", (row[column],))
                columns = [one[0] for one in found.description]
                if whole_row := found.fetchone():
                    names |= self.names_of(tables()[whole], dict(zip(columns, whole_row, strict=True)))
        return names


def says(sentence: str, names: set[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sentence) for name in names)


@contextmanager
def damaging(random: Random) -> Iterator[Damaged]:
    if db.engine.dialect.name == "postgresql":
        with closing(OnPostgresql(db.engine.url)) as there:
            yield Damaged(there, random)
        return
    file = db.engine.url.database
    assert file
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        add_uncompressed(raw)  # type: ignore[arg-type]
        raw.execute("PRAGMA ignore_check_constraints=ON")
        raw.execute("PRAGMA foreign_keys=OFF")
        yield Damaged(raw, random)


def without_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_checks, "wanted_guards", dict)


def others(raw: Raw, random: Random, column: Column[object], value: object) -> Iterator[object]:
    """Other plausible values of the column, the best first."""
    kind = column.type
    if column.nullable and value is not None and str(column) not in NEVER_EMPTIED and random.random() < 0.3:
        yield None
    if column.foreign_keys:
        yield from other_keys(raw, random, column, value)
    elif column.primary_key and isinstance(value, int):
        yield value + 1000
    elif isinstance(kind, Enum):
        yield from random.sample(
            [word for word in kind.enums if word != value], len(kind.enums) - (value in kind.enums)
        )
    elif isinstance(kind, Boolean):
        yield not value
    elif isinstance(kind, Numeric | Integer) or isinstance(value, int):
        step = random.choice([1, 1 if str(column) in NEVER_LESS else -1]) * (
            1_000_000 if isinstance(kind, ExactDecimal) else 1
        )
        yield from ((value or 0) + step, (value or 0) - step)  # type: ignore[operator]
    yield another_of(kind.impl_instance if isinstance(kind, TypeDecorator) else kind, value)


def other_keys(raw: Raw, random: Random, column: Column[object], value: object) -> Iterator[object]:
    (key,) = column.foreign_keys
    found = raw.execute(f"SELECT [{key.column.name}] FROM [{key.column.table.name}] ORDER BY 1")
    keys = [one for (one,) in found if one != value]
    yield from random.sample(keys, len(keys))
    yield 999_999


def another_of(kind: object, value: object) -> object:
    if isinstance(kind, LargeBinary):
        return (value or b"") + b"x"  # type: ignore[operator]
    if isinstance(kind, JSON):
        return another_json(uncompress(value) if isinstance(value, bytes) else str(value))
    if isinstance(kind, DateTime):
        return "2020-02-02 10:00:00.000000" if value is None else f"2019{str(value)[4:]}"
    if isinstance(kind, Date):
        return "2020-02-02" if value is None else f"2019{str(value)[4:]}"
    return f"{value or ''}x"


def another_json(value: str) -> str:
    if found := re.search(r'(: ")(\w)', value):
        return f"{value[: found.start(2)]}Q{value[found.end(2) :]}"
    return '["x"]' if value.startswith("[") else '{"x": "y"}'
