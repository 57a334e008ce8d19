"""Changing the key of the stored secrets: all of them in one transaction, safe from interruption."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from app import webhooks
from app.encryption.sealed import Lost, Sealed
from app.errors import CannotStart
from app.extensions import db
from app.locking.database import DatabaseInUse
from app.models import Connection, SecurityEvent, Shop, WebhookEndpoint
from app.operations import checks, secrets_key
from app.operations.secrets_key import rotate_key, sealed_columns
from app.security.security_log import AT_TERMINAL
from tests.databases import make_app
from tests.factories import new_connection


@pytest.fixture
def key_file(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation whose keys are its own."""
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    monkeypatch.setitem(app.config, "CREDENTIALS_KEY", "k" * 64)
    file = tmp_path / "credentials_key"
    file.write_text("k" * 64)
    return file


def fill() -> None:
    shop = db.session.get_one(Shop, 1)
    shop.smtp_password, shop.access_point_secret = "swordfish", "of the point"
    db.session.add(new_connection(secret="of the hook", credentials=Sealed.of({"consumer_key": "ck"})))
    db.session.add(WebhookEndpoint(title="Till", url="http://127.0.0.1:9/", secret=webhooks.new_secret()))
    db.session.commit()


def opened() -> tuple[str, str, dict[str, str], bool]:
    db.session.expire_all()
    connection = db.session.query(Connection).one()
    endpoint = db.session.query(WebhookEndpoint).one()
    shop = db.session.get_one(Shop, 1)
    return shop.smtp_password, connection.secret, connection.credentials.open(), endpoint.secret.startswith("whsec_")


ALL = ("swordfish", "of the hook", {"consumer_key": "ck"}, True)


def stored() -> list[str]:
    return [
        str(value)
        for column in sealed_columns()
        for (value,) in db.session.execute(text(f"SELECT {column.name} FROM {column.table.name}"))
    ]


def test_all_are_sealed_anew_and_the_old_key_is_gone(app: Flask, database: None, key_file: Path) -> None:
    fill()
    before = stored()

    assert rotate_key() == (5, 0)

    assert opened() == ALL
    assert not set(before) & set(stored())
    assert key_file.read_text() == app.config["CREDENTIALS_KEY"] != "k" * 64
    assert key_file.stat().st_mode & 0o077 == 0
    app.config["CREDENTIALS_KEY"] = "k" * 64
    db.session.expire_all()
    assert isinstance(db.session.get_one(Shop, 1).smtp_password, Lost)


def test_whoever_interrupts_it_loses_nothing(
    app: Flask, database: None, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill()
    whole = secrets_key.seal_anew

    def half() -> tuple[int, int]:
        whole()
        raise KeyboardInterrupt

    monkeypatch.setattr(secrets_key, "seal_anew", half)
    with pytest.raises(KeyboardInterrupt):
        rotate_key()

    app.config["CREDENTIALS_KEY"] = key_file.read_text()  # as who starts now reads it
    assert opened() == ALL
    monkeypatch.setattr(secrets_key, "seal_anew", whole)
    assert rotate_key() == (5, 0)
    assert opened() == ALL
    assert len(key_file.read_text().split()) == 1


def test_what_cannot_be_opened_stays_and_keeps_the_old_key(app: Flask, database: None, key_file: Path) -> None:
    fill()
    db.session.execute(text("UPDATE shop SET smtp_password_sealed = 'gAAAA-of-another-key'"))
    db.session.commit()

    assert rotate_key() == (4, 1)

    assert len(key_file.read_text().split()) == 2
    assert any("smtp_password_sealed can't be read" in warning for warning in checks.warnings())


@pytest.mark.parametrize("stated_in", ["config.py", "TOONBANK_CREDENTIALS_KEY"])
def test_a_key_that_is_stated_elsewhere_is_changed_there(
    app: Flask, database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stated_in: str
) -> None:
    """What the file would hold is read by nobody."""

    def state(key: str) -> None:
        if stated_in == "config.py":
            (tmp_path / "config.py").write_text(f"CREDENTIALS_KEY = {key!r}\n")
        else:
            monkeypatch.setenv(stated_in, key)
        fresh = make_app(str(app.config["SQLALCHEMY_DATABASE_URI"]), sites=())
        for name in ("CREDENTIALS_KEY", "CREDENTIALS_KEY_PLACE"):
            monkeypatch.setitem(app.config, name, fresh.config[name])

    monkeypatch.setenv("TOONBANK_INSTANCE", str(tmp_path))
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    (tmp_path / "credentials_key").write_text("f" * 64)
    state("the-old-one")
    fill()
    before = stored()

    with pytest.raises(CannotStart, match=rf"is .*{stated_in}.*put a new long random text in front"):
        rotate_key()
    assert stored() == before

    state("a-new-one the-old-one")
    assert rotate_key() == (5, 0)
    state("a-new-one")
    assert opened() == ALL
    assert (tmp_path / "credentials_key").read_text() == "f" * 64


def test_it_is_noted_and_the_command_says_what_came_of_it(app: Flask, database: None, key_file: Path) -> None:
    fill()

    done = app.test_cli_runner().invoke(args=["toonbank", "rotate-key"])

    assert (done.exit_code, done.stderr) == (0, "")
    assert "5 secrets are encrypted with a new key." in done.stdout
    assert opened() == ALL
    noted = db.session.scalars(select(SecurityEvent).where(SecurityEvent.kind == "secrets_key_changed")).one()
    assert noted.account == AT_TERMINAL

    db.session.execute(text("UPDATE shop SET smtp_password_sealed = 'gAAAA-of-another-key'"))
    db.session.commit()
    done = app.test_cli_runner().invoke(args=["toonbank", "rotate-key"])

    assert done.exit_code == 1
    assert "1 could not be read" in done.stderr


def test_nothing_changes_while_something_runs(app: Flask, database: None, key_file: Path) -> None:
    """It would go on with the old key, and could open nothing."""
    fill()
    before, file = stored(), db.engine.url.database
    hold = f"import sqlite3; c = sqlite3.connect({file!r}); c.execute('SELECT 1 FROM shop').fetchall()"
    hold += "; print('open', flush=True); import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        with pytest.raises(DatabaseInUse):
            rotate_key()
        other.kill()

    assert (stored(), key_file.read_text()) == (before, "k" * 64)
