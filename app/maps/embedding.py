"""Maps of others instead of our own: the address of a frame in which OpenStreetMap or Google shows the place.

The reader's browser turns to them, not this program.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from urllib.parse import urlencode

from app.maps.places import Address, NoPlace, Place, Precision
from app.models import MapKind

#: Where the frames come from, which the security policy of the page has to let in.
ORIGINS = {MapKind.OPENSTREETMAP: "https://www.openstreetmap.org", MapKind.GOOGLE: "https://www.google.com"}
PROVIDERS = {MapKind.OPENSTREETMAP: "OpenStreetMap", MapKind.GOOGLE: "Google Maps"}

#: Half the height of the map, in degrees of latitude.
REACH = {Precision.POSTCODE: 0.008, Precision.CITY: 0.03}


@dataclass(frozen=True)
class Embedded:
    """A provider's map of an address, and its page with the street."""

    provider: str
    frame_url: str  # "" when there is no place to show
    street_url: str
    referrer: str  # the frame's referrer policy


def embed_map(kind: MapKind, key: str, address: Address, found: Place | NoPlace) -> Embedded | None:
    """None for our own maps, which need no frame, and for an address without anything to look for."""
    if not (line := in_one_line(address)):
        return None
    if kind == MapKind.OPENSTREETMAP:
        frame = openstreetmap(found) if isinstance(found, Place) else ""
        street = f"{ORIGINS[kind]}/search?{urlencode({'query': line})}"
        return Embedded(PROVIDERS[kind], frame, street, "no-referrer")
    if kind == MapKind.GOOGLE:
        asked = urlencode({"key": key, "q": line})
        frame = f"{ORIGINS[kind]}/maps/embed/v1/place?{asked}" if isinstance(found, Place) else ""
        street = f"{ORIGINS[kind]}/maps/search/?{urlencode({'api': 1, 'query': line})}"
        return Embedded(PROVIDERS[kind], frame, street, "origin")  # by which Google knows whose key it is
    return None


def openstreetmap(place: Place) -> str:
    """The map round the place that our gazetteer found, with a marker; twice as wide as high."""
    north = REACH[place.precision]
    east = 2 * north / max(0.1, math.cos(math.radians(place.latitude)))
    corners = (place.longitude - east, place.latitude - north, place.longitude + east, place.latitude + north)
    asked = {
        "bbox": ",".join(f"{degrees:.5f}" for degrees in corners),
        "layer": "mapnik",
        "marker": f"{place.latitude:.5f},{place.longitude:.5f}",
    }
    return f"{ORIGINS[MapKind.OPENSTREETMAP]}/export/embed.html?{urlencode(asked)}"


def in_one_line(address: Address) -> str:
    town = f"{address.postcode or ''} {address.city or ''}".strip()
    return ", ".join(part for part in (address.street, town, address.region, address.country) if part)
