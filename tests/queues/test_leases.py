"""Every queue under leases: one worker takes a row, another takes over, and only who holds it says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask

from app import jobs, webhooks
from app.actions import copies
from app.actions.payments import mark_paid
from app.columns import now
from app.connections import e_invoices, vies, writing
from app.connections.failures import ShopFailure
from app.documents.vat_checks import VAT_CHECKS, ask_vies
from app.einvoices.sending import E_INVOICES, queue_sending
from app.extensions import db
from app.history import SYSTEM
from app.intake import events
from app.intake_readers.new_order import NewCustomer
from app.jobs import leasing
from app.mails import Postman, delivering, outbox
from app.models import (
    DeliveryState,
    EInvoiceState,
    JobKind,
    JobState,
    MailState,
    Pull,
    ShopProduct,
    ShopWrite,
    ShopWriteState,
    Telling,
    Trouble,
    VatCheckState,
    WebhookEndpoint,
)
from app.queries import shop
from app.queues.leases import Leased, LeasedQueue
from tests.arrange import at_once
from tests.factories import new_connection, placed_order
from tests.mails.outgoing import queued

pytestmark = pytest.mark.each_database


@dataclass(frozen=True)
class Case:
    """A queue, a row that waits in it, what a worker writes down when it failed, and what it is when given up."""

    queue: LeasedQueue[Leased]
    add: Callable[[], Leased]
    fail: Callable[[str, int], object]
    given_up: dict[str, str]


def mail_failed(worker: str, mail_id: int) -> None:
    delivering.settle(mail_id, Postman(worker), outbox.try_later, "451 not now")


def some_job() -> Leased:
    return jobs.start(JobKind.BULK, ["ORD1"], action="mark_paid", by=SYSTEM, how={}, language="en", once="")


def some_message() -> Leased:
    db.session.add(WebhookEndpoint(title="Gone", url="http://127.0.0.1:9/", secret="", events=["order_placed"]))
    db.session.commit()
    placed_order()
    return db.session.scalars(db.select(webhooks.WebhookDelivery)).one()


def some_event() -> Leased:
    connection = new_connection("woocommerce", title="My shop", key="key", secret="secret")
    db.session.add(connection)
    db.session.flush()
    return events.receive(connection, b"{}", "order.created")


def some_write() -> Leased:
    told = new_connection(address="http://127.0.0.1:9", tell_paid=Telling.ON)
    db.session.add(told)
    db.session.commit()
    mark_paid(placed_order(), by=SYSTEM, notify=False)
    write = db.session.scalars(db.select(ShopWrite)).one()
    write.due_at = now()
    return write


def copy_failed(worker: str, run_id: int) -> None:
    if run := copies.COPIES.held_by(worker, run_id):
        copies.note_failed(run, "no room")


def some_e_invoice() -> Leased:
    buyer = NewCustomer(name="Femke Jansen", company="Kopje BV", vat_id="NL004495445B01", email="femke@example.org")
    (invoice,) = placed_order(customer=buyer).invoices
    return queue_sending(invoice, by=SYSTEM, state=EInvoiceState.WAITING, due_at=now())


def some_vat_check() -> Leased:
    shop().checks_vat_numbers = True
    return ask_vies("BE0456810810")


CASES = [
    Case(copies.COPIES, lambda: copies.ask_for_copy(by=SYSTEM), copy_failed, {"last_error": "no room"}),
    Case(
        E_INVOICES,
        some_e_invoice,
        lambda worker, row_id: e_invoices.note_failure_of_sending(worker, row_id, ShopFailure(Trouble.OURS)),
        {"state": EInvoiceState.REFUSED},
    ),
    Case(
        VAT_CHECKS,
        some_vat_check,
        lambda worker, row_id: vies.note_no_answer(worker, row_id, "MS_UNAVAILABLE"),
        {"state": VatCheckState.UNANSWERED},
    ),
    Case(outbox.MAILS, queued, mail_failed, {"state": MailState.FAILED}),
    Case(leasing.JOBS, some_job, leasing.try_again_later, {"state": JobState.STOPPED}),
    Case(
        webhooks.DELIVERIES,
        some_message,
        lambda worker, row_id: webhooks.record_outcome(worker, row_id, 500, "500 broken"),
        {"state": DeliveryState.FAILED},
    ),
    Case(
        events.EVENTS,
        some_event,
        lambda worker, row_id: events.try_later(row_id, "the disk is full", worker=worker),
        {"result": "quarantined"},
    ),
    Case(
        writing.WRITES,
        some_write,
        lambda worker, row_id: writing.note_refusal(worker, row_id, ShopFailure(Trouble.OURS)),
        {"state": ShopWriteState.REFUSED},
    ),
]

#: What is never given up: tests/connections/test_pulling.py and test_stock_telling.py try it.
WITHOUT_END = {Pull, ShopProduct}

each_queue = pytest.mark.parametrize("case", CASES, ids=lambda case: case.queue.table.__name__)


def test_each_queue_is_tried_below(app: Flask) -> None:
    assert {case.queue.table for case in CASES} == set(Leased.__subclasses__()) - WITHOUT_END


@each_queue
def test_of_two_workers_at_once_one_gets_it(app: Flask, case: Case) -> None:
    with app.app_context():
        row_id = added(case).id

    def claim(position: int) -> list[int]:
        with app.app_context():
            taken = [row.id for row in case.queue.claim(f"worker {position}")]
            db.session.commit()
            return taken

    assert sorted(at_once(2, claim)) == [[], [row_id]]


@each_queue
def test_a_claim_is_one_statement(app: Flask, case: Case, statements: list[str]) -> None:
    with app.app_context():
        added(case)
        db.session.remove()
        statements.clear()
        case.queue.claim("worker")
        assert len(statements) == 1


@each_queue
def test_a_lease_that_ran_out_is_taken_over_and_who_lost_it_writes_nothing(database: None, case: Case) -> None:
    row = added(case)
    case.queue.claim("slow")
    db.session.commit()
    assert case.queue.claim("quick") == []

    row.leased_until = now() - timedelta(seconds=1)
    db.session.commit()
    assert case.queue.claim("quick") == [row]
    db.session.commit()
    before = values_of(row)
    case.fail("slow", row.id)
    db.session.commit()

    assert values_of(row) == before
    assert case.queue.held_by("slow", row.id) is None
    assert case.queue.held_by("quick", row.id) is row
    assert (row.worker, row.attempts) == ("quick", 2)


@each_queue
def test_what_failed_is_tried_again_after_a_pause(database: None, case: Case) -> None:
    row = added(case)
    case.queue.claim("worker")
    case.fail("worker", row.id)
    db.session.commit()

    assert (row.worker, row.leased_until, row.attempts) == ("", None, 1)
    assert timedelta(0) < row.due_at - now() <= case.queue.pause_after(1) * 1.5
    assert not case.queue.is_any_due()
    assert case.queue.claim("worker") == []
    row.due_at = now()
    db.session.commit()
    assert case.queue.is_any_due()
    assert case.queue.claim("another") == [row]


@each_queue
def test_after_its_last_attempt_it_is_given_up(database: None, case: Case) -> None:
    row = added(case)
    for attempt in range(1, case.queue.most_attempts + 1):
        row.attempts, row.due_at = attempt - 1, now()
        assert case.queue.claim("worker") == [row]
        assert case.queue.held_by("worker", row.id) is row
        case.fail("worker", row.id)
        db.session.commit()

    assert {name: getattr(row, name) for name in case.given_up} == case.given_up
    assert (row.worker, row.leased_until, row.attempts) == ("", None, case.queue.most_attempts)
    row.due_at = now()
    assert not case.queue.is_any_due()


def added(case: Case) -> Leased:
    row = case.add()
    db.session.commit()
    return row


def values_of(row: Leased) -> dict[str, object]:
    db.session.refresh(row)
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
