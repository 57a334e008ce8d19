"""Payment reminders: by hand, by itself, each once, and withdrawn when the money comes in first."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from app.accounting.states import recompute_status
from app.actions.lines import EditedLine, edit_lines
from app.actions.payments import mark_not_paid, mark_paid
from app.actions.reminders import (
    next_reminder,
    orders_to_remind,
    remind_by_itself,
    remind_customer_again,
    send_payment_reminder,
    stop_customers_reminders,
)
from app.columns import at, now
from app.extensions import db
from app.history import SYSTEM, Happened
from app.mails import Postman, deliver_due, outbox
from app.mails.queueing import queue_again
from app.models import REMINDERS, History, InvoiceMoment, MailState, Order, OutgoingMail, Payment
from app.operations import worker
from app.queries import shop
from tests.factories import placed_order
from tests.looking import refused
from tests.mails.difficult import DifficultPostbox
from tests.mails.outgoing import connect, order_to_write_about
from tests.postbox import Postbox

both = pytest.mark.each_database
DAY = timedelta(days=1)


def unpaid_order(*, days_ago: float = 0, **stated: Any) -> Order:
    return placed_order(placed_at=now() - days_ago * DAY, **stated)


def switched_on(*days: int, days_ago: float = 1000) -> None:
    shop().reminder_days, shop().reminders_since = list(days), now() - days_ago * DAY
    db.session.flush()


def reminders_of(order: Order) -> list[OutgoingMail]:
    query = select(OutgoingMail).where(OutgoingMail.order_id == order.id, OutgoingMail.kind.in_(REMINDERS))
    return list(db.session.scalars(query.order_by(OutgoingMail.id)))


def states_of(order: Order) -> list[MailState]:
    return [mail.state for mail in reminders_of(order)]


def happened(order: Order, what: str) -> list[History]:
    query = select(History).where(History.order_id == order.id, History.what == what)
    return list(db.session.scalars(query.order_by(History.id)))


# --- by hand --------------------------------------------------------------------------------------------------------


def test_a_reminder_names_what_is_open_and_brings_the_invoice(database: None) -> None:
    shop().iban = "NL91ABNA0417164300"
    order = placed_order(language="en", payment_method="iDEAL")
    db.session.add(Payment(order=order, amount=Decimal("50"), paid_at=now()))
    db.session.flush()
    recompute_status(order)

    mail = send_payment_reminder(order, by=SYSTEM)

    assert (mail.subject, mail.invoice_id) == (
        f"Reminder: your order {order.number} has not been paid yet",
        order.invoices[0].id,
    )
    assert "Still to pay: €17.75\nOrder total: €67.75\nReceived so far: €50.00\nDue date: " in mail.body
    assert (
        "You can transfer it to NL91ABNA0417164300, in the name of My shop. Please mention RF25 INV0 0001." in mail.body
    )
    assert "Your invoice INV00001 is attached." in mail.body
    assert (order.reminders, order.automatic_reminders, order.reminded_at is not None) == (1, 0, True)
    assert [event.facts["amount"] for event in happened(order, Happened.REMINDER_SENT)] == ["17.75"]


def test_without_an_invoice_the_reminder_goes_without(database: None) -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    mail = send_payment_reminder(placed_order(language="en"), by=SYSTEM)

    assert mail.invoice_id is None
    assert "attached" not in mail.body


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("arrange", "sentence"),
    [
        (lambda order: mark_paid(order, by=SYSTEM), "Nothing is open"),
        (lambda order: setattr(order, "cancelled_at", now()), "cancelled"),
        (lambda order: setattr(order, "held_at", now()), "on hold"),
        (lambda order: setattr(order, "is_draft", True), "draft"),
        (lambda order: setattr(order, "email", ""), "no e-mail address"),
        (lambda order: setattr(shop(), "mails_off", ["payment_reminder"]), "“Payment reminder” is switched off"),
        (lambda order: send_payment_reminder(order, by=SYSTEM), "less than an hour ago"),
    ],
)
def test_a_reminder_is_refused(arrange: Callable[[Order], Any], sentence: str) -> None:
    order = placed_order()
    arrange(order)
    recompute_status(order)

    refused(lambda: send_payment_reminder(order, by=SYSTEM), sentence)


def test_an_hour_later_another_one_may_go(database: None) -> None:
    order = placed_order()
    send_payment_reminder(order, by=SYSTEM)
    order.reminded_at = now() - timedelta(hours=2)

    send_payment_reminder(order, by=SYSTEM)

    assert (order.reminders, len(reminders_of(order))) == (2, 2)


# --- by itself ------------------------------------------------------------------------------------------------------


@both
def test_what_is_due_is_found_and_each_delay_is_used_once(database: None) -> None:
    switched_on(7, 3)
    young, older, oldest = (unpaid_order(days_ago=days) for days in (2, 4, 8))

    assert list(orders_to_remind()) == [oldest.id, older.id]
    assert [remind_by_itself(order.id) for order in (young, older, oldest)] == [False, True, True]
    assert [order.automatic_reminders for order in (young, older, oldest)] == [0, 1, 2]
    assert [order.reminders for order in (young, older, oldest)] == [0, 1, 1]  # one mail stands for both delays
    assert list(orders_to_remind()) == []
    assert [mail.once_key for mail in reminders_of(older)] == [f"reminder:{older.id}:1"]
    with at(now() + 3.5 * DAY):
        assert list(orders_to_remind()) == [older.id, young.id]
        assert remind_by_itself(older.id)
    with at(now() + 300 * DAY):
        assert remind_by_itself(older.id) is False


@both
def test_nothing_goes_that_fell_due_before_reminders_were_switched_on(database: None) -> None:
    switched_on(3, 7, days_ago=1)
    before, since, later = (unpaid_order(days_ago=days) for days in (9, 3.5, 5))

    assert list(orders_to_remind()) == [since.id]
    assert next_reminder(before) is None
    assert remind_by_itself(before.id) is False
    planned = next_reminder(later)
    assert planned is not None
    assert (planned.number, planned.at) == (2, later.placed_at + 7 * DAY)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "arrange",
    [
        lambda order: mark_paid(order, by=SYSTEM),
        lambda order: setattr(order, "cancelled_at", now()),
        lambda order: setattr(order, "held_at", now()),
        lambda order: setattr(order, "email", ""),
        lambda order: setattr(order, "is_demo", True),
        lambda order: setattr(shop(), "mails_off", ["payment_reminder"]),
        lambda order: setattr(shop(), "reminders_since", None),
        lambda order: setattr(shop(), "reminder_days", []),
        lambda order: send_payment_reminder(order, by=SYSTEM),  # by hand, just now
    ],
)
def test_who_is_not_reminded_by_itself(arrange: Callable[[Order], Any]) -> None:
    switched_on(3)
    order = unpaid_order(days_ago=4)
    arrange(order)
    recompute_status(order)
    db.session.flush()
    before = len(reminders_of(order))

    assert list(orders_to_remind()) == []
    assert remind_by_itself(order.id) is False
    assert len(reminders_of(order)) == before


def test_after_one_by_hand_the_next_by_itself_waits_a_day(database: None) -> None:
    switched_on(3)
    order = unpaid_order(days_ago=4)
    send_payment_reminder(order, by=SYSTEM)

    planned = next_reminder(order)

    assert planned is not None
    assert planned.at == order.reminded_at + DAY
    with at(now() + 1.1 * DAY):
        assert list(orders_to_remind()) == [order.id]
        assert remind_by_itself(order.id)


def test_the_worker_reminds_and_the_mail_arrives(app: Flask, postbox: Postbox) -> None:
    with app.app_context():
        connect(postbox)
        switched_on(3)
        number = unpaid_order(days_ago=4, language="en").number
        db.session.commit()

    for job in [*worker.duties(Postman()), *worker.duties(Postman())]:
        worker.attend(job, app)

    subjects = [mail["Subject"] for mail in postbox.mails]
    assert subjects.count(f"Reminder: your order {number} has not been paid yet") == 1


@both
def test_the_search_for_what_is_due_is_a_seek_in_an_index(database: None, database_kind: str) -> None:
    switched_on(3, 7)
    unpaid_order(days_ago=4)
    if database_kind == "postgresql":
        db.session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
    asked: list[tuple[str, Any]] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        asked.append((statement, parameters))

    orders_to_remind()
    event.remove(db.engine, "before_cursor_execute", note)
    statement, parameters = asked[-1]
    explain = "EXPLAIN QUERY PLAN " if database_kind == "sqlite" else "EXPLAIN "
    plan = db.session.connection().exec_driver_sql(explain + statement, parameters)

    steps = "\n".join(str(row) for row in plan)
    if database_kind == "sqlite":
        assert (
            "SEARCH orders USING INDEX ix_orders_status_placed_at (status=? AND placed_at>? AND placed_at<?)" in steps
        )
    else:  # a table of one row leaves it open whether the status or the open orders narrow it down first
        assert re.search(r"Index (Only )?Scan using ix_orders_(status|open)_placed_at on orders", steps)
        assert re.search(r"Index Cond: .*\(placed_at >= .*\(placed_at <= ", steps)


# --- two workers at once --------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("is_naive", [False, True], ids=["locked", "negative control"])
def test_two_workers_at_once_remind_once(app: Flask, is_naive: bool) -> None:
    """Looking first and counting afterwards, as the control does with a key of its own, reminds twice."""
    with app.app_context():
        switched_on(3)
        order_id = unpaid_order(days_ago=4).id
        db.session.commit()
    both_have_looked = threading.Barrier(2)

    def naive(position: int) -> bool:
        found = list(orders_to_remind())
        db.session.rollback()
        both_have_looked.wait(10)
        db.session.add(
            OutgoingMail(kind="payment_reminder", once_key=f"naive:{position}", subject="", body="",
                         order_id=found[0], message_id=f"naive-{position}")
        )  # fmt: skip
        return True

    answers = at_once(app, naive if is_naive else lambda position: remind_by_itself(order_id))

    with app.app_context():
        count = db.session.scalar(
            select(func.count()).select_from(OutgoingMail).where(OutgoingMail.kind.in_(REMINDERS))
        )
        assert (sorted(answers), count) == (([True, True], 2) if is_naive else ([False, True], 1))


def at_once(app: Flask, work: Callable[[int], bool]) -> list[bool]:
    answers: list[bool] = []
    together = threading.Barrier(2)

    def worker_at(position: int) -> None:
        with app.app_context():
            together.wait(10)
            answer = work(position)
            db.session.commit()
            answers.append(answer)

    threads = [threading.Thread(target=worker_at, args=(position,)) for position in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# --- withdrawn ------------------------------------------------------------------------------------------------------


def paid(order: Order) -> None:
    mark_paid(order, by=SYSTEM)


def paid_in_part(order: Order) -> None:
    db.session.add(Payment(order=order, amount=Decimal("50"), paid_at=now()))
    db.session.flush()
    recompute_status(order)


def set_and_restate(name: str) -> Callable[[Order], None]:
    def act(order: Order) -> None:
        setattr(order, name, now())
        recompute_status(order)

    return act


@both
@pytest.mark.parametrize(
    "act",
    [
        lambda order: mark_paid(order, by=SYSTEM),
        paid_in_part,
        set_and_restate("cancelled_at"),
        set_and_restate("held_at"),
    ],
    ids=["paid", "paid in part", "cancelled", "on hold"],
)
def test_a_reminder_that_waits_is_withdrawn_and_never_goes(
    database: None, postbox: Postbox, act: Callable[[Order], Any]
) -> None:
    connect(postbox)
    order = placed_order(language="en")
    send_payment_reminder(order, by=SYSTEM)
    db.session.commit()

    act(order)
    db.session.commit()
    deliver_due(Postman())

    db.session.expire_all()
    assert (states_of(order), order.reminders) == ([MailState.WITHDRAWN], 0)
    assert len(happened(order, Happened.MAIL_WITHDRAWN)) == 1
    assert not [mail for mail in postbox.mails if "Reminder" in mail["Subject"]]


def test_a_copy_that_is_withdrawn_was_never_counted(database: None) -> None:
    order = placed_order(language="en")
    reminder = send_payment_reminder(order, by=SYSTEM)
    assert reminder is not None
    reminder.state = MailState.SENT
    copy = queue_again(reminder)
    assert (reminder.is_counted_reminder, copy.is_counted_reminder) == (True, False)

    mark_paid(order, by=SYSTEM)

    db.session.refresh(order)
    assert (copy.state, order.reminders) == (MailState.WITHDRAWN, 1)


def test_other_products_withdraw_a_reminder_of_the_old_total(database: None) -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order()
    send_payment_reminder(order, by=SYSTEM)

    edit_lines(order, by=SYSTEM, lines=[EditedLine("Bowl", Decimal(1), Decimal(9), rate=Decimal(21))])

    assert (states_of(order), order.reminders) == ([MailState.WITHDRAWN], 0)


def test_what_changes_nothing_about_the_money_withdraws_nothing(database: None) -> None:
    order = placed_order()
    send_payment_reminder(order, by=SYSTEM)

    recompute_status(order)

    assert states_of(order) == [MailState.QUEUED]


def test_a_payment_that_fails_leaves_the_reminder(database: None) -> None:
    order = placed_order()
    send_payment_reminder(order, by=SYSTEM)
    db.session.commit()
    mark_paid(order, by=SYSTEM)
    db.session.rollback()

    assert states_of(order) == [MailState.QUEUED]


@both
def test_while_the_payment_is_being_written_no_worker_takes_the_reminder(app: Flask, postbox: Postbox) -> None:
    """The worker looks while the payment's transaction is open: it must not send, now or later."""
    with app.app_context():
        connect(postbox)
        order_id = placed_order(language="en").id
        send_payment_reminder(db.session.get_one(Order, order_id), by=SYSTEM)
        db.session.commit()
    withdrawn, seen = threading.Event(), threading.Event()

    def pay() -> None:
        with app.app_context():
            order = db.session.scalars(select(Order).where(Order.id == order_id).with_for_update()).one()
            mark_paid(order, by=SYSTEM, notify=False)
            db.session.flush()
            withdrawn.set()
            seen.wait(1)  # on SQLite the worker waits for this transaction
            db.session.commit()

    payer = threading.Thread(target=pay)
    payer.start()
    withdrawn.wait(10)
    with app.app_context():
        deliver_due(Postman())
        seen.set()
        payer.join()
        deliver_due(Postman())

    assert not [mail for mail in postbox.mails if "Reminder" in mail["Subject"]]


@both
@pytest.mark.parametrize("is_naive", [False, True], ids=["asks again", "negative control"])
def test_paid_while_a_worker_has_it_in_hand(
    app: Flask, postbox: Postbox, monkeypatch: pytest.MonkeyPatch, is_naive: bool
) -> None:
    """Claimed before the payment, sent after it: it is asked once more whether the reminder is still right."""
    if is_naive:
        monkeypatch.setattr(outbox, "is_outdated", lambda mail: False)
    with app.app_context():
        connect(postbox)
        order = order_to_write_about(language="en")
        send_payment_reminder(order, by=SYSTEM)
        db.session.commit()
        claim = outbox.claim_mail

        def claim_then_paid(name: str) -> int | None:
            mail_id = claim(name)
            db.session.commit()
            if mail_id and not order.paid:
                mark_paid(order, by=SYSTEM, notify=False)
                db.session.commit()
            return mail_id

        monkeypatch.setattr(outbox, "claim_mail", claim_then_paid)
        deliver_due(Postman())

        assert states_of(order) == [MailState.SENT if is_naive else MailState.WITHDRAWN]
        assert len(postbox.mails) == (1 if is_naive else 0)


def test_a_reminder_that_the_server_put_off_does_not_go_after_the_payment(database: None) -> None:
    with DifficultPostbox() as box:
        connect(box)
        order = placed_order(language="en")
        send_payment_reminder(order, by=SYSTEM)
        db.session.commit()
        box.at_recipient["femke@example.org"] = "451 later"
        deliver_due(Postman())
        box.at_recipient.clear()

        mark_paid(order, by=SYSTEM, notify=False)
        with at(now() + DAY):
            db.session.commit()
            deliver_due(Postman())

        assert states_of(order) == [MailState.WITHDRAWN]
        assert not [mail for mail in box.mails if "Reminder" in mail["Subject"]]


def test_after_a_payment_was_taken_back_the_customer_can_be_reminded_again(database: None) -> None:
    order = placed_order()
    send_payment_reminder(order, by=SYSTEM)
    mark_paid(order, by=SYSTEM)
    mark_not_paid(order, by=SYSTEM)
    order.reminded_at = now() - DAY

    send_payment_reminder(order, by=SYSTEM)

    assert states_of(order) == [MailState.WITHDRAWN, MailState.QUEUED]


@both
def test_by_the_due_day_the_database_finds_what_the_order_says(database: None) -> None:
    """Days count from the first day on which an unpaid invoice is due, at nine by the shop's clock."""
    switched_on(7, 14, days_ago=30)
    own = shop()
    own.time_zone, own.reminders_from_due = "Europe/Amsterdam", True
    zone = ZoneInfo(own.time_zone)
    today = now().astimezone(zone).date()

    def due(days: int | None, *, placed: int = 60) -> Order:
        own.invoice_moment = InvoiceMoment.MANUAL if days is None else InvoiceMoment.DIRECT
        own.payment_term_days = -(days or 0)
        return unpaid_order(days_ago=placed)

    later, week, fortnight, ancient, without = due(6), due(7), due(15), due(60), due(None, placed=8)
    paid, settled = due(20), due(20, placed=5)
    mark_paid(paid, by=SYSTEM)
    settled.invoices[0].paid_at = now()  # what is open is not on it
    db.session.flush()
    for hour, found in ((8, [fortnight, without]), (9, [week, fortnight, without])):
        with at(datetime.combine(today, time(hour, 30), zone)):
            assert set(orders_to_remind()) == {order.id for order in found}, hour
            for order in (later, week, fortnight, ancient, without, paid, settled):
                planned = next_reminder(order)
                assert (planned is not None and planned.at <= now()) == (order in found), (hour, order.number)
    planned = next_reminder(later)
    assert planned
    assert planned.at.astimezone(zone) == datetime.combine(today + DAY, time(9), zone)
    stop_customers_reminders(week.customer, by=SYSTEM)
    with at(datetime.combine(today, time(12), zone)):
        left = set(orders_to_remind())
        assert week.id not in left
        assert remind_by_itself(week.id) is False
        remind_customer_again(week.customer, by=SYSTEM)
        assert week.id in set(orders_to_remind())
    refused(lambda: remind_customer_again(week.customer, by=SYSTEM), "are not stopped")
