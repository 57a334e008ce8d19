"""Settings and roles as somebody at the screen changes them."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.extensions import db
from app.models import Role
from app.numbering import draw
from tests.arrange import pdf


def test_a_setting_is_found_changed_and_seen_in_its_history(signed_in: Page):
    signed_in.goto("/admin/settings/")
    signed_in.get_by_label("Search", exact=True).fill("return period")
    signed_in.keyboard.press("Enter")
    signed_in.get_by_role("link", name="Administration").click()

    signed_in.get_by_label("Return period in days").fill("30")
    signed_in.get_by_role("button", name="Save").click()

    changes = signed_in.locator("#changes")
    expect(changes).to_contain_text("Return period in days: 14 → 30")


def test_the_next_number_is_shown_while_it_is_typed(app, signed_in: Page):
    signed_in.goto("/admin/numbering/")
    invoices = signed_in.get_by_role("group", name="Invoices")
    invoices.get_by_label("Prefix").fill("2026-")
    invoices.get_by_label("Digits, at least").fill("3")
    expect(invoices.get_by_role("status")).to_have_text("2026-001")

    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.locator("#changes")).to_contain_text("Invoices: INV00001 → 2026-001")
    with app.app_context():
        assert draw("invoice") == "2026-001"


def test_terms_are_uploaded_and_removed(signed_in: Page):
    signed_in.goto("/admin/administration/?id=1")
    file = {"name": "Terms.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    signed_in.get_by_label("Terms, as PDF").set_input_files(file)
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_role("link", name="Terms.pdf")).to_be_visible()

    signed_in.get_by_label("Remove the terms").check()
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_role("link", name="Terms.pdf")).to_have_count(0)


def test_a_role_is_copied_changed_and_deleted(app, signed_in: Page):
    signed_in.goto("/admin/staff/")
    signed_in.get_by_role("link", name="Roles").click()
    signed_in.get_by_role("link", name="packer").click()
    signed_in.get_by_role("link", name="Copy as own role").click()
    signed_in.get_by_role("textbox", name="Name").fill("Night shift")
    signed_in.get_by_label("Write memos").uncheck()
    signed_in.get_by_label("Remove memos").check()
    signed_in.get_by_role("button", name="Save").click()

    expect(signed_in.get_by_role("row", name="Night shift")).to_contain_text("write memos: Remove memos")
    with app.app_context():
        given = db.session.scalars(select(Role.permissions).where(Role.name == "Night shift")).one()
        assert given == ["memos.remove_memo", "shipments", "tasks"]

    signed_in.get_by_role("link", name="Night shift").click()
    signed_in.get_by_role("button", name="Delete").click()
    signed_in.locator("dialog[open]").get_by_role("button", name="Delete").click()
    expect(signed_in.get_by_text("Role deleted.")).to_be_visible()
