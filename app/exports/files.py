"""Rows as CSV that Excel reads rightly, and as XLSX."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import IO
from zoneinfo import ZoneInfo

Row = Sequence[object]

FILES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

#: How a cell begins that a spreadsheet would run as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")

#: What spreadsheets pass over, or people don't see, before it.
PASSED_OVER = re.compile(r"^[\s\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]+")

#: A phone number with its country begins so, too: digits and the signs between them run nothing.
PHONE_NUMBER = re.compile(r"\+\d[\d ().-]{5,}")

#: Rows that are sent together.
BATCH = 200


def as_csv(
    columns: Sequence[str], rows: Iterable[Row], *, separator: str, decimal: str, time_zone: str
) -> Iterator[bytes]:
    """UTF-8 with the mark that Excel needs to see that; numbers with this decimal sign, moments of the shop's clock."""
    zone = ZoneInfo(time_zone)
    into = io.StringIO()
    writer = csv.writer(into, delimiter=separator, lineterminator="\r\n")
    writer.writerow(columns)
    waiting = 0
    yield b"\xef\xbb\xbf"
    for row in rows:
        writer.writerow([cell_text(value, decimal, zone) for value in row])
        waiting += 1
        if waiting == BATCH:
            yield take_bytes(into)
            waiting = 0
    yield take_bytes(into)


def take_bytes(into: io.StringIO) -> bytes:
    content = into.getvalue().encode()
    into.seek(0)
    into.truncate()
    return content


def cell_text(value: object, decimal: str, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", decimal)
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date | int):
        return str(value)
    return harmless(str(value))


def harmless(text: str) -> str:
    """A text that would run as a formula gets an apostrophe before it, which spreadsheets don't show."""
    return f"'{text}" if begins_a_formula(text) and not PHONE_NUMBER.fullmatch(text) else text


def begins_a_formula(text: str) -> bool:
    """Also in signs that are as good to a spreadsheet of the Far East (＝), or look the same (－, −)."""
    plain = unicodedata.normalize("NFKC", text[:40]).replace("−", "-")
    return text.startswith(FORMULA) or PASSED_OVER.sub("", plain).startswith(FORMULA)


def as_xlsx(columns: Sequence[str], rows: Iterable[Row], *, title: str, time_zone: str) -> IO[bytes]:
    """A sheet with real numbers and dates, written row by row to a temporary file. Texts are never formulas."""
    import xlsxwriter  # long to load, and seldom asked

    zone = ZoneInfo(time_zone)
    into = tempfile.TemporaryFile()  # noqa: SIM115 - who sends it closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(into, {**options, "in_memory": False, "remove_timezone": True}) as book:
        bold = book.add_format({"bold": True})
        day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet = book.add_worksheet(title[:31])
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, columns, bold)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(number, column, value.astimezone(zone), moment)
                elif isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif isinstance(value, Decimal | int):
                    sheet.write_number(number, column, value)
                elif value is not None:
                    sheet.write_string(number, column, str(value.value if isinstance(value, Enum) else value))
    into.seek(0)
    return into
