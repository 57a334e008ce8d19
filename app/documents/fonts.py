"""The fonts that documents are printed in: which of them a page needs, and which of its letters none of them has.

What each font has is read from `assets/coverage.txt`, so that nobody opens fonts to ask; `tools/font_coverage.py`
writes it.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ASSETS = Path(__file__).resolve().parent / "assets"
COVERAGE = ASSETS / "coverage.txt"


@dataclass(frozen=True)
class Face:
    """A font family: its files, and the first and last sign of each stretch that they have."""

    family: str
    regular: str
    bold: str
    firsts: tuple[int, ...]
    lasts: tuple[int, ...]

    def has(self, letter: str) -> bool:
        place = bisect_right(self.firsts, ord(letter)) - 1
        return place >= 0 and ord(letter) <= self.lasts[place]


@cache
def faces() -> tuple[Face, ...]:
    """All of them, in the order in which they are asked for a letter. The first one draws every page."""
    return tuple(read_face(line) for line in COVERAGE.read_text("utf-8").splitlines() if not line.startswith("#"))


def read_face(line: str) -> Face:
    """A line of the file: "Thai NotoSansThai.ttf NotoSansThai.ttf e01-e3a e3f"."""
    family, regular, bold, *stretches = line.split(" ")
    ends = [stretch.split("-") for stretch in stretches]
    firsts, lasts = tuple(int(end[0], 16) for end in ends), tuple(int(end[-1], 16) for end in ends)
    return Face(family, regular, bold, firsts, lasts)


def faces_for(text: str) -> list[Face]:
    """The first face, and those that have what it lacks of this text; none for what another of them has as well."""
    usual = faces()[0]
    lacking = {letter: faces_with(letter) for letter in set(text) if not usual.has(letter)}
    found = {usual}
    for letter in sorted(lacking, key=lambda letter: (len(lacking[letter]), letter)):
        if found.isdisjoint(lacking[letter]):
            found |= set(lacking[letter][:1])
    return [face for face in faces() if face in found]


@cache
def faces_with(letter: str) -> tuple[Face, ...]:
    return tuple(face for face in faces() if face.has(letter))


def face_with(letter: str) -> Face | None:
    return next(iter(faces_with(letter)), None)


def missing_letters(*texts: str) -> list[str]:
    """The letters that no font has, each once, as they come."""
    letters = dict.fromkeys("".join(map(printable, texts)))
    return [letter for letter in letters if not letter.isspace() and face_with(letter) is None]


def are_all_printed(written: str) -> bool:
    """Whether this JSON text says nothing but letters of our fonts: found without reading it, so no is a maybe."""
    if written.isascii():
        return "\\u" not in written
    new = {*written.encode().translate(None, ASCII).decode()} - PRINTED
    PRINTED.update(letter for letter in new if stands_alone(letter))
    return "\\u" not in written and new <= PRINTED


def stands_alone(letter: str) -> bool:
    """Whether a font has it, and it becomes no other one together with the letter before."""
    composes = unicodedata.category(letter).startswith("M") or "\u1100" <= letter <= "\u11ff"
    return letter.isprintable() and not composes and face_with(letter) is not None


#: What the usual font has.
ASCII = bytes(range(128))
#: Of all other letters, those that are printed.
PRINTED: set[str] = set()


def name_letters(letters: Iterable[str]) -> str:
    """As they are named to people: "ཀ (TIBETAN LETTER KA)"."""
    return ", ".join(f"{letter} ({unicodedata.name(letter, f'U+{ord(letter):04X}')})" for letter in letters)


def printable(text: str) -> str:
    """The text without signs that draw nothing; a line break or tab, and any other control sign, is a space.

    Letters that are written as a base and its accents become one, which more fonts have.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = (" " if is_break(sign) else sign for sign in unicodedata.normalize("NFC", text))
    return "".join(sign for sign in kept if not draws_nothing(sign))


def is_break(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Zl", "Zp")


def draws_nothing(sign: str) -> bool:
    """Variation selectors, and marks of direction or language that no font knows."""
    is_selector = "\ufe00" <= sign <= "\ufe0f" or "\U000e0000" <= sign <= "\U000e01ef"
    return is_selector or (unicodedata.category(sign) in ("Cf", "Cs") and face_with(sign) is None)


def runs_from_the_right(text: str) -> bool:
    """By its first strong letter, as browsers decide for dir="auto" (Unicode's bidirectional algorithm, P2 and P3)."""
    strong = (kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL"))
    return next(strong, "L") != "L"
