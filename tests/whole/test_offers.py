"""Nothing is offered that answers 403, and nothing is grey without a reason that everybody can read.

Asked of every role, on every page that the role may open.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from lxml import html
from lxml.html import HtmlElement

from app.security.rights import ROLES
from tests.clients import Client
from tests.whole.asks import Ask

#: Signing out, one's own choices and what leads elsewhere.
NOT_ASKED = ("/logout", "/preferences", "/sign-out", "/static", "/account")


@pytest.mark.parametrize("role", ROLES)
def test_what_is_offered_may_be_done_and_what_is_grey_says_why(
    app: Flask, signed_in_as: Any, asks: list[Ask], role: str
) -> None:
    browser, rights = signed_in_as(role), ROLES[role][1]
    known = {(ask.method, ask.path.partition("?")[0]): ask.is_allowed(rights) for ask in asks if not is_choice(ask)}
    opened, grey = 0, 0
    answers, wrong = dict[str, int](), dict[tuple[str, str], str]()
    for path, page in pages_of(browser, asks):
        opened, grey = opened + 1, grey + len(grey_on(page))
        wrong |= {("grey", said(one)): path for one in grey_on(page) if not why(page, one)}
        for method, to in offered_on(page, path):
            is_allowed = known.get((method, to.partition("?")[0]))
            if is_allowed is None and method == "GET":
                answers.setdefault(to, 0) or answers.update({to: browser.get(to).status_code})
                is_allowed = answers[to] != 403
            if is_allowed is False:
                wrong[method, to] = path

    assert wrong == {}
    assert opened > 30
    assert grey > 0


def is_choice(ask: Ask) -> bool:
    """Of a form that does several things each takes a right of its own: its buttons are left out one by one."""
    return bool(ask.form) or ask.endpoint.endswith((".action_view", ".on_many"))


def pages_of(browser: Client, asks: list[Ask]) -> Iterator[tuple[str, HtmlElement]]:
    for path in dict.fromkeys(ask.path for ask in asks if ask.method == "GET"):
        answer = browser.get(path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            yield path, html.document_fromstring(answer.text)


def offered_on(page: HtmlElement, path: str) -> Iterator[tuple[str, str]]:
    """(method, path) of each link, form and button; a form none of whose buttons can be pressed is no offer."""
    links = [("GET", one.get("href")) for one in page.xpath("//a[@href]")]
    forms = page.xpath("//form[.//button[not(@type='button')] or .//input[@type='submit']]")
    sent = [(one.get("method", "get").upper(), one.get("action") or path) for one in forms if pressed_plainly(one)]
    other = [("POST", one.get("formaction")) for one in page.xpath("//button[@formaction]")]
    for method, to in [*links, *sent, *other]:
        target = urljoin(path, to)
        if target.startswith("/") and not urlsplit(target).path.startswith(NOT_ASKED):
            yield method, target.partition("#")[0]


def pressed_plainly(form: HtmlElement) -> bool:
    return bool(form.xpath(".//button[not(@type='button') and not(@formaction)]"))


def grey_on(page: HtmlElement) -> list[HtmlElement]:
    found: list[HtmlElement] = page.xpath("//button[@disabled or @aria-disabled='true'] | //a[@aria-disabled='true']")
    return found


def why(page: HtmlElement, button: HtmlElement) -> str:
    """What everybody can read: it keeps the focus, and its sentence stands on the page or opens with a press."""
    described = page.xpath("//*[@id=$id]", id=button.get("aria-describedby") or "")
    if button.get("disabled") is not None or not described:
        return ""
    is_shown = "popover" not in described[0].attrib or button.get("popovertarget") == described[0].get("id")
    return said(described[0]) if is_shown else ""


def said(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


# --- the guard sees what it is there for ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "is_readable"),
    [
        ("<button disabled title='Not paid yet'>Sent</button>", False),
        ("<button aria-disabled='true' title='Not paid yet'>Sent</button>", False),
        ("<button aria-disabled='true' aria-describedby='other'>Sent</button>", False),
        ("<button aria-disabled='true' aria-describedby='hidden'>Sent</button>", False),
        ("<button aria-disabled='true' aria-describedby='why'>Sent</button>", True),
        ("<button aria-disabled='true' aria-describedby='hidden' popovertarget='hidden'>Sent</button>", True),
    ],
)
def test_a_reason_that_not_everybody_can_read_is_seen(button: str, is_readable: bool) -> None:
    page = html.document_fromstring(f"<body>{button}<p id='why'>Not paid</p><p id='hidden' popover>Not paid</p></body>")

    assert [bool(why(page, one)) for one in grey_on(page)] == [is_readable]


def test_what_is_offered_is_seen() -> None:
    page = html.document_fromstring(
        """<body><a href="/admin/staff/">Staff</a><a href="https://elsewhere.example/">Elsewhere</a>
        <form method="post" action="make"><button>Make</button><button formaction="/admin/undo">Undo</button></form>
        <form method="post" action="/admin/off"><button type="button" aria-disabled="true">Off</button></form></body>"""
    )

    offered = {("GET", "/admin/staff/"), ("POST", "/admin/copies/make"), ("POST", "/admin/undo")}
    assert set(offered_on(page, "/admin/copies/")) == offered
