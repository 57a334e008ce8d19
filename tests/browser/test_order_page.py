"""Details of the order page that only a browser shows: what a pop-up sets, where one stays, what fits on a phone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.extensions import db
from tests.factories import PLACED_AT, placed_order


@pytest.fixture
def order_page(app) -> str:
    with app.app_context():
        number = placed_order().number
        db.session.commit()
    return f"/admin/order/{number}"


def test_the_pop_up_of_an_invoice_sets_it_paid_and_not_paid(signed_in: Page, order_page: str):
    page, dialog = signed_in, signed_in.locator("#dialog")
    page.goto(order_page)

    for said in ("Paid", "Not paid"):
        page.get_by_role("link", name=re.compile("^Open invoice ")).click()
        dialog.locator(".segments").get_by_text(said, exact=True).click()
        dialog.get_by_role("button", name="Save").click()
        expect(page.locator("#invoices .tag")).to_have_text(said)


def test_a_mistake_in_a_pop_up_leaves_one_on_the_order(signed_in: Page, order_page: str):
    page, dialog = signed_in, signed_in.locator("#dialog")
    page.goto(order_page)
    opener = page.get_by_role("link", name="Create credit note")
    opener.click()
    dialog.get_by_label("Note", exact=True).fill("Nothing chosen")
    with page.expect_response(lambda answer: answer.status == 422):
        dialog.get_by_role("button", name="Create credit note").click()

    expect(dialog.get_by_text("Enter at least one quantity or amount to credit.")).to_be_visible()
    assert page.url.endswith(order_page)
    page.keyboard.press("Escape")
    page.locator("#leaving [data-discard]").click()
    expect(opener).to_be_focused()


def test_the_buttons_at_the_bottom_fit_on_a_phone(signed_in: Page, order_page: str):
    page = signed_in
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(order_page)

    buttons = page.locator(".actionbar > .btn")
    expect(buttons).to_have_text(["Notify customer", "Send payment reminder", "More"])
    assert buttons.evaluate_all("all => all.every(button => button.scrollWidth <= button.clientWidth)")


def test_on_a_phone_the_next_step_is_on_the_first_screen_until_there_is_none(signed_in: Page, order_page: str):
    page, step = signed_in, signed_in.locator(".next-step")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(order_page)

    for word, said in (
        ("Paid", "Order marked as paid"),
        ("Create packing slip", "created"),
        ("Sent", "marked as sent"),
    ):
        button = step.get_by_role("link", name=word, exact=True)
        box = button.bounding_box()
        assert box
        assert box["y"] + box["height"] < 844
        assert box["height"] >= 44
        button.click()
        page.locator("#dialog").get_by_role("button", name=word, exact=True).click()
        expect(page.locator("#toasts").get_by_text(said).last).to_be_visible()
    expect(step).to_have_count(0)
    expect(page.locator("#payment > summary")).to_contain_text("Bank transfer · €67.75")
    expect(page.locator("#payment").get_by_role("button", name="Not paid")).to_be_hidden()


def test_a_quick_look_goes_from_row_to_row_and_gives_the_focus_back(app, signed_in: Page, assert_accessible):
    with app.app_context():
        first, second = (placed_order(placed_at=PLACED_AT + timedelta(hours=hour)).number for hour in (1, 2))
        db.session.commit()
    page, dialog = signed_in, signed_in.locator("#dialog")
    page.goto("/admin/order/?view=open")

    page.get_by_role("link", name=second, exact=True).focus()
    page.keyboard.press("v")
    expect(dialog).to_contain_text("Stoneware mug")
    expect(dialog.get_by_role("heading", name=second)).to_be_visible()
    expect(dialog.get_by_role("button", name="Previous")).to_be_disabled()
    assert_accessible(page)
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("heading", name=first)).to_be_visible()
    expect(dialog.get_by_role("button", name="Next")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=f"Quick look: {first}")).to_be_focused()
    assert page.url.endswith("/admin/order/?view=open")
    page.goto(f"/admin/order/{first}/look")  # as without script
    assert_accessible(page)
    page.goto("/admin/order/?view=open")
    page.get_by_role("link", name=f"Quick look: {first}").click()
    dialog.get_by_role("link", name=f"Open {first}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(first)
    expect(page.locator(".neighbours")).to_contain_text("2")
