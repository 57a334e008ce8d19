"""Suspending an order and taking it up again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.actions import ACTIONS
from app.actions.payments import mark_paid
from app.actions.shipments import create_packing_slip, mark_sent
from app.actions.suspending import resume, suspend
from app.extensions import db
from app.history import SYSTEM, Happened, sentence
from app.models import (
    History,
    InvoiceMoment,
    Order,
    OrderStatus,
    PaymentStatus,
)
from app.queries import shop
from tests.factories import PLACED_AT, paid_order, placed_order
from tests.looking import happened, refused, refused_on

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


@pytest.mark.parametrize("name", ["create_packing_slip", "mark_sent", "issue_invoice"])
def test_an_order_on_hold_is_neither_invoiced_nor_sent(name):
    order = placed_order(held=True)

    assert order.status == OrderStatus.ON_HOLD
    refused(lambda: ACTIONS[name](order, by=SYSTEM), "on hold")


TOTAL = Decimal("67.75")


def draft() -> Order:
    order = placed_order()
    order.is_draft = True
    return order


def test_suspend_puts_on_hold_and_resume_takes_up_again():
    order = paid_order()

    suspend(order, by=SYSTEM, reason=" Odd address ")

    assert (order.status, order.payment_status) == (OrderStatus.ON_HOLD, PaymentStatus.PAID)
    refused(lambda: create_packing_slip(order, by=SYSTEM), "on hold")
    refused(lambda: suspend(order, by=SYSTEM), "on hold already")

    resume(order, by=SYSTEM)

    assert (order.status, order.held_at) == (OrderStatus.AWAITING_SHIPMENT, None)
    assert happened(order)[-2:] == [Happened.ORDER_SUSPENDED, Happened.ORDER_RESUMED]
    event = db.session.scalars(select(History).where(History.what == Happened.ORDER_SUSPENDED)).one()
    assert sentence(event.what, event.facts) == "Suspended: Odd address"
    refused(lambda: resume(order, by=SYSTEM), "not on hold")


def test_what_can_not_be_suspended():
    refused_on(draft(), "suspend", "draft")
    refused_on(placed_order(cancelled_at=PLACED_AT), "suspend", "cancelled")
    done = paid_order()
    mark_sent(done, by=SYSTEM)
    refused(lambda: suspend(done, by=SYSTEM), "completed")
    cancelled_on_hold = placed_order(held=True, cancelled_at=PLACED_AT)
    refused(lambda: resume(cancelled_on_hold, by=SYSTEM), "cancelled")


@pytest.mark.parametrize("moment", [InvoiceMoment.DIRECT, InvoiceMoment.PAID])
def test_resume_makes_the_invoice_that_had_to_wait(moment):
    shop().invoice_moment = moment
    order = placed_order(held=True)
    mark_paid(order, by=SYSTEM)
    assert not order.invoices

    resume(order, by=SYSTEM)

    assert [(invoice.total, invoice.is_paid) for invoice in order.invoices] == [(TOTAL, True)]


def test_resume_makes_no_invoice_that_nobody_asked_for():
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = paid_order(held=True)

    resume(order, by=SYSTEM)

    assert not order.invoices
