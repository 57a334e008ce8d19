"""Document numbers without gaps or doubles: a counter row per kind, locked until the transaction ends.

A rollback gives the number back. Draw late and commit soon: everybody who numbers the same kind waits meanwhile.

A number is a prefix and a count of at least so many digits. When a shop changes one of them, what was drawn becomes a
stretch of its own (`PastSeries`), and the counter begins a new one.

A prefix may name the period of the document's day: "{yyyy}-" makes 2026-0001, and begins anew in 2027. Such a series
has a row per period (`DatedSeries`), which is drawn from while the counter's own row is held.

The order of locks, for everybody who takes more than one of them in a transaction: the order that is worked on; the
counters of orders and packing slips; products by their ids (`app/actions/stock.py::hold_products`); the counters of
credit notes, invoices, returns, quotes. Whoever will need an earlier one later holds it ahead. Else two wait for each
other, and PostgreSQL throws one of them out: tests/whole/lock_order.py watches each step of the random walk. Only who
takes in many orders (`app/intake/together.py`) moves stock last, and gives way to everybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Row, bindparam, case, exists, func, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from app.columns import now
from app.extensions import db, forget
from app.models import Counter, DatedSeries, PastSeries, Shop

#: kind -> (prefix, first number, least digits)
SERIES = {
    "order": ("ORD", 10001, 5),
    "invoice": ("INV", 1, 5),
    "credit_note": ("CRN", 1, 5),
    "packing_slip": ("PS", 1, 5),
    "return": ("RET", 1, 5),
    "quote": ("QUO", 1, 5),
    "draft": ("DRAFT", 1, 1),
}
#: Kinds whose numbers stand in one column, so that none may be another's.
TOGETHER = (("order", "draft"), ("invoice", "credit_note"), ("packing_slip",), ("return",), ("quote",))

#: Numbers stand in addresses and file names. What stands in braces is filled in by the document's day.
PREFIX = re.compile(r"(?:[A-Za-z0-9._-]|\{yyyy\}|\{yy\}|\{mm\}){0,12}")
MOST_LETTERS = 12
#: The years whose numbers are compared with others, so that none is given twice.
YEARS = range(1970, 2200)
MOST_DIGITS = 12
LAST = 10**MOST_DIGITS - 1


def draw(kind: str, *, demo: bool = False, at: datetime | None = None) -> str:
    """The next number of the kind, such as "INV00042"; demo orders have a series of their own.

    `at` is the document's moment, by default this one: its day in the shop's time zone says which period it is of.
    Raises LookupError when the kind has no counter.
    """
    return draw_many(kind, 1, demo=demo, at=at)[0]


def draw_many(kind: str, count: int, *, demo: bool = False, at: datetime | None = None) -> list[str]:
    """The next so many numbers of the kind."""
    series = "demo" if demo else "main"
    held = held_here.get()
    with db.session.no_autoflush:  # what is being written has no bearing on it
        prefix, first, digits = (held.advance if held else advance)(kind, series, count)
    if is_dated(prefix):
        prefix = fill_in(prefix, shop_day(at))
        first = draw_dated(kind, series, prefix, digits, count)
    return [format_number(prefix, number, digits) for number in range(first, first + count)]


def advance(kind: str, series: str, count: int) -> tuple[str, int, int]:
    """Move the counter on by so many: its prefix, its count until now, its digits. A dated one stays."""
    asked = {"of_kind": kind, "of_series": series, "by": count}
    return found_counter(kind, db.session.execute(counter_moved_on(), asked).first())


def found_counter(kind: str, found: Row[str, int, int] | None) -> tuple[str, int, int]:
    if found is None:
        raise LookupError(f"no counter for {kind!r}")
    return found[0], found[1], found[2]


@cache
def counter_moved_on() -> ReturningUpdate[str, int, int]:
    """Written once: every document asks for it."""
    more = case((Counter.prefix.contains("{"), 0), else_=bindparam("by", type_=Integer))
    return (
        update(Counter)
        .where(Counter.kind == bindparam("of_kind"), Counter.series == bindparam("of_series"))
        .values(next=Counter.next + more)
        .returning(Counter.prefix, Counter.next - more, Counter.digits)
        .execution_options(synchronize_session=False)
    )


def any_drawn(kind: str, series: str = "main") -> ColumnElement[bool]:
    """Whether a number of the kind was ever drawn: of the series as it is, of a period, or as it was before."""
    asked = (
        exists(select(table.kind).where(table.kind == kind, table.series == series, table.next > table.start))
        for table in (Counter, DatedSeries)
    )
    return or_(*asked, exists(select(PastSeries.id).where(PastSeries.kind == kind, PastSeries.series == series)))


# --- many at once ---------------------------------------------------------------------------------------------------


@dataclass
class HeldCounter:
    """A counter that is locked until the transaction ends, and how far it has come in memory."""

    prefix: str
    next: int
    digits: int


class HeldCounters:
    """Those that many documents of one transaction draw from: each is read once and written down once."""

    def __init__(self) -> None:
        self.counters: dict[tuple[str, str], HeldCounter] = {}

    def advance(self, kind: str, series: str, count: int) -> tuple[str, int, int]:
        held = self.counters.get((kind, series)) or self.hold(kind, series)
        first = held.next
        held.next += 0 if is_dated(held.prefix) else count
        return held.prefix, first, held.digits

    def hold(self, kind: str, series: str) -> HeldCounter:
        held = self.counters[kind, series] = HeldCounter(*lock_counter(kind, series))
        return held

    def positions(self) -> dict[tuple[str, str], int]:
        return {key: held.next for key, held in self.counters.items()}

    def go_back(self, positions: dict[tuple[str, str], int]) -> None:
        """To where they were before a savepoint; what was locked within it is free again."""
        self.counters = {key: replace(self.counters[key], next=next) for key, next in positions.items()}

    def write_down(self) -> None:
        for (kind, series), held in self.counters.items():
            counter = update(Counter).where(Counter.kind == kind, Counter.series == series)
            db.session.execute(counter.values(next=held.next).execution_options(synchronize_session=False))


held_here: ContextVar[HeldCounters | None] = ContextVar("held_counters", default=None)


@contextmanager
def hold_counters() -> Iterator[None]:
    """Documents made in here share one transaction, which holds their counters and writes them down at the end.

    Whatever fails, the transaction as a whole or a part of it in a `savepoint`, gives its numbers back.
    """
    held = HeldCounters()
    token = held_here.set(held)
    try:
        yield
        held.write_down()
    finally:
        held_here.reset(token)


def hold_ahead(kind: str, *, demo: bool = False) -> None:
    """Hold the counter before anything else is held that stands behind it in the order of locks."""
    held, series = held_here.get(), "demo" if demo else "main"
    if held is None:
        lock_counter(kind, series)
    elif (kind, series) not in held.counters:
        held.hold(kind, series)


def lock_counter(kind: str, series: str) -> tuple[str, int, int]:
    """Its prefix, its count until now, its digits; nobody else draws from it until the transaction ends."""
    query = select(Counter.prefix, Counter.next, Counter.digits)
    query = query.where(Counter.kind == kind, Counter.series == series).with_for_update()
    with db.session.no_autoflush:  # what is being written has no bearing on it
        return found_counter(kind, db.session.execute(query).first())


@contextmanager
def savepoint() -> Iterator[None]:
    """What fails in here is taken back alone, and the next documents get its numbers and ask for everything anew."""
    held = held_here.get()
    before = held.positions() if held else {}
    try:
        with db.session.begin_nested():
            yield
    except BaseException:
        if held:
            held.go_back(before)
        forget()
        raise


# --- prefixes that know the year ------------------------------------------------------------------------------------


def draw_dated(kind: str, series: str, prefix: str, digits: int, count: int) -> int:
    """The first of so many counts of one period. Whoever comes here holds the kind's counter: nobody else begins it."""
    drawn = db.session.scalar(
        update(DatedSeries)
        .where(DatedSeries.kind == kind, DatedSeries.series == series, DatedSeries.prefix == prefix)
        .values(next=DatedSeries.next + count)
        .returning(DatedSeries.next - count)
        .execution_options(synchronize_session=False)
    )
    if drawn is not None:
        return int(drawn)
    first = highest_past(kind, prefix) + 1
    row = DatedSeries(kind=kind, series=series, prefix=prefix, digits=digits, start=first, next=first + count)
    db.session.add(row)
    db.session.flush([row])
    return first


def highest_past(kind: str, prefix: str) -> int:
    """The highest count that was drawn with this prefix before the series changed its form; 0 for none."""
    query = select(func.max(PastSeries.last)).where(PastSeries.kind == kind, PastSeries.prefix == prefix)
    return db.session.scalar(query) or 0


def is_dated(prefix: str) -> bool:
    return "{" in prefix


def fill_in(prefix: str, day: date) -> str:
    """The prefix of the day's period: "INV{yyyy}-" -> "INV2026-"; any other stays as it is."""
    year, month = f"{day.year:04d}", f"{day.month:02d}"
    return prefix.replace("{yyyy}", year).replace("{yy}", year[2:]).replace("{mm}", month)


def shop_day(moment: datetime | None = None) -> date:
    """The day of the moment, by default of this one, by the shop's clock."""
    zone = ZoneInfo(db.session.scalars(select(Shop.time_zone)).first() or "UTC")
    return (moment or now()).astimezone(zone).date()


def begins_anew_on(prefix: str, day: date) -> date | None:
    """The first day of the period after the day's; None for a prefix that knows none."""
    if "{mm}" in prefix:
        return date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return date(day.year + 1, 1, 1) if is_dated(prefix) else None


def periods(prefix: str) -> list[str]:
    """What the prefix is in each period there may be; itself where it knows none."""
    months = range(1, 13) if "{mm}" in prefix else (1,)
    return list(dict.fromkeys(fill_in(prefix, date(year, month, 1)) for year in YEARS for month in months))


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
        if not number.startswith(self.prefix):
            return None
        digits = number[len(self.prefix) :]
        length = len(digits)
        is_written_so = length == self.digits or (length > self.digits and digits[0] != "0")
        if not (is_written_so and length < 19 and digits.isascii() and digits.isdigit()):
            return None
        count = int(digits)
        return count if self.first <= count <= self.last else None

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


def stretches_of(counter: Counter) -> list[Stretch]:
    """All that the counter has drawn since its form last changed, and will draw."""
    first = 1 if is_dated(counter.prefix) else counter.start
    return [Stretch(prefix, counter.digits, first) for prefix in periods(counter.prefix)]


def shared_number(ones: list[Stretch], others: list[Stretch]) -> str:
    """A number that one of these stretches shares with one of the others; "" when there is none.

    There may be thousands on both sides, one for each period of many years: they are gone through side by side.
    """
    known = spans_of(others)
    for key, mine in spans_of(ones).items():
        theirs, at = known.get(key, []), 0
        for low, high in mine:
            while at < len(theirs) and theirs[at][1] < low:
                at += 1
            if at < len(theirs) and theirs[at][0] <= high:
                return f"{key[0]}{max(low, theirs[at][0]):0{key[1]}d}"
    return ""


def spans_of(stretches: list[Stretch]) -> dict[tuple[str, int], list[tuple[int, int]]]:
    """As `Stretch.spans`, of all of them: in order, and those that touch as one."""
    found: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for key, span in sorted(one for stretch in stretches for one in stretch.spans()):
        before = found.setdefault(key, [])
        if before and span[0] <= before[-1][1]:
            low, high = before.pop()
            span = low, max(high, span[1])
        before.append(span)
    return found


def past_stretches(*kinds: str) -> list[tuple[PastSeries, Stretch]]:
    query = select(PastSeries).where(PastSeries.kind.in_(kinds)).order_by(PastSeries.id)
    return [(past, Stretch(past.prefix, past.digits, past.first, past.last)) for past in db.session.scalars(query)]


def together_with(kind: str) -> tuple[str, ...]:
    """The kinds that share their column of numbers with this one, itself among them."""
    return next(kinds for kinds in TOGETHER if kind in kinds)
