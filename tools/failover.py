"""Kills the leader of a Patroni cluster while orders come in, again and again: is one lost that was acknowledged?

Two PostgreSQL servers with a synchronous standby and a third voter, all on this machine, in a folder that is thrown
away. Needs PostgreSQL's programs, and patroni[raft]==4.1.5 in an environment whose interpreter PATRONI_PYTHON names.

    PATRONI_PYTHON=/opt/patroni/bin/python python -m tools.failover 3
"""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

#: The interpreter of an environment that has Patroni; PostgreSQL's own user must be able to run it.
PATRONI = os.environ.get("PATRONI_PYTHON", "python3")
BIN = max(glob.glob("/usr/lib/postgresql/*/bin"), default="")
TOONBANK = (sys.executable, "-m", "flask", "--app", "wsgi", "toonbank")
MEMBERS = ("one", "two")
PATIENCE = 120

CONFIG = """
scope: toonbank
name: {name}
restapi: {{listen: 127.0.0.1:{rest}, connect_address: 127.0.0.1:{rest}}}
raft:
  data_dir: {folder}/raft-{name}
  self_addr: 127.0.0.1:{raft}
  partner_addrs: {partners}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 5
    maximum_lag_on_failover: 0
    synchronous_mode: true
    synchronous_mode_strict: false
    postgresql:
      use_pg_rewind: true
      parameters: {{max_connections: 60, wal_log_hints: "on", synchronous_commit: "on"}}
  initdb: [{{encoding: UTF8}}, {{auth: trust}}]
postgresql:
  listen: 127.0.0.1:{port}
  connect_address: 127.0.0.1:{port}
  data_dir: {folder}/data-{name}
  bin_dir: {bin}
  pgpass: {folder}/pgpass-{name}
  pg_hba: [local all all trust, host all all 127.0.0.1/32 trust, host replication all 127.0.0.1/32 trust]
  authentication:
    superuser: {{username: postgres}}
    replication: {{username: replicator}}
    rewind: {{username: rewinder}}
  parameters: {{unix_socket_directories: {folder}}}
"""

WRITER = """
import sys
from app import create_app
from app.extensions import db, end_session
from tests.factories import placed_order
app = create_app()
while True:
    try:
        with app.app_context():
            number = placed_order().number
            db.session.commit()
            print(number, flush=True)
            end_session()
    except Exception as error:
        print(type(error).__name__, file=sys.stderr, flush=True)
        import time; time.sleep(0.3)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    def __init__(self, folder: Path):
        self.folder = folder
        self.ports = {name: free_port() for name in MEMBERS}
        self.rest = {name: free_port() for name in (*MEMBERS, "voter")}
        self.rafts = {name: free_port() for name in (*MEMBERS, "voter")}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        for name in (*MEMBERS, "voter"):
            partners = [f"127.0.0.1:{port}" for other, port in self.rafts.items() if other != name]
            facts = {"name": name, "folder": folder, "bin": BIN, "rest": self.rest[name], "raft": self.rafts[name]}
            text = CONFIG.format(port=self.ports.get(name, 0), partners=partners, **facts)
            (folder / f"{name}.yml").write_text(text)
            os.chmod(folder / f"{name}.yml", 0o644)

    def start(self, name: str) -> None:
        log = open(self.folder / f"{name}.log", "ab")  # noqa: SIM115
        how = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        module = "patroni.raft_controller" if name == "voter" else "patroni.__main__"
        run = f"from {module} import main; main()"
        command = [PATRONI, "-c", run, str(self.folder / f"{name}.yml")]
        self.running[name] = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            start_new_session=True,
            **how,  # type: ignore[call-overload]
        )

    def kill(self, name: str) -> None:
        """As a machine that loses its power: Patroni and PostgreSQL at once."""
        pid_file = self.folder / f"data-{name}" / "postmaster.pid"
        postmaster = int(pid_file.read_text().split()[0]) if pid_file.exists() else 0
        self.running.pop(name).kill()
        if postmaster:
            children = subprocess.run(["pgrep", "-P", str(postmaster)], capture_output=True, text=True).stdout.split()
            for pid in (postmaster, *map(int, children)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def end(self) -> None:
        for name in list(self.running):
            self.kill(name)

    def connect(self, database: str) -> psycopg.Connection:
        """To the leader."""
        where = f"host=127.0.0.1 port={self.ports[self.leader()]} user=postgres dbname={database}"
        return psycopg.connect(where, autocommit=True)

    def leader(self) -> str:
        for name, port in self.ports.items():
            try:
                with psycopg.connect(f"host=127.0.0.1 port={port} user=postgres connect_timeout=2") as connection:
                    if not connection.execute("SELECT pg_is_in_recovery()").fetchone()[0]:  # type: ignore[index]
                        return name
            except psycopg.Error:
                continue
        return ""

    def has_synchronous_standby(self) -> bool:
        """Patroni's word counts, not PostgreSQL's: only who stands in its notes may take over."""
        return any(self.answers(name, "synchronous") for name in MEMBERS) and bool(self.leader())

    def answers(self, name: str, what: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.rest[name]}/{what}", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def url(self) -> str:
        ports = ",".join(map(str, self.ports.values()))
        hosts = ",".join("127.0.0.1" for _port in self.ports)
        return f"postgresql://postgres@/toonbank?host={hosts}&port={ports}&target_session_attrs=read-write&connect_timeout=3"


def wait_for(what: Callable[[], object], seconds: float = PATIENCE) -> float:
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        with suppress(psycopg.Error):
            if what():
                return time.monotonic() - began
        time.sleep(0.5)
    raise SystemExit(f"it did not come within {seconds:.0f} s: look at the logs")


# --- the trial ------------------------------------------------------------------------------------------------------


def run_trial(kills: int) -> int:
    """Answers how many orders were lost, or got a number that another one has."""
    folder = Path(tempfile.mkdtemp(prefix="toonbank-failover-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    folder.chmod(0o755)
    cluster = Cluster(folder)
    try:
        environ = make_shop(cluster)
        acknowledged = place_orders(cluster, environ, kills)
        with cluster.connect("toonbank") as connection:
            there = {row[0] for row in connection.execute("SELECT number FROM orders")}
        lost, doubled = {*acknowledged} - there, len(acknowledged) - len({*acknowledged})
        print(f"{len(acknowledged)} orders acknowledged, {len(lost)} lost, {doubled} numbers given twice")
        subprocess.run([*TOONBANK, "check"], env=environ)
        return len(lost) + doubled
    finally:
        cluster.end()
        if os.environ.get("KEEP") != "1":
            shutil.rmtree(folder, ignore_errors=True)


def make_shop(cluster: Cluster) -> dict[str, str]:
    """Start the cluster, and answer the environment of a shop in it."""
    for name in (*MEMBERS, "voter"):
        cluster.start(name)
    print(f"a leader after {wait_for(cluster.leader):.0f} s, ", end="", flush=True)
    print(f"a synchronous standby after {wait_for(cluster.has_synchronous_standby):.0f} s more")
    with cluster.connect("postgres") as connection:
        connection.execute("CREATE DATABASE toonbank")
    environ = os.environ | {"DATABASE_URL": cluster.url(), "TOONBANK_INSTANCE": str(cluster.folder / "instance")}
    subprocess.run([*TOONBANK, "init"], env=environ, check=True)
    return environ


def place_orders(cluster: Cluster, environ: dict[str, str], kills: int) -> list[str]:
    """Kill the leader again and again meanwhile; answers the numbers that were acknowledged."""
    orders = cluster.folder / "orders"
    with open(orders, "w") as out, open(cluster.folder / "errors", "w") as wrong:
        writer = subprocess.Popen([sys.executable, "-c", WRITER], env=environ, stdout=out, stderr=wrong)

    def count() -> int:
        return len(orders.read_text().split())

    try:
        for number in range(1, kills + 1):
            wait_for(cluster.has_synchronous_standby)
            wanted = count() + 20
            wait_for(lambda wanted=wanted: count() >= wanted)
            victim, seen = cluster.leader(), count()
            cluster.kill(victim)
            pause = wait_for(lambda seen=seen: count() > seen + 1)
            print(f"kill {number}, {victim}: {seen} acknowledged until then, the next after {pause:.0f} s", flush=True)
            cluster.start(victim)
        wait_for(cluster.has_synchronous_standby)
    finally:
        writer.terminate()
        writer.wait()
    return orders.read_text().split()


if __name__ == "__main__":
    sys.exit(1 if run_trial(int(sys.argv[1]) if len(sys.argv) > 1 else 3) else 0)
