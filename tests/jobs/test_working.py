"""Jobs by real workers: each order once, whoever stops in the middle, and a report for each row."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app import jobs
from app.actions import ACTIONS
from app.actions.declaration import Action
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import person
from app.jobs import bulk, leasing, working
from app.models import History, Job, JobKind, JobState, Order, OutgoingMail, Payment, PaymentStatus, Role
from app.operations.worker import start_in_thread
from tests.arrange import at_once, work_off
from tests.clients import somebody
from tests.factories import paid_order, placed_order


def begun(count: int = 0, *, numbers: list[str] | None = None, name: str = "mark_paid", **how: Any) -> int:
    """A job of the office's on so many new orders."""
    given = [placed_order().number for _ in range(count)] if numbers is None else numbers
    by = person(somebody("office"))
    job_id = jobs.start(JobKind.BULK, given, action=name, by=by, how=how, language="en", once="").id
    db.session.commit()
    return job_id


def together(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """So many orders share a transaction, however long that takes."""
    for name in ("FIRST_AT_ONCE", "MOST_AT_ONCE"):
        monkeypatch.setattr(bulk, name, at_once)
    monkeypatch.setattr(bulk, "AT_ONCE_FOR", 600)
    monkeypatch.setattr(jobs.work_on_jobs, "__kwdefaults__", {"seconds": 600})


def paid_count() -> int:
    return db.session.scalar(select(func.count()).select_from(Payment)) or 0


@pytest.mark.each_database
def test_each_order_is_done_by_the_person_who_asked(app: Flask, in_app):
    with in_app():
        open_order, paid = placed_order().number, paid_order().number
        job_id = begun(numbers=[open_order, paid, "ORD99999"])

    work_off(app)

    with in_app():
        job = db.session.get_one(Job, job_id)
        assert (job.state, job.done, job.total) == (JobState.DONE, 3, 3)
        assert job.finished_at is not None
        assert job.report == {
            "refused": {"Nothing is open: the order is paid.": [paid], "There is no such order.": ["ORD99999"]}
        }
        (event,) = db.session.scalars(select(History).where(History.what == "order_paid"))
        assert (event.actor_kind, event.actor_name) == ("person", "Office")
        assert paid_count() == 2  # the one of the provider, and the job's
        assert db.session.scalars(select(OutgoingMail.kind).where(OutgoingMail.kind == "order_paid")).all() == [
            "order_paid"
        ]


def test_what_the_form_said_is_done(app: Flask, in_app):
    with in_app():
        begun(1, notify=False)

    work_off(app)

    with in_app():
        assert paid_count() == 1
        assert not db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "order_paid")).all()


@pytest.mark.each_database
def test_two_workers_share_a_job_and_do_each_order_once(app: Flask, in_app):
    with in_app():
        job_id = begun(30)

    at_once(2, lambda position: work_off(app, f"worker {position}"))

    with in_app():
        assert db.session.get_one(Job, job_id).done == 30
        assert paid_count() == 30
        assert set(db.session.scalars(select(Order.payment_status))) == {PaymentStatus.PAID}


@pytest.mark.each_database
def test_a_leased_job_is_nobody_elses_until_the_lease_is_over(app: Flask, in_app):
    with in_app():
        job_id = begun(2)
        assert leasing.claim("died").id == job_id
        db.session.commit()

    with app.app_context():
        assert jobs.work_on_jobs("other") == 0
    with in_app():
        assert paid_count() == 0
        db.session.get_one(Job, job_id).leased_until = now() - timedelta(seconds=1)
    work_off(app, "other")

    with in_app():
        assert paid_count() == 2
        assert leasing.JOBS.held_by("died", job_id) is None


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_without_the_lease_two_workers_do_the_same_order_twice(app: Flask, in_app):
    """The negative control: the same work, by workers that only look how far the job is."""
    with in_app():
        job_id = begun(1)
    looked = threading.Barrier(2)

    def naive(position: int) -> None:
        with app.app_context():
            job = db.session.get_one(Job, job_id)
            done, numbers = job.done, job.task["numbers"]
            looked.wait()  # both have seen that it is not done
            order = db.session.scalar(select(Order).where(Order.number == numbers[done]))
            db.session.add(Payment(order_id=order.id, amount=order.total, paid_at=now()))
            job.done = done + 1
            db.session.commit()

    at_once(2, naive)

    with in_app():
        assert paid_count() == 2


@pytest.mark.each_database
@pytest.mark.parametrize(("at_once", "kept"), [(1, 2), (2, 2), (6, 0)])
def test_a_worker_that_dies_between_orders_loses_and_doubles_nothing(
    app: Flask, in_app, monkeypatch, at_once: int, kept: int
):
    with in_app():
        job_id = begun(6)
    do, tried = bulk.InHand.do_to_next, []

    def die_at_the_third(hand: bulk.InHand, number: str) -> None:
        do(hand, number)
        tried.append(number)
        if len(tried) == 3:
            db.session.flush()  # the third order is paid, but nothing of it is committed
            raise KeyboardInterrupt

    together(monkeypatch, at_once)
    monkeypatch.setattr(bulk.InHand, "do_to_next", die_at_the_third)
    with app.app_context(), pytest.raises(KeyboardInterrupt):
        jobs.work_on_jobs("dies")
    with in_app():
        assert (db.session.get_one(Job, job_id).done, paid_count()) == (kept, kept)
        db.session.get_one(Job, job_id).leased_until = now() - timedelta(seconds=1)

    work_off(app, "goes on")

    with in_app():
        assert (db.session.get_one(Job, job_id).done, paid_count()) == (6, 6)


@pytest.mark.each_database
def test_the_worker_is_stopped_in_the_middle_and_another_goes_on(app: Flask, in_app, monkeypatch):
    monkeypatch.setattr(jobs.work_on_jobs, "__kwdefaults__", {"seconds": 0.05})
    with in_app():
        job_id = begun(40)
    stop_and_wait = start_in_thread(app)
    for _ in range(2000):
        with app.app_context():
            if db.session.get_one(Job, job_id).done:
                break
        time.sleep(0.01)
    stop_and_wait()
    with in_app():
        job = db.session.get_one(Job, job_id)
        assert 0 < job.done < 40
        assert paid_count() == job.done
        assert job.worker == ""

    work_off(app)

    with in_app():
        assert paid_count() == 40


@pytest.mark.parametrize(
    ("error", "report"),
    [
        (ZeroDivisionError(), {"failed": "An error that nobody expected; it is in the log."}),
        (ActionRefused("No stock."), {"refused": "No stock."}),
    ],
)
def test_an_order_that_fails_once_begun_is_named_and_the_others_are_done(
    app: Flask, in_app, monkeypatch, error: Exception, report: dict[str, str]
):
    with in_app():
        job_id = begun(3)
        bad = db.session.get_one(Job, job_id).task["numbers"][1]
    paid = ACTIONS["mark_paid"]

    def stumble(order: Order, **how: Any) -> Any:
        result = paid(order, **how)
        if order.number == bad:
            raise error
        return result

    monkeypatch.setitem(ACTIONS, "mark_paid", Action("mark_paid", "Paid", paid.right, stumble, paid.why_not))
    work_off(app)

    with in_app():
        job = db.session.get_one(Job, job_id)
        assert job.report == {what: {reason: [bad]} for what, reason in report.items()}
        assert (job.state, job.done, paid_count()) == (JobState.DONE, 3, 2)


def test_an_order_that_the_database_refused_comes_again_before_it_is_named(app: Flask, in_app, monkeypatch):
    with in_app():
        job_id = begun(3)
        held = db.session.get_one(Job, job_id).task["numbers"][1]
    paid, reports = ACTIONS["mark_paid"], []

    def is_refused(order: Order, **how: Any) -> Any:
        if order.number == held:
            raise OperationalError("SELECT", {}, Exception("canceling statement due to lock timeout"))
        return paid(order, **how)

    monkeypatch.setitem(ACTIONS, "mark_paid", Action("mark_paid", "Paid", paid.right, is_refused, paid.why_not))
    for _attempt in range(leasing.PATIENCE):
        with app.app_context(), suppress(OperationalError):
            jobs.work_on_jobs("one", seconds=60)
        with in_app():
            job = db.session.get_one(Job, job_id)
            job.due_at = now()
            reports.append((job.done, dict(job.report)))

    assert reports[:-1] == [(1, {})] * (leasing.PATIENCE - 1)
    assert reports[-1] == (3, {"failed": {"An error that nobody expected; it is in the log.": [held]}})


def test_who_loses_the_right_is_stopped(app: Flask, in_app):
    with in_app():
        job_id = begun(3)
        db.session.scalar(select(Role).where(Role.name == "office")).permissions = []

    work_off(app)

    with in_app():
        job = db.session.get_one(Job, job_id)
        assert (job.state, job.done) == (JobState.FAILED, 0)
        assert job.last_error == "Office no longer has the right to do this."
        assert paid_count() == 0


def test_cancel_leaves_the_rest_as_it_is(app: Flask, in_app):
    with in_app():
        job_id = begun(5)
    with app.app_context():
        jobs.work_on_jobs("one", seconds=0)  # one turn
    with in_app():
        jobs.cancel_rest(job_id, by=person(somebody("owner")))
    work_off(app)

    with in_app():
        job = db.session.get_one(Job, job_id)
        assert (job.state, job.done, paid_count()) == (JobState.DONE, 1, 1)
        assert job.report["cancelled_by"] == "Owner"
        with pytest.raises(ActionRefused, match="over"):
            jobs.cancel_rest(job_id, by=person(somebody("owner")))


@pytest.mark.each_database
def test_a_double_click_starts_one_job(app: Flask, in_app):
    with in_app():
        number, by = placed_order().number, person(somebody("office"))

    def click(position: int) -> int:
        with app.app_context():
            job = jobs.start(JobKind.BULK, [number], action="mark_paid", by=by, how={}, language="en", once="abc")
            job_id = job.id
            db.session.commit()
            return job_id

    assert len(set(at_once(4, click))) == 1


def test_jobs_take_turns(app: Flask, in_app):
    with in_app():
        first, second = begun(3), begun(3)

    for _ in range(2):
        with app.app_context():
            jobs.work_on_jobs("one", seconds=0)

    with in_app():
        assert [db.session.get_one(Job, job_id).done for job_id in (first, second)] == [1, 1]


def test_refusals_are_told_in_the_language_of_who_asked(app: Flask, in_app):
    with in_app():
        paid = paid_order().number
        job = jobs.start(
            JobKind.BULK, [paid], action="mark_paid", by=person(somebody("office")), how={}, language="nl", once=""
        )
        job_id = job.id

    work_off(app)

    with in_app():
        assert list(db.session.get_one(Job, job_id).report["refused"]) != ["Nothing is open: the order is paid."]


def test_a_job_that_nobody_can_do_is_over(app: Flask, in_app):
    with in_app():
        job_id = begun(1, name="no_such_action")

    work_off(app)

    with in_app():
        assert db.session.get_one(Job, job_id).state == JobState.STOPPED


def test_a_job_that_met_an_unexpected_error_goes_on_where_it_was(app: Flask, in_app, client, monkeypatch):
    with in_app():
        job_id = begun(3, notify=False)
    run_slice = working.RUNNERS[JobKind.BULK]

    def do_one_and_stumble(*given: Any) -> int:
        run_slice(*given[:-1], 0)
        raise ZeroDivisionError

    monkeypatch.setitem(working.RUNNERS, JobKind.BULK, do_one_and_stumble)
    work_off(app)
    with in_app():
        job = db.session.get_one(Job, job_id)
        assert (job.state, job.done, paid_count()) == (JobState.STOPPED, 1, 1)
        assert job.task["how"]  # needed for the rest
    assert "1 job was stopped by an error" in client.get("/admin/").text
    assert f"/admin/jobs/{job_id}/go-on" in client.get(f"/admin/jobs/{job_id}").text
    monkeypatch.undo()

    assert client.post(f"/admin/jobs/{job_id}/go-on").status_code == 303
    work_off(app)

    with in_app():
        job = db.session.get_one(Job, job_id)
        assert (job.state, job.done, paid_count(), job.last_error) == (JobState.DONE, 3, 3, "")
        assert not job.task["how"]
    assert "This job was not stopped." in client.get(client.post(f"/admin/jobs/{job_id}/go-on").location).text
    with in_app():
        assert paid_count() == 3


def test_after_a_week_a_stopped_job_is_over(app: Flask, in_app):
    with in_app():
        job = db.session.get_one(Job, begun(1))
        job.state, job.finished_at = JobState.STOPPED, now() - timedelta(days=8)
    with app.app_context():
        jobs.purge()
        db.session.commit()
        job = db.session.scalars(select(Job)).one()
        assert (job.state, job.task["how"]) == (JobState.FAILED, {})


def test_no_job_costs_one_look(app: Flask, statements: list[str]):
    with app.app_context():
        jobs.work_on_jobs("idle")

    assert [statement.split()[0] for statement in statements] == ["SELECT"]
