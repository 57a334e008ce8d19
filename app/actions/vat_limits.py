"""The limits of VAT that the shop's sales are watched against: of small businesses, and of sales to other states."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path

from sqlalchemy import select

from app.amounts.money import ZERO
from app.documents.vat import EU, vat_country
from app.extensions import db
from app.models import Shop, YearlySales
from app.queries import today

LIMITS_TABLE = Path(__file__).with_suffix(".toml")

#: Sales of goods to people in other member states, all together, up to which the VAT of one's own is charged
#: (Directive 2006/112/EC, article 59c).
DISTANCE_LIMIT = Decimal(10000)
#: Of a limit: from here on it is near.
NEAR_SHARE = Decimal("0.8")


class LimitState(StrEnum):
    FAR = "far"
    NEAR = "near"
    CROSSED = "crossed"


class LimitKind(StrEnum):
    SMALL_BUSINESS = "small_business"
    DISTANCE_SALES = "distance_sales"


@dataclass(frozen=True)
class WatchedLimit:
    """A limit, and how much was sold in the year that it is of."""

    kind: LimitKind
    year: int
    sold: Decimal
    limit: Decimal
    tolerated: Decimal = ZERO  # so far; 0: not at all

    @property
    def state(self) -> LimitState:
        if self.sold > self.limit:
            return LimitState.CROSSED
        return LimitState.NEAR if self.sold >= self.limit * NEAR_SHARE else LimitState.FAR


@cache
def read_limits() -> dict[str, dict[str, int]]:
    """Country -> what its law says; "FR-services" where it says something else of services."""
    return tomllib.loads(LIMITS_TABLE.read_text("utf-8"))


def sales_by_year() -> dict[int, YearlySales]:
    return {one.year: one for one in db.session.scalars(select(YearlySales))}


def watched_limits(own: Shop) -> list[WatchedLimit]:
    """Those that matter to the shop as it is set up, of this year and the last. Limits are in euros, so is what is
    watched."""
    if own.currency != "EUR" or not (own.is_small_business or watches_distance_sales(own)):
        return []
    sales, year = sales_by_year(), today().year
    return [*small_business_limits(own, sales, year), *distance_limits(own, sales, year)]


def watches_distance_sales(own: Shop) -> bool:
    """Whoever uses the One Stop Shop charges the other states' VAT from the first euro; a small business none."""
    return vat_country(own.country) in EU and not own.uses_oss and not own.is_small_business


def small_business_limits(own: Shop, sales: dict[int, YearlySales], year: int) -> list[WatchedLimit]:
    limits = read_limits()
    said = (own.sells_services and limits.get(f"{own.country}-services")) or limits.get(own.country)
    if not own.is_small_business or not said:
        return []
    of_this, of_last = said["year"], said.get("last", said["year"])
    kind, tolerated = LimitKind.SMALL_BUSINESS, Decimal(said.get("tolerated", 0))
    return [
        WatchedLimit(kind, year, turnover_in(sales, year), Decimal(of_this), tolerated),
        WatchedLimit(kind, year - 1, turnover_in(sales, year - 1), Decimal(of_last), tolerated),
    ]


def turnover_in(sales: dict[int, YearlySales], year: int) -> Decimal:
    return sales[year].turnover if year in sales else ZERO


def distance_limits(own: Shop, sales: dict[int, YearlySales], year: int) -> list[WatchedLimit]:
    if not watches_distance_sales(own):
        return []
    sold = {one: sales[one].distance_sales if one in sales else ZERO for one in (year, year - 1)}
    return [WatchedLimit(LimitKind.DISTANCE_SALES, one, amount, DISTANCE_LIMIT) for one, amount in sold.items()]
