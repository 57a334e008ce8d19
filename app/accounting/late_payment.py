"""What the law lets a shop charge for late payment: costs and interest, by country, and for businesses or consumers.

Never earlier than the law lets, and never more: where it leaves a choice, the one that is better for the customer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

from app.amounts.money import ZERO, rounded

RATES_TABLE = Path(__file__).with_suffix(".toml")

#: Reference rates: name -> the day from which each counts -> percent.
Rates = Mapping[str, Mapping[date, Decimal]]

#: Amounts of these laws are in it.
CURRENCY = "EUR"


@cache
def read_rates() -> dict[str, dict[date, Decimal]]:
    stated = tomllib.loads(RATES_TABLE.read_text("utf-8"))
    return {
        name: {date.fromisoformat(day): Decimal(percent) for day, percent in dated.items()}
        for name, dated in stated.items()
    }


def rates_with(own: Sequence[str]) -> Rates:
    """Those that come along, and the shop's own: "ecb 2026-07-01 2.15" each."""
    rates = {name: dict(dated) for name, dated in read_rates().items()}
    for line in own:
        name, day, percent = line.split()
        rates[name][date.fromisoformat(day)] = Decimal(percent)
    return rates


# --- what each country lets be charged -----------------------------------------------------------------------------


def no_costs(_principal: Decimal) -> Decimal:
    return ZERO


def flat_costs(_principal: Decimal) -> Decimal:
    """40 EUR between businesses, whatever is owed: Directive 2011/7/EU, article 6 (1)."""
    return Decimal(40)


def costs_nl(principal: Decimal) -> Decimal:
    """Of a consumer in the Netherlands: article 2 of the Besluit vergoeding voor buitengerechtelijke incassokosten.

    15 % of the first 2,500, 10 % of the next 2,500, 5 % of the next 5,000, 1 % of the next 190,000, 0.5 % above; at
    least 40 and at most 6,775.
    """
    brackets = ((2_500, "15"), (2_500, "10"), (5_000, "5"), (190_000, "1"))
    left, costs = principal, ZERO
    for width, percent in brackets:
        part = min(left, Decimal(width))
        costs += part * Decimal(percent) / 100
        left -= part
    costs += left * Decimal("0.5") / 100
    return min(max(rounded(costs, CURRENCY), Decimal(40)), Decimal(6_775))


def costs_be(principal: Decimal) -> Decimal:
    """Of a consumer in Belgium at most: Code of Economic Law, article XIX.4.

    20 up to 150; 30 and 10 % of what is above 150, up to 500; 65 and 5 % of what is above 500, at most 2,000.
    """
    if principal <= 150:
        return Decimal(20)
    if principal <= 500:
        return rounded(30 + (principal - 150) * 10 / 100, CURRENCY)
    return min(rounded(65 + (principal - 500) * 5 / 100, CURRENCY), Decimal(2_000))


@dataclass(frozen=True)
class Rule:
    """What may be charged of a kind of buyer, once a reminder that charged nothing has gone."""

    law: str
    rate: str  # which reference rate
    points: Decimal = ZERO  # above it
    multiple: Decimal = ZERO  # rounded up to one of this; 0: as it is
    costs: Callable[[Decimal], Decimal] = no_costs
    waits: int = 0  # days from the reminder on, counted from the day after it went, before anything is charged
    from_reminder: bool = False  # interest runs from the day after the reminder, not from the day after it fell due
    by_terms: bool = False  # only where the shop's terms say so

    def percent(self, rates: Rates, day: date) -> Decimal:
        """The yearly interest on a day; 0 before the first rate that is known."""
        dated = rates[self.rate]
        known = [since for since in dated if since <= day]
        if not known:
            return ZERO
        percent = max(dated[max(known)] + self.points, ZERO)
        if not self.multiple:
            return percent
        return (percent / self.multiple).to_integral_value(ROUND_CEILING) * self.multiple


#: Between businesses, by the country of the shop.
BUSINESS = {
    "NL": Rule("6:96 (4), 6:119a BW", "ecb", Decimal(8), costs=flat_costs),
    "BE": Rule("Wet/Loi 2.8.2002, 5-6", "ecb", Decimal(8), multiple=Decimal("0.5"), costs=flat_costs),
    "DE": Rule("§ 288 (2), (5) BGB", "de", Decimal(9), costs=flat_costs),
    "FR": Rule("L441-10, D441-5 C. com.", "ecb", Decimal(10), costs=flat_costs),
    "ES": Rule("Ley 3/2004, 7-8", "ecb", Decimal(8), costs=flat_costs),
}
ELSEWHERE_IN_EU = Rule("2011/7/EU, 3, 6", "ecb", Decimal(8), costs=flat_costs)

#: Where the directive holds.
DIRECTIVE_HOLDS = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())

#: Of consumers, by the country that they live in, which protects them (Rome I, article 6).
CONSUMER = {
    "NL": Rule("6:96 (5)-(6), 6:119 BW", "nl", costs=costs_nl, waits=14),
    "BE": Rule("XIX.2, XIX.4 WER/CDE", "ecb", Decimal(8), Decimal("0.5"), costs_be, waits=14, by_terms=True),
    "DE": Rule("§ 286 (1), § 288 (1) BGB", "de", Decimal(5), from_reminder=True),
    "FR": Rule("1231-6 C. civ.", "fr", from_reminder=True),
    "ES": Rule("1100, 1108 CC", "es", from_reminder=True),
}


def rule_for(*, is_business: bool, shop_country: str, buyer_country: str) -> Rule | None:
    """None where nothing is known that may be charged."""
    if not is_business:
        return CONSUMER.get(buyer_country)
    known = BUSINESS.get(shop_country)
    return known or (ELSEWHERE_IN_EU if shop_country in DIRECTIVE_HOLDS else None)


def first_day(rule: Rule, reminded_on: date) -> date:
    """The first day on which something may be charged: after the whole days that the reminder gave.

    A reminder that goes on 1 March has arrived that day; 14 days from the day after it end with 15 March.
    """
    return reminded_on + timedelta(days=rule.waits + 1)


# --- reckoning -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Owed:
    """What of documents that fell due was owed from a day on."""

    since: date
    amount: Decimal


@dataclass(frozen=True)
class LateCharges:
    costs: Decimal
    interest: Decimal
    law: str
    since: date  # the first day of the interest
    until: date  # the first day that it is not reckoned for any more

    @property
    def total(self) -> Decimal:
        return self.costs + self.interest


def late_charges(
    rule: Rule, rates: Rates, owed: Sequence[Owed], *, due_on: date, reminded_on: date, today: date
) -> LateCharges:
    """All that may be charged up to today, by the law that the rule names.

    `owed` is in the order of days; costs are those of what was still owed when it was reminded of. Interest is simple,
    by days of a year of 365, up to yesterday, each day at the rate that counts on it, rounded once at the end.
    """
    since = (reminded_on if rule.from_reminder else due_on) + timedelta(days=1)
    if today < first_day(rule, reminded_on):
        return LateCharges(ZERO, ZERO, rule.law, since, since)
    claimed = amount_on(owed, reminded_on)
    costs = rule.costs(claimed) if claimed > 0 else ZERO
    return LateCharges(costs, interest(rule, rates, owed, since, today), rule.law, since, max(since, today))


def interest(rule: Rule, rates: Rates, owed: Sequence[Owed], since: date, until: date) -> Decimal:
    """From the day `since` to the one before `until`."""
    changes = {*(one.since for one in owed), *rates[rule.rate]}
    days = sorted({since, until, *(day for day in changes if since < day < until)})
    yearly = sum(
        (amount_on(owed, day) * rule.percent(rates, day) * (end - day).days for day, end in pairwise(days)), ZERO
    )
    return rounded(yearly / 36500, CURRENCY) if since < until else ZERO


def amount_on(owed: Sequence[Owed], day: date) -> Decimal:
    return next((one.amount for one in reversed(owed) if one.since <= day), ZERO)
