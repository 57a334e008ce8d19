"""The worker: it delivers within a second, one failing job stops no other, and it ends when told."""

from __future__ import annotations

import threading
import time

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import worker
from app.columns import now
from app.extensions import db
from app.models import Invoice, Print, SignInLink, Staff
from app.worker import Job, start_in_thread, work_at
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

    monkeypatch.setattr(worker, "jobs_of_a_worker", lambda: [Job(fail), Job(work)])

    worker.run(app, stop)

    assert done == ["fail", "work", "work", "work", "work"]


def test_a_job_that_fails_leaves_nothing_behind(app: Flask) -> None:
    def half() -> int:
        db.session.add(Staff(email="half@example.org", fs_uniquifier="half"))
        db.session.flush()
        raise RuntimeError("half done")

    assert work_at(Job(half), app) is False

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Staff)) == 0


def test_old_sign_in_links_are_forgotten(app: Flask) -> None:
    with app.app_context():
        person = Staff(email="femke@example.org", fs_uniquifier="femke")
        db.session.add(person)
        db.session.flush()
        db.session.add(SignInLink(id="old", staff_id=person.id, expires_at=now()))
        db.session.commit()

    for job in worker.jobs_of_a_worker():
        work_at(job, app)

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignInLink)) == 0


def test_an_idle_worker_writes_nothing(app: Flask, statements: list[str]) -> None:
    jobs = worker.jobs_of_a_worker()[:1]

    work_at(jobs[0], app)

    assert [statement.split()[0] for statement in statements] == ["SELECT"]


def test_a_new_invoice_is_printed(app: Flask) -> None:
    with app.app_context():
        placed_order()
        db.session.commit()

    for job in worker.jobs_of_a_worker():
        work_at(job, app)

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
