"""Writing to customers, as somebody at the screen does it: messages, reminders, texts, the outbox."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.extensions import db
from app.models import MailState, MailText, OutgoingMail
from app.queries import shop
from tests.browser.conftest import sign_in
from tests.factories import placed_order


@pytest.fixture
def number(app) -> str:
    with app.app_context():
        number = placed_order(language="en").number
        db.session.commit()
    return number


def test_a_message_is_looked_at_and_goes(app, signed_in: Page, number, postbox, live_worker, assert_accessible):
    with app.app_context():
        postbox.connect(shop())
        db.session.commit()
    page = signed_in
    page.goto(f"/admin/order/{number}")
    page.get_by_role("link", name="Notify customer").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Message").fill("The blue mugs are late.")
    dialog.get_by_label("Attach the latest invoice").check()
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog.locator(".mail-sheet")).to_contain_text("Hello Femke Jansen,")
    expect(dialog.locator(".mail-sheet")).to_contain_text("The blue mugs are late.")
    expect(dialog.get_by_label("Message")).to_have_value("The blue mugs are late.")
    assert_accessible(page)
    dialog.get_by_role("button", name="Send").click()

    expect(page.get_by_text("Message is on its way")).to_be_visible()
    told = [mail for mail in postbox.wait_for(2) if mail["Subject"] == f"About your order {number}"]
    assert "The blue mugs are late." in told[0].get_body(("plain",)).get_content()
    assert [part.get_filename() for part in told[0].iter_attachments()] == ["INV00001.pdf"]


def test_a_message_without_script(app, browser: Browser, base_url, number):
    page = sign_in(app, browser.new_context(java_script_enabled=False, base_url=base_url).new_page(), "owner")
    page.goto(f"/admin/order/{number}/notify_customer")
    page.get_by_label("Message").fill("Hello without script")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".mail-sheet")).to_contain_text("Hello without script")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Message is on its way")).to_be_visible()
    page.context.close()


def test_a_reminder_is_confirmed_and_then_the_button_is_grey(signed_in: Page, number):
    page = signed_in
    page.goto(f"/admin/order/{number}")
    page.get_by_role("link", name="Send payment reminder").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("femke@example.org gets “Payment reminder” in English.")
    dialog.get_by_role("button", name="Send payment reminder").click()

    expect(page.get_by_text("Payment reminder is on its way")).to_be_visible()
    expect(page.locator("#payment")).to_contain_text("1 payment reminder, the last one on")
    expect(page.get_by_role("button", name=re.compile("^Send payment reminder"))).to_be_disabled()


def test_the_preview_of_a_text_follows_while_one_types(app, signed_in: Page, number):
    page = signed_in
    page.goto("/admin/mail-texts/")
    page.get_by_role("link", name="Order paid, English: standard").click()
    body = page.get_by_role("textbox", name="Text", exact=True)
    body.fill("Hooray, {customer_name}!")
    expect(page.locator(".mail-sheet")).to_have_text("Hooray, Femke Jansen!")
    body.fill("Hooray, {nobody}!")
    expect(page.locator("#preview")).to_contain_text("There is no word {nobody}.")
    expect(body).to_be_focused()
    body.fill("Hooray!")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Text saved")).to_be_visible()
    page.get_by_role("button", name="Restore default").click()
    page.locator("dialog[open]").get_by_role("button", name="Restore default").click()

    expect(page.get_by_text("Standard text restored")).to_be_visible()
    with app.app_context():
        assert db.session.scalars(select(MailText)).all() == []


def test_a_trial_is_sent_and_the_mail_is_switched_off(app, signed_in: Page, number):
    page = signed_in
    page.goto("/admin/mail-texts/order_paid/en")
    page.get_by_role("button", name="Send test mail to me").click()
    expect(page.get_by_text("A test mail is on its way to owner@example.org.")).to_be_visible()
    page.goto("/admin/mail-texts/order_paid/en")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("Mail switched off")).to_be_visible()

    page.goto(f"/admin/order/{number}")
    expect(page.locator("#payment")).to_contain_text("The mail “Order paid” is switched off")


def test_failed_mails_are_ticked_and_sent_again(app, signed_in: Page, number):
    with app.app_context():
        db.session.scalars(select(OutgoingMail)).one().state = MailState.FAILED
        db.session.commit()
    page = signed_in
    page.goto("/admin/outbox/")
    page.get_by_text("Filter", exact=True).click()
    page.get_by_text("Status", exact=True).first.click()
    page.get_by_label("equals").first.select_option(label="Failed")
    page.get_by_role("button", name="Apply Status equals").click()
    page.locator("[data-tick-all]").check()
    page.locator(".bulk-bar").get_by_role("button", name="Send again").click()
    page.locator("dialog[open]").get_by_role("button", name="Send again").click()

    expect(page.get_by_text("1 mail queued again.")).to_be_visible()


def test_the_mail_server_is_tried_out(app, signed_in: Page, postbox):
    with app.app_context():
        postbox.connect(shop())
        db.session.commit()
    signed_in.goto("/admin/mail-settings/")
    signed_in.get_by_role("button", name="Send test mail to me").click()

    expect(signed_in.get_by_text("The mail server took a mail to owner@example.org: 250 OK")).to_be_visible()
    assert len(postbox.mails) == 1
