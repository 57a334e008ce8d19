"""The order in which a transaction takes the locks that many wait for, watched; it stands in `app/numbering.py`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Table, event
from sqlalchemy.sql.visitors import iterate

from app.extensions import db
from app.models import Counter, Product

#: What is locked, and how far behind in the order.
RANKS = {
    "order": 0,
    "draft": 0,
    "packing_slip": 1,
    "product": 2,
    "credit_note": 3,
    "invoice": 4,
    "return": 5,
    "quote": 6,
}


@contextmanager
def locks_taken() -> Iterator[list[str]]:
    """What is locked meanwhile, each when it is locked first."""
    taken: list[str] = []

    def note(conn: Any, cursor: Any, sql: str, parameters: Any, context: Any, executemany: bool) -> None:
        for name in locked_by(context):
            if name not in taken:
                taken.append(name)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield taken
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def locked_by(context: Any) -> list[str]:
    """On SQLite, too, which has one lock and leaves FOR UPDATE out."""
    statement = getattr(context.compiled, "statement", None)
    is_locking = context.isupdate or getattr(statement, "_for_update_arg", None) is not None
    tables = {table.name for table in tables_of(statement)}
    if not is_locking:
        return []
    if Counter.__tablename__ in tables:
        return [one for one in context.compiled_parameters[0].values() if one in RANKS]
    changes_stock = not context.isupdate or "stock" in context.compiled.string
    return ["product"] if Product.__tablename__ in tables and changes_stock else []


def tables_of(statement: Any) -> list[Table]:
    """Also those that are joined."""
    named = [*getattr(statement, "froms", []), getattr(statement, "table", None)]
    return [part for one in named if one is not None for part in iterate(one) if isinstance(part, Table)]


def out_of_order(taken: list[str]) -> list[str]:
    """What was locked though something was held that stands behind it: "product after invoice"."""
    return [
        f"{later} after {sooner}"
        for position, later in enumerate(taken)
        for sooner in taken[:position]
        if RANKS[later] < RANKS[sooner]
    ]
