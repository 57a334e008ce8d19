"""From a spreadsheet (XLSX) to the text of a CSV file, cell by cell as the spreadsheet shows them.

openpyxl reads row by row and takes the values that formulas had when the file was saved. Files of strangers may be made
to fill the memory or to have programs fetch things, so how much they unpack to is looked at first, and definitions of
XML's own (DTD) are refused, as defusedxml does below openpyxl.
Source: https://openpyxl.readthedocs.io/en/stable/#security
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from flask_babel import gettext as _

from app.intake_readers.csv.headers import FEWEST, LOOKED_AT, is_header
from app.intake_readers.new_order import UnreadableOrder
from app.intake_readers.payloads import FILE
from app.intake_readers.unworked_formulas import refuse_unworked

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

ZIP, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

#: So many bytes a spreadsheet may unpack to, in so many parts; and so many rows and cells are read of a sheet.
MOST_BYTES, MOST_PARTS = 100_000_000, 2_000
MOST_ROWS, MOST_CELLS = 200_000, 2_000_000

#: What begins a definition in XML, in the encodings that a parser takes without being told.
DEFINITIONS = tuple(
    word.encode(encoding) for word in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
CHUNK = 1 << 20

#: More digits than these a spreadsheet doesn't hold.
DIGITS = 15


class Cell(Protocol):
    @property
    def value(self) -> object: ...

    @property
    def number_format(self) -> str: ...


@dataclass(frozen=True)
class Sheets:
    """The sheets of a workbook that hold a table, the one that is read first."""

    titles: tuple[str, ...]
    is_clear: bool  # that the first one is meant


def is_spreadsheet(data: bytes) -> bool:
    """Also of kinds that can't be read, which then say so."""
    return data.startswith((ZIP, OLD_OFFICE))


@lru_cache(maxsize=1)
def as_csv_text(data: bytes, title: str = "") -> str:
    """The sheet of this title, or the first that holds a table, as CSV. Raises UnreadableOrder, with what to do."""
    with workbook_of(data) as book:
        titles = [sheet.title for sheet in book.worksheets]
        if title not in titles:
            refuse_hidden(book)
        sheet = title if title in titles else (*find_tables(book).titles, *titles)[0]
        out = io.StringIO()
        write = csv.writer(out, lineterminator="\n").writerow
        cells = 0
        for number, row in enumerate(rows_of(book, sheet), start=1):
            cells += len(row)
            if number > MOST_ROWS or cells > MOST_CELLS:
                reason = _("This spreadsheet has too many cells. Save it as CSV: a CSV file may be of any length.")
                raise UnreadableOrder(FILE, reason)
            write([cell_as_shown(cell) for cell in row])
        return out.getvalue()


@lru_cache(maxsize=1)
def sheets_of(data: bytes) -> Sheets:
    with workbook_of(data) as book:
        return find_tables(book)


def find_tables(book: Workbook) -> Sheets:
    """The visible sheets whose first rows hold a table; those with the columns of orders go first."""
    return tables_on(book, [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"])


def refuse_hidden(book: Workbook) -> None:
    """Nobody sees what is imported from a sheet that is hidden; people choose which one of those is shown."""
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    if hidden and not find_tables(book).titles and (found := tables_on(book, hidden).titles):
        reason = _(
            "The only table of this spreadsheet is on a hidden sheet, “%(title)s”. Show that sheet and save it anew.",
            title=found[0],
        )
        raise UnreadableOrder(FILE, reason)


def tables_on(book: Workbook, titles: Sequence[str]) -> Sheets:
    known, others = [], []
    for title in titles:
        first = [[cell_as_shown(cell).strip() for cell in row] for row in islice(rows_of(book, title), LOOKED_AT)]
        if any(is_header(row, frozenset()) for row in first):
            known.append(title)
        elif sum(sum(map(bool, row)) >= FEWEST for row in first) > 1:
            others.append(title)
    return Sheets((*known, *others), is_clear=len(known) == 1 or len(known) + len(others) < 2)


def rows_of(book: Workbook, title: str) -> Iterator[tuple[Cell, ...]]:
    sheet = book[title]
    sheet.reset_dimensions()  # what a file says of its size need not be so
    return iter(sheet.rows)


@contextmanager
def workbook_of(data: bytes) -> Iterator[Workbook]:
    from openpyxl import load_workbook  # long to load, and seldom asked

    refuse_other_kinds(data)
    unreadable = UnreadableOrder(FILE, _("This spreadsheet is damaged. Open it and save it anew, as XLSX or CSV."))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            refuse_hostile(parts)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except UnreadableOrder:
        raise
    except Exception as error:  # openpyxl lets through whatever a damaged part makes its parts raise
        raise unreadable from error
    try:
        yield book
    except UnreadableOrder:
        raise
    except Exception as error:
        raise unreadable from error
    finally:
        book.close()


def refuse_other_kinds(data: bytes) -> None:
    if data.startswith(OLD_OFFICE):
        reason = _("This is a spreadsheet of the old kind (.xls), or one with a password. Save it as XLSX or CSV.")
        raise UnreadableOrder(FILE, reason)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            is_workbook = "xl/workbook.xml" in parts.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        is_workbook = False
    if not is_workbook:
        reason = _("This is no spreadsheet that can be read. Save it as XLSX or CSV.")
        raise UnreadableOrder(FILE, reason)


def refuse_hostile(parts: zipfile.ZipFile) -> None:
    """No part is longer than it says: reading ends there."""
    if len(parts.infolist()) > MOST_PARTS or sum(part.file_size for part in parts.infolist()) > MOST_BYTES:
        reason = _(
            "This spreadsheet is too large when it is unpacked. Save it as CSV: a CSV file may be of any length."
        )
        raise UnreadableOrder(FILE, reason)
    for part in parts.infolist():
        if part.filename.lower().endswith((".xml", ".rels", ".vml")) and has_definitions(parts, part):
            raise UnreadableOrder(FILE, _("This spreadsheet holds definitions that none needs. Save it as CSV."))
    refuse_unworked(parts)


def has_definitions(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    with parts.open(part) as stream:
        before = b""
        while chunk := stream.read(CHUNK):
            if any(begin in before + chunk for begin in DEFINITIONS):
                return True
            before = chunk[-32:]
    return False


# --- a cell as it is shown ------------------------------------------------------------------------------------------


def cell_as_shown(cell: Cell) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return number_text(value, cell.number_format or "")
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date | time | timedelta):
        return value.isoformat() if isinstance(value, date | time) else str(value)
    return str(value)


def moment_text(moment: datetime) -> str:
    """To the second, for a spreadsheet counts in parts of a day; a day alone has no time."""
    rounded = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    return rounded.date().isoformat() if rounded.time() == time() else rounded.isoformat(sep=" ")


def number_text(value: float, shown_as: str) -> str:
    """A number as it is shown: cents are rounded, 0.21 may be 21%, and 2611 a postcode 02611.

    An id that has more digits than a spreadsheet holds has lost the last ones, and is written so that it is refused.
    """
    if isinstance(value, int) and abs(value) < 10**18:
        number = Decimal(value)
    else:
        number = Decimal(f"{value:.{DIGITS}g}")
        if not number.is_finite() or abs(number) >= 10**DIGITS:
            return f"{value:.{DIGITS - 1}E}"
    form = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.', "", shown_as.partition(";")[0])
    if re.fullmatch(r"0{2,}", form) and number == number.to_integral_value():
        return f"{int(number):0{len(form)}d}"
    percent = "%" if "%" in form else ""
    number = number * 100 if percent else number
    decimals = re.search(r"\.([0#?]+)", form)
    if decimals and len(decimals[1]) > 1 and "E" not in form.upper():
        number = number.quantize(Decimal(1).scaleb(-min(len(decimals[1]), 8)), ROUND_HALF_UP)
    return plain_digits(number) + percent


def plain_digits(number: Decimal) -> str:
    """Without an exponent, and with a zero more where three decimals could be taken for thousands."""
    text = f"{number:f}"
    if number == number.to_integral_value():
        return f"{number.to_integral_value():f}"
    whole, _point, decimals = text.partition(".")
    decimals = decimals.rstrip("0").ljust(2, "0")
    return f"{whole}.{decimals}{'0' if len(decimals) == 3 else ''}"
