"""Copies of everything, made by a worker: of each day by themselves, and whenever somebody asks for one."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select

from app import queries
from app.columns import now
from app.extensions import db
from app.history import Actor
from app.models import CopyRun
from app.queues.leases import LeasedQueue, free

#: So many that somebody asked for are kept beside those of the days.
KEPT_ASKED = 5
#: What became of each is known for so long.
REMEMBERED = timedelta(days=90)

COPIES = LeasedQueue(
    CopyRun,
    unfinished=and_(CopyRun.made_at.is_(None), CopyRun.given_up_at.is_(None)),
    lease=timedelta(hours=2),  # longer than copying the largest shop takes
    most_attempts=4,
    pause_after=lambda attempts: timedelta(minutes=10 * attempts),
)


def ask_for_copy(*, by: Actor) -> CopyRun:
    """One that waits already is the one that is asked for."""
    waiting = db.session.scalar(select(CopyRun).where(COPIES.unfinished).order_by(CopyRun.id).limit(1))
    if waiting is not None:
        return waiting
    run = CopyRun(asked_by=by.name)
    db.session.add(run)
    db.session.flush()
    return run


def day_to_copy() -> str | None:
    """The day whose copy is to be begun: its hour has come, and nobody has begun it."""
    shop = queries.shop()
    here = now().astimezone(ZoneInfo(shop.time_zone))
    day = here.date().isoformat()
    if not shop.copies_kept or here.hour < shop.copies_hour:
        return None
    return None if db.session.scalar(select(CopyRun.id).where(CopyRun.day == day)) else day


def note_made(run: CopyRun, file: str, size: int) -> None:
    run.file, run.size, run.made_at, run.last_error = file, size, now(), ""
    free(run)


def note_failed(run: CopyRun, error: str) -> None:
    run.last_error = error
    if not COPIES.retry(run):
        run.given_up_at = now()
        free(run)


def superfluous() -> list[CopyRun]:
    """Those whose files are kept no longer, the daily ones by the settings."""
    runs = list(db.session.scalars(select(CopyRun).where(CopyRun.file != "").order_by(CopyRun.id.desc())))
    daily, asked = [one for one in runs if one.day], [one for one in runs if not one.day]
    return [*daily[max(1, queries.shop().copies_kept) :], *asked[KEPT_ASKED:]]


def forget_old() -> None:
    old = select(CopyRun).where(CopyRun.created_at < now() - REMEMBERED, CopyRun.file == "")
    for run in db.session.scalars(old.limit(100)):
        db.session.delete(run)
