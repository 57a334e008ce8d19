"""Notify customer: a free message inside the shop's own mail, with a preview before it goes."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.mails import Postman, deliver_due
from app.models import History, InvoiceMoment, MailText, OutgoingMail
from app.queries import order_numbered, shop
from tests.clients import Client
from tests.factories import placed_order
from tests.mails.outgoing import connect
from tests.postbox import Postbox

MESSAGE = "The blue mugs are late.\r\n\r\nShall we send {order_total} or <b>green</b> ones?"


@pytest.fixture
def number(in_app: Any) -> str:
    with in_app():
        return placed_order(language="en").number


def messages() -> list[OutgoingMail]:
    query = select(OutgoingMail).where(OutgoingMail.kind == "notify_customer").order_by(OutgoingMail.id)
    return list(db.session.scalars(query))


def facts() -> list[Any]:
    return [db.session.scalar(select(func.count()).select_from(table)) for table in (History, OutgoingMail)]


@pytest.mark.each_database
def test_a_message_goes_inside_the_shops_mail_and_is_never_read_as_words(
    client: Client, in_app: Any, number: str, postbox: Postbox
) -> None:
    answer = client.post(
        f"/admin/order/{number}/notify_customer",
        data={"text": MESSAGE, "subject": "About {order_number}", "language": "en", "attach_invoice": "y"},
    )

    assert answer.status_code == 303
    with in_app():
        connect(postbox)
        (mail,) = messages()
        assert (mail.subject, mail.invoice_id, mail.file_id) == ("About {order_number}", 1, None)
        deliver_due(Postman())
        (event,) = db.session.scalars(select(History).where(History.what == "customer_notified"))
        assert (event.facts["text"][:23], event.actor_name) == ("The blue mugs are late.", "Owner")
    arrived = next(mail for mail in postbox.mails if mail["Subject"] == "About {order_number}")
    plain, html = (arrived.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert "Hello Femke Jansen,\n\nThe blue mugs are late.\n\nShall we send {order_total} or <b>green</b>" in plain
    assert "&lt;b&gt;green&lt;/b&gt;" in html
    assert [part.get_filename() for part in arrived.iter_attachments()] == ["INV00001.pdf"]


def test_the_preview_is_the_mail_and_nothing_goes(client: Client, in_app: Any, number: str) -> None:
    with in_app():
        before = facts()
    data = {"text": MESSAGE, "language": "nl", "attach_invoice": "y"}

    shown = client.post(f"/admin/order/{number}/notify_customer", data={**data, "preview": "1"}).text

    with in_app():
        assert facts() == before
    client.post(f"/admin/order/{number}/notify_customer", data=data)
    with in_app():
        (mail,) = messages()
        assert f"Over je bestelling {number}" in shown
        assert mail.body.replace("<", "&lt;").replace(">", "&gt;") in shown
        assert "INV00001.pdf" in shown
        assert "<p>The blue mugs are late.</p>" in shown


def test_the_shops_own_text_is_round_the_message(client: Client, in_app: Any, number: str) -> None:
    with in_app():
        db.session.add(MailText(kind="notify_customer", language="en", subject="Hi", body="Dear!\n{message}\nBye"))

    client.post(f"/admin/order/{number}/notify_customer", data={"text": "Hello {shop_name}", "language": "en"})

    with in_app():
        assert [(mail.subject, mail.body) for mail in messages()] == [("Hi", "Dear!\nHello {shop_name}\nBye\n")]


def test_it_goes_also_when_this_mail_is_switched_off(client: Client, in_app: Any, number: str) -> None:
    with in_app():
        shop().mails_off = ["notify_customer"]

    client.post(f"/admin/order/{number}/notify_customer", data={"text": "Hello", "language": "en"})

    with in_app():
        assert len(messages()) == 1


def test_the_same_message_pressed_twice_goes_once_and_another_one_goes_too(
    client: Client, in_app: Any, number: str
) -> None:
    path, data = f"/admin/order/{number}/notify_customer", {"text": "Hello", "language": "en", "in_dialog": "1"}

    client.post(path, data=data)
    again = client.post(path, data=data)
    client.post(path, data={**data, "text": "Hello once more"})

    assert again.status_code == 422
    assert "This very message was sent today already." in again.text
    with in_app():
        assert len(messages()) == 2


@pytest.mark.parametrize(
    ("arrange", "data", "reason"),
    [
        ({"email": ""}, {"text": "Hello"}, "The order has no e-mail address. Enter one first."),
        (
            {"is_draft": True},
            {"text": "Hello"},
            "A draft has not been confirmed to anybody yet. Place the order first.",
        ),
        ({}, {"text": " "}, "Fill this in."),
        ({}, {"text": "x" * 5001}, "At most 5000 letters."),
        ({}, {"text": "Hello", "language": "xx"}, "Not a valid choice"),
    ],
)
def test_a_message_is_refused(
    client: Client, in_app: Any, number: str, arrange: dict[str, Any], data: dict[str, str], reason: str
) -> None:
    with in_app():
        for name, value in arrange.items():
            setattr(order_numbered(number), name, value)
        before = facts()

    answer = client.post(f"/admin/order/{number}/notify_customer", data={"language": "en", "in_dialog": "1", **data})

    assert answer.status_code == 422
    assert reason in answer.text
    with in_app():
        assert facts() == before


def test_no_invoice_no_tick_and_no_attachment(client: Client, in_app: Any) -> None:
    with in_app():
        shop().invoice_moment = InvoiceMoment.MANUAL
        number = placed_order().number
    path = f"/admin/order/{number}/notify_customer"

    page = client.get(path).text
    answer = client.post(path, data={"text": "Hello", "language": "nl", "attach_invoice": "y", "in_dialog": "1"})

    assert "Attach the latest invoice" not in page
    assert "There is no invoice to attach yet." in answer.text
    with in_app():
        assert messages() == []


def test_who_lacks_the_right_writes_to_nobody(signed_in_as: Any, number: str, in_app: Any) -> None:
    answer = signed_in_as("packer").post(f"/admin/order/{number}/notify_customer", data={"text": "Hello"})

    assert answer.status_code == 403
    with in_app():
        assert messages() == []
