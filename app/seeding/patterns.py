"""Patterns to copy: orders of the demo shop's stories with all their rows, lived through, read, and taken back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast

from sqlalchemy import JSON, Column, Date, FromClause, Select, Table, select

from app.columns import Moment
from app.demo.planting import happen, stories
from app.extensions import Base, db
from app.history import Happened

#: What is copied, parents first.
NAMES = (
    "orders", "order_address", "order_line", "payment", "invoice", "invoice_line", "shipment", "shipment_line",
    "goods_return", "return_line", "memo", "task", "history",
)  # fmt: skip
COPIED: dict[str, Table] = {name: Base.metadata.tables[name] for name in NAMES}

#: Which columns refer to which copied table.
REFERENCES = {
    name: [(key.parent.name, key.column.table.name) for key in table.foreign_keys if key.column.table.name in COPIED]
    for name, table in COPIED.items()
}

#: Tables whose rows have numbers, of which kind: credit notes have a series of their own among the invoices.
NUMBERED = {"orders": "order", "invoice": "invoice", "shipment": "packing_slip", "goods_return": "return"}

#: Mails are not copied, so history doesn't tell of them.
OF_MAILS = (Happened.MAIL_QUEUED, Happened.INVOICE_SENT, Happened.CREDIT_NOTE_SENT)

Values = dict[str, Any]


@dataclass
class Pattern:
    """The rows of one order, table by table, ready to be written: JSON as text, amounts as stored."""

    rows: dict[str, list[Values]]

    @property
    def order(self) -> Values:
        return self.rows["orders"][0]

    @property
    def placed_at(self) -> datetime:
        return cast(datetime, self.order["placed_at"])

    @property
    def is_finished(self) -> bool:
        return self.order["status"] in ("completed", "credited", "cancelled")

    @cached_property
    def own_words(self) -> list[str]:
        """What a copy says differently: numbers of documents, and who ordered."""
        numbered = [row["number"] for name in NUMBERED for row in self.rows[name]]
        person = [self.order["customer_name"], self.order["email"]] if self.order["customer_id"] else []
        return [*numbered, json.dumps(self.order["external_number"]), *(word for word in person if word)]

    @cached_property
    def own_word(self) -> re.Pattern[str]:
        longest_first = sorted(self.own_words, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)))

    @cached_property
    def renamed(self) -> dict[tuple[str, int], list[str]]:
        """The columns that hold such words, by table and position of the row."""
        return {
            (name, position): columns
            for name, rows in self.rows.items()
            for position, row in enumerate(rows)
            if (columns := [c for c, value in row.items() if isinstance(value, str) and self.own_word.search(value)])
        }


def patterns(today: date) -> list[Pattern]:
    """The stories of the demo shop as they would be told today."""
    savepoint = db.session.begin_nested()
    orders = happen(stories(today), demo=True, named="pattern-")
    found = list(read_patterns([order.id for order in orders]))
    savepoint.rollback()
    db.session.expunge_all()
    return found


def read_patterns(order_ids: list[int]) -> Iterator[Pattern]:
    by_order: dict[int, dict[str, list[Values]]] = {id: {name: [] for name in COPIED} for id in order_ids}
    for name, table in COPIED.items():
        for row in db.session.execute(rows_of(table, order_ids)).mappings():
            values = {column.name: store_value(row[column.name], column) for column in table.columns}
            values |= dict.fromkeys(column.name for column in table.columns if refers_to_mail(column))
            by_order[row["belongs_to"]][name].append(values)
    return (Pattern(rows) for rows in by_order.values())


def refers_to_mail(column: Column[object]) -> bool:
    """Mails are not copied."""
    return any(key.column.table.name == "outgoing_mail" for key in column.foreign_keys)


def rows_of(table: Table, order_ids: list[int]) -> Select[*tuple[Any, ...]]:
    """The table's rows of these orders, and which order each belongs to."""
    source, owner = owner_of(table)
    query = (
        select(table, owner.label("belongs_to")).select_from(source).where(owner.in_(order_ids)).order_by(table.c.id)
    )
    return query.where(table.c.what.not_in(OF_MAILS)) if table.name == "history" else query


PARENTS = {"return_line": "goods_return"}


def owner_of(table: Table) -> tuple[FromClause, Column[int]]:
    if table.name == "orders":
        return table, table.c.id
    if "order_id" in table.c:
        return table, table.c.order_id
    parent = COPIED[PARENTS.get(table.name, table.name.removesuffix("_line"))]
    return table.join(parent), parent.c.order_id


def store_value(value: Any, column: Column[Any]) -> Any:
    """The value as it is stored; moments and dates stay, for each copy has its own."""
    if isinstance(column.type, JSON):
        return json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(column.type, (Moment, Date)):
        return value
    dialect = db.engine.dialect
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    return process(value) if process else value
