"""What stands on a page, read from its source without a browser, and what of it stayed English in another language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from babel.messages.pofile import read_po
from lxml import html
from lxml.html import HtmlElement

from app.config import ROOT
from tests.browser.reading import MACHINE_VALUES, TYPED, faults_of

SPOKEN = ("title", "aria-label", "placeholder", "alt")
UNREAD = ("script", "style", "svg")
FILLED_IN = re.compile(r"%\(\w+\)[sd]")

#: How columns and enums are called in the program; what stands in braces is a word that people put into a text.
RAW_NAME = re.compile(r"(?<![\w{/.@-])[a-z]+(?:_[a-z]+)+(?![\w}@.])")
IN_BRACES = re.compile(r"\{\w*\}")

#: Words of English that none of the other languages has. Who finds two of them in a row of words reads English.
ENGLISH = re.compile(r"\b(?:the|and|with|this|that|you|your|from|which|when|have|are)\b", re.IGNORECASE)


class PageTexts:
    """The texts of a page: of its elements, for those who listen, and in its fields. What says that it is in another
    language than the page, such as the text of a mail, is left out of `texts`."""

    def __init__(self, source: str):
        root = html.document_fromstring(source)
        self.language = root.get("lang") or ""
        self.texts = list(dict.fromkeys(self.texts_in(root)))
        cells = root.xpath("//td | //dd")
        self.values = [squeeze(cell.text_content()) for cell in cells] + [one.get("value") for one in fields(root)]

    def texts_in(self, element: HtmlElement) -> Iterator[str]:
        if not isinstance(element.tag, str) or element.tag in UNREAD:
            return
        if (element.get("lang") or self.language) != self.language:
            return
        said = [
            element.text,
            *(element.get(name) for name in SPOKEN),
            *(one.get("value") for one in fields(element, ".")),
        ]
        yield from (squeeze(text) for text in said if text and text.strip())
        for part in element:
            yield from self.texts_in(part)
            if part.tail and part.tail.strip():
                yield squeeze(part.tail)

    def faults(self, *, may_name: bool = False) -> list[str]:
        """What only a machine would write. may_name: the page is about names that programs and files have."""
        found = [fault for text in self.texts for fault in faults_of(text)]
        found += [f"a bare value: {value}" for value in self.values if value in MACHINE_VALUES]
        if not may_name:
            rest = [text.replace(TYPED, "") for text in self.texts if TYPED not in text]
            found += [f"a raw name: {text[:80]}" for text in rest if RAW_NAME.search(text)]
            found += [f"a word in braces: {text[:80]}" for text in rest if IN_BRACES.search(text)]
        return list(dict.fromkeys(found))


def fields(element: HtmlElement, of: str = "//") -> list[HtmlElement]:
    """Where people type: all below the element, or (".") the element itself if it is one."""
    typed = "input[not(@type='hidden' or @type='radio' or @type='checkbox') and @value]"
    found: list[HtmlElement] = element.xpath(f"self::{typed}" if of == "." else f"//{typed}")
    return found


def squeeze(text: str) -> str:
    return " ".join(text.split())


# --- another language -----------------------------------------------------------------------------------------------


@cache
def english_texts(language: str) -> tuple[frozenset[str], list[re.Pattern[str]]]:
    """Our texts that this language says in other words: whole ones, and those in which something is filled in."""
    said, same = dict[str, str](), set[str]()
    with (ROOT / f"app/translations/{language}/LC_MESSAGES/messages.po").open("rb") as file:
        for message in read_po(file, locale=language):
            theirs = [squeeze(text) for text in as_texts(message.string)]
            said |= {squeeze(one): one for one in as_texts(message.id) if one and squeeze(one) not in theirs}
            same |= set(theirs)
    whole = frozenset(text for text in said if not FILLED_IN.search(text)) - same
    filled = [FILLED_IN.split(text) for text in said if FILLED_IN.search(text)]
    return whole, [pattern(parts) for parts in filled if len(re.findall(r"\w{3,}", " ".join(parts))) > 2]


def pattern(parts: list[str]) -> re.Pattern[str]:
    return re.compile(".+".join(map(re.escape, parts)))


def as_texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def left_in_english(page: PageTexts, in_english: PageTexts, language: str) -> list[str]:
    """What the page says in English: a text of ours that is translated, or one that nobody gave to translate."""
    same = sorted({text for text in page.texts if TYPED not in text} & set(in_english.texts))
    return [why for text in same if (why := why_english(text, language))]


@cache
def why_english(text: str, language: str) -> str:
    whole, filled = english_texts(language)
    if text in whole or any(one.fullmatch(text) for one in filled):
        return f"not translated: {text[:80]}"
    return f"no text of the catalogue: {text[:80]}" if ENGLISH.search(text) else ""
