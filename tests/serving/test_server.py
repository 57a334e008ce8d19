"""The real server against those who are slow, many, large, or say that they are somebody else."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from http.client import HTTPConnection
from itertools import count
from typing import Any

import pytest
from flask import Flask

from app.account.visiting import COOKIE
from app.pages.body_limits import WITH_FILES, largest_body_of
from app.security import sessions
from app.serving import channels, patience, server
from app.serving.server import make_server, take_port
from tests.clients import Client, Program
from tests.postbox import free_port

LARGE = 299_000_000


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """Where the application is served."""
    port = free_port()
    made = make_server(app, take_port("127.0.0.1", port), partial(largest_body_of, app))
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield port
    made.close()
    thread.join(timeout=10)


def asked(port: int, method: str, path: str, **how: Any) -> tuple[int, bytes]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, **how)
        answer = connection.getresponse()
        return answer.status, answer.read()


def begun(port: int, text: str) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=10)
    made.sendall(text.encode())
    return made


def is_shut(connection: socket.socket, within: float) -> bool:
    connection.settimeout(within)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


# --- slow ones -------------------------------------------------------------------------------------------------------


def test_many_half_requests_keep_nobody_waiting(port: int) -> None:
    with ExitStack() as half:
        for _number in range(130):
            half.enter_context(
                begun(port, "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx")
            )

        assert asked(port, "GET", "/sign-in")[0] == 200


def test_when_there_are_too_many_who_keeps_us_waiting_longest_goes(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 5)
    with ExitStack() as half:
        first, *others = [half.enter_context(begun(port, "GET / HTTP/1.1\r\n")) for _number in range(6)]

        assert is_shut(first, within=5)
        assert asked(port, "GET", "/sign-in")[0] == 200
        assert not is_shut(others[-1], within=0.1)


def test_whoever_asks_for_nothing_is_let_go(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "IDLE", 1)
    with begun(port, "") as silent:
        assert is_shut(silent, within=6)


@pytest.mark.parametrize(
    ("begin", "drip", "constant"),
    [
        ("GET /sign-in HTTP/1.1\r\nHost: localhost\r\n", "X-Drip: 1\r\n", "HEADERS"),
        ("POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n", "x", "GRACE"),
    ],
)
def test_a_drip_is_no_sign_of_life(
    port: int, monkeypatch: pytest.MonkeyPatch, begin: str, drip: str, constant: str
) -> None:
    monkeypatch.setattr(channels if constant == "HEADERS" else patience, constant, 1)
    with begun(port, begin) as slow:
        until = time.monotonic() + 8
        while time.monotonic() < until and not is_shut(slow, within=0.3):
            with pytest.MonkeyPatch.context():
                try:
                    slow.sendall(drip.encode())
                except OSError:
                    break

        assert time.monotonic() < until


def test_who_is_quick_enough_may_send_for_long(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "GRACE", 0.5)
    monkeypatch.setattr(patience, "SLOWEST", 100)
    body = b"email=" + b"x" * 2000
    with begun(port, f"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n") as steady:
        for start in range(0, len(body), 400):
            steady.sendall(body[start : start + 400])
            time.sleep(0.4)

        assert steady.recv(100).startswith(b"HTTP/1.1 400")  # no token


def test_who_does_not_read_an_answer_is_let_go(app: Flask, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """And holds none of the threads meanwhile."""
    monkeypatch.setattr(patience, "GRACE", 1)
    large = app.response_class(b"x" * 20_000_000)
    monkeypatch.setitem(app.view_functions, "health.ready", lambda: large)
    with ExitStack() as slow:
        readers = [slow.enter_context(begun(port, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")) for _number in range(12)]

        assert asked(port, "GET", "/sign-in")[0] == 200
        time.sleep(4)
        taken = 0
        readers[0].settimeout(5)
        try:
            while piece := readers[0].recv(2**20):
                taken += len(piece)
        except OSError:
            pass
        assert taken < 20_000_000


def test_health_is_told_while_all_threads_are_busy(app: Flask, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, begun_all = threading.Event(), threading.Semaphore(0)

    def busy() -> str:
        begun_all.release()
        go_on.wait(timeout=20)
        return "done"

    monkeypatch.setitem(app.view_functions, "health.ready", busy)
    with ExitStack() as waiting:
        for _number in range(server.THREADS):
            waiting.enter_context(begun(port, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"))
        for _number in range(server.THREADS):
            assert begun_all.acquire(timeout=10)

        assert asked(port, "GET", "/healthz") == (200, b"alive\n")
        assert asked(port, "HEAD", "/healthz") == (200, b"")
        go_on.set()


# --- large ones ------------------------------------------------------------------------------------------------------


def upload(port: int, path: str, size: int, *headers: str) -> bytes:
    """What is answered to whoever has said how much they send, and begins to."""
    said = "".join(f"{header}\r\n" for header in headers)
    start = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n{said}\r\n"
    with begun(port, start) as connection:
        connection.settimeout(2)
        try:
            connection.sendall(b"x" * min(size - 1, 100_000))
            return connection.recv(100)
        except TimeoutError:
            return b"read on"


ANYWHERE = [
    "/sign-in",
    "/account/sign-in/",
    "/admin/imports/upload",
    "/api/orders",
    "/hooks/woocommerce/key",
    "/nowhere",
]


@pytest.mark.parametrize("path", ANYWHERE)
def test_nobody_who_is_not_let_in_may_send_much(port: int, path: str) -> None:
    for size in (LARGE, 3_000_000):
        assert upload(port, path, size, "Expect: 100-continue").startswith(b"HTTP/1.1 413"), path


def test_who_goes_on_sending_after_the_refusal_is_cut_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "LINGERING", 1)
    with begun(port, f"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: {LARGE}\r\n\r\n") as sender:
        is_cut_off, until = False, time.monotonic() + 8
        while not is_cut_off and time.monotonic() < until:
            try:
                sender.sendall(b"x" * 100)
            except OSError:
                is_cut_off = True
            time.sleep(0.2)

    assert is_cut_off


def test_neither_without_saying_how_much(port: int) -> None:
    with begun(port, "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n") as connection:
        for _number in range(5):
            connection.sendall(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")

        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_who_is_let_in_may_where_files_are_sent(port: int, client: Client, program: Program, in_app: Any) -> None:
    with in_app():
        question = "/account/question/1"  # whether there is one, the application says when it has read it
        visit = sessions.begin_visit("femke@example.org")
    session = client.get_cookie("session")
    assert session is not None
    staff, customer = f"Cookie: session={session.value}", f"Cookie: {COOKIE}={visit}"
    key = f"Authorization: Bearer {program.key}"

    assert upload(port, "/admin/imports/upload", WITH_FILES, staff) == b"read on"
    assert upload(port, "/admin/imports/upload", WITH_FILES, staff, "Expect: 100-continue").startswith(b"HTTP/1.1 100")
    assert upload(port, question, WITH_FILES, customer) == b"read on"
    assert upload(port, "/api/orders", 4_000_000, key) == b"read on"
    for path, size, who in [
        ("/admin/imports/upload", LARGE, staff),
        ("/password/", WITH_FILES, staff),
        ("/admin/imports/upload", WITH_FILES, customer),
        (question, WITH_FILES, staff),
        ("/api/orders", WITH_FILES, key),
        ("/admin/imports/upload", WITH_FILES, key),
    ]:
        assert upload(port, path, size, who).startswith(b"HTTP/1.1 413"), (path, size, who)


def test_a_signed_out_cookie_lets_nobody_send_much(port: int, client: Client) -> None:
    session = client.get_cookie("session")
    assert session is not None
    client.post("/sign-out")

    assert upload(port, "/admin/imports/upload", WITH_FILES, f"Cookie: session={session.value}").startswith(
        b"HTTP/1.1 413"
    )


def test_the_answer_arrives_although_everything_is_sent_first(port: int) -> None:
    assert asked(port, "POST", "/sign-in", body=b"x" * 30_000_000)[0] == 413


HIDDEN = "GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n"
UNSURE = {
    "two lengths": "Content-Length: 5\r\nContent-Length: 50",
    "a length and chunks": f"Content-Length: {len(HIDDEN) + 5}\r\nTransfer-Encoding: chunked",
    "a coding that nobody has": "Transfer-Encoding: xchunked",
    "chunks, badly said": "Transfer-Encoding : chunked",
    "chunks of a version that has none": "Transfer-Encoding: chunked",
    "two codings": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "a length with a sign": "Content-Length: +5",
    "a length below nothing": "Content-Length: -1",
}


@pytest.mark.parametrize("said", UNSURE.values(), ids=UNSURE)
def test_where_it_is_not_sure_where_a_request_ends_nothing_is_taken_for_another_one(port: int, said: str) -> None:
    """Otherwise somebody could hide a request in the body of theirs, which a proxy took for another one's."""
    version = "1.0\r\nConnection: keep-alive" if said == "Transfer-Encoding: chunked" else "1.1"
    head = f"POST /preferences/ HTTP/{version}\r\nHost: localhost\r\n{said}\r\n\r\n"
    with closing(begun(port, f"{head}0\r\n\r\n{HIDDEN}")) as connection:
        connection.settimeout(10)
        answer = b"".join(iter(partial(receive, connection), b""))

    assert re.findall(rb"HTTP/1\.[01] (\d+)", answer) in ([b"400"], [b"501"])


def receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except (TimeoutError, ConnectionResetError):
        return b""


def test_headers_have_a_limit(port: int) -> None:
    assert asked(port, "GET", "/sign-in", headers={"X-Long": "x" * 70_000})[0] == 431


# --- somebody else ---------------------------------------------------------------------------------------------------


@pytest.fixture
def ask(port: int, anonymous: Client) -> Callable[..., int]:
    """Asking for a link to My account, through the server; the status that it is answered with."""
    form = f"csrf_token={anonymous.csrf_token()}&email="
    cookie = anonymous.get_cookie("session")
    assert cookie is not None
    kept = {"Cookie": f"session={cookie.value}", "Content-Type": "application/x-www-form-urlencoded"}
    emails = (f"somebody{number}@example.org" for number in count())

    def send(**headers: str) -> int:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return asked(port, "POST", "/account/sign-in/", body=form + next(emails), headers={**kept, **said})[0]

    return send


def test_nobody_is_believed_who_says_that_they_are_somebody_else(ask: Callable[..., int]) -> None:
    answers = [ask(X_Forwarded_For=f"198.51.100.{number}") for number in range(11)]

    assert answers == [200] * 10 + [429]


def test_behind_a_proxy_each_client_counts_by_itself(
    app: Flask, ask: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    believe(app, monkeypatch, "127.0.0.1")
    spoofed = [ask(X_Forwarded_For=f"203.0.113.{number}, 198.51.100.1") for number in range(11)]

    assert spoofed == [200] * 10 + [429]  # only what the proxy itself added counts
    assert ask(X_Forwarded_For="198.51.100.2") == 200
    assert ask(X_Forwarded_For="2001:db8:1:2::1") == 200


def test_a_proxy_elsewhere_is_not_believed(
    app: Flask, ask: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    believe(app, monkeypatch, "198.51.100.0/24")

    assert [ask(X_Forwarded_For=f"203.0.113.{number}") for number in range(11)][-1] == 429


def believe(app: Flask, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """The application behind the server, as it is made with TOONBANK_PROXY."""
    from app.config import count_proxies, proxy_networks
    from app.serving.callers import BelievedProxies

    monkeypatch.setenv("TOONBANK_PROXY", proxy)
    monkeypatch.setattr(app, "wsgi_app", BelievedProxies(app.wsgi_app, proxy_networks(), count_proxies()))
