"""Answers that come late, so that there is time to do something before."""

from __future__ import annotations

from playwright.sync_api import Page

#: Requests are sent so many milliseconds after they were asked for.
DELAYS = """delay => { const {prototype} = XMLHttpRequest; window.sendAtOnce ||= prototype.send;
prototype.send = function (body) { setTimeout(() => sendAtOnce.call(this, body), delay); }; }"""


def press(page: Page, name: str) -> None:
    """Also where a pop-up is open already: it was asked for before."""
    page.locator("#main a[data-dialog]", has_text=name).first.evaluate("link => link.click()")
