"""Orders in spreadsheets: cells as they are shown, the sheet with the table, and files that are made to do harm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter

from app.intake_readers import Mapping, UnreadableOrder, orders_in, spreadsheets
from app.intake_readers.csv.files import first_look
from app.intake_readers.spreadsheets import number_text
from app.intake_readers.uploaded import sheets_in, text_of_file

HEADER = ["Order number", "Date", "Product", "Quantity", "Price", "Total"]


def workbook(fill: Callable[[Any], None]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        fill(book)
    return file.getvalue()


def sheet_of(*rows: list[object], title: str = "Orders") -> bytes:
    return workbook(lambda book: write(book, title, *rows))


def write(book: Any, title: str, *rows: list[object]) -> None:
    sheet = book.add_worksheet(title)
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell, *([day] if isinstance(cell, date) else []))


def test_orders_are_read_from_a_spreadsheet_below_its_title() -> None:
    data = sheet_of(
        ["Orders of March"],
        [],
        HEADER,
        [5277630000001, datetime(2025, 3, 4, 14, 30), "Mug", 2, 1.234, 12.1],  # noqa: DTZ001
        [5277630000002.0, date(2025, 4, 3), "Plate", 1.5, 8.025000000000002, "12,04"],
        ["Total", "", "", "", "", 24.14],
    )
    text = text_of_file(data)

    found = list(orders_in("csv", text, currency="EUR", mapping=Mapping(first_look(text).guess.columns)))

    orders = [one.order for one in found if one.order]
    assert [(order.number, order.placed_at, order.total) for order in orders] == [
        ("5277630000001", datetime(2025, 3, 4, 14, 30, tzinfo=UTC), Decimal("12.1")),
        ("5277630000002", datetime(2025, 4, 3, tzinfo=UTC), Decimal("12.04")),
    ]
    assert [(line.quantity, line.unit_price) for order in orders for line in order.lines] == [
        (Decimal(2), Decimal("1.234")),
        (Decimal("1.5"), Decimal("8.025")),
    ]


@pytest.mark.parametrize("number", ["5.27763E+12", 5.27763123456789e18, 1.2345678901234567e20])
def test_an_id_that_has_lost_its_digits_is_refused(number: object) -> None:
    text = text_of_file(sheet_of(HEADER, [number, date(2025, 1, 31), "Mug", 1, 5, 5]))

    (found,) = orders_in("csv", text, currency="EUR", mapping=Mapping(first_look(text).guess.columns))

    assert found.problem is not None
    assert found.problem.field == "row 2, Order number"
    assert "its last digits are lost" in found.problem.reason


@pytest.mark.parametrize(
    ("value", "shown_as", "text"),
    [
        (5277630000001.0, "0.00E+00", "5277630000001"),
        (5277630000001, "General", "5277630000001"),
        (0.1 + 0.2, "General", "0.30"),
        (12.345, "0.00", "12.35"),
        (12.345, '#,##0.00 "€";[Red]-#,##0.00 "€"', "12.35"),
        (-12.345, "#,##0.00", "-12.35"),
        (12.5, "0", "12.50"),  # a quantity stays what it is
        (1.234, "General", "1.2340"),  # no thousand
        (0.21, "0%", "21%"),
        (0.055, "0.0%", "5.50%"),
        (2611, "00000", "02611"),
        (1e-7, "General", "0.0000001"),
        (0, "General", "0"),
    ],
)
def test_numbers_are_read_as_they_are_shown(value: float, shown_as: str, text: str) -> None:
    assert number_text(value, shown_as) == text


def test_of_a_formula_its_value_counts() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_formula(0, 0, "=1+1", None, 2)
        sheet.write_boolean(0, 1, True)
        sheet.write(2, 2, "a,b\nc")

    assert text_of_file(workbook(fill)) == '2,TRUE\n\n,,"a,b\nc"\n'


@pytest.mark.parametrize(
    ("cell", "is_to_work_out", "is_read"),
    [
        ("<c r='F2'><f>D2*E2</f><v>11</v></c>", True, True),
        ("<c r='F2'><f>D2*E2</f><v>0</v></c>", False, True),
        ('<c r=\'F2\' t="str"><f>""</f><v></v></c>', True, True),
        ("<c r='F2'><f>D2*E2</f><v>0</v></c>", True, False),
        ("<c r='F2'><f>D2*E2</f><v></v></c>", False, False),
        ("<c r='F2'><f>D2*E2</f><v/></c>", False, False),
        ("<c r='F2'><f t='shared' si='0'/></c>", False, False),
    ],
)
def test_formulas_that_nobody_worked_out_are_refused(cell: str, is_to_work_out: bool, is_read: bool) -> None:
    row = f"<worksheet xmlns='{MAIN}'><sheetData><row r='2'>{cell}</row></sheetData></worksheet>"
    data = with_part(SOUND, SHEET, row.encode())
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        book = parts.read("xl/workbook.xml").replace(b' fullCalcOnLoad="1"', b"")
    begin = book.replace(b"<calcPr", b'<calcPr fullCalcOnLoad="1"' if is_to_work_out else b"<calcPr")
    data = with_part(data, "xl/workbook.xml", begin)

    if is_read:
        text_of_file(data)
    else:
        with pytest.raises(UnreadableOrder, match="formulas whose values were not worked out"):
            text_of_file(data)


def test_the_sheet_with_the_columns_of_orders_is_read() -> None:
    def fill(book: Any) -> None:
        write(book, "Cover", ["Mugs & More"])
        write(book, "Prices", ["A", "B", "C"], ["1", "2", "3"])
        write(book, "March", HEADER, [1, date(2025, 3, 1), "Mug", 1, 5, 5])
        write(book, "Hidden", HEADER, [9, date(2025, 3, 1), "Mug", 1, 5, 5])
        book.get_worksheet_by_name("Hidden").hide()

    data = workbook(fill)

    assert sheets_in(data) == spreadsheets.Sheets(("March", "Prices"), is_clear=True)
    assert text_of_file(data).startswith("Order number,")
    assert text_of_file(data, "Prices") == "A,B,C\n1,2,3\n"


def test_where_two_hold_orders_it_is_not_clear() -> None:
    def fill(book: Any) -> None:
        for title in ("March", "April"):
            write(book, title, HEADER, [1, date(2025, 3, 1), "Mug", 1, 5, 5])

    assert sheets_in(workbook(fill)) == spreadsheets.Sheets(("March", "April"), is_clear=False)


def test_a_table_that_stands_on_a_hidden_sheet_alone_is_not_read_unseen() -> None:
    def fill(book: Any) -> None:
        write(book, "Cover", ["Mugs & More"])
        write(book, "March", HEADER, [1, date(2025, 3, 1), "Mug", 1, 5, 5])
        book.get_worksheet_by_name("March").hide()

    with pytest.raises(UnreadableOrder, match="on a hidden sheet, “March”"):
        text_of_file(workbook(fill))

    assert text_of_file(workbook(fill), "March").startswith("Order number,")


# --- what is no spreadsheet, or does harm ---------------------------------------------------------------------------


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The same workbook with a part more, or another one in its place."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return into.getvalue()


SOUND = sheet_of(HEADER, [1, date(2025, 3, 1), "Mug", 1, 5, 5])
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FAR = f"<worksheet xmlns='{MAIN}'><sheetData><row r='999999999'><c><v>1</v></c></row></sheetData></worksheet>"
LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "of the old kind (.xls), or one with a password"),
        (SOUND[:400], "no spreadsheet that can be read"),
        (with_part(SOUND, "xl/workbook.xml", b"<workbook"), "is damaged"),
        (with_part(SOUND, SHEET, b"<worksheet><sheetData><row><c r='A1'><v>1"), "is damaged"),
        (with_part(SOUND, SHEET, LAUGHS.encode()), "definitions that none needs"),
        (with_part(SOUND, SHEET, LAUGHS.encode("utf-16")), "definitions that none needs"),
        (with_part(SOUND, "xl/media/a.bin", b"\0" * 100_000_001), "too large when it is unpacked"),
        (
            with_part(SOUND, SHEET, FAR.encode()),
            "too many cells",
        ),
    ],
)
def test_what_can_not_be_read_or_does_harm_is_refused_with_what_to_do(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableOrder, match=r"Save it as|save it anew") as refused:
        text_of_file(data)

    assert said in refused.value.reason


def test_a_spreadsheet_of_other_things_is_no_workbook() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")

    with pytest.raises(UnreadableOrder, match="no spreadsheet that can be read"):
        text_of_file(file.getvalue())
