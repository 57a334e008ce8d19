"""Sales per day as bars: drawn here, so that they print, need no script and pass the security policy."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.amounts.money import ZERO
from app.queries.statistics import Day

#: In the units of the drawing, which is stretched to its place.
HEIGHT, STEP, GAP = 100, 10, 2


@dataclass(frozen=True)
class Bar:
    day: Day
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    width: int
    height: int
    highest: Decimal
    orders: int
    total: Decimal


def chart(days: list[Day]) -> Chart:
    """A day without sales has no bar; the least of sales shows."""
    highest = max((day.total for day in days), default=ZERO)
    return Chart(
        [bar(day, position, highest) for position, day in enumerate(days)],
        STEP * len(days),
        HEIGHT,
        highest,
        sum(day.orders for day in days),
        sum((day.total for day in days), ZERO),
    )


def bar(day: Day, position: int, highest: Decimal) -> Bar:
    height = max(1, int(day.total * HEIGHT / highest)) if day.total > 0 else 0
    return Bar(day, position * STEP + GAP // 2, HEIGHT - height, STEP - GAP, height)
