"""Which passwords are guessed first: those of leaked lists, rows of keys, and the names that stand on the screen."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask_babel import gettext as _

#: Below this many guesses (a power of ten) somebody who has a copy of the database finds the password in hours.
LEAST_GUESSES = 10.0
#: What estimating reads: it takes longer than in proportion, and what stands behind can only make it better.
LETTERS_READ = 72
SHORTEST_NAME = 3
#: What has to be left of a password when the names are taken out of it.
SHORTEST_REST = 8


def why_weak(password: str, *, names: Iterable[str]) -> str:
    """Why nobody should choose this password; "" for a good one. `names` are the person's own, the shop's, and such."""
    words = {word for name in names for word in words_of(name)}
    if len(without(password, words)) < SHORTEST_REST:
        return _("This password holds little but your own name or the shop’s. Choose a few words that nobody expects.")
    if guesses(password, words) < LEAST_GUESSES:
        return _(
            "This password is guessed soon: it is on lists of leaked passwords, or made of what is on them, of dates, "
            "repetitions or rows of keys. Choose a few words that have nothing to do with one another."
        )
    return ""


def words_of(name: str) -> list[str]:
    return [word for word in re.findall(r"\w+", name.casefold()) if len(word) >= SHORTEST_NAME]


def without(password: str, words: Iterable[str]) -> str:
    """What is left but for names, digits and signs, when there is a name in it; else all of it."""
    left = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return password if left == password.casefold() else re.sub(r"[\W\d_]", "", left)


def guesses(password: str, words: Iterable[str]) -> float:
    from zxcvbn import zxcvbn  # long to load, and seldom asked

    found: dict[str, float] = zxcvbn(password[:LETTERS_READ], user_inputs=sorted(words))
    return float(found["guesses_log10"])
