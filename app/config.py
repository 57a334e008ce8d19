"""Where settings of the installation come from: environment, instance/config.py, and keys made at first start.

What the shop owner sets (company, languages, when invoices are made, mail) is not here: it is the record `Shop`.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = {"en": "English", "nl": "Nederlands", "de": "Deutsch", "fr": "Français", "es": "Español"}


def locale_of(language: str) -> str:
    """How dates and amounts are written. English the European way, 28 November 2026: 3/14 doesn't cross borders."""
    return "en_GB" if language == "en" else language


def instance_folder() -> Path:
    """instance/, or the folder that TOONBANK_INSTANCE names; made when missing, readable by its owner only."""
    folder = Path(os.environ.get("TOONBANK_INSTANCE") or ROOT / "instance").resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def configure(app: Flask, overrides: dict[str, object] | None = None) -> None:
    app.url_map.converters["int"] = RecordId
    folder = Path(app.instance_path)
    app.config.from_mapping(
        SECRET_KEY=kept_secret(folder / "secret_key"),
        SECURITY_PASSWORD_SALT=kept_secret(folder / "password_salt"),
        CREDENTIALS_KEY=os.environ.get("TOONBANK_CREDENTIALS_KEY") or kept_secret(folder / "credentials_key"),
        SQLALCHEMY_DATABASE_URI=database_url(folder),
        MAX_CONTENT_LENGTH=25 * 1024 * 1024,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=os.environ.get("TOONBANK_HTTPS") == "1",
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="en",
        PROXIES=int(os.environ.get("TOONBANK_PROXIES", "0")),  # how many stand in front and say who is calling
    )
    app.config.from_pyfile(str(folder / "config.py"), silent=True)
    app.config.update(overrides or {})


def database_url(folder: Path) -> str:
    """DATABASE_URL, or SQLite in the instance folder; a bare postgres:// or postgresql:// means psycopg 3."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return f"sqlite:///{folder / 'shop.sqlite'}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url


#: Ids are 32-bit numbers in PostgreSQL, which answers a larger one with an error.
LARGEST_ID = 2**31 - 1


class RecordId(IntegerConverter):
    """The id of a record in an address; a number that none can have is an address where nothing is."""

    def __init__(
        self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int = LARGEST_ID, signed: bool = False
    ):
        super().__init__(map, fixed_digits, min, max, signed)


def site_address() -> str:
    """Where people reach Toonbank, as TOONBANK_ADDRESS says it ("https://desk.example.com"); "" when nobody said."""
    return os.environ.get("TOONBANK_ADDRESS", "").rstrip("/")


def kept_secret(file: Path) -> str:
    """A random secret, made once and kept in a file that only its owner can read."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(handle, "w") as out:
        secret = secrets.token_urlsafe(48)
        out.write(secret)
    return secret
