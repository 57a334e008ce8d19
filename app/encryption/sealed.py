"""Secrets that are kept encrypted: their key stands in a file beside the database, never in it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app


class CanNotOpen(Exception):
    """What is sealed was sealed with another key, or is damaged."""


class Sealed:
    """Names and secrets, as only this installation can read them. It shows nothing of them by itself, not in a log."""

    __slots__ = ("token",)

    def __init__(self, token: str = ""):
        self.token = token

    @classmethod
    def of(cls, secrets: Mapping[str, str]) -> Sealed:
        """Seal them with the first key; nothing to keep is the empty one."""
        return cls(keys().encrypt(json.dumps(dict(secrets)).encode()).decode() if secrets else "")

    def open(self) -> dict[str, str]:
        """What was sealed. Raises CanNotOpen."""
        if not self.token:
            return {}
        try:
            opened: dict[str, str] = json.loads(keys().decrypt(self.token.encode()))
        except (InvalidToken, ValueError):
            raise CanNotOpen from None
        return opened

    def __bool__(self) -> bool:
        return bool(self.token)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)

    def __repr__(self) -> str:
        return "Sealed(…)" if self.token else "Sealed()"


class Lost(str):
    """Stands for a secret that can't be opened: it was sealed with another key. As a text it is empty."""

    __slots__ = ()


def seal(secret: str) -> str:
    """One secret, as only this installation can read it; nothing to keep stays empty."""
    return keys().encrypt(secret.encode()).decode() if secret else ""


def unseal(token: str) -> str:
    """What was sealed; `Lost` where that can't be opened."""
    if not token:
        return ""
    try:
        return keys().decrypt(token.encode()).decode()
    except (InvalidToken, ValueError):
        return Lost()


def keys() -> MultiFernet:
    """The keys of this installation: the first one seals, all of them open.

    Any text is a key as it stands in the file or the environment; several are set apart by space or lines.
    """
    return keys_in(str(current_app.config["CREDENTIALS_KEY"]))


@lru_cache(maxsize=8)
def keys_in(given: str) -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(sha256(key.encode()).digest())) for key in given.split()])
