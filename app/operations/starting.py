"""What has to be right before a command does anything, said in a sentence where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from app.config import kept_secrets, sqlite_file
from app.errors import CannotStart
from app.extensions import db, read_only, sqlite_module

INIT = "flask --app wsgi toonbank init"


class Needs(IntEnum):
    """What a command needs, each with all that stands before it."""

    NOTHING = 0
    SERVER = 1  # a database can be made, or upgraded
    SCHEMA = 2  # the database is there, and fits this version


def look(needs: Needs, *, is_new: bool = False) -> None:
    """Raises CannotStart. Nothing is made or changed by looking, not even an empty database.

    Args:
        is_new: whether a new database is wanted, although there are keys of an older one.
    """
    if needs == Needs.NOTHING:
        return
    file = sqlite_file(str(db.engine.url))
    if file is not None and not file.exists():
        look_at_place(file, needs, is_new=is_new)
        return
    with said_plainly():
        fault = fault_of_schema()
    if fault and (needs == Needs.SCHEMA or fault.is_newer):
        raise CannotStart(fault.sentence)


def look_at_place(file: Path, needs: Needs, *, is_new: bool) -> None:
    """Of a SQLite database that is not there."""
    keys = kept_secrets(current_app)
    if keys and not is_new:
        raise CannotStart(
            f"{file} is not there, though {keys[0].parent} holds the keys of a shop. Put the file back, or a copy of "
            "it (toonbank restore COPY). To begin a new shop there all the same: toonbank init --new"
        )
    if needs == Needs.SCHEMA:
        raise CannotStart(f"There is no database yet ({file}). Make it: {INIT}")


# --- the schema -----------------------------------------------------------------------------------------------------


class SchemaFault:
    """How the database differs from what this version of Toonbank works with."""

    def __init__(self, found: str | None):
        self.is_empty = found is None
        self.is_newer = found is not None and not is_known(found)
        if found is None:
            self.sentence = f"There is no shop in the database yet. Make it: {INIT}"
        elif self.is_newer:
            self.sentence = (
                f"The database is of a newer version of Toonbank than this one ({found}). Install that version again, "
                "or put back a copy of before (toonbank restore COPY)."
            )
        else:
            self.sentence = f"The database is of an older version of Toonbank ({found}). Bring it up to date: {INIT}"


def fault_of_schema() -> SchemaFault | None:
    """None when the database fits. Raises SQLAlchemyError."""
    with read_only(), db.engine.connect() as connection:
        try:
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        except DBAPIError:
            connection.rollback()
            if inspect(connection).has_table("alembic_version"):
                raise
            found = None
    return None if found == head() else SchemaFault(found)


def migrations() -> ScriptDirectory:
    return ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())


@cache
def head() -> str | None:
    """The schema that this version works with."""
    return migrations().get_current_head()


def is_known(schema: str) -> bool:
    try:
        return migrations().get_revision(schema) is not None
    except CommandError:
        return False


# --- what a database says -------------------------------------------------------------------------------------------


@contextmanager
def said_plainly() -> Iterator[None]:
    """What the database or the disk refuses is raised as CannotStart."""
    try:
        yield
    except (SQLAlchemyError, sqlite_module().Error) as error:
        if (sentence := sentence_of(error)) is None:
            raise
        raise CannotStart(sentence) from error
    except OSError as error:
        raise CannotStart(f"{error.filename or 'A file'}: {error.strerror}.") from error


def sentence_of(error: Exception) -> str | None:
    """What to do about it; None where that is not for whoever runs Toonbank, but for whoever writes it."""
    words = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    file = sqlite_file(str(db.engine.url))
    if file is None:
        return sentence_of_postgresql(words) if is_out_of_reach(error, words) else None
    for part, sentence in SQLITE.items():
        if part in words:
            return sentence.format(file=file, copies=copies_of(file))
    return None


SQLITE = {
    "not a database": "{file} is damaged. {copies}",
    "malformed": "{file} is damaged. {copies}",
    "unable to open": "{file} can't be opened. See that its folder is there, and that who runs this may write to it.",
    "readonly database": "{file} can't be written to. See that whoever runs this may write to it and to its folder.",
    "disk is full": "The disk is full. Make room, then try again.",
    "disk I/O error": "The disk of {file} fails or is full. Look at it before you go on; nothing was changed.",
    "database is locked": "{file} is held by another program for too long. End that, then try again.",
}


def copies_of(file: Path) -> str:
    """Those that stand beside it, the newest first."""
    found = sorted(file.parent.glob(f"{file.stem}.before-*{file.suffix}"), key=lambda one: one.stat().st_mtime)
    names = ", ".join(one.name for one in reversed(found))
    beside = f"Beside it there are {names}. " if names else ""
    return f"{beside}Put a copy back (toonbank restore COPY); what is there now is kept beside it."


def is_out_of_reach(error: Exception, words: str) -> bool:
    """Whether no server answered (its own refusals have a code), or one that wants no connection."""
    if not isinstance(error, OperationalError) or isinstance(error.orig, sqlite_module().Error):
        return False  # a file that is read beside the server has nothing to do with it
    return not getattr(error.orig, "sqlstate", None) or "connection" in words


def sentence_of_postgresql(words: str) -> str:
    url = db.engine.url
    where = f"{url.host or 'this machine'}{f':{url.port}' if url.port else ''}"
    return f"PostgreSQL on {where} can't be used ({words}). Start it, or correct DATABASE_URL."
