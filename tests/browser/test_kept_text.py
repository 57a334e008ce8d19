"""What was typed in a form and left unsent is kept for its person, and offered where the form is there again."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.extensions import db
from app.models import Customer
from tests.browser.conftest import sign_in
from tests.factories import placed_order

KEPT = "sessionStorage.getItem('typed')"


@pytest.fixture
def order_path(app: Flask) -> str:
    with app.app_context():
        path = f"/admin/order/{placed_order().number}"
        db.session.commit()
    return path


@pytest.fixture
def desk(signed_in: Page) -> Page:
    """Whose person answers the browser's question with Leave."""
    signed_in.on("dialog", lambda dialog: dialog.accept())
    return signed_in


def leave_with_memo(desk: Page, path: str, text: str = "Ring twice") -> None:
    desk.goto(path)
    memo = desk.get_by_role("textbox", name="Memo")
    memo.click()
    memo.press_sequentially(text)
    desk.goto("/admin/order/")


def test_what_was_typed_is_offered_when_the_form_is_there_again(
    desk: Page, order_path: str, assert_accessible: Any
) -> None:
    leave_with_memo(desk, order_path)
    desk.goto(order_path)
    offer, memo = desk.locator("#main [data-kept]"), desk.get_by_role("textbox", name="Memo")

    expect(offer).to_contain_text("What you typed here was kept")
    expect(offer).to_contain_text("Memo: Ring twice")
    expect(memo).to_have_value("")
    assert_accessible(desk)
    offer.get_by_role("button", name="Put back").focus()
    desk.keyboard.press("Enter")

    expect(offer).to_have_count(0)
    expect(memo).to_have_value("Ring twice")
    expect(memo).to_be_focused()
    desk.get_by_role("button", name="Add memo").click()
    expect(desk.locator(".memo-text")).to_have_text("Ring twice")
    desk.goto("/admin/order/")
    assert desk.evaluate(KEPT) is None
    desk.goto(order_path)
    expect(desk.locator("[data-kept]")).to_have_count(0)


def test_it_is_kept_until_it_is_thrown_away(desk: Page, order_path: str) -> None:
    leave_with_memo(desk, order_path)
    desk.goto(order_path)
    desk.goto("/admin/order/")
    desk.goto(order_path)
    desk.locator("[data-kept]").get_by_role("button", name="Throw away").click()

    expect(desk.locator("[data-kept]")).to_have_count(0)
    expect(desk.get_by_role("textbox", name="Memo")).to_have_value("")
    assert desk.evaluate(KEPT) is None


def test_another_form_of_the_page_that_is_sent_loses_nothing(desk: Page) -> None:
    """One that is answered with a whole page: the language of the desk."""
    desk.goto("/admin/customer/new/")
    name = desk.get_by_label("Name", exact=True).first
    name.click()
    name.press_sequentially("Femke")
    desk.locator(".preferences details summary").click()
    desk.get_by_role("button", name="Nederlands").click()

    expect(desk.locator("html")).to_have_attribute("lang", "nl")
    desk.locator("[data-kept]").get_by_role("button", name="Terugzetten").click()
    expect(desk.locator("input[name=name]").first).to_have_value("Femke")


def test_a_record_that_was_changed_since_is_not_overwritten_unseen(app: Flask, desk: Page) -> None:
    with app.app_context():
        customer_id = placed_order().customer_id
        db.session.commit()
    path = f"/admin/customer/edit/?id={customer_id}"
    desk.goto(path)
    notes = desk.get_by_label("Notes")
    notes.click()
    notes.press_sequentially("Calls first")
    desk.goto("/admin/customer/")
    with app.app_context():
        db.session.scalars(select(Customer)).one().notes = "Moved to Ghent"
        db.session.commit()
    desk.goto(path + "&url=/admin/customer/")

    expect(desk.get_by_label("Notes")).to_have_value("Moved to Ghent")
    expect(desk.locator("[data-kept]")).to_contain_text("This was changed since you typed.", use_inner_text=True)
    expect(desk.locator("[data-kept]")).to_contain_text("Notes: Calls first")


def test_what_is_as_it_was_is_not_said_to_be_changed(desk: Page, order_path: str) -> None:
    leave_with_memo(desk, order_path)
    desk.goto(order_path)

    expect(desk.locator("[data-kept]")).not_to_contain_text("This was changed since", use_inner_text=True)


def test_nothing_stays_when_its_person_signs_out(desk: Page, order_path: str) -> None:
    leave_with_memo(desk, order_path)
    desk.goto(order_path)
    memo = desk.get_by_role("textbox", name="Memo")
    memo.click()
    memo.press_sequentially("And this")
    desk.get_by_role("button", name="Sign out").click()
    desk.wait_for_url(lambda url: "/order/" not in url)

    assert desk.evaluate(KEPT) is None


def test_who_signs_in_again_after_the_session_ended_still_has_it(app: Flask, desk: Page, order_path: str) -> None:
    leave_with_memo(desk, order_path)
    desk.context.clear_cookies()
    desk.goto(order_path)
    expect(desk.get_by_label("Password")).to_be_visible()
    sign_in(app, desk, "owner")
    desk.goto(order_path)

    expect(desk.locator("[data-kept]")).to_contain_text("Memo: Ring twice")


def test_what_is_typed_in_a_pop_up_is_offered_when_it_opens_again(desk: Page, order_path: str) -> None:
    desk.goto(order_path)
    desk.get_by_role("link", name="Enter payment").click()
    reference = desk.locator("#dialog").get_by_label("Reference")
    reference.click()
    reference.press_sequentially("RF18 5390")
    desk.goto("/admin/order/")
    desk.goto(order_path)
    desk.get_by_role("link", name="Enter payment").click()
    desk.locator("#dialog [data-kept]").get_by_role("button", name="Put back").click()

    expect(reference).to_have_value("RF18 5390")


def test_another_person_at_the_same_browser_sees_nothing(app: Flask, desk: Page, order_path: str) -> None:
    leave_with_memo(desk, order_path, "Only for me")
    assert "Only for me" in desk.evaluate(KEPT)
    desk.context.clear_cookies()  # the session ended by itself
    sign_in(app, desk, "packer")
    desk.goto(order_path)

    expect(desk.get_by_role("textbox", name="Memo")).to_be_visible()
    expect(desk.locator("[data-kept]")).to_have_count(0)
    assert desk.evaluate(KEPT) is None


@pytest.mark.parametrize(
    ("field", "is_kept"),
    [
        ('<input name="note">', True), ('<textarea name="text"></textarea>', True), ('<input name="postcode">', True),
        ('<input name="tracking_code">', True), ('<input type="password" name="x">', False),
        ('<input name="code">', False), ('<input name="access_token">', False), ('<input name="api_key">', False),
        ('<input name="client_secret">', False), ('<input name="x" autocomplete="one-time-code">', False),
        ('<input type="hidden" name="x">', False), ('<input name="smtp_password">', False),
    ],
)  # fmt: skip
def test_secrets_are_never_kept(desk: Page, field: str, is_kept: bool) -> None:
    desk.goto("/admin/order/")
    desk.evaluate(
        """field => { const form = new DOMParser().parseFromString(`<form method="post" action="/x">${field}</form>`,
        'text/html').forms[0]; document.querySelector('#main').prepend(form); form.elements[0].value = 'Typed 31'; }""",
        field,
    )
    desk.goto("/admin/customer/")

    assert ("Typed 31" in (desk.evaluate(KEPT) or "")) == is_kept
