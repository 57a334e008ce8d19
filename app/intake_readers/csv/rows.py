"""Taking a CSV file apart: its header, its rows, and the text that each was written as."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from flask_babel import gettext as _

from app.intake_readers.csv.headers import MOST_COLUMNS, SEPARATORS, find_separator, first_rows, header_place
from app.intake_readers.new_order import UnreadableOrder
from app.intake_readers.payloads import FILE

#: As far as Excel's line for itself is looked for.
LONGEST_FIRST = 200


@dataclass(frozen=True)
class Row:
    """A row as spreadsheets number them: in most files the names of the columns stand in row 1."""

    number: int
    cells: list[str]
    raw: str

    @property
    def text(self) -> str:
        """What stands in it, for people; "" for a blank row."""
        return " · ".join(text for cell in self.cells if (text := cell.strip()))


@dataclass
class Rows:
    """The rows of one order."""

    rows: list[Row] = field(default_factory=list)

    @property
    def raw(self) -> str:
        return "".join(row.raw for row in self.rows)


class Table:
    """A CSV text, read as often as needed and row by row, so that its length doesn't matter.

    Excel's "sep=;" above the header is obeyed, and a title above it is stepped over; `names` are columns that the
    header is known to have. Raises UnreadableOrder for what isn't sound CSV.
    """

    def __init__(self, text: str, names: Set[str] = frozenset()):
        text = text.removeprefix("\ufeff")
        self.text = text if "\n" in text else text.replace("\r", "\n")
        self.names = names
        self.left_out: frozenset[int] = frozenset()  # numbers of rows that are no orders
        self.first = (self.text[: self.text.find("\n") + 1] or self.text)[:LONGEST_FIRST]
        self.tells_separator = self.first.lower().startswith("sep=")

    @cached_property
    def separator(self) -> str:
        """The one that the file names, else the one that the table shows."""
        told = self.first[4:5] if self.tells_separator else ""
        return told if told and told in SEPARATORS else find_separator(self.below, self.names)

    @property
    def below(self) -> str:
        """The text without Excel's line for itself."""
        return self.text.partition("\n")[2] if self.tells_separator else self.text

    @cached_property
    def place(self) -> int:
        """How many rows stand above the header."""
        return header_place(first_rows(self.below, self.separator), self.names)

    @cached_property
    def header(self) -> Row:
        return next(islice(self.read(), self.place, None), Row(1, [], ""))

    @cached_property
    def columns(self) -> list[str]:
        """Raises UnreadableOrder where nobody could say of each what it is."""
        if len(self.header.cells) > MOST_COLUMNS:
            reason = _(
                "This table has %(count)s columns; %(most)s are read. Is it the right file?",
                count=len(self.header.cells),
                most=MOST_COLUMNS,
            )
            raise UnreadableOrder(FILE, reason)
        return [name.strip() for name in self.header.cells]

    def above(self) -> list[Row]:
        """The rows above the header, those that are blank among them."""
        return list(islice(self.read(), self.place))

    def rows(self) -> Iterator[Row]:
        """Each row below the header that has something in it, but for those that are left out."""
        return (
            row for row in islice(self.read(), self.place + 1, None) if row.number not in self.left_out and row.text
        )

    def count_blank(self) -> int:
        """How many blank rows stand between those that have something in them."""
        found = waiting = 0
        for row in islice(self.read(), self.place + 1, None):
            found, waiting = (found + waiting, 0) if row.text else (found, waiting + 1)
        return found

    def read(self) -> Iterator[Row]:
        """All rows, the header and what stands above it among them."""
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
