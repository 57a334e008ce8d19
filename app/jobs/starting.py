"""Starting a job, once, and stopping it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor
from app.jobs.leasing import finish
from app.models import Job, JobKind, JobState, JobTask, Staff

#: Among so many of the person's latest jobs the same one is looked for.
LATEST = 20


def start(
    kind: JobKind,
    numbers: Sequence[str],
    *,
    by: Actor,
    how: Mapping[str, object],
    language: str,
    once: str,
    back: str = "",
    action: str = "",
    subject_id: int | None = None,
    records: str = "",
) -> Job:
    """Leave the work on these orders to the worker; it begins when the caller commits.

    A bulk job says which `action`, an import which batch. `language` is the one in which refusals are told, `back` the
    list that the person came from. `records` is the table of whose rows the numbers are ids, where they are of no
    orders. The same `once` of the same person answers with the job there is: a double click.
    """
    db.session.scalar(select(Staff.id).where(Staff.id == by.staff_id).with_for_update(key_share=True))
    if already := find_started(once, by):
        return already
    task: JobTask = {"numbers": list(numbers), "how": dict(how), "language": language, "once": once, "back": back}
    report = {"records": records} if records else {}
    who = {"actor_name": by.name, "staff_id": by.staff_id}
    job = Job(kind=kind, action=action, subject_id=subject_id, task=task, total=len(numbers), report=report, **who)
    db.session.add(job)
    db.session.flush()
    return job


def find_started(once: str, by: Actor) -> Job | None:
    latest = select(Job).where(Job.staff_id == by.staff_id).order_by(Job.id.desc()).limit(LATEST)
    return next((job for job in db.session.scalars(latest) if once and job.task["once"] == once), None)


def why_not_cancel_rest(job: Job) -> str:
    return "" if job.state in (JobState.WAITING, JobState.RUNNING) else _("This job is over.")


def cancel_rest(job_id: int, *, by: Actor) -> Job | None:
    """Stop a job: what is done stays done, the order being done is finished, the rest is left as it is."""
    job = db.session.scalar(select(Job).where(Job.id == job_id).with_for_update())
    if job is None:
        return None
    if reason := why_not_cancel_rest(job):
        raise ActionRefused(reason)
    job.report = {**job.report, "cancelled_by": by.name}
    finish(job)
    return job


def why_not_go_on(job: Job) -> str:
    if job.state != JobState.STOPPED:
        return _("This job was not stopped.")
    return _("This job has been undone.") if job.report.get("undone_by") else ""


def go_on(job_id: int) -> Job | None:
    """Let a job that met an unexpected error go on where it was: each order is done with the job's progress, or not."""
    job = db.session.scalar(select(Job).where(Job.id == job_id).with_for_update())
    if job is None:
        return None
    if reason := why_not_go_on(job):
        raise ActionRefused(reason)
    job.state, job.finished_at, job.last_error = JobState.WAITING, None, ""
    job.due_at, job.attempts = now(), 0
    return job
