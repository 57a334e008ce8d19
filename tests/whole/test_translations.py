"""The screens speak every language that is offered, word for word."""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.config import LANGUAGES, ROOT
from tests.factories import placed_order

OTHERS = [code for code in LANGUAGES if code != "en"]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "_l": None,
    "lazy_gettext": None,
    "_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def folder(language: str) -> Path:
    return ROOT / "app" / "translations" / language / "LC_MESSAGES"


def catalogue(language: str) -> Catalog:
    with (folder(language) / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.fixture(scope="module")
def said() -> set[str]:
    """Every text of the program's own, in English."""
    found = extract_from_dir(ROOT / "app", METHODS, keywords=KEYWORDS)
    return {text if isinstance(text, str) else text[0] for _file, _line, text, _comments, _context in found}


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language, said):
    known = {m.id if isinstance(m.id, str) else m.id[0]: m for m in catalogue(language) if m.id}

    assert said - set(known) == set()
    assert [m.id for m in known.values() if m.fuzzy or not all(texts(m.string))] == []


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_that_is_filled_in_is_lost(language):
    for message in catalogue(language):
        if message.id:
            wanted = sorted(PLACEHOLDER.findall(texts(message.id)[0]))
            assert [sorted(PLACEHOLDER.findall(text)) for text in texts(message.string)] == [wanted] * len(
                texts(message.string)
            ), message.id


def texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


QUOTES = {"en": "“”", "nl": "“”", "de": "„“", "fr": "«»", "es": "«»"}
ANY_QUOTE = re.compile('[“”„‟«»‹›‘‚"]')


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotation_marks_are_those_of_the_language(language: str, said: set[str]) -> None:
    """They open and close in turn; an apostrophe is none."""
    translated = (
        said if language == "en" else [text for one in catalogue(language) if one.id for text in texts(one.string)]
    )
    opening, closing = QUOTES[language]
    wrong = [text for text in translated if re.sub(f"{opening}{closing}", "", "".join(ANY_QUOTE.findall(text)))]

    assert wrong == []


def test_no_quotation_marks_are_put_around_a_value_outside_a_text() -> None:
    """`put_in_quotes` takes those of who reads. Answers of the API and of the command line are in English."""
    fixed = re.compile(r"“\{")
    files = [one for kind in ("py", "html") for one in (ROOT / "app").rglob(f"*.{kind}")]
    places = {str(one.relative_to(ROOT / "app")) for one in files if fixed.search(one.read_text("utf-8"))}

    assert places == {"api/shapes.py", "cli/orders.py", "cli/shops.py", "mails/addresses.py"}


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_compiled_is_what_is_written(language):
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))

    assert (folder(language) / "messages.mo").read_bytes() == compiled.getvalue()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ("Bestellingen", "Niet betaald", "Pakbon maken")),
        ("de", ("Bestellungen", "Nicht bezahlt", "Lieferschein erstellen")),
        ("fr", ("Commandes", "Non payé", "Créer un bon de livraison")),
        ("es", ("Pedidos", "No pagado", "Crear albarán")),
    ],
)
def test_pages_speak_it(client, anonymous, in_app, language, words):
    with in_app():
        number = placed_order().number
    for browser in (client, anonymous):
        browser.set_cookie("language", language)

    pages = [client.get("/admin/order/").text, client.get(f"/admin/order/{number}").text]

    assert f'<html lang="{language}"' in pages[0]
    assert words[0] in pages[0]
    assert words[1] in pages[0]
    assert words[2] in pages[1]
    assert f'<html lang="{language}"' in anonymous.get("/sign-in").text


def test_every_text_is_given_what_it_names() -> None:
    wrong = [
        f"{file.name}:{call.lineno}"
        for file in sorted((ROOT / "app").rglob("*.py"))
        for call in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(call, ast.Call) and names_in(call) != {one.arg for one in call.keywords}
    ]

    assert wrong == []


def names_in(call: ast.Call) -> set[str | None]:
    """What the text of this call names; of a call that is none, or gives it at another time, what it is given."""
    given: set[str | None] = {one.arg for one in call.keywords}
    if not isinstance(call.func, ast.Name) or call.func.id not in ("_", "gettext", "ngettext") or None in given:
        return given
    texts = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return ({name for text in texts for name in re.findall(r"%\((\w+)\)s", text)} - {"num"}) if given else given
