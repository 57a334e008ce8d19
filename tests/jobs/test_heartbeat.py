"""Heartbeats: who works is known, and what a dead worker had in hand is gone on with at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.admin_views.outage_news import WAITING_IN
from app.columns import now
from app.extensions import db, read_only
from app.intake import events
from app.jobs import heartbeat
from app.mails import Postman, outbox
from app.models import MailState, Outage, OutgoingMail, Outside, WorkerHeartbeat
from app.operations import worker
from app.operations.worker import Worker, start_in_thread
from app.queries.outages import current_outages
from app.queues.leases import Leased
from tests.clients import Client
from tests.databases import forget_connections, make_app, make_shop
from tests.mails.outgoing import connect, queued
from tests.postbox import Postbox


def wait_until(is_so: Any, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)


def read(what: Callable[[], Any]) -> Any:
    """Ask without being in the way of whoever writes."""
    with read_only():
        db.session.rollback()
        found = what()
        db.session.rollback()
    return found


# --- said and shown -------------------------------------------------------------------------------------------------


def test_a_worker_says_that_it_lives_and_that_it_ended(app: Flask) -> None:
    stop_and_wait = start_in_thread(app)
    try:
        with app.app_context():
            wait_until(lambda: read(heartbeat.pulse).is_running)
            row = db.session.scalars(select(WorkerHeartbeat)).one()
            assert (row.pid, row.stopped_at, row.name.split(":")[:2]) == (os.getpid(), None, [row.host, str(row.pid)])
    finally:
        stop_and_wait()

    with app.app_context():
        pulse = heartbeat.pulse()
        assert (pulse.is_running, pulse.seen_at is not None) == (False, True)
    assert not list((Path(app.instance_path) / "workers").glob("*"))


@pytest.mark.each_database
def test_the_pulse_is_that_of_who_runs(database: None) -> None:
    assert heartbeat.pulse() == heartbeat.Pulse(False, None, "")
    heartbeat.beat("runs", now(), "mails")
    heartbeat.beat("ended", now(), "")
    heartbeat.note_end("ended")

    assert (heartbeat.pulse().is_running, heartbeat.pulse().doing) == (True, "mails")
    db.session.scalars(select(WorkerHeartbeat).where(WorkerHeartbeat.name == "runs")).one().seen_at -= heartbeat.SILENCE
    assert not heartbeat.pulse().is_running


def test_home_and_jobs_say_since_when_nobody_works(client: Client, in_app: Any) -> None:
    sentence = "Background work is not running: mails and jobs wait."
    assert sentence in client.get("/admin/").text
    assert sentence in client.get("/admin/jobs/").text

    with in_app():
        heartbeat.beat("a worker", now(), "mails, jobs")
    assert "Background work" not in client.get("/admin/").text
    assert "at mails, jobs." in client.get("/admin/jobs/").text

    with in_app():
        db.session.scalars(select(WorkerHeartbeat)).one().seen_at = now() - timedelta(minutes=5)
    for page in ("/admin/", "/admin/jobs/"):
        assert "Background work has not run since" in client.get(page).text


# --- ready or not ---------------------------------------------------------------------------------------------------


def test_who_has_a_dead_or_stuck_worker_inside_is_not_ready(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    hold, held = threading.Event(), threading.Event()

    def stick(_postman: object) -> int:
        held.set()
        hold.wait(20)
        return 0

    monkeypatch.setattr(worker, "deliver_due", stick)
    browser = app.test_client()
    stop_and_wait = start_in_thread(app)
    inside: Worker = app.extensions["background_work"]
    try:
        assert held.wait(20)
        assert browser.get("/readyz").status_code == 200
        monkeypatch.setattr(worker, "STUCK", 2)
        wait_until(lambda: browser.get("/readyz").status_code == 503)
        answer = browser.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "background work has got stuck at mails\n")
        monkeypatch.undo()
        hold.set()
        wait_until(lambda: browser.get("/readyz").status_code == 200)

        inside.stop.set()
        answer = browser.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "background work has ended\n")
    finally:
        hold.set()
        stop_and_wait()
    assert browser.get("/readyz").status_code == 200  # it has none that could be dead


def test_who_relies_on_a_worker_elsewhere_is_ready_while_that_gives_signs_of_life(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WORKER_ELSEWHERE", True)
    browser = app.test_client()
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "background work is silent: no worker runs\n")
    with app.app_context():
        heartbeat.beat("elsewhere", now(), "")
        db.session.commit()
    assert browser.get("/readyz").status_code == 200
    with app.app_context():
        db.session.scalars(select(WorkerHeartbeat)).one().seen_at -= heartbeat.SILENCE
        db.session.commit()
    assert browser.get("/readyz").status_code == 503


# --- lanes ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def idle(app: Flask) -> Worker:
    """A worker whose threads don't run."""
    return Worker(app, threading.Event())


def lane_of(inside: Worker, name: str) -> worker.Lane:
    return next(lane for lane in inside.lanes if lane.name == name)


def test_a_lane_that_hangs_is_said_on_home_in_readyz_and_keeps_nobody_out(
    idle: Worker, in_app: Any, client: Client, signed_in_as: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(idle.app.config, "WORKER_ELSEWHERE", True)
    mails = lane_of(idle, "mails")
    mails.doing, mails.since = "mails", time.monotonic() - worker.STUCK - 1
    with in_app():
        idle.beat()
        idle.beat()  # said once, and since when is kept
        assert heartbeat.pulse().is_running

    said = client.get("/admin/").text
    assert "Background work hangs since" in said
    assert "and this waits: mails. Restart Toonbank; it goes on by itself." in said
    assert "Background work" not in signed_in_as("packer").get("/admin/").text  # who could do nothing about it
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready, but background work does not go on at mails\n")

    mails.doing = ""
    with in_app():
        db.session.scalars(select(Outage)).one().tried_at -= heartbeat.SILENCE
    with in_app():
        idle.beat()
    assert "Background work" not in client.get("/admin/").text
    assert client.get("/readyz").text == "ready\n"


def test_one_worker_ends_nothing_that_another_one_says(idle: Worker, in_app: Any) -> None:
    other = Worker(idle.app, threading.Event())
    copies = lane_of(other, "copies")
    copies.doing, copies.since = "copies", time.monotonic() - worker.STUCK - 1
    with in_app():
        other.beat()
        assert current_outages() == []  # a copy of a large shop takes longer
        copies.since -= worker.STUCK_AFTER["copies"]
        other.beat()
        idle.beat()
        assert [(one.what, one.part, one.reason) for one in current_outages()] == [(Outside.LANE, "copies", "stuck")]


def test_a_duty_that_fails_for_minutes_is_said_with_the_kind_of_its_error(
    idle: Worker, in_app: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    duty = lane_of(idle, "webhooks").duties[0]

    def fail() -> int:
        raise ZeroDivisionError("of femke@example.org")

    duty.do = fail
    worker.attend(duty, idle.app)
    with in_app():
        idle.beat()
        assert current_outages() == []
    monkeypatch.setattr(worker, "FAILING", -1)
    with in_app():
        idle.beat()
    said = client.get("/admin/").text
    assert "Background work fails again and again since" in said
    assert "(ZeroDivisionError), and this waits: webhook messages." in said
    duty.do = lambda: 0
    worker.attend(duty, idle.app)
    assert lane_of(idle, "webhooks").fault() is None


def test_a_database_that_is_slow_time_and_again_is_said(
    idle: Worker, in_app: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SLOW", -1)
    for beats in range(worker.SLOW_BEATS + 1):
        assert "The database is slow" not in client.get("/admin/").text, beats
        with in_app():
            idle.beat()
    assert "The database is slow since" in client.get("/admin/").text


def test_what_waits_in_each_lane_is_named() -> None:
    assert {lane.name for lane in worker.lanes_of(worker.duties(Postman()))} == set(WAITING_IN)


# --- the dead -------------------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_what_a_dead_worker_had_in_hand_is_free_at_once(database: None, tmp_path: Path) -> None:
    mail = queued()
    outbox.claim_mail("host:1:dead")
    (tmp_path / "dead.lock").write_text("host:1:dead")
    alive = heartbeat.presence(tmp_path, "host:2:alive")
    other = queued()
    outbox.claim_mail("host:2:alive")
    db.session.commit()

    assert heartbeat.bury_dead(tmp_path) == 1

    assert mail.leased_until <= now() < other.leased_until
    assert (mail.state, [file.name for file in tmp_path.iterdir()]) == (MailState.SENDING, ["alive.lock"])
    assert outbox.claim_mail("host:2:alive") == mail.id
    assert mail.may_be_doubled
    heartbeat.leave(alive)


@pytest.mark.each_database
def test_all_that_can_be_in_hand_is_released(database: None) -> None:
    """Whatever has a lease has a name on it: a table that gets a lease is to be released, too."""
    leased = {mapper.class_ for mapper in db.Model.registry.mappers if "leased_until" in mapper.columns}
    assert leased == set(Leased.__subclasses__())
    assert all("worker" in table.__mapper__.columns for table in leased)
    assert events.claim_events(worker="nobody") == []


@pytest.fixture
def own_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A shop in a folder of its own, for processes that are killed."""
    monkeypatch.setenv("TOONBANK_INSTANCE", str(tmp_path))
    url = f"sqlite:///{tmp_path / 'shop.sqlite'}"
    make_shop(url)
    app = make_app(url)
    yield app
    forget_connections(app)


def started() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "toonbank", "worker"])


def test_a_mail_that_a_killed_worker_had_in_hand_goes_at_once_after_a_restart(own_shop: Flask) -> None:
    with Postbox() as silent, own_shop.app_context():
        hold = threading.Event()

        async def never_answer(*_args: object) -> str:
            import asyncio

            while not hold.is_set():
                await asyncio.sleep(0.05)
            return "250 OK"

        silent.handle_DATA = never_answer  # type: ignore[method-assign]
        connect(silent)
        mail_id = queued().id
        first = started()
        wait_until(lambda: state_of(mail_id) == MailState.SENDING, 40)
        wait_until(lambda: read(heartbeat.pulse).is_running)
        time.sleep(0.5)
        first.send_signal(signal.SIGKILL)
        first.wait()
        hold.set()

    with Postbox() as postbox, own_shop.app_context():
        connect(postbox)
        second = started()
        try:
            postbox.wait_for(1, seconds=30)  # its lease would last for five minutes
            wait_until(lambda: state_of(mail_id) == MailState.SENT)
        finally:
            second.terminate()
            second.wait()
        mail = db.session.get_one(OutgoingMail, mail_id)
        assert (mail.may_be_doubled, mail.attempts) == (True, 2)
        ended = db.session.scalars(select(WorkerHeartbeat.stopped_at)).all()
        assert (len(ended), None in ended) == (2, False)


def state_of(mail_id: int) -> MailState:
    return read(lambda: db.session.scalars(select(OutgoingMail.state).where(OutgoingMail.id == mail_id)).one())
