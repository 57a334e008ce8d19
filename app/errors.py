"""The ways Toonbank says no to a person."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

#: PostgreSQL gave up waiting for what another transaction holds, or found that each waits for the other.
HELD_BY_OTHERS = ("55P03", "40P01")


class ActionRefused(Exception):
    """An action that can't be done now. The text is for the person at the screen: why, and what to do instead."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field of something that was given: its name there, and a sentence."""

    field: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.field}: {self.sentence}" if self.field else self.sentence


class ChangedMeanwhile(Exception):
    """Somebody else changed the record after this person opened it; nothing was saved."""

    def __init__(self, seen: int, current: int):
        super().__init__("Somebody else changed this meanwhile. Look at it again; nothing was saved.")
        self.seen = seen
        self.current = current


class CannotStart(Exception):
    """Toonbank can't begin, or go on. The text is for whoever runs it: why, and what to do; nothing was changed."""


class DoneAlready(Exception):
    """A form that was sent before and did its work then. It is answered with what that led to."""


def is_held(error: BaseException) -> bool:
    """Whether the record at hand is held by somebody else, and others may be free."""
    return getattr(getattr(error, "orig", None), "sqlstate", "") in HELD_BY_OTHERS


def say_failed(error: Exception) -> str:
    """What the person reads of a record on which an action failed."""
    if is_held(error) or "database is locked" in str(getattr(error, "orig", "")):
        return _("Somebody else is working on it. Try again in a moment.")
    return _("An error that nobody expected; it is in the log.")
