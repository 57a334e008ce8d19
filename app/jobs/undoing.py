"""Taking back what a job did: by another job, on those orders that it changed."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from app.actions import ACTIONS
from app.actions.declaration import AnyAction
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor
from app.jobs.record_kinds import find_kind
from app.jobs.starting import start
from app.models import Job, JobKind, JobState, JobTask


def changed_by(job: Job) -> list[str]:
    """The numbers of the orders that it has changed."""
    groups = (job.report.get(what, {}).values() for what in ("refused", "failed"))
    unchanged = {number for some in groups for numbers in some for number in numbers}
    return [number for number in job.task["numbers"][: job.done] if number not in unchanged]


def untried_by(job: Job) -> list[str]:
    """The numbers of the orders whose turn did not come."""
    numbers: list[str] = job.task["numbers"][job.done :]
    return numbers


def undo_of_job(job: Job) -> AnyAction | None:
    """The action that takes back what it did; None when nothing does."""
    done = ACTIONS.get(job.action) if job.kind == JobKind.BULK else None
    undo = ACTIONS.get(done.undo) if done else None
    records = job.report.get("records", "")
    return undo if undo and (not records or find_kind(undo, records)) else None


def why_not_undo_job(job: Job) -> str:
    if job.state in (JobState.WAITING, JobState.RUNNING):
        return _("This job is still running. Cancel the rest first.")
    if undo_of_job(job) is None:
        return _("What this job did can't be undone.")
    if job.report.get("undone_by"):
        return _("This job has been undone.")
    return "" if changed_by(job) else _("This job changed nothing.")


def take_job_back(job_id: int, *, by: Actor, language: str, back: str) -> Job | None:
    """Start the job that takes back what this one did, once; mails that still wait are withdrawn by it."""
    job = db.session.scalar(select(Job).where(Job.id == job_id).with_for_update())
    if job is None:
        return None
    if reason := why_not_undo_job(job):
        raise ActionRefused(reason)
    action = undo_of_job(job)
    assert action is not None, "why_not_undo_job has looked"
    how = {one.name: False for one in action.inputs if one.is_tick}
    again = start(
        JobKind.BULK,
        changed_by(job),
        action=action.name,
        by=by,
        how=how,
        language=language,
        once="",
        back=back,
        records=job.report.get("records", ""),
    )
    again.task = JobTask(**{**again.task, "undoes": job.action})
    job.report = {**job.report, "undone_by": again.id}
    return again
