"""Stretches of numbers: what belongs to one, and whether two share a number."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app import numbering
from app.actions.numbering import change_series
from app.extensions import db
from app.history import SYSTEM
from app.numbering import Stretch, any_drawn, begins_anew_on, draw, fill_in, format_number, periods, shared_number


@pytest.mark.parametrize(
    ("number", "position"),
    [
        ("INV00007", 7),
        ("INV00012", 12),
        ("INV00013", None),  # never drawn
        ("INV00004", None),  # of an earlier stretch
        ("INV0007", None),  # too short
        ("INV000007", None),
        ("inv00007", None),
        ("INV0000x", None),
        ("INV", None),
        ("INV٠٠٠٠٧", None),  # digits of another script
    ],
)
def test_the_count_in_a_number(number, position):
    assert Stretch("INV", 5, first=5, last=12).position(number) == position


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [
        (Stretch("INV", 5, 1), Stretch("CRN", 5, 1), ""),
        (Stretch("INV", 5, 1), Stretch("INV", 5, 1, 9), "INV00001"),
        (Stretch("INV", 5, 10), Stretch("INV", 5, 1, 9), ""),
        (Stretch("2027", 4, 1), Stretch("2026", 4, 1, 500), ""),
        (Stretch("20", 5, 1), Stretch("2026", 4, 1, 500), "20260001"),  # when it has counted to 260001
        (Stretch("20", 5, 1, 99999), Stretch("2026", 4, 1, 500), ""),
        (Stretch("", 5, 1), Stretch("1", 4, 1, 9), "10001"),
    ],
)
def test_two_stretches_share_a_number_or_not(one, other, number):
    assert one.meets(other) == number
    assert bool(other.meets(one)) == bool(number)


stretches = st.builds(
    lambda prefix, digits, first, more: Stretch(prefix, digits, first, first + more),
    st.text("A12", max_size=3),
    st.integers(1, 4),
    st.integers(1, 1200),
    st.integers(0, 300),
)


@given(stretches, stretches)
def test_sharing_is_what_writing_them_all_out_says(one, other):
    def all_of(stretch: Stretch) -> set[str]:
        return {format_number(stretch.prefix, n, stretch.digits) for n in range(stretch.first, stretch.last + 1)}

    shared = all_of(one) & all_of(other)

    assert bool(one.meets(other)) == bool(shared)
    assert not shared or one.meets(other) in shared


@given(st.lists(stretches, max_size=4), st.lists(stretches, max_size=4))
def test_many_stretches_share_what_two_of_them_share(ones, others):
    shared = [one.meets(other) for one in ones for other in others if one.meets(other)]

    assert bool(shared_number(ones, others)) == bool(shared)


@pytest.mark.parametrize(
    ("prefix", "day", "filled", "anew"),
    [
        ("INV{yyyy}-", date(2026, 12, 31), "INV2026-", date(2027, 1, 1)),
        ("{yy}.", date(2031, 1, 1), "31.", date(2032, 1, 1)),
        ("{yyyy}{mm}-", date(2026, 12, 5), "202612-", date(2027, 1, 1)),
        ("{yy}-{mm}-", date(2026, 9, 30), "26-09-", date(2026, 10, 1)),
        ("INV", date(2026, 1, 1), "INV", None),
    ],
)
def test_a_prefix_is_filled_in_by_the_day(prefix, day, filled, anew):
    assert fill_in(prefix, day) == filled
    assert begins_anew_on(prefix, day) == anew
    assert filled in periods(prefix)


@pytest.mark.parametrize("prefix", ["{yyyy}-", "A{yy}", "{yyyy}{mm}", "{mm}.{yy}."])
def test_no_two_periods_of_a_prefix_share_a_number(prefix):
    whole = [Stretch(one, 3, 1) for one in periods(prefix)]

    assert [one for at, one in enumerate(whole[:30]) if shared_number([one], whole[:at])] == []


def test_a_counter_that_is_held_is_not_read_anew(database, statements):
    with numbering.hold_counters():
        numbering.hold_ahead("order")
        drawn = [draw("order")]
        statements.clear()
        numbering.hold_ahead("order")
        drawn.append(draw("order"))
        assert statements == []

    assert [*drawn, draw("order")] == ["ORD10001", "ORD10002", "ORD10003"]


def was_drawn(kind: str, series: str = "main") -> bool:
    return bool(db.session.scalar(select(any_drawn(kind, series))))


@pytest.mark.each_database
def test_a_number_that_was_drawn_stays_known_however_its_series_changes(database):
    assert not was_drawn("invoice")

    change_series("invoice", prefix="INV{yyyy}-", digits=5, next=None, by=SYSTEM)
    assert not was_drawn("invoice")
    draw("invoice")  # of a period: the counter's own row stays where it was
    assert was_drawn("invoice")
    change_series("invoice", prefix="F", digits=5, next=1, by=SYSTEM)  # nothing of that yet
    assert was_drawn("invoice")
    assert not was_drawn("invoice", "demo")
    assert not was_drawn("order")
