"""Two web processes and a worker behind one port: what they share, who dies, and how all of them end."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from sqlalchemy import select

from app import queries
from app.actions.api_keys import create_key
from app.extensions import db
from app.history import SYSTEM
from app.models import Order, SecurityEvent
from app.operations import processes
from app.operations.processes import LIVED_LONG, LONGEST_REST, Member, count_cores
from app.pages.throttle_counts import ThrottleCounts
from app.security.rights import GROUPS
from app.security.security_log import SecurityKind
from app.security.sessions import sign_in_link
from tests import postgresql
from tests.clients import somebody
from tests.databases import Database, Sqlite, forget_connections
from tests.postbox import free_port

ROOT = Path(__file__).parents[2]
TOKEN = "tok-8f0e7a1c5b3d9264"
WEB = 2

LINE = {"name": "Stoneware mug", "quantity": "1", "unit_price": "12.50", "vat_rate": "21"}
ADDRESS = {"name": "Femke Jansen", "street": "Markt 87", "postcode": "2611 GS", "city": "Delft", "country": "NL"}
ORDER = {
    "currency": "EUR",
    "customer": {"name": "Femke Jansen", "email": "femke@example.org"},
    "billing_address": ADDRESS,
    "lines": [LINE],
}


@dataclass
class Served:
    """A shop that is served by processes of its own, and a program that places orders there."""

    database: Database
    folder: Path
    port: int = field(default_factory=free_port)
    key: str = ""
    acknowledged: list[str] = field(default_factory=list)
    answers: set[int] = field(default_factory=set)
    enough: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        self.database.renew()
        with self.database.app.app_context():
            self.key = create_key("Program", rights=["read", *GROUPS], by=SYSTEM)[1]
            db.session.commit()
        forget_connections(self.database.app)
        config = self.database.app.config
        for name, content in (("secret_key", "SECRET_KEY"), ("password_salt", "SECURITY_PASSWORD_SALT")):
            (self.folder / name).write_text(config[content])
        environment = {
            **os.environ,
            "TOONBANK_INSTANCE": str(self.folder),
            "TOONBANK_METRICS_TOKEN": TOKEN,
            "TOONBANK_CREDENTIALS_KEY": config["CREDENTIALS_KEY"],
            "DATABASE_URL": str(config["SQLALCHEMY_DATABASE_URI"]),
        }
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "toonbank", "serve"]
        command += ["--port", str(self.port), "--processes", str(WEB)]
        with self.log.open("wb") as log:
            self.parent = subprocess.Popen(
                command, env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(lambda: self.ask("GET", "/readyz") == 200)

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def children(self) -> list[int]:
        """Those that serve, then the worker; who was started again comes last."""
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        pairs = [line.split() for line in listed.splitlines()]
        return sorted(int(pid) for pid, parent in pairs if int(parent) == self.parent.pid)

    @contextmanager
    def only(self, number: int) -> Iterator[None]:
        """The other one stands still, so that this one answers."""
        other = self.children()[1 - number]
        os.kill(other, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(other, signal.SIGCONT)

    def ask(self, method: str, path: str, body: dict[str, object] | None = None, **headers: str) -> int:
        """The status; 0 where nobody answers."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"} | headers
        try:
            line.request(method, path, json.dumps(body) if body else None, headers)
            answer = line.getresponse()
            self.text = answer.read().decode()
            return answer.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            line.close()

    def place_orders(self, name: str) -> None:
        """One after the other; what was not acknowledged is placed again, as a good program does."""
        number = 0
        while not self.enough.is_set():
            number += 1
            order = {**ORDER, "external_id": f"{name}-{number}"}
            while (status := self.ask("POST", "/api/orders", order)) not in (200, 201):
                self.answers.add(status)
                if self.enough.wait(0.2):
                    return
            self.acknowledged.append(f"{name}-{number}")

    def wait_for_more(self) -> None:
        more = len(self.acknowledged) + 4
        wait_until(lambda: len(self.acknowledged) >= more)


class Browser:
    def __init__(self, port: int):
        self.address = f"http://127.0.0.1:{port}"
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> tuple[int, str]:
        return self.open(Request(self.address + path))

    def post(self, path: str, **stated: str) -> tuple[int, str]:
        """The form of this page."""
        tokens = dict(re.findall(r'name="(csrf_token|form_token)"[^>]*?value="([^"]+)"', self.get(path)[1]))
        request = Request(self.address + path, urlencode({**tokens, **stated}).encode())
        request.add_header("Origin", self.address)
        return self.open(request)

    def open(self, request: Request) -> tuple[int, str]:
        try:
            with self.opener.open(request, timeout=40) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()


def wait_until(is_so: Callable[[], object], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.1)


@pytest.fixture
def served(database_kind: str, database_of_kind: Callable[[str], Database], tmp_path: Path) -> Iterator[Served]:
    if database_kind == "postgresql" and not postgresql.is_installed():
        pytest.skip("PostgreSQL is not installed")
    there = Served(database_of_kind(database_kind), tmp_path)
    try:
        there.start()
        yield there
    finally:
        there.enough.set()
        with suppress(ProcessLookupError):
            os.killpg(there.parent.pid, signal.SIGKILL)
        there.parent.wait()
        forget_connections(there.database.app)


@pytest.mark.each_database
def test_two_processes_are_one_to_whoever_asks(served: Served) -> None:
    """What is counted, who is signed in, what is set: whichever answers. Then some die, and all end."""
    for number in range(WEB):
        with served.only(number):
            asked = [Browser(served.port).post("/account/sign-in/", email="femke@example.org")[0] for _each in range(2)]
            assert asked == ([200, 200] if number == 0 else [200, 429])  # three each ten minutes

    with served.database.app.app_context():
        path = sign_in_link(somebody("owner"))
        db.session.commit()
    ann = Browser(served.port)
    with served.only(0):
        assert ann.post(path)[0] == 200
        assert "My shop" in ann.get("/admin/")[1]
    with served.database.app.app_context():
        queries.shop().name = "Mugs and more"
        db.session.commit()
    for number in range(WEB):
        with served.only(number):
            assert "Mugs and more" in ann.get("/admin/")[1]

    for number in range(WEB):
        with served.only(number):
            assert served.ask("GET", "/api/orders?limit=1") == 200
    for number in range(WEB):
        with served.only(number):
            assert served.ask("GET", "/metrics", Authorization=f"Bearer {TOKEN}") == 200
            assert 'toonbank_requests_total{method="GET",route="/api/orders",status="200"} 2.0' in served.text
            assert "toonbank_workers 1.0" in served.text

    assert_nothing_acknowledged_is_lost(served)
    if isinstance(served.database, Sqlite):
        assert_all_end(served)
    else:
        assert_the_others_end_without_their_parent(served)


def assert_nothing_acknowledged_is_lost(served: Served) -> None:
    programs = [threading.Thread(target=served.place_orders, args=(name,), daemon=True) for name in ("a", "b", "c")]
    for program in programs:
        program.start()
    served.wait_for_more()
    before = served.children()
    os.kill(before[0], signal.SIGKILL)
    served.wait_for_more()
    wait_until(lambda: len(served.children()) == WEB + 1)
    served.wait_for_more()
    os.kill(before[-1], signal.SIGKILL)  # the worker
    served.wait_for_more()
    wait_until(lambda: len(served.children()) == WEB + 1)
    served.enough.set()
    for program in programs:
        program.join(60)

    with served.database.app.app_context():
        placed = db.session.scalars(select(Order.external_id)).all()
    assert sorted(placed) == sorted(set(placed))
    assert set(served.acknowledged) <= set(placed)
    assert served.answers <= {0, 503}
    said = served.log.read_text()
    assert "web process 1 was killed by SIGKILL; it is started again in 1 s" in said
    assert "the worker was killed by SIGKILL; it is started again in 1 s" in said


def assert_all_end(served: Served) -> None:
    children = served.children()
    served.parent.terminate()

    assert served.parent.wait(timeout=30) == 0
    assert not [pid for pid in children if is_alive(pid)]
    assert served.ask("GET", "/healthz") == 0
    assert "Traceback" not in served.log.read_text()
    with served.database.app.app_context():
        throttled = select(SecurityEvent.times).where(SecurityEvent.kind == SecurityKind.THROTTLED)
        assert db.session.scalars(throttled).all() == [1]


def assert_the_others_end_without_their_parent(served: Served) -> None:
    children = served.children()
    served.parent.kill()
    served.parent.wait()

    wait_until(lambda: not [pid for pid in children if is_alive(pid)], 30)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with suppress(OSError):  # where nobody looks after orphans they stay listed
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


# --- in this process ------------------------------------------------------------------------------------------------


def test_who_dies_again_and_again_rests_for_longer() -> None:
    member = Member("web process 1", lambda _parent: None)

    assert [member.note_death(now=1) for _death in range(8)] == [1, 2, 4, 8, 16, 32, LONGEST_REST, LONGEST_REST]
    assert member.note_death(now=1 + LIVED_LONG) == 0
    assert member.note_death(now=1) == 2


@pytest.mark.parametrize(
    ("quota", "cores"), [("150000 100000", 2), ("max 100000", 4), ("50000 100000", 1), ("", 4), ("900000 100000", 4)]
)
def test_a_container_may_have_fewer_cores_than_the_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quota: str, cores: int
) -> None:
    monkeypatch.setattr(processes, "QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: range(4), raising=False)
    if quota:
        processes.QUOTA.write_text(quota)

    assert count_cores() == cores


def test_a_file_of_counts_that_fails_lets_nobody_guess_without_end(tmp_path: Path) -> None:
    counts = ThrottleCounts()
    counts.count_in(tmp_path / "counts", "secret")
    other = ThrottleCounts()
    other.count_in(tmp_path / "counts", "secret")
    assert [counts.incr("femke@example.org", 60), other.incr("femke@example.org", 60)] == [1, 2]
    assert counts.get("femke@example.org") == 2
    assert 0 < counts.get_expiry("femke@example.org") - time.time() <= 60
    assert b"femke" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())

    (tmp_path / "damaged").write_bytes(b"no database, and long enough to be seen as none" * 50)
    other.count_in(tmp_path / "damaged", "secret")

    assert [other.incr("femke@example.org", 60) for _each in range(2)] == [1, 2]


def test_what_was_counted_is_forgotten_in_time() -> None:
    counts = ThrottleCounts()
    counts.incr("a", 60)
    counts.incr("b", -1)
    assert (counts.get("a"), counts.get("b"), counts.get("c")) == (1, 0, 0)
    assert counts.incr("b", 60) == 1
    counts.clear("a")
    assert counts.get("a") == 0
    counts.reset()
    assert counts.get("b") == 0
