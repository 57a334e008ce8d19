"""The table of VAT rates: every country of the EU and its neighbours, each rate from its day on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app import queries
from app.accounting.vat_rates import rates_here, rates_of, read_table, usual_rate
from app.amounts.money import ZERO
from app.documents.vat import EU

BEFORE_ALL = date(2000, 1, 1)


def test_the_member_states_and_their_neighbours_are_in_it() -> None:
    assert set(read_table()) == (EU - {"EL"}) | {"GR", "GB", "NO", "CH"}


@pytest.mark.parametrize(
    ("country", "day", "rates"),
    [
        ("NL", "2026-11-29", "21 9 0"),
        ("EE", "2025-06-30", "22 13 9 0"),
        ("EE", "2025-07-01", "24 13 9 0"),
        ("RO", "2025-07-31", "19 9 5 0"),
        ("RO", "2025-08-01", "21 11 0"),
        ("SK", "2025-01-01", "23 19 5 0"),
        ("FI", "2026-01-01", "25.5 13.5 10 0"),
        ("LT", "2026-01-01", "21 12 5 0"),
        ("AT", "2026-07-01", "20 13 10 4.9 0"),
        ("CH", "2024-01-01", "8.1 3.8 2.6 0"),
        ("EL", "2026-01-01", "24 13 6 0"),
        ("US", "2026-01-01", "0"),
    ],
)
def test_rates_hold_from_their_day_on(country: str, day: str, rates: str) -> None:
    assert rates_of(country, date.fromisoformat(day)) == [Decimal(rate) for rate in rates.split()]


@pytest.mark.parametrize("country", sorted(read_table()))
def test_the_standard_rate_comes_first_and_days_are_in_order(country: str) -> None:
    dated = read_table()[country]
    assert all(one["rates"] == sorted(one["rates"], reverse=True) for one in dated)
    assert len({one["from_"] for one in dated}) == len(dated)
    assert rates_of(country, BEFORE_ALL) == [0]


@pytest.mark.usefixtures("database")
def test_a_small_business_that_is_exempt_is_offered_no_rate() -> None:
    own = queries.shop()
    own.country = "DE"
    assert (rates_here()[0], usual_rate()) == (Decimal(19), Decimal(19))

    own.is_small_business = True
    assert (rates_here(), usual_rate()) == ([ZERO], ZERO)
