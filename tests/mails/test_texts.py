"""The texts: every kind in every language, and how words are filled in."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.api_keys import create_key
from app.actions.staff import add_staff
from app.actions.tasks import add_task
from app.config import LANGUAGES
from app.extensions import db
from app.history import SYSTEM
from app.mails import words_of_key, words_of_task
from app.mails.account_notices import Notice, words_of_notice
from app.mails.kinds import ALL, MAILS_FOLDER
from app.mails.texts import (
    KINDS,
    fill_in_text,
    filled,
    known_words,
    language_for,
    mistakes_in,
    template,
    why_no_link,
    words_in,
)
from app.mails.words import WORDS, words_of
from app.models import MailText, Staff
from tests.factories import placed_order

EVERY = [(kind, language) for kind in KINDS for language in LANGUAGES]


def test_every_folder_is_a_kind_with_a_title() -> None:
    folders = {file.parent.name for file in MAILS_FOLDER.glob("*/en.txt")}

    assert folders == set(KINDS)
    assert folders <= set(ALL)


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_every_text_uses_only_words_that_exist(kind: str, language: str) -> None:
    assert list(mistakes_in(template(kind, language), kind)) == []


def test_every_word_has_a_meaning(database: None) -> None:
    order = placed_order()
    task = add_task(order, by=SYSTEM, description="Call")
    add_staff("ann@example.org", role="packer", by=SYSTEM)
    named = {word for group in WORDS.values() for word in group}

    notice = words_of_notice(db.session.scalars(select(Staff)).one(), Notice.NEW_BROWSER, "en", by=SYSTEM)

    token, _key = create_key("Till", rights=["read"], by=SYSTEM)

    assert named == {*words_of(order, "en"), *words_of_task(task, "en"), *words_of_key(token, "en"), *notice}
    assert named - {*WORDS["task"], *WORDS["notice"], *WORDS["key"]} == set(words_of(order, "en"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_language_uses_the_same_words(kind: str) -> None:
    english = sorted(words_in(template(kind, "en")))

    assert {language: sorted(words_in(template(kind, language))) for language in LANGUAGES} == dict.fromkeys(
        LANGUAGES, english
    )


def test_a_line_whose_word_has_no_value_is_left_out() -> None:
    text = "Hello {name},\n\nCode: {code}\n\nBye"

    assert filled(text, {"name": "Ada", "code": ""}) == "Hello Ada,\n\nBye"


def test_a_value_is_never_read_as_a_word() -> None:
    assert filled("Hello {name}", {"name": "{secret}", "secret": "12345"}) == "Hello {secret}"


def test_a_word_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        filled("Hello {order.delete}{nobody}", {"name": "Ada"})


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("Hello {nobody}", "There is no word {nobody}. These can be used: {shop_name}, {shop_email}"),
        ("Code {tracking_code}", "There is no word {tracking_code}."),  # an order that is paid has none yet
        ("Hello {Customer Name}", "There is no word {Customer Name}."),
        ("Hello {customer_name", "A brace stands alone."),
        ("Hello }customer_name{", "A brace stands alone."),
        ("Hello {{customer_name}}", "A brace stands alone."),
    ],
)
def test_mistakes_are_named(text: str, mistake: str) -> None:
    assert [found for found in mistakes_in(text, "order_paid") if found.startswith(mistake)]


def test_a_kind_knows_the_words_that_have_a_value_in_it() -> None:
    assert "message" in known_words("notify_customer")
    assert "message" not in known_words("order_paid")
    assert "tracking_code" in known_words("track_and_trace")
    assert "open_amount" in known_words("order_sent")


def test_the_shops_own_text_is_used_in_its_language_only(database: None) -> None:
    order = placed_order()
    db.session.add(
        MailText(kind="order_paid", language="nl", subject="Betaald: {order_number}", body="Dank!\n{nobody}")
    )
    db.session.flush()

    own, other = (fill_in_text("order_paid", language, words_of(order, language)) for language in ("nl", "en"))

    assert (own.subject, own.body) == (f"Betaald: {order.number}", "Dank!\n")
    assert other.subject == f"We received your payment for order {order.number}"


@pytest.mark.parametrize(
    ("wanted", "own", "language"), [("de", "nl", "de"), ("de-AT", "nl", "de"), ("pt", "nl", "nl"), ("", "xx", "en")]
)
def test_language_falls_back_to_the_shops_own(wanted: str, own: str, language: str) -> None:
    assert language_for(wanted, own) == language


def test_order_confirmation_in_dutch(database: None) -> None:
    order = placed_order(number="1001")

    text = fill_in_text("order_confirmation", "nl", words_of(order, "nl"))

    assert text.subject == f"Je bestelling {order.number} bij My shop"
    assert text.body == (
        "Hallo Femke Jansen,\n"
        "\n"
        "Bedankt voor je bestelling van 14 maart 2026. Je hebt besteld:\n"
        "\n"
        "3 × Stoneware mug: €\xa037,50\n"
        "1 × Teapot: €\xa024,20\n"
        "Parcel post: €\xa06,05\n"
        "\n"
        "Totaal: €\xa067,75\n"
        "Waarvan btw: €\xa011,76\n"
        "\n"
        f"Bestelnummer: {order.number}\n"
        "Nummer in de webwinkel: 1001\n"
        "Betaling: Bank transfer\n"
        "Verzending: Parcel post\n"
        "Afleveradres: Femke Jansen, Markt 87, 2611 GS Delft\n"
        "\n"
        "Nog te betalen: €\xa067,75\n"
        "\n"
        "Klopt er iets niet, of heb je een vraag? Beantwoord dan gewoon deze mail.\n"
        "\n"
        "Vriendelijke groet,\n"
        "My shop\n"
    )


def test_only_mails_that_lead_to_toonbank_itself_need_its_address(
    database: None, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOONBANK_ADDRESS", raising=False)
    with app.test_request_context():
        lacking = {kind for kind in KINDS if why_no_link(kind)}

    assert lacking == {"quote", "account_link", "account_notice", "key_reminder", "task_reminder"}


def test_the_mails_of_an_order_lead_to_its_page_in_my_account(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    order = placed_order()
    assert words_of(order, "en")["order_page"] == ""

    monkeypatch.setenv("TOONBANK_ADDRESS", "https://desk.example.com")
    assert words_of(order, "en")["order_page"] == f"https://desk.example.com/account/order/{order.number}"
