"""Keeping what was printed: in a short transaction of its own, once, whoever was first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.extensions import Sideline, db, writing
from app.models import EInvoice, PackingSlipPrint, Print, QuotePrint

Kept = TypeVar("Kept", Print, EInvoice, PackingSlipPrint, QuotePrint)


def store(new: Kept, find: Callable[[Session], Kept | None]) -> Kept:
    """Keep the print, or answer the one that somebody else has kept meanwhile, as `find` finds it.

    It is kept in a short transaction of its own: it stays whatever becomes of the caller's, who perhaps only reads.
    """
    if holds_the_write_lock():
        db.session.add(new)
        db.session.flush()
        return new
    with writing(Sideline.PRINT), Session(db.engine, expire_on_commit=False) as own:
        try:
            own.add(new)
            own.commit()
        except IntegrityError:
            own.rollback()
            if (first := find(own)) is None:
                raise
            return first
    return new


def holds_the_write_lock() -> bool:
    """SQLite has one lock for all writers: a caller that holds it already would wait here for itself."""
    return db.session().in_transaction() and bool(db.session.connection().info.get("is_writing"))
