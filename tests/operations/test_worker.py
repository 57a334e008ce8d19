"""The worker: it delivers within a second, nothing that goes wrong ends it, and it stops when told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError

from app import jobs, webhooks
from app.actions import reminders
from app.columns import now
from app.extensions import db, transaction
from app.intake import events
from app.mails import Postman
from app.models import Invoice, JobKind, MailState, OutgoingMail, Print, SignInLink, Staff
from app.operations import worker
from app.operations.worker import Duty, attend, start_in_thread
from tests import postgresql
from tests.databases import forget_connections, make_app, make_shop
from tests.factories import placed_order
from tests.mails.outgoing import connect, queued
from tests.postbox import Postbox


def test_a_mail_goes_within_a_second_and_the_worker_stops_when_told(app: Flask, postbox: Postbox) -> None:
    with app.app_context():
        connect(postbox)
    stop_and_wait = start_in_thread(app)
    try:
        time.sleep(0.2)
        with app.app_context():
            message_id = queued().message_id
        begun = time.monotonic()
        arrived = postbox.wait_for(1, seconds=10)
        waited = time.monotonic() - begun
    finally:
        stop_and_wait()

    assert [mail["Message-ID"] for mail in arrived] == [message_id]
    assert waited < 2  # half a second, and a slow machine
    assert [thread.name for thread in threading.enumerate() if thread.name == "worker"] == []


def test_a_failing_job_stops_no_other(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, done = threading.Event(), []

    def fail() -> int:
        done.append("fail")
        raise RuntimeError("a job that fails")

    def work() -> int:
        done.append("work")
        if len(done) > 4:
            stop.set()
        return 1

    monkeypatch.setattr(worker, "duties", lambda *_: [Duty("fail", fail), Duty("work", work)])

    worker.run_worker(app, stop)

    assert done == ["fail", "work", "work", "work", "work"]


def test_a_job_that_fails_leaves_nothing_behind(app: Flask) -> None:
    def half() -> int:
        db.session.add(Staff(email="half@example.org", fs_uniquifier="half"))
        db.session.flush()
        raise RuntimeError("half done")

    assert attend(Duty("half", half), app) is False

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Staff)) == 0


def test_old_sign_in_links_are_forgotten(app: Flask) -> None:
    with app.app_context():
        person = Staff(email="femke@example.org", fs_uniquifier="femke")
        db.session.add(person)
        db.session.flush()
        db.session.add(SignInLink(id="old", staff_id=person.id, expires_at=now()))
        db.session.commit()

    for job in worker.duties(Postman()):
        attend(job, app)

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignInLink)) == 0


def test_an_idle_worker_writes_nothing(app: Flask, statements: list[str]) -> None:
    jobs = worker.duties(Postman())[:1]

    attend(jobs[0], app)

    assert [statement.split()[0] for statement in statements] == ["SELECT"]


def test_a_new_invoice_is_printed(app: Flask) -> None:
    with app.app_context():
        placed_order()
        db.session.commit()

    for job in worker.duties(Postman()):
        attend(job, app)

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Invoice)) == 1
        assert [kept.content[:5] for kept in db.session.scalars(select(Print))] == [b"%PDF-"]


def test_one_that_fails_stops_no_other_of_its_kind(app: Flask) -> None:
    done = []

    def remind(order_id: int) -> bool:
        if order_id == 2:
            raise RuntimeError("an order that fails")
        done.append(order_id)
        return True

    with app.app_context():
        assert worker.one_by_one([1, 2, 3], remind) == 2
    assert done == [1, 3]


# --- nothing ends it ------------------------------------------------------------------------------------------------


def works_on(app: Flask, duty: Callable[[], int]) -> bool:
    """Whether a worker with this duty first, and one after it, gets to the second one twice."""
    stop, done = threading.Event(), []

    def after() -> int:
        done.append(True)
        if len(done) == 2:
            stop.set()
        return 1

    lane = worker.Lane([Duty("first", duty), Duty("after", after)])
    thread = threading.Thread(target=lane.work, args=(app, stop), daemon=True)
    thread.start()
    thread.join(10)
    return len(done) == 2


class Panic(BaseException):
    """As libraries written in Rust raise it."""


@pytest.mark.parametrize("error", [RuntimeError, MemoryError, OSError, RecursionError, Panic])
def test_no_error_of_a_duty_ends_the_worker(app: Flask, error: type[BaseException]) -> None:
    def fail() -> int:
        raise error

    assert works_on(app, fail)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_who_is_told_to_end_ends(app: Flask, error: type[BaseException]) -> None:
    def end() -> int:
        raise error

    assert not works_on(app, end)


def test_an_error_in_leaving_the_app_context_ends_no_worker(app: Flask) -> None:
    """Nor is the session of the failed round left for the next one."""
    before = list(app.teardown_appcontext_funcs)

    def stumble(_error: object) -> None:
        raise RuntimeError("in leaving")

    app.teardown_appcontext_funcs.append(stumble)
    try:
        assert works_on(app, lambda: 0)
        duty = Duty("sessions", lambda: db.session.scalar(select(1)))
        assert (attend(duty, app), duty.failures, db.session.registry.registry) == (False, 1, {})
    finally:
        app.teardown_appcontext_funcs[:] = before
    assert attend(duty, app)
    assert duty.failures == 0


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_rollback_that_fails_ends_no_worker(app: Flask) -> None:
    def close_it_under_the_transaction() -> int:
        db.session.execute(text("SELECT 1"))
        driver = db.session.connection().connection.dbapi_connection
        driver.close()
        raise RuntimeError("and now the rollback fails")

    assert works_on(app, close_it_under_the_transaction)
    with app.app_context(), pytest.raises(RuntimeError, match="and now"), transaction():
        close_it_under_the_transaction()
    with app.app_context():
        assert db.session.scalar(text("SELECT 1")) == 1


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_who_is_told_to_end_ends_though_the_rollback_fails(app: Flask) -> None:
    def be_told_to_end() -> None:
        with transaction():
            db.session.execute(text("SELECT 1"))
            db.session.connection().connection.dbapi_connection.close()
            raise KeyboardInterrupt

    with app.app_context(), pytest.raises(KeyboardInterrupt):
        be_told_to_end()


#: Each duty, and something deep in it that fails.
DEEP = {
    "mails": ("app.mails.delivering", "write_down"),
    "jobs": ("app.jobs.working", "read_only"),
    "events": ("app.operations.worker.events", "EVENTS"),
    "shops": ("app.connections.turns", "PULLS"),
    "hints": ("app.connections.hints", "HINTS"),
    "shop writes": ("app.operations.worker", "WRITES"),
    "stock of shops": ("app.operations.worker", "STOCKS"),
    "webhooks": ("app.webhooks", "DELIVERIES"),
    "e-invoices": ("app.operations.worker", "E_INVOICES"),
    "VAT numbers": ("app.operations.worker", "VAT_CHECKS"),
    "documents": ("app.documents.printing", "unprinted"),
    "reminders": ("app.actions.reminders", "orders_to_remind"),
    "tasks": ("app.queries", "tasks_to_remind_of"),
    "keys": ("app.operations.worker", "keys_to_remind_of"),
    "seals": ("app.operations.sealing", "read_only"),
    "sign-ins": ("app.security.sessions", "now"),
    "security log": ("app.operations.worker", "purge_security_log"),
    "copies": ("app.operations.copies", "read_only"),
    "books": ("app.operations.nightly_checks", "is_check_due"),
    "old files": ("app.jobs.working", "throw_old_files_away"),
    "erased words": ("app.queries.forgetting", "is_merging"),
    "erased pages": ("app.operations.write_ahead_log", "db"),
    "yearly sales": ("app.actions.yearly_sales", "sales_in"),
    "disk": ("app.operations.surroundings", "room_left"),
    "certificate": ("app.operations.surroundings", "site_address"),
    "statistics": ("app.queries.planner", "run_each_of"),
}


def test_every_duty_is_tried_below() -> None:
    assert [duty.name for duty in worker.duties(Postman())] == list(DEEP)


@pytest.mark.parametrize("name", DEEP)
def test_a_bug_in_any_duty_stops_no_other(app: Flask, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_args: object, **_how: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(".".join(DEEP[name]), stumble)
    duties, begun = worker.duties(Postman()), time.monotonic()
    for duty in duties:
        attend(duty, app)

    assert [duty.name for duty in duties if duty.failures] == [name]
    assert next(duty for duty in duties if duty.name == name).next_at >= begun + 1  # it rests
    monkeypatch.undo()
    assert works_on(app, next(duty for duty in duties if duty.name == name).do)


def test_what_fails_rests_longer_each_time() -> None:
    duty = Duty("fails", lambda: 0)

    assert [duty.note_failure() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    duty.note_success()
    assert duty.note_failure() == 1


def test_what_did_something_is_asked_for_more_at_once(app: Flask) -> None:
    """A shop that is told of a hundred parcels is not told of one every two seconds."""
    waiting = [1, 1, 0]
    duty = Duty("tells", lambda: waiting.pop(0), every=60)

    assert [(attend(duty, app), duty.is_due()) for _time in range(3)] == [(True, True), (True, True), (False, False)]


@pytest.fixture
def own_postgresql() -> Iterator[tuple[Flask, postgresql.Server]]:
    """A shop on a server that may be stopped without disturbing another test."""
    if not postgresql.is_installed():
        pytest.skip("PostgreSQL is not installed")
    with postgresql.server_of_its_own() as server:
        url = server.url("postgres")
        make_shop(url)
        app = make_app(url, sites=())
        yield app, server
        forget_connections(app)


def test_a_restart_of_the_database_ends_no_worker(
    own_postgresql: tuple[Flask, postgresql.Server], postbox: Postbox
) -> None:
    app, server = own_postgresql
    with app.app_context():
        connect(postbox)
    stop_and_wait = start_in_thread(app)
    try:
        for restart in range(1, 4):
            with app.app_context():
                queued()
            postbox.wait_for(restart, seconds=30)
            server.stop("immediate" if restart % 2 else "fast")
            time.sleep(1.5)  # a few rounds without a database
            server.start()
        with app.app_context():
            queued()
        postbox.wait_for(4, seconds=30)
        assert app.test_client().get("/readyz").status_code == 200
    finally:
        stop_and_wait()
    assert len({mail["Message-ID"] for mail in postbox.mails}) == len(postbox.mails) == 4


def test_a_mail_that_went_while_the_database_went_is_not_sent_again(
    own_postgresql: tuple[Flask, postgresql.Server], postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, server = own_postgresql
    with app.app_context():
        connect(postbox)
        mail_id = queued().id
    postman = Postman()
    mails = worker.duties(postman)[0]

    async def stop_the_database(smtp: object, session: object, envelope: object) -> str:
        server.stop("immediate")
        return await Postbox.handle_DATA(postbox, smtp, session, envelope)

    monkeypatch.setattr(postbox, "handle_DATA", stop_the_database)
    assert attend(mails, app) is False
    monkeypatch.undo()
    assert attend(mails, app) is False  # the database is still away
    server.start()
    with app.app_context():
        assert db.session.get_one(OutgoingMail, mail_id).state == MailState.SENDING
    attend(mails, app)

    with app.app_context():
        mail = db.session.get_one(OutgoingMail, mail_id)
        assert (mail.state, mail.may_be_doubled, mail.attempts) == (MailState.SENT, False, 1)
    assert len(postbox.mails) == 1


@pytest.mark.each_database
def test_a_mail_that_we_stumble_over_is_tried_later_and_holds_up_no_other(
    app: Flask, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        connect(postbox)
        bad, good = queued().id, queued().message_id
    from app.mails import smtp

    message_of = smtp.Message._message

    def stumble(message: smtp.Message) -> object:
        if message.letter.message_id != good:
            raise ZeroDivisionError
        return message_of(message)

    monkeypatch.setattr(smtp.Message, "_message", stumble)
    attend(worker.duties(Postman())[0], app)

    assert [mail["Message-ID"] for mail in postbox.mails] == [good]
    with app.app_context():
        mail = db.session.get_one(OutgoingMail, bad)
        assert (mail.state, mail.may_be_doubled, mail.attempts) == (MailState.QUEUED, False, 1)
        assert mail.last_error == "An error that nobody expected: ZeroDivisionError"


def test_a_claim_that_fails_leaves_the_others_alone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each claim meets a lock that it can't have; SQLite says so at the first statement that writes."""
    with app.app_context():
        engine = db.engine

    def refuse(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith("BEGIN IMMEDIATE"):
            raise DBAPIError("BEGIN IMMEDIATE", {}, OSError("database is locked"))

    with app.app_context():
        queued()
        jobs.start(JobKind.BULK, ["ORD1"], action="mark_paid", by=reminders.SYSTEM, how={}, language="en", once="")
        db.session.commit()
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        assert works_on(app, lambda: (events.claim_events() and 0) or 0)
        assert works_on(app, lambda: (webhooks.claim_message() and 0) or 0)
        assert works_on(app, lambda: jobs.work_on_jobs("one"))
    finally:
        event.remove(engine, "before_cursor_execute", refuse)
