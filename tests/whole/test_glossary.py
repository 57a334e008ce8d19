"""The screens use the words of docs/glossary.md: one term for one thing, in each language."""

from __future__ import annotations

import pytest
from babel.messages.pofile import read_po

from app.config import LANGUAGES, ROOT


def glossary() -> list[dict[str, str]]:
    """language -> term, for each row of the table; the columns stand in the order of LANGUAGES, the meaning last."""
    text = (ROOT / "docs" / "glossary.md").read_text()
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in text.splitlines() if row.startswith("|")]
    assert rows[0] == [*LANGUAGES.values(), "Meaning"]
    return [dict(zip([*LANGUAGES, "meaning"], row, strict=True)) for row in rows[2:]]


def test_every_term_stands_once_and_has_all_languages_and_a_meaning():
    terms = [row["en"] for row in glossary()]

    assert len(terms) > 40
    assert sorted(terms) == sorted(set(terms))
    assert [row for row in glossary() if not all(row.values())] == []


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_what_is_exactly_a_term_is_translated_by_the_glossary(language):
    path = ROOT / "app" / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    said = {message.id: message.string for message in catalog if message.id and not message.context}
    terms = {row["en"]: row[language] for row in glossary()}

    assert [term for term in terms if term not in said] == []
    assert {term: said[term] for term in terms if said[term] != terms[term]} == {}
