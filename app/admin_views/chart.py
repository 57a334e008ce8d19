"""Sales as bars over an axis of amounts: drawn here, so that they print, need no script and pass the security policy.

Sizes are shares of the place in percent, as in `bars`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.admin_views.bars import Tick, between_places, find_ticks
from app.amounts.money import ZERO
from app.pages.formatting import axis_amount, day, month_of
from app.queries.statistics import Day

#: What a letter of the axis takes at most, of its own size: digits are 0.56 wide.
LETTER = 0.58


@dataclass(frozen=True)
class Bar:
    day: Day
    name: str
    at: float
    width: float
    start: float
    length: float


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    ticks: list[Tick]
    axis: float  # how wide its amounts are, in the size of their letters
    names: list[str]  # below the bars: those of the first, the middle and the last
    highest: Decimal
    orders: int
    total: Decimal
    is_monthly: bool


def chart(days: list[Day], currency: str, *, is_monthly: bool = False) -> Chart:
    """A day without sales has no bar; the least of sales shows. No sales: no axis."""
    highest = max((day.total for day in days), default=ZERO)
    values = find_ticks(ZERO, highest) if highest > 0 else []
    top = values[-1] if values else ZERO
    ticks = [Tick(place(value, top), axis_amount(value, currency)) for value in values]
    names = [month_of(one.day) if is_monthly else day(one.day) for one in days]
    return Chart(
        [draw_day(one, names[at], at, 100 / len(days), top) for at, one in enumerate(days)],
        ticks,
        round(LETTER * max((len(tick.text) for tick in ticks), default=0), 2),
        [names[at] for at in sorted({0, len(days) // 2, len(days) - 1})] if days else [],
        highest,
        sum(one.orders for one in days),
        sum((one.total for one in days), ZERO),
        is_monthly,
    )


def draw_day(one: Day, name: str, position: int, step: float, top: Decimal) -> Bar:
    start, length = between_places(100, place(one.total, top)) if one.total > 0 else (100, 0)
    return Bar(one, name, round((position + 0.1) * step, 2), round(0.8 * step, 2), start, length)


def place(value: Decimal, top: Decimal) -> float:
    """How far below the upper edge."""
    return round(100 - float(value / top) * 100, 2)
