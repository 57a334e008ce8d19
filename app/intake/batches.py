"""Files of orders that people upload: kept, mapped, thrown away again, and undone after they were brought in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, exists, func, select, update

from app import mails
from app.accounting.settling import is_taken_back, settle, take_back
from app.actions.cancelling import cancel
from app.actions.credit_notes import write_off
from app.actions.outside_shops import forget_unused, keep_shop
from app.actions.stock import hold_products, put_back_all
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.intake_readers import TABLES, Mapping, UnreadableOrder
from app.intake_readers.csv.files import FirstLook, first_look
from app.intake_readers.uploaded import sheets_in, text_of_file
from app.models import (
    ActorKind,
    Arrival,
    Fate,
    History,
    ImportBatch,
    InvoicesFor,
    Job,
    Order,
    OutsideShop,
    StoredFile,
)
from app.queries import search
from app.write_back import from_its_shop

#: Among so many of the latest files a mapping for the same columns is looked for.
LATEST_BATCHES = 100

#: A file that was brought in is kept so long, and one that was not.
KEPT, KEPT_UNUSED = timedelta(days=30), timedelta(days=7)

#: At most so many orders are named in a refusal.
NAMED = 10

#: In the id of an order whose import was undone.
UNDONE = "~undone-"


def keep_file(
    shop: OutsideShop,
    name: str,
    content: bytes,
    *,
    notify: bool,
    by: Actor,
    invoices: InvoicesFor = InvoicesFor.OPEN,
    host: str = "",
) -> ImportBatch:
    """Keep an uploaded file of a shop's orders, which state this host name; nothing is brought in yet."""
    digest = hashlib.sha256(content).hexdigest()
    file = StoredFile(name=name[:255], media_type="application/octet-stream", content=content, sha256=digest)
    shop = keep_shop(shop)
    batch = ImportBatch(source=shop.source, outside_shop=shop, file=file, mapping={}, notify=notify, created_by=by.name)
    batch.invoices_for, batch.host = invoices, host
    db.session.add(batch)
    db.session.flush()
    return batch


def text_of(batch: ImportBatch) -> str:
    return text_of_file(batch.file.content, str(batch.mapping.get("sheet", "")))


# --- before it is brought in ----------------------------------------------------------------------------------------


def why_not_begin(batch: ImportBatch) -> str:
    return _("This file was already imported. Upload it again to repeat the import.") if batch.job_id else ""


def mapping_of(batch: ImportBatch) -> Mapping | None:
    return Mapping.from_facts(batch.mapping) if "columns" in batch.mapping else None


def look_to_map(batch: ImportBatch, text: str) -> FirstLook | None:
    """The first look at a table, whose columns somebody may map; None for any other file.

    What isn't sound CSV can't be mapped either: reading it says what is wrong.
    """
    if batch.source not in TABLES:
        return None
    try:
        look = first_look(text)
    except UnreadableOrder:
        return None
    return look if look.columns else None


def is_to_be_mapped(batch: ImportBatch, text: str) -> bool:
    """Whether somebody has to say which column is what: of an unknown file, or a known one that was mapped before."""
    if "header" in batch.mapping:
        return False
    look = look_to_map(batch, text)
    return look is not None and (not look.is_known or mapping_before(look.columns) is not None)


def keep_mapping(batch: ImportBatch, mapping: Mapping, columns: Sequence[str]) -> None:
    """With the file's columns beside it, so that the next file with the same ones is mapped the same."""
    if reason := why_not_begin(batch):
        raise ActionRefused(reason)
    batch.mapping = sheet_of(batch) | mapping.as_facts() | {"header": list(columns)}


def read_as_known(batch: ImportBatch, columns: Sequence[str]) -> None:
    """Read it as the export that it is, and the next file with these columns too, however one was mapped before."""
    if reason := why_not_begin(batch):
        raise ActionRefused(reason)
    batch.mapping = sheet_of(batch) | {"header": list(columns)}


def sheet_of(batch: ImportBatch) -> dict[str, object]:
    return {"sheet": batch.mapping["sheet"]} if "sheet" in batch.mapping else {}


def read_sheet(batch: ImportBatch, title: str) -> None:
    """Read this sheet of a spreadsheet; how the columns of another one were mapped doesn't count for it."""
    if reason := why_not_begin(batch):
        raise ActionRefused(reason)
    sheets = sheets_in(batch.file.content)
    if sheets is None or title not in sheets.titles:
        raise ActionRefused(_("This file has no table on a sheet of that name. Choose one of its sheets."))
    batch.mapping = {"sheet": title}


def mapping_before(columns: Sequence[str]) -> dict[str, object] | None:
    """How the latest file with these columns was mapped by hand."""
    latest = select(ImportBatch.mapping).where(ImportBatch.source.in_(TABLES)).order_by(ImportBatch.id.desc())
    kept = db.session.scalars(latest.limit(LATEST_BATCHES))
    facts = next((facts for facts in kept if facts and facts.get("header") == list(columns)), {})
    return facts if "columns" in facts else None


def put_to_shop(batch: ImportBatch, shop: OutsideShop) -> None:
    """Bring the file in as one of another shop's; a shop that was made for it alone is forgotten."""
    if reason := why_not_begin(batch):
        raise ActionRefused(reason)
    before, batch.outside_shop = batch.outside_shop, keep_shop(shop)
    db.session.flush()
    if before is not batch.outside_shop:
        forget_unused(before)


def discard(batch: ImportBatch) -> None:
    """Throw away a file that was not brought in."""
    if reason := why_not_begin(batch):
        raise ActionRefused(reason)
    file, shop = batch.file, batch.outside_shop
    db.session.delete(batch)
    db.session.flush()
    db.session.delete(file)
    forget_unused(shop)


def throw_old_files_away() -> None:
    """Files are full of what customers told: they are kept no longer than somebody may want to look at them."""
    old = select(ImportBatch.file_id).join(Job, Job.id == ImportBatch.job_id).where(Job.finished_at < now() - KEPT)
    emptied = update(StoredFile).where(StoredFile.id.in_(old), func.length(StoredFile.content) > 0)
    db.session.execute(emptied.values(content=b"").execution_options(synchronize_session=False))
    unused = select(ImportBatch).where(ImportBatch.job_id.is_(None), ImportBatch.created_at < now() - KEPT_UNUSED)
    for batch in db.session.scalars(unused.order_by(ImportBatch.id)).all():
        discard(batch)


# --- undoing --------------------------------------------------------------------------------------------------------


def is_added_by(batch: ImportBatch) -> ColumnElement[bool]:
    """Arrivals of the orders that it added and that are not undone."""
    return and_(Arrival.batch_id == batch.id, Arrival.result == Fate.ADDED)


def is_touched() -> ColumnElement[bool]:
    """Whether somebody did something with an arrival's order after it had come in; Toonbank itself doesn't count."""
    return exists().where(
        History.order_id == Arrival.order_id, History.actor_kind != ActorKind.SYSTEM, History.at > Arrival.arrived_at
    )


def numbers_touched(batch: ImportBatch) -> tuple[list[str], int]:
    """The first numbers of its orders that somebody did something with, and how many there are in all."""
    touched = select(Order.number).join(Arrival, Arrival.order_id == Order.id).where(is_added_by(batch), is_touched())
    count = db.session.scalar(select(func.count()).select_from(touched.subquery()))
    return list(db.session.scalars(touched.order_by(Arrival.id).limit(NAMED))), count or 0


def why_not_undo(batch: ImportBatch) -> str:
    if batch.undone_at:
        return _("This import was undone already.")
    if batch.job is None:
        return _("This file was not imported yet.")
    if batch.job.finished_at is None:
        return _("This file is still being imported. Wait until that is done, or cancel the rest.")
    if not db.session.scalar(select(exists().where(is_added_by(batch)))):
        return _("This import added no orders.")
    numbers, count = numbers_touched(batch)
    if not numbers:
        return ""
    named = ", ".join(numbers)
    if count > len(numbers):
        named = _("%(some)s and %(count)s more", some=named, count=count - len(numbers))
    return _("Something was done with these orders after they came in: %(numbers)s. Cancel orders one by one instead.",
             numbers=named)  # fmt: skip


@from_its_shop()
def undo_order(arrival: Arrival, batch: ImportBatch, *, by: Actor) -> Order:
    """Cancel an order that a file added, without a mail: nothing of it is claimed, held or kept in stock any more.

    Its id in the other shop gets a suffix, so that the same file can be brought in anew. The order is locked.
    """
    order = lock_order_of(arrival)
    if db.session.scalar(select(Arrival.id).where(Arrival.id == arrival.id, is_touched())):
        raise ActionRefused(_("Something was done with this order after it came in. Cancel it by itself instead."))

    take_back(
        [payment for payment in order.payments if payment.reverses_id is None and not is_taken_back(payment)],
        by,
    )
    hold_products(order)
    write_off(order, by=by)
    put_back_all(order, document=arrival, by=by)
    if order.cancelled_at is None:
        cancel(order, at=now(), restock=True, by=by)
        record(Happened.ORDER_CANCELLED, order, by)
    settle(order)
    db.session.flush()
    order.external_id = free_id(order, batch)
    arrival.result = Fate.UNDONE
    mails.withdraw_waiting(order)
    search.index(order)

    record(Happened.IMPORT_UNDONE, order, by, file=batch.file.name)
    return order


def lock_order_of(arrival: Arrival) -> Order:
    query = select(Order).where(Order.id == arrival.order_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def free_id(order: Order, batch: ImportBatch) -> str:
    """Its id in the other shop, no longer that: "40217~undone-12". A long one is cut, and the order's own id put in."""
    suffix = f"{UNDONE}{batch.id}"
    if len(order.external_id) + len(suffix) <= 60:
        return order.external_id + suffix
    suffix = f"~{order.id}{suffix}"
    return order.external_id[: 60 - len(suffix)] + suffix


def set_undone(batch: ImportBatch, *, by: Actor) -> None:
    batch.undone_at, batch.undone_by = now(), by.name
