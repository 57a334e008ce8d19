"""Backups: a consistent copy of everything, and putting it back."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL

from app.extensions import db, sqlite_module

KEPT_COPIES = 5


def backup(file: Path) -> None:
    """Copy the database to `file`: SQLite by VACUUM INTO, PostgreSQL by pg_dump. Raises FileExistsError."""
    if file.exists():
        raise FileExistsError(f"{file} exists already: choose another name")
    file.parent.mkdir(parents=True, exist_ok=True)
    if is_sqlite():
        copy_sqlite(file)
    else:
        run_tool("pg_dump", "--format=custom", f"--file={file}", connection_string())


def restore(file: Path) -> None:
    """Replace the database by the copy. On SQLite what was there stays beside it, named by the moment."""
    if not is_sqlite():
        run_tool(
            "pg_restore", "--clean", "--if-exists", "--single-transaction", f"--dbname={connection_string()}", str(file)
        )
        return
    refuse_what_is_no_database(file)
    target = sqlite_file()
    if target.exists():
        copy_sqlite(target.with_name(f"{target.stem}.before-restore-{stamp()}.sqlite"))
    db.engine.dispose()
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    fresh = target.with_name(f"{target.name}.restoring")
    shutil.copyfile(file, fresh)
    os.replace(fresh, target)


def copy_before_upgrade() -> None:
    """Keep the last few copies from before a migration, beside the SQLite file. PostgreSQL has backups of its own."""
    if not is_sqlite():
        return
    file = sqlite_file()
    copy_sqlite(file.with_name(f"{file.stem}.before-upgrade-{stamp()}.sqlite"))
    copies = sorted(file.parent.glob(f"{file.stem}.before-upgrade-*.sqlite"))
    for old in copies[:-KEPT_COPIES]:
        old.unlink()


def copy_sqlite(file: Path) -> None:
    """On a connection of its own: VACUUM can't run inside a transaction."""
    connection = sqlite_module().connect(sqlite_file(), timeout=30, isolation_level=None)
    try:
        connection.execute("VACUUM INTO ?", (str(file),))
    finally:
        connection.close()
    file.chmod(0o600)


def refuse_what_is_no_database(file: Path) -> None:
    """Raises ValueError when the file is damaged, or not a copy of a Toonbank database."""
    connection = sqlite_module().connect(f"file:{file}?mode=ro", uri=True)
    try:
        healthy = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        ours = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    except sqlite_module().DatabaseError:
        healthy = ours = False
    finally:
        connection.close()
    if not (healthy and ours):
        raise ValueError(f"{file} is not a whole copy of a Toonbank database; nothing was changed")


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def sqlite_file() -> Path:
    return Path(str(db.engine.url.database))


def connection_string() -> str:
    url: URL = db.engine.url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


def run_tool(*command: str) -> None:
    if shutil.which(command[0]) is None:
        raise FileNotFoundError(f"{command[0]} is not installed: it comes with PostgreSQL's client programs")
    subprocess.run(command, check=True)


def stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
