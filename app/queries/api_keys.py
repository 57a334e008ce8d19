"""Keys of programs that run out soon, or just have."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import ColumnElement, Date, and_, bindparam, select

from app.extensions import db
from app.models import ApiToken, Staff
from app.queries.records import today

#: How long before its last day somebody is told, and how long after it.
NEAR = timedelta(days=14)


#: Whoever asks says the days: `days_of_keys`.
TODAY, SOON, LATELY = (bindparam(name, type_=Date) for name in ("today", "soon", "lately"))

RUNS_OUT_SOON: ColumnElement[bool] = and_(ApiToken.revoked_at.is_(None), ApiToken.expires_on.between(TODAY, SOON))
HAS_RUN_OUT: ColumnElement[bool] = and_(
    ApiToken.revoked_at.is_(None), ApiToken.expires_on < TODAY, ApiToken.expires_on >= LATELY
)


def days_of_keys() -> dict[str, date]:
    return {"today": today(), "soon": today() + NEAR, "lately": today() - NEAR}


def keys_to_remind_of(*, most: int) -> list[int]:
    """Those whose holder was not told of this last day."""
    is_new = ApiToken.reminded_of.is_distinct_from(ApiToken.expires_on)
    held = select(ApiToken.id).join(ApiToken.staff).where(RUNS_OUT_SOON, is_new, Staff.active)
    return list(db.session.scalars(held.order_by(ApiToken.id).limit(most), days_of_keys()))
