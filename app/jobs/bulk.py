"""A slice of a bulk action: the next orders, some to a transaction that also holds the job's progress.

Each is in a savepoint, so that it is refused or fails by itself. Their parts are loaded together, what they have in
common is asked for once, and what nobody reads before the end of the transaction is written together then. What comes
of it is the same as if each had been alone.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import thread_time

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError, OperationalError

from app import queries
from app.actions import ACTIONS
from app.deferring import Deferred, deferring
from app.errors import ActionRefused, ChangedMeanwhile, say_failed
from app.extensions import db, give_way, remembering, transaction
from app.history import Actor, person
from app.jobs.leasing import JOBS, comes_again, goes_on, record_refusal
from app.jobs.time_slices import turns
from app.models import Job, JobTask, Order, Staff
from app.numbering import hold_counters, savepoint
from app.queues.holding import in_job

log = logging.getLogger(__name__)

#: So many orders at most share a transaction, for so many seconds: somebody at a screen may be waiting for its end.
#: What counts is the time of this thread: on a busy machine the same work takes longer for everybody.
MOST_AT_ONCE, AT_ONCE_FOR = 25, 0.05
#: So many are loaded at first; how many of them are done in that time says how many are loaded then.
FIRST_AT_ONCE = 5


def run_slice(job_id: int, task: JobTask, worker: str, seconds: float) -> int:
    """Do the next orders for so many seconds; answers how many were looked after."""
    count, most = 0, FIRST_AT_ONCE
    for _turn in turns(seconds):
        done = do_some(job_id, task, worker, most, min(seconds, AT_ONCE_FOR))
        if not done:
            break
        count += done
        most = min(MOST_AT_ONCE, 2 * most) if done >= most else max(FIRST_AT_ONCE, done + 1)
    return count


def do_some(job_id: int, task: JobTask, worker: str, most: int, seconds: float) -> int:
    """The next orders in one transaction; one alone where somebody else holds what they need together."""
    try:
        with transaction():
            return do_next(job_id, task, worker, most, seconds)
    except (OperationalError, IntegrityError):
        log.info("job %s: its next orders could not be done together, so one is alone", job_id, exc_info=True)
    with transaction():
        return do_next(job_id, task, worker, 1, seconds)


def do_next(job_id: int, task: JobTask, worker: str, most: int, seconds: float) -> int:
    """As many as that, as far as the time reaches, one at least; 0 when there is nothing to do any more."""
    job = JOBS.held_by(worker, job_id)
    if job is None or not goes_on(job, ACTIONS[job.action].right):
        return 0
    numbers = task["numbers"][job.done : job.done + most]
    with remembering(), hold_counters():
        hand = InHand(job, task, numbers)
        ends = thread_time() + seconds
        for number in numbers:
            hand.do_to_next(number)
            if thread_time() >= ends:
                break
        if hand.deferred:
            hand.deferred.write_down()
            db.session.flush()
    job.done += hand.count
    JOBS.renew(job)
    return hand.count


class InHand:
    """The orders of one transaction."""

    def __init__(self, job: Job, task: JobTask, numbers: Sequence[str]):
        self.job, self.task, self.action, self.count = job, task, ACTIONS[job.action], 0
        self.undone = ACTIONS[task["undoes"]] if task.get("undoes") else None
        self.by: Actor = person(db.session.get_one(Staff, job.staff_id))
        self.is_alone = len(numbers) == 1
        self.deferred = None if self.is_alone else Deferred()  # who is alone keeps the order of locks, and gives no way
        self.loaded: dict[str, Order] = {}
        if not self.is_alone:
            give_way()
            self.loaded = {order.number: order for order in queries.locked_orders(numbers)}

    def do_to_next(self, number: str) -> None:
        """If the action refuses or fails, only what it did is taken back, and the reason kept."""
        try:
            with deferring(self.deferred), savepoint(), in_job(self.job.id):
                self.do(number)
        except (ActionRefused, ChangedMeanwhile) as no:
            record_refusal(self.job, "refused", str(no), number)
        except Exception as error:
            if self.is_passing(error):
                raise
            log.exception("job %s: %s failed on order %s", self.job.id, self.action.name, number)
            record_refusal(self.job, "failed", say_failed(error), number)
        self.count += 1

    def do(self, number: str) -> None:
        order = self.loaded.pop(number, None) or queries.locked_order(number)
        if order is None:
            raise ActionRefused(_("There is no such order."))
        record = self.undone.undo_on(order) if self.undone and self.undone.undo_on else order
        self.action(record, by=self.by, **self.task["how"])

    def is_passing(self, error: Exception) -> bool:
        """Whether it may be that others are in the way, together more than alone."""
        return comes_again(self.job, error) or (not self.is_alone and isinstance(error, OperationalError))
