"""Tables that stand below a title, and above totals and notes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.intake_readers import Mapping, orders_in
from app.intake_readers.csv.files import first_look, understand
from app.intake_readers.csv.rows import Table

TABLE = "Nr;Date;Item;Qty;Price;Total\n1;31-1-2025;Soap;2;2,50;9,00\n;;Mug;1;4,00;\n2;1-2-2025;Soap;1;2,50;2,50\n"
STRANGE = "Alpha;Beta;Gamma;Delta\n1;31-1-2025;Soap;2,50\n2;1-2-2025;Mug, blue;4,00\n"


def read(text: str, mapping: Mapping | None = None) -> list[tuple[str, str, str, str]]:
    mapping = mapping or Mapping(first_look(text).guess.columns)
    return [
        (one.order.number, f"{one.order.total:.2f}", ", ".join(line.name for line in one.order.lines), "")
        if one.order
        else ("", "", "", f"{one.problem.field}: {one.problem.reason}" if one.problem else "")
        for one in orders_in("csv", text, currency="EUR", mapping=mapping)
    ]


SOUND = [("1", "9.00", "Soap, Mug", ""), ("2", "2.50", "Soap", "")]


@pytest.mark.parametrize(
    ("above", "count"),
    [
        ("", 0),
        ("Orders of March\n", 1),
        ("Orders, paid, of March, 2025\n\n", 2),
        ("Report;Orders;From;1-1-2025;To;31-1-2025\n;;;;;\nMugs & More;;;;;\n", 3),
        ("sep=;\nOrders\n\n", 2),
        ('"Orders\nof March"\n', 1),
        ("\n\n", 2),
    ],
)
def test_a_title_above_the_table_is_stepped_over_and_said(above: str, count: int) -> None:
    assert read(above + TABLE) == SOUND
    assert len(understand(above + TABLE, Mapping(first_look(TABLE).guess.columns)).above) == count


@pytest.mark.parametrize("above", ["", "Orders of March\n", "Orders of March;2025\n\n"])
def test_where_no_header_is_known_it_is_the_first_row_with_enough_cells(above: str) -> None:
    assert Table(above + STRANGE).columns == ["Alpha", "Beta", "Gamma", "Delta"]


def test_columns_that_somebody_named_tell_the_header() -> None:
    text = "Shop;Mugs;and;more\n" + STRANGE
    mapping = Mapping({"number": "Alpha", "placed_at": "Beta", "line_name": "Gamma", "total": "Delta"}, date_form="dmy")

    assert [number for number, *_rest in read(text, mapping)] == ["1", "2"]


def test_rows_are_numbered_as_the_spreadsheet_shows_them() -> None:
    broken = "Orders of March\n\n" + TABLE.replace("1-2-2025", "someday")

    (_sound, refused) = orders_in("csv", broken, currency="EUR", mapping=Mapping(first_look(TABLE).guess.columns))

    assert refused.problem is not None
    assert refused.problem.field == "row 6, Date"
    again = next(iter(orders_in("csv", refused.raw, currency="EUR")))
    assert again.problem is not None
    assert again.problem.field == "row 6, Date"


@pytest.mark.parametrize(
    "below",
    [
        "Total;;;4;;11,50\n",
        ";;Totaal;;;11,50\n",
        "\nTotal orders: 2;;;;;11,50\n",
        "Gesamtsumme\n",
        "\n;;;4;;11,50\n",
        ";;;4;9,00;11,50\n",
        '\n"2";record(s) downloaded;;;;\nSeller ID: mugs;;;;;\n',
        "\nPrinted by Femke;;;;;\n",
    ],
)
def test_totals_and_notes_below_the_table_are_no_orders_and_said(below: str) -> None:
    assert read(TABLE + below) == SOUND
    told = understand(TABLE + below, Mapping(first_look(TABLE).guess.columns))
    assert len(told.beside) == len([line for line in below.splitlines() if line])


def test_totals_between_orders_are_left_out_and_blank_rows_counted() -> None:
    lines = TABLE.splitlines(keepends=True)
    text = "".join([*lines[:3], "Subtotal;;;3;;9,00\n", "\n", *lines[3:], "\n"])

    assert read(text) == SOUND
    told = understand(text, Mapping(first_look(TABLE).guess.columns))
    assert (told.beside, told.blank) == ([(4, "Subtotal · 3 · 9,00")], 1)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("3", "row 5, Date: This is missing. Expected a date."),
        ('"3;1-2-2025;Soap bar;1;2,50;2,50"', "row 5, Date: This is missing. Expected a date."),  # in one cell
        (
            ";;;;;8,00",
            "row 5, Total: Found “8,00”, expected the same as in the other rows of this order.",
        ),
        (
            ";;;;3,00;",
            "row 5, Item: This row has an amount and no product. Name the product, or remove the row if it is a total.",
        ),
    ],
)
def test_what_may_be_an_order_or_a_line_is_never_left_out(row: str, problem: str) -> None:
    assert read(f"{TABLE}{row}\n")[-1][3] == problem


def test_a_product_may_be_called_total() -> None:
    assert read("Nr;Date;Item;Qty;Price;Total\n1;31-1-2025;Soap;2;2,50;9,00\n;;Total;1;4,00;\n") == [
        ("1", "9.00", "Soap, Total", "")
    ]


def test_the_notes_below_shopify_s_own_export_are_left_out() -> None:
    export = (
        "Name,Financial Status,Created at,Total,Taxes,Lineitem name,Lineitem quantity,Lineitem price\n"
        "#1,paid,2025-01-31 10:00:00 +0100,5.00,{tax},Mug,1,5.00\nTotal,,,5.00,,,1,\n"
    )
    (found,) = orders_in("csv", export.format(tax="0.87"), currency="EUR")
    (refused,) = orders_in("csv", export.format(tax="21.00"), currency="EUR")

    assert found.order is not None
    assert found.order.total == Decimal("5.00")
    assert refused.problem is not None
    assert refused.problem.field == "row 2, Taxes"
    assert understand(export, None).beside == [(3, "Total · 5.00 · 1")]
