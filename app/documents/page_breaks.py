"""Where a long invoice goes on to its next page, so that it can say there how far its lines add up.

The printing library breaks tables by itself and tells nobody where. So a long invoice is first drawn on one sheet of
any length with a link at each line; the distances between them say which lines fit on a page together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.documents.layout import PAGE, text_width
from app.documents.look import USUAL_LOOK, Look
from app.documents.merging import links_on_sheet

#: The margins above and below a page in points, as page.css has them.
MARGINS = (1.8 + 2.4) * 28.35
#: What a row with a subtotal takes, the heading of the table, and what is left free for rounding.
SUBTOTAL, HEADING, SPARE = 18.0, 18.0, 6.0
#: What stands above and below the lines takes about so much; a line has padding, rows for its name, and one below it.
BESIDE, PADDING, NAME_ROW, BELOW_ROW = 400.0, 5.5, 11.4, 10.1
#: The widest column of names, where there is neither discount nor VAT.
NAME_WIDTH = PAGE * 0.66
#: Of the links that only a measured sheet has.
SCHEME = "toonbank:"


@dataclass(frozen=True)
class Measures:
    """Points from the first line's place to the page's top, the height of each line, and of all that follows them."""

    above: float
    lines: tuple[float, ...]
    below: float


def measure_lines(pdf: bytes) -> Measures:
    """Read off an invoice that was drawn on one sheet, from its links to "toonbank:line-0" and so on."""
    top, links = links_on_sheet(pdf)
    tops = {link.removeprefix(SCHEME): place for link, place in links.items()}
    lines = [tops[f"line-{number}"] for number in range(len(tops) - 2)]
    ends = [*lines[1:], tops["sums"]]
    return Measures(
        above=top - 1.8 * 28.35 - lines[0],
        lines=tuple(start - end for start, end in zip(lines, ends, strict=True)),
        below=tops["sums"] - tops["end"],
    )


def page_breaks(measures: Measures, look: Look = USUAL_LOOK) -> list[int]:
    """The lines (from 0) before which a new page begins. The last page has at least one line above its sums."""
    breaks: list[int] = []
    used, room = measures.above, look.height - MARGINS
    for number, height in enumerate(measures.lines):
        is_last = number == len(measures.lines) - 1
        wanted = height + (measures.below if is_last else SUBTOTAL)
        if number and used + wanted + SPARE > room:
            breaks.append(number)
            used = HEADING + SUBTOTAL
        used += height
    return breaks


def is_probably_long(lines: Sequence[Mapping[str, str]], look: Look = USUAL_LOOK) -> bool:
    """Whether one page need not be tried, by what its lines take at least. Its answer costs time, never looks."""
    return BESIDE + sum(least_height(line) for line in lines) > look.height - MARGINS


def least_height(line: Mapping[str, str]) -> float:
    """Of a line of a snapshot, as if its name were never broken before the column is full."""
    rows = math.ceil(text_width(line["name"]) / NAME_WIDTH) or 1
    return PADDING + rows * NAME_ROW + (BELOW_ROW if line["variant"] or line["sku"] else 0)
