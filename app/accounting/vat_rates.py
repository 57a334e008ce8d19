"""The VAT rates of a country on a day, out of the table that comes along; a shop may still type another one."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TypedDict

from app import queries
from app.amounts.money import ZERO

RATES_TABLE = Path(__file__).with_suffix(".toml")

#: Where another name is written for the country of the table.
SAME_AS = {"EL": "GR", "MC": "FR", "XI": "GB", "LI": "CH"}


class FromDay(TypedDict):
    """Rates from a day on: the standard rate first, percent."""

    from_: date
    rates: list[Decimal]


@cache
def read_table() -> dict[str, list[FromDay]]:
    """Country -> its rates, the latest first."""
    stated = tomllib.loads(RATES_TABLE.read_text("utf-8"), parse_float=Decimal)
    return {
        country: sorted(
            (FromDay(from_=one["from"], rates=[Decimal(rate) for rate in one["rates"]]) for one in dated),
            key=lambda one: one["from_"],
            reverse=True,
        )
        for country, dated in stated.items()
    }


def rates_of(country: str, on: date) -> list[Decimal]:
    """The standard rate first, 0 last; only 0 where none are known."""
    dated = read_table().get(SAME_AS.get(country, country), [])
    return [*next((one["rates"] for one in dated if one["from_"] <= on), []), ZERO]


def rates_here() -> list[Decimal]:
    """Those of the shop's country today; a small business that is exempt charges none."""
    shop = queries.shop()
    return [ZERO] if shop.is_small_business else rates_of(shop.country, queries.today())


def usual_rate() -> Decimal:
    """The standard rate of the shop, in percent."""
    return rates_here()[0]
