"""What does not work at the moment, since when and why: noted by the worker, shown on Home."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update

from app.columns import now
from app.extensions import db
from app.models import Outage, Outside

#: What each worker says anew as long as it is so, and nobody says when it ends.
SAID_ANEW = (Outside.LANE, Outside.DATABASE)


#: Letters that are kept of what is said of it.
MOST_DETAIL = 4000


def begin_outage(what: Outside, reason: str, detail: str = "", *, part: str = "") -> None:
    """It does not work, or soon won't; since when is kept from the first time."""
    facts = {"reason": reason, "detail": detail[:MOST_DETAIL], "tried_at": now()}
    if not db.session.execute(update(Outage).where(Outage.what == what, Outage.part == part).values(facts)).rowcount:  # type: ignore[attr-defined]
        db.session.add(Outage(what=what, part=part, since=now(), **facts))
        db.session.flush()


def end_outage(what: Outside) -> None:
    db.session.execute(delete(Outage).where(Outage.what == what))


def end_unsaid(before: datetime) -> None:
    """What no worker has said again since then is over."""
    db.session.execute(delete(Outage).where(Outage.what.in_(SAID_ANEW), Outage.tried_at < before))


def current_outages() -> list[Outage]:
    """One statement over a handful of rows."""
    return list(db.session.scalars(select(Outage).order_by(Outage.what, Outage.part)))


def find_outage(outages: Iterable[Outage], what: Outside) -> Outage | None:
    """Of a kind of which there is one only."""
    return next((one for one in outages if one.what == what), None)


def ask_to_try(what: Outside) -> None:
    db.session.execute(update(Outage).where(Outage.what == what).values(asked_at=now()))
