"""All that an order has, in one statement: each row of its answer is a row of one of the tables.

A statement for each table costs the page of an order more than the rows do, and most tables have none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import TypeVar

from sqlalchemy import Integer, Select, bindparam, case, literal_column, select, union_all
from sqlalchemy.orm import contains_eager, defer, lazyload, load_only
from sqlalchemy.orm.attributes import set_committed_value

from app.extensions import Model, db
from app.models import (
    CustomStatus,
    EInvoiceSending,
    Invoice,
    InvoiceLine,
    Memo,
    Order,
    OrderAddress,
    OrderLine,
    Payment,
    Product,
    Return,
    ReturnLine,
    Shipment,
    ShipmentLine,
    Staff,
    Task,
)

ASKED_ORDER = bindparam("order_id", type_=Integer)

#: Where the ids of an order's rows are found, by table.
ROWS: Mapping[type[Model], Select[int]] = {
    OrderAddress: select(OrderAddress.id).where(OrderAddress.order_id == ASKED_ORDER),
    OrderLine: select(OrderLine.id).where(OrderLine.order_id == ASKED_ORDER),
    Payment: select(Payment.id).where(Payment.order_id == ASKED_ORDER),
    Invoice: select(Invoice.id).where(Invoice.order_id == ASKED_ORDER),
    EInvoiceSending: select(EInvoiceSending.id).join(EInvoiceSending.invoice).where(Invoice.order_id == ASKED_ORDER),
    InvoiceLine: select(InvoiceLine.id).join(InvoiceLine.invoice).where(Invoice.order_id == ASKED_ORDER),
    Shipment: select(Shipment.id).where(Shipment.order_id == ASKED_ORDER),
    ShipmentLine: select(ShipmentLine.id).join(ShipmentLine.shipment).where(Shipment.order_id == ASKED_ORDER),
    Return: select(Return.id).where(Return.order_id == ASKED_ORDER),
    ReturnLine: select(ReturnLine.id).join(ReturnLine.goods_return).where(Return.order_id == ASKED_ORDER),
    Memo: select(Memo.id).where(Memo.order_id == ASKED_ORDER),
    Task: select(Task.id).where(Task.order_id == ASKED_ORDER),
}

#: What the page shows besides: the products that were ordered, and the shop's own statuses.
ORDERED = (
    select(Product.id).join(OrderLine, OrderLine.product_id == Product.id).where(OrderLine.order_id == ASKED_ORDER)
)
BESIDE: Mapping[type[Model], Select[int]] = {Product: ORDERED.distinct(), CustomStatus: select(CustomStatus.id)}

LoadedRow = TypeVar("LoadedRow", bound=Model)


class RowsByTable:
    """The rows, by their table."""

    def __init__(self, rows: Sequence[Model]):
        self.rows: dict[type[Model], list[Model]] = {}
        for row in rows:
            self.rows.setdefault(type(row), []).append(row)

    def of(self, kind: type[LoadedRow]) -> list[LoadedRow]:
        """In the order in which they were written."""
        return sorted((row for row in self.rows.get(kind, ()) if isinstance(row, kind)), key=attrgetter("id"))


def load_parts(order: Order) -> RowsByTable:
    """Give the order all its parts, and these theirs; answers what the page shows besides."""
    rows = db.session.execute(every_part(), {"order_id": order.id})
    found = RowsByTable([next(one for one in row if isinstance(one, Model)) for row in rows])
    lines = sorted(found.of(OrderLine), key=attrgetter("position"))
    by_id = {line.id: line for line in lines}
    parts: dict[str, Sequence[Model]] = {
        "addresses": found.of(OrderAddress),
        "lines": lines,
        "payments": found.of(Payment),
        "invoices": found.of(Invoice),
        "shipments": found.of(Shipment),
        "returns": found.of(Return),
        "memos": found.of(Memo)[::-1],
        "tasks": found.of(Task),
    }
    for name, own in parts.items():
        set_committed_value(order, name, list(own))
        for part in own:
            set_committed_value(part, "order", order)
    sendings = {one.invoice_id: one for one in found.of(EInvoiceSending)}
    for invoice in found.of(Invoice):
        set_committed_value(invoice, "sending", sendings.get(invoice.id))
    billed = sorted(found.of(InvoiceLine), key=attrgetter("position"))
    give_lines(found.of(Invoice), "invoice", billed, lambda line: line.invoice_id)
    give_lines(found.of(Shipment), "shipment", found.of(ShipmentLine), lambda line: line.shipment_id)
    give_lines(found.of(Return), "goods_return", found.of(ReturnLine), lambda line: line.return_id)
    gone: list[ShipmentLine | ReturnLine] = [*found.of(ShipmentLine), *found.of(ReturnLine)]
    for one in gone:
        set_committed_value(one, "order_line", by_id[one.order_line_id])
    return found


def give_lines(
    owners: Sequence[Invoice | Shipment | Return],
    name: str,
    lines: Sequence[LoadedRow],
    owner_id: Callable[[LoadedRow], int],
) -> None:
    """Each its own of these lines, which know it by this name."""
    for owner in owners:
        own = [line for line in lines if owner_id(line) == owner.id]
        set_committed_value(owner, "lines", own)
        for line in own:
            set_committed_value(line, name, owner)


@cache
def every_part() -> Select[*tuple[object, ...]]:
    """Per row one record, in the place of its table."""
    tables = {**ROWS, **BESIDE}
    ids = [query.add_columns(literal_column(str(place)).label("place")) for place, query in enumerate(tables.values())]
    wanted = union_all(*ids).subquery("wanted")
    query = select(*tables).select_from(wanted)
    for place, table in enumerate(tables):
        query = query.outerjoin(table, table.__table__.c.id == case((wanted.c.place == place, wanted.c.id)))
    return query.outerjoin(Task.assignee).options(
        defer(Invoice.snapshot),
        lazyload(Return.lines),
        contains_eager(Task.assignee).options(load_only(Staff.name, Staff.email), lazyload(Staff.roles)),
    )
