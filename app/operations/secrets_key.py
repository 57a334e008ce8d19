"""Changing the key by which passwords and secrets are encrypted: all of them in one transaction, or none."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from cryptography.fernet import InvalidToken
from flask import current_app
from sqlalchemy import Column, Text, select, type_coerce, update

from app.columns import Encrypted, EncryptedText
from app.config import kept_secrets, replace_secret
from app.encryption.sealed import keys
from app.extensions import Base, db, transaction
from app.locking.database import own_database
from app.security.security_log import AT_TERMINAL, SecurityKind, note_security


def sealed_columns() -> Iterator[Column[object]]:
    """Every column that holds what is encrypted."""
    for table in Base.metadata.sorted_tables:
        yield from (column for column in table.columns if isinstance(column.type, Encrypted | EncryptedText))


def rotate_key() -> tuple[int, int]:
    """Seal all anew with a new key; how many secrets were, and how many could not be opened and stay as they are.

    Nothing else may run: it would go on with the old key. The file holds both keys until all is sealed anew, so that
    whoever comes after an interruption opens everything, and may begin again. A key that stands in the environment is
    changed there, the new one before the old one, and is only used here. Raises DatabaseInUse.
    """
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


def key_file() -> Path | None:
    """None where the key stands in the environment."""
    if os.environ.get("TOONBANK_CREDENTIALS_KEY"):
        return None
    return next((file for file in kept_secrets(current_app) if file.name == "credentials_key"), None)


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
