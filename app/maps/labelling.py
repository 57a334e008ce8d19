"""Which towns a map names, and where their names stand so that none covers another or the marker."""

from __future__ import annotations

from dataclasses import dataclass

from app.maps.atlas import Town
from app.maps.spelling import fold_name
from app.maps.view import MapView

MOST_LABELS = 12
LARGE_TOWN = 300_000
LETTER_WIDTH = 0.56  # of the font size, on average

Area = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class Label:
    """A name, the middle of its baseline in pixels, and its font size."""

    name: str
    x: float
    y: float
    size: int
    is_bold: bool

    @property
    def area(self) -> Area:
        half = len(self.name) * self.size * LETTER_WIDTH * (1.06 if self.is_bold else 1) / 2
        return self.x - half - 4, self.y - self.size, self.x + half + 4, self.y + 4


def labels(view: MapView, towns: list[Town], place_name: str) -> list[Label]:
    """The place's own name below its marker, then the largest towns that find room."""
    x, y = view.width / 2, view.height / 2
    placed = [Label(place_name, x, y + 14, 12, True)] if place_name else []
    taken = [(x - 10, y - 26, x + 10, y + 2), *(label.area for label in placed)]
    for town in towns_to_name(view, towns, place_name):
        label = next((spot for spot in spots(view, town) if has_room(spot.area, taken, view)), None)
        if label:
            placed.append(label)
            taken.append(label.area)
        if len(placed) > MOST_LABELS:
            break
    return placed


def towns_to_name(view: MapView, towns: list[Town], place_name: str) -> list[Town]:
    """All but the place itself, which the marker names, perhaps in another language: Munich at the pin is München."""
    x, y = view.width / 2, view.height / 2
    near = (x - 40, y - 40, x + 40, y + 40)
    here = [town for town in towns if is_within(view.pixel(town.longitude, town.latitude), near)]
    itself = {fold_name(place_name), fold_name(here[0].name) if here else ""}
    return [town for town in towns if fold_name(town.name) not in itself]


def spots(view: MapView, town: Town) -> list[Label]:
    """Above its dot, right of it, left of it, below it."""
    x, y = view.pixel(town.longitude, town.latitude)
    size, is_bold = (12, True) if town.population >= LARGE_TOWN else (10, False)
    half = len(town.name) * size * LETTER_WIDTH / 2
    return [
        Label(town.name, at_x, at_y, size, is_bold)
        for at_x, at_y in ((x, y - 5), (x + half + 5, y + 3), (x - half - 5, y + 3), (x, y + size + 3))
    ]


def has_room(area: Area, taken: list[Area], view: MapView) -> bool:
    left, top, right, bottom = area
    on_the_map = left >= 2 and top >= 2 and right <= view.width - 2 and bottom <= view.height - 14
    return on_the_map and all(
        right < other[0] or left > other[2] or bottom < other[1] or top > other[3] for other in taken
    )


def is_within(point: tuple[float, float], area: Area) -> bool:
    return area[0] <= point[0] <= area[2] and area[1] <= point[1] <= area[3]
