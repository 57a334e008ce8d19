"""All that an order has, loaded by one statement: the same as by a statement for each table."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import inspect, select

from app.actions.credit_notes import create_credit_note
from app.actions.memos import write_memo
from app.actions.payments import mark_not_paid, mark_paid
from app.actions.returns import create_return
from app.actions.shipments import mark_sent
from app.actions.tasks import add_task
from app.columns import now
from app.extensions import Model, db
from app.history import SYSTEM
from app.models import (
    CustomStatus,
    EInvoiceFormat,
    EInvoiceSending,
    EInvoiceWay,
    Invoice,
    Order,
    Product,
    Return,
    Shipment,
)
from app.queries.order_parts import ROWS, load_parts
from tests.clients import somebody
from tests.factories import placed_order

#: Parts of an order that its page asks for only where there are any, or not at all.
NOT_LOADED = {"tickets", "shop_changes", "shop_writes"}


def lists_of(kind: type[Model]) -> set[str]:
    return {name for name, one in inspect(kind).relationships.items() if one.uselist}


def rich_order() -> Order:
    order = placed_order()
    mark_paid(order, by=SYSTEM)
    mark_not_paid(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM)
    create_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    create_credit_note(order.invoices[0], by=SYSTEM, quantities={order.lines[1].id: Decimal(1)})
    about = {"format": EInvoiceFormat.UBL, "way": EInvoiceWay.FOLDER, "due_at": now()}
    db.session.add(EInvoiceSending(invoice=order.invoices[0], **about))
    for text in ("Ring", "twice"):
        write_memo(order, by=SYSTEM, text=text)
        add_task(order, by=SYSTEM, description=text, assignee_id=somebody("owner").id)
    return order


def ids(rows: list[Model]) -> list[int]:
    return [row.id for row in rows]


@pytest.mark.each_database
def test_each_part_is_there_as_if_it_were_asked_for_by_itself(database: None, statements: list[str]) -> None:
    rich_order()
    placed_order()
    db.session.add_all([CustomStatus(title="At the printer"), *[Product(name=name) for name in ("Mug", "Tea")]])
    ordered = rich_order()
    ordered.lines[0].product_id = db.session.scalars(select(Product.id).where(Product.name == "Mug")).one()
    order_id = ordered.id
    db.session.commit()
    db.session.expunge_all()
    order = db.session.get_one(Order, order_id)
    statements.clear()

    found = load_parts(order)

    for task in order.tasks:
        assert task.assignee
        assert task.assignee.email
    loaded = {name: ids(getattr(order, name)) for name in lists_of(Order) - NOT_LOADED}
    of_parts = [(type(one), one.id, ids(one.lines)) for one in (*order.invoices, *order.shipments, *order.returns)]
    sent = [one.sending and one.sending.invoice_id for one in order.invoices]
    lines = [line.order_line.name for one in (*order.shipments, *order.returns) for line in one.lines]
    assert all(line.order is order for line in order.lines)
    assert len(statements) == 1, statements
    assert [one.title for one in found.of(CustomStatus)] == ["At the printer"]
    assert [one.name for one in found.of(Product)] == ["Mug"]
    assert all(loaded.values()), loaded
    assert sent == [order.invoices[0].id, None]
    assert {table.__tablename__ for table in ROWS} == {"e_invoice_sending"} | {
        inspect(kind).relationships[name].mapper.class_.__tablename__
        for kind in (Order, Invoice, Shipment, Return)
        for name in lists_of(kind) - NOT_LOADED
    }
    assert lines
    db.session.expunge_all()
    same = db.session.get_one(Order, order_id)
    assert loaded == {name: ids(getattr(same, name)) for name in loaded}
    assert of_parts == [(kind, id, ids(db.session.get_one(kind, id).lines)) for kind, id, _lines in of_parts]
