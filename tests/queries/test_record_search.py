"""Finding records by words: what short words find, numbers that are entered whole, and how common words are put."""

from __future__ import annotations

import importlib

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Customer, Product, Task
from app.queries import counting, record_search
from app.queries.record_search import (
    CUSTOMER_SEARCH,
    INVOICE_SEARCH,
    PRODUCT_SEARCH,
    RETURN_SEARCH,
    SHIPMENT_SEARCH,
    TASK_SEARCH,
    Hits,
    Searched,
    find_first,
    find_rows,
)
from tests.factories import placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def found(searched: Searched, question: str) -> list[str]:
    listed = select(searched.id.label("id")).order_by(searched.id)
    return [str(row) for row in find_first(searched, question, listed, most=5)]


def test_words_of_two_letters_are_found_where_a_name_begins_so() -> None:
    db.session.add_all(
        [
            Customer(name="Orr", email="x@shop.example"),
            Customer(name="orban", email="y@shop.example"),
            Customer(name="Bakker", company="ORM Ltd"),
            Customer(name="Visser", email="visser@shop.org"),
            Product(name="Orange mug", sku="M-1"),
            Product(name="Teapot", sku="OR-2"),
            Product(name="Floor lamp", sku="L-3"),
        ]
    )
    db.session.flush()

    assert found(CUSTOMER_SEARCH, "or") == ["Orr", "orban", "Bakker"]
    assert found(PRODUCT_SEARCH, "or") == ["Orange mug", "Teapot"]
    assert found(CUSTOMER_SEARCH, "xy") == []
    assert found(CUSTOMER_SEARCH, "or visser") == ["Visser"]


def test_words_of_two_letters_are_found_in_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_search, "NEWEST", 2)
    order = placed_order()
    for description in ("Or so", "Call", "Ring or write"):
        db.session.add(Task(order=order, description=description, author="Owner"))
        db.session.flush()

    assert found(TASK_SEARCH, "or") == ["Ring or write"]


def test_a_number_that_is_entered_whole_finds_that_record_alone() -> None:
    first = placed_order().invoices[0]
    other = placed_order(external_number=first.number).invoices[0]

    assert found(INVOICE_SEARCH, first.number.lower()) == [first.number]
    assert found(INVOICE_SEARCH, other.order.number) == [other.number]


def hits_of(question: str) -> Hits:
    listed = select(Customer.id.label("id")).order_by(Customer.id)
    return find_rows(CUSTOMER_SEARCH, question, listed, size=5)


def is_looked_up(condition: object) -> bool:
    """By the index of the words; else each row of the list is asked for its own."""
    return "IN (SELECT customer_search" in " ".join(str(condition).split())


def test_a_common_word_is_asked_of_the_next_rows_and_a_rare_one_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "COUNT_CAP", 20)
    monkeypatch.setattr(record_search, "NEAR_ROWS", 30)
    names = ["Early"] * 40 + ["Common"] * 30 + ["Rare"]
    db.session.add_all([Customer(name=name, email="x@shop.example") for name in names])
    db.session.flush()

    rare, everywhere, far = hits_of("rare"), hits_of("shop"), hits_of("common")

    assert (rare.are_few, is_looked_up(rare.rows[0])) == (True, True)
    assert (everywhere.are_few, is_looked_up(everywhere.rows[0])) == (False, False)
    assert (far.are_few, is_looked_up(far.rows[0])) == (False, True)
    assert (len(found(CUSTOMER_SEARCH, "shop")), found(CUSTOMER_SEARCH, "common")) == (5, ["Common"] * 5)


def test_what_is_looked_for_by_its_beginning_has_an_index_for_that() -> None:
    migration = importlib.import_module("app.migrations.versions.0088_found_by_words")
    kinds = (CUSTOMER_SEARCH, PRODUCT_SEARCH, INVOICE_SEARCH, SHIPMENT_SEARCH, RETURN_SEARCH)
    asked = {(str(kind.model.__tablename__), column.key) for kind in kinds for column in kind.beginnings}

    of_orders = {("orders", "number"), ("orders", "customer_name")}
    assert {(table, column) for _index, table, column in migration.indexes_of_beginnings()} == asked | of_orders
