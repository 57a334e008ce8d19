"""Many orders from the list: ticked, previewed, done as a job whose progress renews itself, and reported."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from app.admin_views import bulk
from app.extensions import db
from tests.browser.conftest import sign_in_by_link
from tests.factories import paid_order, placed_order


@pytest.fixture
def orders(app, monkeypatch) -> list[str]:
    """More orders than are done at once here."""
    for name, value in {"ASKS_FIRST": 3, "IN_REQUEST": 4, "PREVIEW_TAKES": 60}.items():
        monkeypatch.setattr(bulk, name, value)
    with app.app_context():
        numbers = [placed_order().number for _ in range(5)] + [paid_order().number]
        db.session.commit()
    return numbers


def ask_for_paid(page: Page) -> None:
    page.goto("/admin/order/")
    page.locator("[data-tick-all]").check()
    expect(page.locator(".bulk-count")).to_have_text("6 selected · €406.50")
    page.locator(".bulk-bar").get_by_role("button", name="Paid", exact=True).click()
    page.wait_for_url("**/admin/order/bulk")


def test_preview_then_job_then_report(signed_in: Page, orders, live_worker, assert_accessible):
    page = signed_in
    ask_for_paid(page)
    expect(page.get_by_text("5 orders will change")).to_be_visible()
    expect(page.get_by_text("Nothing is open: the order is paid.")).to_be_visible()
    assert_accessible(page)

    page.get_by_label("Tell the customer by mail").uncheck()
    page.get_by_role("button", name="Preview again").click()
    expect(page.get_by_text("No mail is sent")).to_be_visible()
    page.get_by_role("button", name="Paid", exact=True).click()
    page.wait_for_url("**/admin/jobs/*")

    expect(page.locator("#changed")).to_contain_text(orders[0], timeout=20_000)  # without a reload
    expect(page.locator("#refused")).to_contain_text(orders[-1])
    expect(page.locator("#job-state")).to_have_text("Done")
    assert_accessible(page)
    page.get_by_role("link", name="Back to the list").click()
    expect(page).to_have_url(re.compile("/admin/order/$"))


def test_progress_renews_itself_and_the_rest_is_cancelled(app, signed_in: Page, orders, assert_accessible):
    page = signed_in
    ask_for_paid(page)
    page.get_by_role("button", name="Paid", exact=True).click()
    expect(page.locator("#job-state")).to_have_text("Waiting")
    assert_accessible(page)
    with page.expect_response(lambda response: "/admin/jobs/" in response.url):
        pass  # it asks by itself

    page.get_by_role("button", name="Cancel the rest").click()
    page.locator("dialog[open]").get_by_role("button", name="Cancel the rest").click()

    expect(page.get_by_text("6 orders unchanged")).to_be_visible()


def test_without_script_as_well(app, browser: Browser, base_url, orders, live_worker):
    page = sign_in_by_link(app, browser.new_context(java_script_enabled=False, base_url=base_url).new_page(), "owner")
    page.goto("/admin/order/")
    for number in orders:
        page.get_by_label(f"Select {number}").check()
    page.locator(".bulk-bar").get_by_role("button", name="Paid", exact=True).click()
    page.get_by_role("button", name="Paid", exact=True).click()

    for _ in range(20):
        page.wait_for_timeout(500)
        if not page.get_by_role("link", name="Refresh").count():
            break
        page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_text("5 orders changed")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_preview_and_job_fit_a_phone(signed_in: Page, orders, assert_accessible, scheme):
    page = signed_in
    page.emulate_media(color_scheme=scheme)
    ask_for_paid(page)
    page.set_viewport_size({"width": 390, "height": 850})
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Paid", exact=True).click()
    page.wait_for_url("**/admin/jobs/*")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
