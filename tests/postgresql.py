"""A PostgreSQL for one test run: made when a test first asks for it, shared by all test processes, then thrown away.

It listens on a socket file in its own folder, so it can't meet any other server on the machine.
"""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

#: How the test processes of one run find the folder that they share.
FOLDER = "TOONBANK_TEST_POSTGRESQL"
FAST = "-c fsync=off -c full_page_writes=off -c max_connections=200"
#: Nobody stops the shared server before its time; with this, what was committed last would be lost then.
#: Nothing is swept up meanwhile, so that no test finds statistics by chance.
FASTER = "-c synchronous_commit=off -c autovacuum=off"
USER = "toonbank"


def set_aside_folder() -> None:
    """Make the folder of this run. In /tmp, because the path of a socket file has to be short."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="toonbank-postgresql-", dir="/tmp")


def throw_away() -> None:
    """Stop the server, if any test asked for one, and remove everything."""
    if started().exists():
        Server(folder()).stop("immediate")
    shutil.rmtree(folder(), ignore_errors=True)


def is_installed() -> bool:
    return program("initdb") is not None


def url(database: str) -> str:
    return Server(folder()).url(database)


def start() -> None:
    """Start the server, unless another test process has done so."""
    with one_at_a_time():
        if started().exists():
            return
        server = Server(folder())
        server.make()
        server.start(FASTER)
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


def started() -> Path:
    return folder() / "started"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL with all that belongs to it in one folder."""

    folder: Path

    def url(self, database: str, *standbys: Server) -> str:
        """Of whichever takes what is written, where others may take over."""
        hosts = ",".join(str(one.folder) for one in (self, *standbys))
        writing = "&target_session_attrs=read-write" if standbys else ""
        return f"postgresql+psycopg://{USER}@/{database}?host={hosts}{writing}"

    def make(self) -> None:
        shutil.chown(self.folder, owner())
        self.run("initdb", "--username", USER, "--auth", "trust", "--encoding", "UTF8", "--no-sync")

    def start(self, how: str = "") -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} {FAST} {how}"
        self.run("pg_ctl", "start", "--wait", "--silent", "--log", str(self.folder / "log"), "--options", options)

    def copy(self, other: Server) -> None:
        """Become what follows the other one, once it is started."""
        shutil.chown(self.folder, owner())
        self.run("pg_basebackup", "--username", USER, "--host", str(other.folder), "--write-recovery-conf", "--no-sync")

    def take_over(self) -> None:
        self.run("pg_ctl", "promote", "--wait", "--silent")

    def kill(self) -> None:
        """As a machine that loses its power: nobody says good-bye."""
        (postmaster, *_rest) = (self.folder / "data" / "postmaster.pid").read_text().split()
        running = subprocess.run(["pgrep", "--parent", postmaster], capture_output=True, text=True).stdout.split()
        for pid in (postmaster, *running):
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)

    def stop(self, mode: str) -> None:
        self.run("pg_ctl", "stop", "--mode", mode, "--silent")

    def run(self, name: str, *arguments: str) -> None:
        command = [program(name) or name, *arguments, "--pgdata", str(self.folder / "data")]
        as_owner = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **as_owner)  # type: ignore[call-overload]


@contextmanager
def server_of_its_own(*, is_standby: bool = False) -> Iterator[Server]:
    """A server for one test that stops it under others' feet; or the place for one that will follow another."""
    folder = Path(tempfile.mkdtemp(prefix="toonbank-own-", dir="/tmp"))
    server = Server(folder)
    try:
        if not is_standby:
            server.make()
            server.start()
        yield server
    finally:
        with suppress(subprocess.CalledProcessError):
            server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def owner() -> str | int:
    """PostgreSQL refuses to run as root; Debian's package brings a user for it."""
    return "postgres" if os.geteuid() == 0 else os.geteuid()


def program(name: str) -> str | None:
    """Debian keeps PostgreSQL's server programs out of the PATH, in a folder for each version."""
    return shutil.which(name) or max(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), default=None)
