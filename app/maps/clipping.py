"""Cutting shapes at the edge of a map, so that no line strays and no bytes are spent on what nobody sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

Point = tuple[float, float]
Inside = Callable[[Point], bool]
Cut = Callable[[Point, Point], Point]


def edges(width: float, height: float, margin: float) -> list[tuple[Inside, Cut]]:
    """The four edges of a map with its margin: is a point inside, and where does a line cross?"""
    left, right, top, bottom = -margin, width + margin, -margin, height + margin
    return [
        (lambda p: p[0] >= left, lambda a, b: (left, at(a[1], b[1], (left - a[0]) / (b[0] - a[0])))),
        (lambda p: p[0] <= right, lambda a, b: (right, at(a[1], b[1], (right - a[0]) / (b[0] - a[0])))),
        (lambda p: p[1] >= top, lambda a, b: (at(a[0], b[0], (top - a[1]) / (b[1] - a[1])), top)),
        (lambda p: p[1] <= bottom, lambda a, b: (at(a[0], b[0], (bottom - a[1]) / (b[1] - a[1])), bottom)),
    ]


def at(start: float, end: float, part: float) -> float:
    return start + (end - start) * part


def clipped_ring(ring: list[Point], sides: list[tuple[Inside, Cut]]) -> list[Point]:
    """A closed shape within the edges, by Sutherland and Hodgman."""
    for inside, cut in sides:
        ring = list(along_edge(ring, inside, cut))
    return ring


def along_edge(ring: list[Point], inside: Inside, cut: Cut) -> Iterator[Point]:
    for before, point in zip(ring[-1:] + ring[:-1], ring, strict=True):
        if inside(before) != inside(point):
            yield cut(before, point)
        if inside(point):
            yield point


def clipped_line(line: list[Point], sides: list[tuple[Inside, Cut]]) -> list[list[Point]]:
    """The pieces of an open line that are within the edges."""
    pieces = [line]
    for inside, cut in sides:
        pieces = [part for piece in pieces for part in parts_inside(piece, inside, cut)]
    return pieces


def parts_inside(line: list[Point], inside: Inside, cut: Cut) -> Iterator[list[Point]]:
    part = [line[0]] if inside(line[0]) else []
    for before, point in pairwise(line):
        if inside(before) != inside(point):
            part.append(cut(before, point))
        if inside(point):
            part.append(point)
        elif part:
            yield part
            part = []
    if len(part) > 1:
        yield part
