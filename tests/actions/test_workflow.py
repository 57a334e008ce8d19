"""Suspending, cancelling, picking up, sending unpaid orders and custom statuses; each refusal changes nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.accounting.states import derived
from app.actions import ACTIONS
from app.actions.cancelling import cancel_order
from app.actions.credit_notes import credit_order
from app.actions.custom_statuses import set_custom_status
from app.actions.payments import enter_payment, enter_refund, mark_paid
from app.actions.picking_up import not_ready, picked_up, ready_for_pickup
from app.actions.reminders import send_payment_reminder
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.suspending import resume, suspend
from app.amounts.money import ZERO
from app.extensions import db
from app.history import SYSTEM, Happened, sentence
from app.intake.external_updates import update_order
from app.intake_readers.new_order import NewPayment
from app.models import (
    CustomStatus,
    History,
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
from tests.factories import PLACED_AT, line, new_order, paid_order, placed_order
from tests.looking import happened, kinds_of_mail, refused

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]

TOTAL = Decimal("67.75")


def refused_on(order: Order, name: str, sentence: str) -> None:
    refused(lambda: ACTIONS[name](order, by=SYSTEM), sentence)


def draft() -> Order:
    order = placed_order()
    order.is_draft = True
    return order


def agrees(order: Order) -> bool:
    return {name: getattr(order, name) for name in derived(order)} == derived(order)


# --- suspending -----------------------------------------------------------------------------------------------------


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


# --- cancelling -----------------------------------------------------------------------------------------------------


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


def test_an_order_cancelled_elsewhere_keeps_its_invoice_for_people_to_decide():
    new = new_order()
    order = placed_order(external_id=new.external_id)
    new.cancelled_at = PLACED_AT

    update_order(order, new, by=SYSTEM)

    assert (order.status, [invoice.kind for invoice in order.invoices]) == (OrderStatus.CANCELLED, ["invoice"])
    assert order.open_amount == TOTAL
    assert agrees(order)


# --- picking up -----------------------------------------------------------------------------------------------------


def test_ready_for_pickup_tells_the_customer_once():
    order = paid_order(pick_up=True)

    ready_for_pickup(order, by=SYSTEM)
    assert order.status == OrderStatus.READY_FOR_PICKUP
    refused(lambda: ready_for_pickup(order, by=SYSTEM), "ready for pick-up already")
    not_ready(order, by=SYSTEM)
    assert order.status == OrderStatus.AWAITING_PICKUP
    refused(lambda: not_ready(order, by=SYSTEM), "not ready")
    ready_for_pickup(order, by=SYSTEM)

    assert kinds_of_mail().count("ready_for_pickup") == 1
    assert happened(order).count(Happened.READY_FOR_PICKUP) == 2


def test_picked_up_hands_all_of_it_over_without_a_mail():
    order = paid_order(pick_up=True)
    create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})

    shipments = picked_up(order, by=SYSTEM)

    assert [len(shipment.lines) for shipment in shipments] == [1, 2]
    assert (order.status, order.shipment_status) == (OrderStatus.COMPLETED, ShipmentStatus.SHIPPED)
    assert kinds_of_mail() == ["order_confirmation"]
    assert happened(order)[-2:] == [Happened.PICKED_UP, Happened.PICKED_UP]
    refused(lambda: picked_up(order, by=SYSTEM), "is picked up")
    refused(lambda: ready_for_pickup(order, by=SYSTEM), "is picked up")


def test_no_mail_tells_of_a_parcel_that_is_picked_up():
    order = paid_order(pick_up=True)
    refused(lambda: mark_sent(order, by=SYSTEM), "use Picked up")

    send_shipment(create_packing_slip(order, by=SYSTEM), by=SYSTEM, notify=True)

    assert kinds_of_mail() == ["order_confirmation"]


@pytest.mark.parametrize("name", ["ready_for_pickup", "not_ready", "picked_up"])
def test_what_nobody_picks_up(name):
    refused_on(paid_order(), name, "nobody picks it up")
    refused_on(paid_order(pick_up=True, held=True), name, "on hold")
    refused_on(placed_order(pick_up=True, cancelled_at=PLACED_AT), name, "cancelled")
    refused_on(draft(), name, "draft")


# --- sending what is not paid ---------------------------------------------------------------------------------------


def test_the_shop_may_forbid_to_send_what_is_not_paid():
    order = placed_order()
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    shop().forbid_unpaid_shipping = True

    refused(lambda: mark_sent(order, by=SYSTEM), "not paid")
    refused(lambda: create_packing_slip(order, by=SYSTEM), "not paid")
    refused(lambda: send_shipment(slip, by=SYSTEM), "not paid")
    enter_payment(order, by=SYSTEM, amount=Decimal(20))
    refused(lambda: mark_sent(order, by=SYSTEM), "not paid")

    mark_paid(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM)
    assert order.status == OrderStatus.COMPLETED


def test_what_is_picked_up_may_be_packed_before_it_is_paid_but_not_handed_over():
    shop().forbid_unpaid_shipping = True
    order = placed_order(pick_up=True)

    ready_for_pickup(order, by=SYSTEM)
    create_packing_slip(order, by=SYSTEM)
    refused(lambda: picked_up(order, by=SYSTEM), "not paid")


def test_an_order_of_zero_goes_all_the_way():
    shop().forbid_unpaid_shipping = True
    order = free()

    assert (order.status, order.open_amount) == (OrderStatus.AWAITING_SHIPMENT, 0)
    mark_sent(order, by=SYSTEM)
    assert order.status == OrderStatus.COMPLETED
    assert list(checks.findings()) == []


def test_an_order_of_zero_is_cancelled_without_a_credit_note():
    order = free()

    cancel_order(order, by=SYSTEM)

    assert (order.status, order.open_amount, len(order.invoices)) == (OrderStatus.CANCELLED, 0, 1)
    assert list(checks.findings()) == []


def free() -> Order:
    return placed_order(lines=[line("Sample", quantity="2", unit_price="0")], total=ZERO, tax_total=ZERO)


def test_several_parcels_each_with_its_own_quantities_and_code():
    order = paid_order()
    mugs, pot, _cost = order.lines
    first = create_packing_slip(order, by=SYSTEM, quantities={mugs.id: Decimal(1)})
    second = create_packing_slip(order, by=SYSTEM, quantities={mugs.id: Decimal(2), pot.id: Decimal(1)})

    send_shipment(second, by=SYSTEM, tracking_code="3SB")
    assert order.shipment_status == ShipmentStatus.PARTIALLY_SHIPPED
    send_shipment(first, by=SYSTEM, tracking_code="3SA")

    assert order.shipment_status == ShipmentStatus.SHIPPED
    assert [(s.tracking_code, [packed.quantity for packed in s.lines]) for s in order.shipments] == [
        ("3SA", [1]),
        ("3SB", [2, 1]),
    ]
    assert kinds_of_mail().count("track_and_trace") == 2


# --- custom statuses ------------------------------------------------------------------------------------------------


@pytest.fixture
def gift_wrap() -> CustomStatus:
    status = CustomStatus(title="Gift wrap", colour="purple")
    db.session.add(status)
    db.session.flush()
    return status


def test_a_custom_status_stands_beside_the_order_status(gift_wrap):
    order = paid_order()

    set_custom_status(order, by=SYSTEM, status=gift_wrap.id)
    set_custom_status(order, by=SYSTEM, status=gift_wrap.id)

    assert (order.custom_status, order.status) == (gift_wrap, OrderStatus.AWAITING_SHIPMENT)
    set_custom_status(order, by=SYSTEM)
    assert order.custom_status is None
    assert happened(order).count(Happened.CUSTOM_STATUS_SET) == 2


def test_a_custom_status_that_is_not_in_use_may_stay_but_not_come(gift_wrap):
    order, other = paid_order(), paid_order()
    set_custom_status(order, by=SYSTEM, status=gift_wrap.id)
    gift_wrap.is_active = False

    set_custom_status(order, by=SYSTEM, status=gift_wrap.id)
    refused(lambda: set_custom_status(other, by=SYSTEM, status=gift_wrap.id), "not in use")
    refused(lambda: set_custom_status(other, by=SYSTEM, status=999), "not in use")
    assert order.custom_status is gift_wrap


@pytest.mark.parametrize("moment", list(InvoiceMoment))
def test_an_order_of_zero_may_come_in_on_hold(moment):
    shop().invoice_moment = moment
    order = placed_order(lines=[line("Sample", quantity="1", unit_price="0")], total=ZERO, tax_total=ZERO, held=True)
    assert (order.status, order.invoices) == (OrderStatus.ON_HOLD, [])

    resume(order, by=SYSTEM)

    assert [invoice.is_paid for invoice in order.invoices] == [True]


def test_what_is_paid_elsewhere_is_invoiced_where_the_shop_invoices_what_is_paid():
    shop().invoice_moment = InvoiceMoment.PAID
    order = placed_order()

    update_order(order, new_order(payments=[NewPayment(order.total, PLACED_AT, external_id="tr_1")]), by=SYSTEM)

    assert [(invoice.total, invoice.is_paid) for invoice in order.invoices] == [(order.total, True)]
