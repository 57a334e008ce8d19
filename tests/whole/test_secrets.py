"""No secret is stored in clear, and none is in a page, an answer, an export or a file: asked of every column."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Column, Text, select, type_coerce

from app.columns import Encrypted, EncryptedText
from app.connections.managing import begin_pulls
from app.encryption.sealed import Sealed
from app.extensions import Base, db
from app.models import Shop, WebhookEndpoint
from app.operations import backups
from app.operations.secrets_key import seal_anew
from tests.clients import Client, somebody
from tests.factories import new_connection

#: What a column is called that may hold a secret.
TELLING = re.compile(r"password|secret|credential|token|(^|_)key$|uniquifier")

#: Columns that are called so, and hold none that must be sealed.
HARMLESS = {
    "shop.maps_key": "Google's: it stands in the pages that show a map, and is bound to the address of the desk",
    "staff.password": "the argon2 of it",
    "staff.fs_uniquifier": "says nothing without the session that is registered, of which a digest is kept",
    "passkey.credential_id": "by which a device finds its key; it opens nothing",
    "passkey.public_key": "the half that everybody may see; the secret one never leaves the device",
    "connection.key": "the last part of an address that the shop knows; what comes there is signed",
    "idempotency_key.token_id": "an id",
    "api_token_client.token_id": "an id",
    "idempotency_key.key": "a program's name for its request",
    "outgoing_mail.once_key": "what makes a mail the same",
    "arrival.once_key": "what makes an event the same",
}

MARKER = "Zx9-secret-marker-Qy7"


def columns() -> list[Column[Any]]:
    return [column for table in Base.metadata.sorted_tables for column in table.columns]


def is_sealed(column: Column[Any]) -> bool:
    return isinstance(column.type, Encrypted | EncryptedText)


def test_a_column_that_may_hold_a_secret_is_sealed_or_says_why_not() -> None:
    suspects = {f"{one.table.name}.{one.name}" for one in columns() if TELLING.search(one.name) and not is_sealed(one)}

    assert suspects == set(HARMLESS)


@pytest.fixture
def marked(in_app: Any) -> None:
    """A shop in which every column that holds a secret holds the marker."""
    with in_app():
        shop = db.session.get_one(Shop, 1)
        shop.smtp_host, shop.smtp_user, shop.smtp_password = "127.0.0.1", "shop", MARKER
        shop.access_point_secret = MARKER
        somebody("office").totp_secret = Sealed.of({"secret": MARKER})
        given = {"consumer_key": f"ck_{MARKER}", "consumer_secret": f"cs_{MARKER}"}
        connection = new_connection(secret=MARKER, address="http://127.0.0.1:9", credentials=Sealed.of(given))
        db.session.add(connection)
        db.session.flush()
        begin_pulls(connection)
        db.session.add(WebhookEndpoint(title="Till", url="http://127.0.0.1:9/", secret=f"whsec_{MARKER}"))


def test_the_marker_is_in_every_sealed_column(app: Flask, marked: None, in_app: Any) -> None:
    with in_app():
        for column in filter(is_sealed, columns()):
            (value,) = db.session.scalars(db.select(column)).all()
            assert MARKER in (str(value.open()) if isinstance(value, Sealed) else value), f"{column} is not filled"


def test_a_new_key_seals_every_column_anew(marked: None, in_app: Any) -> None:
    with in_app():
        before = as_stored()
        counts = seal_anew()
        after = as_stored()

    assert counts == (len(before), 0)
    assert {name for name in before if before[name] == after[name]} == set()


def as_stored() -> dict[str, str]:
    """Of each sealed column what stands in the database, where there is something."""
    sealed = [column for column in columns() if is_sealed(column)]
    texts = {str(column): type_coerce(column, Text) for column in sealed}
    return {name: str(db.session.scalar(select(text).where(text != ""))) for name, text in texts.items()}


def test_no_secret_stands_in_the_database_or_a_backup(app: Flask, marked: None, in_app: Any, tmp_path: Path) -> None:
    with in_app():
        database = Path(str(db.engine.url.database))
        backups.backup(tmp_path / "copy.sqlite")

    for file in [*database.parent.glob(f"{database.name}*"), *tmp_path.rglob("*")]:
        assert not file.is_file() or MARKER.encode() not in file.read_bytes(), file


def test_no_secret_stands_on_a_page_or_in_the_log(
    app: Flask, marked: None, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    plain = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    some = ["/admin/connection/1", "/admin/connection/edit/?id=1", "/admin/webhook/1", "/admin/webhook/edit/?id=1"]

    marker = MARKER.encode()
    shown = [path for path in [*plain, *some] if marker in client.get(path, follow_redirects=True).data]

    assert shown == []
    assert MARKER not in caplog.text
