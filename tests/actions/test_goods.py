"""What is still to go of an order, and what it means that something never will."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.actions.cancelling import cancel_order
from app.actions.credit_notes import create_credit_note, credit_order, reimbursable, sent_or_not
from app.actions.elsewhere import set_invoiced_elsewhere
from app.actions.goods import quantities_to_pack, quantities_to_ship
from app.actions.packing_slips import change_packing_slip, restore_packing_slip, withdraw_packing_slip
from app.actions.parcels import set_shipment_not_sent
from app.actions.payments import mark_paid
from app.actions.picking_up import picked_up
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.extensions import db
from app.history import SYSTEM
from app.intake.external_updates import update_order
from app.intake_readers.new_order import NewShipment
from app.models import InvoiceMoment, MovementKind, Order, OrderStatus, Product, Shipment, ShipmentStatus, StockMovement
from app.operations import checks
from app.queries import order_list, shop
from tests.factories import PLACED_AT, line, new_order, paid_order, placed_order
from tests.looking import refused

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def goods(order: Order) -> list[tuple[int, int, int, int]]:
    """Of mugs and teapot: shipped, packed, to pack and dropped."""
    lines = [one for one in order.lines if one.is_shippable]
    return [(int(one.shipped), int(one.packed), int(one.to_pack), int(one.dropped)) for one in lines]


def mugs(order: Order, quantity: int) -> dict[int, Decimal]:
    return {order.lines[0].id: Decimal(quantity)}


def part_sent(**stated: object) -> Order:
    """Two of three mugs went; one, and the teapot, did not."""
    order = paid_order(**stated)
    send_shipment(create_packing_slip(order, by=SYSTEM, quantities=mugs(order, 2)), by=SYSTEM, notify=False)
    return order


def all_is_well() -> None:
    db.session.flush()
    assert list(checks.findings()) == []


def test_rule_1_1_each_piece_is_shipped_packed_to_pack_or_dropped():
    order = part_sent()
    create_packing_slip(order, by=SYSTEM, quantities={order.lines[1].id: Decimal(1)})
    assert goods(order) == [(2, 0, 1, 0), (0, 1, 0, 0)]

    create_credit_note(order.invoices[0], by=SYSTEM, quantities=mugs(order, 1))

    assert goods(order) == [(2, 0, 0, 1), (0, 1, 0, 0)]
    assert (quantities_to_pack(order), quantities_to_ship(order)) == ({}, {order.lines[1].id: Decimal(1)})
    all_is_well()


def test_rule_1_1_decimal_quantities_to_the_last_decimal():
    order = paid_order(lines=[line("Clay", quantity="2.5", unit_price="4", external_id="1")], total=Decimal(10))
    create_credit_note(order.invoices[0], by=SYSTEM, quantities={order.lines[0].id: Decimal("0.75")})

    mark_sent(order, by=SYSTEM)

    assert (order.lines[0].shipped, order.lines[0].dropped) == (Decimal("1.75"), Decimal("0.75"))
    assert order.status == OrderStatus.COMPLETED
    all_is_well()


def test_rule_1_2_two_of_three_bowls_go_and_eight_stay():
    bowl = Product(sku="BW-1", name="Bowl", price=Decimal(50), vat_rate=Decimal(21), stock=Decimal(10))
    db.session.add(bowl)
    db.session.flush()
    db.session.add(
        StockMovement(product_id=bowl.id, quantity=Decimal(10), kind=MovementKind.COUNTED, entered_by="Noor")
    )
    order = placed_order(
        lines=[line("Bowl", quantity="3", unit_price="50", sku="BW-1", external_id="1")], total=Decimal(150)
    )
    mark_paid(order, by=SYSTEM)
    slip = create_packing_slip(order, by=SYSTEM)

    create_credit_note(order.invoices[0], by=SYSTEM, quantities=mugs(order, 1), restock=True)
    (sent,) = mark_sent(order, by=SYSTEM)

    assert (sent, slip.revision, [one.quantity for one in sent.lines]) == (slip, 2, [Decimal(2)])
    assert (order.status, order.shipment_status) == (OrderStatus.COMPLETED, ShipmentStatus.SHIPPED)
    db.session.refresh(bowl)
    assert bowl.stock == 8
    all_is_well()


def test_rule_1_2_what_is_on_no_slip_goes_first_then_open_slips():
    order = paid_order()
    first = create_packing_slip(order, by=SYSTEM, quantities=mugs(order, 1))
    second = create_packing_slip(order, by=SYSTEM, quantities={**mugs(order, 1), order.lines[1].id: Decimal(1)})
    (invoice,) = order.invoices

    create_credit_note(invoice, by=SYSTEM, quantities=mugs(order, 1))
    assert (goods(order)[0], first.revision, second.revision) == ((0, 2, 0, 1), 1, 1)
    create_credit_note(invoice, by=SYSTEM, quantities=mugs(order, 1))
    assert (goods(order)[0], first.revision, second.revision) == ((0, 1, 0, 2), 1, 2)
    assert [one.order_line.name for one in second.lines] == ["Teapot"]
    all_is_well()


def test_rule_1_2_a_slip_without_goods_is_withdrawn():
    order = paid_order()
    slip = create_packing_slip(order, by=SYSTEM)

    credit_order(order, by=SYSTEM)

    assert (slip.is_open, slip.withdrawn_at is None, [int(one.quantity) for one in slip.lines]) == (
        False,
        False,
        [3, 1],
    )
    refused(lambda: send_shipment(slip, by=SYSTEM), "withdrawn")
    all_is_well()


def test_rule_1_3_what_was_sent_is_not_dropped():
    order = part_sent()

    create_credit_note(order.invoices[0], by=SYSTEM, quantities=mugs(order, 1), sent=mugs(order, 1))

    assert (goods(order)[0], order.lines[0].returned) == ((2, 0, 1, 0), 1)
    refused(
        lambda: create_credit_note(order.invoices[0], by=SYSTEM, quantities=mugs(order, 1), sent=mugs(order, 2)),
        "Fewer than 2 are credited",
    )
    refused(
        lambda: create_credit_note(order.invoices[0], by=SYSTEM, quantities=mugs(order, 2), sent=mugs(order, 2)),
        "Fewer than 2 were sent",
    )
    all_is_well()


def test_rule_1_3_the_form_asks_only_where_both_kinds_are_there():
    order = part_sent()
    (invoice,) = order.invoices
    assert sent_or_not(invoice) == mugs(order, 2)

    create_credit_note(invoice, by=SYSTEM, quantities=mugs(order, 1))
    assert sent_or_not(invoice) == {}


def test_rule_1_3_what_is_kept_makes_no_return():
    order = part_sent()

    create_credit_note(order.invoices[0], by=SYSTEM, quantities=mugs(order, 2), sent=mugs(order, 2), kept=True)
    assert (order.returns, goods(order)[0]) == ([], (2, 0, 1, 0))

    set_shipment_not_sent(order.shipments[0], by=SYSTEM)
    assert goods(order)[0] == (0, 1, 0, 2)
    all_is_well()


def test_rule_1_4_a_withdrawn_slip_packs_nothing_and_stays():
    order = paid_order()
    slip = create_packing_slip(order, by=SYSTEM)

    withdraw_packing_slip(slip, by=SYSTEM)

    assert (goods(order), slip.number) == ([(0, 0, 3, 0), (0, 0, 1, 0)], "PS00001")
    refused(lambda: withdraw_packing_slip(slip, by=SYSTEM), "withdrawn")
    refused(lambda: change_packing_slip(slip, by=SYSTEM, quantities=mugs(order, 1)), "withdrawn")
    restore_packing_slip(slip, by=SYSTEM)
    withdraw_packing_slip(slip, by=SYSTEM)
    assert [one.number for one in mark_sent(order, by=SYSTEM)] == ["PS00002"]
    refused(lambda: restore_packing_slip(slip, by=SYSTEM), "not to pack any more")
    all_is_well()


def test_rule_1_4_its_shop_sends_what_was_withdrawn_here():
    order = paid_order()
    parcel = NewShipment({"1": Decimal(3)}, None, external_id="s_1")
    update_order(order, new_order(shipments=[parcel]), by=SYSTEM)
    withdraw_packing_slip(order.shipments[0], by=SYSTEM)
    create_credit_note(order.invoices[0], by=SYSTEM, quantities=mugs(order, 1))

    parcel.sent_at = PLACED_AT
    update_order(order, new_order(shipments=[parcel]), by=SYSTEM)

    assert goods(order)[0] == (2, 0, 0, 1)
    all_is_well()


def test_rule_1_5_a_changed_slip_is_a_new_revision():
    order = paid_order()
    slip = create_packing_slip(order, by=SYSTEM, quantities=mugs(order, 2))

    change_packing_slip(slip, by=SYSTEM, quantities={**mugs(order, 1), order.lines[1].id: Decimal(1)})

    assert (slip.revision, goods(order)) == (2, [(0, 1, 2, 0), (0, 1, 0, 0)])
    refused(lambda: change_packing_slip(slip, by=SYSTEM, quantities=mugs(order, 4)), "less left to pack")
    refused(lambda: change_packing_slip(slip, by=SYSTEM, quantities={}), "or withdraw")
    send_shipment(slip, by=SYSTEM)
    refused(lambda: change_packing_slip(slip, by=SYSTEM, quantities=mugs(order, 1)), "is sent")
    all_is_well()


def test_rule_1_9_the_rest_is_credited_and_the_order_completed():
    order = part_sent()

    cancel_order(order, by=SYSTEM, credit=True)

    assert (order.status, order.cancelled_at, order.returns) == (OrderStatus.COMPLETED, None, [])
    assert (order.credited, goods(order)) == (Decimal("36.70"), [(2, 0, 0, 1), (0, 0, 0, 1)])
    all_is_well()


def test_rule_1_9_all_is_credited_and_what_was_sent_comes_back():
    order = part_sent()

    cancel_order(order, by=SYSTEM, credit=True, take_back=True)

    (goods_return,) = order.returns
    assert (order.status, order.credited, order.total) == (OrderStatus.CANCELLED, Decimal("67.75"), Decimal("67.75"))
    assert [int(one.quantity) for one in goods_return.lines] == [2]
    assert reimbursable(goods_return) == Decimal("25.00")
    all_is_well()


def test_rule_1_9_what_was_not_invoiced_is_invoiced_and_credited():
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = part_sent()

    cancel_order(order, by=SYSTEM)

    assert (order.invoiced, order.credited, order.status) == (order.total, Decimal("36.70"), OrderStatus.COMPLETED)
    all_is_well()


def test_rule_1_9_an_order_invoiced_elsewhere():
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = paid_order()
    set_invoiced_elsewhere(order, by=SYSTEM)
    send_shipment(create_packing_slip(order, by=SYSTEM, quantities=mugs(order, 2)), by=SYSTEM)

    cancel_order(order, by=SYSTEM)

    assert (order.status, order.invoices, goods(order)) == (OrderStatus.COMPLETED, [], [(2, 0, 0, 1), (0, 0, 0, 1)])
    all_is_well()


def test_rule_1_9_where_all_was_sent_only_taking_it_back_cancels():
    order = placed_order()
    mark_sent(order, by=SYSTEM)

    refused(lambda: cancel_order(order, by=SYSTEM, credit=True), "Everything was sent")
    cancel_order(order, by=SYSTEM, credit=True, take_back=True)
    assert order.status == OrderStatus.CANCELLED
    all_is_well()


@pytest.mark.parametrize("is_pick_up", [False, True])
def test_rule_1_12_grey_buttons_say_the_true_reason(is_pick_up):
    credited, partly = paid_order(pick_up=is_pick_up), paid_order(pick_up=is_pick_up)
    go = picked_up if is_pick_up else mark_sent
    credit_order(credited, by=SYSTEM)
    create_credit_note(partly.invoices[0], by=SYSTEM, quantities=mugs(partly, 1))
    go(partly, by=SYSTEM)
    service = paid_order(lines=[line("Workshop", quantity="1", unit_price="10", kind="fee")], total=Decimal(10))

    assert [one.shipment_status for one in (credited, partly, service)] == [
        ShipmentStatus.NOTHING_TO_SHIP,
        ShipmentStatus.SHIPPED,
        ShipmentStatus.NOTHING_TO_SHIP,
    ]
    nothing = f"All of it is credited: nothing is left to {'pick up' if is_pick_up else 'send'}"
    refused(lambda: go(credited, by=SYSTEM), nothing)
    refused(lambda: create_packing_slip(credited, by=SYSTEM), nothing)
    refused(lambda: go(partly, by=SYSTEM), "Everything that was not credited or cancelled is")
    refused(lambda: mark_sent(service, by=SYSTEM), "no goods")
    assert service.status == OrderStatus.COMPLETED
    all_is_well()


@pytest.mark.parametrize("make", [placed_order, paid_order])
def test_rule_2_2_an_order_of_which_nothing_went_is_credited_and_in_no_work_list(make):
    order = make()
    create_packing_slip(order, by=SYSTEM)

    credit_order(order, by=SYSTEM)
    db.session.flush()

    assert order.status == OrderStatus.CREDITED
    views = order_list.find(order_list.read_question({}), "Europe/Amsterdam").views
    owed = {"to_pay_back": 1} if make is paid_order else {}  # to the customer, which is no work on goods
    assert {name: count for name, count in views.items() if count} == {"": 1, **owed}
    all_is_well()


def test_goods_that_do_not_add_up_are_found():
    order = paid_order()
    slip = create_packing_slip(order, by=SYSTEM)
    order.lines[0].dropped = Decimal(1)
    db.session.flush()

    assert "ORD10001: 3 of Stoneware mug is on open packing slips, but 2 is to go" in list(checks.findings())
    assert db.session.get_one(Shipment, slip.id).is_open
