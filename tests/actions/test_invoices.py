"""Issuing invoices: when the shop wants them, and by hand."""

from __future__ import annotations

import pytest

from app.actions.invoices import issue_invoice
from app.actions.payments import mark_paid
from app.history import SYSTEM
from app.intake.external_updates import update_order
from app.intake_readers.new_order import NewPayment
from app.models import (
    InvoiceMoment,
)
from app.queries import shop
from tests.factories import PLACED_AT, new_order, placed_order
from tests.looking import refused

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


@pytest.mark.parametrize(
    ("moment", "placed", "paid"),
    [(InvoiceMoment.DIRECT, 1, 1), (InvoiceMoment.PAID, 0, 1), (InvoiceMoment.MANUAL, 0, 0)],
)
def test_the_setting_says_when_invoices_are_made(moment, placed, paid):
    shop().invoice_moment = moment
    order = placed_order()
    assert len(order.invoices) == placed

    mark_paid(order, by=SYSTEM)

    assert len(order.invoices) == paid
    assert all(invoice.is_paid for invoice in order.invoices)


def test_an_invoice_by_hand_and_no_second_one():
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order()

    issue_invoice(order, by=SYSTEM)

    refused(lambda: issue_invoice(order, by=SYSTEM), "Everything on this order is invoiced")


def test_what_is_paid_elsewhere_is_invoiced_where_the_shop_invoices_what_is_paid():
    shop().invoice_moment = InvoiceMoment.PAID
    order = placed_order()

    update_order(order, new_order(payments=[NewPayment(order.total, PLACED_AT, external_id="tr_1")]), by=SYSTEM)

    assert [(invoice.total, invoice.is_paid) for invoice in order.invoices] == [(order.total, True)]
