"""Document numbers without gaps or doubles: a counter row per kind, locked until the transaction ends.

A rollback gives the number back. Draw late and commit soon: everybody who numbers the same kind waits meanwhile.

A number is a prefix and a count of at least so many digits. When a shop changes one of them, what was drawn becomes a
stretch of its own (`PastSeries`), and the counter begins a new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select, update

from app.extensions import db
from app.models import Counter, PastSeries

#: kind -> (prefix, first number, least digits)
SERIES = {
    "order": ("ORD", 10001, 5),
    "invoice": ("INV", 1, 5),
    "credit_note": ("CRN", 1, 5),
    "packing_slip": ("PS", 1, 5),
    "return": ("RET", 1, 5),
    "draft": ("DRAFT", 1, 1),
}
#: Kinds whose numbers stand in one column, so that none may be another's.
TOGETHER = (("order", "draft"), ("invoice", "credit_note"), ("packing_slip",), ("return",))

#: Numbers stand in addresses and file names.
PREFIX = re.compile(r"[A-Za-z0-9._-]{0,12}")
MOST_DIGITS = 12
LAST = 10**MOST_DIGITS - 1


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
    return [format_number(prefix, number, digits) for number in range(first, first + count)]


def format_number(prefix: str, number: int, digits: int) -> str:
    return f"{prefix}{number:0{digits}d}"


def first_counters() -> list[Counter]:
    """The counters of a new shop, real and demo."""
    return [
        Counter(kind=kind, series=series, prefix=lead + prefix, start=first, next=first, digits=digits)
        for kind, (prefix, first, digits) in SERIES.items()
        for series, lead in (("main", ""), ("demo", "D-"))
    ]


# --- stretches ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stretch:
    """Numbers of one form, from `first` to `last`."""

    prefix: str
    digits: int
    first: int
    last: int = LAST

    def position(self, number: str) -> int | None:
        """The count in a number of this stretch; None for any other text."""
        digits = number[len(self.prefix) :]
        if not (number.startswith(self.prefix) and digits.isascii() and digits.isdigit() and len(digits) < 19):
            return None
        count = int(digits)
        is_mine = self.first <= count <= self.last
        return count if is_mine and format_number(self.prefix, count, self.digits) == number else None

    def meets(self, other: Stretch) -> str:
        """A number that both stretches hold; "" when there is none."""
        theirs = dict(other.spans())
        for key, (low, high) in self.spans():
            if key in theirs and max(low, theirs[key][0]) <= min(high, theirs[key][1]):
                stem, length = key
                return f"{stem}{max(low, theirs[key][0]):0{length}d}"
        return ""

    def spans(self) -> Iterator[tuple[tuple[str, int], tuple[int, int]]]:
        """(letters, number of digits after them) -> lowest and highest of those digits.

        Digits at the end of the prefix are counted in: "2026" and "001" is the same number as "20" and "26001".
        """
        stem = self.prefix.rstrip("0123456789")
        lead = self.prefix[len(stem) :]
        for length in range(self.digits, MOST_DIGITS + 1):
            low = max(self.first, 10 ** (length - 1) if length > self.digits else 0)
            high = min(10**length - 1, self.last)
            if low <= high:
                before = int(lead or "0") * 10**length
                yield (stem, len(lead) + length), (before + low, before + high)


def stretch_of(counter: Counter) -> Stretch:
    """All that the counter has drawn since its form last changed, and will draw."""
    return Stretch(counter.prefix, counter.digits, counter.start)


def past_stretches(*kinds: str) -> list[tuple[PastSeries, Stretch]]:
    query = select(PastSeries).where(PastSeries.kind.in_(kinds)).order_by(PastSeries.id)
    return [(past, Stretch(past.prefix, past.digits, past.first, past.last)) for past in db.session.scalars(query)]


def together_with(kind: str) -> tuple[str, ...]:
    """The kinds that share their column of numbers with this one, itself among them."""
    return next(kinds for kinds in TOGETHER if kind in kinds)
