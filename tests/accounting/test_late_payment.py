"""What late payment costs by law, at the edges of each bracket, and interest over the days of changing rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.accounting.late_payment import (
    BUSINESS,
    CONSUMER,
    Owed,
    costs_be,
    costs_nl,
    first_day,
    interest,
    late_charges,
    rates_with,
    read_rates,
    rule_for,
)

RATES = rates_with([])


@pytest.mark.parametrize(
    ("principal", "nl", "be"),
    [
        ("0.01", "40", "20"), ("150", "40", "20"), ("150.01", "40", "30.00"), ("150.10", "40", "30.01"),
        ("266.66", "40.00", "41.67"), ("266.70", "40.01", "41.67"), ("500", "75.00", "65.00"),
        ("500.01", "75.00", "65.00"), ("500.20", "75.03", "65.01"), ("2500", "375.00", "165.00"),
        ("2500.10", "375.01", "165.01"), ("5000", "625.00", "290.00"), ("5000.20", "625.01", "290.01"),
        ("10000", "875.00", "540.00"), ("10001", "875.01", "540.05"), ("39200", "1167.00", "2000"),
        ("39200.20", "1167.00", "2000"), ("200000", "2775.00", "2000"), ("200002", "2775.01", "2000"),
        ("1000000", "6775", "2000"), ("1000002", "6775", "2000"),
    ],
)  # fmt: skip
def test_costs_at_the_edges_of_brackets(principal: str, nl: str, be: str) -> None:
    assert (costs_nl(Decimal(principal)), costs_be(Decimal(principal))) == (Decimal(nl), Decimal(be))


#: Percent as authorities published them: business in NL, BE, DE, FR, ES; consumer in NL, BE, DE, FR, ES.
PUBLISHED = {
    date(2023, 12, 31): "12 12 12.12 14 12 6 12 8.12 4.22 3.25",
    date(2024, 1, 1): "12.5 12.5 12.62 14.5 12.5 7 12.5 8.62 5.07 3.25",
    date(2024, 7, 1): "12.25 12.5 12.37 14.25 12.25 7 12.5 8.37 4.92 3.25",
    date(2025, 6, 30): "11.15 11.5 11.27 13.15 11.15 6 11.5 7.27 3.71 3.25",
    date(2025, 7, 1): "10.15 10.5 10.27 12.15 10.15 6 10.5 6.27 2.76 3.25",
    date(2026, 1, 1): "10.15 10.5 10.27 12.15 10.15 4 10.5 6.27 2.62 3.25",
}


@pytest.mark.parametrize("day", PUBLISHED)
def test_the_interest_is_what_authorities_publish(day: date) -> None:
    rules = [*BUSINESS.values(), *CONSUMER.values()]
    assert [rule.percent(RATES, day) for rule in rules] == list(map(Decimal, PUBLISHED[day].split()))


def test_interest_is_by_the_day_by_what_was_owed_and_by_the_rate_of_that_day() -> None:
    """1,000 from 21 June 2025; 600 from 11 July on: 10 days at 11.15, 10 at 10.15, then 600 for 20 days at 10.15."""
    owed = [Owed(date(2025, 1, 1), Decimal(1000)), Owed(date(2025, 7, 11), Decimal(600))]
    rule = BUSINESS["NL"]
    whole = Decimal(1000) * 10 * Decimal("11.15") + 1000 * 10 * Decimal("10.15") + 600 * 20 * Decimal("10.15")
    assert (
        interest(rule, RATES, owed, date(2025, 6, 21), date(2025, 7, 31)) == round(whole / 36500, 2) == Decimal("9.17")
    )
    assert interest(rule, RATES, owed, date(2025, 6, 21), date(2025, 6, 21)) == 0
    own = rates_with(["ecb 2025-07-01 3.15"])
    assert interest(rule, own, owed[:1], date(2025, 6, 21), date(2025, 7, 1)) == Decimal("3.05")
    assert interest(rule, own, owed[:1], date(2025, 7, 1), date(2025, 7, 11)) == Decimal("3.05")
    assert read_rates()["ecb"][date(2025, 7, 1)] == Decimal("2.15")


def test_nothing_is_charged_of_a_consumer_before_the_days_of_the_reminder_are_over() -> None:
    """A reminder of 1 March: 14 days from 2 March end with 15 March."""
    owed = [Owed(date(2026, 1, 1), Decimal(100))]
    for country, day in (("NL", 16), ("BE", 16), ("DE", 2), ("FR", 2), ("ES", 2)):
        rule, on = CONSUMER[country], date(2026, 3, 1)
        assert first_day(rule, on) == date(2026, 3, day)
        before = late_charges(rule, RATES, owed, due_on=date(2026, 2, 1), reminded_on=on, today=date(2026, 3, day - 1))
        assert (before.costs, before.interest) == (0, 0)
    late = late_charges(CONSUMER["NL"], RATES, owed, due_on=date(2026, 2, 1), reminded_on=date(2026, 3, 1),
                        today=date(2026, 3, 16))  # fmt: skip
    assert (late.costs, late.interest, late.since) == (40, Decimal("0.46"), date(2026, 2, 2))  # 42 days at 4 %
    late = late_charges(CONSUMER["DE"], RATES, owed, due_on=date(2026, 2, 1), reminded_on=date(2026, 3, 1),
                        today=date(2026, 3, 31))  # fmt: skip
    assert (late.costs, late.interest, late.since) == (0, Decimal("0.50"), date(2026, 3, 2))  # 29 days at 6.27 %


def test_a_consumer_is_protected_where_they_live_and_a_business_pays_by_the_law_of_the_shop() -> None:
    assert rule_for(is_business=False, shop_country="NL", buyer_country="DE") is CONSUMER["DE"]
    assert rule_for(is_business=True, shop_country="NL", buyer_country="DE") is BUSINESS["NL"]
    assert rule_for(is_business=False, shop_country="NL", buyer_country="PL") is None
    assert rule_for(is_business=True, shop_country="US", buyer_country="NL") is None
    austria = rule_for(is_business=True, shop_country="AT", buyer_country="NL")
    assert austria is not None
    assert austria.costs(Decimal(1)) == 40
