"""Guessing what columns are, in five languages; and what a mapping may say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.intake_readers import Mapping, UnreadableOrder
from app.intake_readers.csv.fields import COLUMNS, title_of
from app.intake_readers.csv.files import first_look
from app.intake_readers.csv.mapping import guess, mapping_above

HEADERS = {
    "en": "Order number|Order date|Customer email|First name|Last name|Shipping address|Shipping postcode|"
    "Shipping city|Shipping country|Product name|SKU|Quantity|Unit price|Shipping cost|Total",
    "nl": "Bestelnummer|Besteldatum|E-mailadres|Voornaam|Achternaam|Afleveradres|Aflever postcode|Aflever plaats|"
    "Verzend land|Productnaam|Artikelnummer|Aantal|Stukprijs|Verzendkosten|Totaalbedrag",
    "de": "Bestellnummer|Bestelldatum|E-Mail-Adresse|Vorname|Nachname|Lieferadresse|Liefer-PLZ|Lieferort|"
    "Lieferland|Artikelname|Artikelnr.|Menge|Einzelpreis|Versandkosten|Gesamtbetrag",
    "fr": "Numéro de commande|Date de commande|Courriel|Prénom|Nom|Adresse de livraison|Code postal de livraison|"
    "Ville de livraison|Pays de livraison|Produit|Référence|Quantité|Prix unitaire|Frais de port|Montant total",
    "es": "Número de pedido|Fecha de pedido|Correo electrónico|Nombre|Apellidos|Dirección de envío|"
    "Código postal de envío|Ciudad de envío|País de envío|Producto|Referencia|Cantidad|Precio unitario|"
    "Gastos de envío|Importe total",
}

FIELDS = (
    "number placed_at email first_name last_name shipping_street shipping_postcode shipping_city shipping_country"
    " line_name line_sku line_quantity line_price shipping_cost total"
).split()


@pytest.mark.parametrize("language", HEADERS)
def test_headers_are_known_in_five_languages(language: str) -> None:
    headers = HEADERS[language].split("|")

    guessed = guess(headers)

    assert guessed.columns == dict(zip(FIELDS, headers, strict=True))
    assert guessed.missing == []
    assert guessed.score >= 0.5


def test_the_better_name_wins() -> None:
    guessed = guess(
        ["Order ID", "Order Number", "Status", "Payment status", "Date", "Date paid", "Total", "Line total"]
    )

    assert guessed.columns == {
        "external_id": "Order ID",
        "number": "Order Number",
        "status": "Status",
        "payment_status": "Payment status",
        "placed_at": "Date",
        "paid_at": "Date paid",
        "total": "Total",
        "line_total": "Line total",
    }


def test_an_id_is_the_number_where_there_is_no_other() -> None:
    assert guess(["Order ID", "Date", "Total"]).columns["number"] == "Order ID"


def test_sides_of_an_address_may_be_written_as_one_word() -> None:
    headers = ["Rechnungsadresse", "Rechnungsadresse PLZ", "Lieferadresse Straße", "Lieferort", "MwSt-Satz"]

    assert guess(headers).columns == {
        "billing_street": "Rechnungsadresse",
        "billing_postcode": "Rechnungsadresse PLZ",
        "shipping_street": "Lieferadresse Straße",
        "shipping_city": "Lieferort",
        "line_tax_rate": "MwSt-Satz",
    }


def test_a_field_is_called_by_its_side_and_part() -> None:
    assert [title_of(field) for field in ("total", "billing_city", "shipping_method")] == [
        "Order total",
        "Billing address: City",
        "Shipping method",
    ]


def test_cells_that_can_not_be_that_speak_against_it() -> None:
    headers = ["Order", "Date", "Delivery", "Total"]

    assert guess(headers, [["1", "2025-01-01", "DHL", "5.00"]]).columns.get("shipping_cost") is None
    assert guess(["Order", "Date", "Total"], [["1", "monday", "5.00"]]).missing == ["placed_at"]


def test_a_file_without_products_and_total_lacks_one() -> None:
    assert guess(["Order number", "Order date"]).missing == ["total"]
    assert guess(["Colour", "Weather"]).missing == ["number", "placed_at", "total"]
    assert guess(["Colour", "Weather"]).score == 0


def test_words_written_together_are_told_apart() -> None:
    guessed = guess(["orderNumber", "orderDate", "billingPostalCode", "BTW %", "itemName"])

    assert guessed.columns == {
        "number": "orderNumber",
        "placed_at": "orderDate",
        "billing_postcode": "billingPostalCode",
        "line_tax_rate": "BTW %",
        "line_name": "itemName",
    }


@given(st.lists(st.text(max_size=30), max_size=10), st.lists(st.lists(st.text(max_size=10), max_size=12), max_size=3))
@settings(max_examples=100)
def test_any_headers_can_be_guessed_at(headers: list[str], rows: list[list[str]]) -> None:
    guessed = guess(headers, rows)

    assert set(guessed.columns) <= set(COLUMNS)
    assert set(guessed.columns.values()) <= set(headers)
    assert len(set(guessed.columns.values())) == len(guessed.columns)


def test_a_first_look_shows_columns_rows_and_a_guess() -> None:
    look = first_look("\ufeffBestelnummer;Besteldatum;Totaal\n1;2-1-2025;5,00\n2;3-1-2025;6,00\n", rows=1)

    assert (look.columns, look.rows) == (["Bestelnummer", "Besteldatum", "Totaal"], [["1", "2-1-2025", "5,00"]])
    assert (look.is_known, look.guess.missing) == (False, [])


def test_a_mapping_is_kept_and_found_again() -> None:
    mapping = Mapping(
        {"number": "N°", "total": "Sum\n€"}, ",", "dmy", False, {"total": ","}, (5, 6), ("total",), "part"
    )

    assert Mapping.from_facts(json.loads(json.dumps(mapping.as_facts()))) == mapping
    assert mapping_above(mapping.first_line() + "N°;Sum\n") == (mapping, "N°;Sum\n")


def test_columns_that_are_left_empty_are_not_mapped() -> None:
    assert Mapping.from_facts({"columns": {"number": "A", "total": ""}}) == Mapping({"number": "A"})


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ([], "Expected a JSON object with columns."),
        ({}, "columns has to give a text for each field."),
        ({"columns": {"number": 5}}, "columns has to give a text for each field."),
        ({"columns": {"colour": "A"}}, "There is no field 'colour'."),
        ({"columns": {}, "decimal_mark": ";"}, "decimal_mark has to be a point or a comma."),
        ({"columns": {}, "date_form": "dym"}, "date_form has to be one of dmy, mdy, ymd."),
        ({"columns": {}, "prices_include_tax": "yes"}, "prices_include_tax has to be true or false."),
        ({"columns": {}, "rows": ["1"]}, "rows has to be a list of numbers."),
    ],
)
def test_what_is_no_mapping_is_refused(facts: Any, why: str) -> None:
    with pytest.raises(UnreadableOrder) as refusal:
        Mapping.from_facts(facts)

    assert refusal.value.reason == f"This doesn't say which column is what: {why}"


@pytest.mark.parametrize("header", ["BTW", "VAT", "MwSt", "TVA", "IVA", "Tax"])
@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([["1", "2-1-2025", "19,00", "0,99"]], "line_tax_rate"),
        ([["1", "2-1-2025", "21", "121,00"], ["2", "2-1-2025", "9", "50,00"]], "tax_total"),  # the first fits an amount
        ([["1", "2-1-2025", "21", "100,00"], ["2", "2-1-2025", "9", "50,00"]], "tax_total"),  # net: 21 on 100
        ([["1", "2-1-2025", "21%", "121,00"], ["2", "2-1-2025", "9%", ""]], "line_tax_rate"),
        (
            [["1", "2-1-2025", "21", "60,00"], ["2", "2-1-2025", "9", "12,50"], ["3", "2-1-2025", "0", "5"]],
            "line_tax_rate",
        ),
        ([["1", "2-1-2025", "0,21", "60,00"], ["2", "2-1-2025", "0,09", "12,50"]], "line_tax_rate"),
        ([["1", "2-1-2025", "0,21", "1,21"], ["2", "2-1-2025", "0,09", "12,50"]], "tax_total"),  # 21 cents fit
        ([["1", "2-1-2025", "10,41", "60,00"]], "tax_total"),
        ([["1", "2-1-2025", "0", "60,00"]], "tax_total"),
        ([["1", "2-1-2025", "", "60,00"]], "tax_total"),
    ],
)
def test_a_column_called_tax_is_what_its_cells_tell(header: str, rows: list[list[str]], field: str) -> None:
    guessed = guess(["Order number", "Date", header, "Total"], rows).columns

    assert (guessed.get(field), len(guessed)) == (header, 4)
