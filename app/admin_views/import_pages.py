"""What the pages of an import show: the outlook beforehand, the result afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Row, select

from app import jobs, queries
from app.admin_views.dashboard.buttons import lacking
from app.admin_views.jobs import UNFINISHED, may_cancel
from app.admin_views.signin import actor
from app.extensions import ShownText, Sideline, db, writing
from app.intake.batches import KEPT, mapping_of, text_of, why_not_undo
from app.intake_readers import PLATFORMS, TABLES, Found, Mapping, UnreadableOrder, orders_in
from app.intake_readers.csv.files import Understanding, understand
from app.intake_readers.uploaded import sheets_in
from app.models import Arrival, Fate, ImportBatch, Order, Source
from app.pages.labels import INVOICES_FOR, JOB_STATE, UPDATE_PARTS, Label

NOT_BEGUN = Label(_l("Not imported yet"), "gray", "clock")
UNDONE = Label(_l("Undone"), "orange", "arrow-back-up")

#: What becomes of an order, in the order in which it is told.
RESULTS = {
    Fate.ADDED: _l("Added"),
    Fate.UPDATED: _l("Updated"),
    Fate.SAME: _l("Nothing new"),
    Fate.QUARANTINED: _l("Quarantined"),
}

#: The look beforehand takes about so many seconds at most.
PREVIEW_TAKES = 3.0
#: So many orders are shown as the mapped columns would be read...
READ = 5
#: ...and so many of each result afterwards.
MOST_SHOWN = 200


def state_of(batch: ImportBatch) -> Label:
    if batch.undone_at:
        return UNDONE
    return JOB_STATE[batch.job.state] if batch.job else NOT_BEGUN


def shop_and_system(batch: ImportBatch) -> str:
    """ "Mugs (WooCommerce)"; the system alone where the shop is named by it."""
    system, title = PLATFORMS.get(batch.source, batch.source), batch.outside_shop.title
    return system if system == title else f"{title} ({system})"


def counts_of(batch: ImportBatch) -> list[tuple[ShownText, int]]:
    report = batch.job.report if batch.job else {}
    return [(title, report[fate.done]) for fate, title in RESULTS.items() if report.get(fate.done)]


def counts_text(batch: ImportBatch) -> str:
    return ", ".join(f"{count:,} {str(title).lower()}" for title, count in counts_of(batch))


# --- beforehand -----------------------------------------------------------------------------------------------------


def read_by(mapping: Mapping, text: str, currency: str, time_zone: str) -> list[Found]:
    """The first orders of a CSV file, as these columns would be read."""
    return list(islice(orders_in(Source.CSV, text, currency=currency, mapping=mapping, time_zone=time_zone), READ))


def expected(batch_id: int) -> dict[str, Any]:
    """What bringing it in would do. Trying that writes, and takes it back at once."""
    by = actor()
    db.session.rollback()
    with writing(Sideline.OUTLOOK):
        batch = db.session.get_one(ImportBatch, batch_id)
        outlook = jobs.foresee(batch, by=by, seconds=PREVIEW_TAKES)
        db.session.rollback()
    batch = db.session.get_one(ImportBatch, batch_id)
    return {
        "batch": batch,
        "source": shop_and_system(batch),
        "is_mapped": mapping_of(batch) is not None,
        "understanding": understanding_of(batch),
        "sheets": sheets_shown(batch),
        "outlook": outlook,
        "change_titles": UPDATE_PARTS,
        "reason": why_not_bring_in(outlook),
        "invoices_for": INVOICES_FOR[batch.invoices_for],
        "today": queries.today(),
    }


def understanding_of(batch: ImportBatch) -> Understanding | None:
    """What is made of the columns and rows of a table; None for other files, and for one that can't be read at all."""
    if batch.source not in TABLES:
        return None
    try:
        return understand(text_of(batch), mapping_of(batch))
    except UnreadableOrder:
        return None


@dataclass(frozen=True)
class SheetsShown:
    chosen: str
    others: tuple[str, ...]
    is_doubted: bool  # nobody chose it, and another one may be meant


def sheets_shown(batch: ImportBatch) -> SheetsShown | None:
    """Which sheet of a spreadsheet is read, and which others hold a table; None for other files."""
    sheets = sheets_in(batch.file.content)
    if sheets is None or not sheets.titles:
        return None
    said = batch.mapping.get("sheet")
    chosen = said or sheets.titles[0]
    return SheetsShown(
        chosen, tuple(title for title in sheets.titles if title != chosen), not said and not sheets.is_clear
    )


def why_not_bring_in(outlook: jobs.Outlook) -> str:
    if not outlook.is_whole or outlook.counts[Fate.ADDED.ahead] or outlook.counts[Fate.UPDATED.ahead]:
        return ""
    if outlook.counts[Fate.SAME.ahead]:
        return _("All that can be read in this file is here already.")
    return _("There is no order in this file that can be imported.")


# --- errors as a file -----------------------------------------------------------------------------------------------


def errors_of(batch: ImportBatch) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """Header and rows: of the file as long as it was not brought in, then of what waits in quarantine."""
    if batch.job_id is None:
        return ["order_in_file", "id", "field", "reason"], jobs.errors_in(batch)
    columns = (Arrival.external_id, Arrival.field, Arrival.reason)
    rows = db.session.execute(select(*columns).where(*quarantined(batch)).order_by(Arrival.id))
    return ["id", "field", "reason"], (tuple(row) for row in rows)


def quarantined(batch: ImportBatch) -> tuple[ColumnElement[bool], ...]:
    return Arrival.batch_id == batch.id, Arrival.result == Fate.QUARANTINED


# --- afterwards -----------------------------------------------------------------------------------------------------


def result(batch: ImportBatch) -> dict[str, object]:
    job, undo = batch.job, jobs.undo_job(batch)
    assert job is not None
    is_over = job.state not in UNFINISHED
    is_undone = undo is None or undo.state not in UNFINISHED
    running = job if not is_over else undo if not is_undone else None
    return {
        "batch": batch,
        "source": shop_and_system(batch),
        "label": JOB_STATE[running.state] if running else state_of(batch),
        "job": job,
        "undo": undo,
        "running": running,
        "is_over": is_over and is_undone,
        "counts": counts_of(batch),
        "may_cancel": may_cancel(undo or job),
        "stopped": next((one for one in (undo, job) if one and may_cancel(one) and not jobs.why_not_go_on(one)), None),
        "added": order_numbers(batch, Fate.ADDED),
        "undone": order_numbers(batch, Fate.UNDONE),
        "updated": order_numbers(batch, Fate.UPDATED),
        "waiting": waiting_payloads(batch),
        "most": MOST_SHOWN,
        "kept_days": KEPT.days,
        "why_not_undo": why_not_undo_here(batch) if is_over and is_undone else "",
    }


def why_not_undo_here(batch: ImportBatch) -> str:
    return lacking("imports.undo") or why_not_undo(batch)


def order_numbers(batch: ImportBatch, fate: Fate) -> list[str]:
    """The numbers of the first orders of which that became; one more than are shown tells that there are more."""
    query = select(Order.number).join(Arrival, Arrival.order_id == Order.id)
    query = query.where(Arrival.batch_id == batch.id, Arrival.result == fate).order_by(Arrival.id)
    return list(db.session.scalars(query.limit(MOST_SHOWN)))


def waiting_payloads(batch: ImportBatch) -> list[Row[int, str, str, str]]:
    """The first payloads that wait in quarantine: id, id there, field, reason."""
    columns = (Arrival.id, Arrival.external_id, Arrival.field, Arrival.reason)
    return list(db.session.execute(select(*columns).where(*quarantined(batch)).order_by(Arrival.id).limit(MOST_SHOWN)))
