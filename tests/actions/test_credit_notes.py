"""Credit notes: what they take, what they refuse, and what else they bring about."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.actions.credit_notes import create_credit_note, credit_order
from app.history import SYSTEM, Happened
from app.models import PaymentStatus
from app.states import derived
from tests.actions.test_orders_and_money import happened, kinds_of_mail, refused
from tests.factories import placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def money(invoice):
    return (invoice.net_total, invoice.tax_total, invoice.total)


def test_crediting_an_order_takes_all_of_it_and_closes_the_invoice():
    order = placed_order()
    (invoice,) = order.invoices

    (note,) = credit_order(order, by=SYSTEM, notify=True)

    assert (note.number, note.kind, note.credits_id) == ("CRN00001", "credit_note", invoice.id)
    assert money(note) == tuple(-amount for amount in money(invoice))
    assert [(line.quantity, line.net, line.tax) for line in note.lines] == [
        (-line.quantity, -line.net, -line.tax) for line in invoice.lines
    ]
    assert [line.credited for line in order.lines] == [3, 1, 1]
    assert (order.credited, order.open_amount, order.payment_status) == (Decimal("67.75"), 0, PaymentStatus.PAID)
    assert invoice.is_paid
    assert order.returns == []  # nothing was sent
    assert kinds_of_mail() == ["order_confirmation", "credit_note"]
    assert Happened.CREDIT_NOTE_ISSUED in happened(order)
    assert {name: getattr(order, name) for name in derived(order)} == derived(order)
    refused(lambda: credit_order(order, by=SYSTEM), "Everything that was invoiced is credited")
    refused(lambda: create_credit_note(invoice, by=SYSTEM), "Everything on this invoice is credited")
