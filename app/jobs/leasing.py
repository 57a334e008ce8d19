"""Which job is next, and who works on it. Each function is a step inside a short transaction."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import defer

from app import mails, write_back
from app.columns import now
from app.extensions import db
from app.models import Job, JobKind, JobState, JobTask, Staff
from app.queues.leases import LeasedQueue, free
from app.security.rights import grants

#: A job that the database or the machine fails again and again is given up after most of a day.
JOBS = LeasedQueue(
    Job,
    unfinished=Job.state.in_((JobState.WAITING, JobState.RUNNING)),
    lease=timedelta(minutes=2),
    most_attempts=100,
    pause_after=lambda attempts: timedelta(seconds=min(600, 2 ** min(attempts, 10))),
    taken={"state": JobState.RUNNING},
    options=[defer(Job.task)],  # it is long, and stays where it is
)


#: So often the database may fail a job before it is the order at hand that is to blame.
PATIENCE = 5


def claim(worker: str) -> Job | None:
    """Take the job that has waited longest since it came or since its last slice; None when there is none."""
    return next(iter(JOBS.claim(worker)), None)


def let_go(worker: str, job_id: int) -> None:
    """After a slice: whoever is free next goes on, and no other job has to wait for the whole of this one."""
    if job := JOBS.held_by(worker, job_id):
        free(job)
        job.due_at, job.attempts = now(), 0


def try_again_later(worker: str, job_id: int) -> None:
    """The database or the machine failed it."""
    job = JOBS.held_by(worker, job_id)
    if job is not None and not JOBS.retry(job):
        finish(job, JobState.STOPPED, _("An error that nobody expected; it is in the log."))


def comes_again(job: Job, error: Exception) -> bool:
    """Whether the database failed, and not the order at hand, such as when somebody holds that too long."""
    return isinstance(error, OperationalError) and job.attempts < PATIENCE


def goes_on(job: Job, right: str) -> bool:
    """Whether there is more to do and the person may still do it; else the job is finished."""
    if job.done >= job.total:
        finish(job)
        return False
    staff = db.session.get(Staff, job.staff_id)
    if staff is None or not staff.active or not grants(staff.rights, right):
        finish(job, JobState.FAILED, _("%(name)s no longer has the right to do this.", name=job.actor_name))
        return False
    return True


def finish(job: Job, state: JobState = JobState.DONE, error: str = "") -> None:
    """Whatever became of it: from now on its report offers Undo, and the mails that wait for that go after a while.

    What was typed for many orders is forgotten here: it stands in the History of each, from where it can be erased.
    One that was stopped still needs it to go on.
    """
    if job.kind == JobKind.BULK and state != JobState.STOPPED:
        job.task = JobTask(**{**job.task, "how": {}})
    job.state, job.finished_at, job.last_error = state, now(), error
    mails.let_go_of_job(job.id)
    write_back.let_go_of_job(job.id)
    free(job)


def record_refusal(job: Job, what: str, reason: str, number: str) -> None:
    """Write down in the job's report why an order was refused, or that it failed."""
    group: dict[str, list[str]] = job.report.get(what, {})
    job.report = {**job.report, what: {**group, reason: [*group.get(reason, []), number]}}
