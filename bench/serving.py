"""A server that is measured: its program with all processes below it, and a browser of it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

#: Seconds until a server has to answer; the machine may be busy.
STARTS_WITHIN = 180
TICK = os.sysconf("SC_CLK_TCK")


class Served:
    """A program that serves HTTP on a port of its own, until stopped; `said` is what it printed."""

    def __init__(self, command: Iterable[str], port: int, log: Path, says: str, **environment: str):
        self.port, self.log = port, log
        with log.open("w") as told:
            self.process = subprocess.Popen(
                list(command), stdout=told, stderr=told, env={**os.environ, **environment}, start_new_session=True
            )
        self.wait(says)

    def wait(self, says: str) -> None:
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                if says in self.said():
                    return
            time.sleep(0.2)
        raise SystemExit(f"The server didn't start:\n{self.said()}")

    def said(self) -> str:
        return self.log.read_text()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)

    def processes(self) -> list[int]:
        """The program and all below it."""
        known = [self.process.pid]
        for pid in known:
            with suppress(OSError):
                for thread in Path(f"/proc/{pid}/task").iterdir():
                    known += map(int, (thread / "children").read_text().split())
        return known

    def cpu_ms(self) -> float:
        """What all of its threads that live have computed, to the microsecond."""
        total = 0
        for pid in self.processes():
            with suppress(OSError):
                for thread in Path(f"/proc/{pid}/task").iterdir():
                    total += int((thread / "schedstat").read_text().split()[0])
        return total / 1_000_000

    def whole_cpu_seconds(self) -> float:
        """The same to the hundredth of a second, with the threads and processes that ended."""
        total = 0
        for pid in self.processes():
            with suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                total += sum(map(int, fields[11:15]))
        return total / TICK

    def memory(self) -> tuple[int, int]:
        """Processes, and megabytes in all: what they share is counted once among them."""
        sizes = []
        for pid in self.processes():
            with suppress(OSError):
                found = re.search(r"Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())
                sizes.append(int(found[1]) if found else 0)
        return len(sizes), sum(sizes) // 1000


class Browser:
    """Keeps its connection and its cookies."""

    def __init__(self, port: int, cookies: Mapping[str, str] = {}):
        self.port, self.cookies = port, dict(cookies)
        self.connection = HTTPConnection("127.0.0.1", port, timeout=600)
        self.status, self.sent_to = 0, ""

    def get(self, path: str) -> bytes:
        return self.ask("GET", path)

    def post(self, path: str, form_at: str, **fields: str | list[str]) -> bytes:
        """Press a button of the form at that page: with the tokens that it carries."""
        page = self.get(form_at).decode()
        tokens = dict(re.findall(r'name="(csrf_token|form_token)" value="([^"]+)"', page))
        return self.ask("POST", path, urlencode({**tokens, **fields}, doseq=True))

    def ask(self, method: str, path: str, body: str | None = None) -> bytes:
        said = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            said |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"http://127.0.0.1:{self.port}/"}
        for again in (True, False):
            try:
                self.connection.request(method, path, body, said)
                answer = self.connection.getresponse()
                content = answer.read()
                break
            except (HTTPException, OSError):  # it closed the connection meanwhile
                self.connection.close()
                if not again:
                    raise
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.status, self.sent_to = answer.status, answer.headers.get("Location", "")
        if answer.status >= 400:
            raise AssertionError(f"{method} {path}: {answer.status}\n{content[:2000].decode(errors='replace')}")
        return content


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port
