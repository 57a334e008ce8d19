"""A real HTTP server that stands for an outside shop, and the ways in which real ones fail.

    with WooShop() as shop:
        shop.fail_next(status(429, retry_after=2), times=2)
        shop.fail_next(answer_lost(), method="PUT", to="/orders/")
        shop.before_next(lambda: shop.add_order(), to="page=2")
        …
        assert [asked.path for asked in shop.requests] == […]

What fails is asked for beforehand and used up; whatever else is asked is answered as the shop would.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

#: A body that drips comes in pieces, so many seconds apart.
DRIP_EVERY = 0.1

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Asked:
    """A request as it came in; names of headers in small letters."""

    method: str
    target: str  # path and query, as written
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass
class Answer:
    """What goes back; a body that is no text is written as JSON."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def as_bytes(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)
        return b"" if self.status == 204 else text.encode()


# --- how it fails ---------------------------------------------------------------------------------------------------


class Way(StrEnum):
    """What goes wrong with an answer."""

    INSTEAD = "instead"  # another answer, and nothing is done
    SLOW = "slow"  # done and answered, later
    DRIPPING = "dripping"  # done; the answer never ends
    CUT_OFF = "cut off"  # done; half of the answer arrives
    ANSWER_LOST = "answer lost"  # done; nothing arrives
    NOT_TAKEN = "not taken"  # nothing is done, nothing arrives


@dataclass(frozen=True)
class Fault:
    way: Way
    answer: Answer | None = None
    seconds: float = 0


def status(number: int, *, retry_after: object = None, body: Any = "") -> Fault:
    """This status instead of an answer, with Retry-After (seconds, or a date) or without."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault(Way.INSTEAD, Answer(number, body, {"Content-Type": "text/html", **headers}))


def firewall(number: int = 403) -> Fault:
    """The page of something in front of the shop."""
    page = "<!DOCTYPE html><html><head><title>Attention Required!</title></head><body>Request blocked.</body></html>"
    return Fault(Way.INSTEAD, Answer(number, page, {"Content-Type": "text/html; charset=UTF-8"}))


def redirect(to: str, *, number: int = 301) -> Fault:
    return Fault(Way.INSTEAD, Answer(number, "", {"Content-Type": "text/html", "Location": to}))


def slow(seconds: float) -> Fault:
    return Fault(Way.SLOW, seconds=seconds)


def dripping() -> Fault:
    return Fault(Way.DRIPPING)


def cut_off() -> Fault:
    return Fault(Way.CUT_OFF)


def answer_lost() -> Fault:
    return Fault(Way.ANSWER_LOST)


def not_taken() -> Fault:
    return Fault(Way.NOT_TAKEN)


@dataclass
class Planned:
    """A fault or a happening that waits for the request that it is for."""

    what: Fault | Callable[[], object]
    to: str  # stands in path and query
    method: str  # "" any
    times: int

    def is_for(self, asked: Asked) -> bool:
        return self.times > 0 and self.to in asked.target and self.method in ("", asked.method)


# --- the server -----------------------------------------------------------------------------------------------------


class OutsideShop:
    """A server on a free port of this machine. A platform says in `answer` what is answered."""

    scheme = "http"

    def __init__(self, *, tls: ssl.SSLContext | None = None):
        self.requests: list[Asked] = []
        self.skew = timedelta(0)  # how wrong its clock goes
        self.fixed_now: datetime | None = None
        self.lock = threading.RLock()
        self.stopped = threading.Event()
        self._planned: list[Planned] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        if tls:
            self.scheme = "https"
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{self.scheme}://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Any:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    # its clock

    def now(self) -> datetime:
        """The moment on its clock, to the second."""
        return ((self.fixed_now or datetime.now(UTC)) + self.skew).replace(microsecond=0)

    # what is to happen

    def fail_next(self, fault: Fault, *, times: int = 1, to: str = "", method: str = "") -> None:
        """Let the next requests whose path and query contain `to` fail."""
        with self.lock:
            self._planned.append(Planned(fault, to, method, times))

    def before_next(self, happening: Callable[[], object], *, to: str = "", method: str = "") -> None:
        """Let something happen in the shop just before the next such request is answered."""
        with self.lock:
            self._planned.append(Planned(happening, to, method, 1))

    def mend(self) -> None:
        """Nothing that was asked for beforehand fails any more."""
        with self.lock:
            self._planned = [one for one in self._planned if not isinstance(one.what, Fault)]

    def forget_happenings(self) -> None:
        with self.lock:
            self._planned = [one for one in self._planned if isinstance(one.what, Fault)]

    def asked_for(self, part: str, *, method: str = "") -> list[Asked]:
        """The requests so far whose path and query contain this."""
        return [one for one in self.requests if part in one.target and method in ("", one.method)]

    def _take_fault(self, asked: Asked) -> Fault | None:
        for planned in [one for one in self._planned if one.is_for(asked)]:
            if isinstance(planned.what, Fault):
                planned.times -= 1
                return planned.what
        return None

    def _let_happen(self, asked: Asked) -> None:
        for planned in [one for one in self._planned if one.is_for(asked) and not isinstance(one.what, Fault)]:
            planned.times -= 1
            planned.what()

    def respond(self, asked: Asked) -> tuple[Answer | None, Fault | None]:
        with self.lock:
            self.requests.append(asked)
            self._let_happen(asked)
            fault = self._take_fault(asked)
            if fault and fault.way is Way.INSTEAD:
                return fault.answer, None
            if fault and fault.way is Way.NOT_TAKEN:
                return None, fault
            return self.answer(asked), fault


def _handler_of(shop: OutsideShop) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:  # whoever asked has left
                self.close_connection = True

        def take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer, fault = shop.respond(Asked(self.command, self.path, headers, body))
            way = fault.way if fault else None
            if fault and way is Way.SLOW:
                shop.stopped.wait(fault.seconds)
            if answer is None or way is Way.ANSWER_LOST:
                self.hang_up()
            else:
                self.write(answer, way)

        def write(self, answer: Answer, way: Way | None) -> None:
            body = answer.as_bytes()
            self.send_response_only(answer.status)
            headers = {"Date": format_datetime(shop.now(), usegmt=True), "Content-Type": "application/json"}
            for name, value in {**headers, **answer.headers}.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(body) + (1 << 20 if way is Way.DRIPPING else 0)))
            self.end_headers()
            if self.command == "HEAD":
                return
            self.wfile.write(body[: len(body) // 2] if way is Way.CUT_OFF else body)
            while way is Way.DRIPPING and not shop.stopped.wait(DRIP_EVERY):
                self.wfile.write(b" ")
            if way in (Way.CUT_OFF, Way.DRIPPING):
                self.hang_up()

        def hang_up(self) -> None:
            self.close_connection = True
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *args: Any) -> None: ...

    for method in METHODS:
        setattr(Handler, f"do_{method}", Handler.take)
    return Handler
