"""Closing the books until a day, with the seal of the chain at its end, and opening them again."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import exists, select

from app import queries
from app.accounting.closed_books import day_in_shop, write_day
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import ClosedPeriod, Invoice, Payment, Shop, Unsealed
from app.queries.periods import Period
from app.queries.records import last_seal

#: What is dated before midnight is stored by then.
STILL_WRITING = timedelta(minutes=10)


def closings(most: int = 24) -> list[ClosedPeriod]:
    """The last ones, newest first."""
    return list(db.session.scalars(select(ClosedPeriod).order_by(ClosedPeriod.id.desc()).limit(most)))


def close_books(until: date, *, by: Actor) -> ClosedPeriod:
    """Nothing is dated into these days any more. All that is, is sealed by then: the seal proves it later."""
    shop = lock_shop()
    if until >= queries.today():
        raise ActionRefused(_("Only days that are over can be closed: until yesterday at most."))
    if until >= day_in_shop(now() - STILL_WRITING):
        raise ActionRefused(_("Yesterday can be closed from ten past midnight on: documents of it are written still."))
    if shop.books_closed_until and until <= shop.books_closed_until:
        closed = write_day(shop.books_closed_until)
        raise ActionRefused(_("The books are closed until %(day)s already.", day=closed))
    if is_unsealed(Period(None, until, shop.time_zone)):
        raise ActionRefused(_("Toonbank is still sealing what was written last. Try once more in a minute."))
    seal = last_seal()
    closed_period = ClosedPeriod(until=until, closed_by=by.name, seal=str(seal) if seal else "")
    db.session.add(closed_period)
    shop.books_closed_until = until
    db.session.flush()
    record(Happened.BOOKS_CLOSED, None, by, subject=shop, text=until.isoformat(), number=closed_period.seal or "–")
    return closed_period


def reopen_books(*, by: Actor, reason: str) -> ClosedPeriod:
    """Take the last closing back; the one before it holds again."""
    shop = lock_shop()
    if not reason.strip():
        raise ActionRefused(_("Say why the books are opened again."))
    standing = select(ClosedPeriod).where(ClosedPeriod.reopened_at.is_(None)).order_by(ClosedPeriod.until.desc())
    found = list(db.session.scalars(standing.limit(2)))
    if not found:
        raise ActionRefused(_("The books are not closed."))
    last = found[0]
    last.reopened_at, last.reopened_by, last.reason = now(), by.name, reason.strip()[:255]
    shop.books_closed_until = found[1].until if len(found) > 1 else None
    db.session.flush()
    record(Happened.BOOKS_REOPENED, None, by, subject=shop, text=last.until.isoformat(), reason=last.reason)
    return last


def lock_shop() -> Shop:
    """As it is now: who dates something back holds it, too."""
    query = select(Shop).where(Shop.id == 1).with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def is_unsealed(period: Period) -> bool:
    """Whether a document or payment of these days waits to be sealed."""
    waiting = (
        exists(
            select(Unsealed.id)
            .join(table, table.id == Unsealed.record_id)
            .where(Unsealed.kind == table.__tablename__, *period.of(moment))
        )
        for table, moment in ((Invoice, Invoice.issued_at), (Payment, Payment.paid_at))
    )
    return any(db.session.scalar(select(one)) for one in waiting)
