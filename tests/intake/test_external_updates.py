"""What other systems report later: it adds, and never undoes what staff did."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from app.accounting.states import derived
from app.actions.payments import enter_refund, mark_paid, take_back_payment
from app.actions.shipments import mark_sent
from app.columns import now
from app.history import SYSTEM
from app.intake.external_updates import update_order
from app.intake_readers.new_order import NewPayment, NewRefund, NewShipment
from app.models import (
    Order,
    OrderStatus,
)
from tests.factories import PLACED_AT, new_order, place, placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def test_later_facts_add_and_never_undo_what_staff_did():
    new = new_order()
    order = place(new)
    mark_paid(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM, tracking_code="OURS")
    new.payments = [NewPayment(amount=new.total, paid_at=now(), external_id="tr_9")]
    new.shipments = [NewShipment(lines={}, sent_at=now(), tracking_code="THEIRS", external_id="f1")]

    changed = update_order(order, new, by=SYSTEM)

    assert [p.amount for p in order.payments] == [Decimal("67.75")]
    assert "OURS" in [shipment.tracking_code for shipment in order.shipments]
    assert all(line.shipped == line.quantity for line in order.lines if line.is_shippable)
    assert changed in ([], ["shipments"])


def test_a_refund_from_elsewhere_is_an_amount_not_a_state():
    new = new_order()
    new.payments = [NewPayment(amount=new.total, paid_at=PLACED_AT, external_id="tr_1")]
    order = place(new)
    new.refunds = [NewRefund(amount=Decimal("10.00"), refunded_at=PLACED_AT + timedelta(days=1), external_id="r1")]

    assert update_order(order, new, by=SYSTEM) == ["refunds"]
    assert update_order(order, new, by=SYSTEM) == []
    assert (order.payment_status, order.refunded, order.open_amount) == ("partially_refunded", Decimal("10.00"), 0)


def test_a_refund_that_staff_entered_is_counted_once_and_the_next_one_of_the_same_amount_too():
    new = new_order()
    new.payments = [NewPayment(amount=new.total, paid_at=PLACED_AT, external_id="tr_1")]
    order = place(new)
    taken_back = enter_refund(order, by=SYSTEM, amount=Decimal(10))
    take_back_payment(taken_back, by=SYSTEM)
    enter_refund(order, by=SYSTEM, amount=Decimal(10))
    new.refunds = [NewRefund(amount=Decimal("10.00"), external_id="r1")]

    assert update_order(order, new, by=SYSTEM) == []
    assert update_order(order, new, by=SYSTEM) == []
    assert order.refunded == Decimal(10)

    new.refunds.append(NewRefund(amount=Decimal("10.00"), external_id="r2"))
    assert update_order(order, new, by=SYSTEM) == ["refunds"]
    assert order.refunded == Decimal(20)


TOTAL = Decimal("67.75")


def agrees(order: Order) -> bool:
    return {name: getattr(order, name) for name in derived(order)} == derived(order)


def test_an_order_cancelled_elsewhere_keeps_its_invoice_for_people_to_decide():
    new = new_order()
    order = placed_order(external_id=new.external_id)
    new.cancelled_at = PLACED_AT

    update_order(order, new, by=SYSTEM)

    assert (order.status, [invoice.kind for invoice in order.invoices]) == (OrderStatus.CANCELLED, ["invoice"])
    assert order.open_amount == TOTAL
    assert agrees(order)
