"""Background work: delivering mail, doing jobs, printing documents, reminding people, forgetting old sign-ins.

Any number of workers may run. Nothing that a duty does ends its worker: `attend` is the one place that sees to it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path

from flask import Flask
from sqlalchemy.exc import OperationalError

from app import jobs, queries, webhooks
from app.actions import reminders
from app.actions.api_keys import remind_of_key
from app.actions.tasks import remind
from app.actions.yearly_sales import keep_yearly_sales
from app.columns import now
from app.connections.e_invoices import send_due
from app.connections.hints import look_up_hints
from app.connections.pulling import pull_due
from app.connections.stock_rows import STOCKS
from app.connections.stock_telling import compare_stock_due
from app.connections.vies import ask_due
from app.connections.writing import WRITES, tell_due
from app.documents.printing import print_missing
from app.documents.vat_checks import VAT_CHECKS
from app.einvoices.sending import E_INVOICES
from app.extensions import db, end_session, read_only, transaction
from app.intake import events
from app.jobs import heartbeat
from app.locking.files import FileLock
from app.mails import Postman, deliver_due
from app.models import Outside
from app.operations import copies, nightly_checks, surroundings
from app.operations.sealing import seal_waiting
from app.operations.write_ahead_log import empty_log
from app.queries import forgetting, planner
from app.queries.api_keys import keys_to_remind_of
from app.queries.outages import begin_outage, end_unsaid
from app.security import sessions
from app.security.security_log import purge_security_log, write_waiting

log = logging.getLogger(__name__)

#: Seconds between two looks at whether there is something to do.
PAUSE = 0.5
#: Seconds that a duty rests at most after it failed, so that its error does not fill the log.
REST = 30
#: ... and after it failed because the database is away, which comes back without being asked.
REST_WITHOUT_DATABASE = 5
#: Seconds that a worker which is told to stop has for what is begun.
STOP_TIMEOUT = 20
#: No duty takes so many seconds: who is at one for longer is stuck.
STUCK = 600
#: ... but for a lane in which one does: a copy of a large shop.
STUCK_AFTER = {"copies": 7200}
#: A duty that fails for so many seconds does not come right by itself.
FAILING = 300
#: Seconds that writing down a sign of life may take; a database that needs longer, time and again, is slow.
SLOW = 2
#: How often in a row.
SLOW_BEATS = 3


class LaneFault(StrEnum):
    """What is wrong with a lane, as it is kept in the outage that Home shows."""

    STUCK = "stuck"
    FAILS = "fails"


@dataclass
class Duty:
    """Something done again and again; it answers how much it did, so that more is asked for at once."""

    name: str
    do: Callable[[], int | None]
    every: float = 0
    lane: str = "quick"  # what it may hold up, and be held up by
    next_at: float = field(default_factory=time.monotonic)
    failures: int = 0
    failing_since: float = 0
    error: str = ""  # the kind of the last one: its words may name people

    def is_due(self) -> bool:
        return time.monotonic() >= self.next_at

    def note_success(self, *, did_something: bool = False) -> None:
        """Where there was something, there may be more."""
        self.failures, self.error, self.next_at = 0, "", time.monotonic() + (0 if did_something else self.every)

    @property
    def is_failing(self) -> bool:
        return bool(self.failures) and time.monotonic() - self.failing_since > FAILING

    def note_failure(self, *, most: float = REST) -> float:
        """Rest: a second after the first failure, longer after each further one. Answers the seconds."""
        self.failures += 1
        if self.failures == 1:
            self.failing_since = time.monotonic()
        rest = min(most, 2 ** min(self.failures - 1, 10))
        self.next_at = time.monotonic() + rest
        return rest


@dataclass
class Lane:
    """Duties that one thread does in turn, what it is at, and since when."""

    duties: list[Duty]
    name: str = ""
    doing: str = ""
    since: float = field(default_factory=time.monotonic)

    def work(self, app: Flask, stop: threading.Event) -> None:
        """Work until `stop` is set; what is begun is finished first. A lane that ends for any other reason ends all."""
        try:
            while not stop.is_set():
                done = [self.attend(duty, app) for duty in self.duties if duty.is_due() and not stop.is_set()]
                if not any(done):
                    stop.wait(PAUSE)
        finally:
            stop.set()

    def attend(self, duty: Duty, app: Flask) -> bool:
        self.doing, self.since = duty.name, time.monotonic()
        did = attend(duty, app)
        self.doing, self.since = "", time.monotonic()
        return did

    def is_stuck(self) -> bool:
        return bool(self.doing) and time.monotonic() - self.since > STUCK_AFTER.get(self.name, STUCK)

    def fault(self) -> tuple[LaneFault, str] | None:
        """With the kind of the error where there is one; None when all is well."""
        if self.is_stuck():
            return LaneFault.STUCK, ""
        failing = next((duty for duty in self.duties if duty.is_failing), None)
        return (LaneFault.FAILS, failing.error) if failing else None


def lanes_of(duties: Iterable[Duty]) -> list[Lane]:
    lanes: dict[str, list[Duty]] = {}
    for duty in duties:
        lanes.setdefault(duty.lane, []).append(duty)
    return [Lane(sharing, name) for name, sharing in lanes.items()]


def attend(duty: Duty, app: Flask) -> bool:
    """Do the duty in a session of its own; whether it did something.

    Whatever goes wrong, also in leaving the session or the app context, the duty rests and is tried again.
    """
    try:
        with app.app_context():
            try:
                did = bool(duty.do())
                db.session.commit()
            finally:
                end_session()
        duty.note_success(did_something=did)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # libraries written in Rust raise those, too
        with suppress(Exception):
            note_failure(duty, error)
        return False
    return did


def note_failure(duty: Duty, error: BaseException) -> None:
    """A database that is away is one line in the log, for every duty meets it."""
    duty.error = type(error).__name__
    if isinstance(error, OperationalError):
        rest = duty.note_failure(most=REST_WITHOUT_DATABASE)
        reason = str(error.orig).strip().partition("\n")[0]
        log.error("%s: the database does not answer (%s); it is tried again in %s s", duty.name, reason, rest)
    else:
        rest = duty.note_failure()
        log.error("%s: background work failed; it is tried again in %s s", duty.name, rest, exc_info=error)


# --- the worker -----------------------------------------------------------------------------------------------------


class Worker:
    """Lanes side by side, and one beside them that says that they live."""

    def __init__(self, app: Flask, stop: threading.Event):
        self.app, self.stop = app, stop
        self.postman = Postman()
        self.started_at = now()
        self.lock: FileLock | None = None
        self.beats: deque[float] = deque(maxlen=SLOW_BEATS)  # seconds that the last ones took
        self.lanes = lanes_of(duties(self.postman, stop))
        self.watch = Lane(
            [
                Duty("dead workers", self.bury_dead, every=5),
                Duty("heartbeat", self.beat, every=heartbeat.EVERY),
            ]
        )
        self.threads = [self.thread_of(lane) for lane in (*self.lanes, self.watch)]

    def thread_of(self, lane: Lane) -> threading.Thread:
        return threading.Thread(target=lane.work, args=(self.app, self.stop), name="worker", daemon=True)

    def start(self) -> None:
        """The one that watches the others comes last."""
        for thread in self.threads:
            thread.start()

    def wait(self) -> None:
        """Until it was told to stop, and what was begun is finished."""
        self.stop.wait()
        until = time.monotonic() + STOP_TIMEOUT
        for thread in self.threads:
            thread.join(timeout=max(0, until - time.monotonic()))
        if not any(thread.is_alive() for thread in self.threads):
            attend(Duty("end", self.note_end), self.app)

    def trouble(self) -> str:
        """What became of it: "ended" or "got stuck at mails"; "" when all is well."""
        if self.stop.is_set() or not all(thread.is_alive() for thread in self.threads):
            return "ended"
        stuck = [lane.doing for lane in self.lanes if lane.is_stuck()]
        return f"got stuck at {', '.join(stuck)}" if stuck else ""

    def beat(self) -> None:
        """Say that it lives, also while a lane hangs, and which one does; what nobody says any more is over."""
        doing = ", ".join(lane.doing for lane in self.lanes if lane.doing)
        begun = time.monotonic()
        with transaction():
            heartbeat.beat(self.postman.name, self.started_at, doing)
            self.say_what_is_wrong()
            end_unsaid(now() - heartbeat.SILENCE)
        self.beats.append(time.monotonic() - begun)

    def say_what_is_wrong(self) -> None:
        for lane in self.lanes:
            if fault := lane.fault():
                begin_outage(Outside.LANE, *fault, part=lane.name)
        if len(self.beats) == SLOW_BEATS and min(self.beats) > SLOW:
            begin_outage(Outside.DATABASE, "slow", f"{min(self.beats):.0f}")

    def bury_dead(self) -> int:
        folder = Path(self.app.instance_path) / "workers"
        if self.lock is None:
            self.lock = heartbeat.presence(folder, self.postman.name)
        return heartbeat.bury_dead(folder)

    def note_end(self) -> None:
        heartbeat.note_end(self.postman.name)
        if self.lock is not None:
            heartbeat.leave(self.lock)


def run_worker(app: Flask, stop: threading.Event) -> None:
    """Work until `stop` is set."""
    worker = Worker(app, stop)
    worker.start()
    worker.wait()


def start_in_thread(app: Flask) -> Callable[[], None]:
    """Work beside a web server in the same process; answers what stops it, waiting for what is begun."""
    worker = Worker(app, threading.Event())
    app.extensions["background_work"] = worker
    worker.start()

    def stop_and_wait() -> None:
        worker.stop.set()
        worker.wait()
        app.extensions.pop("background_work", None)

    return stop_and_wait


# --- duties ---------------------------------------------------------------------------------------------------------


def duties(postman: Postman, stop: threading.Event | None = None) -> list[Duty]:
    """A queue belongs to one lane. Each kind of machine that we wait for has a lane, and so has what takes long.

    What is long at one thing looks at `stop` meanwhile.
    """
    return [
        Duty("mails", partial(deliver_due, postman), lane="mails"),
        Duty("jobs", partial(jobs.work_on_jobs, postman.name), lane="slow"),
        Duty("events", partial(read_events, postman.name)),
        Duty("shops", partial(pull_due, postman.name), every=5, lane="shops"),
        Duty("hints", partial(look_up_hints, postman.name), every=1, lane="shops"),
        Duty("shop writes", partial(tell_shops, postman.name), every=2, lane="telling"),
        Duty("stock of shops", partial(compare_stock, postman.name), every=2, lane="telling"),
        Duty("webhooks", partial(tell_programs, postman.name), lane="webhooks"),
        Duty("e-invoices", partial(send_e_invoices, postman.name), every=2, lane="e-invoices"),
        Duty("VAT numbers", partial(check_vat_numbers, postman.name), every=2, lane="vies"),
        Duty("documents", print_documents, lane="documents"),
        Duty("reminders", send_reminders, every=60),
        Duty("tasks", remind_of_tasks, every=15),
        Duty("keys", remind_of_keys, every=900),
        Duty("seals", seal_waiting, every=2),
        Duty("sign-ins", sessions.purge, every=600),
        Duty("security log", keep_security_log, every=600),
        Duty("copies", partial(copies.make_due, postman.name), every=30, lane="copies"),
        Duty("books", partial(nightly_checks.check_by_night, stop), every=600, lane="copies"),
        Duty("old files", jobs.purge, every=3600, lane="slow"),
        Duty("erased words", forgetting.forget_on, every=60, lane="slow"),
        Duty("erased pages", empty_log, every=600, lane="slow"),
        Duty("yearly sales", keep_yearly_sales, every=3600, lane="slow"),
        Duty("disk", surroundings.look_at_disk, every=300, lane="slow"),
        Duty("certificate", surroundings.look_at_certificate, every=86400, lane="slow"),
        Duty("statistics", planner.refresh_statistics, every=3600, lane="slow"),
    ]


def print_documents() -> int:
    """Rendering takes a while, so nothing is locked meanwhile: keeping the print is a transaction of its own."""
    with read_only():
        return print_missing()


def read_events(worker: str = "") -> int:
    """Read what connected shops have sent, each event in a transaction of its own."""
    with read_only():
        waiting = events.EVENTS.is_any_due()
        db.session.rollback()
    if not waiting:
        return 0
    with transaction():
        claimed = events.claim_events(20, worker=worker)
    for arrival_id in claimed:
        try:
            with transaction():
                events.read_event(arrival_id, worker=worker)
        except Exception as error:
            log.exception("event %s could not be read; it is tried again", arrival_id)
            with transaction():
                events.try_later(arrival_id, str(error), worker=worker)
    return len(claimed)


def tell_programs(worker: str = "") -> int:
    with read_only():
        waiting = webhooks.DELIVERIES.is_any_due()
        db.session.rollback()
    return webhooks.deliver_due(worker) if waiting else 0


def tell_shops(worker: str = "") -> int:
    with read_only():
        waiting = WRITES.is_any_due()
        db.session.rollback()
    return tell_due(worker) if waiting else 0


def send_e_invoices(worker: str = "") -> int:
    with read_only():
        waiting = E_INVOICES.is_any_due()
        db.session.rollback()
    return send_due(worker) if waiting else 0


def check_vat_numbers(worker: str = "") -> int:
    with read_only():
        waiting = VAT_CHECKS.is_any_due()
        db.session.rollback()
    return ask_due(worker) if waiting else 0


def compare_stock(worker: str = "") -> int:
    with read_only():
        waiting = STOCKS.is_any_due()
        db.session.rollback()
    return compare_stock_due(worker) if waiting else 0


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


def remind_of_keys() -> int:
    with read_only():
        due = keys_to_remind_of(most=100)
        db.session.rollback()
    return one_by_one(due, remind_of_key)


def keep_security_log() -> None:
    write_waiting()
    purge_security_log()


def one_by_one(ids: Iterable[int], do: Callable[[int], object]) -> int:
    """Each in a transaction of its own, so that none waits for another; one that fails stops no other.

    Answers of how many something came.
    """
    count = 0
    for record_id in ids:
        try:
            with transaction():
                count += bool(do(record_id))
        except Exception:
            log.exception("%s failed on %s; it is tried again", do.__name__, record_id)
    return count
