"""An order from the file of a web shop to the customer's mailbox, as somebody at the screen does it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.extensions import db
from app.models import ShippingMethod
from app.queries import shop
from tests.browser.conftest import sign_in
from tests.factories import address, placed_order

SAMPLE = Path(__file__).parent.parent / "intake_readers" / "samples" / "woocommerce.json"


@pytest.fixture
def number(app) -> str:
    with app.app_context():
        number = placed_order().number
        db.session.commit()
    return number


def text_of(pdf: bytes, folder: Path) -> str:
    file = folder / "printed.pdf"
    file.write_bytes(pdf)
    return subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout


def test_from_a_file_to_the_customers_mailbox(app, signed_in: Page, postbox, live_worker, tmp_path):
    with app.app_context():
        postbox.connect(shop())
        db.session.add(ShippingMethod(title="Parcel post", tracking_url="https://carrier.example/track?code={code}"))
        db.session.commit()
        number = placed_order().number
        db.session.commit()
    page = signed_in

    page.goto("/admin/order/")
    page.locator("tr", has_text=number).locator(".cell-customer").click()
    expect(page).to_have_url(re.compile(f"/admin/order/{number}$"))
    page.get_by_role("button", name="Paid", exact=True).click()
    expect(page.get_by_text("Order marked as paid")).to_be_visible()
    href = page.get_by_role("link", name=re.compile("^Print INV")).first.get_attribute("href")
    printed = page.request.get(href)
    page.get_by_label("Track & Trace code").fill("3STEST0001")
    page.get_by_role("button", name="Sent", exact=True).click()
    expect(page.get_by_text("Order marked as sent")).to_be_visible()

    assert printed.headers["content-type"] == "application/pdf"
    invoice = text_of(printed.body(), tmp_path)
    assert "INV00001" in invoice
    assert "67,75" in invoice
    mails = {mail["Subject"]: mail for mail in postbox.wait_for(3)}
    assert len(mails) == 3, list(mails)
    told = [mail.get_body(("plain",)).get_content() for mail in mails.values()]
    assert sum("https://carrier.example/track?code=3STEST0001" in text for text in told) == 1
    assert any(part.get_content_type() == "application/pdf" for mail in mails.values() for part in mail.walk())

    page.get_by_role("link", name=re.compile("^History")).click()
    for happened in (
        "Order placed",
        "Invoice INV00001 created",
        "Paid: €67.75",
        "Sent with packing slip PS00001 3STEST0001",
    ):
        expect(page.locator(".event-text", has_text=happened)).not_to_have_count(0)


def test_a_file_is_imported_by_the_command_and_opens(app, signed_in: Page):
    ran = app.test_cli_runner().invoke(args=["toonbank", "import", "--from", "woocommerce", str(SAMPLE)])
    again = app.test_cli_runner().invoke(args=["toonbank", "import", "--from", "woocommerce", str(SAMPLE)])

    assert "added" in ran.output, ran.output
    assert "already there" in again.output, again.output
    signed_in.goto("/admin/order/")
    signed_in.locator(".row-link").first.click()
    expect(signed_in.get_by_role("heading", level=1)).to_contain_text("ORD1000")


def test_undo_in_the_toast_takes_paid_back(signed_in: Page, number):
    signed_in.goto(f"/admin/order/{number}")
    signed_in.get_by_role("button", name="Paid", exact=True).click()
    signed_in.locator("#toasts").get_by_role("button", name="Undo").click()

    expect(signed_in.locator("#toasts").get_by_text("Order marked as not paid")).to_be_visible()
    expect(signed_in.get_by_role("button", name="Not paid", exact=True)).to_be_disabled()


def test_edit_address_pop_up_moves_the_map_and_gives_the_focus_back(signed_in: Page, number):
    signed_in.goto(f"/admin/order/{number}")
    edit = signed_in.locator("#billing-address").get_by_role("link", name="Edit")
    edit.click()
    dialog = signed_in.locator("#dialog")
    expect(dialog).to_be_visible()
    signed_in.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(edit).to_be_focused()

    edit.click()
    dialog.get_by_label("Postcode").fill("6221 BT")
    dialog.get_by_role("button", name="Save").click()

    sentence = "The postcode 6221 BT is not in Delft; it is near Maastricht."
    expect(signed_in.locator("#billing-address").get_by_text(sentence)).to_be_visible()
    expect(signed_in.get_by_role("list", name="Needs attention").get_by_text(sentence)).to_be_visible()


def test_invoice_pop_up_sets_the_delivery_time_and_sends_again(app, signed_in: Page, number):
    with app.app_context():
        shop().smtp_host = ""
    signed_in.goto(f"/admin/order/{number}")
    signed_in.get_by_role("link", name="INV00001", exact=False).filter(has=signed_in.locator("svg")).first.click()
    dialog = signed_in.locator("#dialog")
    dialog.get_by_text("Paid", exact=True).click()
    dialog.get_by_label("Delivery time").first.select_option(index=1)
    dialog.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_text("Invoice saved")).to_be_visible()
    expect(signed_in.locator("#payment").get_by_text("Paid", exact=True).first).to_be_visible()


def test_packing_slip_pop_up_takes_a_part_and_is_set_sent_afterwards(signed_in: Page, number):
    signed_in.goto(f"/admin/order/{number}")
    signed_in.locator("#packing-slips").get_by_role("link", name="Create packing slip").click()
    dialog = signed_in.locator("#dialog")
    dialog.get_by_label("Stoneware mug").fill("1")
    dialog.get_by_label("Teapot").fill("0")
    dialog.get_by_role("button", name="Create packing slip").click()
    expect(signed_in.get_by_text("Packing slip created")).to_be_visible()

    signed_in.locator("#packing-slips").locator("a[data-dialog]").last.click()
    dialog.get_by_label("Track & Trace code").fill("3SLATER")
    dialog.get_by_role("button", name="Sent").click()

    expect(signed_in.get_by_text("Packing slip marked as sent")).to_be_visible()
    expect(signed_in.get_by_text("Partially shipped").first).to_be_visible()


def test_memo_is_added_and_marked_in_the_list(signed_in: Page, number):
    signed_in.goto(f"/admin/order/{number}")
    signed_in.locator("#memos textarea, #memo textarea").fill("Deliver after 17:00")
    signed_in.get_by_role("button", name="Add memo").click()
    expect(signed_in.get_by_text("Deliver after 17:00").first).to_be_visible()

    signed_in.goto("/admin/order/")
    expect(signed_in.get_by_role("img", name="Memo")).to_be_visible()


def test_all_of_it_works_without_script(app, browser: Browser, base_url, number):
    page = sign_in(app, browser.new_context(java_script_enabled=False, base_url=base_url).new_page(), "owner")
    page.goto("/admin/order/")
    page.get_by_role("link", name=number, exact=True).click()
    page.get_by_role("button", name="Paid", exact=True).click()
    expect(page.get_by_text("Order marked as paid")).to_be_visible()
    page.locator("#billing-address").get_by_role("link", name="Edit").click()
    page.get_by_label("Town").or_(page.get_by_label("City")).first.fill("Leiden")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Address saved")).to_be_visible()
    page.get_by_label("Track & Trace code").fill("3SNOSCRIPT")
    page.get_by_role("button", name="Sent", exact=True).click()
    expect(page.get_by_text("Order marked as sent")).to_be_visible()
    page.context.close()


#: As of a sign that takes AltGr, such as [ on a German keyboard.
KEY_DOWN = "key => document.body.dispatchEvent(new KeyboardEvent('keydown', {...key, bubbles: true}))"


def test_keys_move_through_the_list(app, signed_in: Page, number):
    with app.app_context():
        placed_order(billing=address(name="Second"))
        db.session.commit()
    page = signed_in
    page.goto("/admin/")
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url("**/admin/order/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-tick]:checked")).to_have_count(1)
    page.keyboard.press("/")
    expect(page.locator("#everything-asked")).to_be_focused()
    page.keyboard.type(number[:-1])
    option = page.get_by_role("option", name=number).first
    expect(option).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#everything-asked")).to_have_attribute("aria-activedescendant", "found-1")
    page.keyboard.press("Escape")
    expect(option).to_be_hidden()
    page.keyboard.press("Control+a")
    page.keyboard.type(number)  # as a scanner does
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/admin/order/{number}")
    page.keyboard.press("Control+k")
    expect(page.locator("#everything-asked")).to_be_focused()
    page.goto("/admin/order/")
    page.locator(f"a.row-link[href$={number}]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/admin/order/{number}")
    page.evaluate(KEY_DOWN, {"key": "?", "ctrlKey": True, "altKey": True})
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.evaluate(KEY_DOWN, {"key": "?", "ctrlKey": True, "altKey": True, "modifierAltGraph": True})
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()


def test_ticked_orders_are_set_paid_together(app, signed_in: Page, number):
    page = signed_in
    page.goto("/admin/order/")
    page.locator("[data-tick-all]").check()
    page.locator(".bulk-bar").get_by_role("button", name="Paid", exact=True).click()
    expect(page.locator("#preview")).to_contain_text("femke@example.org")
    page.get_by_role("button", name="Paid", exact=True).click()

    expect(page.locator("#toasts")).to_contain_text("1 order")
    expect(page.locator("tbody").get_by_text("Paid", exact=True)).to_be_visible()
