"""A report as a table per currency, with its total, beside the days that it is compared with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from flask_babel import lazy_gettext as _l

from app import queries
from app.amounts.money import ZERO, rounded
from app.exports.figures.declaration import EarlierDay, FigureRow, FigureScope, Names, Report, RowKey, Unit
from app.extensions import ShownText

CHANGE = (_l("Before"), _l("Difference"), _l("Difference in %"))


@dataclass(frozen=True)
class Cell:
    value: Decimal | None
    unit: Unit


@dataclass(frozen=True)
class FigureLine:
    names: Names
    cells: tuple[Cell, ...]
    shown: Decimal  # by the bars
    before: Decimal | None = None


@dataclass(frozen=True)
class Block:
    """The rows of a currency; nothing is added up over several."""

    currency: str
    headings: tuple[ShownText, ...]
    columns: tuple[ShownText, ...]
    lines: list[FigureLine]
    total: FigureLine

    @property
    def told(self) -> list[FigureLine]:
        """Those of which there is anything to tell: days without sales have a place among the bars only."""
        return [line for line in self.lines if any(cell.value for cell in line.cells)]


def lay_out(report: Report, asked: FigureScope, compared: FigureScope | None = None) -> list[Block]:
    """That of the shop's currency first."""
    now, before = by_currency(report.read(asked)), by_currency(report.read(compared) if compared else ())
    own = queries.shop().currency
    return [
        make_block(report, asked, currency, now.get(currency, {}), before.get(currency, {}) if compared else None)
        for currency in sorted({*now, *before}, key=lambda currency: (currency != own, currency))
    ]


FoundRows = Mapping[RowKey, FigureRow]


def by_currency(rows: Iterable[FigureRow]) -> dict[str, FoundRows]:
    found: dict[str, dict[RowKey, FigureRow]] = defaultdict(dict)
    for row in rows:
        found[row.currency][row.key] = row
    return {**found}


def make_block(report: Report, asked: FigureScope, currency: str, now: FoundRows, before: FoundRows | None) -> Block:
    nothing = (ZERO,) * len(report.adding)
    lines = []
    for key, names in name_rows(report, asked, now, before or {}).items():
        past = sums_at(before, key, nothing) if before is not None else None
        lines.append(make_line(report, currency, names, sums_at(now, key, nothing), past))
    if not report.is_timeline:
        lines.sort(key=lambda line: (-line.shown, -(line.before or ZERO)))
    past = add_up(before.values(), nothing) if before is not None else None
    total = make_line(report, currency, (), add_up(now.values(), nothing), past)
    columns = (*(one.title for one in report.measures), *(CHANGE if before is not None else ()))
    return Block(currency, tuple(report.headings(asked)), columns, lines, total)


def name_rows(report: Report, asked: FigureScope, now: FoundRows, before: FoundRows) -> dict[RowKey, Names]:
    """All rows of a currency. A time line has the days asked for, sold or not; then those left of the days before."""
    if not report.timeline:
        return {key: (now.get(key) or before[key]).names for key in [*now, *before]}
    names = dict(report.timeline(asked))
    left = sorted((row for key, row in before.items() if key not in names), key=lambda row: str(row.names[0]))
    return {**names, **{row.key: tuple(map(mark_earlier, row.names)) for row in left}}


def mark_earlier(name: object) -> object:
    return EarlierDay(name.year, name.month, name.day) if isinstance(name, date) else name


def sums_at(rows: FoundRows, key: RowKey, nothing: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    return rows[key].sums if key in rows else nothing


def add_up(rows: Iterable[FigureRow], nothing: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    sums = list(nothing)
    for row in rows:
        sums = [so_far + one for so_far, one in zip(sums, row.sums, strict=True)]
    return tuple(sums)


def make_line(
    report: Report, currency: str, names: Names, sums: Sequence[Decimal], past: Sequence[Decimal] | None
) -> FigureLine:
    values = report.values(sums)
    cells = [
        Cell(in_units(value, one.unit, currency), one.unit) for value, one in zip(values, report.measures, strict=True)
    ]
    shown = values[report.drawn] or ZERO
    if past is None:
        return FigureLine(names, tuple(cells), shown)
    before, unit = report.values(past)[report.drawn] or ZERO, report.measures[report.drawn].unit
    change = (Cell(before, unit), Cell(shown - before, unit), Cell(change_in_percent(shown, before), Unit.PERCENT))
    return FigureLine(names, (*cells, *change), shown, before)


def in_units(value: Decimal | None, unit: Unit, currency: str) -> Decimal | None:
    return rounded(value, currency) if value is not None and unit == Unit.MONEY and currency else value


def change_in_percent(now: Decimal, before: Decimal) -> Decimal | None:
    """Of what was before; nothing where that was nothing."""
    return ((now - before) * 100 / abs(before)).quantize(Decimal("0.1"), ROUND_HALF_UP) if before else None
