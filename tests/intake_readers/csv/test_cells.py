"""Every way to read a number or a date, and no other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake_readers.csv.cells import countries, date_readings, number_readings, plain


def local(*parts: int) -> datetime:
    """A moment that doesn't say where on Earth it was."""
    return datetime(*parts)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("cell", "readings"),
    [
        ("12.50", {".": "12.5"}),
        ("12,50", {",": "12.5"}),
        ("1250", {".": "1250", ",": "1250"}),
        ("1.234", {".": "1.234", ",": "1234"}),
        ("1,234", {".": "1234", ",": "1.234"}),
        ("0.125", {".": "0.125"}),
        ("1.234,56", {",": "1234.56"}),
        ("1,234.56", {".": "1234.56"}),
        ("1.234.567", {",": "1234567"}),
        ("1 234,5", {",": "1234.5"}),
        ("1\u202f234", {".": "1234", ",": "1234"}),
        ("1'234.50", {".": "1234.5"}),
        ("-3,20", {",": "-3.2"}),
        ("3,20-", {",": "-3.2"}),
        ("(3.20)", {".": "-3.2"}),
        ("\u22124", {".": "-4", ",": "-4"}),
        (",5", {",": "0.5"}),
        ("12.", {".": "12"}),
        ("", {}),
        ("free", {}),
        ("1,2,3", {}),
        ("12 50", {}),
        ("1.23.4", {}),
        ("1e5", {}),
        ("12.50 EUR", {}),
        ("9999999999999", {}),
    ],
)
def test_what_a_number_can_be(cell: str, readings: dict[str, str]) -> None:
    assert number_readings(cell) == {mark: Decimal(number) for mark, number in readings.items()}


@pytest.mark.parametrize(
    ("cell", "readings"),
    [
        ("2025-03-09", {"ymd": local(2025, 3, 9)}),
        ("2025-03-09 08:30", {"ymd": local(2025, 3, 9, 8, 30)}),
        ("2025-03-09 08:30:00 +0100", {"ymd": datetime(2025, 3, 9, 8, 30, tzinfo=timezone(timedelta(hours=1)))}),
        ("2025-03-09T08:30:00Z", {"ymd": datetime(2025, 3, 9, 8, 30, tzinfo=UTC)}),
        ("2025/3/9", {"ymd": local(2025, 3, 9)}),
        ("09-03-2025", {"dmy": local(2025, 3, 9), "mdy": local(2025, 9, 3)}),
        ("13/03/2025 14:05", {"dmy": local(2025, 3, 13, 14, 5)}),
        ("03/13/2025 2:05 PM", {"mdy": local(2025, 3, 13, 14, 5)}),
        ("12/31/2025 12:00 a.m.", {"mdy": local(2025, 12, 31)}),
        ("09.03.2025, 08:30:15", {"dmy": local(2025, 3, 9, 8, 30, 15)}),
        ("9 maart 2025", {"ymd": local(2025, 3, 9)}),
        ("9. März 2025", {"ymd": local(2025, 3, 9)}),
        ("Mar 9, 2025", {"ymd": local(2025, 3, 9)}),
        ("March 9th, 2025 8:30 am", {"ymd": local(2025, 3, 9, 8, 30)}),
        ("Sun, 09 Mar 2025 08:30:00 +0000", {"ymd": datetime(2025, 3, 9, 8, 30, tzinfo=UTC)}),
        ("9 févr. 2025", {"ymd": local(2025, 2, 9)}),
        ("25/12/99", {"dmy": local(2099, 12, 25)}),
        ("31-12-24", {"dmy": local(2024, 12, 31), "ymd": local(2031, 12, 24)}),
        ("30-02-2025", {}),
        ("9 mars", {}),
        ("9 March 9 2025", {}),
        ("2025-13-01", {}),
        ("13:00", {}),
        ("09-03-2025 25:00", {}),
        ("09-03-2025 13:00 pm", {}),
        ("yesterday", {}),
        ("", {}),
    ],
)
def test_what_a_date_can_be(cell: str, readings: dict[str, datetime]) -> None:
    assert date_readings(cell) == readings


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  Delft ", "Delft"),
        ("'0123 AB", "0123 AB"),
        ("'+31 6", "+31 6"),
        ("'=1+1", "=1+1"),
        ("'-5.00", "-5.00"),
        ('="00042"', "00042"),
        ('="say ""hi"""', 'say "hi"'),
        ("'s-Gravenhage", "'s-Gravenhage"),
        ("'t Hart", "'t Hart"),
        ("'", "'"),
    ],
)
def test_what_exporters_put_around_a_cell_is_taken_off(cell: str, text: str) -> None:
    assert plain(cell) == text


def test_countries_are_known_by_name() -> None:
    named = ("nederland", "deutschland", "belgique", "españa", "united kingdom")

    assert [countries()[name] for name in named] == ["NL", "DE", "BE", "ES", "GB"]


@given(st.text(st.sampled_from("0123456789.,'-+() \u00a0eE"), max_size=20) | st.text(max_size=20))
def test_any_text_is_a_number_or_not(text: str) -> None:
    assert set(number_readings(text)) <= {".", ","}


@given(st.decimals(-(10**9), 10**9, places=2))
def test_a_number_is_read_as_it_was_written(number: Decimal) -> None:
    english = f"{number:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))

    assert number_readings(english)["."] == number_readings(german)[","] == number


@given(st.text(st.sampled_from("0123456789/-.:T Zpam+marche"), max_size=25) | st.text(max_size=25))
def test_any_text_is_a_date_or_not(text: str) -> None:
    assert set(date_readings(text)) <= {"dmy", "mdy", "ymd"}


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)))
def test_a_date_is_read_as_it_was_written(day: date) -> None:
    assert date_readings(day.strftime("%d/%m/%Y"))["dmy"].date() == day
    assert date_readings(day.strftime("%m/%d/%Y"))["mdy"].date() == day
    assert date_readings(day.isoformat())["ymd"].date() == day
