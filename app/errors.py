"""The ways Toonbank says no to a person."""

from __future__ import annotations

from dataclasses import dataclass


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
