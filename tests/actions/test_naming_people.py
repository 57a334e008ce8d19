"""Where somebody is named, however it is spelled, and where somebody else is."""

from __future__ import annotations

import pytest

from app.actions.naming_people import Person

FEMKE = Person(
    emails=frozenset({"femke@example.org"}),
    phones=frozenset({"+31 15 555 0101"}),
    names=frozenset({"femke jansen"}),
    places=frozenset({"markt87", "2611gs"}),
)


@pytest.mark.parametrize(
    "said",
    [
        "550 <Femke@Example.org> is unknown",
        '{"email": "\\u0066emke@example.org"}',
        "billing%5Bemail%5D=femke%40example.org",
        "femke&#64;example.org",
        "call 31155550101",
        "call +31 (15) 555-0101",
        '{"first_name": "Femke", "last_name": "Jansen", "postcode": "2611 GS"}',
        "Jansen, Femke; Markt 87",
    ],
)
def test_whom_a_text_names(said: str) -> None:
    assert FEMKE.is_named_in(said)


@pytest.mark.parametrize(
    "said",
    [
        "anfemke@example.org",
        "femke@example.org.uk",
        "femke@example.organic",
        "call 131155550101",
        "Femke Jansen, Kerkstraat 1, 1017 GA",
        "Markt 87, 2611 GS",
        "Femke, Markt 87",
        "",
    ],
)
def test_whom_it_does_not(said: str) -> None:
    assert not FEMKE.is_named_in(said)


def test_a_whole_name_is_enough_where_nothing_is_lost() -> None:
    assert FEMKE.is_named_in("Femke Jansen has no address.", by_name=True)
    assert not FEMKE.is_named_in("Femke has no address.", by_name=True)


def test_who_is_known_by_nothing_is_named_nowhere() -> None:
    nobody = Person(frozenset(), frozenset(), frozenset(), frozenset())

    assert (nobody.is_named_in("Femke"), nobody.hints) == (False, ())
