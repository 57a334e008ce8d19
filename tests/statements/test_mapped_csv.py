"""The CSV of a bank that nobody knows: found in the file, guessed, and read as somebody said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from app.intake_readers.decoding import decode_file
from app.statements.mapped_csv import (
    BankRecipe,
    ReadTable,
    UnknownColumns,
    UnknownTable,
    find_unknown_table,
    guess_recipe,
    read_mapped,
)
from app.statements.recognising import read_statements
from app.statements.statement import UnreadableStatement

#: Files of invented banks: their bytes, the columns that are guessed, and the lines as they are read.
FILES: dict[str, tuple[bytes, dict[str, str], list[tuple[str, str, str, str]]]] = {
    "german, two columns, titles above and sums below": (
        "Kontoauszug;;;;\nIBAN;DE59370400440099000011;;;\n\nUmsatzdatum;Gegenpartei;Zweck;Belastung;Gutschrift\n"
        "05.11.2026;Jürgen Müller;RE-2026-0117;;1.143,41\n06.11.2026;Stadtwerke;Strom;62,30;\n"
        "Summe;;;62,30;1.143,41\nErstellt am 7.11.2026 um 9:00\n".encode("cp1252"),
        {"booked_on": "Umsatzdatum", "name": "Gegenpartei", "text": "Zweck", "debit": "Belastung",
         "credit": "Gutschrift"},
        [("2026-11-05", "1143.41", "Jürgen Müller", "RE-2026-0117"), ("2026-11-06", "-62.30", "Stadtwerke", "Strom")],
    ),
    "dutch, tabs, and a column that says af or bij": (
        b"Boekdatum\tBedrag\tAf of bij\tNaam\tToelichting\n13-11-2026\t12,50\tBij\tP Verzonnen\tORD10001\n"
        b"13-11-2026\t3,10\tAf\tBank\tKosten\n",
        {"booked_on": "Boekdatum", "amount": "Bedrag", "side": "Af of bij", "name": "Naam", "text": "Toelichting"},
        [("2026-11-13", "12.50", "P Verzonnen", "ORD10001"), ("2026-11-13", "-3.10", "Bank", "Kosten")],
    ),
    "english, months first, and D/C in a column of a strange name": (
        b"Posting Date,Sum,Kind,Payee,Memo\n11/13/2026,\"1,250.00\",C,Jo,ORD7\n11/14/2026,5.00,D,Bank,Fee\n",
        {"booked_on": "Posting Date", "amount": "Sum", "side": "Kind", "name": "Payee", "text": "Memo"},
        [("2026-11-13", "1250.00", "Jo", "ORD7"), ("2026-11-14", "-5.00", "Bank", "Fee")],
    ),
    "french, with a mark, and a minus behind": (
        "\ufeffDate d’opération;Intitulé;Montant EUR\n5/11/2026;VIR CLIENT;1 120,50\n6/11/2026;FRAIS;7,90-\n".encode(),
        {"booked_on": "Date d’opération", "text": "Intitulé", "amount": "Montant EUR"},
        [("2026-11-05", "1120.50", "", "VIR CLIENT"), ("2026-11-06", "-7.90", "", "FRAIS")],
    ),
    "spanish, bars, and two texts": (
        "Fecha operación|Detalle|Observación|Importe operación\n20261105|ABONO|Pedido 7|15,00\n".encode(),
        {"booked_on": "Fecha operación", "text": "Detalle", "text2": "Observación", "amount": "Importe operación"},
        [("2026-11-05", "15.00", "", "ABONO Pedido 7")],
    ),
}  # fmt: skip


def table_in(content: bytes) -> UnknownTable:
    table = find_unknown_table(decode_file(content))
    assert table
    return table


def said(read: ReadTable) -> list[tuple[str, str, str, str]]:
    return [(line.booked_on.isoformat(), str(line.amount), line.name, line.text) for _number, line in read.lines]


@pytest.mark.parametrize("kind", FILES)
def test_columns_are_guessed_in_five_languages_and_read_as_they_are_written(app: Flask, kind: str) -> None:
    content, columns, lines = FILES[kind]
    with app.test_request_context():
        table = table_in(content)
        recipe = guess_recipe(table)
        read = read_mapped(table, recipe)
        assert recipe.columns == columns
        assert [(day, Decimal(amount), *rest) for day, amount, *rest in said(read)] == [
            (day, Decimal(amount), *rest) for day, amount, *rest in lines
        ]
        assert read.problems == []
        with pytest.raises(UnknownColumns):
            read_statements(content)
        _form, (statement,) = read_statements(content, {table.digest: [recipe]})
        assert [line.amount for line in statement.lines] == [Decimal(amount) for _d, amount, *_more in lines]


def test_what_stands_above_and_below_is_known_and_what_cannot_be_read_says_where(app: Flask) -> None:
    content, _columns, _lines = FILES["german, two columns, titles above and sums below"]
    with app.test_request_context():
        table = table_in(content)
        read = read_mapped(table, guess_recipe(table))
        assert read.left_out == [7, 8]
        assert {account for account, _currency in read.accounts} == {"DE59370400440099000011"}

        spoilt = table_in(content.replace(b"06.11.2026", b"36.11.2026"))
        assert read_mapped(spoilt, guess_recipe(spoilt)).problems == [
            "Line 6, column “Umsatzdatum”: “36.11.2026” is no day."
        ]
        spoilt = table_in(content.replace(b";62,30;\n", b";62,3O;\n"))
        with pytest.raises(UnreadableStatement, match=r"Line 6, column “Belastung”: “62,3O” is no amount\."):
            read_statements(content.replace(b";62,30;\n", b";62,3O;\n"), {spoilt.digest: [guess_recipe(spoilt)]})
        empty = table_in(content.replace(b";62,30;\n", b";;\n"))
        assert "“” is no amount" in read_mapped(empty, guess_recipe(empty)).problems[0]


def test_days_that_can_be_read_in_two_ways_are_said_and_the_choice_counts(app: Flask) -> None:
    with app.test_request_context():
        table = table_in(b"Day,Sum,Memo\n03/04/2026,5.00,a\n05/04/2026,-2.00,b\n")
        recipe = guess_recipe(table)
        assert read_mapped(table, recipe).is_doubted
        read = read_mapped(table, replace(recipe, date_form="mdy"))
        assert [line.booked_on for _number, line in read.lines] == [date(2026, 3, 4), date(2026, 5, 4)]
        assert not read.is_doubted


def test_nothing_is_read_without_a_day_an_amount_or_the_word_for_out(app: Flask) -> None:
    with app.test_request_context():
        table = table_in(b"Day;Sum;Kind;Memo\n13-11-2026;5,00;x;a\n")
        assert "side" not in guess_recipe(table).columns, "nobody knows what x says"
        for columns, problem in (
            ({}, "for the day"), ({"booked_on": "Day"}, "for the amount"), ({"booked_on": "When"}, "no column “When”"),
            ({"booked_on": "Day", "amount": "Sum", "side": "Kind"}, "means that money went out"),
        ):  # fmt: skip
            read = read_mapped(table, BankRecipe(columns))
            assert problem in " ".join(read.problems)
            assert read.lines == []
        read = read_mapped(table, BankRecipe({"booked_on": "Day", "amount": "Sum", "side": "Kind"}, out_words="X, y"))
        assert [line.amount for _number, line in read.lines] == [-5]


def test_a_table_without_header_goes_by_what_its_cells_are(app: Flask) -> None:
    with app.test_request_context():
        first = table_in(b"123456789\tEUR\t20261105\t12,50\tORD7\n123456789\tEUR\t20261106\t-3,10\tKosten\n")
        other = table_in(b"ORD7\tEUR\t20261105\t12,50\tORD7\n")
        assert (first.columns, len(first.rows)) == (["A", "B", "C", "D", "E"], 2)
        assert first.digest != other.digest
        read = read_mapped(first, BankRecipe({"booked_on": "C", "amount": "D", "text": "E", "account": "A"}))
        assert said(read)[1] == ("2026-11-06", "-3.1", "", "Kosten")
        assert find_unknown_table("Name;Colour\nMug;red\n") is None


def test_signs_in_a_column_that_no_known_bank_has_are_asked_about(app: Flask) -> None:
    """Else all that went out would have come in."""
    with app.test_request_context():
        content = b"Datum;Bedrag;Omschrijving;Richting\n13-11-2026;5,00;a;C\n13-11-2026;7,00;b;D\n"
        with pytest.raises(UnknownColumns):
            read_statements(content)
        table = table_in(content)
        _form, (statement,) = read_statements(content, {table.digest: [guess_recipe(table)]})
        assert [line.amount for line in statement.lines] == [5, -7]


def test_all_that_a_row_says_is_read_and_what_is_not_booked_is_left_out(app: Flask) -> None:
    content = (
        b"Account;NL91ABNA0417164300;;;;;;;\nDay;Sum;Memo;Memo;Who;Ref;Their no;Cur;State\n"
        b"13-11-2026;12,50;Order 7;+++010/8068/17183+++;BE68539007547034;;T-1;usd;booked\n"
        b"14-11-2026;3,00;from DE59370400440099000011;;;RF25INV00001;T-2;USD;booked\n"
        b"15-11-2026;9,00;later;;;;T-3;USD;pending\n"
    )
    columns = {
        "booked_on": "Day", "amount": "Sum", "text": "Memo", "text2": "Memo (2)", "iban": "Who", "reference": "Ref",
        "bank_reference": "Their no", "currency": "Cur", "status": "State",
    }  # fmt: skip
    with app.test_request_context():
        table = table_in(content)
        read = read_mapped(table, BankRecipe(columns, account="DE00"))
        assert read.left_out == [5]
        assert read.accounts == [("NL91ABNA0417164300", "USD")] * 2, "what stands above comes before what was said"
        assert [
            (line.bank_reference, line.iban, line.reference, "Order 7" in line.text, "8068" in line.text)
            for _number, line in read.lines
        ] == [
            ("T-1", "BE68539007547034", "010806817183", True, True),
            ("T-2", "DE59370400440099000011", "RF25INV00001", False, False),
        ]
        points = table_in(content.replace(b"12,50", b"12.50"))
        said = read_mapped(points, BankRecipe(columns, decimal_mark=","))
        assert "“12.50” is no amount" in said.problems[0], "who says that decimals follow a comma is not read otherwise"
