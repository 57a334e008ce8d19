"""Credit notes and returns in the browser: each pop-up opens, does its work, and is accessible."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.actions.shipments import mark_sent
from app.extensions import db
from app.history import SYSTEM
from tests.factories import paid_order


@pytest.fixture
def sent(app) -> str:
    """The address of a paid order that was sent."""
    with app.app_context():
        order = paid_order(language="en")
        mark_sent(order, by=SYSTEM, notify=False)
        db.session.commit()
        return f"/admin/order/{order.number}"


def test_a_credit_note_of_a_mug_and_part_of_the_teapot(signed_in: Page, sent: str, assert_accessible):
    page = signed_in
    page.goto(sent)
    page.locator("#invoices").get_by_role("link", name="Create credit note").click()
    dialog = page.locator("#dialog")
    expect(dialog.get_by_role("heading", name="Credit note for INV00001")).to_be_visible()
    assert_accessible(page)
    dialog.get_by_label("Stoneware mug MUG-30").select_option("1")
    dialog.get_by_label("Amount of Teapot").fill("4,20")
    dialog.get_by_role("button", name="Create credit note").click()

    expect(page.locator("#invoices").get_by_text("-€16.70")).to_be_visible()
    expect(page.locator("#returns").get_by_text("RET00001")).to_be_visible()


def test_a_return_is_made_received_and_credited(signed_in: Page, sent: str, assert_accessible):
    page, dialog = signed_in, signed_in.locator("#dialog")
    page.goto(sent)
    page.locator("#returns").get_by_role("link", name="Create return").click()
    expect(dialog.get_by_label("Stoneware mug MUG-30")).to_have_value("0")
    dialog.get_by_label("Stoneware mug MUG-30").select_option("2")
    dialog.get_by_label("Return reason").select_option("Damaged")
    assert_accessible(page)
    dialog.get_by_role("button", name="Create return").click()
    expect(page.locator("#returns").get_by_text("€25.00")).to_be_visible()

    page.goto(f"{sent}?tab=returns")
    page.locator("#returns").get_by_role("link", name="Received").click()
    dialog.get_by_label("Put back in stock").check()
    dialog.get_by_role("button", name="Received").click()
    expect(page.locator("#returns .tag", has_text="Received")).to_be_visible()
    page.locator("#returns").get_by_role("link", name="Create credit note").click()
    dialog.get_by_role("button", name="Create credit note").click()

    expect(page.locator("#returns .tag", has_text="Completed")).to_be_visible()
    expect(page.get_by_text("CRN00001")).to_be_visible()
    page.goto(f"{sent}?tab=returns")  # without the message that fades away
    assert_accessible(page)
    page.get_by_role("link", name=re.compile("^Returns$")).click()
    expect(page.get_by_role("link", name="RET00001", exact=True)).to_be_visible()
    assert_accessible(page)
