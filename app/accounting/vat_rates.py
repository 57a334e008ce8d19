"""The VAT rates of a country on a day, out of the shop's table of them; another one may still be typed anywhere."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from sqlalchemy import select

from app import queries
from app.amounts.money import ZERO
from app.extensions import db
from app.models import VatCategory, VatGoods, VatRate

#: The rates that come along. Sources: European Commission, "VAT rates applied in the Member States" and TEDB, HMRC,
#: Skatteetaten, ESTV/AFC; the law is named beside each.
SHIPPED_TABLE = Path(__file__).with_suffix(".csv")

#: Where another name is written for the country of the table, or where its rates hold.
SAME_AS = {"EL": "GR", "MC": "FR", "XI": "GB", "LI": "CH"}


@dataclass(frozen=True)
class ShippedRate:
    country: str
    category: VatCategory
    valid_from: date
    valid_until: date | None
    percent: Decimal
    goods: tuple[VatGoods, ...]
    source: str


@cache
def read_shipped() -> tuple[ShippedRate, ...]:
    with SHIPPED_TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            ShippedRate(
                row["country"],
                VatCategory(row["category"]),
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["valid_until"]) if row["valid_until"] else None,
                Decimal(row["percent"]),
                tuple(map(VatGoods, row["goods"].split())),
                row["source"],
            )
            for row in csv.DictReader(file)
        )


def country_of_rates(code: str) -> str:
    """Under which country its rates stand: "GR" of a VAT id of EL, or of a place that has those of another country."""
    return SAME_AS.get(code, code)


class RateTable:
    """The rates in use of some countries, loaded once."""

    def __init__(self, rates: Iterable[VatRate]) -> None:
        self.known: dict[tuple[str, date], tuple[Decimal, ...]] = {}  # asked for each row of each document
        self.by_category: dict[str, dict[VatCategory, list[VatRate]]] = defaultdict(lambda: defaultdict(list))
        for rate in sorted(rates, key=lambda one: one.valid_from, reverse=True):
            self.by_category[rate.country][rate.category].append(rate)

    def in_force(self, country: str, on: date) -> list[VatRate]:
        """The newest of each category, unless it is over: the standard rate first, then the highest."""
        categories = self.by_category[country_of_rates(country)].values()
        newest = (next((one for one in dated if one.valid_from <= on), None) for dated in categories)
        holding = [one for one in newest if one and (one.valid_until is None or on <= one.valid_until)]
        return sorted(holding, key=lambda one: (one.category != VatCategory.STANDARD, -one.percent, one.category))

    def percents(self, country: str, on: date) -> list[Decimal]:
        """Each once: the standard rate first, 0 last; only 0 where none are known."""
        if (country, on) not in self.known:
            rates = dict.fromkeys(one.percent for one in self.in_force(country, on) if one.percent)
            self.known[country, on] = (*rates, ZERO)
        return list(self.known[country, on])

    def standard(self, country: str, on: date) -> Decimal:
        return self.percents(country, on)[0]

    def was_standard(self, percent: Decimal, country: str, before: date) -> bool:
        """Whether it once was the standard rate, and is none of the country's any more."""
        dated = self.by_category[country_of_rates(country)][VatCategory.STANDARD]
        is_past = any(one.percent == percent and one.valid_from < before for one in dated)
        return is_past and percent not in self.percents(country, before)


def load_rates(*countries: str) -> RateTable:
    """Of these countries; of all where none is named."""
    query = select(VatRate).where(VatRate.is_active)
    if countries:
        query = query.where(VatRate.country.in_({country_of_rates(country) for country in countries}))
    return RateTable(db.session.scalars(query))


def rates_of(country: str, on: date) -> list[Decimal]:
    """The standard rate first, 0 last; only 0 where none are known."""
    return load_rates(country).percents(country, on)


def usual_rate() -> Decimal:
    """The standard rate of the shop's country today, in percent; a small business that is exempt charges none."""
    shop = queries.shop()
    return ZERO if shop.is_small_business else load_rates(shop.country).standard(shop.country, queries.today())
