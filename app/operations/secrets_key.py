"""Changing the key by which passwords and secrets are encrypted: all of them in one transaction, or none."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

from cryptography.fernet import InvalidToken
from flask import current_app
from sqlalchemy import Column, Text, select, type_coerce, update

from app.columns import Encrypted, EncryptedText
from app.config import kept_secrets, replace_secret
from app.encryption.sealed import keys, keys_in
from app.errors import CannotStart
from app.extensions import Base, db, transaction
from app.locking.database import own_database
from app.operations.stored_rows import StoredRows
from app.security.security_log import AT_TERMINAL, SecurityKind, note_security

#: Where the key stands, unless somebody states it elsewhere.
KEY_FILE = "credentials_key"


def sealed_columns() -> Iterator[Column[object]]:
    """Every column that holds what is encrypted."""
    for table in Base.metadata.sorted_tables:
        yield from (column for column in table.columns if isinstance(column.type, Encrypted | EncryptedText))


def rotate_key() -> tuple[int, int]:
    """Seal all anew with a new key; how many secrets were, and how many could not be opened and stay as they are.

    Nothing else may run: it would go on with the old key. The file holds both keys until all is sealed anew, so that
    whoever comes after an interruption opens everything, and may begin again. A key that stands in the environment or
    in config.py is changed there, the new one before the old one, and is only used here. Raises DatabaseInUse,
    CannotStart where there is no new one.
    """
    place = key_place()
    if place and len(str(current_app.config["CREDENTIALS_KEY"]).split()) < 2:
        raise CannotStart(
            f"The key is not in the file credentials_key, but is {place}, which only you can change: put a new long "
            "random text in front of the old one there, with a space between, and run this again. Then take the old "
            "one out. Nothing was changed."
        )
    db.session.remove()
    with own_database(db.engine):
        file = key_file()
        if file is not None:
            both = f"{secrets.token_urlsafe(48)} {current_app.config['CREDENTIALS_KEY']}"
            replace_secret(file, both)
            current_app.config["CREDENTIALS_KEY"] = both
        with transaction():
            sealed, lost = seal_anew()
            note_security(SecurityKind.SECRETS_KEY_CHANGED, account=AT_TERMINAL)
        if file is not None and not lost:
            new = both.split()[0]
            replace_secret(file, new)
            current_app.config["CREDENTIALS_KEY"] = new
        db.session.remove()
    return sealed, lost


def count_lost(stored: StoredRows, key: str) -> int:
    """How many of the secrets that are stored there this key doesn't open."""
    lost = 0
    for column in sealed_columns():
        if column.name in stored.columns(column.table.name):
            for (token,) in stored.rows(column.table.name, column.name):
                lost += bool(token) and not is_opened_by(key, str(token))
    return lost


def is_opened_by(key: str, token: str) -> bool:
    try:
        keys_in(key).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def key_place() -> str:
    """Where the key is stated, in words; "" for the file."""
    return str(current_app.config["CREDENTIALS_KEY_PLACE"])


def key_file() -> Path | None:
    """None where the key is stated elsewhere."""
    if key_place():
        return None
    return next((file for file in kept_secrets(current_app) if file.name == KEY_FILE), None)


def seal_anew() -> tuple[int, int]:
    sealed = lost = 0
    for column in sealed_columns():
        stored = type_coerce(column, Text)
        rows = db.session.execute(select(column.table.c.id, stored).where(stored != "")).all()
        for row_id, token in rows:
            try:
                anew = keys().rotate(token.encode()).decode()
            except InvalidToken:
                lost += 1
                continue
            change = update(column.table).where(column.table.c.id == row_id)
            db.session.execute(change.values({column: type_coerce(anew, Text)}))
            sealed += 1
    return sealed, lost
