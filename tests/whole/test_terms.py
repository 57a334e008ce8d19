"""One term for one thing: words given up stand nowhere, be it a screen, a mail or the manual (`terms.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app.config import LANGUAGES, ROOT

TERMS = tomllib.loads((Path(__file__).parent / "terms.toml").read_text())


def said_in(language: str) -> Iterator[tuple[str, str]]:
    """Each text, and where it stands."""
    known = "nl" if language == "en" else language  # of which every catalogue has the texts
    with (ROOT / "app" / "translations" / known / "LC_MESSAGES" / "messages.po").open("rb") as file:
        for message in read_po(file):
            text = message.id if language == "en" else message.string
            for one in (text,) if isinstance(text, str) else text:
                yield one, str(message.id)
    mails, manual = (ROOT / "app" / "mails").glob(f"*/{language}.txt"), (ROOT / "docs/manual" / language).glob("*.md")
    for part in (*mails, *manual, ROOT / f"app/documents/words/{language}.toml"):
        for line in part.read_text().splitlines():
            yield line, str(part)


def given_up(text: str, language: str) -> list[str]:
    """What is to be said instead."""
    parts, whole = TERMS[language]["parts"], TERMS[language]["whole"]
    first = (text[:1].lower() + text[1:], text[:1].upper() + text[1:])
    anywhere = [f"{old} -> {new}" for old, new in parts.items() if old in text or old[0].swapcase() + old[1:] in text]
    return anywhere + [f"{old} -> {new}" for old, new in whole.items() if old in (one.rstrip(".: ") for one in first)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_a_word_that_was_given_up(language: str) -> None:
    found = {(where, better) for text, where in said_in(language) for better in given_up(text, language)}

    assert not found


def test_a_word_that_was_given_up_is_seen() -> None:
    assert given_up("Je bent overal afgemeld.", "nl") == ["afgemeld -> uitgelogd"]
    assert given_up("toestand:", "nl") == ["Toestand -> Status"]
    assert given_up("De toestand van de markt", "nl") == []
