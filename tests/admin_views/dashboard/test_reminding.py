"""Payment reminders on the order page: what the payment block says, the pop-up, and many orders at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.columns import now
from app.extensions import db
from app.models import Order, OutgoingMail
from app.queries import order_numbered, shop
from tests.clients import Client
from tests.factories import placed_order


def reminders() -> list[str]:
    query = select(OutgoingMail.to_address).where(OutgoingMail.kind == "payment_reminder")
    return list(db.session.scalars(query))


def test_the_payment_block_says_when_the_next_reminder_goes(client: Client, in_app: Any) -> None:
    with in_app():
        shop().reminder_days, shop().reminders_since = [3, 7], now() - timedelta(days=30)
        waiting = placed_order(placed_at=now()).number
        off = placed_order(placed_at=now(), email="").number
        late = placed_order(placed_at=now() - timedelta(days=40)).number
        silent = placed_order(placed_at=now(), customer=None).number

    assert "Reminder 1 of 2 will be sent automatically on " in client.get(f"/admin/order/{waiting}").text
    assert "No more automatic reminders." in client.get(f"/admin/order/{late}").text
    page = client.get(f"/admin/order/{silent}").text
    assert "No automatic reminder: The order has no e-mail address. Enter one first." in page
    assert "Reminder 1 of 2" in client.get(f"/admin/order/{off}").text


def test_a_reminder_is_asked_for_in_a_pop_up_that_names_the_mail(client: Client, in_app: Any) -> None:
    with in_app():
        number = placed_order().number

    asked = client.get(f"/admin/order/{number}/send_payment_reminder").text
    client.post(f"/admin/order/{number}/send_payment_reminder", data={"in_dialog": "1"})
    again = client.post(f"/admin/order/{number}/send_payment_reminder", data={"in_dialog": "1"})

    assert "femke@example.org gets “Payment reminder” in Dutch." in asked
    assert again.status_code == 422
    assert "The customer was reminded less than an hour ago." in again.text
    page = client.get(f"/admin/order/{number}").text
    assert "1 payment reminder, the last one on" in page
    with in_app():
        assert reminders() == ["femke@example.org"]


def test_a_mail_that_is_switched_off_is_said_to_be(client: Client, in_app: Any) -> None:
    with in_app():
        shop().mails_off = ["order_paid", "payment_reminder"]
        number = placed_order().number

    page = client.get(f"/admin/order/{number}").text
    client.post(f"/admin/order/{number}/mark_paid", data={"notify": "y"})

    assert "The mail “Order paid” is switched off, under E-mails &amp; texts." in page
    assert "The mail “Payment reminder” is switched off, under E-mails &amp; texts." in page
    with in_app():
        assert db.session.scalars(select(OutgoingMail.kind)).all() == ["order_confirmation"]


def test_who_lacks_the_right_does_not_remind(signed_in_as: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number

    assert signed_in_as("packer").post(f"/admin/order/{number}/send_payment_reminder").status_code == 403

    with in_app():
        order = order_numbered(number)
        assert (order and order.reminders, reminders()) == (0, [])


def test_many_are_reminded_at_once(client: Client, in_app: Any) -> None:
    with in_app():
        numbers = [placed_order().number for _ in range(3)]

    data = {"action": "send_payment_reminder", "rowid": numbers}
    looked_at = client.post("/admin/order/bulk", data=data)
    with in_app():
        assert reminders() == []
    client.post("/admin/order/bulk", data={**data, "step": "do"})

    assert "Payment reminder" in looked_at.text
    with in_app():
        assert len(reminders()) == 3
        assert db.session.scalars(select(Order.reminders)).all() == [1, 1, 1]
