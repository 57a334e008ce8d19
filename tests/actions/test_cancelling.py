"""Cancelling an order: what it credits, stops and tells, and what it refuses."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.accounting.states import derived
from app.actions import ACTIONS
from app.actions.cancelling import cancel_order
from app.actions.credit_notes import credit_order
from app.actions.payments import enter_payment, enter_refund
from app.actions.reminders import send_payment_reminder
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.amounts.money import ZERO
from app.extensions import db
from app.history import SYSTEM, Happened
from app.models import (
    InvoiceMoment,
    MailState,
    Order,
    OrderStatus,
    OutgoingMail,
    PaymentStatus,
    ShipmentStatus,
)
from app.operations import checks
from app.queries import shop
from tests.factories import PLACED_AT, line, paid_order, placed_order
from tests.looking import happened, kinds_of_mail, refused, refused_on

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


@pytest.mark.parametrize("name", ["mark_paid", "mark_not_paid", "issue_invoice", "create_packing_slip", "mark_sent"])
def test_a_cancelled_order_refuses_everything(name):
    order = placed_order(cancelled_at=PLACED_AT)

    assert order.status == OrderStatus.CANCELLED
    assert not order.invoices
    refused(lambda: ACTIONS[name](order, by=SYSTEM), "cancelled")


TOTAL = Decimal("67.75")


def draft() -> Order:
    order = placed_order()
    order.is_draft = True
    return order


def agrees(order: Order) -> bool:
    return {name: getattr(order, name) for name in derived(order)} == derived(order)


def test_cancel_cancels_all_three_axes_credits_and_tells_the_customer():
    order = paid_order()

    cancel_order(order, by=SYSTEM, credit=True, notify=True, reason="Changed their mind")

    assert (order.status, order.payment_status, order.shipment_status) == (
        OrderStatus.CANCELLED,
        PaymentStatus.CANCELLED,
        ShipmentStatus.CANCELLED,
    )
    assert [(invoice.kind, invoice.total) for invoice in order.invoices] == [
        ("invoice", TOTAL),
        ("credit_note", -TOTAL),
    ]
    assert order.open_amount == -TOTAL  # to pay back
    assert Happened.ORDER_CANCELLED in happened(order)
    mail = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "order_cancelled")).one()
    assert mail.invoice_id == order.invoices[1].id
    assert "€\xa067,75" in mail.body
    assert agrees(order)

    enter_refund(order, by=SYSTEM, amount=TOTAL)
    assert order.open_amount == 0
    assert list(checks.findings()) == []


def test_cancel_asks_to_credit_what_is_invoiced():
    order = placed_order()
    refused(lambda: cancel_order(order, by=SYSTEM), "INV00001: not credited")

    credit_order(order, by=SYSTEM)
    cancel_order(order, by=SYSTEM)

    assert order.status == OrderStatus.CANCELLED
    assert "order_cancelled" not in kinds_of_mail()


def test_cancel_needs_no_credit_note_where_nothing_is_invoiced():
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order()
    enter_payment(order, by=SYSTEM, amount=Decimal(20))

    cancel_order(order, by=SYSTEM)

    assert (order.invoices, order.open_amount) == ([], Decimal(-20))


def test_what_can_not_be_cancelled():
    refused_on(draft(), "cancel_order", "discarded")
    refused_on(placed_order(cancelled_at=PLACED_AT), "cancel_order", "is cancelled")
    done = paid_order()
    mark_sent(done, by=SYSTEM)
    refused(lambda: cancel_order(done, by=SYSTEM, credit=True), "completed")


def test_a_cancelled_order_refuses_what_would_go_on():
    order = paid_order()
    slip = create_packing_slip(order, by=SYSTEM)
    cancel_order(order, by=SYSTEM, credit=True)

    refused(lambda: send_shipment(slip, by=SYSTEM), "cancelled")
    for name in ("mark_paid", "mark_not_paid", "mark_sent", "create_packing_slip", "issue_invoice", "suspend"):
        refused_on(order, name, "cancelled")


def test_a_reminder_that_waits_is_withdrawn():
    order = placed_order()
    send_payment_reminder(order, by=SYSTEM)

    cancel_order(order, by=SYSTEM, credit=True)

    (state,) = db.session.scalars(select(OutgoingMail.state).where(OutgoingMail.kind == "payment_reminder"))
    assert state == MailState.WITHDRAWN


def test_an_order_of_zero_is_cancelled_without_a_credit_note():
    order = free()

    cancel_order(order, by=SYSTEM)

    assert (order.status, order.open_amount, len(order.invoices)) == (OrderStatus.CANCELLED, 0, 1)
    assert list(checks.findings()) == []


def free() -> Order:
    return placed_order(lines=[line("Sample", quantity="2", unit_price="0")], total=ZERO, tax_total=ZERO)
