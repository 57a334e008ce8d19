"""Document numbers without gaps or doubles: a counter row per kind, locked until the transaction ends.

A rollback gives the number back. Draw late and commit soon: everybody who numbers the same kind waits meanwhile.
"""

from __future__ import annotations

from sqlalchemy import update

from app.extensions import db
from app.models import Counter

#: kind -> (prefix, first number, least digits)
SERIES = {
    "order": ("ORD", 10001, 5),
    "invoice": ("INV", 1, 5),
    "credit_note": ("CRN", 1, 5),
    "packing_slip": ("PS", 1, 5),
    "return": ("RET", 1, 5),
    "draft": ("DRAFT", 1, 1),
}


def draw(kind: str, *, demo: bool = False) -> str:
    """The next number of the kind, such as "INV00042"; demo orders have a series of their own.

    Raises LookupError when the kind has no counter.
    """
    return draw_many(kind, 1, demo=demo)[0]


def draw_many(kind: str, count: int, *, demo: bool = False) -> list[str]:
    """The next so many numbers of the kind."""
    drawn = db.session.execute(
        update(Counter)
        .where(Counter.kind == kind, Counter.series == ("demo" if demo else "main"))
        .values(next=Counter.next + count)
        .returning(Counter.prefix, Counter.next - count, Counter.digits)
        .execution_options(synchronize_session=False)
    ).first()
    if drawn is None:
        raise LookupError(f"no counter for {kind!r}")
    prefix, first, digits = drawn
    return [f"{prefix}{number:0{digits}d}" for number in range(first, first + count)]


def first_counters() -> list[Counter]:
    """The counters of a new shop, real and demo."""
    return [
        Counter(kind=kind, series=series, prefix=lead + prefix, start=first, next=first, digits=digits)
        for kind, (prefix, first, digits) in SERIES.items()
        for series, lead in (("main", ""), ("demo", "D-"))
    ]
