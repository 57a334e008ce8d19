"""Patterns to copy: orders of the demo shop's stories with all their rows, lived through, read, and taken back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast

from sqlalchemy import Column, Date, FromClause, Select, Table, select

from app.columns import CompressedText, Moment, is_json
from app.demo.afterwards import AFTERWARDS, ordered_again
from app.demo.planting import happen, stories
from app.demo.plots import PLOTS
from app.extensions import Base, db
from app.mails.words import day
from app.models import Arrival, Fate, MailState, Order, OrderStatus
from app.seeding.blanks import DAY, Blank, Values, make_blank
from app.seeding.payloads import gmt, payload_of

#: What is copied, parents first.
NAMES = (
    "orders", "order_address", "order_line", "payment", "invoice", "invoice_line", "outgoing_mail", "shipment",
    "shipment_line", "goods_return", "return_line", "memo", "task", "ticket", "ticket_message", "stock_movement",
    "arrival", "history",
)  # fmt: skip
COPIED: dict[str, Table] = {name: Base.metadata.tables[name] for name in NAMES}

#: Which columns refer to which copied table, or to a product, of which each copy has others.
REFERENCES = {
    name: [
        (key.parent.name, key.column.table.name)
        for key in table.foreign_keys
        if key.column.table.name in (*COPIED, "product")
    ]
    for name, table in COPIED.items()
}

#: Tables whose rows have numbers, of which kind: credit notes have a series of their own among the invoices.
NUMBERED = {"orders": "order", "invoice": "invoice", "shipment": "packing_slip", "goods_return": "return"}

#: What happens to the order alone; the copy of an order is an order of its own, which nobody copies here.
COPYABLE = [plot for plot in (*PLOTS, *AFTERWARDS) if plot.happens is not ordered_again]


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

    @property
    def is_unpaid(self) -> bool:
        return self.order["status"] == OrderStatus.AWAITING_PAYMENT and not self.rows["payment"]

    @cached_property
    def own_words(self) -> list[str]:
        """What a copy says differently: numbers of documents, and who ordered."""
        numbered = [row["number"] for name in NUMBERED for row in self.rows[name]]
        person = [self.order["customer_name"], self.order["email"]] if self.order["customer_id"] else []
        sold = [word for sku, (_id, name) in self.articles.items() for word in (sku, name)]
        when = [gmt(self.placed_at), *self.days]
        outside = [json.dumps(self.order[name]) for name in ("external_number", "external_id")]
        outside.append(in_mail(self.order["external_number"]))
        return [*numbered, *outside, *(word for word in person if word), *sold, *when]

    @cached_property
    def own_word(self) -> re.Pattern[str]:
        longest_first = sorted(self.own_words, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)))

    @cached_property
    def articles(self) -> dict[str, tuple[int, str]]:
        """What was ordered of the catalogue: ids and names by SKU."""
        return {row["sku"]: (row["product_id"], row["name"]) for row in self.rows["order_line"] if row["product_id"]}

    @cached_property
    def days(self) -> dict[str, str]:
        """The day of the order as its mails write it, and in which language."""
        return {
            day(self.placed_at, language): language for language in {m["language"] for m in self.rows["outgoing_mail"]}
        }

    @cached_property
    def blanks(self) -> dict[str, list[Blank]]:
        return {
            name: [make_blank(name, row, REFERENCES[name], self.own_word) for row in rows]
            for name, rows in self.rows.items()
        }

    @cached_property
    def days_of_documents(self) -> dict[str, date]:
        """The days that its invoices name, by how they are written there."""
        written = {day for row in self.rows["invoice"] for day in DAY.findall(row["snapshot"])}
        return {day: date.fromisoformat(day.strip('"')) for day in written}


def in_mail(number: str) -> str:
    """How a mail says the outside number of its order: behind a word, at the end of a line."""
    return f": {number}\n"


def patterns(today: date) -> list[Pattern]:
    """The stories of the demo shop as they would be told today."""
    savepoint = db.session.begin_nested()
    orders = happen(stories(today, COPYABLE), demo=True, named="pattern-")
    db.session.add_all(arrival_of(order) for order in orders)
    db.session.flush()
    found = list(read_patterns([order.id for order in orders]))
    savepoint.rollback()
    db.session.expunge_all()
    return found


def read_patterns(order_ids: list[int]) -> Iterator[Pattern]:
    by_order: dict[int, dict[str, list[Values]]] = {id: {name: [] for name in COPIED} for id in order_ids}
    for name, table in COPIED.items():
        for row in db.session.execute(rows_of(table, order_ids)).mappings():
            values = {column.name: store_value(row[column.name], column) for column in table.columns}
            if name == "outgoing_mail" and values["state"] == MailState.QUEUED:
                values |= {"state": MailState.SENT, "sent_at": values["created_at"]}  # nobody is to get it
            by_order[row["belongs_to"]][name].append(values)
    return (Pattern(rows) for rows in by_order.values())


def arrival_of(order: Order) -> Arrival:
    """As if its shop had sent it."""
    assert order.outside_shop_id
    return Arrival(
        source=order.source,
        outside_shop_id=order.outside_shop_id,
        origin=order.channel,
        external_id=order.external_id,
        sha256="",
        payload=payload_of(order),
        result=Fate.ADDED,
        order_id=order.id,
        arrived_at=order.placed_at,
        due_at=order.placed_at,
    )


def rows_of(table: Table, order_ids: list[int]) -> Select[*tuple[Any, ...]]:
    """The table's rows of these orders, and which order each belongs to."""
    source, owner = owner_of(table)
    return select(table, owner.label("belongs_to")).select_from(source).where(owner.in_(order_ids)).order_by(table.c.id)


PARENTS = {"return_line": "goods_return", "ticket_message": "ticket"}


def owner_of(table: Table) -> tuple[FromClause, Column[int]]:
    if table.name == "orders":
        return table, table.c.id
    if "order_id" in table.c:
        return table, table.c.order_id
    parent = COPIED[PARENTS.get(table.name, table.name.removesuffix("_line"))]
    return table.join(parent), parent.c.order_id


def store_value(value: Any, column: Column[Any]) -> Any:
    """The value as it is stored; moments and dates stay, for each copy has its own."""
    if is_json(column.type):
        return json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(column.type, (CompressedText, Moment, Date)):
        return value
    dialect = db.engine.dialect
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    return process(value) if process else value
