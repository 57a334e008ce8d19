"""Credit notes of what was sent and what was not, packing slips taken back, and cancelling the rest, in the browser."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.actions.shipments import create_packing_slip, send_shipment
from app.extensions import db
from app.history import SYSTEM
from tests.factories import paid_order


@pytest.fixture
def part_sent(app: Flask) -> str:
    """The address of an order of which two of three mugs were sent, and the teapot is on a packing slip."""
    with app.app_context():
        order = paid_order(language="en")
        mugs, teapot, _cost = order.lines
        send_shipment(create_packing_slip(order, by=SYSTEM, quantities={mugs.id: Decimal(2)}), by=SYSTEM, notify=False)
        create_packing_slip(order, by=SYSTEM, quantities={teapot.id: Decimal(1)})
        db.session.commit()
        return f"/admin/order/{order.number}"


def test_a_slip_is_withdrawn_the_credit_note_asks_and_the_rest_is_cancelled(
    signed_in: Page, part_sent: str, assert_accessible
):
    page, dialog = signed_in, signed_in.locator("#dialog")
    page.goto(part_sent)
    page.get_by_label("Open packing slip PS00002").click()
    expect(dialog).to_be_visible()
    assert_accessible(page)
    dialog.get_by_role("link", name="Withdraw packing slip").click()
    dialog.get_by_role("button", name="Withdraw packing slip").click()
    expect(page.locator("#packing-slips").get_by_text("Withdrawn")).to_be_visible()

    page.locator("#invoices").get_by_role("link", name="Create credit note").click()
    expect(dialog.get_by_text("2 sent, 1 not sent")).to_be_visible()
    dialog.get_by_label("Stoneware mug MUG-30").select_option("1")
    dialog.get_by_label("of which sent").select_option("1")
    dialog.get_by_label("What was sent stays with the customer").check()
    assert_accessible(page)
    dialog.get_by_role("button", name="Create credit note").click()
    expect(page.locator("#invoices").get_by_text("-€12.50")).to_be_visible()

    page.get_by_role("link", name="Cancel order").click()
    expect(dialog.get_by_text("2 × Stoneware mug")).to_be_visible()
    assert_accessible(page)
    dialog.get_by_role("button", name="Cancel order").click()
    expect(page.locator(".page-title, h1").first).to_be_visible()
    expect(page.get_by_text("Completed").first).to_be_visible()
