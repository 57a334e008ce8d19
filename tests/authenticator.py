"""What somebody of the staff holds in their hand: an app on the phone that shows codes, a device with a passkey."""

from __future__ import annotations

import json
from base64 import b32decode, urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.twofactor.totp import TOTP


def code_of(secret: str, *, later: int = 0) -> str:
    """What an app with this secret shows now, or so many seconds later."""
    app = TOTP(b32decode(secret), 6, SHA1(), 30, enforce_key_length=False)
    return app.generate(datetime.now(UTC).timestamp() + later).decode()


class SecurityKey:
    """A device with one passkey: it has asked for a finger, and signs what a browser at this address hands it."""

    def __init__(self, *, origin: str = "http://localhost", host: str = "localhost", counts: bool = True):
        self.origin, self.host, self.count, self.step = origin, host, 0, int(counts)
        self.id, self.key = token_bytes(32), ec.generate_private_key(ec.SECP256R1())
        self.is_verified = True

    def create(self, options: dict[str, Any]) -> str:
        """What navigator.credentials.create() gives, as our script sends it."""
        point = self.key.public_key().public_numbers()
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)})
        made = self.data(0x40) + bytes(16) + len(self.id).to_bytes(2) + self.id + key
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": made})
        return self.answer(attestationObject=attested, clientDataJSON=self.told("create", options))

    def get(self, options: dict[str, Any]) -> str:
        """What navigator.credentials.get() gives."""
        self.count += self.step
        data, told = self.data(), self.told("get", options)
        signature = self.key.sign(data + sha256(told).digest(), ec.ECDSA(SHA256()))
        return self.answer(authenticatorData=data, clientDataJSON=told, signature=signature)

    def data(self, flags: int = 0) -> bytes:
        seen = flags | 0x01 | (0x04 if self.is_verified else 0)
        return sha256(self.host.encode()).digest() + bytes([seen]) + self.count.to_bytes(4)

    def told(self, kind: str, options: dict[str, Any]) -> bytes:
        told = {"type": f"webauthn.{kind}", "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(told).encode()

    def answer(self, **response: bytes) -> str:
        said = {name: as_text(value) for name, value in response.items()}
        return json.dumps({"id": as_text(self.id), "rawId": as_text(self.id), "type": "public-key", "response": said})


def as_text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")
