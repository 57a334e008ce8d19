"""How wide text is on paper, and the columns that numbers need: no amount is ever broken over two lines."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from PIL import ImageFont

from app.documents.fonts import ASSETS

#: Points between the margins of the page, and between two columns. As page.css has them.
PAGE = 481.8
COLUMN_GAP = 5.0
#: So much is left free beside a number, as sums of widths are rounded on the way to the page.
SPARE = 1.5
SIZE, TOTAL_SIZE = 8.5, 11.0
#: The most that columns of numbers may take of the page, in percent; beyond that they are set smaller.
MOST = 72
SMALLEST = 5.0


@lru_cache(maxsize=20_000)
def text_width(text: str, size: float = SIZE, *, bold: bool = False) -> float:
    """Points that the text takes in one line."""
    return float(measuring_font(bold).getlength(text)) * size / 1000


@cache
def measuring_font(bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(ASSETS / name, 1000, layout_engine=ImageFont.Layout.BASIC)


def widest(texts: Iterable[str], size: float = SIZE, *, bold: bool = False) -> float:
    return max((text_width(text, size, bold=bold) for text in texts), default=0.0)


def share(points: float, of: float = PAGE) -> int:
    """The percentage of a width that a column needs whose widest text takes so many points."""
    return math.ceil((points + COLUMN_GAP + SPARE) * 100 / of)


# --- the table of lines ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Columns:
    """The width of each column in percent, and the size of the numbers in points."""

    widths: dict[str, int]
    size: float = SIZE


def columns_for(least: dict[str, int], numbers: dict[str, list[str]], rest: str, *, most: int = MOST) -> Columns:
    """Columns at least as wide as `least` in which all of their numbers fit; `rest` gets what they leave.

    Together they take up to `most` percent of the page before they are set smaller.
    """
    size = SIZE
    while True:
        widths = {name: max(low, share(widest(numbers.get(name, ()), size))) for name, low in least.items()}
        if sum(widths.values()) <= most or size <= SMALLEST:
            return Columns({rest: 100 - sum(widths.values()), **widths}, size)
        size -= 0.5


# --- the sums below it ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sums:
    """The VAT per rate and the totals: beside each other, or one below the other when their numbers are too long.

    `left`, `gap` and `right` are percent of the page, the others of the table that they are columns of.
    """

    left: int = 50
    gap: int = 8
    right: int = 42
    rate: int = 34
    base: int = 33
    tax: int = 33
    label: int = 55
    amount: int = 45
    is_stacked: bool = False


def sums_for(*, bases: list[str], taxes: list[str], amounts: list[str], total: str, labels: list[str]) -> Sums:
    """The usual arrangement where everything fits in it, and else one in which it does."""
    base, tax = widest(bases) + COLUMN_GAP + SPARE, widest(taxes) + COLUMN_GAP + SPARE
    amount = max(widest(amounts, bold=True), text_width(total, TOTAL_SIZE, bold=True)) + COLUMN_GAP + SPARE
    usual = Sums()
    left, right = PAGE * usual.left / 100, PAGE * usual.right / 100 - COLUMN_GAP
    if max(base, tax) <= left * usual.base / 100 and amount <= right * usual.amount / 100:
        return usual
    return roomy_sums(base, tax, amount, label=widest(labels, TOTAL_SIZE, bold=True) + COLUMN_GAP)


def roomy_sums(base: float, tax: float, amount: float, *, label: float) -> Sums:
    """Room for columns of so many points. Labels may go on to a second line, amounts may not."""
    rate = text_width("99.9999 %") + COLUMN_GAP
    is_stacked = rate + base + tax + label + amount + 4 * COLUMN_GAP > PAGE
    right = 100 if is_stacked else math.ceil((label + amount + COLUMN_GAP) * 100 / PAGE)
    left = 100 if is_stacked else 98 - right
    base_share, tax_share = (math.ceil(part * 100 / (PAGE * left / 100)) for part in (base, tax))
    amount_share = math.ceil(amount * 100 / (PAGE * right / 100 - COLUMN_GAP))
    return Sums(
        left=left,
        gap=0 if is_stacked else 2,
        right=right,
        rate=100 - base_share - tax_share,
        base=base_share,
        tax=tax_share,
        label=100 - amount_share,
        amount=amount_share,
        is_stacked=is_stacked,
    )
