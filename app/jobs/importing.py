"""Bringing an uploaded file in, and undoing that: each order in one transaction with the job's progress."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import defer

from app.actions.outside_shops import note_file_of
from app.errors import ActionRefused
from app.extensions import db, read_only, transaction
from app.history import Actor, person
from app.intake.accept import take_in
from app.intake.batches import is_added_by, mapping_of, set_undone, text_of, undo_order, why_not_begin, why_not_undo
from app.intake_readers import Found, UnreadableOrder, count_in, orders_in
from app.intake_readers.payloads import FILE
from app.jobs.leasing import JOBS, finish, goes_on, record_refusal
from app.jobs.starting import start
from app.jobs.time_slices import turns
from app.models import Arrival, ImportBatch, InvoicesFor, Job, JobKind, JobTask, Order, ShopKey, Staff
from app.queries import planner, shop

log = logging.getLogger(__name__)

IMPORTS = {JobKind.IMPORT: _l("Import"), JobKind.UNDO_IMPORT: _l("Undo import")}
RIGHTS = {JobKind.IMPORT: "imports.files", JobKind.UNDO_IMPORT: "imports.undo"}

#: Opening a long file takes at most so long.
OPENING = timedelta(minutes=10)


# --- beginning ------------------------------------------------------------------------------------------------------


def start_import(batch_id: int, *, by: Actor, language: str) -> Job | None:
    """Leave the file to the worker; None when there is no such file. It is brought in once."""
    batch = lock_batch(batch_id)
    if batch is None:
        return None
    if reason := why_not_begin(batch):
        raise ActionRefused(reason)
    note_file_of(batch.outside_shop, [batch.host] if batch.host else [])
    once = f"import:{batch.id}"
    batch.job = start(JobKind.IMPORT, [], subject_id=batch.id, by=by, how={}, language=language, once=once)
    return batch.job


def start_undo(batch_id: int, *, by: Actor, language: str) -> Job | None:
    """Leave it to the worker to undo what the file brought in; refused when anything happened to one of its orders."""
    batch = lock_batch(batch_id)
    if batch is None:
        return None
    running = undo_job(batch)
    if running is not None and running.finished_at is None:
        return running
    if reason := why_not_undo(batch):
        raise ActionRefused(reason)
    ids = list(db.session.scalars(select(Arrival.id).where(is_added_by(batch)).order_by(Arrival.id)))
    how = {"arrivals": ids}
    job = start(JobKind.UNDO_IMPORT, [], subject_id=batch.id, by=by, how=how, language=language, once="")
    job.total = len(ids)
    return job


def lock_batch(batch_id: int) -> ImportBatch | None:
    return db.session.scalars(select(ImportBatch).where(ImportBatch.id == batch_id).with_for_update()).one_or_none()


def undo_job(batch: ImportBatch) -> Job | None:
    """The latest try at undoing it."""
    own = select(Job).where(Job.kind == JobKind.UNDO_IMPORT, Job.subject_id == batch.id)
    latest = own.order_by(Job.id.desc()).limit(1).options(defer(Job.task))
    return db.session.scalars(latest).one_or_none()


def batch_id_of(job: Job) -> int | None:
    """The file that the job is about; None for jobs of another kind."""
    return job.subject_id if job.kind in IMPORTS else None


# --- bringing in ----------------------------------------------------------------------------------------------------


@dataclass
class Reading:
    """A file that is being read, and how far that is."""

    batch_id: int
    shop: ShopKey
    file_name: str
    notify: bool
    invoices: InvoicesFor
    total: int
    orders: Iterator[Found]
    position: int


#: A slice goes on where the one before it ended: worker, job and its moment -> what is being read, latest last.
readings: dict[tuple[str, int, datetime], Reading] = {}

#: So many files are kept open; others are opened anew when their turn comes.
MOST_OPEN = 3


def run_import(job_id: int, task: JobTask, worker: str, seconds: float) -> int:
    """Take in the next orders of the file for so many seconds."""
    count = 0
    for _turn in turns(seconds):
        reading = reading_of(job_id, worker)
        if reading is None:
            break
        found = next(reading.orders, None)
        reading.position += 1
        with transaction():
            is_more = is_taken_on(JOBS.held_by(worker, job_id), reading, found)
        if not is_more:
            planner.refresh_statistics()
            break
        count += 1
    return count


def is_taken_on(job: Job | None, reading: Reading, found: Found | None) -> bool:
    """Take in what was found; False when that was not to be done any more."""
    if job is None:
        return False
    job.total = reading.total
    if found is None:
        finish(job)
    elif goes_on(job, RIGHTS[JobKind.IMPORT]):
        take_next(job, reading, found)
        JOBS.renew(job)
        return True
    return False


def reading_of(job_id: int, worker: str) -> Reading | None:
    """The file where this worker left it; opened anew when another worker, or nobody, was the last to read it."""
    with transaction():
        job = JOBS.held_by(worker, job_id)
        if job is None:
            return None
        key, done, batch_id = (worker, job_id, job.created_at), job.done, job.subject_id
        reading = readings.pop(key, None)
        is_open = reading is not None and reading.position == done
        if not is_open:
            JOBS.renew(job, OPENING)
    if reading is None or not is_open:
        reading = open_batch(batch_id or 0, done)
    readings[key] = reading
    for old in list(readings)[:-MOST_OPEN]:
        readings.pop(old, None)
    return reading


def open_batch(batch_id: int, done: int) -> Reading:
    """The file from its order number `done` on. Nothing is locked meanwhile."""
    with transaction(), read_only():
        batch = db.session.get_one(ImportBatch, batch_id)
        own, text, mapping = shop(), text_of(batch), mapping_of(batch)
        zone, currency = own.time_zone, own.currency
        key = batch.shop_key
        read = partial(
            Reading,
            batch_id,
            shop=key,
            file_name=batch.file.name,
            notify=batch.notify,
            invoices=batch.invoices_for,
        )
    total = count_in(key.source, text, mapping=mapping, time_zone=zone)
    orders = orders_in(key.source, text, currency=currency, mapping=mapping, time_zone=zone)
    return read(total=total, orders=islice(orders, done, None), position=done)


def take_next(job: Job, reading: Reading, found: Found) -> None:
    """Take one order in; if that fails, only what it did is taken back, and the payload waits in quarantine."""
    by = person(db.session.get_one(Staff, job.staff_id))
    take = partial(
        take_in,
        shop=reading.shop,
        origin=reading.file_name,
        by=by,
        batch_id=reading.batch_id,
        invoices=reading.invoices,
    )
    try:
        with db.session.begin_nested():
            taken = take(found, notify=reading.notify)
    except Exception:
        log.exception("job %s: the order %s could not be taken in", job.id, found.external_id)
        taken = take(failed(found))
    job.report = {**job.report, taken.result: job.report.get(taken.result, 0) + 1}
    job.done += 1


def failed(found: Found) -> Found:
    problem = UnreadableOrder(FILE, _("An error that nobody expected; it is in the log."))
    return Found(found.external_id, found.raw, problem=problem)


# --- undoing --------------------------------------------------------------------------------------------------------


def run_undo(job_id: int, task: JobTask, worker: str, seconds: float) -> int:
    """Undo the next orders that the file added, for so many seconds."""
    count = 0
    for _turn in turns(seconds):
        with transaction():
            job = JOBS.held_by(worker, job_id)
            if job is None or not goes_on(job, RIGHTS[JobKind.UNDO_IMPORT]):
                break
            undo_next(job, db.session.get_one(ImportBatch, job.subject_id), task["how"]["arrivals"])
            JOBS.renew(job)
            count += 1
    return count


def undo_next(job: Job, batch: ImportBatch, arrivals: list[int]) -> None:
    """One order; if that is refused or fails, it stays as it is, and the reason is kept."""
    arrival = db.session.get_one(Arrival, arrivals[job.done])
    by = person(db.session.get_one(Staff, job.staff_id))
    try:
        with db.session.begin_nested():
            undo_order(arrival, batch, by=by)
    except ActionRefused as no:
        record_refusal(job, "refused", str(no), number_of(arrival))
    except Exception:
        log.exception("job %s: undoing arrival %s failed", job.id, arrivals[job.done])
        record_refusal(job, "failed", _("An error that nobody expected; it is in the log."), number_of(arrival))
    job.done += 1
    if job.done == job.total and not job.report:
        set_undone(batch, by=by)


def number_of(arrival: Arrival) -> str:
    return db.session.scalar(select(Order.number).where(Order.id == arrival.order_id)) or ""
