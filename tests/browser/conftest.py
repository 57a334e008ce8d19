"""Tests in a real browser: Chromium before a real server, on a new shop for each test.

A test fails on any error in the browser's console (breaches of the content security policy are among them), on any
failing script, and on any request to another host.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import waitress
from flask import Flask
from playwright.sync_api import BrowserContext, Error, Page
from werkzeug.wsgi import ClosingIterator

from app.extensions import db
from app.operations import worker
from app.security.sessions import sign_in_link
from tests import clients
from tests.browser.watching import watch
from tests.databases import Database, Sqlite
from tests.postbox import free_port

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


#: Under which the server is reached.
HOSTS = ("127.0.0.1", "localhost")


class Server:
    """One address for the whole run; behind it, the application of the test that is running."""

    def __init__(self) -> None:
        self.app: Flask | None = None
        self.answering = 0
        self.is_idle = threading.Condition()
        self.port = free_port()
        self.waitress = waitress.create_server(self.answer, host="127.0.0.1", port=self.port, threads=8)

    def answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self.is_idle:
            app = self.app
            if app is None:
                start_response("503 Service Unavailable", [])
                return []
            self.answering += 1
        try:
            return ClosingIterator(app(environ, start_response), self.leave)
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        with self.is_idle:
            self.answering -= 1
            self.is_idle.notify_all()

    def wait_until_idle(self) -> None:
        """Nothing of this test is left that could reach the next one's shop."""
        with self.is_idle:
            self.app = None
            assert self.is_idle.wait_for(lambda: not self.answering, timeout=30), "a request is not answered yet"

    def run(self) -> None:
        self.waitress.run()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.run, name="server", daemon=True).start()
    yield server
    server.waitress.close()


@pytest.fixture(scope="session")
def base_url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's own Chromium without its window, which costs a quarter less: nothing is downloaded."""
    return {**browser_type_launch_args, "executable_path": shutil.which("chromium-headless-shell"), "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    size = {"width": 1360, "height": 900}
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "Europe/Amsterdam", "viewport": size}


@pytest.fixture(scope="session")
def new_shop(database_of_kind: Callable[[str], Database]) -> Path:
    """The file that each test starts with."""
    return sqlite_of(database_of_kind).template


@pytest.fixture
def app(app: Flask, new_shop: Path, database_of_kind: Callable[[str], Database], server: Server) -> Iterator[Flask]:
    """The application behind the server."""
    sqlite_of(database_of_kind).put_back(new_shop)
    server.app = app
    yield app
    server.wait_until_idle()


def sqlite_of(database_of_kind: Callable[[str], Database]) -> Sqlite:
    database = database_of_kind("sqlite")
    assert isinstance(database, Sqlite)
    return database


@pytest.fixture
def live_worker(app: Flask) -> Iterator[None]:
    """The worker, as it runs beside the web server."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.run_worker, args=(app, stop), name="worker", daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join(timeout=30)
    assert not thread.is_alive(), "the worker did not stop"


@pytest.fixture(autouse=True)
def clean_page(app: Flask, context: BrowserContext, base_url: str) -> Iterator[None]:
    wrong = watch(context, base_url)
    yield
    assert not wrong, wrong


@pytest.fixture
def signed_in(app: Flask, page: Page) -> Page:
    """A page in which the owner has signed in."""
    return sign_in(app, page, "owner")


@pytest.fixture
def signed_in_page_as(app: Flask, page: Page) -> Callable[[str], Page]:
    return lambda role: sign_in(app, page, role)


def sign_in(app: Flask, page: Page, role: str) -> Page:
    """The cookie of somebody with this role, who has signed in without the page, which nothing was opened in yet."""
    cookie = clients.sign_in(app, role).get_cookie("session")
    assert cookie is not None
    page.context.add_cookies(
        [{"name": "session", "value": cookie.value, "domain": host, "path": "/", "httpOnly": True} for host in HOSTS]
    )
    return page


def sign_in_by_link(app: Flask, page: Page, role: str) -> Page:
    """As people do it, by a one-time link and its button."""
    with app.app_context():
        path = sign_in_link(clients.somebody(role))
        db.session.commit()
    page.goto(path)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/**")
    return page


@pytest.fixture
def assert_accessible() -> Callable[..., None]:
    return no_violations


def no_violations(page: Page, path: str | None = None, *, rules: Sequence[str] = (), within: str | None = None) -> None:
    """Axe finds nothing on the page, or on a part of it, by these of its rules, or by all. The status comes first:
    axe calls an error page nearly clean.
    """
    if path is not None:
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, f"{path} answers {response.status}"
    found = violations(page, rules, within)
    assert not found, [(v["id"], v["impact"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found]


#: A message that still fades in has the contrast of a ghost. What turns for ever can't be ended.
END_ANIMATIONS = "document.getAnimations().forEach(one => { try { one.finish() } catch { } })"


#: The rules of axe that ask about colours only, and the colours that they have passed in this run: what a text has of
#: its own, and all that lies below it. One that is written like a text that passed passes.
OF_COLOURS = ("color-contrast", "link-in-text-block")
PASSED: set[str] = set()
COLOURS = """within => {
    const grounds = new Map([[null, '']]), root = within ? document.querySelector(within) : document.body;
    const ground = element => {
        if (!grounds.has(element)) {
            const {backgroundColor, backgroundImage, opacity, filter, position} = getComputedStyle(element);
            const stands = position === 'static' ? '' : position;
            const own = [backgroundColor, backgroundImage, opacity, filter, stands].join(' ');
            const below = ground(element.parentElement);
            grounds.set(element, own === 'rgba(0, 0, 0, 0) none 1 none ' ? below : `${below}/${own}`);
        }
        return grounds.get(element);
    };
    const holdsText = one => [...one.childNodes].some(part => part.nodeType === 3 && part.data.trim());
    const isWritten = one => one.matches('input, select, textarea') || holdsText(one);
    const written = [...root.querySelectorAll('*')].filter(one => isWritten(one) && one.checkVisibility());
    return [...new Set(written.map(one => {
        const {color, fontSize, fontWeight, textDecorationLine, textShadow} = getComputedStyle(one);
        const around = one.localName === 'a' ? getComputedStyle(one.parentElement).color : '';
        return [color, fontSize, fontWeight, textDecorationLine, textShadow, around, ground(one)].join('|');
    }))];
}"""

#: Of rows of a list that are built alike - the same elements, classes and styles, texts where the other has some - axe
#: looks at two, once it has passed the colours of all; the ids are compared in all of them.
RUN_AXE = """async ([within, asked, folds]) => {
    const folded = [], seen = new Map();
    const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
    const twice = ids.filter((id, place) => ids.indexOf(id) !== place);
    const shape = node => node.nodeType === 3 ? (node.data.trim() && 'x') : node.nodeType !== 1 ? '' :
        `<${node.localName} ${[...node.attributes].map(({name, value}) =>
            ['class', 'style', 'role', 'type'].includes(name) || !value ? `${name}=${value}` : name).join(' ')}>` +
        [...node.childNodes].map(shape).join('') + '/';
    for (const row of folds ? document.querySelectorAll('tbody tr') : []) {
        const alike = shape(row), times = seen.get(alike) || 0;
        seen.set(alike, times + 1);
        if (times < 2 || row.contains(document.activeElement)) continue;
        folded.push([row, row.getAttribute('style')]);
        row.style.setProperty('display', 'none', 'important');
    }
    try {
        const {violations} = await axe.run(within || document, asked);
        const same = {id: 'id-twice', impact: 'serious', nodes: twice.map(html => ({html}))};
        return twice.length ? [...violations, same] : violations;
    } finally {
        for (const [row, style] of folded)
            style === null ? row.removeAttribute('style') : row.setAttribute('style', style);
    }
}"""


def violations(page: Page, rules: Sequence[str] = (), within: str | None = None) -> list[dict[str, Any]]:
    """What axe finds on the page at which the browser arrives, or within a part of it; one that is left while axe
    looks is passed over."""
    for is_last in (False, False, True):
        page.wait_for_load_state()
        try:
            page.evaluate(END_ANIMATIONS)
            if page.evaluate("!window.axe"):
                page.evaluate(AXE)  # through the browser's debugger, which the content security policy lets in
            colours = set(page.evaluate(COLOURS, within)) - PASSED
            asked = {
                "resultTypes": ["violations"],
                "preload": {"assets": ["media"]},  # the rule that wants all style sheets is off by default
                "rules": {} if colours else {rule: {"enabled": False} for rule in OF_COLOURS},
                **({"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}),
            }
            if not colours and rules and set(rules) <= set(OF_COLOURS):
                return []
            found = page.evaluate(RUN_AXE, [within, asked, not colours])
            PASSED.update(colours if not found and (not rules or set(rules) >= set(OF_COLOURS)) else ())
            return found
        except Error:
            if is_last:
                raise
    raise AssertionError
