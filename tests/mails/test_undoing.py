"""Mails of what can be undone: they wait as long as Undo is offered, and are withdrawn by it, whoever is faster."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import queries
from app.actions import ACTIONS
from app.actions.changing import change_order
from app.actions.declaration import AnyAction
from app.actions.invoices import change_invoice
from app.actions.lines import as_edited, listed
from app.actions.mailing import send_again
from app.actions.parcels import mark_not_sent
from app.actions.payments import enter_payment, mark_not_paid, mark_paid, take_back_payment
from app.actions.picking_up import not_ready, ready_for_pickup
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.admin_views.action_forms import form_on
from app.admin_views.dashboard.offered_actions import offered_actions, record_in
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.mails import Postman, deliver_due, outbox
from app.models import InvoiceMoment, MailState, Order, OutgoingMail
from app.queries import shop
from tests.every_action import possible
from tests.factories import paid_order, placed_order
from tests.looking import happened
from tests.mails.outgoing import connect
from tests.postbox import Postbox

CAN_BE_UNDONE = sorted(name for name, action in offered_actions().items() if action.mail and action.undo)


def hold(seconds: int) -> None:
    shop().mail_hold = seconds
    db.session.commit()


def mails_of(order: Order, kind: str = "order_paid") -> list[OutgoingMail]:
    query = select(OutgoingMail).where(OutgoingMail.order_id == order.id, OutgoingMail.kind == kind)
    return list(db.session.scalars(query.order_by(OutgoingMail.id)))


def states(order: Order, kind: str = "order_paid") -> list[str]:
    db.session.expire_all()
    return [mail.state for mail in mails_of(order, kind)]


def run_as_offered(action: AnyAction, order: Order, record: Any) -> None:
    """With what its form starts with, and the tick on."""
    action(record, by=SYSTEM, **{**form_on(action, record).data, "notify": True})
    db.session.commit()


# --- every action that mails and can be undone ----------------------------------------------------------------------


@pytest.mark.parametrize("name", CAN_BE_UNDONE)
def test_its_mail_waits_as_long_as_undo_is_offered_and_undo_withdraws_it(database: None, name: str) -> None:
    hold(300)
    action = ACTIONS[name]
    found = possible(name)
    assert found is not None
    order, record_id = found
    before = {mail.id for mail in db.session.scalars(select(OutgoingMail))}

    run_as_offered(action, order, record_in(order, action, record_id))
    written = [mail for mail in db.session.scalars(select(OutgoingMail)) if mail.id not in before]
    assert written, f"{name} mails nobody"
    for mail in written:
        assert timedelta(seconds=290) < mail.due_at - now() <= timedelta(seconds=300)

    db.session.refresh(order)
    undo = ACTIONS[action.undo]
    undone = action.undo_on(order) if action.undo_on else record_in(order, undo, record_id)
    undo(undone, by=SYSTEM)
    db.session.commit()

    assert {mail.state for mail in written} == {MailState.WITHDRAWN}
    assert "mail_taken_back" in happened(order)


def test_other_mails_are_not_delayed(database: None, postbox: Postbox) -> None:
    hold(300)
    connect(postbox)
    order = placed_order()
    db.session.commit()

    assert [mail.due_at <= now() for mail in mails_of(order, "order_confirmation")] == [True]
    assert deliver_due(Postman()) == 1


# --- how long -------------------------------------------------------------------------------------------------------


def test_a_mail_goes_when_the_time_for_undo_is_over(database: None, postbox: Postbox) -> None:
    hold(300)
    connect(postbox)
    order = paid(placed_order())
    deliver_due(Postman())

    assert states(order) == ["queued"]
    let_time_pass(order)
    deliver_due(Postman())
    assert states(order) == ["sent"]


def test_without_a_time_for_undo_a_mail_goes_at_once(database: None, postbox: Postbox) -> None:
    hold(0)
    connect(postbox)
    order = paid(placed_order())
    deliver_due(Postman())

    assert states(order) == ["sent"]


def test_undo_withdraws_what_waits_for_a_mail_server_however_late(database: None) -> None:
    hold(0)
    order = paid(placed_order())

    mark_not_paid(order, by=SYSTEM)
    db.session.commit()

    assert states(order) == ["withdrawn"]


def test_taking_back_one_payment_leaves_the_mails_of_others(database: None) -> None:
    hold(30)
    order = placed_order()
    enter_payment(order, by=SYSTEM, amount=order.total, notify=True)
    too_much = enter_payment(order, by=SYSTEM, amount=order.total)
    take_back_payment(too_much, by=SYSTEM)
    db.session.commit()

    assert states(order) == ["queued"]


def by_its_payment(order: Order) -> None:
    take_back_payment(order.payments[0], by=SYSTEM)


def by_its_invoice(order: Order) -> None:
    change_invoice(order.invoices[0], by=SYSTEM, paid=False, delivery_time="")


@pytest.mark.parametrize("take_back", [by_its_payment, by_its_invoice])
def test_whatever_takes_a_payment_back_withdraws_what_tells_of_it(
    database: None, take_back: Callable[[Order], None]
) -> None:
    hold(30)
    order = placed_order()
    mark_paid(order, by=SYSTEM)

    take_back(order)
    db.session.commit()

    assert states(order) == ["withdrawn"]


def test_not_paid_withdraws_nothing_that_tells_of_other_money(database: None) -> None:
    hold(300)
    order = placed_order()
    payment = enter_payment(order, by=SYSTEM, amount=order.total, notify=True)
    edit = {"lines": [as_edited(line) for line in listed(order)]}
    edit["lines"][0] = replace(edit["lines"][0], quantity=edit["lines"][0].quantity + 1)
    change_order(order, by=SYSTEM, **edit)
    mark_paid(order, by=SYSTEM)

    mark_not_paid(order, by=SYSTEM)
    db.session.commit()

    assert [(mail.undone_on_id == payment.id, mail.state, mail.undone_at is None) for mail in mails_of(order)] == [
        (True, "queued", True),
        (False, "withdrawn", False),
    ]


def test_not_sent_withdraws_nothing_that_tells_of_other_parcels(database: None) -> None:
    hold(300)
    order = paid_order()
    (first, *_others) = order.lines
    send_shipment(create_packing_slip(order, by=SYSTEM, quantities={first.id: Decimal(1)}), by=SYSTEM)
    mark_sent(order, by=SYSTEM)

    mark_not_sent(order, by=SYSTEM)
    db.session.commit()

    assert states(order, "order_sent") == ["queued", "withdrawn"]


def test_what_was_sent_again_is_withdrawn_as_the_first_is(database: None) -> None:
    hold(0)
    order = placed_order()
    payment = enter_payment(order, by=SYSTEM, amount=order.total, notify=True)
    mails_of(order)[0].state = MailState.FAILED
    send_again(mails_of(order)[0], by=SYSTEM)

    take_back_payment(payment, by=SYSTEM)
    db.session.commit()

    assert states(order) == ["failed", "withdrawn"]


# --- once more ------------------------------------------------------------------------------------------------------


def test_done_again_it_is_told_again(database: None) -> None:
    hold(30)
    order = placed_order(pick_up=True, shipping_method="Pick up in the shop")
    for action in (ready_for_pickup, not_ready, ready_for_pickup):
        action(order, by=SYSTEM)
        db.session.commit()

    assert states(order, "ready_for_pickup") == ["withdrawn", "queued"]


def test_the_invoice_of_a_withdrawn_mail_goes_with_the_next_one(database: None) -> None:
    hold(30)
    shop().invoice_moment = InvoiceMoment.PAID
    order = paid(placed_order())
    (invoice,) = order.invoices
    mark_not_paid(order, by=SYSTEM)
    db.session.commit()
    assert invoice.sent_at is None

    mark_paid(order, by=SYSTEM)
    db.session.commit()

    assert [mail.invoice_id for mail in mails_of(order)] == [invoice.id, invoice.id]
    assert invoice.sent_at is not None


# --- a worker that has it in hand -----------------------------------------------------------------------------------


def test_a_mail_that_went_is_said_to_have_gone(database: None, postbox: Postbox) -> None:
    hold(0)
    connect(postbox)
    order = paid(placed_order())
    deliver_due(Postman())
    mark_not_paid(order, by=SYSTEM)
    db.session.commit()

    assert states(order) == ["sent"]
    assert "mail_taken_back" not in happened(order)


@pytest.mark.parametrize("outcome", [outbox.give_back, outbox.try_later], ids=["server away", "not now"])
def test_what_a_worker_gives_back_after_undo_never_goes(database: None, outcome: Callable[..., None]) -> None:
    hold(0)
    order = paid(placed_order())
    while (held := outbox.claim_mail("one")) is not None:
        mail = db.session.get_one(OutgoingMail, held)
    db.session.commit()
    mark_not_paid(order, by=SYSTEM)
    db.session.commit()
    assert mail.state == MailState.SENDING

    outcome(mail, "450 not now")
    db.session.commit()

    assert states(order) == ["withdrawn"]


def test_a_worker_does_not_send_what_was_undone_after_it_took_it(database: None, postbox: Postbox) -> None:
    hold(0)
    connect(postbox)
    order = paid(placed_order())
    while outbox.claim_mail("gone") is not None:
        pass
    mark_not_paid(order, by=SYSTEM)
    for mail in db.session.scalars(select(OutgoingMail)):
        mail.leased_until = now() - timedelta(seconds=1)  # it died, and another one takes over
    db.session.commit()
    deliver_due(Postman())

    assert states(order) == ["withdrawn"]
    assert "payment" not in " ".join(str(mail["Subject"]) for mail in postbox.mails)


@pytest.mark.each_database
def test_undo_and_the_worker_at_once_agree_on_what_became_of_the_mail(app: Flask, postbox: Postbox) -> None:
    with app.app_context():
        connect(postbox)
        numbers = [paid(placed_order()).number for _ in range(6)]
    start = threading.Barrier(2)
    errors: list[Exception] = []

    def together(work: Callable[[], object]) -> None:
        with app.app_context():
            start.wait(10)
            try:
                work()
            except Exception as error:
                errors.append(error)

    def undo() -> None:
        for number in numbers:
            order = queries.locked_order(number)
            assert order is not None
            mark_not_paid(order, by=SYSTEM)
            db.session.commit()

    threads = [threading.Thread(target=together, args=(work,)) for work in (undo, lambda: deliver_due(Postman()))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert errors == []
    arrived = {mail["Message-ID"] for mail in postbox.mails}
    with app.app_context():
        told = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "order_paid")).all()
        assert {mail.state for mail in told} <= {MailState.SENT, MailState.WITHDRAWN}
        assert {mail.message_id for mail in told if mail.state == MailState.SENT} == {
            mail.message_id for mail in told if mail.message_id in arrived
        }


def paid(order: Order) -> Order:
    mark_paid(order, by=SYSTEM)
    db.session.commit()
    return order


def let_time_pass(order: Order) -> None:
    for mail in mails_of(order):
        mail.due_at = now()
    db.session.commit()
