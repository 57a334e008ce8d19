"""A slice of a bulk action: the next orders, each in one transaction with the job's progress."""

from __future__ import annotations

import logging

from flask_babel import gettext as _

from app import queries
from app.actions import ACTIONS, Action
from app.errors import ActionRefused, ChangedMeanwhile, say_failed
from app.extensions import db, transaction
from app.history import person
from app.jobs.leasing import JOBS, comes_again, goes_on, record_refusal
from app.jobs.time_slices import turns
from app.models import Job, JobTask, Staff
from app.queues.holding import in_job

log = logging.getLogger(__name__)


def run_slice(job_id: int, task: JobTask, worker: str, seconds: float) -> int:
    """Do the next orders for so many seconds; answers how many were looked after."""
    count = 0
    for _turn in turns(seconds):
        with transaction():
            job = JOBS.held_by(worker, job_id)
            if job is None or not goes_on(job, ACTIONS[job.action].right):
                break
            do_to_next(job, ACTIONS[job.action], task)
            JOBS.renew(job)
            count += 1
    return count


def do_to_next(job: Job, action: Action, task: JobTask) -> None:
    """Run the action on the next order; if it refuses or fails, only what it did is taken back, and the reason kept."""
    number, staff = task["numbers"][job.done], db.session.get_one(Staff, job.staff_id)
    try:
        with db.session.begin_nested():
            order = queries.locked_order(number)
            if order is None:
                raise ActionRefused(_("There is no such order."))
            undone = ACTIONS[task["undoes"]] if task.get("undoes") else None
            record = undone.undo_on(order) if undone and undone.undo_on else order
            with in_job(job.id):
                action(record, by=person(staff), **task["how"])
    except (ActionRefused, ChangedMeanwhile) as no:
        record_refusal(job, "refused", str(no), number)
    except Exception as error:
        if comes_again(job, error):
            raise
        log.exception("job %s: %s failed on order %s", job.id, action.name, number)
        record_refusal(job, "failed", say_failed(error), number)
    job.done += 1
