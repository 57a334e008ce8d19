"""The part of the world that a map shows, and where in it a point lands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from app.maps.atlas import Box, Point

KM_PER_DEGREE = 111.32
MARGIN = 8  # pixels drawn beyond the edge, so that no outline shows there


@dataclass(frozen=True)
class MapView:
    """A map in Mercator's projection, so many km wide in its middle; sizes are in pixels."""

    latitude: float
    longitude: float
    width: int
    height: int
    km: float

    @cached_property
    def scale(self) -> float:
        """Pixels to a degree of longitude."""
        return self.width * KM_PER_DEGREE * math.cos(math.radians(self.latitude)) / self.km

    @property
    def box(self) -> Box:
        """What the map and its margin show; a little more, for a degree of latitude differs over the map."""
        east = (self.width / 2 + 2 * MARGIN) / self.scale
        north = (self.height / 2 + 2 * MARGIN) / self.scale * math.cos(math.radians(self.latitude)) * 1.1
        return Box(self.longitude - east, self.latitude - north, self.longitude + east, self.latitude + north)

    def pixel(self, longitude: float, latitude: float) -> Point:
        x = self.width / 2 + (longitude - self.longitude) * self.scale
        return x, self.height / 2 - (mercator(latitude) - mercator(self.latitude)) * self.scale


def mercator(latitude: float) -> float:
    """How far north a latitude is drawn, in degrees of longitude."""
    within = math.radians(max(-85.0, min(85.0, latitude)))
    return math.degrees(math.log(math.tan(math.pi / 4 + within / 2)))
