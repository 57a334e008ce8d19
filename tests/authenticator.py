"""The app on somebody's phone that shows codes."""

from __future__ import annotations

from base64 import b32decode
from datetime import UTC, datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP


def code_of(secret: str, *, later: int = 0) -> str:
    """What an app with this secret shows now, or so many seconds later."""
    app = TOTP(b32decode(secret), 6, SHA1(), 30, enforce_key_length=False)
    return app.generate(datetime.now(UTC).timestamp() + later).decode()
