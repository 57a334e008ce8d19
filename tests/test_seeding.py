"""Seeding a shop with many orders for load tests."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from app.columns import now
from app.demo import plant, remove_demo
from app.extensions import db
from app.history import SYSTEM
from app.models import (
    Customer,
    History,
    Invoice,
    Order,
    OrderSearch,
    OutgoingMail,
    Payment,
    Product,
    Shipment,
)
from app.operations import checks
from app.queries import search, today
from app.seeding import seed
from tests.factories import placed_order
from tests.looking import known_statistics

MANY = 400
CHUNK = 150  # so that they are more than one


def counted(table: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.each_database
def test_many_make_a_shop_that_holds_together(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.seeding.CHUNK", CHUNK)
    seed(MANY)
    assert_they_are_ordinary_orders()
    assert known_statistics() > 10  # much that came in is counted at once
    placed_order()

    assert counted(Order) == MANY + 1
    assert list(checks.findings()) == []
    assert_customers_are_those_of_their_orders()
    assert 0.4 * MANY < counted(Customer) < 0.8 * MANY
    assert_numbers_follow_the_order_of_time()


def assert_customers_are_those_of_their_orders() -> None:
    for order in db.session.scalars(select(Order).where(Order.customer_id.is_not(None), Order.source == "seed")):
        assert order.customer is not None
        assert (order.customer_name, order.email) == (order.customer.name, order.customer.email)


def assert_numbers_follow_the_order_of_time() -> None:
    seeded = select(Order.number).where(Order.source == "seed").order_by(Order.placed_at, Order.id)
    numbers = list(db.session.scalars(seeded))
    latest = [db.session.scalar(select(func.max(c))) for c in (Order.placed_at, History.at, Payment.paid_at)]

    assert numbers == sorted(numbers)
    assert max(latest) <= now()


def assert_they_are_ordinary_orders() -> None:
    assert db.session.scalars(select(Order.source).distinct()).all() == ["seed"]
    for table in (Order, Invoice, Shipment, History, Customer, Product):
        assert db.session.scalars(select(table.is_demo).distinct()).all() == [False]
    assert counted(OutgoingMail) == 0
    assert counted(Product) == 30
    assert_each_is_found_by_its_own_words()
    assert_documents_and_history_speak_of_their_own_order()


def assert_each_is_found_by_its_own_words() -> None:
    for order in db.session.scalars(select(Order)):
        found = db.session.get(OrderSearch, order.id)
        assert found is not None
        assert found.words == search.document(order)


def assert_documents_and_history_speak_of_their_own_order() -> None:
    for invoice in db.session.scalars(select(Invoice)):
        said = invoice.snapshot
        assert (said["number"], said["order"]["number"]) == (invoice.number, invoice.order.number)
        assert said["order"]["external_number"] == invoice.order.external_number
        assert said["buyer"]["email"] == invoice.order.email
        assert said["issued_on"] == local_day(invoice.issued_at)
    texts = [json.dumps(facts) for facts in db.session.scalars(select(History.facts))]
    assert not [text for text in texts if "D-" in text]


def local_day(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("Europe/Amsterdam")).date().isoformat()


def as_seen() -> list[tuple[Any, ...]]:
    columns = (Order.number, Order.placed_at, Order.total, Order.status, Order.customer_name)
    return [tuple(row) for row in db.session.execute(select(*columns).order_by(Order.id))]


def test_seeding_leaves_the_demo_shop_alone_and_outlives_it_and_is_the_same_again(database: None) -> None:
    plant(today())
    planted = counted(Order)
    seed(100)
    assert counted(Order) == planted + 100
    remove_demo(by=SYSTEM)

    assert counted(Order) == 100
    assert list(checks.findings()) == []
    first = as_seen()
    seed(100)
    assert [row[1:] for row in as_seen()[-100:]] == [row[1:] for row in first]
