"""Orders of CSV files whose columns are mapped."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.intake_readers import Found, Mapping, NewOrder, UnreadableOrder, orders_in
from app.intake_readers.csv.files import first_look
from app.intake_readers.new_order import NewAddress, NewCustomer, NewLine, NewPayment, NewRefund, NewShipment, NewTax
from tests.looking import is_storable

#: Dutch, with semicolons and decimal commas; what is the order's own stands in its first row only.
DUTCH = """\
Bestelnummer;Besteldatum;Status;Betaalstatus;Betaald op;Voornaam;Achternaam;E-mail;Straat;Huisnummer;Postcode;Plaats;\
Land;Artikel;SKU;Aantal;Stukprijs;BTW %;Verzendmethode;Verzendkosten;Korting;Totaal;Opmerking;Trackingcode
W-17;30-3-2025 02:30;Verzonden;betaald;31-3-2025;Lotte;'t Hart;lotte@example.org;Markt;5;'2611 GS;Delft;Nederland;\
"Kaars; groot";KAARS-G;2;€ 1.012,50;21;Pakket;4,95;5,00;2.036,95;"Graag
bellen";3SKAARS
;;;;;;;;;;;;;Lucifers;;3;4,00;9%;;;;;;
W-18;1-4-2025;Geannuleerd;onbetaald;;Wim;Groen;;;;;;NL;Kaars;;1;8,50;21;;;;8,50;;
"""

MAPPING = Mapping(first_look(DUTCH).guess.columns)

CANDLES = NewOrder(
    source="csv",
    external_id="W-17",
    number="W-17",
    placed_at=datetime(2025, 3, 30, 1, 30, tzinfo=UTC),  # in the hour that summer time skips
    currency="EUR",
    total=Decimal("2036.95"),
    prices_include_tax=True,
    lines=[
        NewLine(
            "Kaars; groot",
            quantity=Decimal(2),
            unit_price=Decimal("1012.5"),
            total=Decimal(2025),
            taxes=[NewTax("Tax", Decimal("351.45"), rate=Decimal(21))],
            sku="KAARS-G",
        ),
        NewLine(
            "Lucifers",
            quantity=Decimal(3),
            unit_price=Decimal(4),
            total=Decimal(12),
            taxes=[NewTax("Tax", Decimal("0.99"), rate=Decimal(9))],
        ),
        NewLine(
            "Pakket",
            Decimal(1),
            Decimal("4.95"),
            Decimal("4.95"),
            kind="shipping",
            taxes=[
                NewTax("Tax", Decimal("0.85"), rate=Decimal(21), base=Decimal("4.07")),
                NewTax("Tax", Decimal("0.00"), rate=Decimal(9), base=Decimal("0.03")),
            ],
        ),
        NewLine(
            "Discount",
            Decimal(1),
            Decimal(-5),
            Decimal(-5),
            kind="discount",
            taxes=[
                NewTax("Tax", Decimal("-0.87"), rate=Decimal(21), base=Decimal("-4.10")),
                NewTax("Tax", Decimal("0.00"), rate=Decimal(9), base=Decimal("-0.03")),
            ],
        ),
    ],
    customer=NewCustomer(name="Lotte 't Hart", email="lotte@example.org"),
    billing=NewAddress(
        "Lotte 't Hart", street="Markt 5", house_number="5", postcode="2611 GS", city="Delft", country="NL"
    ),
    shipping_method="Pakket",
    customer_note="Graag\nbellen",
    payments=[NewPayment(Decimal("2036.95"), datetime(2025, 3, 30, 22, tzinfo=UTC))],
    shipments=[NewShipment({}, datetime(2025, 3, 30, 22, tzinfo=UTC), tracking_code="3SKAARS")],
    is_completed=True,
)


def found_in(text: str, mapping: Mapping = MAPPING) -> list[Found]:
    return list(orders_in("csv", text, currency="EUR", mapping=mapping, time_zone="Europe/Amsterdam"))


def orders(text: str, mapping: Mapping = MAPPING) -> list[NewOrder]:
    found = found_in(text, mapping)
    assert [one.problem for one in found if one.problem] == []
    return [one.order for one in found if one.order]


def problem(text: str, mapping: Mapping = MAPPING) -> UnreadableOrder:
    """The first that is found; a bad date may leave the dates of other orders in doubt."""
    return next(one.problem for one in found_in(text, mapping) if one.problem)


def told(found: Found) -> tuple[object, ...]:
    return found.external_id, found.raw, found.order, found.problem and (found.problem.field, found.problem.reason)


def read_again(found: Found) -> list[tuple[object, ...]]:
    """What its raw text alone tells."""
    return [told(one) for one in orders_in("csv", found.raw, currency="EUR", time_zone="Europe/Amsterdam")]


def test_orders_are_read_from_their_rows() -> None:
    first, second = orders(DUTCH)

    assert first == CANDLES
    assert (second.number, second.total, second.payments) == ("W-18", Decimal("8.5"), [])
    assert second.cancelled_at == second.placed_at == datetime(2025, 3, 31, 22, tzinfo=UTC)


def test_the_raw_rows_of_an_order_read_the_same_again_without_the_mapping() -> None:
    for found in found_in(DUTCH):
        assert read_again(found) == [told(found)]


@pytest.mark.parametrize("separator", [",", "\t", "|"])
def test_other_separators_are_seen_from_the_header(separator: str) -> None:
    text = "Order,Date,Product,Total\n1,2025-01-31,Soap,5.00\n".replace(",", separator)
    mapping = Mapping({"number": "Order", "placed_at": "Date", "total": "Total"})

    (order,) = orders(text, mapping)

    assert order.total == Decimal(5)


SIMPLE = Mapping({"number": "Nr", "placed_at": "Date", "line_name": "Item", "line_price": "Price", "total": "Total"})


def simple(*rows: str, mapping: Mapping = SIMPLE) -> list[Found]:
    return found_in("\n".join(["Nr;Date;Item;Price;Total", *rows]) + "\n", mapping)


def test_excel_may_name_its_separator_above_the_header() -> None:
    text = "sep=|\nNr|Date;one;two;three;four|Item|Price|Total\n1|2025-01-31|Soap|5.00|5.00\n"

    (order,) = orders(text, Mapping(SIMPLE.columns | {"placed_at": "Date;one;two;three;four"}))

    assert order.number == "1"


def test_order_fields_may_be_repeated_in_each_row() -> None:
    (found,) = simple("1;2025-01-31;Soap;5.00;8.00", "1;2025-01-31;Sponge;3.00;8.00")

    assert found.order is not None
    assert ([line.name for line in found.order.lines], found.order.total) == (["Soap", "Sponge"], Decimal(8))


def test_rows_that_state_different_totals_are_refused() -> None:
    (found,) = simple("1;2025-01-31;Soap;5.00;5.00", "1;2025-01-31;Sponge;3.00;3.00")

    assert found.problem is not None
    assert (found.problem.field, found.problem.external_id) == ("row 3, Total", "1")
    assert found.problem.reason == "Found “3.00”, expected the same as in the other rows of this order."


def test_rows_of_an_order_that_stand_apart_belong_together() -> None:
    first, second = simple(
        "1;2025-01-31;Soap;5.00;8.00", "2;2025-01-31;Towel;9.00;9.00", "1;2025-01-31;Sponge;3.00;8.00"
    )

    assert first.order is not None
    assert second.order is not None
    assert [line.name for line in first.order.lines] == ["Soap", "Sponge"]
    assert second.order.number == "2"
    assert read_again(first) == [told(first)]


def test_a_row_for_each_order_has_its_products_in_one_line() -> None:
    text = "Nr,Date,Shipping,Total\n7,2025-01-31,4.95,24.95\n"
    columns = {"number": "Nr", "placed_at": "Date", "shipping_cost": "Shipping", "total": "Total"}

    (order,) = orders(text, Mapping(columns))

    assert [(line.kind, line.name, line.total) for line in order.lines] == [
        ("product", "Products of 7", Decimal(20)),
        ("shipping", "Shipping", Decimal("4.95")),
    ]


@pytest.mark.parametrize(("total", "is_gross"), [("12.10", True), ("14.20", False), ("12.11", True), ("14.21", False)])
def test_the_total_shows_whether_prices_include_tax(total: str, is_gross: bool) -> None:
    text = f"Nr,Date,Item,Price,Tax,Total\n1,2025-01-31,Soap,12.10,2.10,{total}\n"

    (order,) = orders(text, Mapping(SIMPLE.columns | {"tax_total": "Tax"}))

    assert order.prices_include_tax is is_gross
    assert order.lines[0].taxes == [NewTax("Tax", Decimal("2.1"))]


def test_without_a_total_it_has_to_be_chosen_whether_prices_include_tax() -> None:
    text = "Nr,Date,Item,Price,Rate\n1,2025-01-31,Soap,10.00,21%\n"
    columns = SIMPLE.columns | {"line_tax_rate": "Rate"}
    del columns["total"]

    refused = problem(text, Mapping(columns))
    (net,), (gross,) = (orders(text, Mapping(columns, prices_include_tax=choice)) for choice in (False, True))

    assert refused.reason == "Without a total nobody can tell whether prices include tax. Choose it."
    assert (net.total, net.lines[0].taxes[0].amount) == (Decimal("12.1"), Decimal("2.1"))
    assert (gross.total, gross.lines[0].taxes[0].amount) == (Decimal(10), Decimal("1.74"))


def test_a_stated_total_of_a_line_counts_and_the_rest_is_its_discount() -> None:
    text = "Nr,Date,Item,Qty,Price,Sum,Total\n1,2025-01-31,Soap,3,5.00,13.50,13.50\n"

    (order,) = orders(text, Mapping(SIMPLE.columns | {"line_quantity": "Qty", "line_total": "Sum"}))

    (line,) = order.lines
    assert (line.unit_price, line.total, line.discount) == (Decimal(5), Decimal("13.5"), Decimal("1.5"))


# --- numbers and dates that can be read in two ways ------------------------------------------------------------------


def test_a_number_with_two_meanings_is_read_as_its_column_shows() -> None:
    first, _second = simple("1;2025-01-31;Soap;1.234;1.234", "2;2025-01-31;Soap;5,50;5,50")

    assert first.order is not None
    assert first.order.total == Decimal(1234)
    assert read_again(first) == [told(first)]


@pytest.mark.parametrize("other", ["2;2025-01-31;Soap;5;5", "2;2025-01-31;Soap;5;5,50\n3;2025-01-31;Soap;5;5.50"])
def test_a_number_with_two_meanings_is_refused_where_nothing_shows_which(other: str) -> None:
    first, *_others = simple("1;2025-01-31;Soap;5;1.234", *other.split("\n"))

    assert first.problem is not None
    assert first.problem.field == "row 2, Total"
    assert first.problem.reason == (
        "“1.234” can be read in two ways, and its column doesn't show which. Choose the decimal mark."
    )
    assert read_again(first) == [told(first)]


@pytest.mark.parametrize(("mark", "total"), [(".", "1.234"), (",", "1234")])
def test_the_decimal_mark_can_be_chosen(mark: str, total: str) -> None:
    (found,) = simple("1;2025-01-31;Soap;1.234;1.234", mapping=replace(SIMPLE, decimal_mark=mark))

    assert found.order is not None
    assert found.order.total == Decimal(total)


def test_an_amount_that_goes_against_the_choice_is_refused() -> None:
    (found,) = simple("1;2025-01-31;Soap;5;5.50", mapping=replace(SIMPLE, decimal_mark=","))

    assert found.problem is not None
    assert found.problem.reason == "Found “5.50”, expected an amount with , before its decimals."


def test_a_date_with_two_meanings_is_read_as_its_column_shows() -> None:
    first, _second = simple("1;03/04/2025;Soap;5;5", "2;04/13/2025;Soap;5;5")

    assert first.order is not None
    assert first.order.placed_at == datetime(2025, 3, 3, 23, tzinfo=UTC)


def test_a_date_with_two_meanings_is_refused_where_nothing_shows_which() -> None:
    (found,) = simple("1;03/04/2025;Soap;5;5")

    assert found.problem is not None
    assert found.problem.field == "row 2, Date"
    assert found.problem.reason == (
        "“03/04/2025” can be read in two ways, and its column doesn't show which. Choose the order of day and month."
    )


@pytest.mark.parametrize(("form", "month"), [("dmy", 4), ("mdy", 3)])
def test_the_form_of_dates_can_be_chosen(form: str, month: int) -> None:
    (found,) = simple("1;03/04/2025 12:00;Soap;5;5", mapping=replace(SIMPLE, date_form=form))

    assert found.order is not None
    assert found.order.placed_at.month == month


def test_a_day_that_is_the_same_in_both_forms_needs_no_choice() -> None:
    (found,) = simple("1;04/04/2025;Soap;5;5")

    assert found.order is not None


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "field", "reason"),
    [
        ("W-17", "", "row 2, Bestelnummer", "This is missing. Expected the number of an order."),
        ("30-3-2025 02:30", "", "row 2, Besteldatum", "This is missing. Expected a date."),
        ("30-3-2025 02:30", "soon", "row 2, Besteldatum",
         "Found “soon”, expected a date such as 2024-05-31 or 31-05-2024 14:00."),
        ("4,95", "$ 4,95", "row 2, Verzendkosten", "Found “$ 4,95”, expected an exact amount, such as 12.50."),
        ("Nederland", "Holland", "row 2, Land", "Found “Holland”, expected a country of ISO 3166, such as NL."),
        (";betaald;", ";perhaps;", "row 2, Betaalstatus",
         "Found “perhaps”, expected a payment status such as paid, pending or refunded."),
        (";3;4,00", ";three;4,00", "row 3, Aantal", "Found “three”, expected an exact amount, such as 12.50."),
        (";3;4,00", ";-3;4,00", "row 3, Aantal", "Found “-3”, expected a quantity of 0 or more."),
        (";3;4,00", ";3;", "row 3, Stukprijs", "This is missing. Expected a price or a total."),
        ("9%", "900", "row 3, BTW %", "Found “900”, expected a rate in percent, such as 21."),
        ("lotte@example.org", "l" * 300, "row 2, E-mail", "expected at most 255 characters."),
        ("9%;;;;;;", "9%;;;;;;;;oops", "row 3",
         "There are more cells than columns. A text with a separator in it has to stand in quotes."),
    ],
)  # fmt: skip
def test_a_bad_cell_is_refused_by_its_row_and_column(before: str, after: str, field: str, reason: str) -> None:
    assert DUTCH.count(before) == 1

    refused = problem(DUTCH.replace(before, after))

    assert refused.field == field
    assert refused.reason.endswith(reason)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"number": "Nr"}, "No column is mapped to Order date, which every order needs."),
        ({"number": "Nr", "placed_at": "Date"}, "No column is mapped to Order total, which every order needs."),
        (SIMPLE.columns | {"email": "Mail"}, "The first line has no column Mail. Expected the names of columns there."),
        (SIMPLE.columns | {"email": "Twice"}, "The column Twice stands there more than once. Give each its own name."),
    ],
)
def test_a_mapping_that_does_not_fit_is_a_problem_of_the_file(columns: dict[str, str], reason: str) -> None:
    refused = problem("Nr,Date,Item,Price,Total,Twice,Twice\n1,2025-01-31,Soap,5,5,,\n", Mapping(columns))

    assert (refused.field, refused.reason) == ("(file)", reason)


def test_the_currency_of_the_order_counts() -> None:
    text = "Nr,Date,Item,Price,Total,Currency\n1,2025-01-31,Soap,$5.00,USD 5.00,usd\n"

    (order,) = orders(text, Mapping(SIMPLE.columns | {"currency": "Currency"}))

    assert (order.currency, order.total) == ("USD", Decimal(5))


@pytest.mark.parametrize(
    ("cell", "currency"),
    [("1.000,00 kr.", "DKK"), ("1 000,00 kr", "SEK"), ("kr. 1.000,00", "NOK"), ("1'000.00 Fr.", "CHF"),
     ("1.000,00 CHF", "CHF"), ("1 000,00 zł.", "PLN"), ("1.000,00 EUR.", "EUR"), ("-kr. -1.000,00", "")],
)  # fmt: skip
def test_words_of_the_currency_may_be_shortened_with_a_dot(cell: str, currency: str) -> None:
    text = f"Nr;Date;Item;Price;Total;Currency\n1;2025-01-31;Soap;{cell};{cell};{currency or 'DKK'}\n"

    (found,) = orders_in("csv", text, currency="EUR", mapping=Mapping(SIMPLE.columns | {"currency": "Currency"}))

    assert (found.order and found.order.total) == (Decimal(1000) if currency else None)


def test_a_price_without_a_product_is_called_by_its_order() -> None:
    text = "Nr,Date,Price,Total\n40217,2025-01-31,5.00,5.00\n"
    columns = {name: column for name, column in SIMPLE.columns.items() if name != "line_name"}

    (order,) = orders(text, Mapping(columns))

    assert [line.name for line in order.lines] == ["Products of 40217"]


def test_refunds_and_part_payments_are_what_they_say() -> None:
    text = "Nr,Date,Item,Price,Total,Paid,Back\n1,2025-01-31,Soap,5.00,5.00,3.00,-1.00\n"

    (order,) = orders(text, Mapping(SIMPLE.columns | {"paid_amount": "Paid", "refunded": "Back"}))

    assert (order.payments[0].amount, order.refunds) == (Decimal(3), [NewRefund(Decimal(1))])


@pytest.mark.parametrize(
    ("status", "back"),
    [("refunded", ["5.00"]), ("terugbetaald", ["5.00"]), ("partially refunded", []), ("paid", []), ("pending", [])],
)
def test_all_of_an_order_that_is_called_refunded_went_back(status: str, back: list[str]) -> None:
    text = f"Nr,Date,Item,Price,Total,State\n1,2025-01-31,Soap,5.00,5.00,{status}\n"

    (order,) = orders(text, Mapping(SIMPLE.columns | {"payment_status": "State"}))

    assert order.refunds == [NewRefund(Decimal(amount)) for amount in back]


# --- anything ---------------------------------------------------------------------------------------------------------


@given(position=st.integers(0, len(DUTCH)), removed=st.integers(0, 9), put=st.text(max_size=4))
@settings(max_examples=200, deadline=None)
def test_a_damaged_file_is_read_or_refused(position: int, removed: int, put: str) -> None:
    for found in found_in(DUTCH[:position] + put + DUTCH[position + removed :]):
        assert (found.order is None) != (found.problem is None)
        assert is_storable([found.raw, found.external_id])


CELLS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["1.234", "5,50", "03/04/2025", "31.12.24", "1e9", "-0", "€ 5", "999999999999", "NL", "'1", "0001-01-01"]
    ),
)


@given(rows=st.lists(st.lists(CELLS, min_size=5, max_size=6), max_size=6))
@settings(max_examples=200, deadline=None)
def test_any_rows_are_read_or_refused_and_read_the_same_again(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([["Nr", "Date", "Item", "Price", "Total"], *rows])
    for found in found_in(out.getvalue(), SIMPLE):
        assert (found.order is None) != (found.problem is None)
        if found.problem is None or found.problem.field != "(file)":
            assert read_again(found) == [told(found)]


@given(first=st.text(max_size=60), text=st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_anything_above_the_header_is_a_mapping_or_refused(first: str, text: str) -> None:
    for found in orders_in("csv", f"#toonbank {first}\n{text}", currency="EUR"):
        assert found.order is None


@pytest.mark.parametrize("rows", ["1;31-1-2025;21%;4,95;121,00", "1;31-1-2025;21;4,95;121,00\n1;31-1-2025;21;;"])
def test_an_order_that_states_its_rate_and_no_lines_bears_it_in_all(rows: str) -> None:
    text = f"Bestelnummer;Besteldatum;BTW-tarief;Verzendkosten;Totaal\n{rows}\n"

    (found,) = orders_in("csv", text, currency="EUR", mapping=Mapping(first_look(text).guess.columns))

    assert found.order is not None
    assert [(line.total, line.taxes[0].amount, line.taxes[0].rate) for line in found.order.lines] == [
        (Decimal("116.05"), Decimal("20.14"), Decimal(21)),
        (Decimal("4.95"), Decimal("0.86"), Decimal(21)),
    ]


def test_rows_of_one_order_without_lines_have_one_rate() -> None:
    text = "Bestelnummer;Besteldatum;BTW-tarief;Totaal\n1;31-1-2025;21;121,00\n1;31-1-2025;9;121,00\n"

    (found,) = orders_in("csv", text, currency="EUR", mapping=Mapping(first_look(text).guess.columns))

    assert found.problem is not None
    assert "the same as in the other rows of this order" in found.problem.reason


@pytest.mark.parametrize(
    ("number", "extension"),
    [
        ("House number", "Number extension"),
        ("Huisnummer", "Toevoeging"),
        ("Hausnummer", "Hausnummer-Zusatz"),
        ("Numéro de rue", "Complément de numéro"),
        ("Número de calle", "Complemento del número"),
        ("Billing House Number", "Billing House Number Suffix"),
    ],
)
def test_the_house_is_read_from_columns_of_its_own(number: str, extension: str) -> None:
    text = f"Order number,Order date,Total,Street,{number},{extension}\nW-1,2025-03-30,5.00,Markt,87,A\n"
    (order,) = orders(text, Mapping(first_look(text).guess.columns))

    billing = order.billing
    assert billing
    assert (billing.street, billing.house_number, billing.house_extension) == ("Markt 87 A", "87", "A")


@pytest.mark.parametrize(
    ("header", "cells", "rates"),
    [
        ("Verzendkosten", "12,10", {"21": "2.10"}),
        ("Betaalkosten", "12,10", {"21": "2.10"}),
        ("Verzendkosten;BTW verzendkosten", "12,10;0", {}),  # stated: none
        ("Verzendkosten;BTW verzendkosten", "12,10;2,10", {None: "2.1"}),
        ("Verzendkosten;Totaal BTW", "12,10;21,00", {}),  # the products' own
        ("Verzendkosten;Totaal BTW", "12,10;23,10", {"21": "2.10"}),
    ],
)
def test_costs_bear_the_rate_of_the_products_where_the_file_says_no_other(
    header: str, cells: str, rates: dict[str | None, str]
) -> None:
    text = f"Bestelnummer;Besteldatum;Artikel;Aantal;Stukprijs;BTW %;{header};Totaal\n"
    text += f"W-1;2025-03-30;Kaars;1;121,00;21;{cells};133,10\n"
    (order,) = orders(text, Mapping(first_look(text).guess.columns))

    assert order.total == Decimal("133.10")
    assert {str(tax.rate) if tax.rate else None: str(tax.amount) for tax in order.lines[1].taxes} == rates


def test_shipping_on_products_of_several_rates_bears_each_in_proportion() -> None:
    text = "Order number,Order date,Product,Quantity,Price,VAT rate,Shipping,Total\n"
    text += "W-1,2025-03-30,Lamp,1,30.00,21,8.00,56.64\nW-1,2025-03-30,Book,1,10.00,9,,56.64\n"
    (order,) = orders(text, Mapping(first_look(text).guess.columns))

    assert not order.prices_include_tax
    assert [(str(tax.rate), tax.base, tax.amount) for tax in order.lines[-1].taxes] == [
        ("21", Decimal("6.00"), Decimal("1.26")),
        ("9", Decimal("2.00"), Decimal("0.18")),
    ]


def test_shipping_bears_no_tax_where_the_total_says_so() -> None:
    text = "Order number,Order date,Product,Quantity,Price,VAT rate,Shipping,Total\n"
    text += "W-1,2025-03-30,Lamp,1,30.00,21,8.00,44.30\n"
    (order,) = orders(text, Mapping(first_look(text).guess.columns))

    assert (order.prices_include_tax, order.lines[-1].taxes) == (False, [])


RATED = "Nr;Date;Item;Price;VAT %;Total\n"


@pytest.mark.parametrize(
    ("cells", "rates"),
    [
        (["21", "9"], ["21", "9"]),
        (["21 %", "9%"], ["21", "9"]),
        (["0,21", "0,09"], ["21", "9"]),
        (["0,21", "0"], ["21", "0"]),
        (["5,5", "2,1"], ["5.5", "2.1"]),
        (["0,5 %", "21"], ["0.5", "21"]),
        (["0,21", "21"], ["?", "21"]),  # one of them is not what it says
        (["0,5"], ["?"]),  # half a percent, or a half
    ],
)
def test_a_column_of_rates_is_read_as_its_own_cells_show(cells: list[str], rates: list[str]) -> None:
    rows = "".join(f"{nr};31-1-2025;Mug;100;{cell};100\n" for nr, cell in enumerate(cells, start=1))
    mapping = Mapping(SIMPLE.columns | {"line_tax_rate": "VAT %"})
    found = list(orders_in("csv", RATED + rows, currency="EUR", mapping=mapping))

    assert [
        (str(one.order.lines[0].taxes[0].rate) if one.order.lines[0].taxes else "0") if one.order else "?"
        for one in found
    ] == rates
    assert all(one.problem is None or "written alike" in one.problem.reason for one in found)
    again = [next(iter(orders_in("csv", one.raw, currency="EUR"))).order for one in found]
    assert again == [one.order for one in found]


@pytest.mark.parametrize(
    ("tax", "line_tax", "shipping_tax", "field"),
    [
        ("21", "", "", "row 2, Tax"),
        ("", "21", "", "row 2, Line tax"),
        ("", "", "9", "row 2, Shipping tax"),
        ("2,10", "2,10", "0,87", ""),
    ],
)
def test_tax_above_what_it_is_on_is_refused_by_its_row(tax: str, line_tax: str, shipping_tax: str, field: str) -> None:
    header = "Nr;Date;Item;Price;Total;Tax;Line tax;Shipping;Shipping tax\n"
    columns = {"tax_total": "Tax", "line_tax": "Line tax", "shipping_cost": "Shipping", "shipping_tax": "Shipping tax"}
    mapping = Mapping(SIMPLE.columns | columns)
    (found,) = orders_in(
        "csv",
        f"{header}1;31-1-2025;Mug;12,10;17,10;{tax};{line_tax};5,00;{shipping_tax}\n",
        mapping=mapping,
        currency="EUR",
    )

    assert (found.problem.field if found.problem else "") == field
    assert not found.problem or "is more than the total of" in found.problem.reason


@pytest.mark.parametrize(
    ("second", "field"),
    [
        ("7;31-1-2025;usd;kim@example.org;Plate;8,00", "row 3, Currency"),
        ("7;31-1-2026;EUR;kim@example.org;Plate;8,00", "row 3, Date"),
        ("7;31-1-2025;EUR;lotte@example.org;Plate;8,00", "row 3, Email"),
        ("7;31-1-2025 14:00;eur;Kim@example.org;Plate;8,00", ""),
        ("7;;;;Plate;8,00", ""),
    ],
)
def test_two_orders_of_one_number_do_not_become_one(second: str, field: str) -> None:
    header = "Nr;Date;Currency;Email;Item;Price\n7;31-1-2025;EUR;kim@example.org;Mug;12,10\n"
    columns = {"number": "Nr", "placed_at": "Date", "currency": "Currency", "email": "Email"}
    mapping = Mapping(columns | {"line_name": "Item", "line_price": "Price"})

    (found,) = found_in(header + second + "\n", mapping)

    assert (found.problem.field if found.problem else "") == field
    assert found.problem is None or "the same as in the other rows of this order" in found.problem.reason
