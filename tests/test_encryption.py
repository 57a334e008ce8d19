"""Secrets are encrypted in the database, and only this installation's key opens them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, current_app
from sqlalchemy import text

from app.encryption.sealed import CanNotOpen, Sealed
from app.extensions import db
from tests.factories import new_connection

SECRETS = {"consumer_key": "ck_1", "consumer_secret": "cs_2"}


@pytest.fixture(autouse=True)
def own_key(database: None) -> Iterator[None]:
    before = current_app.config["CREDENTIALS_KEY"]
    yield
    current_app.config["CREDENTIALS_KEY"] = before


def use_key(key: str) -> None:
    current_app.config["CREDENTIALS_KEY"] = key


@pytest.mark.each_database
def test_what_is_sealed_does_not_stand_in_the_database() -> None:
    db.session.add(new_connection(credentials=Sealed.of(SECRETS)))
    db.session.flush()

    stored = db.session.scalar(text("SELECT credentials FROM connection"))
    assert "ck_1" not in stored
    assert "cs_2" not in stored
    assert Sealed(stored).open() == SECRETS


def test_it_shows_nothing_by_itself() -> None:
    assert repr(Sealed.of(SECRETS)) == "Sealed(…)"
    assert (bool(Sealed()), Sealed().open(), bool(Sealed.of({}))) == (False, {}, False)


def test_another_key_opens_nothing_and_an_older_one_still_does() -> None:
    use_key("the first")
    sealed = Sealed.of(SECRETS)

    use_key("another")
    with pytest.raises(CanNotOpen):
        sealed.open()
    use_key("a new one\nthe first")
    assert sealed.open() == SECRETS


def test_the_key_stands_in_a_file_that_only_its_owner_reads(app: Flask) -> None:
    from pathlib import Path

    file = Path(app.instance_path) / "credentials_key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == current_app.config["CREDENTIALS_KEY"]
