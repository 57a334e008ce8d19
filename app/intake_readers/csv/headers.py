"""Where a table begins in a file that has a title above it: which of its first rows holds the names of the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence, Set
from itertools import islice

from app.intake_readers.csv.fields import known_names, words, words_apart
from app.intake_readers.csv.known_exports import is_known_header

SEPARATORS = ",;\t|"

#: So many rows may stand above the header, in so many characters.
LOOKED_AT, LONGEST = 30, 200_000

#: No order can be told by fewer columns: its number, its date, and what it came to.
FEWEST = 3

#: More columns no shop writes; each is offered for every field where they are mapped.
MOST_COLUMNS = 1000


def find_separator(text: str, names: Set[str]) -> str:
    """The one by which a row becomes a header, else the one that splits the rows into the most columns."""
    tables = {separator: first_rows(text, separator) for separator in SEPARATORS}
    sound = [one for one, rows in tables.items() if any(is_header(row, names) for row in rows)]
    if sound:
        return max(sound, key=lambda one: max(len(row) for row in tables[one] if is_header(row, names)))
    widest = max(SEPARATORS, key=lambda one: len(tables[one][0]) if tables[one] else 0)
    if tables[widest] and len(tables[widest][0]) >= FEWEST:
        return widest
    best = max(SEPARATORS, key=lambda one: rows_alike(tables[one]))
    return best if rows_alike(tables[best]) else widest


def rows_alike(rows: Sequence[Sequence[str]]) -> int:
    """How many rows have as many cells as the first one that may be a header."""
    widths = [len(row) for row in rows if any(row)]
    begin = next((place for place, width in enumerate(widths) if width >= FEWEST), None)
    return 0 if begin is None else sum(width == widths[begin] for width in widths[begin:])


def first_rows(text: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in islice(csv.reader(io.StringIO(text[:LONGEST], newline=""), delimiter=separator), LOOKED_AT):
            rows.append([cell.strip() for cell in row])
    except csv.Error:
        pass  # what is wrong is said where the table is read
    return rows


def header_place(rows: Sequence[Sequence[str]], names: Set[str]) -> int:
    """How many rows stand above the header: the row with these names, or one that names what each order needs.

    Where no row does, it is the first one that has enough cells to be one.
    """
    for place, row in enumerate(rows):
        if is_header(row, names):
            return place
    return next((place for place, row in enumerate(rows) if sum(map(bool, row)) >= FEWEST), 0)


def is_header(row: Sequence[str], names: Set[str]) -> bool:
    if names and names <= set(row):
        return True
    if not FEWEST <= len(row) <= MOST_COLUMNS:
        return False
    may_be: set[str] = set()
    for cell in row:
        may_be |= (known_names().get(words(cell)) or known_names().get(words_apart(cell)) or {}).keys()
    says_what = may_be & {"line_name", "line_sku", "total"}
    return bool(says_what and "placed_at" in may_be and may_be & {"number", "external_id"}) or is_known_header(row)
