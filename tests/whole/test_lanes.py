"""Lanes of the worker: whoever waits for another machine, or works for long, holds up nobody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import select

from app import jobs, webhooks
from app.columns import now
from app.extensions import db, read_only
from app.history import person
from app.jobs import heartbeat, working
from app.mails import Postman, smtp
from app.models import Job, JobKind, JobState, WebhookEndpoint
from app.operations import worker
from app.operations.worker import Worker, start_in_thread
from app.queries import shop
from tests.clients import somebody
from tests.dripping import Dripping, http_headers, smtp_recipient
from tests.factories import placed_order
from tests.listener import Listener, listener
from tests.mails.outgoing import connect, queued
from tests.postbox import Postbox

__all__ = ["listener"]

pytestmark = pytest.mark.each_database

#: Seconds that whoever drips may: so long that what is quick is done meanwhile, also on a busy machine.
DRIPS = 300
#: Seconds after which it is given up that what is quick is done at all.
MOST = 60


@pytest.fixture(autouse=True)
def drip_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is cut off before the test has seen that he holds up nobody."""
    monkeypatch.setattr(webhooks, "ENDPOINT_TIMEOUT", DRIPS)
    monkeypatch.setattr(smtp, "SMTP_DEADLINE", DRIPS)


@contextmanager
def working_beside(app: Flask) -> Iterator[Worker]:
    stop_and_wait = start_in_thread(app)
    try:
        yield app.extensions["background_work"]
    finally:
        stop_and_wait()


def add_endpoint(url: str) -> None:
    db.session.add(WebhookEndpoint(title="Told", url=url, secret="whsec_YQ==", events=["order_placed"]))
    db.session.commit()


def wait_for_a_mail(postbox: Postbox) -> None:
    message_id = queued().message_id
    db.session.commit()
    wait_for(lambda: message_id in [mail["Message-ID"] for mail in postbox.mails])


def wait_for_a_message(listener: Listener) -> None:
    number = placed_order().number
    db.session.commit()
    wait_for(lambda: any(f'"{number}"'.encode() in body for _headers, body in listener.received))


def wait_until_done(job_id: int) -> None:
    def is_done() -> bool:
        state, report = db.session.execute(select(Job.state, Job.report).where(Job.id == job_id)).one()
        db.session.rollback()
        assert report == {}
        return state == JobState.DONE

    with read_only():
        wait_for(is_done)


def wait_for(is_so: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() < begun + MOST, "it took too long"
        time.sleep(0.02)


def start_quick_job() -> int:
    by, how = person(somebody("office")), {"notify": False}
    numbers = [placed_order().number]
    job_id = jobs.start(JobKind.BULK, numbers, action="mark_paid", by=by, how=how, language="en", once="").id
    db.session.commit()
    return job_id


def test_an_endpoint_that_drips_holds_up_neither_mails_nor_jobs(app: Flask, postbox: Postbox) -> None:
    with app.app_context(), working_beside(app) as inside, Dripping(http_headers) as endpoint:
        connect(postbox)
        add_endpoint(f"http://127.0.0.1:{endpoint.port}/")
        placed_order()
        db.session.commit()
        assert endpoint.reached.wait(MOST)

        wait_for_a_mail(postbox)
        wait_until_done(start_quick_job())
        assert "webhooks" in [lane.doing for lane in inside.lanes]  # all the while
        assert not endpoint.left.is_set()


def test_a_mail_server_that_drips_holds_up_neither_webhooks_nor_jobs(app: Flask, listener: Listener) -> None:
    with app.app_context(), working_beside(app) as inside, Dripping(smtp_recipient) as server:
        shop().smtp_host, shop().smtp_port, shop().smtp_security = "127.0.0.1", server.port, "none"
        shop().mail_sender = shop().email = "desk@example.org"
        add_endpoint(listener.url)
        queued()
        assert server.reached.wait(MOST)

        wait_for_a_message(listener)
        wait_until_done(start_quick_job())
        assert "mails" in [lane.doing for lane in inside.lanes]  # all the while
        assert not server.left.is_set()


def test_a_job_that_takes_long_holds_up_no_mail(app: Flask, postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    begun_with, hold = threading.Event(), threading.Event()

    def take_long(*_args: object) -> int:
        begun_with.set()
        hold.wait(DRIPS)
        return 1

    monkeypatch.setitem(working.RUNNERS, JobKind.BULK, take_long)
    with app.app_context(), working_beside(app):
        connect(postbox)
        start_quick_job()
        assert begun_with.wait(MOST)
        try:
            wait_for_a_mail(postbox)
            assert not hold.is_set()
        finally:
            hold.set()


def test_an_endpoint_that_is_out_of_order_comes_last(database: None) -> None:
    for title, failing_since in (("broken", now()), ("sound", None)):
        url = f"https://{title}.example/"
        made = WebhookEndpoint(title=title, url=url, secret="", events=["order_placed"], failing_since=failing_since)
        db.session.add(made)
    db.session.commit()
    placed_order()
    db.session.commit()

    taken = [webhooks.claim_message("worker") for _ in range(2)]

    assert [message.url for message in taken if message] == ["https://sound.example/", "https://broken.example/"]


def test_every_lane_is_watched_and_its_death_is_the_workers(app: Flask) -> None:
    """What is not in a lane is never done; what is in two could be done twice."""
    inside = Worker(app, threading.Event())
    names = [duty.name for lane in inside.lanes for duty in lane.duties]
    assert sorted(names) == sorted(duty.name for duty in worker.duties(Postman()))

    for lane in inside.lanes:
        assert inside.trouble() == "ended"  # none runs yet
        lane.doing, lane.since = (
            lane.duties[0].name,
            time.monotonic() - max(worker.STUCK, *worker.STUCK_AFTER.values()) - 1,
        )
        assert lane.is_stuck()
    inside.stop.set()
    assert inside.trouble() == "ended"


def test_a_worker_that_is_at_everything_at_once_says_that_it_lives(app: Flask) -> None:
    """PostgreSQL refuses a text that is longer than its column, and then no worker would be seen any more."""
    inside = Worker(app, threading.Event())
    for lane in inside.lanes:
        lane.doing, lane.since = max((duty.name for duty in lane.duties), key=len), time.monotonic()
    with app.app_context():
        inside.beat()
        assert heartbeat.pulse().is_running
