"""Orders from CSV: one row a line, the order's own columns on the first."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.intake_readers import orders_in
from app.intake_readers.new_order import (
    NewAddress,
    NewCustomer,
    NewLine,
    NewOrder,
    NewPayment,
    NewRefund,
    NewShipment,
    NewTax,
)
from tests.intake_readers.samples_read import SAMPLES

TEXT = (SAMPLES / "orders.csv").read_text("utf-8")

SOAP = NewOrder(
    source="csv",
    external_id="90071992547409931",
    number="#K31",
    placed_at=datetime(2025, 3, 9, 7, 30, tzinfo=UTC),
    currency="EUR",
    total=Decimal("47.95"),
    tax_total=Decimal("8.32"),
    prices_include_tax=True,
    lines=[
        NewLine(
            'Zeep "Zee", 100 g',
            quantity=Decimal(3),
            unit_price=Decimal(5),
            total=Decimal(15),
            taxes=[NewTax("NL BTW 21%", Decimal("2.77"), rate=Decimal(21))],
            sku="SOAP-1",
        ),
        NewLine(
            "Handdoek łaźnia",
            quantity=Decimal(1),
            unit_price=Decimal(30),
            total=Decimal(30),
            taxes=[NewTax("NL BTW 21%", Decimal("5.55"), rate=Decimal(21))],
        ),
        NewLine("Parcel", Decimal(1), unit_price=Decimal("4.95"), total=Decimal("4.95"), kind="shipping"),
        NewLine("SOAP", Decimal(1), unit_price=Decimal(-2), total=Decimal(-2), kind="discount"),
    ],
    customer=NewCustomer(name="Lotte 't Hart", email="lotte@example.org"),
    billing=NewAddress(name="Lotte 't Hart", street="Markt 1", postcode="2611 GS", city="Delft", country="NL"),
    payment_method="iDEAL",
    payment_method_code="iDEAL",
    shipping_method="Parcel",
    customer_note="Graag\nbellen",
    discount_codes=["SOAP"],
    payments=[NewPayment(Decimal("47.95"), datetime(2025, 3, 9, 7, 31, tzinfo=UTC), method="iDEAL", reference="tr_8")],
    refunds=[NewRefund(Decimal(5))],
    shipments=[NewShipment({}, sent_at=datetime(2025, 3, 10, 8, tzinfo=UTC))],
    channel="web",
)

SPONGE = NewOrder(
    source="csv",
    external_id="#K32",
    number="#K32",
    placed_at=datetime(2025, 3, 9, 9, tzinfo=UTC),
    currency="EUR",
    total=Decimal(10),
    tax_total=Decimal(0),
    lines=[NewLine("Spons", Decimal(1), unit_price=Decimal(10), total=Decimal(10))],
)


def test_each_order_is_read_from_its_rows() -> None:
    assert [found.order for found in orders_in("csv", TEXT)] == [SOAP, SPONGE]


def test_the_raw_rows_of_an_order_read_the_same_again() -> None:
    header = TEXT[: TEXT.index("\n") + 1]

    for found in orders_in("csv", TEXT):
        assert found.raw.startswith(header)
        assert list(orders_in("csv", found.raw)) == [found]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_seen_from_the_header(delimiter: str) -> None:
    assert [found.order for found in orders_in("csv", rewritten(delimiter))] == [SOAP, SPONGE]


def rewritten(delimiter: str) -> str:

    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(csv.reader(io.StringIO(TEXT, newline="")))
    return "\ufeff" + out.getvalue()


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        (",47.95,", ",47.95 EUR,", "Total"),
        (",EUR,43", ",EURO,43", "Currency"),
        (",NL,", ",Holland,", "Billing Country"),
        ("09 08:30:00 +0100,3", "09 08:30:00,3", "Created at"),
        ("+0100,1,Handdoek", "+0100,one,Handdoek", "rows[1].Lineitem quantity"),
    ],
)
def test_a_bad_cell_is_refused_by_its_column(before: str, after: str, field: str) -> None:
    assert TEXT.count(before) == 1

    bad, good = orders_in("csv", TEXT.replace(before, after))

    assert bad.problem is not None
    assert (bad.order, bad.problem.field, good.order) == (None, field, SPONGE)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "This file is empty. Expected the names of columns in its first line."),
        ("Name,Total\n#1,5\n", "These are not the columns of an export that is known. Say which column is what."),
        (TEXT + '#K33,"', "This is not CSV: unexpected end of data in line 6."),
    ],
)
def test_a_text_that_is_not_sound_is_one_problem_of_the_file(text: str, reason: str) -> None:
    (found,) = orders_in("csv", text)

    assert found.problem is not None
    assert (found.order, found.problem.field, found.problem.reason) == (None, "(file)", reason)


@given(position=st.integers(0, len(TEXT)), removed=st.integers(0, 9), put=st.text(max_size=4))
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_read_or_refused(position: int, removed: int, put: str) -> None:
    for found in orders_in("csv", TEXT[:position] + put + TEXT[position + removed :]):
        assert (found.order is None) != (found.problem is None)
