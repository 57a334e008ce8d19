"""The texts: every kind in every language, and how words are filled in."""

from __future__ import annotations

import pytest

from app.config import LANGUAGES
from app.mails.texts import KINDS, filled, language_for, template, words_in, written
from app.mails.words import words_of
from tests.factories import placed_order

ALL = [(kind, language) for kind in KINDS for language in LANGUAGES]


@pytest.mark.parametrize(("kind", "language"), ALL)
def test_every_text_uses_only_words_that_exist(database: None, kind: str, language: str) -> None:
    words = words_of(placed_order(), language)

    assert set(words_in(template(kind, language))) - set(words) == set()


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
    ("wanted", "own", "language"), [("de", "nl", "de"), ("de-AT", "nl", "de"), ("pt", "nl", "nl"), ("", "xx", "en")]
)
def test_language_falls_back_to_the_shops_own(wanted: str, own: str, language: str) -> None:
    assert language_for(wanted, own) == language


def test_order_confirmation_in_dutch(database: None) -> None:
    order = placed_order(number="1001")

    text = written("order_confirmation", "nl", words_of(order, "nl"))

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
        "We sturen het naar: Femke Jansen, Markt 87, 2611 GS Delft\n"
        "\n"
        "Nog te betalen: €\xa067,75\n"
        "\n"
        "Klopt er iets niet, of heb je een vraag? Beantwoord dan gewoon deze mail.\n"
        "\n"
        "Vriendelijke groet,\n"
        "My shop\n"
    )
