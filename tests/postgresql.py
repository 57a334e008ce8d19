"""A PostgreSQL for one test run: made when a test first asks for it, shared by all test processes, then thrown away.

It listens on a socket file in its own folder, so it can't meet any other server on the machine.
"""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

#: How the test processes of one run find the folder that they share.
FOLDER = "TOONBANK_TEST_POSTGRESQL"
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
USER = "toonbank"


def set_aside_folder() -> None:
    """Make the folder of this run. In /tmp, because the path of a socket file has to be short."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="toonbank-postgresql-", dir="/tmp")


def throw_away() -> None:
    """Stop the server, if any test asked for one, and remove everything."""
    if started().exists():
        run("pg_ctl", "stop", "--pgdata", str(data()), "--mode", "immediate", "--silent")
    shutil.rmtree(folder(), ignore_errors=True)


def is_installed() -> bool:
    return program("initdb") is not None


def url(database: str) -> str:
    return f"postgresql+psycopg://{USER}@/{database}?host={folder()}"


def start() -> None:
    """Start the server, unless another test process has done so."""
    with one_at_a_time():
        if started().exists():
            return
        shutil.chown(folder(), owner())
        run("initdb", "--pgdata", str(data()), "--username", USER, "--auth", "trust", "--encoding", "UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder()} {FAST}"
        log = str(folder() / "log")
        run("pg_ctl", "start", "--wait", "--silent", "--pgdata", str(data()), "--log", log, "--options", options)
        started().touch()


def create(database: str, *, template: str = "template0") -> None:
    """Make the database as a copy of another; one of that name goes first."""
    drop(database)
    administer(f"CREATE DATABASE {database} TEMPLATE {template}")


def drop(database: str) -> None:
    administer(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


def administer(statement: str) -> None:
    engine = create_engine(url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """What one test process does for all of them."""
    with open(folder() / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def folder() -> Path:
    return Path(os.environ[FOLDER])


def data() -> Path:
    return folder() / "data"


def started() -> Path:
    return folder() / "started"


def owner() -> str | int:
    """PostgreSQL refuses to run as root; Debian's package brings a user for it."""
    return "postgres" if os.geteuid() == 0 else os.geteuid()


def run(name: str, *arguments: str) -> None:
    command = [program(name) or name, *arguments]
    as_owner = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder(), **as_owner)  # type: ignore[call-overload]


def program(name: str) -> str | None:
    """Debian keeps PostgreSQL's server programs out of the PATH, in a folder for each version."""
    return shutil.which(name) or max(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), default=None)
