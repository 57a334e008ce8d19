"""The text of an uploaded file, whatever it is written in: JSON and CSV as they are, a spreadsheet as CSV."""

from __future__ import annotations

from app.intake_readers.decoding import decode_file
from app.intake_readers.spreadsheets import Sheets, as_csv_text, is_spreadsheet, sheets_of


def text_of_file(data: bytes, sheet: str = "") -> str:
    """Raises UnreadableOrder for a spreadsheet that can't be read, with a sentence that says what to do."""
    return as_csv_text(data, sheet) if is_spreadsheet(data) else decode_file(data)


def sheets_in(data: bytes) -> Sheets | None:
    """The sheets of a spreadsheet that hold a table; None for any other file."""
    return sheets_of(data) if is_spreadsheet(data) else None
