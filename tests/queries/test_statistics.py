"""Figures over many orders: days by the shop's clock, and what counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.actions.tasks import add_task, finish_task
from app.columns import at, now
from app.history import SYSTEM
from app.queries import shop, statistics
from app.queries.statistics import Day
from tests.clients import somebody
from tests.factories import line, paid_order, placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]

#: The clocks of Amsterdam went back on 25 October: that day began at 22:00 UTC and lasted 25 hours.
CLOCKS_BACK = datetime(2026, 10, 25, 12, 0, tzinfo=UTC)


def test_sales_per_day_follow_the_shops_clock() -> None:
    placed = [
        datetime(2026, 10, 24, 21, 59, tzinfo=UTC),
        datetime(2026, 10, 24, 22, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 22, 59, tzinfo=UTC),
        datetime(2026, 10, 25, 23, 0, tzinfo=UTC),
    ]
    for moment in placed:
        placed_order(placed_at=moment, total=Decimal("10.10"), lines=[line("Vase", quantity="1", unit_price="10.10")])

    with at(CLOCKS_BACK):
        assert statistics.sales_per_day(3) == [
            Day(date(2026, 10, 23), 0, Decimal(0)),
            Day(date(2026, 10, 24), 1, Decimal("10.10")),
            Day(date(2026, 10, 25), 2, Decimal("20.20")),
        ]


def test_sales_per_month_follow_the_shops_clock_and_the_last_month_is_the_one_that_goes_on() -> None:
    for moment in (datetime(2026, 9, 30, 21, 59, tzinfo=UTC), datetime(2026, 9, 30, 22, 0, tzinfo=UTC), CLOCKS_BACK):
        placed_order(placed_at=moment, total=Decimal("10.10"), lines=[line("Vase", quantity="1", unit_price="10.10")])

    with at(CLOCKS_BACK):
        found = statistics.sales_per_month(11)
        assert (statistics.has_many_orders(1, 1), statistics.has_many_orders(1, 2)) == (True, False)

    assert [one.day for one in (found[0], found[1], found[-1])] == [
        date(2025, 12, 1), date(2026, 1, 1), date(2026, 10, 1),
    ]  # fmt: skip
    assert found[-2:] == [
        Day(date(2026, 9, 1), 1, Decimal("10.10")),
        Day(date(2026, 10, 1), 2, Decimal("20.20")),
    ]


def test_cancelled_orders_and_drafts_and_totals_in_another_currency_do_not_count() -> None:
    placed_order(placed_at=CLOCKS_BACK, currency="USD")
    placed_order(placed_at=CLOCKS_BACK).cancelled_at = CLOCKS_BACK
    placed_order(placed_at=CLOCKS_BACK).is_draft = True

    with at(CLOCKS_BACK):
        assert statistics.sales_per_day(1) == [Day(date(2026, 10, 25), 1, Decimal(0))]


def test_waiting_counts_ones_own_open_tasks_and_the_late_ones_among_them() -> None:
    owner, packer = somebody("owner"), somebody("packer")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    for who, due in ((owner, None), (owner, long_ago), (packer, long_ago)):
        add_task(shop(), by=SYSTEM, description="Call", assignee_id=who.id, due_at=due)
    finish_task(add_task(shop(), by=SYSTEM, description="Call", assignee_id=owner.id, due_at=long_ago), by=SYSTEM)

    found = statistics.waiting_counts(owner.id)

    assert (found.tasks, found.late_tasks) == (2, 1)


def test_waiting_knows_what_came_today_and_what_waits_longest() -> None:
    placed_order(placed_at=CLOCKS_BACK - timedelta(days=3))
    placed_order(placed_at=CLOCKS_BACK - timedelta(days=2))
    paid_order(placed_at=CLOCKS_BACK - timedelta(days=1))
    placed_order(placed_at=now())

    found = statistics.waiting_counts(None)

    assert found.placed_today == 1
    assert found.oldest_unpaid == CLOCKS_BACK - timedelta(days=3)
    assert found.oldest_to_ship == CLOCKS_BACK - timedelta(days=1)
    assert (found.failed_mails, found.unread_payloads, found.has_demo) == (0, 0, 0)
