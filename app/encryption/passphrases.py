"""Files that only a passphrase opens: AES-256 in chunks, each of which says where it stands, and which is the last."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"TOONBANK COPY 1\n"
SALT_SIZE = 16
CHUNK_SIZE = 2**20
TAG_SIZE = 16


class WrongPassphrase(Exception):
    """The passphrase is another one, or the file is damaged or cut off."""


def is_locked(file: Path) -> bool:
    with open(file, "rb") as source:
        return source.read(len(MAGIC)) == MAGIC


def lock_file(plain: Path, locked: Path, passphrase: str) -> None:
    salt = os.urandom(SALT_SIZE)
    cipher = cipher_of(passphrase, salt)
    with open(plain, "rb") as source, open(locked, "xb") as out:
        out.write(MAGIC + salt)
        for number, (chunk, is_last) in enumerate(chunks_of(source, CHUNK_SIZE)):
            out.write(cipher.encrypt(nonce(number, is_last), chunk, MAGIC))
        out.flush()
        os.fsync(out.fileno())


def unlock_file(locked: Path, plain: Path, passphrase: str) -> None:
    """Raises WrongPassphrase."""
    with open(locked, "rb") as source, open(plain, "xb") as out:
        salt = source.read(len(MAGIC) + SALT_SIZE)[len(MAGIC) :]
        cipher = cipher_of(passphrase, salt)
        try:
            for number, (chunk, is_last) in enumerate(chunks_of(source, CHUNK_SIZE + TAG_SIZE)):
                out.write(cipher.decrypt(nonce(number, is_last), chunk, MAGIC))
        except InvalidTag:
            raise WrongPassphrase from None


def chunks_of(source: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    chunk = source.read(size)
    while True:
        following = source.read(size)
        yield chunk, not following
        if not following:
            return
        chunk = following


def cipher_of(passphrase: str, salt: bytes) -> AESGCM:
    """About 64 MB and a tenth of a second for each guess."""
    return AESGCM(Scrypt(salt=salt, length=32, n=2**16, r=8, p=1).derive(passphrase.encode()))


def nonce(number: int, is_last: bool) -> bytes:
    """The key is that of one file only, so that a count is enough."""
    return number.to_bytes(11) + bytes([is_last])
