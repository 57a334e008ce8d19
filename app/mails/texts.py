"""The texts of the mails, with {words} that are filled in: the shop's own text, else the file per kind and language.

The first line of a file is the subject. A line that names a word without a value is left out, so that a text needs no
conditions. Words come from the list in `words`; this is no template language, for a shop owner may write the texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from flask_babel import gettext as _
from sqlalchemy import Row, select

from app.config import LANGUAGES, site_address
from app.extensions import db, remember
from app.mails.addresses import one_line
from app.mails.kinds import KINDS, MAILS_FOLDER
from app.mails.words import WORDS
from app.models import MailText

__all__ = [
    "KINDS",
    "Text",
    "fill_in_text",
    "filled",
    "known_words",
    "language_for",
    "own_text",
    "template",
    "why_no_link",
]

WORD = re.compile(r"\{([a-z_]+)\}")
IN_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Text:
    subject: str
    body: str


def fill_in_text(kind: str, language: str, words: Mapping[str, str]) -> Text:
    """The text of this kind of mail with its words filled in; one statement.

    Raises KeyError when a text that came with Toonbank has a word that is not in the list. In a text of the shop's own
    such a word is as if it had no value: nobody's order waits for a slip of the pen.
    """
    own = own_text(kind, language)
    return fill(own, words, forgiving=True) if own else fill(standard(kind, language), words)


def fill(text: Text, words: Mapping[str, str], *, forgiving: bool = False) -> Text:
    known = {**dict.fromkeys(words_in(text.subject + text.body), ""), **words} if forgiving else words
    return Text(subject=one_line(filled(text.subject, known))[:500], body=filled(text.body, known) + "\n")


# --- where the texts are --------------------------------------------------------------------------------------------


def own_text(kind: str, language: str) -> Text | None:
    """The shop's own text, as it is in the database now; None while it uses the standard one."""
    found = remember(("mail text", kind, language), lambda: ask_for_text(kind, language))
    return Text(*found[0]) if found else None


def ask_for_text(kind: str, language: str) -> Sequence[Row[str, str]]:
    query = select(MailText.subject, MailText.body).where(MailText.kind == kind, MailText.language == language)
    with db.session.no_autoflush:  # what is being written has no bearing on it
        return db.session.execute(query).all()


def standard(kind: str, language: str) -> Text:
    """The text that came with Toonbank."""
    subject, _separator, body = template(kind, language).partition("\n")
    return Text(subject, body.strip())


@cache
def template(kind: str, language: str) -> str:
    return (MAILS_FOLDER / kind / f"{language}.txt").read_text(encoding="utf-8")


def language_for(wanted: str, own: str) -> str:
    """The language to write in: the customer's ("de-AT" is "de") where we have it, else the shop's own."""
    for language in (wanted[:2].lower(), own[:2].lower()):
        if language in LANGUAGES:
            return language
    return "en"


# --- words ----------------------------------------------------------------------------------------------------------


def filled(text: str, words: Mapping[str, str]) -> str:
    """What a value says is never read as a word, whatever it contains."""
    kept = [line for line in text.splitlines() if all(words[word] for word in words_in(line))]
    lines = [WORD.sub(lambda found: words[found[1]], line) for line in kept]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def words_in(text: str) -> list[str]:
    return WORD.findall(text)


#: The one link that leads elsewhere.
OF_THE_WEB_SHOP = "payment_link"


def why_no_link(kind: str) -> str:
    """The sentence that says that this kind of mail goes without its link; "" where it has it, or needs none."""
    if (
        site_address()
        or kind not in KINDS
        or not any(word.endswith("_link") and word != OF_THE_WEB_SHOP for word in words_in(template(kind, "en")))
    ):
        return ""
    return _(
        "The mail goes without its link: Toonbank doesn’t know its own address. Set TOONBANK_ADDRESS, "
        "such as https://desk.example.com, and start Toonbank again."
    )


def known_words(kind: str) -> dict[str, object]:
    """The words that have a value in this kind of mail, each with its meaning: the groups that its own text uses."""
    used = {*words_in(template(kind, "en")), *WORDS["shop"]}
    return {word: meaning for group in WORDS.values() if used & group.keys() for word, meaning in group.items()}


def mistakes_in(text: str, kind: str) -> Iterator[str]:
    """A sentence for every word that does not exist, and for a brace that stands alone."""
    known = known_words(kind)
    for word in dict.fromkeys(IN_BRACES.findall(text)):
        if word not in known:
            yield _(
                "There is no word {%(word)s}. These can be used: %(known)s.",
                word=word,
                known=", ".join(f"{{{one}}}" for one in known),
            )
    if set("{}") & set(IN_BRACES.sub("", text)):
        yield _("A brace stands alone. A word has one on each side, such as {order_number}.")
