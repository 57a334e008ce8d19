"""Seeding a shop with many orders for load tests."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text

from app.columns import now
from app.demo import catalogue, plant, remove_demo
from app.extensions import Base, db
from app.history import SYSTEM
from app.mails.words import day
from app.models import (
    SEARCH_DOCUMENTS,
    Arrival,
    Customer,
    Fate,
    History,
    Invoice,
    MailState,
    Order,
    OrderSearch,
    OutgoingMail,
    Payment,
    Product,
    Shipment,
)
from app.operations import checks
from app.operations.schema_checks import guard_findings
from app.operations.stock_checks import stock_findings
from app.queries import search
from app.seeding import seed
from app.seeding.payloads import gmt
from app.seeding.products import Products, add_variations
from tests.factories import placed_order
from tests.looking import known_statistics

#: The tables that a seed leaves empty, by why. All others have rows, and each new table is to be seeded or named here.
LEFT_EMPTY = {
    "holds the bytes of documents and files: printed or uploaded when somebody asks, 50 kB each": (
        "print packing_slip_print quote_print e_invoice e_invoice_sending stored_file ticket_picture statement_file"
    ),
    "stands for a quote, of which only drafts have any": "quote quote_link",
    "comes from a file of a bank, and is booked by somebody who reads it": (
        "statement_line line_booking statement_recipe"
    ),
    "comes of a connection to an outside shop, and a seeded shop has none": (
        "connection look pull shop_change shop_product shop_product_search shop_write"
    ),
    "comes of a program that is told of changes, or holds a key": (
        "api_token api_token_client idempotency_key webhook_delivery webhook_endpoint"
    ),
    "is what people who come in leave behind": (
        "customer_link customer_session form_token list_look list_view passkey recovery_code sign_in_link"
        " security_event security_event_search staff staff_browser staff_role staff_session"
    ),
    "is the worker's": "copy_run job outage seal sealed_record worker_heartbeat",
    "is a choice of the shop's, or what it did at the end of a year": (
        "closed_period dated_series import_batch mail_text past_series vat_check yearly_sales"
    ),
}

MANY = 400
CHUNK = 150  # so that they are more than one


def counted(table: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.each_database
def test_many_make_a_shop_that_holds_together(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.seeding.CHUNK", CHUNK)
    seed(MANY)
    assert_they_are_ordinary_orders()
    assert_only_named_tables_are_empty()
    assert_mails_are_those_of_their_orders()
    assert_indexes_of_words_hold_what_stands_beside_them()
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
    assert counted(Product) == 30
    assert_each_is_found_by_its_own_words()
    assert_documents_and_history_speak_of_their_own_order()


def assert_only_named_tables_are_empty() -> None:
    empty = {name for name, table in Base.metadata.tables.items() if not counted(table)}
    assert empty == {name for names in LEFT_EMPTY.values() for name in names.split()}


def assert_mails_are_those_of_their_orders() -> None:
    mails = list(db.session.scalars(select(OutgoingMail)))
    assert {mail.state for mail in mails} <= {MailState.SENT, MailState.WITHDRAWN}  # nobody gets any
    for mail in mails:
        order = db.session.get_one(Order, mail.order_id)
        assert (order.number in mail.subject + mail.body) or mail.kind == "ticket_answer"
        assert "D-" not in mail.subject + mail.body
        if mail.kind == "order_confirmation":
            assert mail.once_key == f"order_confirmation:{order.id}"
            assert day(order.placed_at, mail.language) in mail.body
            assert not order.external_number or order.external_number in mail.body
    for arrival in db.session.scalars(select(Arrival).where(Arrival.result == Fate.ADDED)):
        order = db.session.get_one(Order, arrival.order_id)
        said = json.loads(arrival.payload)
        assert (said["number"], said["date_created_gmt"]) == (order.external_number, gmt(order.placed_at))
        assert [line["sku"] for line in said["line_items"]] == [line.sku for line in order.lines if line.product_id]


def assert_each_is_found_by_its_own_words() -> None:
    for order in db.session.scalars(select(Order)):
        found = db.session.get(OrderSearch, order.id)
        assert found is not None
        assert found.words == search.document(order)


def assert_indexes_of_words_hold_what_stands_beside_them() -> None:
    if db.engine.dialect.name == "sqlite":
        for name in ("order_search", *(documents.name for documents in SEARCH_DOCUMENTS.values())):
            db.session.execute(text(f"INSERT INTO {name}_fts({name}_fts, rank) VALUES ('integrity-check', 1)"))


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
    plant()
    planted = counted(Order)
    seed(100)
    assert counted(Order) == planted + 100
    remove_demo(by=SYSTEM)

    assert counted(Order) == 100
    assert list(checks.findings()) == []
    first = as_seen()
    seed(100)
    assert [row[1:] for row in as_seen()[-100:]] == [row[1:] for row in first]


def test_only_orders_that_wait_for_payment_can_be_added(database: None) -> None:
    seed(12, unpaid=True)

    orders = db.session.scalars(select(Order)).all()
    assert {(order.status, order.paid, order.total > 0) for order in orders} == {("awaiting_payment", 0, True)}
    assert len(orders) == 12


def test_there_is_a_product_for_fifty_orders(database: None) -> None:
    catalogue.put_in(demo=False)  # thirty
    for wanted in (100, 100, 30):
        add_variations(wanted)
        assert counted(Product) == 100
    skus = list(db.session.scalars(select(Product.sku).where(Product.sku.like("MUG-STN-30%")).order_by(Product.id)))
    assert skus == ["MUG-STN-30", "MUG-STN-30/2", "MUG-STN-30/3", "MUG-STN-30/4"]
    assert list(stock_findings()) == []


@pytest.mark.each_database
def test_a_seed_that_is_broken_off_leaves_what_was_written_whole_and_can_be_continued(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.seeding.CHUNK", 40)
    move, chunks = Products.move, []

    def break_off_in_the_second(*moved: Any) -> None:
        chunks.append(moved)
        if len(chunks) == 2:
            raise KeyboardInterrupt
        move(*moved)

    monkeypatch.setattr(Products, "move", break_off_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        seed(100)

    assert counted(Order) == 40
    assert list(guard_findings()) == []
    assert list(checks.findings()) == []
    seed(60)

    assert counted(Order) == 100
    assert_indexes_of_words_hold_what_stands_beside_them()
    assert list(guard_findings()) == []
    assert list(checks.findings()) == []
