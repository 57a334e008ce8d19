"""The page of the VAT return, the documents behind its figures, and its files."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.accounting.tax_rows import TaxRow
from app.actions.credit_notes import create_credit_note
from app.admin_views import figures, vat_return
from app.admin_views.vat_return_words import explain_apart, write_filled
from app.columns import at, now
from app.exports.vat_return import FORMS
from app.exports.vat_return.filling import ApartLine
from app.exports.vat_return.kinds import SaleKind
from app.extensions import db
from app.history import SYSTEM, Happened
from app.models import History
from app.queries import shop
from tests.clients import Client
from tests.exports.vat_return.every_sale import RATES, move_to, sell, sell_everything, with_vat
from tests.factories import new_order, place, placed_order

PAGE = "/admin/vat-return/"
ASKED = "period=this_quarter"


def read_file(client: Client, asked: str) -> list[list[str]]:
    answer = client.get(f"{PAGE}file?{ASKED}&{asked}&file=csv")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_page_files_and_documents_have_the_same_figures(client: Client, in_app: Any, statements: list[str]) -> None:
    assert "Nothing in these days" in client.get(f"{PAGE}?{ASKED}").text
    with in_app():
        sell_everything("NL")
        db.session.commit()
    page = client.get(f"{PAGE}?{ASKED}").text
    assert "Leveringen/diensten belast met hoog tarief" in page
    assert '<span lang="nl">' in page
    assert "yours to decide" in page
    assert "Not known here: VAT on what you bought, from your purchase books." in page
    for said in ("€200.60", "€42.13", "LU26375245", "Opgaaf ICP", "Luxembourg", "US$9.92", "€380.85"):
        assert said in page, said
    rows = {row[0]: row for row in reversed(read_file(client, "what=boxes"))}
    assert rows["1a"][3:] == ["EUR", "200.60".replace(".", ","), "42,13", "200", "42", "4"]
    assert rows["4b"][4:] == ["", "", "", "", ""]
    sheet = load_workbook(io.BytesIO(client.get(f"{PAGE}file?{ASKED}").data)).active
    assert sheet is not None
    assert len(list(sheet.rows)) == len(read_file(client, "what=boxes"))
    behind = [row for row in read_file(client, "what=documents") if row[0] == "1a"]
    assert sum(Decimal(row[10].replace(",", ".")) for row in behind) == Decimal("200.60")
    shown = client.get(f"{PAGE}documents?{ASKED}&at=1a").text
    assert all(row[2] in shown for row in behind)
    assert shown.count('<th scope="row">') == len(behind) == 4
    assert "€7.70" in client.get(f"{PAGE}documents?{ASKED}&at=untaxed").text
    assert "US$9.92" in client.get(f"{PAGE}documents?{ASKED}&at=taxed&currency=USD").text
    del statements[:]
    client.get(f"{PAGE}?{ASKED}")
    assert len(statements) <= 16


def test_a_reader_finds_explanations_in_their_language_and_names_in_that_of_the_form(
    client: Client, in_app: Any
) -> None:
    with in_app():
        move_to("DE")
        sell("19", "119.00")
        db.session.commit()
    client.set_cookie("language", "es")
    page = client.get(f"{PAGE}?{ASKED}").text
    assert "Steuerpflichtige Umsätze zum Steuersatz von 19 %" in page
    assert "Ventas con IVA de este país" in page
    assert "Zusammenfassende Meldung" not in page, "nobody is to be listed"


def test_what_the_shop_is_told_first(client: Client, in_app: Any) -> None:
    with in_app():
        move_to("AT")
        shop().is_small_business = True
        db.session.commit()
    page = client.get(f"{PAGE}?{ASKED}").text
    assert "The forms of these countries are known: Netherlands, Belgium, Germany, France, Spain." in page
    assert "These days are not over yet" in page
    assert "ticked as a small business" in page
    assert "These days are not over yet" not in client.get(PAGE).text, "the last quarter is over"


def test_much_is_left_to_the_files(client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_app():
        move_to("NL")
        for _at in range(3):
            sell("21", "121.00")
        db.session.commit()
    monkeypatch.setattr(vat_return, "MOST_SALES", 2)
    assert client.get(f"{PAGE}documents?{ASKED}").text.count('<th scope="row">') == 2
    assert "The first 2" in client.get(f"{PAGE}documents?{ASKED}").text
    monkeypatch.setattr(vat_return, "MOST_SALES", 3)
    assert "The first 3" not in client.get(f"{PAGE}documents?{ASKED}").text
    monkeypatch.setattr(figures, "MOST_READ", 2)
    for page in (PAGE, f"{PAGE}documents"):
        refused = client.get(f"{page}?{ASKED}").text
        assert "more than 2 invoices" in refused
        assert "<table" not in refused
    assert len(read_file(client, "what=documents")) == 4


def test_who_tries_the_demo_shop_sees_its_figures_until_there_are_own_ones(client: Client, in_app: Any) -> None:
    with in_app():
        place(new_order(), demo=True)
        db.session.commit()
    assert "These are the figures of the demo shop." in client.get(PAGE).text
    with in_app():
        placed_order()
        db.session.commit()
    assert "These are the figures of the demo shop." not in client.get(PAGE).text


@pytest.mark.parametrize(("country", "says_so"), [("FR", True), ("DE", False)])
def test_a_form_that_takes_nothing_below_zero_says_so(client: Client, in_app: Any, country: str, says_so: bool) -> None:
    with in_app():
        move_to(country)
        rate = RATES[country][0]
        with at(now() - timedelta(days=100)):
            invoice = sell(rate, with_vat("100.00", rate))
        create_credit_note(invoice, by=SYSTEM, everything=True)
        db.session.commit()
    page = client.get(f"{PAGE}?{ASKED}").text
    assert "-€100.00" in page.replace("\u2212", "-")
    assert ("Less than 0: the form does not take that" in page) == says_so


def test_amounts_are_written_as_they_are_typed_into_the_form(in_app: Any) -> None:
    with in_app():
        written = {
            country: (write_filled(Decimal("42.00"), form), write_filled(Decimal("8.40"), form, is_tax=True))
            for country, form in FORMS.items()
        }
    assert written["BE"] == written["ES"] == ("€42.00", "€8.40")
    assert written["DE"] == ("42", "€8.40")
    assert {written["NL"][0], written["FR"][0]} == {"42"}


def test_what_is_to_be_decided_comes_before_what_is_to_be_converted(in_app: Any) -> None:
    with in_app():
        said = {
            (kind, currency): explain_apart(ApartLine(kind, currency, TaxRow(), 1))
            for kind in (SaleKind.UNTAXED, SaleKind.TAXED)
            for currency in ("EUR", "USD")
        }
    assert said[SaleKind.UNTAXED, "USD"] == said[SaleKind.UNTAXED, "EUR"]
    assert said[SaleKind.TAXED, "USD"].startswith("Convert it at the rate")
    assert said[SaleKind.TAXED, "EUR"] == "The form has no box for it."
    assert ApartLine(SaleKind.TAXED, "EUR", TaxRow(), 1).is_to_decide


def test_what_is_taken_out_stands_in_the_history(client: Client, in_app: Any) -> None:
    for what in ("boxes", "documents"):
        read_file(client, f"what={what}")
    with in_app():
        taken = db.session.scalars(select(History).where(History.what == Happened.DATA_EXPORTED)).all()
        assert [one.facts["text"] for one in taken] == ["VAT return"] * 2


def test_what_cannot_be_is_refused_and_nobody_else_looks(client: Client, signed_in_as: Any) -> None:
    assert "Enter both days." in client.get(f"{PAGE}?period=days").text
    assert client.get(f"{PAGE}documents?period=days").status_code == 400
    assert client.get(f"{PAGE}documents?{ASKED}&at=9z").status_code == 404
    for wrong in ("period=days", f"{ASKED}&file=pdf", f"{ASKED}&what=nonsense"):
        assert client.get(f"{PAGE}file?{wrong}").status_code == 400
    packer = signed_in_as("packer")
    for page in ("", "documents", "file"):
        assert packer.get(f"{PAGE}{page}").status_code == 403
    assert "/admin/vat-return" not in packer.get("/admin/order/").text
