"""What the worker calls: a slice of the job that waits longest, and throwing old files away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from app.columns import now
from app.extensions import db, read_only, transaction
from app.intake.batches import throw_old_files_away
from app.jobs import bulk, importing, printing
from app.jobs.leasing import JOBS, claim, finish, let_go, try_again_later
from app.models import Job, JobKind, JobState, JobTask

log = logging.getLogger(__name__)

#: Seconds of one slice; then mails and other jobs have their turn, and a worker that is told to stop can.
SLICE = 2.0

#: How long a PDF of many orders can be fetched.
KEEP_JOBS_FOR = timedelta(days=7)

#: Of the database or the machine; in a transaction that failed already SQLAlchemy says InvalidRequestError.
NOT_ITS_FAULT = (DBAPIError, InvalidRequestError, OSError, MemoryError)

Slice = Callable[[int, JobTask, str, float], int]

RUNNERS: dict[JobKind, Slice] = {
    JobKind.BULK: bulk.run_slice,
    JobKind.IMPORT: importing.run_import,
    JobKind.UNDO_IMPORT: importing.run_undo,
    **{kind: partial(printing.run_slice, kind) for kind in printing.PRINTS},
}


def work_on_jobs(worker: str, *, seconds: float = SLICE) -> int:
    """Do a slice of the job that waits longest; answers how many orders it took on, so that more is asked for."""
    with transaction(), read_only():
        if not JOBS.is_any_due():
            return 0
    with transaction():
        job = claim(worker)
        if job is None:
            return 0
        job_id, kind, task = job.id, job.kind, job.task
    end_slice = let_go
    try:
        with force_locale(task["language"]):
            count = slice_of(job_id, kind, task, worker, seconds)
    except NOT_ITS_FAULT:
        end_slice = try_again_later
        raise
    finally:
        with transaction():
            end_slice(worker, job_id)
    return max(count, 1)


def slice_of(job_id: int, kind: JobKind, task: JobTask, worker: str, seconds: float) -> int:
    """A job that can't be done at all is over; it goes on later when it was the database or the machine that failed."""
    try:
        return RUNNERS[kind](job_id, task, worker, seconds)
    except NOT_ITS_FAULT:
        raise
    except Exception:
        log.exception("job %s (%s) failed", job_id, kind)
        with transaction():
            if job := JOBS.held_by(worker, job_id):
                finish(job, JobState.STOPPED, _("An error that nobody expected; it is in the log."))
        return 0


def purge() -> None:
    """Throw away the PDFs that nobody came for within a week, and old files of orders; then nothing goes on, either."""
    throw_old_files_away()
    stopped = select(Job).where(Job.state == JobState.STOPPED, Job.finished_at < now() - KEEP_JOBS_FOR).order_by(Job.id)
    for job in db.session.scalars(stopped):
        finish(job, JobState.FAILED, job.last_error)
    old = select(Job).where(Job.kind.in_(printing.PRINTS), Job.finished_at < now() - KEEP_JOBS_FOR).order_by(Job.id)
    for job in db.session.scalars(old):
        if job.report.get("file") or job.report.get("parts"):
            printing.remove_files(job)
