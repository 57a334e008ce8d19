"""The check of the books by night: once a day, whatever the number of workers, and what it finds is said on Home.

It looks at a slice of the books at a time and rests between two, so that nobody who works waits for it.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import or_, update

from app import queries
from app.columns import now
from app.extensions import Ended, db, looking_at_one_moment, read_only, resting, transaction
from app.models import BooksTrouble, Outside, Shop
from app.operations import checks
from app.operations.surroundings import note_look
from app.queries.outages import MOST_DETAIL

#: Hours of the shop's clock in which it begins, and how long after the last one.
NIGHT, DAY = range(2, 6), timedelta(hours=20)
#: Where no worker is up by night it begins whenever one is.
OVERDUE = timedelta(hours=48)
#: Seconds between two slices, at most: no longer than a slice took, so that a small shop is looked at in one go.
REST = 0.2
#: So many sentences are kept; `toonbank check` tells all.
MOST_KEPT = 50


def check_by_night(stop: threading.Event | None = None) -> None:
    """Once `stop` is set it ends at its next rest, and another worker begins anew."""
    with read_only():
        shop = queries.shop()
        due, before = is_check_due(shop, now()), shop.books_checked_at
        db.session.rollback()
    if due and claim_day():
        try:
            reason, detail = look_at_books(stop)
        except Ended:
            give_day_back(before)
        else:
            note_look(Outside.BOOKS, reason, detail)


def look_at_books(stop: threading.Event | None) -> tuple[BooksTrouble | str, str]:
    with looking_at_one_moment(), resting(REST, stop):
        found = list(islice(checks.findings(), MOST_KEPT))
        has_gaps = bool(found) and any(True for _ in checks.number_findings())
        db.session.rollback()
    reason = BooksTrouble.NUMBERS if has_gaps else BooksTrouble.DAMAGED if found else ""
    return reason, "\n".join(found)[:MOST_DETAIL]


def is_check_due(shop: Shop, moment: datetime) -> bool:
    if not shop.checks_books:
        return False
    is_night = moment.astimezone(ZoneInfo(shop.time_zone)).hour in NIGHT
    last = shop.books_checked_at
    return is_night if last is None else moment - last > (DAY if is_night else OVERDUE)


def claim_day() -> bool:
    """Whether this worker is the one that checks."""
    is_open = or_(Shop.books_checked_at.is_(None), Shop.books_checked_at < now() - DAY)
    with transaction():
        claiming = update(Shop).where(is_open).values(books_checked_at=now()).returning(Shop.id)
        return db.session.scalar(claiming.execution_options(synchronize_session=False)) is not None


def give_day_back(before: datetime | None) -> None:
    with transaction():
        undone = update(Shop).values(books_checked_at=before)
        db.session.execute(undone.execution_options(synchronize_session=False))
