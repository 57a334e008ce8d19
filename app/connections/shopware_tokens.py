"""Tokens of shops that give one for some minutes: kept in this process, for a shop makes only so many of them."""

from __future__ import annotations

import time
from hashlib import sha256

from app.connections.client import Access

#: By the digest of address and credentials -> the token, and until when it is used, by the clock of the process.
tokens: dict[str, tuple[str, float]] = {}


def kept_token(access: Access) -> str:
    token, until = tokens.get(digest_of_access(access), ("", 0.0))
    return token if time.monotonic() < until else ""


def keep_token(access: Access, token: str, *, seconds: float) -> None:
    tokens[digest_of_access(access)] = (token, time.monotonic() + seconds)


def forget_token(access: Access) -> None:
    tokens.pop(digest_of_access(access), None)


def digest_of_access(access: Access) -> str:
    """Of another secret, or another shop, another one."""
    stated = "\0".join((access.address, *(f"{name}={value}" for name, value in sorted(access.credentials.items()))))
    return sha256(stated.encode()).hexdigest()
