"""The table of VAT rates: every country of the EU and its neighbours, each rate from its day on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app import queries
from app.accounting.vat_rates import RateTable, load_rates, rates_of, read_shipped, usual_rate
from app.amounts.money import ZERO
from app.documents.vat import EU
from app.extensions import db
from app.models import VatCategory, VatGoods, VatRate

BEFORE_ALL = date(2000, 1, 1)


def all_shipped() -> RateTable:
    fields = ("country", "category", "valid_from", "valid_until", "percent")
    return RateTable(VatRate(**{name: getattr(one, name) for name in fields}) for one in read_shipped())


def test_the_member_states_and_their_neighbours_are_in_it() -> None:
    assert {one.country for one in read_shipped()} == (EU - {"EL"}) | {"GR", "GB", "NO", "CH"}


@pytest.mark.parametrize(
    ("country", "day", "rates"),
    [
        ("NL", "2026-11-29", "21 9 0"),
        ("EE", "2025-06-30", "22 13 9 0"),
        ("EE", "2025-07-01", "24 13 9 0"),
        ("RO", "2025-07-31", "19 9 5 0"),
        ("RO", "2025-08-01", "21 11 0"),
        ("CZ", "2023-12-31", "21 15 10 0"),
        ("CZ", "2024-01-01", "21 12 0"),
        ("SK", "2025-01-01", "23 19 5 0"),
        ("FI", "2026-01-01", "25.5 13.5 10 0"),
        ("LT", "2026-01-01", "21 12 5 0"),
        ("AT", "2026-06-30", "20 13 10 0"),
        ("AT", "2026-07-01", "20 13 10 4.9 0"),
        ("LU", "2026-01-01", "17 14 8 3 0"),
        ("CH", "2024-01-01", "8.1 3.8 2.6 0"),
        ("EL", "2026-01-01", "24 13 6 0"),
        ("XI", "2026-01-01", "20 5 0"),
        ("US", "2026-01-01", "0"),
    ],
)
def test_rates_hold_from_their_day_on(country: str, day: str, rates: str) -> None:
    assert all_shipped().percents(country, date.fromisoformat(day)) == [Decimal(rate) for rate in rates.split()]


@pytest.mark.parametrize(
    ("country", "day", "goods", "percent"),
    [
        ("SE", "2026-03-31", VatGoods.FOOD, "12"),
        ("SE", "2026-04-01", VatGoods.FOOD, "6"),
        ("SE", "2028-01-01", VatGoods.FOOD, "12"),
        ("BE", "2026-02-28", VatGoods.LODGING, "6"),
        ("BE", "2026-03-01", VatGoods.LODGING, "12"),
        ("NL", "2026-01-01", VatGoods.CULTURE, "9"),
        ("LT", "2026-01-01", VatGoods.BOOKS, "5"),
        ("DE", "2026-01-01", VatGoods.RESTAURANT, "7"),
        ("IE", "2026-07-01", VatGoods.RESTAURANT, "9"),
        ("AT", "2026-07-01", VatGoods.BASIC_FOOD, "4.9"),
    ],
)
def test_goods_are_at_the_rate_of_their_day(country: str, day: str, goods: VatGoods, percent: str) -> None:
    on = date.fromisoformat(day)
    holding = {(one.country, one.category, one.valid_from) for one in all_shipped().in_force(country, on)}
    at = [s.percent for s in read_shipped() if (s.country, s.category, s.valid_from) in holding and goods in s.goods]

    assert at == [Decimal(percent)]


def test_each_rate_is_once_in_the_table_with_its_law_and_the_standard_rate_comes_first() -> None:
    shipped, table = read_shipped(), all_shipped()

    assert len({(one.country, one.category, one.valid_from) for one in shipped}) == len(shipped)
    assert all(one.source and 0 <= one.percent < 30 for one in shipped)
    assert all((one.percent == 0) == (one.category == VatCategory.ZERO) for one in shipped)
    for country in {one.country for one in shipped}:
        days = {day for one in shipped if one.country == country for day in (one.valid_from, date(2026, 11, 30))}
        assert all(table.percents(country, day) == sorted(table.percents(country, day), reverse=True) for day in days)
        assert table.percents(country, BEFORE_ALL) == [0]


@pytest.mark.usefixtures("database")
def test_what_the_shop_says_holds_from_its_day_on() -> None:
    own, today = queries.shop(), queries.today()
    own.country = "DE"
    assert (usual_rate(), rates_of("DE", today)) == (Decimal(19), [Decimal(19), Decimal(7), ZERO])

    tomorrow = today + timedelta(days=1)
    db.session.add(VatRate(country="DE", category=VatCategory.STANDARD, valid_from=tomorrow, percent=Decimal(20)))
    assert (usual_rate(), rates_of("DE", tomorrow)[0]) == (Decimal(19), Decimal(20))
    assert load_rates("DE").was_standard(Decimal(19), "DE", tomorrow)

    reduced = next(one for one in load_rates("DE").in_force("DE", today) if one.category == VatCategory.REDUCED)
    reduced.is_active = False
    assert rates_of("DE", today)[1] == Decimal(7)  # that of the year before holds on

    own.is_small_business = True
    assert usual_rate() == ZERO
