"""The texts of the mails: one file per kind and language, with {words} that are filled in.

The first line is the subject. A line that names a word without a value is left out, so that a text needs no
conditions. Words come from the list in `words`; this is no template language, for a shop owner may write the texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.config import LANGUAGES
from app.mails.addresses import one_line

FOLDER = Path(__file__).parent
KINDS = ("order_confirmation", "order_paid", "order_sent", "track_and_trace", "invoice")
WORD = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Text:
    subject: str
    body: str


def written(kind: str, language: str, words: dict[str, str]) -> Text:
    """The text of this kind of mail with its words filled in. Raises KeyError for a word that is not in the list."""
    subject, _, body = template(kind, language).partition("\n")
    return Text(subject=one_line(filled(subject, words))[:500], body=filled(body, words) + "\n")


@cache
def template(kind: str, language: str) -> str:
    return (FOLDER / kind / f"{language}.txt").read_text(encoding="utf-8")


def filled(text: str, words: dict[str, str]) -> str:
    """What a value says is never read as a word, whatever it contains."""
    kept = [line for line in text.splitlines() if all(words[word] for word in words_in(line))]
    lines = [WORD.sub(lambda found: words[found[1]], line) for line in kept]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def words_in(text: str) -> list[str]:
    return WORD.findall(text)


def language_for(wanted: str, own: str) -> str:
    """The language to write in: the customer's ("de-AT" is "de") where we have it, else the shop's own."""
    for language in (wanted[:2].lower(), own[:2].lower()):
        if language in LANGUAGES:
            return language
    return "en"
