"""Maps of others: only the one that the shop chose, with no more than it needs."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from app.maps import NoPlace, Place, embed_map, locate
from app.models import MapKind, OrderAddress

MARKT = OrderAddress(street="Markt 87", postcode="2611 GS", city="Delft", country="NL", region="")
NOWHERE = OrderAddress(street="Markt 87", postcode="", city="Nergenshuizen", country="NL", region="")


def asked(url: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


def test_our_own_maps_need_no_frame():
    assert embed_map(MapKind.BUILT_IN, "", MARKT, locate(MARKT)) is None


def test_openstreetmap_is_told_the_place_and_shows_it_in_the_middle():
    place = locate(MARKT)
    assert isinstance(place, Place)

    shown = embed_map(MapKind.OPENSTREETMAP, "", MARKT, place)

    assert shown.frame_url.startswith("https://www.openstreetmap.org/export/embed.html?")
    said = asked(shown.frame_url)
    west, south, east, north = map(float, said["bbox"].split(","))
    assert said["marker"] == f"{place.latitude:.5f},{place.longitude:.5f}"
    assert (west + east) / 2 == pytest.approx(place.longitude, abs=1e-4)
    assert (south + north) / 2 == pytest.approx(place.latitude, abs=1e-4)
    assert "Markt" not in shown.frame_url
    assert asked(shown.street_url) == {"query": "Markt 87, 2611 GS Delft, NL"}


def test_google_is_told_the_address_and_the_key():
    shown = embed_map(MapKind.GOOGLE, "AIza-1", MARKT, locate(MARKT))

    assert shown.frame_url.startswith("https://www.google.com/maps/embed/v1/place?")
    assert asked(shown.frame_url) == {"key": "AIza-1", "q": "Markt 87, 2611 GS Delft, NL"}
    assert asked(shown.street_url) == {"api": "1", "query": "Markt 87, 2611 GS Delft, NL"}


@pytest.mark.parametrize("kind", [MapKind.OPENSTREETMAP, MapKind.GOOGLE])
def test_an_address_that_is_not_found_has_a_link_alone(kind):
    found = locate(NOWHERE)
    assert isinstance(found, NoPlace)

    assert embed_map(kind, "AIza-1", NOWHERE, found).frame_url == ""
    assert embed_map(kind, "AIza-1", NOWHERE, found).street_url


def test_an_empty_address_has_nothing_to_look_for():
    empty = OrderAddress(street="", postcode="", city="", country="", region="")

    assert embed_map(MapKind.OPENSTREETMAP, "", empty, locate(empty)) is None


def test_what_an_address_says_can_not_leave_its_place_in_the_url():
    odd = OrderAddress(street='a&key=b"><script>#', postcode="2611 GS", city="Delft", country="NL", region="")

    shown = embed_map(MapKind.GOOGLE, "AIza-1", odd, locate(odd))

    assert asked(shown.frame_url) == {"key": "AIza-1", "q": 'a&key=b"><script>#, 2611 GS Delft, NL'}
