"""The manual: whole in each language, its words those of the screen, and opened at its place from every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from PIL import Image

from app.admin_views.manual import MANUAL, PAGES, PICTURES, TELLS_OF
from app.admin_views.menu import views
from app.config import LANGUAGES
from tests.clients import Client

CATALOGUES = Path(__file__).resolve().parents[2] / "app" / "translations"
TEXTS = {language: {name: (MANUAL / language / f"{name}.md").read_text() for name in PAGES} for language in LANGUAGES}


def found_in(pattern: str, language: str) -> Iterator[tuple[str, str]]:
    for name, text in TEXTS[language].items():
        for found in re.findall(pattern, text):
            yield name, found


def words_of_screen(language: str) -> set[str]:
    """Texts of the program in this language; the English ones are what the catalogues translate."""
    with (CATALOGUES / ("nl" if language == "en" else language) / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    said = [(message.id if language == "en" else message.string) for message in catalogue]
    return {text for one in said for text in ((one,) if isinstance(one, str) else one)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_in_bold_is_a_word_of_the_screen(language: str) -> None:
    words = words_of_screen(language)
    bold = list(found_in(r"\*\*(.+?)\*\*", language))

    assert [one for one in bold if one[1] not in words] == []
    assert len(bold) > 150


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_what_the_english_page_has(language: str) -> None:
    """Nothing is left out: the same headings, rows, steps, pictures, links and words of the screen."""
    for name, text in TEXTS[language].items():
        assert shape_of(text) == shape_of(TEXTS["en"][name]), name


def shape_of(text: str) -> dict[str, object]:
    return {
        "headings": re.findall(r"^#+ ", text, re.MULTILINE),
        "steps": len(re.findall(r"^(?:- |\d+\. |\|)", text, re.MULTILINE)),
        "bold": text.count("**"),
        "targets": re.findall(r"\]\(([^)]+)\)", text),
        "code": re.findall(r"`[^`]+`", text),
    }


def test_links_lead_to_pages_and_say_their_headings() -> None:
    for language in LANGUAGES:
        headings = {name: text.partition("\n")[0].removeprefix("# ") for name, text in TEXTS[language].items()}
        for _name, (said, target) in found_in(r"(?<!!)\[([^\]]+)\]\(([^)]+)\)", language):  # type: ignore[misc]
            assert headings[target] == said


def test_each_picture_is_there_in_each_language_and_shown_once() -> None:
    """`make pictures` takes them."""
    shown = sorted(name for _page, name in found_in(r"!\[[^\]]+\]\(([^)]+)\)", "en"))

    for language in LANGUAGES:
        assert sorted(file.stem for file in (PICTURES / language).iterdir()) == shown
    for file in PICTURES.glob("*/*"):
        picture = Image.open(file)
        assert (picture.format, picture.mode) == ("PNG", "P")
        assert picture.width <= 1100
        assert file.stat().st_size <= 60_000


def test_there_is_no_page_beside_the_contents() -> None:
    files = {path.relative_to(MANUAL).as_posix() for path in MANUAL.glob("*/*.md")}

    assert files == {f"{language}/{name}.md" for language in LANGUAGES for name in PAGES}


def test_every_page_of_the_back_office_has_a_page_that_tells_of_it() -> None:
    endpoints = {view.endpoint for view in views()} | {"admin"}

    assert endpoints - {"manual"} <= set(TELLS_OF)
    assert set(TELLS_OF) <= endpoints | {"home", "passwords"}
    assert set(TELLS_OF.values()) <= set(PAGES)


def test_the_help_of_a_page_opens_what_tells_of_it(client: Client) -> None:
    for path, name in {"/admin/": "first-steps", "/admin/return/": "returns", "/admin/bank/": "money-comes-in"}.items():
        assert f'id="help" href="/admin/manual/{name}" target="_blank"' in client.get(path).text


def test_each_page_opens_in_the_reader_s_language(client: Client) -> None:
    for name in PAGES:
        text = client.get(f"/admin/manual/{name}").text
        assert f"<h1>{TEXTS['en'][name].partition(chr(10))[0].removeprefix('# ')}</h1>" in text
        assert "**" not in text
    client.post("/preferences/", data={"language": "de", "next": "/admin/"})
    german = client.get("/admin/manual/returns").text

    assert "<h1>Ware kommt zurück</h1>" in german
    assert 'src="pictures/de/returns.png"' in german
    assert "Ware kommt zurück" in client.get("/admin/manual/").text


def test_a_picture_is_sent_and_nothing_else(client: Client) -> None:
    assert client.get("/admin/manual/pictures/en/orders.png").data.startswith(b"\x89PNG")
    for path in (
        "pictures/en/no.png",
        "pictures/xx/orders.png",
        "pictures/..%2fen/orders.png",
        "no-page",
        "..%2fREADME",
    ):
        assert client.get(f"/admin/manual/{path}").status_code == 404
