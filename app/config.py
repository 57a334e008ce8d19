"""Where settings of the installation come from: environment, instance/config.py, and keys made at first start.

What the shop owner sets (company, languages, when invoices are made, mail) is not here: it is the record `Shop`.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from contextlib import suppress
from pathlib import Path
from traceback import extract_tb
from typing import TypeAlias

from flask import Flask, current_app
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from werkzeug.routing import IntegerConverter, Map

from app.errors import CannotStart

ROOT = Path(__file__).resolve().parent.parent
NAME_ANOTHER = "Make it usable, or name another folder in TOONBANK_INSTANCE."
WRITE_URL = "Write postgresql://user:password@host/database, or leave it out for SQLite."

#: What SQLAlchemy calls the drivers that we use.
DRIVERS = ("sqlite", "postgresql+psycopg")

#: What nobody but its owner may do with a file that we make, wherever it is.
OTHERS = 0o077

#: Ours have 64 characters.
SHORTEST_SECRET = 40
#: Typed by somebody, for /metrics.
SHORTEST_TOKEN = 20

#: What it costs to lose a secret.
LOST_BY = {
    "secret_key": "everybody signs in anew then, and links that were mailed don't work any more.",
    "password_salt": "everybody needs a new password then (toonbank sign-in EMAIL).",
    "credentials_key": "the keys of connected shops and the password of the mail server have to be entered anew then.",
}

#: Machines, as the installation names them: 10.0.0.0/8, or one of them.
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LANGUAGES = {"en": "English", "nl": "Nederlands", "de": "Deutsch", "fr": "Français", "es": "Español"}


def locale_of(language: str) -> str:
    """How dates and amounts are written. English the European way, 28 November 2026: 3/14 doesn't cross borders."""
    return "en_GB" if language == "en" else language


def instance_folder() -> Path:
    """instance/, or the folder that TOONBANK_INSTANCE names; made when missing, readable by its owner only."""
    os.umask(OTHERS)
    folder = Path(os.environ.get("TOONBANK_INSTANCE") or ROOT / "instance").resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file" if folder.is_file() else f"it can't be made ({reason_of(error)})"
        raise CannotStart(f"the folder {folder} can't be used, for {reason}. {NAME_ANOTHER}") from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise CannotStart(f"the folder {folder} can't be written to by whoever runs this. {NAME_ANOTHER}")
    return folder


def close_to_others(folder: Path) -> None:
    """What versions before made for everybody to read; links lead elsewhere, and are nobody's of ours."""
    for file in folder.rglob("*"):
        with suppress(OSError):
            if file.is_file() and not file.is_symlink() and (mode := file.stat().st_mode) & OTHERS:
                file.chmod(mode & ~OTHERS & 0o7777)


def reason_of(error: OSError) -> str:
    return error.strerror or type(error).__name__


def configure(app: Flask, overrides: dict[str, object] | None = None) -> None:
    app.url_map.converters["int"] = RecordId
    folder = Path(app.instance_path)
    url = stated_url(folder, overrides)
    is_kept = has_database(url)
    app.config.from_mapping(
        SECRET_KEY=secret_in(folder / "secret_key", is_kept=is_kept),
        SECURITY_PASSWORD_SALT=secret_in(folder / "password_salt", is_kept=is_kept),
        SQLALCHEMY_DATABASE_URI=url,
        MAX_CONTENT_LENGTH=1024 * 1024,  # see pages/body_limits.py
        SESSION_COOKIE_NAME=cookie_name("session"),
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=is_https(),
        HTTPS_BELOW=os.environ.get("TOONBANK_HTTPS_BELOW") == "1",
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="en",
        PROXIES=count_proxies(),
        PROXY_NETWORKS=proxy_networks(),
        HOSTS=listed_in("TOONBANK_HOSTS"),
        METRICS_TOKEN=metrics_token(),
        ALLOWED_NETWORKS=networks_in("TOONBANK_ALLOWED_NETWORKS"),
    )
    read_config_file(app, folder / "config.py")
    find_credentials_key(app, folder, is_kept=is_kept)
    app.config.update(overrides or {})


def find_credentials_key(app: Flask, folder: Path, *, is_kept: bool) -> None:
    """CREDENTIALS_KEY, and CREDENTIALS_KEY_PLACE: what people call the place that states it; "" for our own file."""
    place = ""
    if app.config.get("CREDENTIALS_KEY"):
        place = f"CREDENTIALS_KEY in {folder / 'config.py'}"
    elif stated := os.environ.get("TOONBANK_CREDENTIALS_KEY"):
        app.config["CREDENTIALS_KEY"], place = stated, "TOONBANK_CREDENTIALS_KEY"
    else:
        app.config["CREDENTIALS_KEY"] = secret_in(folder / "credentials_key", is_kept=is_kept)
    app.config["CREDENTIALS_KEY_PLACE"] = place


def read_config_file(app: Flask, file: Path) -> None:
    """The installation's own settings, if it has any; it is a piece of Python."""
    if file.is_dir():
        raise CannotStart(f"{file} is a folder, and no file of settings. Remove it, or put the file in its place.")
    try:
        app.config.from_pyfile(str(file), silent=True)
    except SyntaxError as error:
        where = f"{file}, line {error.lineno}" if error.lineno else str(file)
        raise CannotStart(f"{where}: {error.msg}. Correct that line, or remove the file.") from None
    except Exception as error:
        line = next(
            (step.lineno for step in reversed(extract_tb(error.__traceback__)) if step.filename == str(file)), 0
        )
        where = f"{file}, line {line}" if line else str(file)
        raise CannotStart(f"{where}: {error}. Correct it, or remove the file.") from None


def is_https() -> bool:
    """Whether browsers reach us by https only: TOONBANK_HTTPS says it, else TOONBANK_ADDRESS."""
    stated = os.environ.get("TOONBANK_HTTPS", "")
    return stated == "1" if stated else site_address().startswith("https://")


def cookie_name(name: str) -> str:
    """Over https browsers see to it that such a cookie comes from this very host, and goes to no other."""
    return f"__Host-{name}" if is_https() else name


def listed_in(variable: str) -> list[str]:
    """What is listed there, with commas or blanks between."""
    return os.environ.get(variable, "").replace(",", " ").split()


def networks_in(variable: str) -> tuple[Network, ...]:
    """Raises CannotStart for what is no network."""
    try:
        return tuple(ipaddress.ip_network(stated) for stated in listed_in(variable))
    except ValueError as error:
        raise CannotStart(f"{variable}: {error}. Enter addresses or networks: 127.0.0.1, 10.0.0.0/8.") from None


def metrics_token() -> str:
    """What whoever asks for /metrics has to state; "" where there is no such page."""
    token = os.environ.get("TOONBANK_METRICS_TOKEN", "")
    if token and len(token) < SHORTEST_TOKEN:
        raise CannotStart(f"TOONBANK_METRICS_TOKEN is guessed too soon: enter {SHORTEST_TOKEN} characters or more.")
    return token


def count_proxies() -> int:
    """How many stand in front, one behind the other, and say who is calling."""
    stated = os.environ.get("TOONBANK_PROXIES") or ("1" if os.environ.get("TOONBANK_PROXY") else "0")
    if not stated.isdecimal():
        raise CannotStart(f"TOONBANK_PROXIES is {stated}: enter how many proxies stand in front, 0 or 1 mostly.")
    return int(stated)


def proxy_networks() -> tuple[Network, ...]:
    """Where the proxy calls from: TOONBANK_PROXY; this machine when only their number is said. Nowhere by default."""
    if stated := networks_in("TOONBANK_PROXY"):
        return stated
    loopback = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1"))
    return loopback if count_proxies() else ()


def stated_url(folder: Path, overrides: dict[str, object] | None) -> str:
    return str((overrides or {}).get("SQLALCHEMY_DATABASE_URI") or database_url(folder))


def database_url(folder: Path) -> str:
    """DATABASE_URL, or SQLite in the instance folder; a bare postgres:// or postgresql:// means psycopg 3."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return f"sqlite:///{folder / 'shop.sqlite'}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            url = "postgresql+psycopg://" + url[len(prefix) :]
    try:
        driver = make_url(url).drivername
    except (ArgumentError, ValueError):  # a port that is no number is the latter
        raise CannotStart(f"DATABASE_URL is no address of a database. {WRITE_URL}") from None
    if driver not in DRIVERS:
        raise CannotStart(f"DATABASE_URL names {driver}: Toonbank runs on SQLite and PostgreSQL. {WRITE_URL}")
    return url


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database; None of another one, or of one in memory."""
    parts = make_url(url)
    is_file = parts.get_backend_name() == "sqlite" and parts.database not in (None, "", ":memory:")
    return Path(str(parts.database)) if is_file else None


def has_database(url: str) -> bool:
    """Whether there is one, as far as can be told without asking it."""
    file = sqlite_file(url)
    return file is None or file.exists()


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


def secret_in(file: Path, *, is_kept: bool) -> str:
    """A random secret that stands in a file which only its owner can read.

    Where there is none it is made; it is kept at once when there is a database that needs it, else by `keep_secrets`.
    """
    try:
        if file.exists():
            return whole_secret(file)
        secret = secrets.token_urlsafe(48)
        return kept_secret(file, secret) if is_kept else secret
    except OSError as error:
        raise CannotStart(f"{file} can't be read or made ({reason_of(error)}). {NAME_ANOTHER}") from None


def whole_secret(file: Path) -> str:
    """What stands in the file. Raises CannotStart when that is empty, was cut off, or is no text."""
    secret = file.read_bytes().decode(errors="replace").strip()
    fault = ""
    if not secret.isprintable() or "\ufffd" in secret:  # such as the zeros that a power failure leaves
        fault = "is no text: it was damaged"
    elif len(secret) < SHORTEST_SECRET:
        fault = f"{f'holds {len(secret)} characters only' if secret else 'is empty'}: it was cut off"
    if fault:
        raise CannotStart(
            f"{file} {fault}. Put it back from a copy; without one, remove the file: {LOST_BY[file.name]}"
        )
    return secret


def kept_secret(file: Path, secret: str) -> str:
    """The secret, kept; the one of somebody else who came first. It is there as a whole, or not at all."""
    aside = file.with_name(f"{file.name}.{os.getpid()}.new")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(secret)
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):
            os.link(aside, file)
    finally:
        aside.unlink()
    return whole_secret(file)


def replace_secret(file: Path, secret: str) -> None:
    """The file holds the old text or the new one, whatever happens meanwhile."""
    aside = file.with_name(f"{file.name}.{os.getpid()}.new")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(secret)
        out.flush()
        os.fsync(out.fileno())
    os.replace(aside, file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def keep_secrets(app: Flask) -> None:
    """Those that were made while there was no database to need them."""
    made = {"secret_key": "SECRET_KEY", "password_salt": "SECURITY_PASSWORD_SALT"}
    if not app.config["CREDENTIALS_KEY_PLACE"]:
        made["credentials_key"] = "CREDENTIALS_KEY"
    for name, key in made.items():
        file = Path(app.instance_path) / name
        if not file.exists():
            kept_secret(file, str(app.config[key]))


def place_of_installation() -> Path:
    """That of the installation, where its files are."""
    return Path(current_app.instance_path)


def kept_secrets(app: Flask) -> list[Path]:
    """The files that are there."""
    return [file for name in LOST_BY if (file := Path(app.instance_path) / name).exists()]
