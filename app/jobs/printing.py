"""One PDF of the documents of many orders: made in parts, put together at the end, kept for a week."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from app.documents import printing
from app.documents.merging import merged
from app.documents.render_process import RenderFailed
from app.extensions import db, read_only, transaction
from app.jobs.leasing import JOBS, finish, record_refusal
from app.jobs.time_slices import turns
from app.models import Job, JobKind, JobTask, StoredFile

#: Kinds of jobs that print.
PRINTS = {
    JobKind.PRINT_INVOICES: _l("Print invoices"),
    JobKind.PRINT_PACKING_SLIPS: _l("Print packing slips"),
}

#: What is said of an order that has none of them.
NOTHING_TO_PRINT = {
    JobKind.PRINT_INVOICES: _l("There is no invoice yet."),
    JobKind.PRINT_PACKING_SLIPS: _l("There is no packing slip: use Create packing slip first."),
}

#: What putting the parts together takes at most per order.
PUTTING_TOGETHER = timedelta(seconds=0.1)

#: So many orders are printed between two looks at whether to go on.
STEP = 10


def run_slice(kind: JobKind, job_id: int, task: JobTask, worker: str, seconds: float) -> int:
    """Print the next orders for so many seconds; after the last one put the parts together."""
    count = 0
    for _turn in turns(seconds):
        with transaction():
            job = JOBS.held_by(worker, job_id)
            if job is None:
                return count
            done, parts = job.done, job.report.get("parts", [])
            if done >= job.total:
                JOBS.renew(job, PUTTING_TOGETHER * job.total)
        if done >= len(task["numbers"]):
            put_together(job_id, kind, worker, parts)
            return count + 1
        count += print_step(job_id, kind, worker, task["numbers"][done : done + STEP])
    return count


def print_step(job_id: int, kind: JobKind, worker: str, numbers: list[str]) -> int:
    """Print these orders as one part. Nothing is locked meanwhile."""
    documents, failed = [], []
    with transaction(), read_only():
        for number in numbers:
            try:
                documents.append(printing.many([number], invoices=kind == JobKind.PRINT_INVOICES))
            except RenderFailed:
                failed.append(number)
        without = printing.numbers_without(numbers, invoices=kind == JobKind.PRINT_INVOICES)
    content = [document for document in documents if document]
    with transaction():
        job = JOBS.held_by(worker, job_id)
        if job is None:
            return 0
        for number in failed:
            record_refusal(job, "failed", _("It can’t be printed; the reason is in the log."), number)
        for number in without:
            record_refusal(job, "refused", str(NOTHING_TO_PRINT[kind]), number)
        if content:
            part = store_content(f"{kind}-{job_id}-{job.done}.pdf", merged(content))
            job.report = {**job.report, "parts": [*job.report.get("parts", []), part.id]}
        job.done += len(numbers)
        JOBS.renew(job)
    return len(numbers)


def put_together(job_id: int, kind: JobKind, worker: str, parts: list[int]) -> None:
    with transaction(), read_only():
        query = select(StoredFile.content).where(StoredFile.id.in_(parts)).order_by(StoredFile.id)
        contents = list(db.session.scalars(query))
    whole = merged(contents) if contents else None
    with transaction():
        job = JOBS.held_by(worker, job_id)
        if job is None:
            return
        db.session.execute(delete(StoredFile).where(StoredFile.id.in_(parts)))
        file = store_content(f"{kind}-{job_id}.pdf", whole) if whole else None
        job.report = {**job.report, "parts": [], "file": file.id if file else None}
        finish(job)


def store_content(name: str, content: bytes) -> StoredFile:
    digest = hashlib.sha256(content).hexdigest()
    file = StoredFile(name=name, media_type="application/pdf", content=content, sha256=digest)
    db.session.add(file)
    db.session.flush()
    return file


def remove_files(job: Job) -> None:
    """The PDF of a job, and the parts of one that was cancelled, are only kept for a while."""
    ids = [*job.report.get("parts", []), job.report.get("file")]
    db.session.execute(delete(StoredFile).where(StoredFile.id.in_([id for id in ids if id])))
    job.report = {**job.report, "parts": [], "file": None}
