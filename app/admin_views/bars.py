"""Amounts as bars, drawn here: they print, need no script, pass the security policy and go with light and dark.

Sizes are shares of the place in percent, so that texts are not stretched with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.amounts.money import ZERO
from app.exports.figures.laying_out import FigureLine

#: Bars that lie below one another, each with its name: the first ones of a table.
MOST_LYING = 12


@dataclass(frozen=True)
class DrawnBar:
    """Where a bar begins and how long it is, in percent; `faint` is that of the days compared with."""

    name: str
    text: str  # what it says to who points at it
    amount: str
    at: float
    width: float
    start: float
    length: float
    faint_start: float = 0
    faint_length: float = 0


@dataclass(frozen=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True)
class BarChart:
    bars: list[DrawnBar]
    ticks: list[Tick]
    zero: float
    is_timeline: bool
    names: list[str]  # below a time line: those of its first, middle and last bar
    left_out: int


def draw_bars(
    lines: Sequence[FigureLine], name: Callable[[FigureLine], str], show: Callable[[Decimal], str], *, is_timeline: bool
) -> BarChart | None:
    """None where there is nothing to draw."""
    drawn = lines if is_timeline else lines[:MOST_LYING]
    values = [value for line in drawn for value in (line.shown, line.before or ZERO)]
    if not any(values):
        return None
    ticks = find_ticks(min(*values, ZERO), max(*values, ZERO))
    low, high = ticks[0], ticks[-1]

    def place(value: Decimal) -> float:
        share = float((value - low) / (high - low)) * 100
        return round(100 - share if is_timeline else share, 2)

    zero, step = place(ZERO), 100 / len(drawn)
    bars = []
    for at, line in enumerate(drawn):
        start, length = between_places(zero, place(line.shown))
        faint_start, faint_length = between_places(zero, place(line.before or ZERO))
        called = name(line)
        said = f"{called}: {show(line.shown)}" + (f" ({show(line.before)})" if line.before is not None else "")
        wide = (round(at * step + step * 0.1, 2), round(step * 0.8, 2))
        bars.append(DrawnBar(called, said, show(line.shown), *wide, start, length, faint_start, faint_length))
    marks = [Tick(place(one), show(one)) for one in ticks]
    ends = [bars[at].name for at in sorted({0, len(bars) // 2, len(bars) - 1})] if is_timeline else []
    return BarChart(bars, marks, zero, is_timeline, ends, len(lines) - len(drawn))


def between_places(one: float, other: float) -> tuple[float, float]:
    """Where it begins and how long it is; the least of an amount shows."""
    length = abs(one - other)
    return round(min(one, other), 2), round(max(length, 0.5) if length else 0, 2)


def find_ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """Round numbers from below the lowest to above the highest: steps of 1, 2 or 5, ten times that, and so on."""
    least = (high - low) / 4
    size = Decimal(10) ** least.adjusted()
    step = next(size * times for times in (1, 2, 5, 10) if size * times >= least)
    first = (low / step).to_integral_value("ROUND_FLOOR")
    last = (high / step).to_integral_value("ROUND_CEILING")
    return [step * at for at in range(int(first), int(last) + 1)]
