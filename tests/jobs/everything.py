"""All that a database holds, to prove that nothing changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.extensions import Base, db


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Each table's rows."""
    held = {}
    for table in Base.metadata.sorted_tables:
        ordered = select(table).order_by(*table.primary_key.columns)
        held[table.name] = [tuple(row) for row in db.session.execute(ordered)]
    return held
