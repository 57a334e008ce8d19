"""Columns of an order's second line and of those after it: "Item 2 Name", "Lineitem name 2"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from app.intake_readers.csv.fields import words

#: No export has more lines in a row; a larger number is part of a name.
MOST_LINES = 99


def further_lines(places: Mapping[str, int], columns: Sequence[str]) -> list[dict[str, int]]:
    """Our fields -> their columns, of each further line that a row has beside its first one."""
    mapped = set(places.values())
    found: dict[int, dict[str, int]] = {}
    for field, place in places.items():
        if not field.startswith("line_"):
            continue
        name, first = without_number(columns[place])
        for other, header in enumerate(columns):
            same, number = without_number(header)
            if other not in mapped and same == name and max(first, 1) < number <= MOST_LINES:
                found.setdefault(number, {})[field] = other
    named = [field for field in ("line_name", "line_sku") if field in places][:1]
    return [line for _number, line in sorted(found.items()) if all(field in line for field in named)]


#: So many digits the number of a line has at most.
LONGEST_NUMBER = 6


def without_number(header: str) -> tuple[tuple[str, ...], int]:
    """What a header says beside its number, and that; 0 when it has none, or several."""
    parts = re.findall(r"[a-z]+|\d+", words(header))
    numbers = [part for part in parts if part.isdigit()]
    if len(numbers) != 1 or len(numbers[0]) > LONGEST_NUMBER:
        return tuple(parts), 0
    return tuple(part for part in parts if not part.isdigit()), int(numbers[0])


def is_used(cells: Iterable[str]) -> bool:
    """Whether a further line has anything in it; many exports write zeros where there is none."""
    return any(re.search(r"[^\W0_]", cell) for cell in cells)
