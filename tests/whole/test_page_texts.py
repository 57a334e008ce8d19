"""What no page may say is seen by the guard over the texts of pages, and an empty shop's lists are looked at, too."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, render_template_string

from app.actions.staff import add_staff
from app.admin_views import widgets
from app.config import LANGUAGES
from app.history import SYSTEM
from tests.browser.every_page import let_people_type
from tests.browser.page_texts import PageTexts, left_in_english
from tests.clients import Client, sign_in
from tests.factories import placed_order

ENGLISH_PAGE = PageTexts("<html lang='en'><p>Not paid</p><p>Refunds of the whole week</p><p>Add one order.</p></html>")


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("<p>&lt;div class=</p>", "a tag"),
        ("<p>Fish &amp;amp; chips</p>", "an entity"),
        ("<input value='2026-11-28 15:03:09+00:00'>", "a raw moment"),
        ("<p title='{{ name }}'>x</p>", "a placeholder"),
        ("<p>Hello {name}</p>", "a word in braces"),
        ("<td>None</td>", "a bare value"),
        ("<p>datetime.datetime(2026, 1, 1)</p>", "an object"),
        ("<th>placed_at</th>", "a raw name"),
        ("<option>awaiting_payment</option>", "a raw name"),
    ],
)
def test_what_only_a_machine_writes_is_seen(source: str, fault: str) -> None:
    source = source.replace("{{", "{{ '{{' }}").replace(" name }}'", " name {{ '}}' }}'")
    page = PageTexts(f"<html lang='en'><body>{render(source)}</body></html>")

    assert fault in {one.partition(":")[0] for one in page.faults()}


def render(source: str) -> str:
    app = Flask("small")
    with app.app_context():
        return render_template_string(source)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Not paid", "not translated: Not paid"),
        ("Refunds of the whole week", "no text of the catalogue: Refunds of the whole week"),
        ("Nicht bezahlt", None),
    ],
)
def test_what_stayed_english_is_seen(text: str, fault: str | None) -> None:
    page = PageTexts(f"<html lang='de'><p>{text}</p></html>")

    assert left_in_english(page, ENGLISH_PAGE, "de") == [fault] * bool(fault)


def test_what_says_that_it_is_in_another_language_is_let_through() -> None:
    page = PageTexts("<html lang='de'><p lang='en'>Not paid</p><p>Nicht bezahlt</p></html>")

    assert left_in_english(page, ENGLISH_PAGE, "de") == []


def test_a_form_within_a_form_that_is_escaped_is_seen(
    client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PageTexts(client.get("/admin/customer/new/").text).faults() == []

    monkeypatch.setattr(widgets, "Markup", str)

    faults = PageTexts(client.get("/admin/customer/new/").text).faults()
    assert {"a tag", "an attribute"} <= {one.partition(":")[0] for one in faults}


def test_no_list_of_an_empty_shop_speaks_another_language(app: Flask, in_app: Any) -> None:
    with in_app():
        add_staff("owner@example.org", role="owner", by=SYSTEM, name="Sanne")  # not called as a role
        let_people_type()  # the first reasons, solutions and delivery times are the shop's own words
    client = sign_in(app, "owner")
    lists = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.endswith(".index_view")]
    opened, wrong = 0, []
    for path in lists:
        pages = {}
        for language in LANGUAGES:
            client.set_cookie("language", language)
            answer = client.get(path)
            if answer.status_code == 200:
                pages[language] = PageTexts(answer.text)
        opened += bool(pages)
        for language, page in pages.items():
            if language != "en":
                wrong += [f"{path} ({language}): {one}" for one in left_in_english(page, pages["en"], language)]

    assert wrong == []
    assert opened > 25


def test_the_sample_of_english_is_english_still(client: Client, in_app: Any) -> None:
    with in_app():
        number = placed_order().number

    assert "Not paid" in PageTexts(client.get(f"/admin/order/{number}").text).texts
