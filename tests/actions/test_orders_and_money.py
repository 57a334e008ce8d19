"""Placing orders, payments, invoices and shipments: what each action does, and that a refusal changes nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.accounting.states import derived
from app.actions import ACTIONS
from app.actions.invoices import issue_invoice
from app.actions.payments import mark_not_paid, mark_paid
from app.actions.shipments import create_packing_slip, mark_sent
from app.columns import now
from app.extensions import db
from app.history import SYSTEM, Happened
from app.intake.accept import take_in
from app.intake.external_updates import update_order
from app.intake_readers import Found
from app.intake_readers.new_order import NewPayment, NewRefund, NewShipment, UnreadableOrder
from app.models import (
    Arrival,
    InvoiceMoment,
    OrderStatus,
    PaymentStatus,
    ShipmentStatus,
)
from app.queries import shop
from tests.factories import PLACED_AT, line, new_order, outside_shop, paid_order, place, placed_order, shop_key
from tests.looking import everything, happened, kinds_of_mail, refused

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


# --- placing --------------------------------------------------------------------------------------------------------


def test_place_order_copies_invoices_and_confirms():
    order = placed_order()

    assert (order.number, order.total, order.computed_total, order.net_total) == (
        "ORD10001",
        Decimal("67.75"),
        Decimal("67.75"),
        Decimal("55.99"),
    )
    assert (order.status, order.payment_status, order.shipment_status) == (
        OrderStatus.AWAITING_PAYMENT,
        PaymentStatus.NOT_PAID,
        ShipmentStatus.NOT_SHIPPED,
    )
    assert [(i.number, i.total, i.is_paid) for i in order.invoices] == [("INV00001", Decimal("67.75"), False)]
    assert [line.invoiced for line in order.lines] == [3, 1, 1]
    assert kinds_of_mail() == ["order_confirmation"]
    assert happened(order) == [Happened.ORDER_PLACED, Happened.INVOICE_ISSUED, Happened.MAIL_QUEUED]


def test_the_same_order_again_answers_with_the_one_there_is():
    new = new_order()
    first = place(new)
    before = everything()

    assert place(new) is first
    assert everything() == before


def test_place_order_refuses_an_unknown_currency_and_no_lines():
    outside_shop()
    refused(lambda: placed_order(currency="XXY"), "currency: XXY")
    refused(lambda: placed_order(lines=[]), "lines:")


def test_a_total_of_zero_is_invoiced_and_paid_at_once():
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order(lines=[line("Sample", quantity="1", unit_price="0")], total=Decimal(0), tax_total=Decimal(0))

    assert [(i.total, i.is_paid) for i in order.invoices] == [(0, True)]
    assert order.payment_status == PaymentStatus.PAID
    assert Happened.TOTAL_ZERO in happened(order)


def test_a_stated_total_that_differs_is_kept_and_invoiced():
    order = placed_order(total=Decimal("67.79"))

    assert (order.total, order.computed_total, order.stated_difference) == (
        Decimal("67.79"),
        Decimal("67.75"),
        Decimal("0.04"),
    )
    assert order.invoices[0].total == Decimal("67.79")


# --- when invoices are made -----------------------------------------------------------------------------------------


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


# --- money ----------------------------------------------------------------------------------------------------------


def test_mark_paid_settles_what_is_open_and_tells_the_customer():
    order = placed_order()

    payment = mark_paid(order, by=SYSTEM)

    assert (payment.amount, order.paid, order.open_amount) == (Decimal("67.75"), Decimal("67.75"), 0)
    assert (order.status, order.payment_status) == (OrderStatus.AWAITING_SHIPMENT, PaymentStatus.PAID)
    assert order.invoices[0].is_paid
    assert kinds_of_mail() == ["order_confirmation", "order_paid"]
    refused(lambda: mark_paid(order, by=SYSTEM), "Nothing is open")


def test_mark_paid_without_the_mail():
    mark_paid(placed_order(), by=SYSTEM, notify=False)

    assert kinds_of_mail() == ["order_confirmation"]


def test_mark_not_paid_takes_the_payment_back_by_a_counter_row():
    order = placed_order()
    mark_paid(order, by=SYSTEM)

    mark_not_paid(order, by=SYSTEM)

    assert [(p.kind, p.amount) for p in order.payments] == [
        ("payment", Decimal("67.75")),
        ("reversal", Decimal("-67.75")),
    ]
    assert (order.payment_status, order.open_amount) == (PaymentStatus.NOT_PAID, Decimal("67.75"))
    assert not order.invoices[0].is_paid
    refused(lambda: mark_not_paid(order, by=SYSTEM), "not paid")


def test_mark_not_paid_refuses_a_method_that_confirms_itself():
    order = paid_order(payment_method="iDEAL")

    refused(lambda: mark_not_paid(order, by=SYSTEM), "Paid online at once")


@pytest.mark.parametrize("name", ["mark_paid", "mark_not_paid", "issue_invoice", "create_packing_slip", "mark_sent"])
def test_a_cancelled_order_refuses_everything(name):
    order = placed_order(cancelled_at=PLACED_AT)

    assert order.status == OrderStatus.CANCELLED
    assert not order.invoices
    refused(lambda: ACTIONS[name](order, by=SYSTEM), "cancelled")


@pytest.mark.parametrize("name", ["create_packing_slip", "mark_sent", "issue_invoice"])
def test_an_order_on_hold_is_neither_invoiced_nor_sent(name):
    order = placed_order(held=True)

    assert order.status == OrderStatus.ON_HOLD
    refused(lambda: ACTIONS[name](order, by=SYSTEM), "on hold")


# --- sending --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "kind"), [("", "order_sent"), ("3SABC", "track_and_trace")])
def test_mark_sent_sends_all_and_tells_it_once_in_one_of_two_ways(code, kind):
    order = paid_order()

    (shipment,) = mark_sent(order, by=SYSTEM, tracking_code=code)

    assert (shipment.number, shipment.tracking_code) == ("PS00001", code)
    assert (order.status, order.shipment_status) == (OrderStatus.COMPLETED, ShipmentStatus.SHIPPED)
    assert [m for m in kinds_of_mail() if m in ("order_sent", "track_and_trace")] == [kind]
    refused(lambda: mark_sent(order, by=SYSTEM), "Everything on this order is sent")


def test_a_part_is_packed_and_the_rest_goes_along():
    order = placed_order()
    mug = order.lines[0]

    create_packing_slip(order, by=SYSTEM, quantities={mug.id: Decimal(2)})
    refused(lambda: create_packing_slip(order, by=SYSTEM, quantities={mug.id: Decimal(2)}), "less left to pack")
    mark_sent(order, by=SYSTEM)

    assert [[packed.quantity for packed in shipment.lines] for shipment in order.shipments] == [[2], [1, 1]]
    assert order.shipment_status == ShipmentStatus.SHIPPED


# --- what other systems report --------------------------------------------------------------------------------------


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
    assert (order.payment_status, order.refunded, order.open_amount) == (PaymentStatus.PAID, Decimal("10.00"), 0)


def test_take_in_adds_once_keeps_the_payload_and_quarantines_what_it_can_not_read():
    found = Found("5", '{"id": 5}', order=new_order(external_id="5"))
    bad = Found("6", '{"id": 6}', problem=UnreadableOrder("total", "Found abc."))

    results = [take_in(one, shop=shop_key(), origin="f.json", by=SYSTEM).result for one in (found, found, bad, bad)]

    assert results == ["added", "already there", "quarantined", "quarantined"]
    kept = db.session.execute(select(Arrival.payload, Arrival.result, Arrival.field).order_by(Arrival.id)).all()
    assert [tuple(row) for row in kept] == [('{"id": 5}', "added", ""), ('{"id": 6}', "quarantined", "total")]


def test_stored_states_follow_from_the_facts_throughout():
    orders = [placed_order(), paid_order(), placed_order(held=True), placed_order(cancelled_at=PLACED_AT)]
    mark_sent(orders[1], by=SYSTEM)
    create_packing_slip(orders[0], by=SYSTEM)

    for order in orders:
        assert {name: getattr(order, name) for name in derived(order)} == derived(order)
