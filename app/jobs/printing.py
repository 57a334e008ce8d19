"""One PDF or ZIP of the documents of many orders: made in parts, put together at the end, kept for a week."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from app.documents import printing
from app.documents.merging import merged
from app.documents.render_process import RenderFailed
from app.extensions import db, let_others_write, read_only, transaction
from app.jobs.leasing import JOBS, finish, record_refusal
from app.jobs.time_slices import turns
from app.jobs.zipping import put_zips_together, zip_documents
from app.models import PRINTING_KINDS, Job, JobKind, JobTask, StoredFile

PRINT_TITLES = {
    JobKind.PRINT_INVOICES: _l("Print invoices"),
    JobKind.PRINT_PACKING_SLIPS: _l("Print packing slips"),
    JobKind.ZIP_INVOICES: _l("Invoices as ZIP"),
}

#: Kinds of jobs that print, with their titles.
PRINTS = {kind: PRINT_TITLES[kind] for kind in PRINTING_KINDS}

#: What is said of an order that has none of them.
NOTHING_TO_PRINT = {
    JobKind.PRINT_INVOICES: _l("There is no invoice yet."),
    JobKind.PRINT_PACKING_SLIPS: _l("There is no packing slip: use Create packing slip first."),
    JobKind.ZIP_INVOICES: _l("There is no invoice yet."),
}


@dataclass(frozen=True)
class Collection:
    """What becomes of the documents of orders: one file of some orders, and one of several such files."""

    collect: Callable[[Sequence[str], Mapping[str, object]], bytes | None]
    put_together: Callable[[Sequence[bytes], Mapping[str, object]], bytes]
    media_type: str
    ending: str


COLLECTIONS = {
    JobKind.PRINT_INVOICES: Collection(
        lambda numbers, how: printing.many(numbers, invoices=True),
        lambda parts, how: merged(parts),
        "application/pdf",
        "pdf",
    ),
    JobKind.PRINT_PACKING_SLIPS: Collection(
        lambda numbers, how: printing.many(numbers, invoices=False),
        lambda parts, how: merged(parts),
        "application/pdf",
        "pdf",
    ),
    JobKind.ZIP_INVOICES: Collection(zip_documents, put_zips_together, "application/zip", "zip"),
}

#: What putting the parts together takes at most per order.
PUTTING_TOGETHER = timedelta(seconds=0.1)

#: So many orders are printed between two looks at whether to go on, and so many where all is printed already.
STEP, STORED_STEP = 10, 50


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
            put_together(job_id, kind, worker, parts, task["how"])
            return count + 1
        numbers = next_step(kind, task["numbers"][done : done + STORED_STEP])
        count += print_step(job_id, kind, worker, numbers, task["how"])
    return count


def next_step(kind: JobKind, numbers: list[str]) -> list[str]:
    with transaction(), read_only():
        is_stored = not count_unprinted(kind, numbers)
    return numbers if is_stored else numbers[:STEP]


def print_step(job_id: int, kind: JobKind, worker: str, numbers: list[str], how: Mapping[str, object]) -> int:
    """Print these orders as one part. Nothing is locked meanwhile."""
    collection = COLLECTIONS[kind]
    with transaction(), read_only():
        content, failed = collect_documents(collection, numbers, how)
        without = numbers_without(kind, numbers)
    with transaction():
        job = JOBS.held_by(worker, job_id)
        if job is None:
            return 0
        for number in failed:
            record_refusal(job, "failed", _("It can’t be printed; the reason is in the log."), number)
        for number in without:
            record_refusal(job, "refused", str(NOTHING_TO_PRINT[kind]), number)
        if content:
            part = store_content(f"{kind}-{job_id}-{job.done}", collection.put_together(content, {}), collection)
            job.report = {**job.report, "parts": [*job.report.get("parts", []), part.id]}
        job.done += len(numbers)
        JOBS.renew(job)
    return len(numbers)


def collect_documents(
    collection: Collection, numbers: list[str], how: Mapping[str, object]
) -> tuple[list[bytes], list[str]]:
    """The documents of these orders, and the orders of which one can't be printed: they are found one by one."""
    if len(numbers) > 1:
        with suppress(RenderFailed):
            whole = collection.collect(numbers, how)
            return [whole] if whole else [], []
        let_others_write()  # what was printed by then is seen, and not drawn anew
    documents, failed = [], []
    for number in numbers:
        try:
            documents.append(collection.collect([number], how))
        except RenderFailed:
            failed.append(number)
    return [document for document in documents if document], failed


def put_together(job_id: int, kind: JobKind, worker: str, parts: list[int], how: Mapping[str, object]) -> None:
    with transaction(), read_only():
        query = select(StoredFile.content).where(StoredFile.id.in_(parts)).order_by(StoredFile.id)
        contents = list(db.session.scalars(query))
    collection = COLLECTIONS[kind]
    whole = collection.put_together(contents, how) if contents else None
    with transaction():
        job = JOBS.held_by(worker, job_id)
        if job is None:
            return
        db.session.execute(delete(StoredFile).where(StoredFile.id.in_(parts)))
        file = store_content(f"{kind}-{job_id}", whole, collection) if whole else None
        job.report = {**job.report, "parts": [], "file": file.id if file else None}
        finish(job)


def numbers_without(kind: JobKind, numbers: Sequence[str]) -> list[str]:
    """Of which of these orders nothing is printed, in this order."""
    return printing.numbers_without(numbers, invoices=kind != JobKind.PRINT_PACKING_SLIPS)


def count_unprinted(kind: JobKind, numbers: Sequence[str]) -> int:
    """How many documents of these orders have to be drawn first."""
    return printing.count_unprinted(numbers, invoices=kind != JobKind.PRINT_PACKING_SLIPS)


def collect_at_once(kind: JobKind, numbers: Sequence[str]) -> bytes:
    """The file of a few orders, each of which has documents. Raises RenderFailed."""
    part = COLLECTIONS[kind].collect(numbers, {})
    return COLLECTIONS[kind].put_together([part] if part else [], {})


def store_content(name: str, content: bytes, collection: Collection) -> StoredFile:
    digest = hashlib.sha256(content).hexdigest()
    name, media_type = f"{name}.{collection.ending}", collection.media_type
    file = StoredFile(name=name, media_type=media_type, content=content, sha256=digest)
    db.session.add(file)
    db.session.flush()
    return file


def remove_files(job: Job) -> None:
    """The file of a job, and the parts of one that was cancelled, are only kept for a while."""
    ids = [*job.report.get("parts", []), job.report.get("file")]
    db.session.execute(delete(StoredFile).where(StoredFile.id.in_([id for id in ids if id])))
    job.report = {**job.report, "parts": [], "file": None}
