"""Many orders of a file in one transaction: few statements an order, numbers without gaps, and each fails by itself."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app import intake_readers, jobs, numbering, queries
from app.actions import stock
from app.columns import now
from app.extensions import db, remember, remembering
from app.history import SYSTEM, person
from app.intake import placing, together
from app.intake.accept import Taken
from app.intake.batches import keep_file
from app.intake_readers import Found
from app.jobs import importing, leasing
from app.models import Arrival, Counter, History, Invoice, Job, JobState, Order, Product, StockMovement
from app.operations import checks
from app.queries import planner
from tests.arrange import order_14, order_of, work_off
from tests.clients import somebody
from tests.factories import outside_shop

#: A paid order of one product, of a customer who is new here, with its invoice and the mail about it.
STATEMENTS_AN_ORDER = {"processing": 12, "completed": 11}


def begin(*orders: dict[str, Any]) -> int:
    batch = keep_file(outside_shop(), "orders.json", json.dumps(list(orders)).encode(), notify=True, by=SYSTEM)
    job = importing.start_import(batch.id, by=person(somebody("owner")), language="en")
    assert job is not None
    db.session.commit()
    return job.id


@pytest.fixture
def all_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is."""
    monkeypatch.setattr(together, "TOGETHER_FOR", 600)


@pytest.mark.parametrize("status", ["processing", "completed"])  # with invoice and mail; with its parcel
def test_an_order_more_takes_so_many_statements_more(app: Flask, in_app, statements, monkeypatch, all_together, status):
    monkeypatch.setattr(planner, "refresh_statistics", lambda: None)  # the planner's own questions are no order's
    with in_app():
        db.session.add(Product(name="Mug", sku="MUG"))
    taken = []
    for first, count in ((1, 1), (100, 5), (200, 15)):
        with in_app():
            begin(*(order_of(first + number, status=status) for number in range(count)))
        statements.clear()
        with app.app_context():
            assert jobs.work_on_jobs("one", seconds=60) == count
        taken.append(len(statements))

    assert taken[2] - taken[1] == 10 * STATEMENTS_AN_ORDER[status], "\n".join(statements)


@pytest.mark.each_database
def test_a_refused_order_leaves_no_gap_between_numbers(app: Flask, in_app, monkeypatch, all_together):
    def fails_at_last(found, **how):
        taken = take(found, **how)
        if found.external_id in ("1", "3") and found.problem is None:
            db.session.flush()
            raise RuntimeError("odd")
        return taken

    take = importing.take_in
    monkeypatch.setattr(importing, "take_in", fails_at_last)
    with in_app():
        job_id = begin(*(order_of(number) for number in range(1, 6)))

    work_off(app)

    with in_app():
        assert db.session.get_one(Job, job_id).report == {"added": 3, "quarantined": 2}
        orders = db.session.scalars(select(Order).order_by(Order.id)).all()
        assert [order.external_id for order in orders] == ["2", "4", "5"]
        assert [order.number for order in orders] == ["ORD10001", "ORD10002", "ORD10003"]
        numbers = db.session.scalars(select(Invoice.number).order_by(Invoice.id)).all()
        assert numbers == ["INV00001", "INV00002", "INV00003"]
        assert (numbering.draw("order"), numbering.draw("invoice")) == ("ORD10004", "INV00004")
        db.session.rollback()
        assert not list(checks.findings())


@pytest.mark.each_database
def test_an_order_that_came_in_another_way_meanwhile_is_found_after_all(app: Flask, in_app, monkeypatch, all_together):
    with in_app():
        begin(order_of(1))
    work_off(app)
    monkeypatch.setattr(together, "ids_unknown", lambda shop, ids: set(ids))  # nobody saw it yet
    with in_app():
        job_id = begin(order_of(1), order_of(2), order_of(2))

    work_off(app)

    with in_app():
        job = db.session.get_one(Job, job_id)
        assert (job.state, job.report) == (JobState.DONE, {"already there": 2, "added": 1})
        assert db.session.scalar(select(func.count()).select_from(Order)) == 2
        assert db.session.scalars(select(Order.number).order_by(Order.id)).all() == ["ORD10001", "ORD10002"]


def test_numbers_by_the_year_are_drawn_in_their_year(app: Flask, in_app, all_together):
    with in_app():
        counter = db.session.scalars(select(Counter).where(Counter.kind == "order", Counter.series == "main")).one()
        counter.prefix, counter.digits = "{yyyy}-", 3
    with in_app():
        begin(*({**order_of(n), "date_created_gmt": f"{2024 + n % 2}-05-01T10:00:00"} for n in range(4)))

    work_off(app)

    with in_app():
        numbers = db.session.scalars(select(Order.number).order_by(Order.id)).all()
        assert numbers == ["2024-001", "2025-001", "2024-002", "2025-002"]


def test_what_is_not_reached_in_time_comes_with_the_next_transaction(app: Flask, in_app, monkeypatch):
    monkeypatch.setattr(together, "TOGETHER_FOR", 0)
    with in_app():
        job_id = begin(*(order_of(number) for number in range(1, 5)))

    with app.app_context():
        assert jobs.work_on_jobs("one", seconds=0) == 1
    with in_app():
        assert db.session.get_one(Job, job_id).done == 1
    work_off(app)

    with in_app():
        job = db.session.get_one(Job, job_id)
        assert (job.done, job.report) == (4, {"added": 4})
        assert db.session.scalars(select(Order.external_id).order_by(Order.id)).all() == ["1", "2", "3", "4"]


@pytest.mark.each_database
def test_stock_is_the_sum_of_its_movements_whoever_holds_the_product(app: Flask, in_app, all_together):
    with in_app():
        db.session.add(Product(name="Mug", sku="MUG"))
        begin(*(order_of(number) for number in range(1, 4)))

    work_off(app)

    with in_app():
        product = db.session.scalars(select(Product).where(Product.sku == "MUG")).one()
        moved = db.session.scalar(select(func.sum(StockMovement.quantity)))
        assert product.stock == moved < 0
        assert product.version == 4


def test_rows_of_one_statement_get_their_ids_in_its_order(app: Flask, in_app, statements):
    """SQLAlchemy is told so: docs and pragmas promise nothing, so it is tried."""
    with in_app():
        db.session.flush()
        statements.clear()
        products = [Product(name=f"Mug {number}", sku=f"{number * 7919 % 1009}") for number in range(1000)]
        db.session.add_all(products)
        db.session.flush()
        assert len(statements) < 20
        stored = dict(db.session.execute(select(Product.id, Product.name)).all())
        assert stored == {product.id: product.name for product in products}
        assert [product.id for product in products] == sorted(stored)
        assert db.session.scalar(select(func.count()).select_from(Arrival)) == 0


def test_after_the_database_failed_the_same_worker_leaves_out_no_order(app: Flask, in_app, monkeypatch, all_together):
    def fails_once(hand: together.InHand, found: Found) -> Taken:
        taken.append(found.external_id)
        if len(taken) == 3:
            raise OSError("the disk went away")
        return take(hand, found)

    taken: list[str] = []
    take = together.InHand.take_next
    monkeypatch.setattr(together.InHand, "take_next", fails_once)
    with in_app():
        job_id = begin(*(order_of(number) for number in range(1, 6)))
    with app.app_context(), pytest.raises(OSError, match="disk"):
        jobs.work_on_jobs("one", seconds=60)
    with in_app():
        assert not db.session.scalars(select(Order)).all()
        db.session.get_one(Job, job_id).due_at = now()
    work_off(app, "one")

    with in_app():
        assert db.session.get_one(Job, job_id).report == {"added": 5}
        assert db.session.scalars(select(Order.external_id).order_by(Order.id)).all() == ["1", "2", "3", "4", "5"]
        assert not list(checks.findings())


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_whoever_has_an_order_of_the_file_and_waits_for_a_number_gets_both(
    app: Flask, in_app, monkeypatch, all_together
):
    """Else each waits for what the other one holds, and PostgreSQL refuses the one at the screen."""
    with in_app():
        begin(order_of(1))
    work_off(app)

    def at_the_screen() -> None:
        with app.app_context():
            queries.locked_order("ORD10001")
            is_locked.set()
            drawn.append(numbering.draw("invoice"))
            db.session.commit()

    def waits(found: Found, **how: Any) -> Taken:
        taken = take(found, **how)
        if found.external_id == "2" and not screen.ident:
            screen.start()
            is_locked.wait(10)
            time.sleep(0.1)
        return taken

    take, is_locked, drawn = importing.take_in, threading.Event(), list[str]()
    screen = threading.Thread(target=at_the_screen)
    monkeypatch.setattr(importing, "take_in", waits)
    with in_app():
        job_id = begin(order_of(2), {**order_of(1), "customer_note": "Ring twice"})

    work_off(app)
    screen.join()

    with in_app():
        assert drawn == ["INV00002"]
        assert db.session.get_one(Job, job_id).report == {"added": 1, "updated": 1}
        assert db.session.scalars(select(Invoice.number).order_by(Invoice.id)).all() == ["INV00001", "INV00003"]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_orders_of_two_files_at_once_are_taken_in_together(app: Flask, in_app, monkeypatch, all_together):
    def other_file() -> None:
        with app.app_context():
            numbering.draw("order")
            is_held.set()
            time.sleep(0.5)
            db.session.commit()

    def counted(*given: Any, **how: Any) -> list[Taken]:
        results = take(*given, **how)
        taken.append(len(results))
        return results

    take, is_held, taken = importing.take_together, threading.Event(), list[int]()
    monkeypatch.setattr(importing, "take_together", counted)
    other = threading.Thread(target=other_file)
    with in_app():
        begin(*(order_of(number) for number in range(1, 4)))
    other.start()
    is_held.wait(10)

    work_off(app)
    other.join()

    assert taken == [3]


def test_what_the_database_fails_comes_again_and_waits_in_quarantine_only_at_last(app: Flask, in_app, monkeypatch):
    def is_refused(found: Found, **how: Any) -> Taken:
        if found.external_id == "2" and found.problem is None:
            raise OperationalError("SELECT", {}, Exception("canceling statement due to lock timeout"))
        return take(found, **how)

    take, reports = importing.take_in, []
    monkeypatch.setattr(importing, "take_in", is_refused)
    with in_app():
        job_id = begin(*(order_of(number) for number in range(1, 4)))
    for _attempt in range(leasing.PATIENCE):
        with app.app_context(), suppress(OperationalError):
            jobs.work_on_jobs("one", seconds=60)
        with in_app():
            job = db.session.get_one(Job, job_id)
            job.due_at = now()
            reports.append(dict(job.report))

    assert reports[:-1] == [{"added": 1}] * (leasing.PATIENCE - 1)
    assert reports[-1] == {"added": 2, "quarantined": 1}


def test_what_was_asked_before_a_savepoint_is_asked_anew_after_it_failed(database):
    with remembering(), numbering.hold_counters():
        with suppress(RuntimeError), numbering.savepoint():
            remember("method", lambda: "old")
            assert remember("method", lambda: "new") == "old"
            raise RuntimeError
        assert remember("method", lambda: "new") == "new"


@pytest.mark.each_database
def test_what_fails_at_the_end_is_not_the_fault_of_the_next_one(app: Flask, in_app, monkeypatch, all_together):
    """Together they take more of a product than an amount can be; one by one they don't."""
    monkeypatch.setattr(intake_readers, "MOST_PIECES", Decimal(10) ** 12)
    many = {**order_14()["line_items"][0], "sku": "MUG", "quantity": 600_000_000_000, "total": "0", "subtotal": "0"}
    with in_app():
        db.session.add(Product(name="Mug", sku="MUG"))
        two = [order_of(number) | {"line_items": [many], "total": "0.00"} for number in (2, 3)]
        begin(order_of(1), *two, order_of(1) | {"status": "cancelled"}, order_of(4))
    work_off(app)

    with in_app():
        assert db.session.scalars(select(Job)).one().report == {"added": 4, "updated": 1}
        assert db.session.scalars(select(Product.stock)).one() == -1_200_000_000_001
        assert not list(checks.findings())


@pytest.mark.each_database
def test_one_that_fails_takes_nothing_of_those_before_with_it(app: Flask, in_app, monkeypatch, all_together):
    def fails_late(order: Order, by: Any) -> None:
        stock.held_by_line(order)  # for this, what waits is written
        if order.external_id == "2":
            raise RuntimeError("late")

    monkeypatch.setattr(placing, "put_back_gone", fails_late)
    with in_app():
        db.session.add(Product(name="Mug", sku="MUG"))
        begin(*(order_of(number) for number in range(1, 4)))
    work_off(app)

    with in_app():
        told = select(History.order_id, func.count()).where(History.order_id.is_not(None)).group_by(History.order_id)
        counts = {count for _order, count in db.session.execute(told)}
        assert db.session.scalars(select(Job)).one().report == {"added": 2, "quarantined": 1}
        assert len(counts) == 1
        assert db.session.scalar(select(func.count()).select_from(Arrival)) == 3
        assert db.session.scalars(select(Product.stock)).one() == -2
        assert not list(checks.findings())
