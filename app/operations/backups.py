"""Backups: a consistent copy of everything."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import URL

from app.extensions import db, sqlite_module
from app.locking.database import share
from app.operations import archives
from app.operations.databases_beside import fill_sqlite

KEPT_COPIES = 5
#: The ending of a copy that is the database alone.
BARE = ".sqlite"


def backup(file: Path, *, passphrase: str = "", with_keys: bool = True) -> None:
    """Copy everything to `file`, for its owner only. Raises FileExistsError, CopyFailed, OSError.

    Of a copy that fails, or is killed, no file stays under that name. One that ends in .sqlite is the database alone.
    """
    if file.exists():
        raise FileExistsError(f"{file} exists already: choose another name")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise FileExistsError(f"{file.parent} is no folder: choose another place") from None
    with archives.growing(file) as folder:
        made = folder / archives.DATABASE
        copy_database(made)
        if file.suffix != BARE:
            runs_on = db.engine.dialect.name
            made = archives.pack(folder, made, runs_on=runs_on, passphrase=passphrase, with_keys=with_keys)
        made.chmod(0o600)
        sync(made)
        put_under_name(made, file)


def copy_database(file: Path) -> None:
    """A SQLite file with all rows as they are at one moment, whichever database they stand in."""
    if is_sqlite():
        copy_sqlite(file)
    else:
        fill_sqlite(file, db.engine)


def put_under_name(made: Path, file: Path) -> None:
    """In one step, and never over another file."""
    try:
        os.link(made, file)
    except FileExistsError:
        raise FileExistsError(f"{file} exists already: choose another name") from None
    except OSError:  # the file system knows no links
        os.rename(made, file)
    sync(file.parent)


def sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def copy_before_upgrade() -> None:
    """Keep the last few copies from before a migration: beside the SQLite file, or in the instance folder."""
    file = sqlite_file() if is_sqlite() else Path(current_app.instance_path) / f"shop{BARE}"
    backup(new_name(file, "before-upgrade"))
    copies = sorted(file.parent.glob(f"{file.stem}.before-upgrade-*{BARE}"))
    for old in copies[:-KEPT_COPIES]:
        old.unlink()


def copy_sqlite(file: Path) -> None:
    share(sqlite_file())
    vacuum_into(sqlite_file(), file)


def vacuum_into(database: Path, file: Path) -> None:
    """On a connection of its own: VACUUM can't run inside a transaction."""
    connection = sqlite_module().connect(database, timeout=30, isolation_level=None)
    try:
        connection.execute("VACUUM INTO ?", (str(file),))
    finally:
        connection.close()
    file.chmod(0o600)


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def sqlite_file() -> Path:
    return Path(str(db.engine.url.database))


def connection_string() -> str:
    """Without the password, which others on the machine could read: `run_tool` hands it over apart."""
    url: URL = db.engine.url.set(drivername="postgresql", password=None)
    return url.render_as_string()


class ToolFailed(Exception):
    """A program of PostgreSQL's is missing, or says no; the text is what it said."""


def run_tool(*command: str) -> None:
    for _line in dump_lines(*command):
        pass


def dump_lines(*command: str) -> Iterator[str]:
    """What the program says, line by line, without the ends of the lines. Raises ToolFailed."""
    if shutil.which(command[0]) is None:
        raise ToolFailed(f"{command[0]} is not installed: it comes with PostgreSQL's client programs")
    password = {"PGPASSWORD": db.engine.url.password} if db.engine.url.password else {}
    environ = os.environ | password
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8", errors="replace", env=environ
        ) as program,
    ):
        assert program.stdout
        for line in program.stdout:
            yield line.rstrip("\n")
        if program.wait():
            errors.seek(0)
            raise ToolFailed(errors.read().strip().partition("\n")[0])


def new_name(file: Path, what: str) -> Path:
    """A name beside the file that no file has: "shop.before-restore-20261128-181500.sqlite"."""
    for number in itertools.count(1):
        made = file.with_name(f"{file.stem}.{what}-{stamp()}{f'-{number}' if number > 1 else ''}{file.suffix}")
        if not made.exists():
            return made
    raise AssertionError


def stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
