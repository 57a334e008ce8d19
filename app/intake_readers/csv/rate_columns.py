"""Columns of tax rates: whether one called "BTW", "VAT" or "MwSt" holds them, and whether 0.21 is 21 % in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum

from app.intake_readers.csv.cells import number_readings

#: Rates of VAT in Europe that orders bear or bore.
RATES = frozenset(
    map(
        Decimal,
        "0 2.1 2.5 2.6 3 3.7 3.8 4 4.5 4.8 5 5.5 6 7 7.5 7.7 8 8.1 8.5 9 9.5 10 11 12 12.5 13 13.5 14 15 16 17 18 19"
        " 20 21 22 23 24 25 25.5 27".split(),
    )
)
#: The same as parts of one, as spreadsheets keep what they show as percent.
PARTS_OF_ONE = frozenset(rate / 100 for rate in RATES)
HIGHEST_PART = max(PARTS_OF_ONE)
CENT = Decimal("0.01")


class RateForm(StrEnum):
    """How a column writes its rates."""

    PERCENT = "percent"  # 21
    PART = "part"  # 0.21
    DOUBTED = "?"  # both, or a part that no tax is


def rate_form_of(cells: Iterable[str]) -> RateForm:
    """What the cells of a column of rates show; those with a percent sign speak for themselves and for the others."""
    small = large = False
    strange = False
    for cell in cells:
        readings = readings_of(cell) - {Decimal(0)}
        if "%" in cell or (readings and min(readings) >= 1):
            large = True
        elif readings:
            small = True
            strange = strange or min(readings) > HIGHEST_PART
    if small and (large or strange):
        return RateForm.DOUBTED
    return RateForm.PART if small else RateForm.PERCENT


def holds_rates(pairs: Sequence[tuple[str, Sequence[str]]]) -> bool:
    """Whether these cells of one column are rates; beside each what its row says in columns of totals and prices.

    A percent sign says so. Else none of them may be the tax on a price of its row.
    """
    given = [(cell, prices) for cell, prices in pairs if cell]
    if not given or not any(
        all(readings_of(cell) & rates for cell, _prices in given) for rates in (RATES, PARTS_OF_ONE)
    ):
        return False
    if any("%" in cell for cell, _prices in given):
        return True
    taxed = [(cell, price) for cell, prices in given for price in prices if price and readings_of(cell) != {Decimal(0)}]
    return bool(taxed) and not any(can_be_tax(cell, price) for cell, price in taxed)


def can_be_tax(cell: str, price: str) -> bool:
    return any(
        abs(whole * rate / base - tax) <= CENT
        for tax in readings_of(cell)
        for whole in readings_of(price)
        for rate in RATES
        for base in (Decimal(100), 100 + rate)
    )


def readings_of(cell: str) -> set[Decimal]:
    bare = "".join(sign for sign in cell if sign in "0123456789.,'-")
    return set(number_readings(bare).values()) if bare else set()
