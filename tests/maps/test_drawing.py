"""Maps are small pictures that stand alone."""

from __future__ import annotations

from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from app.maps import Place, Precision, draw, locate

PLACES = [
    (52.374, 4.895),
    (35.008, 135.758),
    (-33.873, 151.207),
    (64.147, -21.942),
    (-16.5, 179.99),
    (0.0, -150.0),
    (71.29, -156.79),
]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("where", PLACES)
def test_any_place_is_drawn_small_and_well_formed(where, dark):
    svg = draw(Place(*where, "Here", Precision.CITY), width=320, height=160, dark=dark)

    assert ElementTree.fromstring(svg).get("viewBox") == "0 0 320 160"
    assert 1_000 < len(svg.encode()) < 15_000


def test_names_near_by_and_the_makers_are_on_the_map():
    where = SimpleNamespace(street="Dam 1", street2="", postcode="1012 JS", city="Amsterdam", region="", country="NL")

    svg = draw(locate(where))

    assert "Haarlem" in svg
    assert "© GeoNames, Natural Earth" in svg


def test_a_name_can_not_break_out_of_the_picture():
    svg = draw(Place(52.374, 4.895, '"><script>alert(1)</script>', Precision.CITY))

    assert "<script" not in svg
    assert ElementTree.fromstring(svg) is not None


def test_light_and_dark_differ():
    place = Place(52.374, 4.895, "Amsterdam", Precision.CITY)

    assert draw(place) != draw(place, dark=True)
