"""After the first event: what its shop changes is followed, or waits for somebody; nothing is doubled or lost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.actions.addresses import change_address
from app.actions.cancelling import cancel_order
from app.actions.invoices import issue_invoice
from app.actions.packing_slips import withdraw_packing_slip
from app.actions.payments import enter_payment, enter_refund, mark_paid, take_back_payment
from app.actions.personal_data import erase_personal_data
from app.actions.picking_up import not_ready, picked_up
from app.actions.reopening import reopen
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.shop_changes import keep_as_here, take_over_shop_changes
from app.actions.stock import count_stock
from app.actions.tracking import change_tracking
from app.amounts.money import ZERO
from app.columns import now
from app.extensions import db
from app.history import SYSTEM, Happened
from app.intake.accept import take_in
from app.intake.events import claim_events, read_event, receive
from app.intake.statements import ask_about, stated_parts
from app.intake_readers import Found, only_order_in
from app.intake_readers.new_order import NewOrder, NewPayment, NewRefund, NewShipment
from app.models import (
    AddressKind,
    Arrival,
    Fate,
    InvoiceMoment,
    MailState,
    Order,
    OrderStatus,
    OutgoingMail,
    Product,
    ShopPart,
)
from app.queries import shop
from tests.factories import (
    PLACED_AT,
    address,
    line,
    mugs,
    new_connection,
    place,
    shipping_cost,
    shop_key,
    teapot,
)
from tests.looking import happened, refused
from tests.stating import SHOP, at, told
from tests.whole.invariants import broken

pytestmark = pytest.mark.usefixtures("database")

TOTAL = Decimal("67.75")
FEWER = Decimal("55.25")


@pytest.fixture(autouse=True)
def invoices_by_hand(database: None) -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL


def two_mugs(minutes: int) -> NewOrder:
    lines = [replace(mugs(), quantity=Decimal(2), total=Decimal(25)), teapot(), shipping_cost()]
    lines[0].taxes = line("Mug", quantity="2", unit_price="12.50").taxes
    tax = sum((one.amount for given in lines for one in given.taxes), ZERO)
    return replace(at(minutes), lines=lines, total=FEWER, tax_total=tax)


def paid(new: NewOrder, amount: Decimal = TOTAL, external_id: str = "tr_1") -> NewOrder:
    return replace(new, payments=[NewPayment(amount, PLACED_AT, external_id=external_id)])


def sent(new: NewOrder, code: str = "", **stated: object) -> NewOrder:
    return replace(new, shipments=[NewShipment({}, PLACED_AT, tracking_code=code, external_id="f1", **stated)])


def standing(order: Order) -> list[Decimal]:
    return [one.amount for one in order.payments]


# --- the order of events --------------------------------------------------------------------------------------------


def test_older_news_changes_nothing_and_says_so() -> None:
    order = place(paid(two_mugs(9)))
    before = (order.total, order.paid)

    older = Found("7", "older", order=replace(at(5), cancelled_at=PLACED_AT))
    taken = take_in(older, shop=shop_key(), origin="late", by=SHOP)

    assert (taken.fate, taken.reason) == (Fate.SAME, "It is older than what its shop has told of since.")
    assert (order.total, order.paid, order.cancelled_at) == (*before, None)


# --- edits ----------------------------------------------------------------------------------------------------------


def test_an_edit_is_taken_over_while_nothing_is_built_on_it() -> None:
    mug = Product(sku="MUG-30", name="Mug", stock=Decimal(10))
    db.session.add(mug)
    db.session.flush()
    count_stock(mug, mug.stock, by=SYSTEM)
    order = place(at(0))

    assert told(order, replace(two_mugs(5), shipping=address(street="Markt 88"))) == ["products", "addresses"]

    assert (order.total, order.lines[0].quantity, order.shipping.street) == (FEWER, 2, "Markt 88")
    assert (mug.stock, order.shop_changes) == (8, [])
    assert {"lines_changed", "address_changed", "order_updated"} <= set(happened(order))


def test_a_line_that_is_gone_there_is_gone_here_and_a_new_one_is_added() -> None:
    order = place(at(0))
    plate = line("Plate", quantity="2", unit_price="10", external_id="9")

    told(order, replace(at(5), lines=[mugs(), plate, shipping_cost()], total=Decimal("63.55")))

    assert [(one.name, one.quantity) for one in order.lines if one.quantity] == [
        ("Stoneware mug", 3),
        ("Parcel post", 1),
        ("Plate", 2),
    ]


def test_what_staff_changed_is_never_overwritten() -> None:
    order = place(at(0))
    change_address(order, by=SYSTEM, kind=AddressKind.SHIPPING, address={"street": "Kade 1", "city": "Delft"})

    assert told(order, at(5)) == []
    assert told(order, replace(at(6), shipping=address(street="Markt 88"))) == ["conflict"]
    assert told(order, replace(at(7), shipping=address(street="Markt 88"))) == []

    assert (order.shipping.street, [one.part for one in order.shop_changes]) == ("Kade 1", [ShopPart.SHIPPING])
    take_over_shop_changes(order, by=SYSTEM)
    assert (order.shipping.street, order.shop_changes) == ("Markt 88", [])


def test_a_change_of_an_invoiced_order_waits_and_taking_it_over_makes_the_invoice_anew() -> None:
    order = place(paid(at(0)))
    issue_invoice(order, by=SYSTEM)

    assert told(order, paid(two_mugs(5))) == ["conflict"]
    assert (order.total, order.lines[0].quantity) == (TOTAL, 3)

    take_over_shop_changes(order, by=SYSTEM, parts=["lines"])
    db.session.expire_all()

    assert (order.total, order.lines[0].quantity, order.open_amount) == (FEWER, 2, FEWER - TOTAL)
    assert [(one.kind, one.total) for one in order.invoices] == [
        ("invoice", TOTAL),
        ("credit_note", -TOTAL),
        ("invoice", FEWER),
    ]
    assert broken([order]) == []


def test_taking_over_invoices_no_more_than_was_invoiced() -> None:
    order = place(paid(at(0)))
    mug, pot, _post = (one.id for one in order.lines)
    first = issue_invoice(order, by=SYSTEM, quantities={mug: Decimal(1)})
    second = issue_invoice(order, by=SYSTEM, quantities={pot: Decimal(1)})
    first.delivery_time, second.delivery_time = "1 day", "2 days"
    plate = line("Plate", quantity="2", unit_price="10", external_id="9")
    new = replace(at(5), lines=[mugs(), teapot(), shipping_cost(), plate], total=TOTAL + 20)
    told(order, paid(replace(new, billing=address(street="Markt 88"), shipping=address())))

    take_over_shop_changes(order, by=SYSTEM, parts=["billing"])
    anew = order.invoices[-2:]
    assert [(one.total, one.delivery_time) for one in anew] == [(first.total, "1 day"), (second.total, "2 days")]
    assert all("Markt 88" in str(one.snapshot["buyer"]) and one.is_paid for one in anew)
    take_over_shop_changes(order, by=SYSTEM, parts=["lines"])

    assert [one.total for one in order.invoices[-2:]] == [first.total, second.total + 20]
    assert [one.to_invoice for one in order.lines] == [2, 0, 1, 0]
    db.session.expire_all()
    assert broken([order]) == []


def test_the_vat_number_is_on_the_invoice_and_the_telephone_is_not() -> None:
    order = place(paid(at(0)))
    issue_invoice(order, by=SYSTEM)
    new = paid(at(5))
    new.customer = replace(new.customer, company="Jansen BV", vat_id="NL001234567B01")
    told(order, new)

    take_over_shop_changes(order, by=SYSTEM)

    assert [one.kind for one in order.invoices] == ["invoice", "credit_note", "invoice"]
    assert order.invoices[-1].snapshot["buyer"]["vat_id"] == "NL001234567B01"


def test_an_order_that_is_cancelled_is_credited_and_not_invoiced_anew() -> None:
    order = place(paid(at(0)))
    issue_invoice(order, by=SYSTEM)
    told(order, replace(paid(two_mugs(5)), billing=address(street="Markt 88")))
    told(order, replace(paid(two_mugs(6)), is_deleted=True))

    take_over_shop_changes(order, by=SYSTEM)

    assert [(one.kind, one.total) for one in order.invoices] == [("invoice", TOTAL), ("credit_note", -TOTAL)]
    assert (order.status, order.open_amount, order.shop_changes) == (OrderStatus.CANCELLED, -TOTAL, [])


def test_the_rest_of_an_order_is_cancelled_after_its_lines_are_as_there() -> None:
    order = place(paid(at(0)))
    issue_invoice(order, by=SYSTEM)
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[1].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, notify=False)
    told(order, replace(paid(two_mugs(6)), is_deleted=True))
    assert len(order.shop_changes) == 2

    take_over_shop_changes(order, by=SYSTEM)
    db.session.expire_all()

    assert (order.status, order.shop_changes, order.lines[0].quantity) == (OrderStatus.COMPLETED, [], 2)
    assert broken([order]) == []


def test_an_order_is_taken_up_again_before_the_rest_is_as_there() -> None:
    order = place(at(0))
    told(order, replace(at(1), cancelled_at=PLACED_AT))
    order.cancelled_at += timedelta(seconds=5)
    ask_about(order, ShopPart.BILLING, stated_parts(replace(at(1), billing=address(street="Kade 1")))["billing"], SHOP)
    told(order, at(2))

    take_over_shop_changes(order, by=SYSTEM)

    assert (order.cancelled_at, order.billing.street, order.shop_changes) == (None, "Kade 1", [])


def test_what_is_kept_stays_until_its_shop_changes_it_anew() -> None:
    order = place(paid(at(0)))
    issue_invoice(order, by=SYSTEM)
    told(order, paid(two_mugs(5)))

    keep_as_here(order, by=SYSTEM)

    assert told(order, paid(two_mugs(6))) == []
    assert (order.total, order.shop_changes) == (TOTAL, [])
    assert told(order, replace(paid(two_mugs(7)), total=Decimal("54.25"))) == ["conflict"]


def test_what_agrees_again_waits_no_more() -> None:
    order = place(paid(at(0)))
    issue_invoice(order, by=SYSTEM)
    told(order, paid(two_mugs(5)))

    told(order, paid(at(6)))

    assert (order.shop_changes, happened(order)[-1]) == ([], "shop_change_gone")


def test_fewer_than_were_sent_are_not_taken_over() -> None:
    order = place(at(0))
    mark_sent(order, by=SYSTEM, notify=False)
    told(order, two_mugs(5))

    refused(
        lambda: take_over_shop_changes(order, by=SYSTEM),
        "Stoneware mug: 3 were sent or credited, and fewer are ordered there",
    )


def test_a_file_without_a_moment_never_changes_by_itself() -> None:
    order = place(replace(at(0), updated_at=None))

    assert told(order, replace(two_mugs(0), updated_at=None)) == ["conflict"]
    assert order.total == TOTAL


def test_how_the_customer_is_reached_follows_and_what_is_withheld_stays() -> None:
    order = place(at(0))
    new = at(5)
    new.customer = replace(new.customer, email="new@example.org", phone="")

    assert told(order, new) == ["customer"]
    assert (order.email, order.phone) == ("new@example.org", "+31 15 555 0101")


def test_what_a_payload_said_before_is_known_of_orders_from_before_that_was_kept() -> None:
    new = at(0)
    take_in(Found("7", "{}", order=new), shop=shop_key(), origin="x", by=SHOP)
    order = db.session.scalars(select(Order)).one()
    order.stated, order.stated_at = {}, None

    assert told(order, two_mugs(5)) == []  # nothing to compare with: noted, and followed from then on
    assert told(order, replace(two_mugs(6), shipping=address(street="Markt 88"))) == ["addresses"]


# --- money ----------------------------------------------------------------------------------------------------------


def test_a_running_total_is_brought_up_and_never_doubled() -> None:
    order = place(paid(at(0), Decimal(20)))

    assert told(order, paid(at(1), Decimal(50))) == ["payments"]
    assert told(order, paid(at(2), Decimal(50))) == []
    assert told(order, paid(at(3))) == ["payments"]

    assert standing(order) == [20, 30, Decimal("17.75")]


def test_less_than_before_is_a_correction() -> None:
    order = place(paid(at(0)))

    told(order, paid(at(1), Decimal(50)))
    assert (standing(order), order.paid) == ([TOTAL, -TOTAL, 50], 50)
    told(order, paid(at(2)))
    assert order.paid == TOTAL


@pytest.mark.parametrize("amounts", [[TOTAL], [Decimal(20), Decimal("47.75")], [Decimal(100)]])
def test_what_people_entered_is_the_same_payment(amounts: list[Decimal]) -> None:
    order = place(at(0))
    for amount in amounts:
        enter_payment(order, by=SYSTEM, amount=amount)

    for minutes in (1, 2):
        assert told(order, paid(at(minutes))) == []
    assert standing(order) == amounts


def test_the_rest_of_what_people_entered_is_added() -> None:
    order = place(at(0))
    enter_payment(order, by=SYSTEM, amount=Decimal(20))

    assert told(order, paid(at(1))) == ["payments"]
    assert standing(order) == [20, Decimal("47.75")]


def test_what_people_took_back_is_not_entered_again() -> None:
    order = place(paid(at(0)))
    take_back_payment(order.payments[0], by=SYSTEM)

    assert told(order, paid(at(1))) == []
    assert order.paid == 0


def test_a_payment_that_gets_an_id_later_is_not_doubled() -> None:
    order = place(paid(at(0), external_id=""))

    assert told(order, paid(at(1), external_id="sale-9")) == []
    assert order.paid == TOTAL


def test_two_payments_are_both_kept() -> None:
    order = place(paid(at(0)))
    twice = [*paid(at(0)).payments, NewPayment(TOTAL, PLACED_AT, external_id="tr_2")]

    assert told(order, replace(at(1), payments=twice)) == ["payments"]
    assert order.paid == 2 * TOTAL


def test_a_refund_that_people_entered_is_the_same() -> None:
    order = place(paid(at(0)))
    enter_refund(order, by=SYSTEM, amount=Decimal(10))

    refunds = [NewRefund(Decimal(10), external_id="r1")]
    assert told(order, replace(paid(at(1)), refunds=refunds)) == []
    assert told(order, replace(paid(at(2)), refunds=[*refunds, NewRefund(Decimal(5), external_id="r2")])) == ["refunds"]
    assert order.refunded == 15


def test_marked_paid_here_and_paid_there_is_one_payment() -> None:
    order = place(at(0))
    mark_paid(order, by=SYSTEM, notify=False)

    assert told(order, paid(at(1))) == []
    assert told(order, paid(at(2), Decimal(60))) == []
    assert order.paid == TOTAL


def in_full(new: NewOrder, amount: Decimal = TOTAL) -> NewOrder:
    """As a shop tells that says no more than that it is paid."""
    return replace(new, payments=[NewPayment(amount, PLACED_AT, is_derived=True)])


@pytest.mark.parametrize("total", [Decimal(80), Decimal(60)])
@pytest.mark.parametrize("is_by_hand", [True, False])
def test_another_total_of_a_paid_order_is_no_payment(total: Decimal, is_by_hand: bool) -> None:
    order = place(at(0) if is_by_hand else in_full(at(0)))
    if is_by_hand:
        mark_paid(order, by=SYSTEM, notify=False)

    for minutes in (1, 2):
        assert told(order, replace(in_full(at(minutes), total), total=total)) != ["payments"]

    assert (standing(order), order.paid) == ([TOTAL], TOTAL)


def test_paid_in_part_and_then_in_full_is_a_payment() -> None:
    order = place(paid(at(0), Decimal(20), external_id=""))

    assert told(order, in_full(at(1))) == ["payments"]
    assert told(order, in_full(at(2), Decimal(80))) == []
    assert standing(order) == [20, Decimal("47.75")]


def test_the_readers_tell_what_came_in_from_what_is_said_to_be_paid() -> None:
    def is_derived(source: str, **stated: object) -> list[bool]:
        order = {"id": 7, "number": 7, "currency": "EUR", "line_items": [], **stated}
        found = only_order_in(source, json.dumps(order), currency="EUR")
        assert found
        assert found.order
        return [one.is_derived for one in found.order.payments]

    dates = {"date_created_gmt": "2026-03-01T10:00:00", "date_paid_gmt": "2026-03-01T10:05:00"}
    assert is_derived("woocommerce", status="processing", total="10.00", **dates) == [True]
    shopify = {"created_at": "2026-03-01T10:00:00Z", "total_price": "10.00", "order_number": 7}
    assert is_derived("shopify", financial_status="paid", **shopify) == [True]
    assert is_derived("shopify", financial_status="partially_paid", total_outstanding="4.00", **shopify) == [False]


def several(new: NewOrder, *amounts: int) -> NewOrder:
    payments = [NewPayment(Decimal(one), PLACED_AT, external_id=f"tr_{n}") for n, one in enumerate(amounts, start=1)]
    return replace(new, payments=payments)


def test_one_payment_here_may_be_several_there() -> None:
    order = place(at(0))
    enter_payment(order, by=SYSTEM, amount=Decimal(100))

    for minutes, amounts in enumerate([(60,), (60, 40), (60, 40)], start=1):
        assert told(order, several(at(minutes), *amounts)) == []
    assert standing(order) == [100]

    assert told(order, several(at(5), 60, 40, 10)) == ["payments"]
    assert standing(order) == [100, 10]


def test_more_of_a_part_is_the_rest_of_what_people_entered_and_what_goes_beyond_it_is_added() -> None:
    order = place(at(0))
    enter_payment(order, by=SYSTEM, amount=Decimal(100))
    told(order, several(at(1), 60))

    assert told(order, several(at(2), 90)) == []
    assert happened(order).count("told_payment_matched") == 2
    assert told(order, several(at(3), 90, 15)) == ["payments"]

    assert standing(order) == [100, 5]


def test_one_refund_here_may_be_several_there() -> None:
    order = place(paid(at(0)))
    enter_refund(order, by=SYSTEM, amount=Decimal(50))
    refunds = [NewRefund(Decimal(20), external_id="r1"), NewRefund(Decimal(30), external_id="r2")]

    assert told(order, replace(paid(at(1)), refunds=refunds[:1])) == []
    assert told(order, replace(paid(at(2)), refunds=refunds)) == []

    assert order.refunded == 50


def test_an_id_that_comes_back_is_another_payment() -> None:
    order = place(paid(at(0), Decimal(20), external_id="a"))
    told(order, paid(at(1), Decimal(20), external_id="b"))
    both = [NewPayment(Decimal(20), PLACED_AT, external_id=one) for one in "ba"]

    assert told(order, replace(at(2), payments=both)) == ["payments"]

    assert standing(order) == [20, 20]
    assert told(order, replace(at(3), payments=both)) == []


def test_less_than_several_parts_takes_back_as_many() -> None:
    order = place(paid(at(0), Decimal(40)))
    told(order, paid(at(1), Decimal(60)))
    told(order, paid(at(2), Decimal(67)))

    assert told(order, paid(at(3), Decimal(30))) == ["payments"]

    assert (standing(order), order.paid) == ([40, 20, 7, -7, -20, -40, 30], 30)
    assert told(order, paid(at(4), Decimal(30))) == []


# --- goods ----------------------------------------------------------------------------------------------------------


def gone(new: NewOrder, pieces: int) -> NewOrder:
    return replace(new, lines=[replace(mugs(), gone=Decimal(pieces)), teapot(), shipping_cost()])


@pytest.mark.parametrize("is_known", [True, False])
def test_what_its_shop_refunded_with_its_line_is_not_to_be_sent(is_known: bool) -> None:
    mug = Product(sku="MUG-30", name="Mug", stock=Decimal(10))
    db.session.add(mug)
    db.session.flush()
    count_stock(mug, mug.stock, by=SYSTEM)
    order = place(gone(paid(at(0)), 0 if is_known else 2))

    told(order, gone(paid(at(1)), 2))

    assert ([one.to_ship for one in order.lines], mug.stock) == ([1, 1, 0], 9)
    assert told(order, gone(paid(at(2)), 2)) == []


@pytest.mark.parametrize(("sent_here", "refunded", "to_go"), [(2, 1, 1), (1, 2, 1), (1, 3, 0), (3, 1, 0), (0, 1, 2)])
def test_a_refund_of_what_may_have_been_sent_drops_nothing_that_is_still_to_go(
    sent_here: int, refunded: int, to_go: int
) -> None:
    order = place(paid(at(0)))
    if sent_here:
        slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(sent_here)})
        send_shipment(slip, by=SYSTEM, notify=False)
    refunds = [NewRefund(Decimal("12.50"), external_id="r")]

    for minutes in (1, 2):
        told(order, gone(replace(paid(at(minutes)), refunds=refunds), refunded))

    assert (order.lines[0].shipped, order.lines[0].to_ship) == (sent_here, to_go)
    assert (order.lines[1].to_ship, order.status) == (1, OrderStatus.NEEDS_DECISION)


def test_what_was_refunded_and_did_not_go_of_an_order_that_is_over_there_is_dropped() -> None:
    order = place(paid(at(0)))
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(2), order.lines[1].id: 1})
    send_shipment(slip, by=SYSTEM, notify=False)
    completed = NewShipment({}, PLACED_AT, external_id="completed")

    told(order, gone(replace(paid(at(1)), shipments=[completed], is_completed=True), 1))

    assert (order.lines[0].shipped, order.lines[0].dropped, len(order.shipments)) == (2, 1, 1)


def test_of_an_order_that_is_over_there_and_paid_back_in_full_nothing_goes() -> None:
    order = place(paid(at(0)))

    told(order, replace(paid(at(1)), refunds=[NewRefund(TOTAL, external_id="r")]))
    assert order.status == OrderStatus.NEEDS_DECISION
    told(order, replace(paid(at(2)), refunds=[NewRefund(TOTAL, external_id="r")], is_completed=True))

    assert (order.status, order.shipment_status, order.open_amount) == ("credited", "nothing_to_ship", 0)


def test_cancelled_there_and_taken_up_again() -> None:
    mug = Product(sku="MUG-30", name="Mug", stock=Decimal(10))
    db.session.add(mug)
    db.session.flush()
    count_stock(mug, mug.stock, by=SYSTEM)
    order = place(at(0))

    assert told(order, replace(at(1), cancelled_at=PLACED_AT)) == ["cancelled"]
    assert mug.stock == 10
    assert told(order, two_mugs(2)) == ["reopened", "products"]

    assert (order.status, mug.stock, order.lines[0].to_ship) == (OrderStatus.AWAITING_PAYMENT, 8, 2)
    assert told(order, replace(two_mugs(3), cancelled_at=PLACED_AT)) == ["cancelled"]
    assert (order.status, mug.stock) == (OrderStatus.CANCELLED, 10)


def test_what_people_cancelled_is_theirs_to_take_up_again() -> None:
    order = place(at(0))
    told(order, replace(at(1), cancelled_at=PLACED_AT))
    order.cancelled_at += timedelta(seconds=5)

    assert told(order, at(2)) == ["reopened"]

    assert (order.status, [one.part for one in order.shop_changes]) == (OrderStatus.CANCELLED, [ShopPart.REOPENED])
    take_over_shop_changes(order, by=SYSTEM)
    assert (order.status, order.lines[0].to_ship) == (OrderStatus.AWAITING_PAYMENT, 3)


def test_what_would_not_have_gone_anyway_does_not_go_once_it_is_taken_up_again() -> None:
    mug = Product(sku="MUG-30", name="Mug", stock=Decimal(10))
    db.session.add(mug)
    db.session.flush()
    count_stock(mug, mug.stock, by=SYSTEM)
    order = place(at(0))
    told(order, gone(at(1), 1))
    assert (order.lines[0].to_ship, mug.stock) == (2, 8)

    told(order, replace(gone(at(2), 1), cancelled_at=PLACED_AT))
    assert (order.lines[0].dropped, order.lines[0].dropped_by_cancel, mug.stock) == (3, 2, 10)
    assert told(order, gone(at(3), 1)) == ["reopened"]

    assert (order.lines[0].dropped, order.lines[0].dropped_by_cancel, mug.stock) == (1, None, 8)


def test_an_order_cancelled_before_that_was_kept_goes_again_as_a_whole() -> None:
    order = place(at(0))
    told(order, gone(at(1), 1))
    told(order, replace(gone(at(2), 1), cancelled_at=PLACED_AT))
    order.lines[0].dropped_by_cancel = None

    reopen(order, by=SYSTEM)

    assert order.lines[0].to_ship == 3


def test_cancelled_there_and_changed_later_is_still_its_shops_to_take_up_again() -> None:
    order = place(at(0))
    for minutes in (1, 2):
        new = at(minutes)
        told(order, replace(new, cancelled_at=new.updated_at))

    assert told(order, at(3)) == ["reopened"]
    assert (order.cancelled_at, order.shop_changes) == (None, [])


def test_taken_up_again_and_cancelled_anew_there_waits_no_more() -> None:
    order = place(at(0))
    told(order, replace(at(1), cancelled_at=PLACED_AT))
    order.cancelled_at += timedelta(seconds=5)
    told(order, at(2))
    assert order.shop_changes

    told(order, replace(at(3), cancelled_at=PLACED_AT))

    assert (order.status, order.shop_changes) == (OrderStatus.CANCELLED, [])
    assert happened(order)[-1] == "shop_change_gone"


@pytest.mark.parametrize("is_here", [True, False])
def test_what_waits_of_an_order_that_is_cancelled_waits_once_it_is_taken_up_again(is_here: bool) -> None:
    order = place(at(0))
    change_address(order, by=SYSTEM, kind=AddressKind.SHIPPING, address={"street": "Kade 1", "city": "Delft"})
    told(order, replace(at(1), shipping=address(street="Markt 88")))
    if is_here:
        cancel_order(order, by=SYSTEM)
    told(order, replace(at(2), shipping=address(street="Markt 88"), cancelled_at=PLACED_AT))
    told(order, replace(at(3), shipping=address(street="Markt 88"), cancelled_at=PLACED_AT))
    assert (order.status, order.shop_changes) == (OrderStatus.CANCELLED, [])

    told(order, replace(at(4), shipping=address(street="Markt 88")))
    if is_here:
        take_over_shop_changes(order, by=SYSTEM, parts=["reopened"])
        told(order, replace(at(5), shipping=address(street="Markt 88")))

    assert [one.part for one in order.shop_changes] == [ShopPart.SHIPPING]
    told(order, replace(at(6), shipping=address(street="Kade 1", name="", postcode="", country="")))
    assert order.shop_changes == []


def test_a_cancelled_order_gets_no_other_lines() -> None:
    order = place(at(0))
    cancel_order(order, by=SYSTEM)
    ask_about(order, ShopPart.LINES, stated_parts(two_mugs(1))["lines"], SHOP)

    refused(lambda: take_over_shop_changes(order, by=SYSTEM), "This order is cancelled")


def test_cancelled_here_stays_cancelled() -> None:
    order = place(at(0))
    cancel_order(order, by=SYSTEM)

    assert told(order, at(1)) == []
    assert order.status == OrderStatus.CANCELLED


def test_what_is_completed_here_and_cancelled_there_asks() -> None:
    order = place(paid(at(0)))
    mark_sent(order, by=SYSTEM, notify=False)

    assert told(order, replace(paid(at(1)), cancelled_at=PLACED_AT)) == ["cancelled"]
    assert (order.status, [one.part for one in order.shop_changes]) == (OrderStatus.COMPLETED, [ShopPart.CANCELLED])
    refused(lambda: take_over_shop_changes(order, by=SYSTEM), "The order is completed")


def test_the_buyer_of_a_completed_order_is_taken_over_and_where_it_went_is_not() -> None:
    order = place(paid(at(0)))
    issue_invoice(order, by=SYSTEM)
    change_address(order, by=SYSTEM, kind=AddressKind.SHIPPING, address={"street": "Kade 1", "city": "Delft"})
    told(order, replace(paid(at(1)), billing=address(street="Markt 88"), shipping=address(street="Markt 88")))
    mark_sent(order, by=SYSTEM, notify=False)
    assert order.status == OrderStatus.COMPLETED

    refused(lambda: take_over_shop_changes(order, by=SYSTEM), "This order is completed. Shipping address: Keep.")
    take_over_shop_changes(order, by=SYSTEM, parts=["billing"])
    keep_as_here(order, by=SYSTEM)

    assert (order.billing.street, order.shipping.street, order.status) == ("Markt 88", "Kade 1", OrderStatus.COMPLETED)
    assert "Markt 88" in str(order.invoices[-1].snapshot["buyer"])


# --- parcels --------------------------------------------------------------------------------------------------------


def test_a_code_is_added_and_corrected_and_one_of_ours_stays() -> None:
    order = place(sent(at(0)))

    assert told(order, sent(at(1), "3S1")) == ["shipments"]
    assert told(order, sent(at(2), "3S2")) == ["shipments"]
    change_tracking(order.shipments[0], by=SYSTEM, tracking_code="OURS")
    assert told(order, sent(at(3), "3S3")) == []

    assert [one.tracking_code for one in order.shipments] == ["OURS"]


def test_a_parcel_that_is_called_off_is_to_go_again() -> None:
    order = place(sent(at(0), "3S1"))

    assert told(order, sent(at(1), "3S1", is_called_off=True)) == ["shipments"]

    assert (order.shipment_status, order.shipments[0].withdrawn_at is not None) == ("not_shipped", True)
    again = NewShipment({}, PLACED_AT + timedelta(days=1), tracking_code="3S2", external_id="f2")
    assert told(order, replace(at(2), shipments=[*sent(at(1), "3S1", is_called_off=True).shipments, again])) == [
        "shipments"
    ]
    assert order.shipment_status == "shipped"


def test_a_parcel_sent_here_is_the_one_its_shop_tells_of() -> None:
    order = place(at(0))
    mark_sent(order, by=SYSTEM, tracking_code="3S1", notify=False)

    told(order, sent(at(1), "3S1"))
    told(order, sent(at(2), "3S1"))

    assert [(one.tracking_code, one.external_id) for one in order.shipments] == [("3S1", "f1")]


def test_completed_there_by_mistake_is_to_be_sent_again() -> None:
    completed = NewShipment({}, PLACED_AT, external_id="completed")
    order = place(paid(at(0)))
    told(order, replace(paid(at(1)), shipments=[completed], is_completed=True))
    assert order.status == OrderStatus.COMPLETED

    assert told(order, paid(at(2))) == ["shipments"]

    assert (order.status, order.shipment_status) == (OrderStatus.AWAITING_SHIPMENT, "not_shipped")


@pytest.mark.parametrize("is_pick_up", [False, True])
def test_what_people_sent_stays_sent_when_it_was_completed_there_by_mistake(is_pick_up: bool) -> None:
    order = place(replace(paid(at(0)), pick_up=is_pick_up))
    picked_up(order, by=SYSTEM) if is_pick_up else mark_sent(order, by=SYSTEM, notify=False)

    done = [] if is_pick_up else [NewShipment({}, PLACED_AT, external_id="completed")]
    handed_over = PLACED_AT if is_pick_up else None
    told(order, replace(paid(at(1)), shipments=done, picked_up_at=handed_over, is_completed=True))
    assert told(order, paid(at(2))) == []
    assert told(order, paid(at(3))) == []

    assert (order.status, len(order.shipments)) == (OrderStatus.COMPLETED, 1)
    assert order.shipments[0].sent_at


def test_picked_up_there_by_mistake_is_to_be_picked_up_again() -> None:
    order = place(replace(paid(at(0)), pick_up=True))
    told(order, replace(paid(at(1)), picked_up_at=PLACED_AT, is_completed=True))
    assert order.status == OrderStatus.COMPLETED

    assert told(order, paid(at(2))) == ["shipments"]
    assert (order.shipment_status, order.lines[0].to_ship) == ("not_shipped", 3)

    at_last = now() + timedelta(days=1)
    assert told(order, replace(paid(at(3)), picked_up_at=at_last, is_completed=True)) == ["shipments"]
    assert (order.status, len(order.shipments)) == (OrderStatus.COMPLETED, 1)


def test_a_slip_that_people_withdrew_is_sent_by_its_shop() -> None:
    order = place(replace(at(0), shipments=[NewShipment({}, external_id="f1")]))
    withdraw_packing_slip(order.shipments[0], by=SYSTEM)

    assert told(order, sent(at(1))) == ["shipments"]
    assert order.shipment_status == "shipped"


# --- held, deleted, refused -----------------------------------------------------------------------------------------


def test_held_there_and_released() -> None:
    order = place(replace(paid(at(0)), held=True))

    assert told(order, paid(at(1))) == ["hold"]
    assert (order.held_at, order.status) == (None, OrderStatus.AWAITING_SHIPMENT)
    assert told(order, replace(paid(at(2)), held=True)) == ["hold"]
    assert told(order, paid(at(3))) == ["hold"]
    assert order.held_at is None


def undated(new: NewOrder) -> NewOrder:
    return replace(new, updated_at=None)


def test_an_old_file_does_not_hide_that_its_shop_released_the_order() -> None:
    order = place(paid(at(0)))
    told(order, replace(paid(at(1)), held=True))

    told(order, undated(paid(at(0))))

    assert order.held_at is not None
    assert told(order, paid(at(2))) == ["hold"]
    assert order.held_at is None


def test_an_old_file_does_not_cancel_what_was_taken_up_again() -> None:
    order = place(at(0))
    told(order, replace(at(1), cancelled_at=PLACED_AT))
    told(order, at(2))

    assert told(order, undated(replace(at(1), cancelled_at=PLACED_AT))) == []
    assert order.cancelled_at is None


def test_what_an_old_file_cancelled_its_shop_can_take_up_again() -> None:
    order = place(at(0))

    assert told(order, undated(replace(at(1), cancelled_at=PLACED_AT))) == ["cancelled"]
    assert told(order, undated(at(0))) == []
    assert told(order, at(2)) == ["reopened"]
    assert order.cancelled_at is None


def test_ready_there_is_followed_once() -> None:
    def ready(minutes: int) -> NewOrder:
        moment = PLACED_AT + timedelta(minutes=minutes)
        return replace(paid(at(minutes)), pick_up=True, ready_for_pickup_at=moment)

    order = place(replace(paid(at(0)), pick_up=True))
    assert told(order, ready(1)) == ["hold"]
    not_ready(order, by=SYSTEM)

    assert told(order, ready(2)) == []
    assert told(order, undated(ready(0))) == []
    assert order.ready_at is None
    told(order, replace(paid(at(3)), pick_up=True))
    assert told(order, ready(4)) == ["hold"]


def test_deleted_there_is_said_and_back_again_too() -> None:
    connection = new_connection()
    db.session.add(connection)
    db.session.flush()
    order = place(at(0), shop=connection.shop_key)
    receive(connection, b'{"id":7}', "order.deleted")
    receive(connection, b'{"id":8}', "order.deleted")
    read = [read_event(one, worker="w") for _turn in (1, 2) for one in claim_events(worker="w")]

    assert [one.fate for one in read if one] == [Fate.UPDATED, Fate.NOT_READ]
    assert (order.status, [one.part for one in order.shop_changes]) == ("awaiting_payment", [ShopPart.DELETED])
    assert db.session.scalars(select(Arrival.changed).order_by(Arrival.id)).all() == [["deleted"], []]

    assert told(order, at(5)) == ["deleted"]
    assert order.shop_changes == []
    assert {Happened.DELETED_THERE, Happened.RESTORED_THERE} <= set(happened(order))


def test_an_order_that_is_deleted_there_can_be_cancelled_here() -> None:
    order = place(at(0))
    assert told(order, replace(at(1), is_deleted=True, cancelled_at=PLACED_AT)) == ["deleted"]

    take_over_shop_changes(order, by=SYSTEM)

    assert (order.status, order.shop_changes) == (OrderStatus.CANCELLED, [])


def test_erasing_the_customer_erases_what_waits_and_doubles_no_payment() -> None:
    order = place(at(0))
    mark_paid(order, by=SYSTEM, notify=False)
    told(order, paid(at(1)))
    mark_sent(order, by=SYSTEM, notify=False)
    told(order, paid(two_mugs(2)))
    assert order.shop_changes
    for mail in db.session.scalars(select(OutgoingMail)):
        mail.state = MailState.SENT

    erase_personal_data(order.customer, by=SYSTEM)

    assert (order.shop_changes, set(order.stated)) == ([], {"matched", "by_hand"})
    assert told(order, paid(at(3))) == []
    assert order.paid == TOTAL
