"""A desk of the story: Toonbank as real processes on a database of its own, its staff, and how it is killed.

Staff work through HTTP, with a key of a program. What was asked and never answered is asked again with the same
Idempotency-Key, as a good program does, so that everything that is meant to be done is done once.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app import queries
from app.actions.api_keys import create_key
from app.columns import now
from app.connections.managing import begin_pulls
from app.encryption.sealed import Sealed
from app.extensions import db
from app.history import SYSTEM
from app.models import Arrival, Connection, Fate, MailState, OutgoingMail, Pull, PullKind, ShopWrite, ShopWriteState
from app.security.rights import GROUPS
from tests.databases import Database, forget_connections
from tests.factories import new_connection
from tests.postbox import Postbox, free_port

ROOT = Path(__file__).resolve().parents[2]
TOONBANK = (sys.executable, "-m", "flask", "--app", "wsgi", "toonbank")
#: Seconds that a process has to start, on a machine where much else runs.
PATIENCE = 90


@dataclass
class Deed:
    """Something that staff wanted done to an order, and what became of it."""

    number: str  # of the order here
    external_id: str
    action: str
    body: dict[str, str]
    token: str  # stands in what is said, so that it is found in the shop
    result: str = ""  # "" not answered yet, "done", "refused"
    said: str = ""


@dataclass
class Desk:
    name: str
    database: Database
    folder: Path
    postbox: Postbox
    workers: int = 0  # beside the one within its web server
    port: int = field(default_factory=free_port)
    key: str = ""
    deeds: list[Deed] = field(default_factory=list)
    deaths: int = 0
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)  # answers that no desk may give

    # --- set up ---

    def set_up(self) -> None:
        """A new shop that mails to the postbox, and a key for everything."""
        self.database.renew()
        self.folder.mkdir()
        with self.open():
            self.postbox.connect(queries.shop())
            _token, self.key = create_key("Staff", rights=["read", *GROUPS], by=SYSTEM)

    def connect(self, source: str, address: str, secrets: dict[str, str], **stated: object) -> Connection:
        """A shop that is read by its API from now on."""
        with self.open():
            made = new_connection(source, address=address, credentials=Sealed.of(secrets), **stated)
            made.key, made.secret = f"{self.name}-{source}", "the-secret"
            db.session.add(made)
            db.session.flush()
            begin_pulls(made)
        return made

    @contextmanager
    def open(self) -> Iterator[None]:
        """Its database, as it is now."""
        with self.database.app.app_context():
            yield
            db.session.commit()

    @property
    def environment(self) -> dict[str, str]:
        config = self.database.app.config
        return {
            **os.environ,
            "TOONBANK_INSTANCE": str(self.folder),
            "TOONBANK_ADDRESS": self.address,
            "TOONBANK_CREDENTIALS_KEY": config["CREDENTIALS_KEY"],
            "DATABASE_URL": str(config["SQLALCHEMY_DATABASE_URI"]),
        }

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # --- its processes ---

    @property
    def processes(self) -> int:
        return 1 + self.workers

    def start(self) -> None:
        """What does not run: the web server with its worker, and workers of their own."""
        commands = {"serve": ("serve", "--port", str(self.port))}
        commands |= {f"worker {number}": ("worker",) for number in range(self.workers)}
        for name, command in commands.items():
            if name not in self.running:
                self.running[name] = self.begin(*command)

    def begin(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [*TOONBANK, *command], env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def wait_until_it_serves(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.1)
        raise TimeoutError(f"{self.name} did not start: {self.log()[-2000:]}")

    def kill(self, name: str) -> None:
        """Without a word, whatever it is at."""
        process = self.running.pop(name, None)
        if process is not None:
            self.deaths += 1
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)
        forget_connections(self.database.app)

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    # --- its staff ---

    def do(self, deed: Deed) -> None:
        """Ask for it; what is not answered is asked again by `ask_again`."""
        self.deeds.append(deed)
        self.ask(deed)

    def ask_again(self) -> int:
        """Whatever has no answer; answers how much still has none."""
        for deed in self.unanswered():
            self.ask(deed)
        return len(self.unanswered())

    def unanswered(self) -> list[Deed]:
        return [one for one in self.deeds if not one.result]

    def ask(self, deed: Deed) -> None:
        try:
            status, answer = self.post(f"/api/orders/{deed.number}/actions/{deed.action}", deed.body, once=deed.token)
        except (OSError, HTTPException):  # it is dead, or died before it answered
            return
        if status == 200:
            deed.result = "done"
        elif status == 409:
            deed.result, deed.said = "refused", str(answer.get("detail"))
        elif status != 503:
            deed.result = "refused"
            self.troubles.append(f"{deed.action} on {deed.number}: {status} {answer}")

    def post(self, path: str, body: dict[str, str], *, once: str) -> tuple[int, dict[str, object]]:
        line = HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"{self.name} {once}",
        }
        try:
            line.request("POST", path, json.dumps(body), headers)
            answer = line.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text.startswith(b"{") else {"detail": text[:200].decode()}
        finally:
            line.close()

    # --- time ---

    def hurry(self, *, kinds: Sequence[PullKind] = (PullKind.POLL, PullKind.WEBHOOKS)) -> None:
        """Let time pass: what waits for its turn has it now. What a worker has in hand is left alone."""
        at = now()
        waiting: list[object] = [
            update(Pull)
            .where(Pull.kind.in_(kinds) | Pull.trouble.is_not(None), Pull.leased_until.is_(None))
            .values(due_at=at),
            update(Connection).values(tell_after=None),
            update(ShopWrite)
            .where(ShopWrite.state == ShopWriteState.WAITING, ShopWrite.leased_until.is_(None))
            .values(due_at=at),
            update(OutgoingMail)
            .where(OutgoingMail.state == MailState.QUEUED, OutgoingMail.leased_until.is_(None))
            .values(due_at=at),
            update(Arrival).where(Arrival.result == Fate.HINTED, Arrival.leased_until.is_(None)).values(due_at=at),
        ]
        with suppress(OperationalError), self.open():  # somebody writes: the next time
            for statement in waiting:
                db.session.execute(statement)  # type: ignore[call-overload]

    def hurry_what_failed(self) -> None:
        """Only what is tried again after a pause."""
        self.hurry(kinds=())


def amount(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
