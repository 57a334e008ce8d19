"""What a shop answered and need not be asked again for some minutes, kept in this process."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import ClassVar

from app.connections.client import Access


class KeptAnswers:
    """Texts of one kind, each of a shop and of what lets us in there: with another secret it is asked anew."""

    all: ClassVar[list[KeptAnswers]] = []

    def __init__(self) -> None:
        #: By the digest of address and credentials -> the text, and until when it is used, by the clock of the process.
        self.kept: dict[str, tuple[str, float]] = {}
        self.all.append(self)

    def find(self, access: Access) -> str | None:
        text, until = self.kept.get(digest_of_access(access), (None, 0.0))
        return text if time.monotonic() < until else None

    def keep(self, access: Access, text: str, *, seconds: float) -> None:
        self.kept[digest_of_access(access)] = (text, time.monotonic() + seconds)

    def forget(self, access: Access) -> None:
        self.kept.pop(digest_of_access(access), None)


def forget_kept_answers() -> None:
    for answers in KeptAnswers.all:
        answers.kept.clear()


def digest_of_access(access: Access) -> str:
    """Of another secret, or another shop, another one."""
    stated = "\0".join((access.address, *(f"{name}={value}" for name, value in sorted(access.credentials.items()))))
    return sha256(stated.encode()).hexdigest()
