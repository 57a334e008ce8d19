"""By which names we are called, and that nothing leads where a request says."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from app import create_app
from app.config import ROOT, count_proxies, networks_in, proxy_networks
from app.errors import CannotStart
from app.extensions import db
from app.serving.callers import BelievedProxies
from tests.clients import Caller, Client, Program
from tests.databases import forget_connections

OURS = ["localhost", "localhost:8000", "127.0.0.1:9", "[::1]", "[::1]:8000", "desk.example.com", "DESK.example.com:443"]
OURS += ["desk.lan", "10.1.2.3"]
OTHERS = ["evil.example", "localhost.evil.example", "desk.example.com.evil.example", "127.0.0.2", "10.1.2.4", "[::2]"]
OTHERS += ["[::1].evil.example", "evil.example:8000", "desk.example.com@evil.example", "a b", "localhost:x", ""]
OTHERS += ["x" * 64, "x" * 6000, "a..b", "\xe9", "["]  # that are no names at all


@pytest.fixture
def named(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", "https://desk.example.com")
    monkeypatch.setitem(app.config, "HOSTS", ["desk.lan", "10.1.2.3"])


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/account/", "/api/openapi.json", "/static/toonbank.css", "/nothing"]
)
@pytest.mark.usefixtures("named")
def test_only_who_calls_us_by_one_of_our_names_is_answered(anonymous: Client, path: str) -> None:
    for host in OURS:
        assert anonymous.get(path, headers={"Host": host}).status_code != 400, host
    for host in OTHERS:
        assert anonymous.get(path, headers={"Host": host}).status_code == 400, host


def test_without_a_name_of_our_own_only_this_machine_is_answered(anonymous: Client) -> None:
    assert anonymous.get("/sign-in", headers={"Host": "desk.example.com"}).status_code == 400
    refused = anonymous.get("/sign-in", headers={"Host": "evil.example"})
    assert "TOONBANK_ADDRESS" in refused.text
    assert "evil.example" not in refused.text


def test_programs_are_refused_as_well(program: Program) -> None:
    assert program.get("/api/orders", headers={"Host": "evil.example"}).status_code == 400


def test_whoever_watches_us_may_call_us_anything(anonymous: Client) -> None:
    for path in ("/healthz", "/readyz"):
        assert anonymous.get(path, headers={"Host": "10.9.8.7:8000"}).status_code == 200


# --- proxies --------------------------------------------------------------------------------------------------------


def seen(proxy: str, address: str, monkeypatch: pytest.MonkeyPatch, count: str = "", **headers: str) -> str:
    """Who is calling, and by which name, to an application that stands behind this."""
    monkeypatch.setenv("TOONBANK_PROXY", proxy)
    monkeypatch.setenv("TOONBANK_PROXIES", count)

    def tell(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [f"{environ['wsgi.url_scheme']} {environ['HTTP_HOST']} {environ['REMOTE_ADDR']}".encode()]

    said = {f"X-Forwarded-{name}": value for name, value in headers.items()}
    environ = create_environ(headers=said, environ_overrides={"REMOTE_ADDR": address})
    answer, _status, _headers = run_wsgi_app(BelievedProxies(tell, proxy_networks(), count_proxies()), environ)
    return b"".join(answer).decode()


HEADERS = {"For": "192.0.2.9, 198.51.100.1", "Proto": "https", "Host": "desk.example.com"}
DIRECT, THROUGH = "http localhost {}", "https desk.example.com 198.51.100.1"


def test_whom_we_believe(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen("", "127.0.0.1", monkeypatch, **HEADERS) == DIRECT.format("127.0.0.1")
    assert seen("127.0.0.1", "127.0.0.1", monkeypatch, **HEADERS) == THROUGH
    assert seen("10.0.0.0/8, fd00::/8", "10.1.1.1", monkeypatch, **HEADERS) == THROUGH
    assert seen("10.0.0.0/8", "::ffff:10.1.1.1", monkeypatch, **HEADERS) == THROUGH
    assert seen("10.0.0.0/8", "198.51.100.7", monkeypatch, **HEADERS) == DIRECT.format("198.51.100.7")
    assert seen("", "127.0.0.1", monkeypatch, count="1", **HEADERS) == THROUGH
    assert seen("", "198.51.100.7", monkeypatch, count="1", **HEADERS) == DIRECT.format("198.51.100.7")
    assert seen(
        "127.0.0.1", "127.0.0.1", monkeypatch, count="2", **{**HEADERS, "Proto": "https,http", "Host": "a,b"}
    ) == ("https a 192.0.2.9")
    assert seen("127.0.0.1", "", monkeypatch, **HEADERS) == DIRECT.format("")


def test_in_containers_the_network_that_they_share_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server on the host reaches them through the gateway of that network, and not from 127.0.0.1."""
    compose = (ROOT / "deploy" / "container" / "compose.yaml").read_text()
    said = dict(re.findall(r"^    (TOONBANK_PROX\w+): \"?([^\"\n]*)", compose, re.MULTILINE))
    (subnet,) = re.findall(r"subnet: ([\d./]+)", compose) or ["172.18.0.0/16"]
    gateway = str(next(ip_network(subnet).hosts()))

    proxy, count = said.get("TOONBANK_PROXY", ""), said.get("TOONBANK_PROXIES", "")
    assert seen(proxy, gateway, monkeypatch, count=count, **HEADERS) == THROUGH


def test_what_is_no_network_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOONBANK_PROXY", "10.0.0.1/8")
    with pytest.raises(CannotStart, match=r"TOONBANK_PROXY: 10\.0\.0\.1/8 has host bits set"):
        networks_in("TOONBANK_PROXY")


# --- cookies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "is_safe"),
    [
        ({}, False),
        ({"TOONBANK_HTTPS": "1"}, True),
        ({"TOONBANK_ADDRESS": "https://localhost"}, True),
        ({"TOONBANK_ADDRESS": "https://localhost", "TOONBANK_HTTPS": "0"}, False),
        ({"TOONBANK_ADDRESS": "http://localhost"}, False),
    ],
)
def test_over_https_cookies_are_the_hosts_own(
    app: Flask, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], is_safe: bool
) -> None:
    from app.account.visiting import let_in
    from app.admin_views.browsers import keep_mark
    from app.pages.preferences import remember

    for name in ("TOONBANK_HTTPS", "TOONBANK_ADDRESS"):
        monkeypatch.setenv(name, variables.get(name, ""))
    made = create_app({"SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"], "TESTING": True})
    made.test_client_class = Caller
    browser = made.test_client()
    cookies = browser.get("/sign-in").headers.getlist("Set-Cookie")
    cookies += browser.get("/account/sign-in/").headers.getlist("Set-Cookie")
    with made.test_request_context():
        for set_one in (let_in, keep_mark):
            cookies += set_one(made.response_class(), "femke@example.org").headers.getlist("Set-Cookie")
        picked = made.response_class()
        for name in ("theme", "language"):
            remember(picked, name, "de")
        picks = picked.headers.getlist("Set-Cookie")
        db.session.rollback()
    forget_connections(made)

    names = {"session", "account", "known", "browser", "theme", "language"}
    assert {cookie.partition("=")[0] for cookie in cookies + picks} == (
        {f"__Host-{name}" for name in names} if is_safe else names
    )
    for cookie in cookies + picks:
        assert ("HttpOnly" in cookie) is (cookie not in picks)  # a script sets the theme, too
        assert "SameSite=Lax" in cookie
        assert ("Secure" in cookie) is is_safe
        assert "Domain" not in cookie
        assert not is_safe or "Path=/;" in f"{cookie};"
