"""What is typed, ticked or chosen while an answer is on its way stays: in its field, or where it can be copied."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.extensions import db
from tests.browser.delaying import DELAYS, press
from tests.factories import placed_order


@pytest.fixture
def order_page(app: Flask, signed_in: Page) -> Page:
    """An order whose answers come after 700 ms."""
    with app.app_context():
        number = placed_order().number
        db.session.commit()
    signed_in.goto(f"/admin/order/{number}")
    signed_in.evaluate(DELAYS, 700)
    return signed_in


def test_the_next_memo_is_typed_while_the_first_is_saved(order_page: Page) -> None:
    """In the form that was sent; the cursor stays where it was, so that all of it arrives."""
    memo = order_page.get_by_role("textbox", name="Memo")
    memo.fill("Ring twice")
    order_page.get_by_role("button", name="Add memo").click()
    memo.fill("")
    memo.press_sequentially("Leave it with the neighbours at 14", delay=40)
    order_page.keyboard.press("Home")

    expect(order_page.locator("#main")).to_contain_text("Ring twice")
    expect(memo).to_have_value("Leave it with the neighbours at 14")
    expect(memo).to_be_focused()
    order_page.keyboard.type("Or: ")
    expect(memo).to_have_value("Or: Leave it with the neighbours at 14")


def test_a_field_in_which_nothing_was_typed_since_is_as_the_answer_has_it(order_page: Page) -> None:
    memo = order_page.get_by_role("textbox", name="Memo")
    memo.fill("Ring twice")
    order_page.get_by_role("button", name="Add memo").click()
    expect(order_page.locator("#main")).to_contain_text("Ring twice")
    expect(memo).to_have_value("")
    expect(order_page.locator("[data-held]")).to_have_count(0)


def test_what_is_typed_into_a_pop_up_that_its_answer_closes_can_be_copied(order_page: Page) -> None:
    press(order_page, "Enter payment")
    dialog = order_page.locator("#dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Enter payment").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Reference").fill("RF18 5390")  # its field goes with the pop-up

    expect(dialog).to_be_hidden()
    held = order_page.locator("[data-held]")
    expect(held.get_by_label("What you typed")).to_have_value("RF18 5390")
    held.get_by_role("button", name="Copy").click()
    expect(held.get_by_role("button", name="Copied")).to_be_visible()
    held.get_by_role("button", name="Close").click()
    expect(held).to_have_count(0)


def test_a_pop_up_that_comes_back_with_a_mistake_has_what_was_typed_ticked_and_chosen_since(order_page: Page) -> None:
    press(order_page, "Enter payment")
    dialog = order_page.locator("#dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Amount").fill("much")
    dialog.get_by_role("button", name="Enter payment").click()
    dialog.get_by_label("Reference").fill("RF18 5390")
    tick, choice = dialog.locator("input[type=checkbox]").first, dialog.locator("select").first
    was_ticked = tick.is_checked()
    tick.set_checked(not was_ticked)
    chosen = choice.locator("option").last.get_attribute("value")
    choice.select_option(chosen)

    expect(dialog.locator("[aria-invalid=true]")).to_have_count(1)
    expect(dialog.get_by_label("Reference")).to_have_value("RF18 5390")
    expect(dialog.get_by_label("Amount")).to_have_value("much")
    expect(tick).to_be_checked(checked=not was_ticked)
    expect(choice).to_have_value(str(chosen))


def test_undo_leaves_what_is_typed_in_a_form_of_the_page(order_page: Page) -> None:
    memo = order_page.get_by_role("textbox", name="Memo")
    memo.fill("Ring twice")
    order_page.get_by_role("button", name="Add memo").click()
    undo = order_page.locator("#toasts").get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    memo.fill("Leave it with the neighbours")
    undo.click()

    expect(order_page.locator("#toasts")).to_contain_text("Memo removed")
    expect(order_page.locator("#memos .memo-text")).to_have_count(0)
    expect(memo).to_have_value("Leave it with the neighbours")
