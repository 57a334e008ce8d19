"""Showing who one is, in a browser: a second step, and once more before a refund."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import time
from typing import Any

from flask import Flask
from flask_security.utils import hash_password
from playwright.sync_api import Page, expect
from sqlalchemy import update

from app.columns import now
from app.extensions import db
from app.models import Staff, StaffSession
from tests.authenticator import code_of
from tests.factories import paid_order

PASSWORD = "four words are enough"


def give_password(in_app: Any) -> None:
    with in_app():
        db.session.execute(update(Staff).values(password=hash_password(PASSWORD)))


def test_an_app_is_set_up_and_asked_for(signed_in: Page, in_app: Any, assert_accessible: Callable[..., None]) -> None:
    page = signed_in
    give_password(in_app)
    assert_accessible(page, "/admin/profile/")
    page.get_by_role("link", name="Second factor").click()
    page.wait_for_url("**/admin/factors/")
    assert_accessible(page)
    page.get_by_role("link", name="Set up").click()
    expect(page.locator(".secret-text")).to_be_visible()
    assert_accessible(page)
    secret = page.locator(".secret-text").inner_text().replace(" ", "")
    while time() % 30 > 20:  # a code of half a minute ago is taken, one of a minute ago is not
        page.wait_for_timeout(500)
    page.get_by_label("Code that the app shows").fill(code_of(secret, later=-30))
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_text("They are not shown again.")).to_be_visible()
    assert_accessible(page)
    recovery = page.locator("pre").inner_text().split()[0]
    page.get_by_role("button", name="Sign out").click()

    page.get_by_label("E-mail address").fill("owner@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Code")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_text("You used a recovery code; 9 are left.")).to_be_visible()


def test_a_refund_goes_on_in_its_pop_up(
    app: Flask, signed_in: Page, in_app: Any, assert_accessible: Callable[..., None]
) -> None:
    page = signed_in
    give_password(in_app)
    with in_app():
        number = paid_order().number
    page.goto(f"/admin/order/{number}")
    page.locator("#ledger > summary").click()
    page.get_by_role("link", name="Enter refund").first.click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Reason").fill("Chipped")
    with in_app():
        db.session.execute(update(StaffSession).values(proved_at=now() - timedelta(hours=1)))
    dialog.get_by_role("button", name="Enter refund").click()
    expect(dialog.get_by_role("heading", name="Is it you?")).to_be_visible()
    assert_accessible(page)

    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Go on").click()

    expect(page.get_by_text("Refund entered").first).to_be_visible()
    expect(dialog).to_be_hidden()
