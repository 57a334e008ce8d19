"""Reminders that wait for a yes: listed on one page, sent by one press, in the name of who pressed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.actions.reminders import orders_to_remind, stop_customers_reminders
from app.columns import now
from app.extensions import db
from app.history import SYSTEM, Happened
from app.intake_readers.new_order import NewCustomer
from app.models import REMINDERS, History, Order, OutgoingMail
from app.operations.worker import send_reminders
from app.queries import shop
from tests.clients import Client
from tests.factories import placed_order

PAGE = "/admin/due-reminders/"
DAY = timedelta(days=1)


def reminded() -> list[str]:
    query = select(Order.number).join(OutgoingMail, OutgoingMail.order_id == Order.id)
    return list(db.session.scalars(query.where(OutgoingMail.kind.in_(REMINDERS)).order_by(Order.id)))


def test_what_is_due_waits_for_one_press_and_what_is_unticked_stays(client: Client, in_app: Any) -> None:
    with in_app():
        own = shop()
        own.reminder_days, own.reminders_since, own.reminders_ask = [7, 14], now() - 100 * DAY, True
        first, second, stopped, young = (
            placed_order(
                customer=NewCustomer(name=f"Who {days}", email=f"w{days}@example.org"), placed_at=now() - days * DAY
            )
            for days in (20, 10, 9, 2)
        )
        stop_customers_reminders(stopped.customer, by=SYSTEM)
        db.session.commit()
        ids, numbers = (first.id, second.id, stopped.id, young.id), (first.number, second.number)
        others = stopped.number, young.number
        assert list(orders_to_remind()) == []
        assert send_reminders() == 0
    page = client.get(PAGE).text
    assert [number in page for number in (*numbers, *others)] == [True, True, False, False]
    assert "Reminders" in client.get("/admin/").text.partition("menu-head")[2].partition("menu-head")[0]

    assert client.post(f"{PAGE}send", data={"order": [str(ids[0])]}).status_code == 303
    assert "1 reminder is on its way" in client.get(PAGE).text
    assert numbers[1] in client.get(PAGE).text
    with in_app():
        assert reminded() == [numbers[0]]
        order = db.session.get_one(Order, ids[0])
        assert (order.automatic_reminders, order.reminders) == (2, 1), "one mail stands for both delays"
        (said,) = db.session.scalars(select(History).where(History.what == Happened.REMINDER_SENT))
        assert said.actor_name != SYSTEM.name

    client.post(f"{PAGE}send", data={"order": [str(one) for one in ids]})
    with in_app():
        assert reminded() == list(numbers), "neither what was sent already, nor stopped, nor young"
        shop().reminders_ask = False
        db.session.commit()
    assert "for a yes" not in client.get("/admin/").text
    assert "Settings > Reminders lets them wait here" in client.get(PAGE).text


def test_who_may_not_remind_sends_none(client: Client, in_app: Any, signed_in_as: Any) -> None:
    with in_app():
        own = shop()
        own.reminder_days, own.reminders_since, own.reminders_ask = [7], now() - 100 * DAY, True
        order_id = placed_order(placed_at=now() - 10 * DAY).id
        db.session.commit()
    packer = signed_in_as("packer")
    assert "Send these reminders" in client.get(PAGE).text
    assert "1 reminder waits for a yes" in client.get("/admin/").text
    assert "Send these reminders" not in packer.get(PAGE).text
    assert "waits for a yes" not in packer.get("/admin/").text
    with in_app():
        shop().reminders_ask = False
        db.session.commit()
    assert "waits for a yes" not in client.get("/admin/").text, "they go by themselves"
    assert packer.post(f"{PAGE}send", data={"order": str(order_id)}).status_code == 403
    with in_app():
        assert reminded() == []


def test_a_customer_is_left_alone_by_one_press_and_reminded_again_by_another(client: Client, in_app: Any) -> None:
    with in_app():
        order = placed_order()
        customer_id, number = order.customer_id, order.number
        own = shop()
        own.reminder_days, own.reminders_since = [7], now() - 100 * DAY
        db.session.commit()
    page = f"/admin/customer/details/?id={customer_id}"
    client.post("/admin/customer/stop-reminders", data={"id": customer_id})
    shown = client.get(page).text
    assert "No reminders go by themselves to this customer" in shown
    assert "Reminders again" in shown
    assert "No reminders go by themselves to this customer." in client.get(f"/admin/order/{number}").text
    client.post("/admin/customer/remind-again", data={"id": customer_id})
    assert "None go by themselves" not in client.get(page).text
