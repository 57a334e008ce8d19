"""Erasure is proved by a marker: put in by every way in, looked for in every column, file and free page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.actions.personal_columns import CARE_OF_COLUMNS, Care, columns_with
from app.actions.personal_data import erase_personal_data
from app.extensions import Base, db
from app.history import SYSTEM
from app.intake.accept import take_in
from app.intake_readers import orders_in
from app.models import AddressKind, Customer, Fate, Order, OrderAddress, VatCheck
from app.operations import checks
from app.operations.sealing import seal_waiting
from app.operations.write_ahead_log import empty_log
from tests.clients import Client, Program
from tests.factories import shop_key
from tests.whole.marked_person import (
    EMAIL,
    FOUND,
    HOOK,
    MARK,
    SAID,
    columns,
    put_in,
    send,
    where_it_stands,
    woo_order,
    work,
)


def classed(*cares: Care) -> set[str]:
    return {f"{table}.{name}" for care in cares for table, names in columns_with(care).items() for name in names}


def test_every_column_that_can_hold_words_is_in_one_class() -> None:
    declared = [
        f"{table}.{one}" for table, cares in CARE_OF_COLUMNS.items() for said in cares.values() for one in said.split()
    ]
    there = {f"{column.table.name}.{column.name}" for column in columns()}

    assert sorted(set(declared) - there) == [], "these are gone"
    assert sorted(there - set(declared)) == [], "say in app/actions/personal_columns.py what these hold of a person"
    assert len(declared) == len(set(declared)), "each in one class"


@pytest.mark.each_database
def test_nothing_is_left_of_a_person_that_came_in_by_every_way(
    app: Flask, client: Client, program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    customer_id = put_in(app, client, program)
    with app.app_context():
        before = set(where_it_stands())
        while seal_waiting():
            pass
        db.session.commit()

        erase_personal_data(db.session.get_one(Customer, customer_id), by=SYSTEM)
        db.session.commit()

        gone = classed(Care.ERASED, Care.BILLED, Care.QUOTED)
        assert before - gone - classed(Care.KEPT) == set(), "these are said to hold nothing of a customer"
        assert gone - before == set(), "by which way do these get in?"
        left = where_it_stands()
        assert set(left) - classed(Care.KEPT, Care.BILLED) == set()
        assert {key for name in BILLED_ORDERS for (key,) in left.get(name, [])} <= set(invoiced_orders())
        assert {key for name in BILLED_CHECKS for (key,) in left.get(name, [])} <= set(checks_of_invoiced_orders())
        assert {key for name in BILLED_ADDRESSES for (key,) in left.get(name, [])} <= set(billing_of(invoiced_orders()))
        assert list(checks.findings()) == []
    tell_again(app, program)
    with app.app_context():
        assert where_it_stands() == left, "what the shop tells afterwards is not stored"
        look_into_files(app)
    assert MARK not in caplog.text.lower()


BILLED_ADDRESSES = {name for name in classed(Care.BILLED) if name.startswith("order_address.")}
BILLED_CHECKS = {name for name in classed(Care.BILLED) if name.startswith("vat_check.")}
BILLED_ORDERS = classed(Care.BILLED) - BILLED_ADDRESSES - BILLED_CHECKS


def invoiced_orders() -> list[int]:
    return list(db.session.scalars(select(Order.id).where(Order.invoices.any())))


def checks_of_invoiced_orders() -> list[int]:
    """Of the VAT numbers that stand on their invoices."""
    named = select(Order.vat_id).where(Order.invoices.any(), Order.vat_id != "")
    return list(db.session.scalars(select(VatCheck.id).where(VatCheck.number.in_(named))))


def billing_of(orders: list[int]) -> list[int]:
    theirs = (OrderAddress.order_id.in_(orders), OrderAddress.kind == AddressKind.BILLING)
    return list(db.session.scalars(select(OrderAddress.id).where(*theirs)))


def tell_again(app: Flask, browser: Program) -> None:
    """The shop sends the order once more, whole and in a way that can't be read; its customer; and a file of both."""
    billing = {"first_name": MARK, "last_name": MARK, "email": EMAIL, "country": "NL"}
    order = woo_order(billing=billing, customer_note=SAID, date_modified_gmt="2026-11-28T10:00:00")
    for told in (order, order | {"currency": "no money"}, order | {"status": "completed"}):
        assert send(browser, HOOK, told).status_code == 200
    send(browser, HOOK, {"id": 77, "email": EMAIL}, topic="customer.updated")
    work(app)
    with app.app_context():
        for found in orders_in("woocommerce", json.dumps([order, order | {"currency": "no money"}])):
            key = shop_key()
            assert key is not None
            assert take_in(found, shop=key, origin="orders.json", by=SYSTEM).fate == Fate.SAME
        db.session.commit()


def look_into_files(app: Flask) -> None:
    """SQLite's pages, free ones too, and its log, hold no more than the rows; the folder beside it nothing."""
    if db.engine.dialect.name != "sqlite":
        return
    file = Path(str(db.engine.url.database))
    db.session.remove()
    empty_log()
    assert sum(times_in(part.read_bytes()) for part in file.parent.glob(f"{file.name}*")) == times_in_rows()
    for one in Path(app.instance_path).rglob("*"):
        assert not one.is_file() or not times_in(one.read_bytes()), one


def times_in_rows() -> int:
    """As SQLite stores them. Names and VAT numbers of invoiced orders stand in an index as well."""
    stored = [f'SELECT * FROM "{table.name}"' for table in Base.metadata.sorted_tables]
    rows = [row for query in [*stored, *INDEXED] for row in db.session.execute(text(query))]
    return sum(times_in(value) for row in rows for value in row if isinstance(value, str | bytes))


INDEXED = ("SELECT customer_name FROM orders", "SELECT vat_id FROM orders", "SELECT number FROM vat_check")


def times_in(said: str | bytes) -> int:
    return len(FOUND.findall(said.decode("latin-1") if isinstance(said, bytes) else said))
