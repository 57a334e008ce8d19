"""Reading atlas.sqlite, the data of the built-in maps: compressed blocks of places and of shapes, found by their key.

The file ships with the program and never changes, so any number of processes read it where it lies.
`tools/build_maps.py` made it; `tools/map_places.py` and `tools/map_shapes.py` tell what is in a block.
"""

from __future__ import annotations

import math
import sqlite3
import sys
import threading
import zlib
from array import array
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("atlas.sqlite")
CELL = 2  # degrees, the width and height of a cell of shapes or towns
COORDINATE_STEPS = 16000  # the finest move of a shape, to a cell: about 14 m

Point = tuple[float, float]  # east, north, in degrees


class Town(NamedTuple):
    name: str
    latitude: float
    longitude: float
    population: int
    region: str = ""


class Box(NamedTuple):
    west: float
    south: float
    east: float
    north: float


# --- places ---------------------------------------------------------------------------------------------------------


def postcode_pattern(country: str) -> str | None:
    """The pattern of a country's squeezed postcodes; empty when it has none that is known; None: no such country."""
    lines = rows("country", country)
    return lines[0][1] if lines else None


def postcodes(country: str, start: str) -> list[tuple[str, float, float]]:
    """The districts that begin with these characters, two or more: postcode, latitude, longitude."""
    found = rows("postcode", country + start[:2], start=start)
    return [(code, degrees(latitude), degrees(longitude)) for code, latitude, longitude in found]


def towns_named(country: str, name: str) -> list[Town]:
    """The towns of a country that have this folded name, the largest first."""
    found = rows("name", country + name[:1], start=f"{name}\t")
    towns = [Town(own, degrees(lat), degrees(lon), int(people), region) for _, lat, lon, people, region, own in found]
    return sorted(towns, key=lambda town: (-town.population, town.latitude))


def region_code(country: str, folded_region: str) -> str:
    return next((code for name, code in rows("region", country) if name == folded_region), folded_region.upper())


def towns_within(box: Box) -> list[Town]:
    """The towns in a part of the world, the largest first."""
    found = [
        Town(name, degrees(latitude), degrees(longitude) + turn, int(people))
        for x, y, turn in cells_of(box)
        for latitude, longitude, people, name in rows("town", f"{x},{y}")
    ]
    inside = [t for t in found if box.south < t.latitude < box.north and box.west < t.longitude < box.east]
    return sorted(inside, key=lambda town: (-town.population, town.name))


def degrees(thousandths: str) -> float:
    return int(thousandths) / 1000


def rows(kind: str, key: str, *, start: str = "") -> list[list[str]]:
    """The lines of a block, those that begin with `start`, each cut into its fields; a block's lines are in order."""
    text = lines_of(kind, key)
    first = text.find(f"\n{start}") + 1
    last = text.rfind(f"\n{start}") + 1 if start else len(text)
    found = text[first : text.find("\n", last)] if first else ""
    return [line.split("\t") for line in found.splitlines()]


@lru_cache(maxsize=64)
def lines_of(kind: str, key: str) -> str:
    return "\n" + block(kind, key).decode()


# --- shapes ---------------------------------------------------------------------------------------------------------


def shapes_within(kind: str, box: Box) -> Iterator[list[Point]]:
    """The shapes of a kind (land, lake, river, border, province) in the cells that a part of the world touches."""
    for x, y, turn in cells_of(box):
        yield from decode_rings(block(kind, f"{x},{y}"), west=x * CELL + turn, south=y * CELL)


def decode_rings(data: bytes, *, west: float, south: float) -> Iterator[list[Point]]:
    numbers = array("h", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    at = 0
    while at < len(numbers):
        end = at + 1 + 2 * numbers[at]
        yield list(walk_moves(numbers[at + 1 : end], west=west, south=south))
        at = end


def walk_moves(moves: array[int], *, west: float, south: float) -> Iterator[Point]:
    east = north = 0
    for right, up in zip(moves[::2], moves[1::2], strict=True):
        east, north = east + right, north + up
        yield west + east * CELL / COORDINATE_STEPS, south + north * CELL / COORDINATE_STEPS


def cells_of(box: Box) -> Iterator[tuple[int, int, int]]:
    """The cells that a box touches, and the degrees to add to their longitude where it crosses the date line."""
    around = 360 // CELL
    for x in range(math.floor(box.west / CELL), math.floor(box.east / CELL) + 1):
        within = (x + around // 2) % around - around // 2
        for y in range(math.floor(box.south / CELL), math.floor(box.north / CELL) + 1):
            yield within, y, (x - within) * CELL


# --- the file -------------------------------------------------------------------------------------------------------

connections = threading.local()


def block(kind: str, key: str) -> bytes:
    found = connection().execute("SELECT data FROM block WHERE kind = ? AND key = ?", (kind, key)).fetchone()
    return zlib.decompress(found[0]) if found else b""


def connection() -> sqlite3.Connection:
    """This thread's own connection: opening one is cheap, and none is shared."""
    if not hasattr(connections, "atlas"):
        connections.atlas = sqlite3.connect(f"{FILE.as_uri()}?mode=ro&immutable=1", uri=True)
    return connections.atlas
