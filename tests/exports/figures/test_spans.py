"""Days by their names, and those that they are compared with: also at the ends of months and years."""

from __future__ import annotations

from datetime import date

import pytest

from app.exports.figures.spans import MOST_STEPS, Span, find_span


def days(text: str) -> Span:
    since, until = text.split()
    return Span(date.fromisoformat(since), date.fromisoformat(until))


@pytest.mark.parametrize(
    ("name", "today", "found", "before", "a_year_ago"),
    [
        ("this_month", "2026-03-31", "2026-03-01 2026-03-31", "2026-02-01 2026-02-28", "2025-03-01 2025-03-31"),
        ("this_month", "2026-03-30", "2026-03-01 2026-03-30", "2026-02-01 2026-02-28", "2025-03-01 2025-03-30"),
        ("this_month", "2026-11-12", "2026-11-01 2026-11-12", "2026-10-01 2026-10-12", "2025-11-01 2025-11-12"),
        ("last_month", "2026-01-05", "2025-12-01 2025-12-31", "2025-11-01 2025-11-30", "2024-12-01 2024-12-31"),
        ("this_quarter", "2026-02-28", "2026-01-01 2026-02-28", "2025-10-01 2025-11-30", "2025-01-01 2025-02-28"),
        ("last_quarter", "2026-02-10", "2025-10-01 2025-12-31", "2025-07-01 2025-09-30", "2024-10-01 2024-12-31"),
        ("this_year", "2024-02-29", "2024-01-01 2024-02-29", "2023-01-01 2023-02-28", "2023-01-01 2023-02-28"),
        ("last_year", "2026-06-01", "2025-01-01 2025-12-31", "2024-01-01 2024-12-31", "2024-01-01 2024-12-31"),
    ],
)
def test_days_by_name_and_what_they_are_compared_with(
    name: str, today: str, found: str, before: str, a_year_ago: str
) -> None:
    span = find_span(name, date.fromisoformat(today))

    assert span == days(found)
    assert span.compared("before", name) == days(before)
    assert span.compared("year", name) == days(a_year_ago)
    assert span.compared("", name) is None


def test_two_days_are_compared_with_as_many_before_and_whole_months_with_months() -> None:
    assert days("2026-03-02 2026-03-08").compared("before", "days") == days("2026-02-23 2026-03-01")
    assert days("2026-02-01 2026-03-31").compared("before", "days") == days("2025-12-01 2026-01-31")


def test_steps_leave_out_no_day_and_are_not_too_many() -> None:
    for text in ("2026-01-01 2026-01-01", "2025-12-31 2026-02-02", "2020-02-29 2026-11-30", "2026-01-01 2026-04-10"):
        span = days(text)
        for wanted in ("", "day", "week", "month"):
            parts = span.cut(span.step(wanted))
            assert sum(part.days for part in parts) == span.days
            assert (parts[0].since, parts[-1].until) == (span.since, span.until)
            assert len(parts) <= MOST_STEPS
    assert [part.days for part in days("2025-12-31 2026-01-12").cut("week")] == [5, 7, 1]
