"""What does not work at the moment, since when and why: noted by the worker, shown on Home."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from app.columns import now
from app.extensions import db
from app.models import Outage, Outside


def begin_outage(what: Outside, reason: str, detail: str = "") -> None:
    """It does not work, or soon won't; since when is kept from the first time."""
    facts = {"reason": reason, "detail": detail[:500], "tried_at": now()}
    if not db.session.execute(update(Outage).where(Outage.what == what).values(facts)).rowcount:  # type: ignore[attr-defined]
        db.session.add(Outage(what=what, since=now(), **facts))
        db.session.flush()


def end_outage(what: Outside) -> None:
    db.session.execute(delete(Outage).where(Outage.what == what))


def current_outages() -> dict[Outside, Outage]:
    """One statement over three rows at most."""
    return {one.what: one for one in db.session.scalars(select(Outage).order_by(Outage.what))}


def ask_to_try(what: Outside) -> None:
    db.session.execute(update(Outage).where(Outage.what == what).values(asked_at=now()))
