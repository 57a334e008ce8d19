"""The outbox at the screen: what waits and why, sending again, searching and narrowing."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from app.actions.invoices import change_invoice, issue_invoice
from app.actions.payments import mark_paid
from app.actions.reminders import send_payment_reminder
from app.actions.terms import replace_terms
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer
from app.mails import Postman, deliver_due
from app.models import MailState, OutgoingMail
from app.queries import order_numbered, shop
from tests.arrange import pdf
from tests.clients import Client
from tests.factories import address, placed_order
from tests.looking import words
from tests.mails.outgoing import connect, order_to_write_about, queued
from tests.postbox import Postbox


def test_outbox_shows_mails_that_wait_and_says_why(client, in_app):
    with in_app():
        placed_order()

    page = client.get("/admin/outbox/")
    mail = client.get("/admin/outbox/details/?id=1")

    assert "No mail server is set up." in page.text
    assert "femke@example.org" in page.text
    assert "Stoneware mug" in mail.text
    assert "Waiting" in mail.text


def test_mail_that_waits_can_not_be_sent_again(client, in_app):
    with in_app():
        placed_order()

    answer = client.post("/admin/outbox/1/send-again", data={"to": "femke@example.org"}, follow_redirects=True)

    assert "This mail is waiting to be sent already." in answer.text
    with in_app():
        assert len(db.session.scalars(select(OutgoingMail)).all()) == 1


def test_mail_of_the_demo_is_kept_and_says_so_wherever_it_stands(client, in_app):
    with in_app():
        db.session.add(
            OutgoingMail(
                kind="order_paid", once_key="d", to_address="femke@example.org", subject="Paid", body="",
                message_id="<d@example.org>", is_demo=True,
            )
        )  # fmt: skip

    listed = client.get("/admin/outbox/").text
    waiting = client.get("/admin/outbox/?flt0_0=queued").text
    mail = client.get("/admin/outbox/details/?id=1").text
    answer = client.post("/admin/outbox/1/send-again", data={"to": "femke@example.org"}, follow_redirects=True).text

    for page in (listed, waiting, mail):
        assert "Kept (demo)" in page
        assert "Mails of the demo shop are never sent." in page
    assert "Waiting</span>" not in listed + mail
    assert "Goes at" not in mail
    assert "waiting to be sent already" not in mail + answer
    assert "Mails of the demo shop are never sent." in answer


def test_failed_mail_is_sent_again_to_a_corrected_address(client, in_app):
    with in_app():
        placed_order()
        db.session.get(OutgoingMail, 1).state = MailState.FAILED

    client.post("/admin/outbox/1/send-again", data={"to": "femke@example.net"})

    with in_app():
        first, second = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()
        assert (first.state, second.state, second.to_address) == (
            MailState.FAILED,
            MailState.QUEUED,
            "femke@example.net",
        )
        assert (second.subject, second.body) == (first.subject, first.body)


def failed_mails(count: int) -> None:
    for _number in range(count):
        placed_order()
    for mail in db.session.scalars(select(OutgoingMail)):
        mail.state = MailState.FAILED


def test_failed_mails_are_sent_again_together_and_each_once(client, in_app):
    with in_app():
        failed_mails(2)
        placed_order()  # its mail waits
    data = {"action": "send_again", "rowid": ["1", "2", "3"]}

    client.post("/admin/outbox/action/", data=data)
    said = client.get("/admin/outbox/").text
    client.post("/admin/outbox/action/", data=data)

    assert "2 mails queued again." in said
    assert "1 mail unchanged: It did not fail." in said
    assert "2 mails unchanged: It was sent again already." in client.get("/admin/outbox/").text
    with in_app():
        keys = db.session.scalars(select(OutgoingMail.once_key).where(OutgoingMail.once_key.startswith("again:"))).all()
        assert keys == ["again:1:1", "again:2:1"]


def test_who_may_not_write_to_customers_sends_nothing_again(signed_in_as, in_app):
    with in_app():
        failed_mails(1)

    signed_in_as("packer").post("/admin/outbox/action/", data={"action": "send_again", "rowid": ["1"]})

    with in_app():
        assert len(db.session.scalars(select(OutgoingMail)).all()) == 1


def test_outbox_is_searched_by_address_and_order_and_narrowed_by_state_and_kind(client, in_app):
    with in_app():
        failed_mails(1)
        placed_order(customer=None, billing=address(), shipping=None)
        placed_order(customer=NewCustomer(name="Ada", email="ada@example.org"))
        send_payment_reminder(order_numbered("ORD10003"), by=SYSTEM)

    def subjects(query):
        page = client.get(f"/admin/outbox/?{query}").text
        rows = words(re.sub(r"(?s)^.*?<tbody>|</tbody>.*$", "", page)) if "<tbody>" in page else ""
        return re.findall(r"ORD1000\d", rows)

    assert subjects("") == ["ORD10003", "ORD10003", "ORD10001"]
    assert subjects("search=ada@example.org") == ["ORD10003", "ORD10003"]
    assert subjects("search=ord10001") == ["ORD10001"]
    assert subjects("flt0_0=failed") == ["ORD10001"]
    assert subjects("flt0_1=payment_reminder") == ["ORD10003"]


def test_a_withdrawn_mail_says_so_and_is_not_sent_again(client, in_app):
    with in_app():
        order = placed_order()
        mail_id = send_payment_reminder(order, by=SYSTEM).id
        mark_paid(order, by=SYSTEM)

    page = client.get(f"/admin/outbox/details/?id={mail_id}").text
    client.post(f"/admin/outbox/{mail_id}/send-again", data={"to": "femke@example.org"})

    assert "Withdrawn" in page
    assert "INV00001.pdf" in page
    assert "This mail was withdrawn: what is to be paid has changed." in page
    with in_app():
        assert len(db.session.scalars(select(OutgoingMail)).all()) == 3


def test_a_row_of_the_outbox_opens_its_mail(client, in_app):
    with in_app():
        placed_order()

    assert '<tr data-href="/admin/outbox/details/?id=1' in client.get("/admin/outbox/").text


def test_attachments_are_opened_as_they_went(client: Client, in_app: Any, postbox: Postbox) -> None:
    with in_app():
        connect(postbox)
        replace_terms(shop(), name="terms.pdf", content=pdf(), by=SYSTEM)
        order = order_to_write_about()
        invoice = order.invoices[0] if order.invoices else issue_invoice(order, by=SYSTEM)
        mail = queued(order, kind="invoice", invoice=invoice)
        db.session.commit()
        deliver_due(Postman())
        change_invoice(invoice, by=SYSTEM, paid=False, delivery_time="Two weeks later")
        replace_terms(shop(), name="terms.pdf", content=pdf(pages=2), by=SYSTEM)
        mail_id, went = mail.id, [part.get_content() for part in postbox.mails[0].iter_attachments()]

    page = client.get(f"/admin/outbox/details/?id={mail_id}").text
    links = re.findall(r'href="(/admin/outbox/\d+/attachments/\d+)"', page)

    assert [client.get(link).data for link in links] == went
    assert [client.get(link).mimetype for link in links] == ["application/pdf"] * 2
    assert client.get(f"/admin/outbox/{mail_id}/attachments/2").status_code == 404


def test_a_mail_without_attachments_has_none_to_open(client: Client, in_app: Any) -> None:
    with in_app():
        placed_order()

    assert "/attachments/" not in client.get("/admin/outbox/details/?id=1").text
    assert client.get("/admin/outbox/1/attachments/0").status_code == 404
    assert client.get("/admin/outbox/99/attachments/0").status_code == 404
