"""Passkeys in a browser, with its own virtual device: added, signing in, proving who is there; replayed, refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select, update

from app.columns import now
from app.extensions import db
from app.models import Passkey, StaffSession
from tests.browser.conftest import Server, sign_in
from tests.browser.watching import watch
from tests.factories import paid_order

SIZE = {"width": 1360, "height": 900}


@pytest.fixture
def page_with_device(app: Flask, server: Server, browser: Browser) -> Iterator[Page]:
    """A page whose computer asks for a finger, which fits. Passkeys belong to names: no number has any."""
    address = f"http://localhost:{server.port}"
    context = browser.new_context(base_url=address, locale="en-GB", viewport=SIZE)
    wrong = watch(context, address)
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    is_able = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    options = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True, **is_able}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield page
    context.close()
    assert not wrong, wrong


def add_passkey(app: Flask, page: Page) -> None:
    sign_in(app, page, "owner")
    page.goto("/admin/factors/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("What you call it").fill("This computer")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("They are not shown again.")).to_be_visible()


def test_one_is_added_and_signs_in(
    app: Flask, page_with_device: Page, in_app: Any, assert_accessible: Callable[..., None]
) -> None:
    page = page_with_device
    add_passkey(app, page)
    assert_accessible(page, "/admin/factors/")
    expect(page.get_by_text("This computer", exact=True)).to_be_visible()
    assert_accessible(page, "/admin/factors/passkey")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in**")
    assert_accessible(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)

    page.get_by_label("Stay signed in on this device").check()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/admin/")

    with in_app():
        passkey = db.session.scalars(select(Passkey)).one()
        assert (passkey.sign_count > 0, passkey.used_at is not None) == (True, True)
        assert db.session.scalars(select(StaffSession.stays)).all() == [True]
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").wait_for()
    replay(page, sent[0])
    expect(page.get_by_text("This passkey is not known here, or it took too long.")).to_be_visible()


def replay(page: Page, answer: str) -> None:
    """The device's answer of before, to the challenge of now."""
    form = {"url": "**/passkey/", "times": 1}

    def swap(route: Route) -> None:
        kept = dict(pair.split("=", 1) for pair in answer.split("&"))
        given = dict(pair.split("=", 1) for pair in (route.request.post_data or "").split("&"))
        given["credential"] = kept["credential"]
        route.continue_(post_data="&".join("=".join(pair) for pair in given.items()))

    page.route(form["url"], swap, times=1)
    page.get_by_role("button", name="Sign in with a passkey").click()


def test_an_answer_for_another_origin_is_refused(app: Flask, page_with_device: Page, monkeypatch: Any) -> None:
    """The same machine, where it is called by another name."""
    page = page_with_device
    add_passkey(app, page)
    page.get_by_role("button", name="Sign out").click()
    monkeypatch.setenv("TOONBANK_ADDRESS", "http://localhost:1")

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_text("This passkey is not known here, or it took too long.")).to_be_visible()


def test_a_refund_goes_on_in_its_pop_up(app: Flask, page_with_device: Page, in_app: Any) -> None:
    page = page_with_device
    with in_app():
        number = paid_order().number
    add_passkey(app, page)
    page.goto(f"/admin/order/{number}")
    page.locator("#ledger > summary").click()
    page.get_by_role("link", name="Enter refund").first.click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Reason").fill("Chipped")
    with in_app():
        db.session.execute(update(StaffSession).values(proved_at=now() - timedelta(hours=1)))
    dialog.get_by_role("button", name="Enter refund").click()

    dialog.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_text("Refund entered").first).to_be_visible()
    expect(dialog).to_be_hidden()
