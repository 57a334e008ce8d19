"""Bringing an uploaded file in, and undoing that.

Orders come in many to a transaction, which holds the job's progress, too; each in a savepoint, so that it fails by
itself. What they have in common is asked for once, and their numbers are drawn from counters that are held.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, islice
from time import monotonic

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import defer

from app.actions.customers import look_up_customers
from app.actions.outside_shops import note_file_of
from app.deferring import Deferred, deferring
from app.errors import ActionRefused, say_failed
from app.extensions import db, give_way, read_only, remembering, transaction
from app.history import SYSTEM, Actor, person
from app.intake.accept import take_in
from app.intake.batches import is_added_by, mapping_of, set_undone, text_of, undo_order, why_not_begin, why_not_undo
from app.intake_readers import Found, UnreadableOrder, count_in, orders_in
from app.intake_readers.payloads import FILE
from app.jobs.leasing import JOBS, comes_again, finish, goes_on, record_refusal
from app.jobs.starting import start
from app.jobs.time_slices import turns
from app.models import Arrival, ImportBatch, InvoicesFor, Job, JobKind, JobTask, Order, ShopKey, Staff
from app.numbering import hold_ahead, hold_counters, savepoint
from app.queries import ids_unknown, planner, shop

log = logging.getLogger(__name__)

IMPORTS = {JobKind.IMPORT: _l("Import"), JobKind.UNDO_IMPORT: _l("Undo import")}
RIGHTS = {JobKind.IMPORT: "imports.files", JobKind.UNDO_IMPORT: "imports.undo"}

#: So many orders at most are taken in by one transaction, for so many seconds: others who write wait for its end.
MOST_TOGETHER, TOGETHER_FOR = 25, 0.2

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


class NotTogether(Exception):
    """What orders left to the end of their transaction can't be written: whose fault that is, is seen singly."""


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
    by: Actor = SYSTEM
    unknown: set[str] = field(default_factory=set)  # ids of orders that were not here when the transaction began
    deferred: Deferred | None = None  # what the new ones of the transaction write at its end


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
        found = list(islice(reading.orders, MOST_TOGETHER))
        taken = take_on(worker, job_id, reading, found)
        if not taken:
            planner.refresh_statistics()
            break
        reading.position, reading.orders = position + taken, chain(found[taken:], reading.orders)
        count += taken
    return count


def take_on(worker: str, job_id: int, reading: Reading, found: list[Found]) -> int:
    """Take in what was found, together; the first alone where somebody else holds, or threw away, what they need."""
    try:
        with transaction():
            return take_some(JOBS.held_by(worker, job_id), reading, found)
    except (OperationalError, IntegrityError, NotTogether):
        if len(found) < 2:
            raise
        log.info("job %s: orders could not be taken in together, so one is alone", job_id, exc_info=True)
    with transaction():
        return take_some(JOBS.held_by(worker, job_id), reading, found[:1])


def take_some(job: Job | None, reading: Reading, found: list[Found]) -> int:
    """Take in what was found, as far as the time reaches; answers how many, 0 when that was not to be done any more."""
    if job is None:
        return 0
    job.total = reading.total
    if not found:
        finish(job)
    elif goes_on(job, RIGHTS[JobKind.IMPORT]):
        results = take_together(job, reading, found)
        for result in results:
            job.report = {**job.report, result: job.report.get(result, 0) + 1}
        job.done += len(results)
        JOBS.renew(job)
        return len(results)
    return 0


def take_together(job: Job, reading: Reading, found: list[Found]) -> list[str]:
    """Each in a savepoint; what they have in common is asked for once.

    Together they hold counters and stock while they wait for the next order, which whoever has that may be waiting for.
    """
    reading.by = person(db.session.get_one(Staff, job.staff_id))
    reading.unknown = ids_unknown(reading.shop, [one.order.external_id for one in found if one.order])
    results: list[str] = []
    reading.deferred = Deferred() if len(found) > 1 else None
    with remembering(), hold_counters():
        if reading.unknown:
            hold_ahead("order")  # as long as it takes: another file may be coming in
        if len(found) > 1:
            give_way()
            look_up_customers([one.order for one in found if is_unknown(reading, one) and one.order], reading.shop)
        ends = monotonic() + TOGETHER_FOR
        for one in found:
            results.append(take_next(job, reading, one))
            if monotonic() >= ends:
                break
        write_waiting(reading)
    return results


def is_unknown(reading: Reading, found: Found) -> bool:
    return found.order is not None and found.order.external_id in reading.unknown


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


def take_next(job: Job, reading: Reading, found: Found) -> str:
    """Take one order in; if that fails, only what it did is taken back, and the payload waits in quarantine.

    One that was not here may have come in by another way since: the database says so, and it is brought up to date.
    Nobody reads what a new one has before the end of the transaction; of any other it may be asked what there is.
    """
    is_new = is_unknown(reading, found)
    reading.unknown.discard(found.order.external_id if found.order else "")
    take = partial(
        take_in,
        shop=reading.shop,
        origin=reading.file_name,
        by=reading.by,
        batch_id=reading.batch_id,
        invoices=reading.invoices,
    )
    try:
        if is_new:
            with suppress(IntegrityError), deferring(reading.deferred), savepoint():
                return take(found, notify=reading.notify, is_new=True).result
        write_waiting(reading)
        with savepoint():
            return take(found, notify=reading.notify).result
    except NotTogether:
        raise
    except Exception as error:
        if comes_again(job, error):
            raise
        log.exception("job %s: the order %s could not be taken in", job.id, found.external_id)
        return take(failed(found, error)).result


def write_waiting(reading: Reading) -> None:
    """What the orders before left to the end; where that fails, none of it is the fault of the next one."""
    try:
        if reading.deferred:
            reading.deferred.write_down()
            db.session.flush()
    except Exception as error:
        raise NotTogether from error


def failed(found: Found, error: Exception) -> Found:
    problem = UnreadableOrder(FILE, say_failed(error))
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
