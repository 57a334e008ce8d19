"""No page, pop-up, mistake or conflict, in any corner of the program, says what only a machine would write.

The pages come from the routes: see `every_page`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask import Flask
from lxml import html
from playwright.sync_api import Browser, Page

from app.account.visiting import COOKIE, PATH
from app.config import LANGUAGES
from app.extensions import db
from app.models import Return
from app.security import sessions
from tests.browser import every_page
from tests.browser.conftest import sign_in
from tests.browser.page_texts import PageTexts, left_in_english
from tests.browser.reading import Reading, read
from tests.clients import Client
from tests.clients import sign_in as sign_in_client
from tests.databases import forget_connections, make_app, new_sqlite_shop


@pytest.fixture(scope="module")
def new_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each test here starts from the shop with a record of every kind."""
    file = tmp_path_factory.mktemp("everything") / "new_shop.sqlite"
    shutil.copyfile(new_sqlite_shop(), file)
    app = make_app(f"sqlite:///{file}")
    with app.app_context():
        every_page.plant_everything()
        db.session.commit()
    forget_connections(app)
    return file


#: Phones, tablets, screens; at 2560 px a line is still read without turning the head.
WIDTHS = (320, 390, 600, 768, 820, 1024, 1180, 1360, 1920, 2560)
OFF_THE_PAGE = """() => {
    const width = document.documentElement.clientWidth, off = [];
    const seen = selector => [...document.querySelectorAll(selector)].filter(box => box.checkVisibility());
    if (document.documentElement.scrollWidth > width + 1) off.push('the page scrolls sideways');
    const boxes = 'main :is(.table-wrap:not(.wide-table), .card), .rows-box, .dialog-content';
    for (const box of seen(boxes))
        if (box.scrollWidth > box.clientWidth + 1) off.push('a part scrolls sideways: ' + box.className);
    for (const control of seen(':is(main, dialog[open]) :is(a, button, input, select, textarea)')) {
        const {left, right} = control.getBoundingClientRect();
        const heads = control.closest('thead > tr'), scrolls = heads && getComputedStyle(heads).overflowX === 'auto';
        const is_aside = scrolls || control.closest('.visually-hidden, .menu-panel, .wide-table, .tabs');
        if (!is_aside && (right > width + 1 || left < -1))
            off.push('off the page: ' + (control.innerText || control.ariaLabel || control.name));
    }
    for (const main of seen('main')) if (main.clientWidth > 1600) off.push('wider than 1600 px');
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

    def look_at_widths(self, path: str, *, widths: Sequence[int] = WIDTHS) -> None:
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.wrong += [f"{path} at {width} px: {off}" for off in self.page.evaluate(OFF_THE_PAGE)]

    def note(self, path: str, answered: int, reading: Reading, *, status: int = 200) -> None:
        if answered != status:
            self.wrong.append(f"{path}: answers {answered}; say in NO_PAGES if it is no page")
        self.wrong += [f"{path}: {fault}" for fault in reading.faults()]
        self.typed_on += reading.shows_what_was_typed

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


def test_every_page_speaks_to_people_and_none_runs_off_the_screen(app: Flask, reader: Reader):
    """In the language with the longest words, loaded once each; what stands at the end of a row can be pressed."""
    reader.speak("de")
    paths = every_page.pages(app)
    for path in paths:
        reader.look(path)
        is_pop_up = "/admin/order/" in path and path.count("/") > 3
        reader.look_at_widths(path, widths=(320, 768) if is_pop_up else WIDTHS)

    assert reader.nothing_wrong()
    assert len(paths) > 150
    assert reader.typed_on > 60, "what people typed is to be seen on the pages"


#: Pages about names that programs and files have.
ABOUT_NAMES = re.compile(
    r"/api/|/admin/(copies|reports|mail-texts|imports|arrivals|numbering|shipping-method|outside-shop|e-invoice-settings)/"
)


def ask_for(client: Client, path: str, form: dict[str, str] | None, language: str) -> PageTexts:
    """Without a browser, which is fast enough for all pages in every language."""
    client.set_cookie("language", language)
    answer = client.get(path) if form is None else client.post(path, data=form)
    assert answer.status_code in ((200,) if form is None else (200, 302, 409, 422)), f"{path}: {answer.status_code}"
    return PageTexts(answer.text)


@pytest.fixture
def reads(app: Flask) -> Client:
    """The owner, and a customer in My account."""
    client = sign_in_client(app, "owner")
    with app.app_context():
        secret = sessions.begin_visit(every_page.shopper())
        db.session.commit()
    client.set_cookie(COOKIE, secret, path=PATH)
    return client


#: A shop's own name of a tax, beside what it is to be called in each language.
AS_IT_CAME = ("/admin/own-words/", "not translated: VAT")


def is_as_it_came(path: str, fault: str) -> bool:
    return path.startswith(AS_IT_CAME[0]) and fault == AS_IT_CAME[1]


def faults_in_every_language(read: Callable[[str], PageTexts], path: str) -> list[str]:
    pages = {language: read(language) for language in LANGUAGES}
    found = [(code, fault) for code, page in pages.items() for fault in page.faults(may_name=is_about_names(path))]
    for code, page in pages.items():
        if code != "en":
            found += [
                (code, fault) for fault in left_in_english(page, pages["en"], code) if not is_as_it_came(path, fault)
            ]
    return [f"{path} ({code}): {fault}" for code, fault in found]


def is_about_names(path: str) -> bool:
    return bool(ABOUT_NAMES.match(path))


def test_every_page_is_in_the_language_that_was_chosen(app: Flask, reads: Client):
    wrong = []
    for path in every_page.pages(app):
        wrong += faults_in_every_language(partial(ask_for, reads, path, None), path)

    assert not wrong, "\n".join(wrong)


def test_mistakes_and_conflicts_are_in_the_language_that_was_chosen(app: Flask, reads: Client):
    """A form for something new is sent empty; one that is open was changed by somebody else meanwhile."""
    wrong, looked_at = [], 0
    for path in every_page.pages(app):
        if path.startswith("/admin/") and ("/new/" in path or "/edit/" in path):
            forms = html.document_fromstring(reads.get(path).text).xpath("//main//form[@method='post']")
            form = max(forms, key=lambda one: len(one.fields))
            sent = dict(form.form_values()) if "/edit/" in path else {}
            sent |= {"seen_version": "other"} if "seen_version" in form.fields else {}
            to = urljoin(path, form.action or "")
            wrong += faults_in_every_language(partial(ask_for, reads, to, sent), path)
            looked_at += 1

    assert not wrong, "\n".join(wrong)
    assert looked_at > 10


def test_no_list_or_order_runs_off_the_screen_in_english(app: Flask, reader: Reader):
    with app.app_context():
        number = every_page.newest(Return).order.number
    tabs = [f"/admin/order/{number}?tab={tab}" for tab in ("", "invoices", "shipments")]
    for path in ["/admin/", "/admin/order/", "/admin/invoice/", "/admin/shop-product/", *tabs]:
        reader.page.goto(path, wait_until="domcontentloaded")
        reader.look_at_widths(path)

    assert reader.nothing_wrong()


def test_no_pop_up_runs_off_the_screen(app: Flask, reader: Reader):
    reader.speak("de")
    with app.app_context():
        number = every_page.newest(Return).order.number
    reader.page.goto(f"/admin/order/{number}")
    links = reader.page.locator("#main a[data-dialog]:visible")
    assert links.count() > 5
    for link in links.all():
        link.click()
        reader.page.locator("#dialog-body > *").first.wait_for()
        reader.look_at_widths(str(link.get_attribute("href")), widths=(320, 768, 1360))
        reader.page.keyboard.press("Escape")

    assert reader.nothing_wrong()


WITH_STYLE = """text => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    document.adoptedStyleSheets = [sheet];
}"""


def test_what_runs_off_the_screen_is_seen(reader: Reader):
    """A row that needs more room than there is, with a button at its end, and lines that are read across the room."""
    reader.page.goto("/admin/order/")
    for style, width in (("main .records { min-width: 1500px }", 768), ("main.content { max-width: none }", 2560)):
        reader.page.evaluate(WITH_STYLE, style)
        reader.look_at_widths("/admin/order/", widths=(width,))

    for fault in ("scrolls sideways", "off the page: ", "wider than 1600 px"):
        assert fault in str(reader.wrong)


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
