"""The moment in which a copy takes the place of the database. What was there is kept beside it."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import closing, suppress
from hashlib import file_digest
from pathlib import Path

from flask import current_app
from sqlalchemy import inspect

from app.extensions import db, sqlite_module
from app.locking.restores import PENDING, RESTORED, RESTORING, forget_keys, put_keys_in_place
from app.operations import backups
from app.operations.databases_beside import schema_there, sqlite_engine
from app.operations.incoming import EMPTY, bring_in, side_of, take_the_place
from app.operations.row_copying import CopyFailed
from app.operations.starting import is_known

#: What belongs to a SQLite file: its log, the index of that, and the journal of one that has no log.
SUFFIXES = ("-wal", "-shm", "-journal")


class CanNotRestore(Exception):
    """The text says why; nothing was changed."""


# --- SQLite ---------------------------------------------------------------------------------------------------------


def exchange_sqlite(copy: Path, statements: list[str], beside: dict[str, str]) -> Path | None:
    """Whenever this is interrupted, the one database or the other is in its place, whole, and with its keys."""
    target = backups.sqlite_file()
    fresh = target.with_name(f"{target.name}{RESTORING}")
    try:
        copy_whole(copy, fresh)
        run_statements(fresh, statements)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise CanNotRestore(f"The copy can’t be brought to {target.parent}: {error.strerror}.") from error
    lay_out_keys(beside)
    kept = set_aside(target) if target.exists() else None
    for suffix in SUFFIXES:
        with_suffix(target, suffix).unlink(missing_ok=True)
    os.replace(fresh, target)
    backups.sync(target.parent)
    put_keys_in_place(Path(current_app.instance_path))
    return kept


def lay_out_keys(beside: dict[str, str]) -> None:
    """Beside those that are there, which are kept: the moment in which the database is exchanged decides."""
    folder = Path(current_app.instance_path)
    for name, key in beside.items():
        file = folder / name
        if file.exists() and file.read_text().strip() != key.strip():
            kept = backups.new_name(file, "before-restore")
            shutil.copyfile(file, kept)
            kept.chmod(0o600)
        elif file.exists():
            continue
        write_synced(file.with_name(f"{name}{RESTORED}"), key)
    backups.sync(folder)


def write_synced(file: Path, content: str) -> None:
    file.touch(mode=0o600)
    file.write_text(content)
    backups.sync(file)


def copy_whole(copy: Path, fresh: Path) -> None:
    """With what is still in its log, if it was not made by `backup` but taken as it stood."""
    fresh.unlink(missing_ok=True)
    if with_suffix(copy, "-wal").exists():
        backups.vacuum_into(copy, fresh)
    else:
        shutil.copyfile(copy, fresh)
    fresh.chmod(0o600)


def run_statements(fresh: Path, statements: list[str]) -> None:
    with closing(sqlite_module().connect(fresh)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.executescript(";\n".join(["BEGIN", *statements, "COMMIT"]))
    backups.sync(fresh)


def set_aside(target: Path) -> Path:
    """Byte by byte, for it may be damaged; SQLite is only asked to bring its log into the file, if it can."""
    with suppress(sqlite_module().DatabaseError), closing(sqlite_module().connect(target)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = backups.new_name(target, "before-restore")
    for suffix in ("", "-wal", "-journal"):
        if with_suffix(target, suffix).exists():
            same_bytes(with_suffix(target, suffix), with_suffix(kept, suffix))
    return kept


def same_bytes(file: Path, kept: Path) -> None:
    try:
        os.link(file, kept)
    except OSError:  # the file system knows no links
        shutil.copyfile(file, kept)
        backups.sync(kept)
    kept.chmod(0o600)


def with_suffix(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def exchange_postgresql(copy: Path, statements: list[str], beside: dict[str, str]) -> Path | None:
    """In one transaction, and all that is there now goes: what a newer version has made must not stay.

    Whenever this is interrupted, the next start sees by a comment in the database whose keys it needs.
    """
    folder = Path(current_app.instance_path)
    try:
        kept = keep_former()
        db.engine.dispose()
        statements = [*statements, f"COMMENT ON SCHEMA public IS '{lay_out_pending(beside)}'"]
        if is_sqlite_file(copy):
            exchange_rows(copy, statements)
        else:
            exchange_dump(copy, statements)
    except (backups.ToolFailed, CopyFailed) as error:
        forget_keys(folder)
        raise CanNotRestore(f"The copy could not be put back; the database is as it was. {error}") from error
    put_keys_in_place(folder)
    return kept


def lay_out_pending(beside: dict[str, str]) -> str:
    """The keys, and how the database is known that they belong to: a text that is said of it once it is there."""
    known_by = f"toonbank restored {secrets.token_hex(8)}"
    write_synced(Path(current_app.instance_path) / PENDING, known_by)
    lay_out_keys(beside)
    return known_by


def keep_former() -> Path | None:
    """A copy of what is there: an archive, or what pg_dump makes where a newer version made tables unknown here."""
    with db.engine.connect() as connection:
        if not inspect(connection).get_table_names(schema="public"):
            return None
        has_version = inspect(connection).has_table("alembic_version", schema="public")
        is_ours = not has_version or is_known(schema_there(connection))
    shop = Path(current_app.instance_path) / f"{db.engine.url.database}{'.zip' if is_ours else '.dump'}"
    kept = backups.new_name(shop, "before-restore")
    if is_ours:
        backups.backup(kept)
    else:
        kept.touch(mode=0o600)
        backups.run_tool("pg_dump", "--format=custom", f"--file={kept}", backups.connection_string())
    return kept


def exchange_rows(copy: Path, statements: list[str]) -> None:
    with open(copy, "rb") as source:
        what = file_digest(source, "sha256").hexdigest()
    engine = sqlite_engine(copy)
    with side_of(db.engine.url) as side, engine.connect() as source_rows:
        bring_in(source_rows, schema_there(source_rows), what, side)
        take_the_place(side, statements)
    engine.dispose()


def is_sqlite_file(copy: Path) -> bool:
    with open(copy, "rb") as source:
        return source.read(16) == b"SQLite format 3\0"


# --- what pg_dump made, as older versions did -----------------------------------------------------------------------


def exchange_dump(copy: Path, statements: list[str]) -> None:
    folder = Path(current_app.instance_path)
    script, after = (backups.new_name(folder / name, "restoring") for name in ("copy.sql", "carried-over.sql"))
    try:
        for file in (script, after):
            file.touch(mode=0o600)
        after.write_text("SET search_path = public;\n" + "".join(f"{one};\n" for one in statements))
        backups.run_tool("pg_restore", "--no-owner", f"--file={script}", str(copy))
        run_sql(
            "--command=SET client_min_messages = warning", f"--command={EMPTY}", f"--file={script}", f"--file={after}"
        )
    finally:
        script.unlink(missing_ok=True)
        after.unlink(missing_ok=True)


def run_sql(*what: str) -> None:
    how = ("--no-psqlrc", "--quiet", "--output=/dev/null", "--single-transaction", "--set=ON_ERROR_STOP=1")
    backups.run_tool("psql", *how, *what, f"--dbname={backups.connection_string()}")
