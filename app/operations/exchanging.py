"""The moment in which a copy takes the place of the database. What was there is kept beside it."""

from __future__ import annotations

import os
import shutil
from contextlib import closing, suppress
from pathlib import Path

from flask import current_app
from sqlalchemy import inspect

from app.extensions import db, sqlite_module
from app.operations import backups

#: What belongs to a SQLite file: its log, the index of that, and the journal of one that has no log.
SUFFIXES = ("-wal", "-shm", "-journal")


class CanNotRestore(Exception):
    """The text says why; nothing was changed."""


# --- SQLite ---------------------------------------------------------------------------------------------------------


def exchange_sqlite(copy: Path, statements: list[str]) -> Path | None:
    """Whenever this is interrupted, the one database or the other is in its place, whole."""
    target = backups.sqlite_file()
    fresh = target.with_name(f"{target.name}.restoring")
    try:
        copy_whole(copy, fresh)
        run_statements(fresh, statements)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise CanNotRestore(f"The copy can’t be brought to {target.parent}: {error.strerror}.") from error
    kept = set_aside(target) if target.exists() else None
    for suffix in SUFFIXES:
        with_suffix(target, suffix).unlink(missing_ok=True)
    os.replace(fresh, target)
    sync(target.parent)
    return kept


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
    sync(fresh)


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
        sync(kept)
    kept.chmod(0o600)


def with_suffix(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


def sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


#: Tables and functions, but for those of extensions.
EMPTY = """
SET client_min_messages = warning;
DO $$ DECLARE statement text; BEGIN
FOR statement IN
  SELECT format('DROP TABLE IF EXISTS public.%I CASCADE', tablename) FROM pg_tables WHERE schemaname = 'public'
  UNION ALL
  SELECT format('DROP ROUTINE public.%I(%s) CASCADE', proname, pg_get_function_identity_arguments(oid)) FROM pg_proc
  WHERE pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
LOOP EXECUTE statement; END LOOP; END $$;
"""


def exchange_postgresql(copy: Path, statements: list[str]) -> Path | None:
    """In one transaction, and all that is there now goes first: what a newer version has made must not stay."""
    folder = Path(current_app.instance_path)
    with db.engine.connect() as connection:
        is_empty = not inspect(connection).get_table_names(schema="public")
    db.engine.dispose()
    kept = None if is_empty else backups.new_name(folder / f"{db.engine.url.database}.dump", "before-restore")
    script, after = (backups.new_name(folder / name, "restoring") for name in ("copy.sql", "carried-over.sql"))
    try:
        if kept:
            backups.backup(kept)
        script.touch(mode=0o600)
        backups.run_tool("pg_restore", "--no-owner", f"--file={script}", str(copy))
        after.touch(mode=0o600)
        after.write_text("SET search_path = public;\n" + "".join(f"{one};\n" for one in statements))
        run_sql(f"--command={EMPTY}", f"--file={script}", f"--file={after}")
    except backups.ToolFailed as error:
        raise CanNotRestore(f"The copy could not be put back; the database is as it was. {error}") from error
    finally:
        script.unlink(missing_ok=True)
        after.unlink(missing_ok=True)
    return kept


def run_sql(*what: str) -> None:
    how = ("--no-psqlrc", "--quiet", "--output=/dev/null", "--single-transaction", "--set=ON_ERROR_STOP=1")
    backups.run_tool("psql", *how, *what, f"--dbname={backups.connection_string()}")
