"""The stories of the demo shop: none of what happens in them lies ahead, on whatever day and wherever it is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.demo.afterwards import AFTERWARDS
from app.demo.planting import stories
from app.demo.plots import PLOTS
from app.demo.stories import SMALL_HOURS, Story
from app.queries import shop

MONDAY = date(2026, 10, 19)


def moments_of(story: Story) -> Iterator[datetime]:
    yield story.new.placed_at
    yield from (moment for moment, _deed in story.deeds)
    yield from (payment.paid_at for payment in story.new.payments)
    yield from (note.written_at for note in story.new.notes if note.written_at)
    yield from filter(None, (story.new.cancelled_at, story.new.ready_for_pickup_at))


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Europe/Amsterdam", "Pacific/Pago_Pago"])
def test_nothing_lies_ahead_on_any_day_of_the_week(database: None, zone: str) -> None:
    """Also what is put off until Monday. On the last one the clock goes back in Europe."""
    shop().time_zone = zone
    for days in range(7):
        day = MONDAY + timedelta(days=days)
        told = stories(day, (*PLOTS, *AFTERWARDS))
        end = datetime.combine(day, time(SMALL_HOURS), ZoneInfo(zone))
        assert max(one for story in told for one in moments_of(story)) < end, day
        for story in told:
            deeds = [story.new.placed_at, *(when for when, _deed in story.deeds)]
            assert deeds == sorted(deeds), story
