"""Leaving a form with typed text asks first: every pop-up that takes text, and pages."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from playwright.sync_api import Page, expect

from app.actions.declaration import AnyAction
from app.admin_views.dashboard.offered_actions import offered_actions
from app.extensions import db
from tests.browser.delaying import DELAYS, press
from tests.every_action import possible
from tests.factories import placed_order

TEXTS = ".dialog-content form :is(input[type=text], input:not([type]), input[inputmode], textarea):visible:enabled"


def takes_text(action: AnyAction) -> bool:
    return any(one.kind in ("text", "long_text", "amount") for one in action.inputs)


def test_a_pop_up_asks_before_it_drops_what_was_typed(app: Flask, signed_in: Page) -> None:
    """One after the other on the page of one order: a pop-up is the same wherever it was opened."""
    names = sorted(name for name, action in offered_actions().items() if takes_text(action))
    with app.app_context():
        paths = [path_of(name) for name in names]
        number = placed_order().number
        db.session.commit()
    signed_in.goto(f"/admin/order/{number}")
    for path in paths:
        asks_before_it_drops_what_was_typed(signed_in, path)

    assert len(paths) > 30


def path_of(name: str) -> str:
    found = possible(name)
    assert found is not None
    order, record_id = found
    return f"/admin/order/{order.number}/{name}" + (f"/{record_id}" if record_id else "")


def asks_before_it_drops_what_was_typed(page: Page, path: str) -> None:
    dialog = page.locator("#dialog")
    page.evaluate(
        """href => { const link = Object.assign(document.createElement('a'), {href, textContent: 'open'});
        link.dataset.dialog = ''; document.querySelector('#main').prepend(link); link.click(); }""",
        path,
    )
    expect(dialog, path).to_be_visible()
    field = dialog.locator(TEXTS).first
    field.fill("3")
    field.fill("31")

    for leave in (lambda: page.keyboard.press("Escape"), lambda: page.mouse.click(3, 3)):
        leave()
        expect(page.locator("#leaving"), path).to_be_visible()
        page.get_by_role("button", name="Keep typing").click()
        expect(field, path).to_have_value(re.compile("31"))

    dialog.locator("[data-close]").first.click()
    page.get_by_role("button", name="Leave", exact=True).click()
    expect(dialog, path).to_be_hidden()


def test_a_pop_up_in_which_nothing_was_typed_just_closes(app: Flask, signed_in: Page) -> None:
    with app.app_context():
        number = placed_order().number
        db.session.commit()
    page = signed_in
    page.goto(f"/admin/order/{number}")
    page.get_by_role("link", name="Enter payment").click()
    expect(page.locator("#dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator("#leaving")).to_be_hidden()


def test_cancel_closes_a_pop_up_and_asks_the_server_for_nothing(app: Flask, signed_in: Page) -> None:
    """The answer would close the next pop-up, opened meanwhile, with what was typed in it."""
    with app.app_context():
        number = placed_order().number
        db.session.commit()
    page, asked = signed_in, []
    page.goto(f"/admin/order/{number}")
    page.get_by_role("link", name="Enter payment").click()
    expect(page.locator("#dialog")).to_be_visible()
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#dialog").get_by_text("Cancel", exact=True).click()
    expect(page.locator("#dialog")).to_be_hidden()
    page.wait_for_load_state("networkidle")
    assert asked == []


def test_a_page_asks_before_it_is_left_and_not_when_its_form_is_sent(signed_in: Page) -> None:
    page, asked = signed_in, []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.goto("/admin/customer/new/")
    name = page.get_by_label("Name", exact=True).first
    name.click()
    name.press_sequentially("Femke")
    page.on("dialog", stay)
    page.evaluate("location.assign('/admin/order/')")
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    expect(name).to_have_value("Femke")

    page.get_by_role("button", name=re.compile("^(Save|Create)$")).first.click()
    page.wait_for_url(lambda url: "/new/" not in url)
    assert asked == ["beforeunload"]


def test_an_answer_that_comes_late_leaves_the_pop_up_that_was_opened_since(app: Flask, signed_in: Page) -> None:
    """Whether another pop-up was asked for before it, a form was sent from one and left, or the page was swapped."""
    with app.app_context():
        number = placed_order().number
        db.session.commit()
    page, dialog = signed_in, signed_in.locator("#dialog")
    page.goto(f"/admin/order/{number}")
    page.evaluate(DELAYS, 1500)

    press(page, "Notify customer")  # its answer comes late, and is dropped
    page.evaluate(DELAYS, 0)
    press(page, "Enter payment")
    stays_with_what_is_typed(page)
    dialog.get_by_label("Amount").fill("11.37")
    page.evaluate(DELAYS, 1500)
    dialog.get_by_role("button", name="Enter payment").click()
    page.keyboard.press("Escape")
    page.evaluate(DELAYS, 0)
    press(page, "Enter payment")
    stays_with_what_is_typed(page)
    expect(page.locator("#main")).to_contain_text("11.37")  # behind it, the page as it is now

    dialog.locator("[data-close]").first.click()
    page.get_by_role("button", name="Leave", exact=True).click()
    page.evaluate(DELAYS, 1000)
    press(page, "Enter payment")
    page.evaluate(DELAYS, 0)
    page.get_by_role("textbox", name="Memo").fill("Ring twice")
    page.get_by_role("button", name="Add memo").click()
    expect(page.locator("#main")).to_contain_text("Ring twice")
    expect(dialog).to_be_visible()  # the link that asked for it is gone with the page of before


def stays_with_what_is_typed(page: Page) -> None:
    reference = page.locator("#dialog").get_by_label("Reference")
    reference.fill("31")
    page.wait_for_timeout(2000)
    expect(reference).to_have_value("31")
