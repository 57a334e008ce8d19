"""The line of a street and the parts of the house's number say the same, whichever of them is written over."""

from __future__ import annotations

import pytest

from app.postal.house_numbers import House, join_house, settle_house


@pytest.mark.parametrize(
    ("street", "number", "extension", "line"),
    [
        ("Markt", "87", "A", "Markt 87 A"),
        ("Markt", "", "", "Markt"),
        ("Markt 87-A", "87", "A", "Markt 87-A"),  # a plug-in writes both
        ("Markt 87A", "87", "a", "Markt 87A"),
        ("Markt 87A", "87", "", "Markt 87A"),
        ("12 bis, rue de Rivoli", "12", "bis", "12 bis, rue de Rivoli"),
        ("Markt 87 2e verdieping", "87", "", "Markt 87 2e verdieping"),
        ("Plein 1940", "40", "", "Plein 1940 40"),
        ("Straat van de 7", "77", "", "Straat van de 7 77"),
        ("Markt", "A", "", "Markt A"),
        ("Markt", "12-14", "", "Markt 12-14"),
        ("Markt", "–", "", "Markt –"),
        ("", "", "", ""),
    ],
)
def test_the_line_says_street_and_house_once(street: str, number: str, extension: str, line: str) -> None:
    assert join_house(street, number, extension) == line


MARKET = House("Markt 87 A", "87", "A")


@pytest.mark.parametrize(
    ("before", "after", "settled"),
    [
        (MARKET, MARKET, MARKET),
        (MARKET, House("Grote Markt 87a", "87", "A"), House("Grote Markt 87a", "87", "A")),
        (MARKET, House("Kade 3", "87", "A"), House("Kade 3")),
        (MARKET, House("Markt 87", "87", "A"), House("Markt 87")),
        (MARKET, House("Markt 187 A", "87", "A"), House("Markt 187 A")),
        (MARKET, House("", "87", "A"), House("")),
        (House("Markt 87", "87"), House("Markt 87 B", "87"), House("Markt 87 B")),
        (House("Markt 87", "87"), House("Markt 87B", "87"), House("Markt 87B")),
        (House("12 rue Lepic", "12"), House("12, rue Lepic", "12"), House("12, rue Lepic", "12")),
        (House("12 rue Lepic", "12"), House("12 bis rue Lepic", "12"), House("12 bis rue Lepic")),
        (House("Markt 87 hs", "87"), House("Markt 87 hs", "87"), House("Markt 87 hs", "87")),  # as its shop has it
        (MARKET, House("Markt 87 A", "88", "A"), House("Markt 88 A", "88", "A")),
        (MARKET, House("Markt 87 A", "87", ""), House("Markt 87", "87")),
        (MARKET, House("Markt 87 A", "", ""), House("Markt 87 A")),
        (MARKET, House("Kade", "3", ""), House("Kade 3", "3")),
        (MARKET, House("Kade 3", "3", ""), House("Kade 3", "3")),
        (House("Markt 87 A", "87"), House("Markt 87 A", "87", "A"), House("Markt 87 A", "87", "A")),
        (House("Markt 87"), House("Markt 87", "87"), House("Markt 87", "87")),
        (House("Markt"), House("Markt", "", "A"), House("Markt A")),
    ],
)
def test_the_line_and_the_parts_never_say_different_things(before: House, after: House, settled: House) -> None:
    assert settle_house(before, after) == settled
