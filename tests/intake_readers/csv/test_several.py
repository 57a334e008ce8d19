"""Several products in one row: in one cell, or in columns with numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.intake_readers import Mapping, NewOrder, orders_in
from app.intake_readers.csv.files import first_look, understand
from app.intake_readers.csv.numbered import further_lines
from app.intake_readers.csv.several import Part, parts_of
from app.intake_readers.new_order import UnreadableOrder


def order_of(text: str) -> NewOrder:
    (found,) = orders_in("csv", text, currency="EUR", mapping=Mapping(first_look(text).guess.columns))
    if found.problem:
        raise found.problem
    assert found.order is not None
    (again,) = orders_in("csv", found.raw, currency="EUR")
    assert again.order == found.order
    return found.order


def lines_of(order: NewOrder) -> list[tuple[str, str, str]]:
    return [(line.name, f"{line.quantity:f}", f"{line.total:.2f}") for line in order.lines]


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("2 x Mug, 1 x Plate", [("Mug", 2), ("Plate", 1)]),
        ("2x Mug; 1× Plate", [("Mug", 2), ("Plate", 1)]),
        ("Mug (2); Plate", [("Mug", 2), ("Plate", None)]),
        ("Mug x 2\nPlate x1", [("Mug", 2), ("Plate", 1)]),
        ("Mug (qty: 2) | Plate (1x)", [("Mug", 2), ("Plate", 1)]),
        ("2 x Mug, blue, 1 x Plate", [("Mug, blue", 2), ("Plate", 1)]),
        ("Mug, blue (2), Plate (1)", [("Mug, blue", 2), ("Plate", 1)]),
        ("2 * Mug + 1 * Plate", [("Mug", 2), ("Plate", 1)]),
        ("2 x Mug", [("Mug", 2)]),
        ("Candle, large", []),
        ("Frame 3 x 5 cm", []),
        ("3 x 5 cm frame", []),
        ("Tyre 4x4", []),
        ("Set (2024)", []),
        ("Mug; with lid", []),
        ("Mug (2), blue", []),
        ("", []),
    ],
)
def test_what_products_a_cell_names(cell: str, parts: list[tuple[str, int | None]]) -> None:
    assert parts_of(cell) == [Part(*part) for part in parts]


HEADER = "Order number\tDate\tProduct\tSKU\tQuantity\tPrice\tLine total\tTotal\n"


@pytest.mark.parametrize(
    ("row", "lines"),
    [
        ("2 x Mug; 1 x Plate\tM; P\t\t5.00; 10.00\t\t20.00", [("Mug", "2", "10.00"), ("Plate", "1", "10.00")]),
        ("2 x Mug, 1 x Plate\t\t\t\t10.00; 10.00\t20.00", [("Mug", "2", "10.00"), ("Plate", "1", "10.00")]),
        ("Mug (2); Plate\t\t\t5.00;10.00\t10.00;10.00\t20.00", [("Mug", "2", "10.00"), ("Plate", "1", "10.00")]),
        ("2 x Mug, 1 x Plate\t\t3\t5.00\t\t15.00", [("Mug", "2", "10.00"), ("Plate", "1", "5.00")]),
        ("2 x Mug\t\t\t5.00\t\t10.00", [("Mug", "2", "10.00")]),
    ],
)
def test_they_become_lines_where_the_row_says_what_each_costs(row: str, lines: list[tuple[str, str, str]]) -> None:
    order = order_of(f"{HEADER}1\t2025-01-31\t{row}\n")

    assert lines_of(order) == lines
    assert sum(line.total for line in order.lines) == order.total
    assert order.warnings == []


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("2 x Mug, 1 x Plate\t\t\t\t15.00\t20.00", ("2 x Mug, 1 x Plate", "1", "15.00")),
        ("2 x Mug, 1 x Plate\t\t1\t15.00\t\t20.00", ("2 x Mug, 1 x Plate", "1", "15.00")),
    ],
)
def test_else_they_stay_one_line_with_the_whole_amount_and_that_is_said(row: str, line: tuple[str, str, str]) -> None:
    order = order_of(f"{HEADER}1\t2025-01-31\t{row}\n")

    assert (lines_of(order), order.total) == ([line], Decimal("20.00"))
    assert order.warnings == [
        "row 2, Product: several products stand in one cell, and the file doesn’t say what each costs. They become one "
        "line with the whole amount."
    ]


@pytest.mark.parametrize(("total", "line"), [("25.00", ("Mug", "2", "25.00")), ("25.01", ("2 x Mug", "1", "25.01"))])
def test_one_product_of_an_order_without_prices_costs_its_part_of_the_total(
    total: str, line: tuple[str, str, str]
) -> None:
    assert lines_of(order_of(f"Order number,Date,Product,Total\n1,2025-01-31,2 x Mug,{total}\n")) == [line]


def test_several_products_of_an_order_without_prices_stay_one_line() -> None:
    order = order_of('Order number,Date,Product,Total\n1,2025-01-31,"2 x Mug, 1 x Plate",20.00\n')

    assert lines_of(order) == [("2 x Mug, 1 x Plate", "1", "20.00")]
    assert len(order.warnings) == 1


def test_quantities_that_contradict_are_refused() -> None:
    with pytest.raises(UnreadableOrder, match="row 2, Quantity"):
        order_of(f"{HEADER}1\t2025-01-31\t2 x Mug; 1 x Plate\t\t3; 1\t5.00; 10.00\t\t20.00\n")


def test_an_amount_of_all_of_them_is_never_dropped() -> None:
    header = "Order number\tDate\tProduct\tPrice\tLine tax\tTotal\n"
    text = f"{header}1\t2025-01-31\t2 x Mug; 1 x Plate\t5.00; 10.00\t3.47\t20.00\n"

    with pytest.raises(UnreadableOrder, match=r"row 2, Price: Found “5\.00; 10\.00”"):
        order_of(text)


# --- columns with numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "Item {} Name,Item {} SKU,Item {} Quantity,Item {} Price",
        "Product {},SKU {},Qty {},Price {}",
        "Lineitem name {},Lineitem sku {},Lineitem quantity {},Lineitem price {}",
    ],
)
@pytest.mark.parametrize("first", ["1", ""])
def test_columns_with_numbers_are_lines_of_their_own(header: str, first: str) -> None:
    numbered = ",".join(header.format(*[number] * 4).replace("  ", " ") for number in (first, "2", "3"))
    text = f"Order number,Date,{numbered},Total\n1,2025-01-31,Mug,M,2,5.00,Plate,P,1,10.00,,,0,0.00,20.00\n"

    order = order_of(text)

    assert lines_of(order) == [("Mug", "2", "10.00"), ("Plate", "1", "10.00")]
    told = understand(text, Mapping(first_look(text).guess.columns))
    assert told.unused == []
    assert [field for _header, field in told.columns][6] == "Product (line 2)"


def test_a_bad_cell_of_a_further_line_is_refused_by_its_own_column() -> None:
    with pytest.raises(UnreadableOrder, match=r"row 2, Price 2: Found “abc”"):
        order_of("Order number,Date,Product 1,Price 1,Product 2,Price 2,Total\n1,2025-01-31,Mug,5,Plate,abc,20\n")


def test_columns_that_only_have_a_number_are_no_lines() -> None:
    columns = ["Product", "Option 1", "Option 2", "Price", "Price 2"]
    assert further_lines({"line_name": 0, "line_variant": 1, "line_price": 3}, columns) == []


@pytest.mark.parametrize(
    ("price", "shipping", "total", "line"),
    [
        ("10.00", "", "20.00", ("Mug", "2", "20.00")),
        ("10.00", "", "10.00", ("2 x Mug", "1", "10.00")),  # so is a set of two called
        ("10.00", "4.95", "14.95", ("2 x Mug", "1", "10.00")),
        ("10.00", "", "", ("Mug", "2", "20.00")),
    ],
)
def test_a_product_called_2_x_mug_is_what_comes_to_the_total(
    price: str, shipping: str, total: str, line: tuple[str, str, str]
) -> None:
    header = "Order number,Date,Product,Price,Shipping cost,Total\n"

    order = order_of(f"{header}1,2026-01-31,2 x Mug,{price},{shipping},{total}\n")

    assert lines_of(order)[0] == line
