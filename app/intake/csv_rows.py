"""Taking a CSV file apart: the rows of each order, under the names of their columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from flask_babel import gettext as _

from app.intake.new_order import UnreadableOrder
from app.intake.payloads import FILE, Payload

REQUIRED = ("Name", "Created at", "Total", "Lineitem name", "Lineitem quantity", "Lineitem price")


@dataclass
class Rows:
    """The rows of one order, and the text they were written as."""

    cells: list[dict[str, str]] = field(default_factory=list)
    raw: str = ""


def csv_payloads(text: str) -> Iterator[Payload]:
    """Each order of a CSV file: the cells of its first row, all its rows under "rows", and its text under the header.

    An order has a row for each line; rows of the same Name that follow each other belong together.
    Raises UnreadableOrder for a text that isn't sound CSV as a whole.
    """
    header, orders = taken_apart(text.removeprefix("\ufeff"))
    for rows in orders:
        first = rows.cells[0]
        value = first | {"id": first.get("Id") or first.get("Name"), "rows": rows.cells}
        yield Payload(header + rows.raw, value)


def taken_apart(text: str) -> tuple[str, list[Rows]]:
    """The header as written, and the orders below it."""
    written = list(io.StringIO(text, newline=""))
    header = written[0] if written else ""
    reader = csv.reader(written, delimiter=delimiter_of(header), strict=True)
    orders: list[Rows] = []
    try:
        columns = [name.strip() for name in next(reader, [])]
        refuse_missing(columns)
        start = reader.line_num
        for row in reader:
            raw = "".join(written[start : reader.line_num])
            start = reader.line_num
            if any(row):
                add_row(orders, dict(zip(columns, row, strict=False)), raw)
    except csv.Error as error:
        reason = _("This is not CSV: %(why)s in line %(line)s.", why=error, line=reader.line_num)
        raise UnreadableOrder(FILE, reason) from None
    return header, orders


def refuse_missing(columns: list[str]) -> None:
    if missing := [name for name in REQUIRED if name not in columns]:
        reason = _("The first line has no column %(column)s. Expected the names of columns there.", column=missing[0])
        raise UnreadableOrder(FILE, reason)


def add_row(orders: list[Rows], cells: dict[str, str], raw: str) -> None:
    name = cells.get("Name", "")
    if not orders or (name and name != orders[-1].cells[0].get("Name")):
        orders.append(Rows())
    orders[-1].cells.append(cells)
    orders[-1].raw += raw


def delimiter_of(header: str) -> str:
    """Spreadsheets in countries with a decimal comma write semicolons."""
    return max(",;\t", key=header.count)
