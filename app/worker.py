"""Background work: delivering mail, doing jobs, printing documents, reminding people, forgetting old sign-ins.

Any number of workers may run.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from flask import Flask

from app import access, jobs, queries, webhooks
from app.actions import events, reminders
from app.actions.tasks import remind
from app.documents.printing import print_missing
from app.extensions import db, read_only
from app.mails import Postman, deliver_due

log = logging.getLogger(__name__)

#: Seconds between two looks at whether there is something to do.
PAUSE = 0.5
#: Seconds that a job rests after it failed, so that its error does not fill the log.
REST = 30


@dataclass
class Job:
    """Something done again and again; it answers how much it did, so that more is asked for at once."""

    do: Callable[[], int | None]
    every: float = 0
    next_at: float = field(default_factory=time.monotonic)

    def is_due(self) -> bool:
        return time.monotonic() >= self.next_at


def run(app: Flask, stop: threading.Event) -> None:
    """Work until `stop` is set; what is begun is finished first."""
    own = jobs_of_a_worker()
    while not stop.is_set():
        done = [work_at(job, app) for job in own if job.is_due() and not stop.is_set()]
        if not any(done):
            stop.wait(PAUSE)


def jobs_of_a_worker() -> list[Job]:
    postman = Postman()
    return [
        Job(partial(deliver_due, postman)),
        Job(partial(jobs.work, postman.name)),
        Job(read_events),
        Job(tell_programs),
        Job(print_documents),
        Job(send_reminders, every=60),
        Job(remind_of_tasks, every=15),
        Job(access.purge, every=600),
        Job(jobs.purge, every=3600),
    ]


def print_documents() -> int:
    """Rendering takes a while, so nothing is locked meanwhile: keeping the print is a transaction of its own."""
    with read_only():
        return print_missing()


def read_events() -> int:
    """Read what connected shops have sent, each event in a transaction of its own."""
    with read_only():
        waiting = events.is_anything_due()
        db.session.rollback()
    if not waiting:
        return 0
    claimed = events.claim(20)
    db.session.commit()
    for arrival_id in claimed:
        try:
            events.read_event(arrival_id)
            db.session.commit()
        except Exception as error:
            log.exception("event %s could not be read; it is tried again", arrival_id)
            db.session.rollback()
            events.try_later(arrival_id, str(error))
            db.session.commit()
    return len(claimed)


def tell_programs() -> int:
    with read_only():
        waiting = webhooks.is_anything_due()
        db.session.rollback()
    return webhooks.deliver_due() if waiting else 0


def send_reminders() -> int:
    """Remind of what was not paid in time."""
    with read_only():
        due = reminders.orders_to_remind()
        db.session.rollback()
    return one_by_one(due, reminders.remind_by_itself)


def remind_of_tasks() -> int:
    with read_only():
        due = queries.tasks_to_remind_of(most=100)
        db.session.rollback()
    return one_by_one(due, remind)


def one_by_one(ids: Iterable[int], do: Callable[[int], object]) -> int:
    """Each in a transaction of its own, so that none waits for another; one that fails stops no other.

    Answers of how many something came.
    """
    count = 0
    for record_id in ids:
        try:
            count += bool(do(record_id))
            db.session.commit()
        except Exception:
            log.exception("%s failed on %s; it is tried again", do.__name__, record_id)
            db.session.rollback()
    return count


def work_at(job: Job, app: Flask) -> bool:
    """Do the job in a session of its own; whether it did something. One that fails rests, and stops no other."""
    with app.app_context():
        try:
            did = bool(job.do())
            db.session.commit()
            job.next_at = time.monotonic() + job.every
        except Exception:
            app.logger.exception("background job failed; it is tried again in %s s", REST)
            db.session.rollback()
            job.next_at = time.monotonic() + REST
            return False
    return did


def start_in_thread(app: Flask) -> Callable[[], None]:
    """Work beside a web server in the same process; answers what stops it, waiting for what is begun."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(app, stop), name="worker", daemon=True)
    thread.start()

    def stop_and_wait() -> None:
        stop.set()
        thread.join(timeout=20)

    return stop_and_wait
