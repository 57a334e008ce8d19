"""Putting a copy back: what it is, what would be lost by it, and the exchange. What was there is kept beside it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import inspect

from app.extensions import db, sqlite_module
from app.locking.database import DatabaseInUse, own_database
from app.operations import backups

#: What belongs to a SQLite file: its log, the index of that, and the journal of one that has no log.
SUFFIXES = ("-wal", "-shm", "-journal")

#: What is compared: the table, and what people call its rows.
COMPARED = {"orders": "orders", "invoice": "invoices and credit notes"}


class CanNotRestore(Exception):
    """The text says why; nothing was changed."""


@dataclass
class Exchange:
    """A copy that is about to take the place of the database, and what the database has that the copy has not."""

    copy: Path
    is_older: bool
    losses: list[str] = field(default_factory=list)

    def carry_out(self) -> Path | None:
        """Where the database that was there is kept now; None when there was none."""
        return exchange_sqlite(self.copy) if backups.is_sqlite() else exchange_postgresql(self.copy)


@contextmanager
def exchange(copy: Path) -> Iterator[Exchange]:
    """Nobody else uses the database meanwhile. Raises CanNotRestore."""
    is_older = look_at(copy)
    db.session.remove()
    try:
        with own_database(db.engine):
            yield Exchange(copy, is_older, losses(copy))
    except DatabaseInUse as error:
        raise CanNotRestore(f"Nothing was restored, for {error}") from None


def restore(copy: Path) -> Path | None:
    with exchange(copy) as change:
        return change.carry_out()


# --- what it is -----------------------------------------------------------------------------------------------------


def look_at(copy: Path) -> bool:
    """Whether the copy is of an older version. Raises CanNotRestore when it is none, or of a newer one."""
    if backups.is_sqlite() and copy.resolve() == backups.sqlite_file().resolve():
        raise CanNotRestore(f"{copy} is the database itself: name a copy of it.")
    schema = schema_of_file(copy) if backups.is_sqlite() else schema_of_archive(copy)
    if not schema:
        raise CanNotRestore(f"{copy} is not a whole copy of a Toonbank database; nothing was changed.")
    migrations = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    try:
        migrations.get_revision(schema)
    except CommandError:
        text = f"{copy} is a copy of a newer Toonbank (schema {schema}): update Toonbank first; nothing was changed."
        raise CanNotRestore(text) from None
    return schema != migrations.get_current_head()


def schema_of_file(copy: Path) -> str:
    """The version of the schema; "" when the file is damaged, or something else."""
    try:
        with closing(sqlite_module().connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                return ""
            connection.execute("SELECT 1 FROM orders, shop LIMIT 1")
            return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except (sqlite_module().DatabaseError, TypeError):
        return ""


def schema_of_archive(copy: Path) -> str:
    try:
        has_shop = any(True for _name in column_of_archive(copy, "shop", "name"))
        return next(column_of_archive(copy, "alembic_version", "version_num"), "") if has_shop else ""
    except backups.ToolFailed:
        return ""


# --- what would be lost ---------------------------------------------------------------------------------------------


def losses(copy: Path) -> list[str]:
    """What the database has that the copy has not, a line each; [] when there is no database, or nothing to lose."""
    if backups.is_sqlite() and not backups.sqlite_file().exists():
        return []
    found = []
    for table, called in COMPARED.items():
        try:
            here = numbers_here(table)
        except (sqlite_module().DatabaseError, FileNotFoundError):
            return ["The database that is there can’t be read: what it has and the copy has not, nobody can say."]
        lost = sorted(here - numbers_in(copy, table), key=lambda number: (len(number), number))
        if lost:
            span = lost[0] if len(lost) == 1 else f"{lost[0]} to {lost[-1]}"
            found.append(f"The database that is there has {len(lost)} {called} that the copy has not: {span}.")
    return found


def numbers_here(table: str) -> set[str]:
    if backups.is_sqlite():
        return numbers_in_file(backups.sqlite_file(), table)
    with db.engine.connect() as connection:
        if not inspect(connection).has_table(table):
            return set()
        return set(connection.exec_driver_sql(f"SELECT number FROM {table}").scalars())


def numbers_in(copy: Path, table: str) -> set[str]:
    return numbers_in_file(copy, table) if backups.is_sqlite() else set(column_of_archive(copy, table, "number"))


def numbers_in_file(file: Path, table: str) -> set[str]:
    with closing(sqlite_module().connect(file)) as connection:
        return {number for (number,) in connection.execute(f"SELECT number FROM {table}")}


def column_of_archive(copy: Path, table: str, column: str) -> Iterator[str]:
    """The values of a column in a copy that pg_dump made, which knows tables only as what COPY reads."""
    names: list[str] | None = None
    for line in backups.dump_lines("pg_restore", "--data-only", f"--table={table}", "--file=-", str(copy)):
        if line.startswith(f"COPY public.{table} ("):
            names = line.partition("(")[2].partition(")")[0].split(", ")
        elif line == "\\.":
            names = None
        elif names is not None:
            yield line.split("\t")[names.index(column)]


# --- SQLite ---------------------------------------------------------------------------------------------------------


def exchange_sqlite(copy: Path) -> Path | None:
    """Whenever this is interrupted, the one database or the other is in its place, whole."""
    target = backups.sqlite_file()
    fresh = target.with_name(f"{target.name}.restoring")
    try:
        copy_whole(copy, fresh)
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


def exchange_postgresql(copy: Path) -> Path | None:
    """In one transaction, and all that is there now goes first: what a newer version has made must not stay."""
    folder = Path(current_app.instance_path)
    with db.engine.connect() as connection:
        is_empty = not inspect(connection).get_table_names(schema="public")
    db.engine.dispose()
    kept = None if is_empty else backups.new_name(folder / f"{db.engine.url.database}.dump", "before-restore")
    script = backups.new_name(folder / "copy.sql", "restoring")
    try:
        if kept:
            backups.backup(kept)
        script.touch(mode=0o600)
        backups.run_tool("pg_restore", "--no-owner", f"--file={script}", str(copy))
        run_sql(f"--command={EMPTY}", f"--file={script}")
    except backups.ToolFailed as error:
        raise CanNotRestore(f"The copy could not be put back; the database is as it was. {error}") from error
    finally:
        script.unlink(missing_ok=True)
    return kept


def run_sql(*what: str) -> None:
    how = ("--no-psqlrc", "--quiet", "--output=/dev/null", "--single-transaction", "--set=ON_ERROR_STOP=1")
    backups.run_tool("psql", *how, *what, f"--dbname={backups.connection_string()}")
