"""No page, pop-up, mistake or conflict, in any corner of the program, says what only a machine would write.

The pages come from the routes: see `every_page`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.account.visiting import COOKIE, PATH
from app.extensions import db
from app.security import sessions
from tests.browser import every_page
from tests.browser.conftest import sign_in
from tests.browser.reading import Reading, fetch, read
from tests.databases import forget_connections, make_app, make_shop


@pytest.fixture(scope="module")
def new_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each test here starts from the shop with a record of every kind."""
    file = tmp_path_factory.mktemp("everything") / "new_shop.sqlite"
    make_shop(f"sqlite:///{file}")
    app = make_app(f"sqlite:///{file}")
    with app.app_context():
        every_page.plant_everything()
        db.session.commit()
    forget_connections(app)
    return file


OFF_THE_PAGE = """() => {
    const width = document.documentElement.clientWidth, off = [];
    if (document.documentElement.scrollWidth > width + 1) off.push('the page scrolls sideways');
    for (const box of document.querySelectorAll('main .table-wrap, main .rows-box'))
        if (box.scrollWidth > box.clientWidth + 1) off.push('a list scrolls sideways');
    for (const button of document.querySelectorAll('main .records :is(a, button)'))
        if (button.checkVisibility() && button.getBoundingClientRect().right > width + 1)
            off.push('off the page: ' + (button.innerText || button.ariaLabel));
    return [...new Set(off)].slice(0, 3);
}"""


class Reader:
    """Goes from page to page and keeps what is wrong."""

    def __init__(self, page: Page):
        self.page = page
        self.wrong: list[str] = []
        self.typed_on = 0

    def speak(self, language: str) -> None:
        self.page.context.add_cookies([{"name": "language", "value": language, "domain": "127.0.0.1", "path": "/"}])

    def look(self, path: str, *, status: int = 200) -> None:
        answer = self.page.goto(path, wait_until="domcontentloaded")
        assert answer is not None
        is_elsewhere = answer.request.redirected_from is not None and status == 200
        self.note(path, 303 if is_elsewhere else answer.status, read(self.page), status=status)

    def fetch(self, path: str) -> None:
        self.note(path, *fetch(self.page, path))

    def note(self, path: str, answered: int, reading: Reading, *, status: int = 200) -> None:
        if answered != status:
            self.wrong.append(f"{path}: answers {answered}; say in NO_PAGES if it is no page")
        self.wrong += [f"{path}: {fault}" for fault in reading.faults()]
        self.typed_on += reading.shows_what_was_typed

    def send(self, path: str, form: str) -> None:
        """Send the form of this page as it is, and read what comes back."""
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.evaluate(f"document.querySelector('{form}').submit()")
        self.note(f"{path}, sent", 200, read(self.page))

    def nothing_wrong(self) -> bool:
        assert not self.wrong, "\n".join(self.wrong)
        return True


@pytest.fixture
def reader(app: Flask, signed_in: Page, base_url: str) -> Reader:
    """Somebody who has signed in as the owner, and to My account as a customer."""
    with app.app_context():
        secret = sessions.begin_visit(every_page.shopper())
        db.session.commit()
    signed_in.context.add_cookies([{"name": COOKIE, "value": secret, "url": base_url + PATH}])
    return Reader(signed_in)


@pytest.fixture
def stranger(browser: Browser, base_url: str) -> Iterator[Reader]:
    """A browser in which nobody has signed in; what it is refused is no error here."""
    context = browser.new_context(base_url=base_url, locale="en-GB")
    yield Reader(context.new_page())
    context.close()


def test_every_page_speaks_to_people(app: Flask, reader: Reader):
    paths = every_page.pages(app)
    for path in paths:
        reader.look(path)

    assert reader.nothing_wrong()
    assert len(paths) > 150
    assert reader.typed_on > 60, "what people typed is to be seen on the pages"


def test_every_page_speaks_to_people_in_another_language(app: Flask, reader: Reader):
    reader.speak("de")
    for path in every_page.pages(app):
        reader.fetch(path)

    assert reader.nothing_wrong()


def test_no_list_runs_off_the_page_on_a_tablet(app: Flask, reader: Reader):
    """In the language with the longest words; what stands at the end of a row can be seen and pressed."""
    reader.speak("de")
    lists = [path for path in every_page.pages(app) if re.fullmatch(r"/admin/(?!static)\w+/", path)]
    tabs = {path.partition("?")[2]: path for path in every_page.pages(app) if "?tab=" in path}
    for path in [*lists, *tabs.values()]:
        reader.page.set_viewport_size({"width": 1360, "height": 900})
        reader.page.goto(path, wait_until="domcontentloaded")
        for width in (390, 768, 1024, 1280, 1360, 1400):
            reader.page.set_viewport_size({"width": width, "height": 900})
            reader.wrong += [f"{path} at {width} px: {off}" for off in reader.page.evaluate(OFF_THE_PAGE)]

    assert reader.nothing_wrong()
    assert len(lists) > 15
    assert len(tabs) > 5


def test_mistakes_and_conflicts_speak_to_people(app: Flask, reader: Reader):
    for path in every_page.pages(app):
        if path.startswith("/admin/") and ("/new/" in path or "/edit/" in path):
            reader.look(path)
            if reader.page.locator("[name=seen_version]").count():
                reader.page.evaluate("document.querySelector('[name=seen_version]').value = 'other'")
            reader.send(path, "#main form[method=post]")

    assert reader.nothing_wrong()


@pytest.mark.parametrize("language", ["en", "de"])
def test_strangers_and_errors_are_spoken_to(app: Flask, stranger: Reader, language: str):
    stranger.look("/nowhere", status=404)
    stranger.speak(language)
    for path in every_page.pages_for_anybody(app):
        stranger.look(path)
    for path in ("/nowhere", "/admin/nowhere", "/account/nowhere"):
        stranger.look(path, status=404)
    stranger.look("/account/sign-in/nowhere", status=410)
    stranger.speak("en")
    sign_in(app, stranger.page, "packer")
    stranger.speak(language)
    stranger.look("/admin/staff/", status=403)
    stranger.look("/admin/order/nowhere", status=404)

    assert stranger.nothing_wrong()
