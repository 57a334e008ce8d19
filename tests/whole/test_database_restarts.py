"""PostgreSQL goes and comes back, and another one takes over, under a web server and a worker of their own: both go on,
and nothing said is lost. With Patroni, which decides who takes over: tools/failover.py.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from app import queries
from app.actions.api_keys import create_key
from app.extensions import db
from app.history import SYSTEM
from app.security.rights import GROUPS
from tests import postgresql
from tests.databases import forget_connections, make_app, make_shop
from tests.postbox import Postbox, free_port

#: Ends every connection but its own.
CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


@dataclass
class Installed:
    """A web server without a worker, a worker, and a program that places orders all the time."""

    server: postgresql.Server
    standby: postgresql.Server
    port: int
    key: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    answers: set[int] = field(default_factory=set)
    enough: threading.Event = field(default_factory=threading.Event)

    def begin(self, *command: str) -> None:
        toonbank = [sys.executable, "-m", "flask", "--app", "wsgi", "toonbank", *command]
        self.processes.append(
            subprocess.Popen(toonbank, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        )

    def ask(self, path: str, body: dict[str, object] | None = None) -> int:
        """The status; 0 where nobody answers."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            line.request("POST" if body else "GET", path, json.dumps(body) if body else None, headers)
            return line.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            line.close()

    def place_orders(self) -> None:
        """One after the other; what was not acknowledged is placed again, as a good program does."""
        number = 0
        while not self.enough.is_set():
            number += 1
            while (status := self.ask("/api/orders", order(f"one-{number}"))) not in (200, 201):
                self.answers.add(status)
                if self.enough.wait(0.3):
                    return
            self.acknowledged.append(f"one-{number}")
            self.enough.wait(0.2)

    def run_sql(self, statement: str) -> list[str]:
        engine = create_engine(
            self.server.url("postgres", self.standby), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            answer = connection.execute(text(statement))
            return [str(row[0]) for row in answer] if answer.returns_rows else []

    def wait_for_more(self) -> None:
        more = len(self.acknowledged) + 3
        wait_until(lambda: len(self.acknowledged) >= more)


def order(external_id: str) -> dict[str, object]:
    address = {"name": "Femke Jansen", "street": "Markt 87", "postcode": "2611 GS", "city": "Delft", "country": "NL"}
    line = {"name": "Stoneware mug", "quantity": "1", "unit_price": "12.50", "vat_rate": "21"}
    return {
        "external_id": external_id,
        "currency": "EUR",
        "customer": {"name": "Femke Jansen", "email": "femke@example.org"},
        "billing_address": address,
        "lines": [line],
    }


def follow_synchronously(installed: Installed) -> None:
    """From now on, what is acknowledged is in two places."""
    installed.standby.copy(installed.server)
    installed.standby.start()
    installed.run_sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
    installed.run_sql("SELECT pg_reload_conf()")
    wait_until(lambda: installed.run_sql("SELECT sync_state FROM pg_stat_replication") == ["sync"])


def wait_until(is_so: Callable[[], object], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.1)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postbox: Postbox) -> Iterator[Installed]:
    if not postgresql.is_installed():
        pytest.skip("PostgreSQL is not installed")
    with postgresql.server_of_its_own() as server, postgresql.server_of_its_own(is_standby=True) as standby:
        url = server.url("postgres", standby)
        monkeypatch.setenv("TOONBANK_INSTANCE", str(tmp_path))
        monkeypatch.setenv("DATABASE_URL", url)
        make_shop(url)
        app = make_app(url)
        with app.app_context():
            postbox.connect(queries.shop())
            _token, key = create_key("Program", rights=["read", *GROUPS], by=SYSTEM)
            db.session.commit()
        forget_connections(app)
        there = Installed(server, standby, free_port(), key)
        try:
            there.begin("serve", "--no-worker", "--port", str(there.port))
            there.begin("worker")
            wait_until(lambda: there.ask("/readyz") == 200)
            yield there
        finally:
            there.enough.set()
            for process in there.processes:
                process.kill()
                process.wait()


def test_server_and_worker_go_on_when_postgresql_restarts_or_cuts_them_off_or_another_takes_over(
    installed: Installed, postbox: Postbox
) -> None:
    program = threading.Thread(target=installed.place_orders, daemon=True)
    program.start()
    installed.wait_for_more()
    for how in ("fast", "immediate"):
        installed.server.stop(how)
        assert (installed.ask("/readyz"), installed.ask("/healthz")) == (503, 200)
        time.sleep(0.5)
        installed.server.start()
        wait_until(lambda: installed.ask("/readyz") == 200)
        installed.wait_for_more()
    installed.run_sql(CUT)
    installed.wait_for_more()
    follow_synchronously(installed)
    installed.wait_for_more()
    installed.server.kill()
    installed.standby.take_over()
    installed.wait_for_more()
    installed.enough.set()
    program.join(60)

    assert [process.poll() for process in installed.processes] == [None, None]
    assert installed.answers <= {503}  # nothing that says less than the truth, and no line that breaks
    there = installed.run_sql("SELECT external_id FROM orders")
    assert sorted(there) == sorted({*there})
    assert {*installed.acknowledged} <= {*there}
    wait_until(lambda: len(postbox.mails) >= len(there))
    assert len({mail["Message-ID"] for mail in postbox.mails}) == len(there)
    wait_until(lambda: installed.run_sql("SELECT count(*) FROM outgoing_mail WHERE state <> 'sent'") == ["0"])
