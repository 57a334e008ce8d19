"""Settings > Own words: a field for each word in each language, what is missing, and what History keeps."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from wtforms import Form, StringField

from app.admin_views.settings.own_words import cells_in
from app.extensions import db
from app.history import Happened
from app.intake_readers.new_order import NewTax
from app.models import History, PaymentMethod, Role
from app.queries import shop
from tests.admin_views.settings.saving import saved
from tests.clients import Client
from tests.factories import placed_order, teapot
from tests.looking import words

TRANSFER = "payment_method:de:Bank transfer"


@pytest.fixture
def methods(in_app: Any) -> None:
    with in_app():
        own = shop()
        own.languages, own.delivery_times, own.own_words = ["de", "fr"], [], {"shipping_method": {"Post": {"de": "P."}}}
        db.session.add_all([PaymentMethod(title="Bank transfer"), PaymentMethod(title="Gift <card>")])


def names_on(page: str) -> list[str]:
    return [html.unescape(name) for name in re.findall(r'name="(payment_method:[^"]*)"', page)]


@pytest.mark.usefixtures("methods")
@pytest.mark.each_database
def test_each_word_is_filled_in_for_each_language(client: Client, in_app: Any) -> None:
    page = client.get("/admin/own-words/?id=1").text
    assert names_on(page) == [
        f"payment_method:{language}:{word}" for word in ("Bank transfer", "Gift <card>") for language in ("de", "fr")
    ]
    assert "Missing: Deutsch (10), Français (10)" in words(page)

    assert (
        saved(client, "own-words", {TRANSFER: " Über\0weisung ", "return_reason:de:Damaged": "Kaputt"}).status_code
        == 302
    )

    with in_app():
        kept = shop().own_words
        assert kept["payment_method"] == {"Bank transfer": {"de": "Überweisung"}}
        assert kept["return_reason"] == {"Damaged": {"de": "Kaputt"}}
        assert kept["shipping_method"] == {"Post": {"de": "P."}}  # of a method that is not offered now
        (event,) = db.session.scalars(select(History).where(History.what == Happened.RECORD_CHANGED))
        assert event.facts["changes"] == {
            "own_words": [[], ["Bank transfer (Deutsch): Überweisung", "Damaged (Deutsch): Kaputt"]]
        }
    page = words(client.get("/admin/own-words/?id=1").text)
    assert "Missing: Deutsch (8), Français (10)" in page
    assert "Bank transfer (Deutsch): Überweisung, Damaged (Deutsch): Kaputt" in page

    assert saved(client, "own-words", {TRANSFER: ""}).status_code == 302
    with in_app():
        assert "payment_method" not in shop().own_words
        assert shop().own_words["return_reason"] == {"Damaged": {"de": "Kaputt"}}


@pytest.mark.usefixtures("methods")
def test_who_saves_after_somebody_else_is_told_which_words_differ(client: Client, in_app: Any) -> None:
    seen = re.search(r'name="seen_version"[^>]*value="(\d+)"', client.get("/admin/own-words/?id=1").text)[1]  # type: ignore[index]
    assert saved(client, "own-words", {TRANSFER: "Überweisung"}).status_code == 302

    answer = client.post("/admin/own-words/?id=1", data={TRANSFER: "Vorkasse", "seen_version": seen})

    assert "Bank transfer (Deutsch): now “Überweisung”, you entered “Vorkasse”." in words(answer.text)
    with in_app():
        assert shop().own_words["payment_method"]["Bank transfer"] == {"de": "Überweisung"}


@pytest.mark.usefixtures("methods")
def test_a_word_that_came_into_a_list_while_the_form_was_read_waits_for_the_next(in_app: Any) -> None:
    with in_app():
        form = type("FormOfThen", (Form,), {TRANSFER: StringField()})()
        assert [cell.name for cell in cells_in(form, shop())] == [TRANSFER]


@pytest.mark.usefixtures("methods")
def test_a_word_that_is_too_long_is_refused_beside_its_field(client: Client, in_app: Any) -> None:
    answer = saved(client, "own-words", {TRANSFER: "x" * 121})

    assert "is-invalid" in answer.text
    with in_app():
        assert "payment_method" not in shop().own_words


@pytest.mark.usefixtures("methods")
def test_what_toonbank_knows_is_filled_in_and_not_saved_before_it_was_looked_at(client: Client, in_app: Any) -> None:
    page = client.get("/admin/own-words/?id=1&fill=1").text

    (field,) = re.findall(rf'<input[^>]*name="{TRANSFER}"[^>]*>', page)
    assert 'value="Überweisung"' in field
    (unknown,) = re.findall(r'<input[^>]*name="payment_method:de:Gift &lt;card&gt;"[^>]*>', page)
    assert 'value=""' in unknown
    with in_app():
        assert "payment_method" not in shop().own_words


def test_a_shop_of_one_language_is_led_to_the_others(client: Client, in_app: Any) -> None:
    with in_app():
        shop().languages = []

    assert "Documents and mails are in the language of the shop only." in client.get("/admin/own-words/?id=1").text


def test_it_takes_its_right(signed_in_as: Any, in_app: Any) -> None:
    with in_app():
        assert "settings" not in db.session.scalars(select(Role.permissions).where(Role.name == "office")).one()

    assert signed_in_as("office").get("/admin/own-words/?id=1").status_code == 403


def test_a_tax_is_named_in_the_shops_language_too_for_its_source_may_speak_another(client: Client, in_app: Any) -> None:
    with in_app():
        placed_order(lines=[replace(teapot(), taxes=[NewTax("GST", Decimal(1), rate=Decimal(5))])])
        own = shop()
        own.languages, own.own_words = ["de"], {}
    page = client.get("/admin/own-words/?id=1").text
    assert [name in page for name in ("tax:en:GST", "tax:de:GST", "tax:fr:GST")] == [True, True, False]
    assert '<th scope="col">As it comes</th><th scope="col">English</th><th scope="col">Deutsch</th>' in page

    assert saved(client, "own-words", {"tax:de:GST": "Bundessteuer", "tax:en:GST": ""}).status_code == 302

    with in_app():
        assert shop().own_words == {"tax": {"GST": {"de": "Bundessteuer"}}}
        shop().languages = []
    page = client.get("/admin/own-words/?id=1").text
    assert ("tax:en:GST" in page, "Missing:" in page) == (True, False)
