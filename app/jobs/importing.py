"""Bringing an uploaded file in, and undoing that.

Orders come in many to a transaction (`app/intake/together.py`), which holds the job's progress, too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import defer

from app.actions.outside_shops import note_file_of
from app.errors import ActionRefused, say_failed
from app.extensions import db, read_only, transaction
from app.history import Actor, person
from app.intake import together
from app.intake.accept import Taken, take_in
from app.intake.batches import is_added_by, mapping_of, set_undone, text_of, undo_order, why_not_begin, why_not_undo
from app.intake.together import as_failed, in_one_transaction, take_together
from app.intake_readers import Found, count_in, orders_in
from app.jobs.leasing import JOBS, comes_again, finish, goes_on, record_refusal
from app.jobs.starting import start
from app.jobs.time_slices import turns
from app.models import Arrival, ImportBatch, InvoicesFor, Job, JobKind, JobTask, Order, ShopKey, Staff
from app.queries import planner, shop

log = logging.getLogger(__name__)

IMPORTS = {JobKind.IMPORT: _l("Import"), JobKind.UNDO_IMPORT: _l("Undo import")}
RIGHTS = {JobKind.IMPORT: "imports.files", JobKind.UNDO_IMPORT: "imports.undo"}

#: Of a file that is being read: what was read of it is only known to be taken in when that is committed.
NOWHERE = -1

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
    ahead: Sequence[Found] = ()  # what was read and is not taken in yet


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
        position, reading.position = reading.position, NOWHERE
        found = [*reading.ahead, *islice(reading.orders, together.MOST_TOGETHER - len(reading.ahead))]
        taken = in_one_transaction(found, partial(take_some, worker, job_id, reading))
        if not taken:
            planner.refresh_statistics()
            break
        reading.position, reading.ahead = position + taken, found[taken:]
        count += taken
    return count


def take_some(worker: str, job_id: int, reading: Reading, found: Sequence[Found]) -> int:
    """Take in what was found, as far as the time reaches; answers how many, 0 when that was not to be done any more."""
    job = JOBS.held_by(worker, job_id)
    if job is None:
        return 0
    job.total = reading.total
    if not found:
        finish(job)
    elif goes_on(job, RIGHTS[JobKind.IMPORT]):
        taken = take_together(
            found, reading.shop, take=taking(job, reading), keep_failed=partial(keep_failed, job, reading)
        )
        for one in taken:
            job.report = {**job.report, one.result: job.report.get(one.result, 0) + 1}
        job.done += len(taken)
        JOBS.renew(job)
        return len(taken)
    return 0


def taking(job: Job, reading: Reading) -> Callable[[Found, bool], Taken]:
    """How the orders of the file are taken in."""
    by = person(db.session.get_one(Staff, job.staff_id))

    def take(found: Found, is_new: bool) -> Taken:
        return take_in(
            found,
            shop=reading.shop,
            origin=reading.file_name,
            by=by,
            notify=reading.notify,
            invoices=reading.invoices,
            batch_id=reading.batch_id,
            is_new=is_new,
        )

    return take


def keep_failed(job: Job, reading: Reading, found: Found, error: Exception) -> Taken:
    """The payload waits in quarantine, unless it is the database that failed."""
    if comes_again(job, error):
        raise error
    log.error("job %s: the order %s could not be taken in", job.id, found.external_id, exc_info=error)
    return taking(job, reading)(as_failed(found, say_failed(error)), False)


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
    except Exception as error:
        if comes_again(job, error):
            raise
        log.exception("job %s: undoing arrival %s failed", job.id, arrivals[job.done])
        record_refusal(job, "failed", say_failed(error), number_of(arrival))
    job.done += 1
    if job.done == job.total and not job.report:
        set_undone(batch, by=by)


def number_of(arrival: Arrival) -> str:
    return db.session.scalar(select(Order.number).where(Order.id == arrival.order_id)) or ""
