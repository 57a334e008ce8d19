"""Taking a CSV file apart: its header, its rows, and the text that each was written as."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from flask_babel import gettext as _

from app.intake_readers.new_order import UnreadableOrder
from app.intake_readers.payloads import FILE

SEPARATORS = ",;\t|"

#: As far as the separator is looked for.
LONGEST_HEADER = 20_000


@dataclass(frozen=True)
class Row:
    """A row as spreadsheets number them: the names of the columns stand in row 1."""

    number: int
    cells: list[str]
    raw: str


@dataclass
class Rows:
    """The rows of one order."""

    rows: list[Row] = field(default_factory=list)

    @property
    def raw(self) -> str:
        return "".join(row.raw for row in self.rows)


class Table:
    """A CSV text, read as often as needed and row by row, so that its length doesn't matter.

    Excel's "sep=;" above the header is obeyed. Raises UnreadableOrder for what isn't sound CSV.
    """

    def __init__(self, text: str):
        text = text.removeprefix("\ufeff")
        self.text = text if "\n" in text else text.replace("\r", "\n")
        self.first = (self.text[: self.text.find("\n") + 1] or self.text)[:LONGEST_HEADER]
        self.tells_separator = self.first.lower().startswith("sep=")

    @cached_property
    def separator(self) -> str:
        """The one that the file names, else the one that splits the header into the most columns."""
        told = self.first[4:5] if self.tells_separator else ""
        if told and told in SEPARATORS:
            return told
        return max(SEPARATORS, key=self.width)

    def width(self, separator: str) -> int:
        try:
            return len(next(csv.reader([self.first], delimiter=separator), []))
        except csv.Error:
            return 0

    @cached_property
    def header(self) -> Row:
        return next(self.read(), Row(1, [], ""))

    @cached_property
    def columns(self) -> list[str]:
        return [name.strip() for name in self.header.cells]

    def rows(self) -> Iterator[Row]:
        """Each row below the header that has something in it."""
        rows = self.read()
        next(rows, None)
        return (row for row in rows if any(cell.strip() for cell in row.cells))

    def read(self) -> Iterator[Row]:
        kept: list[str] = []
        reader = csv.reader(lines(self.text, kept), delimiter=self.separator, strict=True)
        try:
            if self.tells_separator:
                next(reader, None)
                kept.clear()
            for number, cells in enumerate(reader, start=1):
                raw = "".join(kept)
                kept.clear()
                yield Row(number, cells, raw)
        except csv.Error as error:
            reason = _("This is not CSV: %(why)s in line %(line)s.", why=error, line=reader.line_num)
            raise UnreadableOrder(FILE, reason) from None


def lines(text: str, kept: list[str]) -> Iterator[str]:
    """The lines of a text one by one; each is kept until the row that it belongs to is whole."""
    for line in io.StringIO(text, newline=""):
        kept.append(line)
        yield line


def orders(table: Table, number_column: int) -> Iterator[Rows]:
    """The rows of each order: those of its number, and those without a number below them.

    In most files they stand together, and then no more than one order is held at a time.
    """
    grouped = in_sequence(table, number_column)
    return grouped if stand_together(table, number_column) else gather_rows(grouped, number_column)


def in_sequence(table: Table, number_column: int) -> Iterator[Rows]:
    found: Rows | None = None
    for row in table.rows():
        number = cell(row, number_column)
        if found is None or (number and number != cell(found.rows[0], number_column)):
            if found:
                yield found
            found = Rows()
        found.rows.append(row)
    if found:
        yield found


def stand_together(table: Table, number_column: int) -> bool:
    seen: set[str] = set()
    last = ""
    for row in table.rows():
        number = cell(row, number_column) or last
        if number != last and number in seen:
            return False
        seen.add(number)
        last = number
    return True


def gather_rows(groups: Iterator[Rows], number_column: int) -> Iterator[Rows]:
    found: dict[str, Rows] = {}
    for group in groups:
        found.setdefault(cell(group.rows[0], number_column), Rows()).rows.extend(group.rows)
    return iter(found.values())


def cell(row: Row, column: int) -> str:
    return row.cells[column].strip() if column < len(row.cells) else ""
