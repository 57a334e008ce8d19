"""The packing table with a scanner: what is scanned and tapped counts, and is still counted after a reload."""

from __future__ import annotations

from typing import Any

from flask import Flask
from playwright.sync_api import Page, expect

from app.actions.shipments import create_packing_slip
from app.extensions import db
from app.history import SYSTEM
from tests.factories import paid_order


def test_parcels_are_picked_scanned_and_sent_one_after_the_other(
    app: Flask, signed_in: Page, assert_accessible: Any
) -> None:
    with app.app_context():
        for _each in range(2):
            create_packing_slip(paid_order(language="en"), by=SYSTEM)
        db.session.commit()
    page = signed_in
    page.goto("/admin/packing/")
    for tick in page.locator("[data-picked]").all():
        tick.check()
    expect(page.get_by_text("all picked").last).to_be_visible()
    page.reload()
    expect(page.get_by_text("all picked").last).to_be_visible()
    assert_accessible(page)

    page.get_by_role("link", name="Start packing").click()
    mugs, pot = page.locator("[data-piece]").all()
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type("4711\n")
    expect(page.locator("[data-scanned]")).to_have_text("4711 is not in this parcel.")
    for _each in range(3):
        page.keyboard.type("mug-30\n")
    expect(mugs.locator(".piece-count")).to_have_text("3 / 3 ×")
    page.keyboard.type("mug-30\n")
    expect(page.locator("[data-scanned]")).to_have_text("There are enough of mug-30.")
    page.reload()
    expect(mugs.locator(".piece-count")).to_have_text("3 / 3 ×")
    assert_accessible(page)
    pot.get_by_role("button").click()
    expect(page.locator("[data-scanned]")).to_have_text("Everything is in.")

    page.keyboard.type("3STEST\n")  # the field of the code has the focus
    expect(page.locator("h1")).to_contain_text("PS00002")
    expect(page.locator("[data-piece] .piece-count").first).to_have_text("0 / 3 ×")
    expect(page.locator("#code")).to_be_focused()
    page.goto("/admin/packing/PS00001")
    expect(page.locator("h1")).to_contain_text("Sent")
