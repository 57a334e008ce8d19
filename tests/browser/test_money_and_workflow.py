"""Payments, refunds, suspending, cancelling, picking up, parcels and custom statuses, on screen."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.extensions import db
from app.models import CustomStatus, Order, Product
from app.queries import shop
from tests.factories import paid_order, placed_order


@pytest.fixture
def place(app):
    """Place an order and open nothing yet; answers with its number."""

    def place(make=placed_order, **stated) -> str:
        with app.app_context():
            number = make(**stated).number
            db.session.commit()
        return number

    return place


def said(page: Page, text: str):
    expect(page.locator("#toasts").get_by_text(text).last).to_be_visible()


def test_a_part_payment_then_too_much_then_the_refund(signed_in: Page, place, assert_accessible):
    page, dialog = signed_in, signed_in.locator("#dialog")
    page.goto(f"/admin/order/{place()}")
    ledger = page.locator("#ledger")

    page.locator("#ledger").get_by_role("link", name="Enter payment").click()
    expect(dialog.get_by_label("Amount")).to_have_value("67.75")
    dialog.get_by_label("Amount").fill("20,00")
    dialog.get_by_label("Reference").fill("NL 2026-11")
    dialog.get_by_role("button", name="Enter payment").click()
    said(page, "Payment entered")
    expect(ledger.locator(".ledger-sum")).to_contain_text("Open€47.75")

    page.locator("#ledger").get_by_role("link", name="Enter payment").click()
    dialog.get_by_label("Amount").fill("50")
    dialog.get_by_role("button", name="Enter payment").click()
    expect(ledger.locator(".ledger-sum")).to_contain_text("To refund€2.25")

    page.locator("#ledger").get_by_role("link", name="Enter refund").click()
    expect(dialog.get_by_label("Amount")).to_have_value("2.25")
    dialog.get_by_label("Reason").fill("Paid too much")
    dialog.get_by_role("button", name="Enter refund").click()
    said(page, "Refund entered")
    expect(ledger.locator(".ledger-sum")).to_contain_text("Open€0.00")
    assert_accessible(page)

    ledger.locator("summary").click()
    ledger.get_by_role("link", name="Undo -€2.25").click()
    expect(dialog).to_contain_text("Refund · €2.25")
    dialog.get_by_label("Reason").fill("Not paid out yet")
    dialog.get_by_role("button", name="Undo").click()
    said(page, "Undone")
    expect(ledger.locator(".ledger-sum")).to_contain_text("To refund€2.25")


def test_the_toast_takes_a_payment_back(signed_in: Page, place):
    page = signed_in
    page.goto(f"/admin/order/{place()}")
    page.locator("#ledger").get_by_role("link", name="Enter payment").click()
    page.locator("#dialog").get_by_role("button", name="Enter payment").click()
    page.locator("#toasts").get_by_role("button", name="Undo").click()

    said(page, "Undone")
    expect(page.locator("#ledger .ledger-sum")).to_contain_text("Open€67.75")


def test_not_paid_is_grey_on_an_invoice_whose_method_confirms_itself(signed_in: Page, place):
    page = signed_in
    page.goto(f"/admin/order/{place(paid_order, payment_method='iDEAL')}")
    page.get_by_role("link", name=re.compile("^Open invoice ")).click()
    dialog = page.locator("#dialog")

    expect(dialog.get_by_label("Not paid")).to_be_disabled()
    expect(dialog.get_by_text("Paid online at once by iDEAL.")).to_be_visible()


def test_suspend_asks_for_a_reason_and_resume_undoes_it(signed_in: Page, place):
    page = signed_in
    page.goto(f"/admin/order/{place()}")
    page.get_by_role("link", name="Suspend").click()
    page.locator("#dialog").get_by_label("Reason").fill("Odd address")
    page.locator("#dialog").get_by_role("button", name="Suspend").click()
    said(page, "Order suspended")
    expect(page.get_by_role("heading", level=1)).to_contain_text("On hold")
    expect(page.locator("#shipping")).to_contain_text("The order is on hold. Resume it first.")

    page.get_by_role("button", name="Resume", exact=True).click()
    said(page, "Order resumed")
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("On hold")


def test_cancel_starts_on_the_safe_choice_and_credits_in_the_same_step(signed_in: Page, place, assert_accessible):
    page, dialog = signed_in, signed_in.locator("#dialog")
    page.goto(f"/admin/order/{place(paid_order)}")
    page.get_by_role("link", name="Cancel order").click()
    expect(dialog.get_by_role("link", name="Keep the order")).to_be_focused()
    expect(dialog.get_by_text("€67.75 is still to be refunded")).to_be_visible()
    assert_accessible(page)

    expect(dialog.get_by_label("Create credit notes")).to_be_checked()
    dialog.get_by_role("button", name="Cancel order").click()

    said(page, "Order cancelled")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cancelled")
    expect(page.locator("#ledger .ledger-sum")).to_contain_text("To refund€67.75")
    expect(page.locator("#ledger")).to_contain_text("Enter the refund once it has been paid out.")


def test_an_order_is_made_ready_and_picked_up(signed_in: Page, place, assert_accessible):
    page = signed_in
    page.goto(f"/admin/order/{place(paid_order, pick_up=True, shipping_method='Pick up in the shop')}")
    block = page.locator("#shipping")
    expect(block.get_by_text("gets “Ready for pick-up” in Dutch")).to_be_visible()
    block.get_by_role("button", name="Ready for pick-up").click()
    said(page, "Order marked as ready for pick-up")
    block.get_by_role("link", name="Not ready").click()
    page.locator("#dialog").get_by_role("button", name="Not ready").click()
    said(page, "The mail to femke@example.org was withdrawn.")
    expect(block.get_by_text("gets “Ready for pick-up” in Dutch")).to_be_visible()
    assert_accessible(page)

    block.get_by_role("button", name="Picked up").click()
    said(page, "Order marked as picked up")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Completed")
    expect(page.locator("#packing-slips")).to_contain_text("Picked up")


def test_what_is_not_paid_is_warned_of_or_forbidden(app, signed_in: Page, place):
    page, number = signed_in, place()
    page.goto(f"/admin/order/{number}")
    expect(page.locator("#shipping")).to_contain_text("Not paid yet: €67.75 is open.")
    page.locator("#packing-slips").get_by_role("link", name="Create packing slip").click()
    expect(page.locator("#dialog")).to_contain_text("Not paid yet: €67.75 is open.")

    with app.app_context():
        shop().forbid_unpaid_shipping = True
        db.session.commit()
    page.goto(f"/admin/order/{number}")
    expect(page.locator("#shipping").get_by_role("button", name="Sent")).to_be_disabled()
    expect(page.locator("#shipping")).to_contain_text("The order is not paid, and the shop sends nothing before that.")


def test_two_parcels_each_with_its_own_quantities_and_code(signed_in: Page, place):
    page, dialog = signed_in, signed_in.locator("#dialog")
    page.goto(f"/admin/order/{place(paid_order)}")
    for mugs, teapots in (("1", "0"), ("2", "1")):
        page.locator("#packing-slips").get_by_role("link", name="Create packing slip").click()
        dialog.get_by_label("Stoneware mug").fill(mugs)
        dialog.get_by_label("Teapot").fill(teapots)
        dialog.get_by_role("button", name="Create packing slip").click()
        said(page, "Packing slip created")
        expect(dialog).to_be_hidden()
    for slip, code in (("PS00001", "3SA"), ("PS00002", "3SB")):
        page.get_by_role("link", name=f"Open packing slip {slip}").click()
        dialog.get_by_label("Track & Trace code").fill(code)
        dialog.get_by_role("button", name="Sent").click()
        expect(dialog).to_be_hidden()

    slips = page.locator("#packing-slips li")
    expect(slips.nth(0)).to_contain_text("PS00001 1 piece · 3SA")
    expect(slips.nth(1)).to_contain_text("PS00002 3 pieces · 3SB")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Completed")


def test_a_custom_status_is_made_chosen_and_filtered_by(signed_in: Page, place, assert_accessible):
    page, number, other = signed_in, place(), place()
    assert_accessible(page, "/admin/order-status/")
    page.get_by_role("link", name="New order status").click()
    page.get_by_label("Title").fill("Gift wrap")
    page.get_by_label("Purple").check()
    assert_accessible(page)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("td .tag-purple")).to_have_text("Gift wrap")

    page.goto(f"/admin/order/{number}")
    page.get_by_role("combobox", name="Custom status").select_option("Gift wrap")
    page.get_by_role("button", name="Set status").click()
    said(page, "Status set")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Gift wrap")
    assert_accessible(page)

    page.goto("/admin/order/")
    page.locator("summary", has_text="Custom status").click()
    page.get_by_role("link", name="Gift wrap").click()
    expect(page.locator("a.row-link")).to_have_text([number])
    assert other != number


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_of_a_custom_status_can_be_read(app, signed_in: Page, assert_accessible, scheme):
    with app.app_context():
        for colour in ("blue", "green", "orange", "red", "purple", "gray"):
            db.session.add(CustomStatus(title=colour.title(), colour=colour))
        db.session.commit()
    signed_in.emulate_media(color_scheme=scheme)

    assert_accessible(signed_in, "/admin/order-status/")
    expect(signed_in.locator("td .tag")).to_have_count(12)


def test_stock_below_nothing_stands_out_and_is_explained(app, signed_in: Page, place, assert_accessible):
    with app.app_context():
        db.session.add(Product(sku="MUG-30", name="Stoneware mug"))
        db.session.commit()
    page, number = signed_in, place()
    page.goto(f"/admin/order/{number}?tab=products")
    expect(page.locator("#progress")).to_contain_text("-3 short")

    page.goto("/admin/product/")
    page.get_by_role("link", name="Stoneware mug").click()
    expect(page.locator("#movements").get_by_role("link", name=number)).to_be_visible()
    page.get_by_role("textbox", name="Stock").fill("5")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Stoneware mug").click()
    expect(page.locator("#movements tbody tr").first).to_contain_text("Counted")
    expect(page.locator("#movements tbody tr").first).to_contain_text("+8")
    assert_accessible(page)


def test_values_of_products_are_changed_in_their_list(app, signed_in: Page, assert_accessible):
    """Enter saves, Tab goes on to the next row, Esc leaves; what is wrong stands beside it."""
    with app.app_context():
        db.session.add_all([Product(sku=f"MUG-{n}", name=f"Mug {n}", price=10, vat_rate=21) for n in (1, 2)])
        db.session.commit()
    page = signed_in
    page.goto("/admin/product/")
    first, second = page.locator("tbody tr").nth(0), page.locator("tbody tr").nth(1)

    first.locator(".col-price .cell-edit").click()
    page.keyboard.type("-1")
    page.keyboard.press("Enter")
    expect(first.get_by_role("alert")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("12,50")
    page.keyboard.press("Tab")
    expect(first.locator(".col-price")).to_have_text("12.50")
    expect(second.locator(".col-price .cell-field")).to_be_focused()
    page.keyboard.type("99")
    page.keyboard.press("Escape")
    expect(second.locator(".col-price .cell-edit")).to_have_text("10.00")
    expect(second.locator(".col-price .cell-edit")).to_be_focused()
    second.locator(".col-price .cell-edit").click()
    page.keyboard.type("99")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("location.assign('/admin/')")
    expect(second.locator(".col-price .cell-field")).to_have_value("99")
    assert asked == ["beforeunload"]
    page.keyboard.press("Escape")
    second.locator(".col-is_active .cell-edit").click()
    page.reload()  # at once: it is saved all the same
    for _ in range(200):
        with app.app_context():
            if not all(db.session.scalars(select(Product.is_active))):
                break
        page.wait_for_timeout(100)
    page.reload()

    expect(first.locator(".col-price")).to_have_text("12.50")
    expect(second.locator(".col-price")).to_have_text("10.00")
    expect(second.locator("[data-ticks]")).to_have_attribute("data-value", "")
    assert_accessible(page)


def test_the_status_and_the_memo_of_an_order_are_changed_in_the_list(app, signed_in: Page, assert_accessible):
    """The arrow keys only choose; Enter saves, Esc leaves, and who was too late sees what is there now."""
    with app.app_context():
        db.session.add_all([CustomStatus(title=title, colour="blue") for title in ("Gift wrap", "Waits for glaze")])
        number = placed_order().number
        db.session.commit()
    page = signed_in
    page.goto("/admin/order/")
    status = page.locator("[data-edit=status]")

    status.get_by_role("button", name="Change Status: Awaiting payment").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(status.get_by_role("button", name="Awaiting payment")).to_be_focused()
    page.keyboard.press("Enter")
    expect(status.get_by_role("combobox", name="Change Status")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(status.get_by_role("button", name="Change Status: Gift wrap")).to_be_focused()

    with app.app_context():
        order = db.session.scalars(select(Order)).one()
        order.custom_status = db.session.scalars(select(CustomStatus).where(CustomStatus.title != "Gift wrap")).one()
        db.session.commit()
    status.get_by_role("button").click()
    status.get_by_role("combobox").select_option("None")
    page.keyboard.press("Enter")
    expect(status.get_by_role("alert")).to_contain_text("now “Waits for glaze”, you entered “None”")
    page.keyboard.press("Escape")
    expect(status).to_have_text("Waits for glaze")

    page.evaluate("document.querySelector('.columns-menu').open = true")
    page.get_by_role("checkbox", name="Memo").check()
    page.locator(".columns-menu").get_by_role("button", name="Save").click()
    memo = page.locator("[data-edit=memo]")
    memo.get_by_role("button", name="Add memo").click()
    page.keyboard.type("Deliver after five")
    page.keyboard.press("Enter")
    expect(memo).to_contain_text("Deliver after five")
    assert_accessible(page)
    page.goto(f"/admin/order/{number}")
    expect(page.locator("#memos")).to_contain_text("Deliver after five")


def test_what_was_changed_in_a_cell_is_undone_by_the_keyboard(app, signed_in: Page, assert_accessible):
    """The toast says from what to what."""
    with app.app_context():
        db.session.add(Product(name="Mug", price=Decimal("12.50"), stock=Decimal(5)))
        db.session.commit()
    page = signed_in
    page.goto("/admin/product/")
    stock = page.locator("[data-edit=stock]")
    stock.get_by_role("button").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    toast = page.locator("#toasts[role=status] [data-toast]").filter(has_text="Mug: Stock changed from “5” to “7”.")
    expect(toast).to_be_visible()
    assert_accessible(page)

    toast.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")

    said(page, "Mug: Stock changed from “7” to “5”.")
    expect(stock).to_have_text("5")
    with app.app_context():
        assert db.session.scalars(select(Product)).one().stock == 5
