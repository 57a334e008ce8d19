"""What a report is declared by: what stands in its rows, what is counted of each, and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement

from app.exports.figures.spans import Span
from app.extensions import ShownText
from app.models import Invoice
from app.queries.periods import Period


class Unit(StrEnum):
    """Of what there is so much."""

    COUNT = "count"
    PIECES = "pieces"
    MONEY = "money"
    PERCENT = "percent"


RowKey = tuple[object, ...]
Names = tuple[object, ...]


class CountryCode(str):
    """Two letters; the page shows its name."""

    __slots__ = ()


@dataclass(frozen=True)
class NamedRate:
    """A tax by its source's name, with its rate where one is stated; the page shows the shop's word for it."""

    name: str
    rate: str

    def __str__(self) -> str:
        return f"{self.name} {self.rate}".strip()


class EarlierDay(date):
    """One of the days compared with, beside which the days asked for have none."""

    __slots__ = ()


@dataclass(frozen=True)
class Measure:
    """A column of numbers. They add up, but for one that is the first of these measures divided by the second."""

    title: ShownText
    unit: Unit = Unit.MONEY
    ratio: tuple[int, int] | None = None


@dataclass(frozen=True)
class FigureScope:
    """For which days somebody asks, and by which steps."""

    span: Span
    time_zone: str
    step: str = "month"
    is_demo: bool = False  # whether the demo shop is told of, which is in no figure otherwise

    @property
    def period(self) -> Period:
        return Period(self.span.since, self.span.until, self.time_zone)

    def of_documents(self) -> list[ColumnElement[bool]]:
        """Invoices and credit notes by their day, as the books have them."""
        return [*self.period.of(Invoice.issued_at), Invoice.is_demo.is_(self.is_demo)]


@dataclass(frozen=True)
class FigureRow:
    """What of a report stands in a row; `key` finds it among those of other days."""

    currency: str  # "" where nothing has one
    key: RowKey
    names: Names
    sums: tuple[Decimal, ...]  # of the measures that add up


Headings = Callable[[FigureScope], Sequence[ShownText]]


@dataclass(frozen=True)
class Report:
    title: ShownText
    counts: ShownText  # a sentence that says what is counted
    headings: Headings  # of the names of a row
    measures: tuple[Measure, ...]
    read: Callable[[FigureScope], Iterator[FigureRow]]
    drawn: int  # which measure the bars show, and is compared
    right: str = "exports.reports"
    timeline: Callable[[FigureScope], Mapping[RowKey, Names]] | None = (
        None  # a row per day, week or month, in their order
    )
    has_days: bool = True  # else it tells of this moment
    reads_documents: bool = False  # one by one, which takes its time

    @property
    def is_timeline(self) -> bool:
        return self.timeline is not None

    @property
    def adding(self) -> list[Measure]:
        return [one for one in self.measures if not one.ratio]

    def values(self, sums: Sequence[Decimal]) -> list[Decimal | None]:
        """Of all measures, in their order."""
        added = iter(sums)
        found = [None if one.ratio else next(added) for one in self.measures]
        return [self.divided(one.ratio, found) if one.ratio else found[at] for at, one in enumerate(self.measures)]

    def divided(self, ratio: tuple[int, int], values: Sequence[Decimal | None]) -> Decimal | None:
        above, below = (values[at] for at in ratio)
        return above / below if above is not None and below else None
