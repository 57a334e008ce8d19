"""An order by telephone, from New order to Place; a copy; and two customers who are one: each pop-up in a browser."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from app.actions.drafts import copy_order
from app.extensions import db
from app.history import SYSTEM
from app.models import Customer, PaymentMethod, Product
from tests.browser.conftest import sign_in
from tests.factories import placed_order


@pytest.fixture
def catalogue(app) -> None:
    with app.app_context():
        db.session.add_all(
            [
                Product(name="Stoneware mug", sku="MUG-30", price=Decimal("12.50"), vat_rate=Decimal(21)),
                PaymentMethod(title="Cash on delivery", cost=Decimal("2.50"), vat_rate=Decimal(21)),
                Customer(name="Stan Guit", email="stan@example.org"),
            ]
        )
        db.session.commit()


@pytest.fixture
def draft(app, catalogue) -> str:
    with app.app_context():
        number = copy_order(placed_order(), by=SYSTEM).number
        db.session.commit()
    return number


def test_an_order_by_telephone(signed_in: Page, catalogue, assert_accessible):
    page = signed_in
    page.goto("/admin/order/")
    page.get_by_role("button", name="New order").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("DRAFT1")
    expect(page.get_by_text("No products yet.")).to_be_visible()
    assert_accessible(page)

    page.get_by_role("link", name="Edit products").click()
    dialog = page.locator("#dialog")
    dialog.get_by_role("searchbox").fill("mug")
    dialog.get_by_role("button", name="Add Stoneware mug").click()
    expect(dialog.get_by_label("Name of line 1")).to_have_value("Stoneware mug")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    dialog.get_by_role("button", name="Free line").click()
    expect(dialog.get_by_label("Name of line 2")).to_be_focused()
    dialog.get_by_label("Name of line 2").fill("Engraving")
    dialog.get_by_label("Unit price of line 2").fill("5")
    dialog.get_by_label("VAT % of line 2").fill("21")
    assert_accessible(page)
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Products saved")).to_be_visible()

    page.locator("#methods").get_by_role("link", name="Edit").click()
    dialog.get_by_label("Payment method").select_option(label="Cash on delivery")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#methods")).to_contain_text("€2.50")

    page.locator("#customer").get_by_role("link", name="Choose customer").click()
    dialog.get_by_role("searchbox").fill("stan")
    dialog.get_by_role("button", name="Choose Stan Guit").click()
    expect(page.locator("#customer")).to_contain_text("stan@example.org")

    page.get_by_role("link", name="Place order").click()
    expect(dialog).to_contain_text("stan@example.org gets “Order confirmation” in English.")
    dialog.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ORD10001")
    expect(page.locator(".order-facts")).to_contain_text("€20.00")
    expect(page).to_have_url(re.compile("/admin/order/ORD10001$"))
    page.goto("/admin/order/DRAFT1")
    expect(page).to_have_url(re.compile("/admin/order/ORD10001$"))


def test_a_line_is_removed(signed_in: Page, draft):
    page = signed_in
    page.goto(f"/admin/order/{draft}")
    page.get_by_role("link", name="Edit products").click()
    dialog = page.locator("#dialog")
    dialog.get_by_role("button", name="Remove line 2").click()
    expect(dialog.get_by_label("Name of line 2")).to_have_count(0)
    dialog.get_by_label("Quantity of line 1").fill("2")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#products")).to_contain_text("€31.05")


def test_copy_discard_and_take_up_again(app, signed_in: Page):
    with app.app_context():
        number = placed_order().number
        db.session.commit()
    page = signed_in
    page.goto(f"/admin/order/{number}")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("DRAFT1")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Discarded")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Draft reopened")).to_be_visible()
    page.goto("/admin/draft/")
    expect(page.get_by_role("link", name="DRAFT1")).to_be_visible()


def test_the_customer_is_edited_on_the_customer_tab(app, signed_in: Page):
    with app.app_context():
        number = placed_order().number
        db.session.commit()
    page = signed_in
    page.goto(f"/admin/order/{number}?tab=customer")
    page.locator("#customer").get_by_role("link", name="Edit").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("E-mail").fill("new@example.org")
    dialog.get_by_label("Also on the customer’s record").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#customer")).to_contain_text("new@example.org")
    page.get_by_role("link", name="View customer").click()
    expect(page.locator("#customer")).to_contain_text("new@example.org")


def test_two_customers_become_one(app, signed_in: Page, draft, assert_accessible):
    page = signed_in
    page.goto("/admin/customer/")
    page.get_by_role("link", name="Femke Jansen").click()
    page.get_by_role("link", name="Merge into…").click()
    page.locator("#search").fill("stan")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Choose").click()
    expect(page.get_by_text("2 orders move")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Stan Guit")
    expect(page.get_by_text("Customers merged")).to_be_visible()
    expect(page.get_by_role("link", name="ORD10001")).to_be_visible()
    assert_accessible(page, "/admin/draft/")


def test_lines_are_edited_and_placed_without_script(app, browser: Browser, base_url, draft):
    page = sign_in(app, browser.new_context(java_script_enabled=False, base_url=base_url).new_page(), "owner")
    page.goto(f"/admin/order/{draft}")
    page.get_by_role("link", name="Edit products").click()
    page.get_by_role("searchbox").last.fill("mug")
    page.get_by_role("button", name="Find", exact=True).last.click()
    page.get_by_role("button", name="Add Stoneware mug").click()
    expect(page.get_by_label("Quantity of line 1")).to_have_value("4")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Products saved")).to_be_visible()
    page.get_by_role("link", name="Place order").click()
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ORD10002")
    page.context.close()


def test_what_is_typed_at_once_is_searched_for_too(signed_in: Page, draft):
    """A scanner, or quick fingers, may be faster than the script that listens to the field."""
    page = signed_in
    page.goto(f"/admin/order/{draft}")
    page.evaluate(
        """document.addEventListener('htmx:afterSwap', ({detail: {target}}) => {
          const field = target.querySelector('input[type=search]');
          if (!field || field.value) return;
          field.value = 'stan';
          field.dispatchEvent(new Event('input', {bubbles: true}));
        })"""
    )

    page.locator("#customer").get_by_role("link", name="Choose customer").click()

    expect(page.locator("#dialog").get_by_role("button", name="Choose Stan Guit")).to_be_visible()
