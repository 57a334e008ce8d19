"""SERVICES: the outbox and what came in; and the home page."""

from __future__ import annotations

import json

from sqlalchemy import select

from app.actions.intake import take_in
from app.demo import plant
from app.extensions import db
from app.history import SYSTEM
from app.intake import orders_in
from app.models import Arrival, Invoice, MailState, Order, OutgoingMail
from app.queries import today
from tests.factories import placed_order

UNREADABLE = {"id": 7, "number": "7", "currency": "EUR", "total": "abc", "line_items": []}


def quarantine(in_app, payload=UNREADABLE):
    with in_app():
        (found,) = orders_in("woocommerce", json.dumps(payload))
        assert take_in(found, source="woocommerce", origin="orders.json", by=SYSTEM).result == "quarantined"


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


def test_quarantine_names_the_field_and_keeps_the_payload(client, in_app):
    quarantine(in_app)

    page = client.get("/admin/arrivals/details/?id=1")

    assert "Quarantined" in page.text
    assert "abc" in page.text
    assert client.get("/admin/").text.count("1 payloads could not be read") == 1
    with in_app():
        assert json.loads(db.session.scalars(select(Arrival.payload)).one()) == UNREADABLE


def test_try_again_on_what_still_can_not_be_read_changes_nothing(client, in_app):
    quarantine(in_app)

    answer = client.post("/admin/arrivals/1/try-again")

    assert answer.location.endswith("/admin/arrivals/details/?id=1")
    with in_app():
        assert db.session.scalars(select(Arrival.result)).all() == ["quarantined"]
        assert not db.session.scalars(select(Order)).all()


def test_home_leads_to_lists_and_first_steps(client, in_app):
    empty = client.get("/admin/").text
    with in_app():
        placed_order()
    home = client.get("/admin/").text

    assert "No orders yet" in empty
    assert "First steps" in empty
    assert "ORD10001" in home
    assert 'href="/admin/order/?view=unpaid"' in home


def test_one_click_removes_the_demo_shop_and_leaves_the_rest(client, in_app, signed_in_as):
    with in_app():
        own = placed_order().number
        plant(today())
    assert "This is the demo shop." in client.get("/admin/").text
    assert signed_in_as("office").post("/admin/remove-demo").status_code == 403

    client.post("/admin/remove-demo")

    with in_app():
        assert db.session.scalars(select(Order.number)).all() == [own]
        assert {invoice.order.number for invoice in db.session.scalars(select(Invoice))} == {own}
    assert "This is the demo shop." not in client.get("/admin/").text
