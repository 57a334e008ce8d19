"""Which fonts a page needs, and which letters none of them has."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import pytest
from flask import Flask

from app.documents.fonts import faces, faces_for, missing_letters, name_letters, printable
from app.documents.letters import letters_missing_on, letters_not_printed
from app.documents.printing import printed
from app.operations.checks import warnings
from app.queries import shop
from tests.documents.printed_text import lines_of, shop_in_delft
from tests.factories import address, line, placed_order
from tools.font_coverage import COVERAGE, coverage

SCRIPTS = {
    "अनिल शर्मा": "Devanagari",
    "বাংলা": "Bengali",
    "ਪੰਜਾਬੀ": "Gurmukhi",
    "ગુજરાતી": "Gujarati",
    "ଓଡ଼ିଆ": "Oriya",
    "தமிழ்": "Tamil",
    "తెలుగు": "Telugu",
    "ಕನ್ನಡ": "Kannada",
    "മലയാളം": "Malayalam",
    "සිංහල": "Sinhala",
    "ภาษาไทย": "Thai",
    "မြန်မာ": "Myanmar",
    "ភាសាខ្មែរ": "Khmer",
    "አማርኛ": "Ethiopic",
    "山田太郎 한국어": "EastAsian",
    "Mug 🎉 🐈 🇳🇱 👨‍👩‍👧 ❤️ 👍🏽": "Emoji",
}


def test_the_list_of_letters_is_that_of_the_fonts() -> None:
    assert COVERAGE.read_text("utf-8") == coverage()


@pytest.mark.parametrize(("text", "family"), SCRIPTS.items())
def test_a_page_loads_the_font_of_its_letters_and_no_other(text: str, family: str) -> None:
    assert missing_letters(text) == []
    assert [face.family for face in faces_for(printable(text))] == ["Sans", family]


@pytest.mark.usefixtures("database")
def test_every_script_is_printed_without_a_box(caplog: pytest.LogCaptureFixture) -> None:
    """Case 55 of public bug reports, and its kind; the library warns of each letter that it can't draw."""
    shop_in_delft()
    lines = [line(name, quantity="1", unit_price="1") for name in SCRIPTS]
    order = placed_order(lines=lines, total=Decimal(len(lines)), billing=address(name="Femke 🌷 अनिल Jansen"))

    printed(order.invoices[0])

    assert caplog.messages == []


@pytest.mark.usefixtures("database")
def test_a_letter_without_a_font_is_named_before_and_after_it_is_printed(app: Flask) -> None:
    shop_in_delft()
    order = placed_order(lines=[line("Prayer flag བོད", quantity="1", unit_price="1")], total=Decimal(1))

    assert name_letters(letters_not_printed(order, shop())[:1]) == "བ (TIBETAN LETTER BA)"
    assert letters_missing_on(order.invoices[0]) == list("བོད")
    assert [text for text in warnings() if "TIBETAN" in text] == [
        f"{order.number}: INV00001 is printed with boxes for "
        "བ (TIBETAN LETTER BA), ོ (TIBETAN VOWEL SIGN O), ད (TIBETAN LETTER DA)"
    ]


def test_letters_of_an_order_that_can_be_printed_are_not_named() -> None:
    assert missing_letters("Femke Jansen", "Straße 1\n\t2", "\u200e€ 1\u00a0234\ufe0f") == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Line\nbreak\tand tab", "Line break and tab"),
        ("nul \x00 bell \x07 next \x85 line \u2028 end", "nul   bell   next   line   end"),
        ("e\u0301", "é"),
        ("heart \u2764\ufe0f", "heart \u2764"),
        ("\ud800 half a sign", " half a sign"),
    ],
)
def test_what_draws_nothing_is_left_out(typed: str, said: str) -> None:
    assert printable(typed) == said


def test_all_that_people_write_in_europe_has_a_font() -> None:
    """Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew, Arabic: every letter of their blocks that names use."""
    usual = faces()[0]
    blocks = [
        (0x20, 0x17F),
        (0x391, 0x3C9),
        (0x400, 0x45F),
        (0x531, 0x556),
        (0x10D0, 0x10F0),
        (0x5D0, 0x5EA),
        (0x621, 0x63A),
    ]
    letters = [chr(code) for first, last in blocks for code in range(first, last + 1)]

    assert [one for one in letters if unicodedata.category(one)[0] in "LN" and not usual.has(one)] == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("name", ["Line\nbreak\ttab", "<b>bold</b> &amp; {{ 7*7 }} {% if %}", "x" * 255, "</td></tr>"])
def test_whatever_people_type_is_printed_as_it_is(name: str) -> None:
    shop_in_delft()
    order = placed_order(lines=[line(name, quantity="1", unit_price="1")], total=Decimal(1), billing=address(name=name))

    text = "".join(lines_of(printed(order.invoices[0]).content)).replace(" ", "")

    assert text.count(" ".join(name.split()).replace(" ", "")) == 2
