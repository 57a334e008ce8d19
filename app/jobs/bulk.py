"""A slice of a bulk action: the next orders, some to a transaction that also holds the job's progress.

Their parts are loaded together, what they have in common is asked for once, and what nobody reads before the end of the
transaction is written together then. Most orders are done, or refused before anything is: these need no savepoint. When
one is refused or fails once it was begun, all of that transaction is taken back and done anew with a savepoint for
each, so that it is refused or fails by itself. What comes of it is the same as if each had been alone.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from time import thread_time

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError, OperationalError

from app import mails, queries
from app.actions import ACTIONS
from app.deferring import Deferred, deferring
from app.errors import ActionRefused, ChangedMeanwhile, say_failed
from app.extensions import db, give_way, remembering, transaction
from app.history import Actor, person
from app.jobs.leasing import JOBS, comes_again, goes_on, record_refusal
from app.jobs.record_kinds import kind_of_records
from app.jobs.time_slices import turns
from app.models import Job, JobTask, Order, Staff
from app.numbering import hold_counters, savepoint
from app.queues.holding import in_job

log = logging.getLogger(__name__)

#: So many orders at most share a transaction, for so many seconds: somebody at a screen may be waiting for its end,
#: which comes half as much later, for it is written then, and is to wait for a tenth of a second at most. What counts
#: is the time of this thread: on a busy machine the same work takes longer for everybody.
MOST_AT_ONCE, AT_ONCE_FOR = 100, 0.06
#: So many are loaded at first; how many of them are done in that time says how many are loaded then.
FIRST_AT_ONCE = 5


def run_slice(job_id: int, task: JobTask, worker: str, seconds: float) -> int:
    """Do the next orders for so many seconds; answers how many were looked after."""
    count, most, are_apart = 0, FIRST_AT_ONCE, False
    for _turn in turns(seconds):
        wanted = Wanted(job_id, task, worker, min(seconds, AT_ONCE_FOR))
        try:
            done = do_some(wanted, most, are_apart=are_apart)
        except Spoilt:
            are_apart = True  # the next ones, too: they are likely to be such orders
            done = do_some(wanted, most, are_apart=True)
        if not done:
            break
        count += done
        most = min(MOST_AT_ONCE, 2 * most) if done >= most else max(FIRST_AT_ONCE, done + 1)
    return count


class Spoilt(Exception):
    """An order that shares a transaction without a savepoint was refused, or failed, when it was begun already."""


@dataclass(frozen=True)
class Wanted:
    """Which job is gone on with, by whom, and for how many seconds a transaction."""

    job_id: int
    task: JobTask
    worker: str
    seconds: float


def do_some(wanted: Wanted, most: int, *, are_apart: bool) -> int:
    """The next orders in one transaction; one alone where somebody else holds what they need together.

    Raises Spoilt where they have to be apart, each in a savepoint.
    """
    try:
        with transaction():
            return do_next(wanted, most, are_apart=are_apart)
    except (OperationalError, IntegrityError):
        log.info("job %s: its next orders could not be done together, so one is alone", wanted.job_id, exc_info=True)
    with transaction():
        return do_next(wanted, 1, are_apart=True)


def do_next(wanted: Wanted, most: int, *, are_apart: bool) -> int:
    """As many as that, as far as the time reaches, one at least; 0 when there is nothing to do any more."""
    ends = thread_time() + wanted.seconds
    job = JOBS.held_by(wanted.worker, wanted.job_id)
    if job is None or not goes_on(job, ACTIONS[job.action].right):
        return 0
    if job.report.get("records"):
        most = 1  # each locks an order of its own before it
    numbers = wanted.task["numbers"][job.done : job.done + most]
    with remembering(), hold_counters():
        hand = InHand(job, wanted.task, numbers, are_apart=are_apart)
        for number in numbers:
            hand.do_to_next(number)
            if thread_time() >= ends:
                break
        hand.write_down()
    job.done += hand.count
    JOBS.renew(job)
    return hand.count


class InHand:
    """The orders of one transaction."""

    def __init__(self, job: Job, task: JobTask, numbers: Sequence[str], *, are_apart: bool):
        self.job, self.task, self.action, self.count = job, task, ACTIONS[job.action], 0
        self.undone = ACTIONS[task["undoes"]] if task.get("undoes") else None
        self.by: Actor = person(db.session.get_one(Staff, job.staff_id))
        self.is_alone = len(numbers) == 1
        self.is_apart = are_apart or self.is_alone
        # who is alone keeps the order of locks, and gives no way
        self.deferred = None if self.is_alone else Deferred(are_ids_ahead=not self.is_apart)
        self.loaded: dict[str, Order] = {}
        if not self.is_alone:
            give_way()
            self.loaded = {order.number: order for order in queries.locked_orders(numbers)}
            mails.remember_keys([order.id for order in self.loaded.values()])

    def do_to_next(self, number: str) -> None:
        """If the action refuses or fails, only what it did is taken back, and the reason kept."""
        is_begun = False
        try:
            with deferring(self.deferred), savepoint() if self.is_apart else nullcontext(), in_job(self.job.id):
                record = self.find_record(number)
                is_begun = True
                result = self.action(record, by=self.by, **self.task["how"])
            if reason := self.action.in_vain(result):
                record_refusal(self.job, "refused", reason, number)
        except (ActionRefused, ChangedMeanwhile) as no:
            if is_begun and not self.is_apart:
                raise Spoilt from no
            record_refusal(self.job, "refused", str(no), number)
        except Exception as error:
            if not self.is_apart and not isinstance(error, OperationalError):
                raise Spoilt from error  # the transaction may be good for nothing any more
            if not self.is_apart or self.is_passing(error):
                raise
            log.exception("job %s: %s failed on %s", self.job.id, self.action.name, number)
            record_refusal(self.job, "failed", say_failed(error), number)
        self.count += 1

    def write_down(self) -> None:
        """What waited for the end of the transaction; whose fault it is when that fails is seen apart."""
        try:
            if self.deferred:
                self.deferred.write_down()
                db.session.flush()
        except (OperationalError, IntegrityError):
            raise
        except Exception as error:
            if self.is_apart:
                raise
            raise Spoilt from error

    def find_record(self, number: str) -> object:
        """What the action is done to; refused where it would refuse before it begins."""
        record = self.find_listed(int(number)) if self.job.report.get("records") else self.find_on_order(number)
        if reason := self.action.why_not(record):
            raise ActionRefused(reason)
        return record

    def find_on_order(self, number: str) -> object:
        order = self.loaded.pop(number, None) or queries.locked_order(number)
        if order is None:
            raise ActionRefused(_("There is no such order."))
        return self.undone.undo_on(order) if self.undone and self.undone.undo_on else order

    def find_listed(self, record_id: int) -> object:
        """A record of a list; refused where the action refuses it among many."""
        kind = kind_of_records(self.job)
        record = queries.locked_record(kind, record_id) if kind else None
        if record is None:
            raise ActionRefused(_("It is no longer there."))
        if self.action.many and (reason := self.action.many.why_not(record)):
            raise ActionRefused(reason)
        return record

    def is_passing(self, error: Exception) -> bool:
        """Whether it may be that others are in the way, together more than alone."""
        return comes_again(self.job, error) or (not self.is_alone and isinstance(error, OperationalError))
