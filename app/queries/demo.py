"""What there is of the demo shop. No index tells its records from others; the numbers that were drawn do."""

from __future__ import annotations

from sqlalchemy import and_, not_, select

from app.extensions import db
from app.numbering import any_drawn


def has_only_demo() -> bool:
    """Whether there is the demo shop and no order of the shop itself: then it is what people are trying."""
    return bool(db.session.scalar(select(and_(any_drawn("order", "demo"), not_(any_drawn("order"))))))
