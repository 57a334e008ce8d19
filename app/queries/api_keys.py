"""Keys of programs that run out soon, or just have."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, select

from app.extensions import db
from app.models import ApiToken, Staff
from app.queries.records import today

#: How long before its last day somebody is told, and how long after it.
NEAR = timedelta(days=14)


def runs_out_soon() -> ColumnElement[bool]:
    return and_(ApiToken.revoked_at.is_(None), ApiToken.expires_on.between(today(), today() + NEAR))


def has_run_out() -> ColumnElement[bool]:
    return and_(ApiToken.revoked_at.is_(None), ApiToken.expires_on < today(), ApiToken.expires_on >= today() - NEAR)


def keys_to_remind_of(*, most: int) -> list[int]:
    """Those whose holder was not told of this last day."""
    is_new = ApiToken.reminded_of.is_distinct_from(ApiToken.expires_on)
    held = select(ApiToken.id).join(ApiToken.staff).where(runs_out_soon(), is_new, Staff.active)
    return list(db.session.scalars(held.order_by(ApiToken.id).limit(most)))
