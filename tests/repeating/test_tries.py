"""What the database fails in passing is done anew, as a whole; else the answer says what is saved and what is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click
import psycopg.errors
import pytest
from flask import Flask, before_render_template
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from app import queries
from app.actions.payments import mark_paid
from app.api import hooks
from app.cli.commands import Command
from app.extensions import db, reading
from app.models import Arrival, Order, OutgoingMail, Payment
from app.repeating import Tally, is_full, is_lost, is_passing, tries
from tests.clients import Client, Program
from tests.factories import new_connection, placed_order

DEADLOCK = psycopg.errors.DeadlockDetected("deadlock detected")
LOCKED = Exception("database is locked")
LOST = psycopg.OperationalError("server closed the connection unexpectedly")


def failure(orig: BaseException) -> OperationalError:
    return OperationalError("UPDATE", {}, orig)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "LONGEST_PAUSE", 0.01)


@pytest.fixture
def number(in_app: Any) -> str:
    with in_app():
        return placed_order().number


def failing(monkeypatch: pytest.MonkeyPatch, errors: Iterator[BaseException], *, only: str = "") -> list[str]:
    """Let "Paid" fail each time with the next of these, when its work is done; the orders on which it was tried."""
    run_it, tried = mark_paid.run, []

    def pay(order: Order, **how: Any) -> Any:
        tried.append(order.number)
        done = run_it(order, **how)
        if only in ("", order.number) and (error := next(errors, None)):
            raise error
        return done

    monkeypatch.setitem(mark_paid.__dict__, "run", pay)
    return tried


def for_ever(orig: BaseException) -> Iterator[BaseException]:
    while True:
        yield failure(orig)


def saved(in_app: Any) -> tuple[int, int]:
    """How many payments there are, and mails that tell of them."""
    with in_app():
        kinds = Counter(db.session.scalars(select(OutgoingMail.kind)))
        return len(db.session.scalars(select(Payment)).all()), kinds["order_paid"]


@pytest.mark.parametrize(
    ("orig", "passes", "loses"),
    [
        (DEADLOCK, True, False),
        (psycopg.errors.LockNotAvailable(), True, False),
        (psycopg.errors.SerializationFailure(), True, False),
        (psycopg.errors.AdminShutdown(), True, True),
        (psycopg.errors.CannotConnectNow(), True, True),
        (LOST, True, True),
        (LOCKED, True, False),
        (psycopg.errors.UniqueViolation(), False, False),
        (Exception("no such table: orders"), False, False),
        (psycopg.errors.QueryCanceled(), False, False),
    ],
)
def test_what_passes_by_itself(orig: BaseException, passes: bool, loses: bool) -> None:
    error = failure(orig)
    assert (is_passing(error), is_lost(error)) == (passes, loses)
    assert not is_full(error)


def test_a_full_disk_is_known() -> None:
    for orig in (psycopg.errors.DiskFull(), Exception("database or disk is full")):
        assert is_full(failure(orig))
        assert not is_passing(failure(orig))


@pytest.mark.parametrize("orig", [DEADLOCK, LOCKED, LOST], ids=["deadlock", "locked", "lost"])
def test_what_fails_in_passing_is_done_once_by_the_next_try(
    client: Client, in_app: Any, number: str, monkeypatch: pytest.MonkeyPatch, orig: BaseException
) -> None:
    tried = failing(monkeypatch, iter([failure(orig), failure(orig)]))

    answer = client.post(f"/admin/order/{number}/mark_paid", data={"notify": "y"})

    assert (answer.status_code, tried) == (303, [number] * 3)
    assert saved(in_app) == (1, 1)


@pytest.mark.parametrize("orig", [DEADLOCK, LOCKED, LOST], ids=["deadlock", "locked", "lost"])
def test_what_fails_for_long_is_said_as_it_is(
    client: Client, program: Program, in_app: Any, number: str, monkeypatch: pytest.MonkeyPatch, orig: BaseException
) -> None:
    tried = failing(monkeypatch, for_ever(orig))

    answers = [
        client.post(f"/admin/order/{number}/mark_paid", data={"notify": "y"}),
        program.post(f"/api/orders/{number}/actions/mark_paid", json={}),
    ]

    for answer in answers:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "Nothing was saved" in answer.text
    assert answers[1].mimetype == "application/problem+json"
    assert len(tried) == 2 * tries.MOST_TRIES
    assert saved(in_app) == (0, 0)


def test_a_full_disk_is_said_and_not_tried_again(
    client: Client, in_app: Any, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = failing(monkeypatch, for_ever(Exception("database or disk is full")))

    answer = client.post(f"/admin/order/{number}/mark_paid")

    assert answer.status_code == 503
    assert "The disk of the database is full. Nothing was saved" in answer.text
    assert (len(tried), saved(in_app)) == (1, (0, 0))


def test_a_mistake_of_ours_is_none_of_the_databases(
    client: Client, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = failing(monkeypatch, for_ever(Exception("no such column")))
    with pytest.raises(OperationalError):  # a test's application lets it through; it is a 500 then
        client.post(f"/admin/order/{number}/mark_paid")
    assert len(tried) == 1


def test_of_many_each_is_tried_again_and_each_is_told_of(
    client: Client, in_app: Any, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_app():
        odd, held, last = (placed_order().number for _ in range(3))
    tried = failing(monkeypatch, iter([failure(DEADLOCK)]), only=odd)
    failing(monkeypatch, for_ever(psycopg.errors.LockNotAvailable()), only=held)

    press = {"action": "mark_paid", "rowid": [number, odd, held, last], "step": "do", "url": "/admin/order/"}
    answer = client.post("/admin/order/bulk", data=press)
    said = client.get(answer.location).text

    assert (answer.status_code, tried.count(odd)) == (303, 2)
    assert "3 orders changed" in said
    assert f"{held}: Somebody else is working on it. Try again in a moment." in said
    assert "Nothing was saved" not in said.partition('id="toasts"')[0]
    assert saved(in_app) == (3, 0)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_of_many_one_that_is_locked_elsewhere_is_named_and_the_others_are_done(
    app: Flask, client: Client, in_app: Any, number: str
) -> None:
    with in_app():
        others = [placed_order().number for _ in range(3)]
        engine = db.engine

    def wait_shortly(connection: Any) -> None:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")

    press = {"action": "mark_paid", "rowid": [number, *others], "step": "do", "url": "/admin/order/"}
    with engine.connect() as somebody:
        somebody.execute(text("SELECT 1 FROM orders WHERE number = :number FOR UPDATE"), {"number": number})
        event.listen(engine, "begin", wait_shortly)
        try:
            said = client.get(client.post("/admin/order/bulk", data=press).location).text
            alone = client.post(f"/admin/order/{number}/mark_paid")
        finally:
            event.remove(engine, "begin", wait_shortly)

    assert "3 orders changed" in said
    assert f"{number}: Somebody else is working on it." in said
    assert (alone.status_code, alone.headers["Retry-After"]) == (503, "5")
    assert "Somebody else is working on this just now. Nothing was saved" in alone.text
    assert saved(in_app)[0] == 3


# --- a COMMIT whose answer is lost ----------------------------------------------------------------------------------


@pytest.fixture
def lose_answer(app: Flask) -> Iterator[Callable[[], None]]:
    """The next COMMIT of something that was written succeeds, and the connection ends before it says so."""
    with app.app_context():
        dialect = db.engine.dialect
    commit, lost = dialect.do_commit, [False]

    def commit_and_lose(connection: Any) -> None:
        commit(connection)
        if lost[0]:
            lost[0] = False
            raise LOST

    def lose() -> None:
        dialect.do_commit = commit_and_lose  # type: ignore[method-assign]
        lost[0] = True

    yield lose
    dialect.__dict__.pop("do_commit", None)


pg_only = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pg_only
def test_a_form_whose_commit_was_not_answered_is_done_once(
    client: Client, in_app: Any, number: str, lose_answer: Callable[[], None]
) -> None:
    given = {"path": f"/admin/order/{number}/mark_paid", "data": {"notify": "y"}}
    lose_answer()
    answer = client.post(**given)
    assert answer.status_code == 303
    assert saved(in_app) == (1, 1)


def use_key(program: Program, number: str) -> None:
    """That a key is used is saved as well, by itself."""
    assert program.post(f"/api/orders/{number}/actions/mark_paid", json={"amount": "much"}).status_code == 422


@pg_only
def test_a_program_is_told_when_it_is_not_known_what_was_saved(
    program: Program, in_app: Any, number: str, lose_answer: Callable[[], None]
) -> None:
    use_key(program, number)
    lose_answer()
    answer = program.post(f"/api/orders/{number}/actions/mark_paid", json={"notify": True})

    assert answer.status_code == 503
    assert "Retry-After" not in answer.headers
    assert "may be saved or not" in answer.text
    assert saved(in_app) == (1, 1)


@pg_only
def test_a_program_with_a_key_is_answered_as_if_nothing_had_been(
    program: Program, in_app: Any, number: str, lose_answer: Callable[[], None]
) -> None:
    use_key(program, number)
    lose_answer()
    key = {"Idempotency-Key": "4711"}
    answer = program.post(f"/api/orders/{number}/actions/mark_paid", json={"notify": True}, headers=key)

    assert (answer.status_code, answer.headers["Idempotent-Replayed"]) == (200, "true")
    assert saved(in_app) == (1, 1)


def test_nothing_that_was_saved_is_done_again() -> None:
    lost, deadlock = failure(LOST), failure(DEADLOCK)
    assert Tally().may_repeat(lost)
    assert not Tally(saved=1).may_repeat(deadlock)
    assert not Tally(is_open=True).may_repeat(lost)
    assert Tally(is_open=True, is_once=True).may_repeat(lost)
    assert Tally(is_open=True).may_repeat(deadlock)  # it was refused


# --- the others -----------------------------------------------------------------------------------------------------


def test_an_event_of_a_shop_is_stored_by_the_next_try(app: Flask, in_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = iter([failure(DEADLOCK)])

    with in_app():
        db.session.add(new_connection("woocommerce"))
        key = "the-key"
    store = hooks.receive

    def fail_or_store(*given: Any) -> Any:
        done = store(*given)
        if error := next(errors, None):
            raise error
        return done

    monkeypatch.setattr(hooks, "receive", fail_or_store)
    monkeypatch.setattr(hooks, "is_signed", lambda *_given: True)
    assert app.test_client().post(f"/hooks/woocommerce/{key}", data=b'{"id": 1}').status_code == 200
    with in_app():
        assert len(db.session.scalars(select(Arrival)).all()) == 1


@pytest.mark.parametrize(
    ("errors", "is_saved_before", "told"),
    [
        (1, False, "done"),
        (99, False, "Nothing was saved; run it again in a moment."),
        (99, True, "What was done until then is saved; run it again for the rest."),
    ],
)
def test_a_command_is_done_anew_or_says_what_is_saved(
    app: Flask, errors: int, is_saved_before: bool, told: str
) -> None:
    began: list[int] = []

    @click.command("try-it", cls=Command)
    def try_it() -> None:
        if is_saved_before:
            queries.shop().name = "Saved"
            db.session.commit()
        began.append(1)
        if len(began) <= errors:
            raise failure(DEADLOCK)
        click.echo("done")

    result = app.test_cli_runner().invoke(try_it)

    assert told in result.output
    assert "Traceback" not in result.output
    assert len(began) == (1 if is_saved_before else min(errors + 1, tries.MOST_TRIES))


@pytest.mark.each_database
def test_a_pop_up_with_a_fault_holds_nothing_while_it_is_drawn(app: Flask, client: Client, number: str) -> None:
    free: list[bool] = []

    def try_to_lock(_app: Flask, **_drawn: object) -> None:
        with db.engine.connect() as somebody:
            if somebody.dialect.name == "sqlite":
                somebody.exec_driver_sql("PRAGMA busy_timeout=1")
            with suppress(OperationalError), writing_by_hand():
                found = "SELECT 1 FROM orders WHERE number = :number"
                nowait = "" if somebody.dialect.name == "sqlite" else " FOR UPDATE NOWAIT"
                somebody.execute(text(found + nowait), {"number": number})
                free.append(True)
            somebody.rollback()
            if somebody.dialect.name == "sqlite":
                somebody.exec_driver_sql("PRAGMA busy_timeout=30000")

    with before_render_template.connected_to(try_to_lock, app):
        answer = client.post(f"/admin/order/{number}/write_memo", data={"text": "  "})

    assert answer.status_code == 422
    assert free


@contextmanager
def writing_by_hand() -> Iterator[None]:
    token = reading.set(False)
    try:
        yield
    finally:
        reading.reset(token)
