"""Which job is next, and who works on it. Each function is a step inside a short transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import defer

from app.columns import now
from app.extensions import db
from app.models import Job, JobState, Staff
from app.security.rights import grants

#: Longer than any one step of a job. A worker that died is replaced when this is over.
LEASE = timedelta(minutes=2)


def is_free() -> ColumnElement[bool]:
    """Unfinished, and nobody works on it: not begun, let go after a slice, or left behind by a worker that died."""
    unleased = or_(Job.leased_until.is_(None), Job.leased_until < now())
    return and_(Job.state.in_((JobState.WAITING, JobState.RUNNING)), unleased)


def is_any_free() -> bool:
    return bool(db.session.scalar(select(exists().where(is_free()))))


def claim(worker: str) -> Job | None:
    """Take the job that has waited longest since it came or since its last slice; None when there is none.

    Two workers never take the same: PostgreSQL skips rows that another one has locked, SQLite has one writer at a time.
    """
    waited_since = func.coalesce(Job.leased_until, Job.created_at)
    query = select(Job).where(is_free()).order_by(waited_since, Job.id).limit(1).with_for_update(skip_locked=True)
    job = db.session.scalars(query).one_or_none()
    if job is not None:
        job.state, job.worker, job.leased_until = JobState.RUNNING, worker, now() + LEASE
    return job


def held_by(worker: str, job_id: int) -> Job | None:
    """The job, locked, while this worker still holds it and nobody has stopped it; its long task stays where it is."""
    query = select(Job).where(Job.id == job_id, Job.worker == worker, Job.state == JobState.RUNNING)
    return db.session.scalars(query.options(defer(Job.task)).with_for_update()).one_or_none()


def renew(job: Job, more: timedelta = timedelta(0)) -> None:
    """Keep the job for the next step; one that takes long needs `more`."""
    job.leased_until = now() + LEASE + more


def let_go(worker: str, job_id: int) -> None:
    """After a slice: whoever is free next goes on, and no other job has to wait for the whole of this one."""
    if job := held_by(worker, job_id):
        job.worker, job.leased_until = "", now()


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
    job.state, job.finished_at, job.last_error = state, now(), error
    job.worker, job.leased_until = "", None


def record_refusal(job: Job, what: str, reason: str, number: str) -> None:
    """Write down in the job's report why an order was refused, or that it failed."""
    group: dict[str, Any] = job.report.get(what, {})
    job.report = {**job.report, what: {**group, reason: [*group.get(reason, []), number]}}
