"""Words, amounts and dates in five languages."""

from __future__ import annotations

import re

import pytest

from app.config import LANGUAGES
from app.documents.wording import Writing, spoken, words_in


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_same_words_with_the_same_blanks(language: str) -> None:
    def blanks(words: dict[str, str]) -> dict[str, set[str]]:
        return {key: set(re.findall(r"\{\w+\}", text)) for key, text in words.items()}

    assert blanks(dict(words_in(language))) == blanks(dict(words_in("en")))
    assert all(words_in(language).values())


@pytest.mark.parametrize(
    ("wanted", "own", "language"),
    [("nl", "de", "nl"), ("de-AT", "nl", "de"), ("pl", "fr", "fr"), ("pl", "pl", "en"), ("", "es", "es")],
)
def test_a_language_that_we_lack_falls_back_to_the_shops_own(wanted: str, own: str, language: str) -> None:
    assert spoken(wanted, own) == language


def test_amounts_are_written_as_their_readers_do() -> None:
    assert Writing("nl", "EUR").money("1234.5") == "€\xa01.234,50"
    assert Writing("de", "EUR").money("1234.5") == "1.234,50\xa0€"
    assert Writing("en", "JPY").amount("1234") == "1,234"
    assert Writing("en", "KWD").amount("1.5") == "1.500"


def test_a_price_shows_its_parts_of_cents() -> None:
    assert Writing("nl", "EUR").price("8.026446") == "8,0264"
    assert Writing("nl", "EUR").price("12.5") == "12,50"
    assert Writing("en", "JPY").price("826.5") == "826.50"


def test_rates_and_days() -> None:
    assert [Writing(language).percent("5.5") for language in ("en", "fr")] == ["5.5%", "5,5\xa0%"]
    assert Writing("en").day("2026-03-04") == "4 March 2026"
    assert Writing("nl").day("2026-03-04") == "4 maart 2026"


def test_a_country_that_nobody_knows_stays_a_code() -> None:
    assert [Writing("nl").country("DE"), Writing("nl").country("QQ")] == ["Duitsland", "QQ"]


@pytest.mark.parametrize(
    ("stated", "printed"),
    [
        ("Tax", "Btw"),
        (" TAX ", "Btw"),
        ("VAT", "Btw"),
        ("Taxes", "Btw"),
        ("GST", "GST"),
        ("BTW 21%", "BTW 21%"),
        ("State Tax", "State Tax"),
    ],
)
def test_a_tax_without_a_name_is_called_by_the_documents_own_word_in_a_shop_with_vat(stated: str, printed: str) -> None:
    assert Writing("nl").tax_name(stated, has_vat=True) == printed
    assert Writing("nl").tax_name(stated, has_vat=False) == stated
