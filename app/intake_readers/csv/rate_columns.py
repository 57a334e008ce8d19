"""Columns called "BTW", "VAT" or "MwSt" that hold rates in percent and no amounts: their cells tell."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.intake_readers.csv.cells import number_readings

#: Rates of VAT in Europe that orders bear or bore.
RATES = frozenset(
    map(
        Decimal,
        "0 2.1 2.5 2.6 3 3.7 3.8 4 4.5 4.8 5 5.5 6 7 7.5 7.7 8 8.1 8.5 9 9.5 10 11 12 12.5 13 13.5 14 15 16 17 18 19"
        " 20 21 22 23 24 25 25.5 27".split(),
    )
)
CENT = Decimal("0.01")


def holds_rates(pairs: Sequence[tuple[str, Sequence[str]]]) -> bool:
    """Whether these cells of one column are rates; beside each what its row says in columns of totals and prices.

    A percent sign says so. Else none of them may be the tax on a price of its row.
    """
    given = [(cell, prices) for cell, prices in pairs if cell]
    if not given or not all(readings_of(cell) & RATES for cell, _prices in given):
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
