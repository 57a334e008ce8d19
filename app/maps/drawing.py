"""Drawing the map of a place as SVG that stands alone: no script, no style sheet, nothing from outside."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import pairwise

from app.maps.atlas import Point, Town, shapes_within, towns_within
from app.maps.clipping import clipped_line, clipped_ring, edges
from app.maps.labelling import Label, labels
from app.maps.places import Place, Precision
from app.maps.view import MARGIN, MapView

ATTRIBUTION = "© GeoNames, Natural Earth"
#: Widths in km of a map of the usual size; the first that names enough towns is taken, wide for one in the desert.
WIDTHS = (60, 100, 180, 320)
ENOUGH_NAMES = 5
FONT = "system-ui,-apple-system,Segoe UI,Roboto,sans-serif"


@dataclass(frozen=True)
class Palette:
    water: str
    land: str
    coast: str
    river: str
    border: str
    province: str
    dot: str
    text: str
    faint: str
    marker: str


LIGHT = Palette(
    "#bfdbee", "#f4f0e6", "#8fb8d4", "#9cc5de", "#8a7a99", "#cdc3ad", "#a89773", "#33312d", "#5c5850", "#d63939"
)  # fmt: skip
DARK = Palette(
    "#16283a", "#262b33", "#3c5d79", "#345a78", "#9c8fb0", "#4a4f59", "#7c8594", "#e3e6eb", "#a9b1bd", "#f06363"
)  # fmt: skip


@lru_cache(maxsize=300)
def draw(place: Place, *, width: int = 420, height: int = 200, dark: bool = False) -> str:
    """The map around a place, its name below a marker; a circle about the marker says that only the city is known."""
    view = fitting_view(place, width, height)
    colours = DARK if dark else LIGHT
    towns = towns_within(view.box)
    name = escape(place.name)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-label="{name}"><title>{name}</title>'
        f'<rect width="{width}" height="{height}" fill="{colours.water}"/>'
        + base_map(view, colours)
        + town_dots(view, towns, colours)
        + draw_names(names_on(view, place), colours)
        + marker(view, place, colours)
        + legend(view, colours)
        + "</svg>"
    )


def fitting_view(place: Place, width: int, height: int) -> MapView:
    views = [MapView(place.latitude, place.longitude, width, height, km * width / 420) for km in WIDTHS]
    return next((view for view in views if len(names_on(view, place)) >= ENOUGH_NAMES), views[-1])


def names_on(view: MapView, place: Place) -> list[Label]:
    return labels(view, towns_within(view.box), place.name)


# --- the land -------------------------------------------------------------------------------------------------------


def base_map(view: MapView, colours: Palette) -> str:
    """Land with its coast, and on it lakes, rivers and borders."""
    coast, no_fill = f'stroke="{colours.coast}" paint-order="stroke" stroke-width', 'fill="none" stroke'
    return (
        draw_path(areas(view, "land"), f'fill="{colours.land}" {coast}="1.6"')
        + draw_path(areas(view, "lake"), f'fill="{colours.water}" {coast}=".8"')
        + draw_path(draw_lines(view, "river"), f'fill="none" stroke="{colours.river}" stroke-width="1.3"')
        + draw_path(
            draw_lines(view, "province"), f'{no_fill}="{colours.province}" stroke-width=".8" stroke-dasharray="3 2"'
        )
        + draw_path(draw_lines(view, "border"), f'fill="none" stroke="{colours.border}" stroke-width="1.4"')
    )


def areas(view: MapView, kind: str) -> str:
    sides = edges(view.width, view.height, MARGIN)
    rings = (clipped_ring([view.pixel(*point) for point in ring], sides) for ring in shapes_within(kind, view.box))
    return "".join(path(ring) + "z" for ring in rings if len(round_points(ring)) > 2)


def draw_lines(view: MapView, kind: str) -> str:
    sides = edges(view.width, view.height, MARGIN)
    found = ([view.pixel(*point) for point in line] for line in shapes_within(kind, view.box))
    return "".join(path(part) for line in found for part in clipped_line(line, sides) if len(round_points(part)) > 1)


def path(points: list[Point]) -> str:
    """Steps from point to point in tenths of a pixel, as short as SVG lets them be written."""
    tenths = round_points(points)
    start, moves = tenths[0], pairwise(tenths)
    steps = "".join(f"{number(b[0] - a[0], ' ')}{number(b[1] - a[1], ' ')}" for a, b in moves)
    return f"M{start[0] / 10:g} {start[1] / 10:g}l{steps.lstrip()}"


def number(tenths: int, separator: str) -> str:
    text = f"{tenths / 10:g}".replace("0.", ".", 1) if abs(tenths) < 10 and tenths else f"{tenths / 10:g}"
    return text if text.startswith("-") else separator + text


def round_points(points: Iterable[Point]) -> list[tuple[int, int]]:
    tenths = [(round(x * 10), round(y * 10)) for x, y in points]
    return [point for i, point in enumerate(tenths) if i == 0 or point != tenths[i - 1]]


def draw_path(shape: str, attributes: str) -> str:
    return f'<path d="{shape}" fill-rule="evenodd" stroke-linejoin="round" {attributes}/>' if shape else ""


# --- what stands on it ----------------------------------------------------------------------------------------------


def town_dots(view: MapView, towns: list[Town], colours: Palette) -> str:
    dots = []
    for town in towns[:120]:
        x, y = view.pixel(town.longitude, town.latitude)
        dots.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{dot_size(town):.1f}"/>')
    return f'<g fill="{colours.dot}" fill-opacity=".6">{"".join(dots)}</g>'


def dot_size(town: Town) -> float:
    return 0.9 + min(3.5, math.sqrt(town.population) / 300)


def draw_names(found: list[Label], colours: Palette) -> str:
    texts = "".join(map(name_text, found))
    outline = f'stroke="{colours.land}" stroke-width="2.5" stroke-linejoin="round" paint-order="stroke"'
    return f'<g font-family="{FONT}" text-anchor="middle" fill="{colours.text}" {outline}>{texts}</g>'


def name_text(label: Label) -> str:
    weight = ' font-weight="600"' if label.is_bold else ""
    return f'<text x="{label.x:.0f}" y="{label.y:.0f}" font-size="{label.size}"{weight}>{escape(label.name)}</text>'


def marker(view: MapView, place: Place, colours: Palette) -> str:
    x, y = view.width / 2, view.height / 2
    pin = (
        f'<path d="M{x:g} {y:g}c-3-7-8-10-8-16a8 8 0 0 1 16 0c0 6-5 9-8 16z" fill="{colours.marker}" stroke="#fff"'
        f' stroke-width="1.2"/><circle cx="{x:g}" cy="{y - 16:g}" r="2.8" fill="#fff"/>'
    )
    if place.precision is Precision.POSTCODE:
        return pin
    radius = min(view.height * 0.2, max(14.0, view.width * 5 / view.km))
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="{radius:.0f}" fill="{colours.marker}" fill-opacity=".12"'
        f' stroke="{colours.marker}" stroke-dasharray="4 3"/>' + pin
    )


def legend(view: MapView, colours: Palette) -> str:
    """A bar of round length at the left, and whose data the map is at the right."""
    km = next((km for km in (200, 100, 50, 20, 10, 5) if km * view.width / view.km <= view.width * 0.3), 2)
    length, bottom = km * view.width / view.km, view.height - 6
    halo = f'stroke="{colours.land}" stroke-width="2.5" stroke-linejoin="round" paint-order="stroke"'
    return (
        f'<path d="M8 {bottom - 4}v4h{length:.1f}v-4" fill="none" stroke="{colours.faint}"/>'
        f'<g font-family="{FONT}" font-size="9" fill="{colours.faint}" {halo}>'
        f'<text x="{length + 13:.0f}" y="{bottom}">{km} km</text>'
        f'<text x="{view.width - 6}" y="{bottom}" text-anchor="end">{ATTRIBUTION}</text></g>'
    )
