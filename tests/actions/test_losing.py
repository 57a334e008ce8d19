"""Lost parcels: sent once more without a second invoice, said to everybody, and taken back in time."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.actions.cancelling import cancel_order
from app.actions.credit_notes import create_credit_note
from app.actions.losing import can_be_lost, mark_lost, mark_not_lost
from app.actions.parcels import mark_not_sent, set_shipment_not_sent
from app.actions.picking_up import picked_up
from app.actions.returns import can_come_back, create_return, receive_return
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.stock import count_stock
from app.extensions import db
from app.history import SYSTEM
from app.mails.words import words_of
from app.models import Order, OrderStatus, OutgoingMail, Product, Shipment, ShipmentStatus
from app.operations import checks, stock_checks
from app.queries.lost_parcels import replaced_by, replacing
from tests.factories import line, paid_order
from tests.looking import happened, refused

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


@pytest.fixture
def mug() -> Product:
    """Ten of them, counted."""
    mug = Product(sku="MUG-30", name="Stoneware mug", stock=Decimal(10))
    db.session.add(mug)
    db.session.flush()
    count_stock(mug, mug.stock, by=SYSTEM)
    return mug


def sent_order(code: str = "3SLOST") -> tuple[Order, Shipment]:
    order = paid_order(language="en")
    return order, mark_sent(order, by=SYSTEM, tracking_code=code)[0]


def left(order: Order) -> list[Decimal]:
    return [one.to_pack for one in order.lines if one.is_shippable]


def pieces(order: Order, quantity: str) -> dict[int, Decimal]:
    return {order.lines[0].id: Decimal(quantity)}


def last_mail() -> OutgoingMail:
    return db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).all()[0]


def test_rule_1_7_lost_goods_are_to_pack_once_more_without_a_second_invoice(mug):
    order, first = sent_order()

    mark_lost(first, by=SYSTEM)

    assert (first.sent_at is not None, first.lost_at is not None, first.is_all_lost) == (True, True, True)
    assert (left(order), order.shipment_status, order.status) == (
        [3, 1],
        ShipmentStatus.NOT_SHIPPED,
        OrderStatus.AWAITING_SHIPMENT,
    )
    assert (len(order.invoices), order.open_amount, mug.stock) == (1, 0, 4)
    assert happened(order)[-1] == "parcel_lost"

    second = mark_sent(order, by=SYSTEM, tracking_code="3SNEW")[0]
    assert (order.status, len(order.invoices), mug.stock) == (OrderStatus.COMPLETED, 1, 4)
    assert (replaced_by(second), replacing(first)) == ([first], [second])
    assert list(checks.findings()) == []


def test_rule_1_7_the_mail_of_the_new_parcel_says_which_one_it_replaces():
    order, first = sent_order()
    assert words_of(order, "en", shipment=first)["replaced_parcels"] == ""
    mark_lost(first, by=SYSTEM)

    mark_sent(order, by=SYSTEM, tracking_code="3SNEW")

    assert (last_mail().kind, "3SNEW" in last_mail().body) == ("track_and_trace", True)
    assert "(3SLOST), which got lost." in last_mail().body


@pytest.mark.parametrize("language", ["nl", "de", "fr", "es"])
def test_rule_1_7_the_mail_says_it_in_every_language(language):
    order = paid_order(language=language)
    mark_lost(mark_sent(order, by=SYSTEM, tracking_code="3SLOST")[0], by=SYSTEM)

    for code, kind in (("", "order_sent"), ("3SNEW", "track_and_trace")):
        new = mark_sent(order, by=SYSTEM, tracking_code=code)[0]
        assert (last_mail().kind, "(3SLOST)" in last_mail().body) == (kind, True)
        set_shipment_not_sent(new, by=SYSTEM)


def test_rule_1_7_a_part_of_a_parcel_is_lost(mug):
    order, first = sent_order()

    mark_lost(first, by=SYSTEM, quantities=pieces(order, "1.5"))
    assert (left(order), first.is_all_lost, order.shipment_status) == (
        [Decimal("1.5"), 0],
        False,
        ShipmentStatus.PARTIALLY_SHIPPED,
    )
    refused(lambda: mark_lost(first, by=SYSTEM, quantities=pieces(order, "2")), "Fewer than 2")
    refused(lambda: mark_lost(first, by=SYSTEM, quantities={}), "Choose at least one")

    mark_lost(first, by=SYSTEM)
    assert (left(order), first.is_all_lost, mug.stock) == ([3, 1], True, 4)
    refused(lambda: mark_lost(first, by=SYSTEM), "Everything in it is lost")
    assert list(checks.findings()) == []


def test_rule_1_7_not_lost_takes_it_back_while_nothing_is_packed_again(mug):
    order, first = sent_order()
    mark_lost(first, by=SYSTEM)

    mark_not_lost(first, by=SYSTEM)

    assert (left(order), order.status, mug.stock) == ([0, 0], OrderStatus.COMPLETED, 7)
    assert (first.lost_at, happened(order)[-1]) == (None, "parcel_not_lost")
    refused(lambda: mark_not_lost(first, by=SYSTEM), "not lost")

    mark_lost(first, by=SYSTEM)
    mark_not_lost(first, by=SYSTEM)
    mark_lost(first, by=SYSTEM)
    slip = create_packing_slip(order, by=SYSTEM, quantities=pieces(order, "1"))
    refused(lambda: mark_not_lost(first, by=SYSTEM), f"{slip.number} replaces it")
    assert mug.stock == 4
    assert list(checks.findings()) == []


def test_rule_1_7_the_new_parcel_may_get_lost_too(mug):
    order, first = sent_order()
    mark_lost(first, by=SYSTEM)
    second = mark_sent(order, by=SYSTEM, tracking_code="3SB")[0]
    mark_lost(second, by=SYSTEM)
    third = mark_sent(order, by=SYSTEM)[0]

    assert (replaced_by(second), replaced_by(third)) == ([first], [second])
    assert (mug.stock, order.status) == (1, OrderStatus.COMPLETED)
    refused(lambda: mark_not_lost(first, by=SYSTEM), "replaces it")
    assert list(checks.findings()) == []


def test_rule_1_7_what_was_packed_before_the_loss_replaces_nothing():
    order = paid_order()
    first = create_packing_slip(order, by=SYSTEM, quantities=pieces(order, "2"))
    send_shipment(first, by=SYSTEM)
    waiting = create_packing_slip(order, by=SYSTEM)
    mark_lost(first, by=SYSTEM)

    mark_sent(order, by=SYSTEM)

    assert (replaced_by(waiting), [len(replaced_by(one)) for one in order.shipments]) == ([], [0, 0, 1])


def test_rule_1_7_lost_pieces_never_come_back(mug):
    order, first = sent_order()
    create_return(order, by=SYSTEM, quantities=pieces(order, "1"))
    assert can_be_lost(first) == {order.lines[0].id: 2, order.lines[1].id: 1}
    mark_lost(first, by=SYSTEM)

    assert can_come_back(order) == {}
    refused(lambda: create_return(order, by=SYSTEM, quantities=pieces(order, "1")), "Everything that was sent")
    receive_return(order.returns[0], by=SYSTEM, restock=True)
    assert mug.stock == 6  # ten, less three, less two once more, and one is back


def test_rule_1_7_what_is_lost_may_be_credited_instead_of_sent_again(mug):
    order, first = sent_order()
    mark_lost(first, by=SYSTEM)

    create_credit_note(order.invoices[0], by=SYSTEM, restock=True)

    assert (mug.stock, left(order), order.returns) == (7, [0, 0], [])
    refused(lambda: mark_not_lost(first, by=SYSTEM), "credited since")
    assert list(checks.findings()) == []


def test_rule_1_7_what_is_refused():
    order = paid_order()
    slip = create_packing_slip(order, by=SYSTEM)
    refused(lambda: mark_lost(slip, by=SYSTEM), "not sent")
    send_shipment(slip, by=SYSTEM)
    mark_lost(slip, by=SYSTEM)
    refused(lambda: mark_not_sent(order, by=SYSTEM), "Use Not lost first")
    cancel_order(order, by=SYSTEM, credit=True)
    for act in (mark_lost, mark_not_lost):
        refused(lambda act=act: act(slip, by=SYSTEM), "cancelled")

    collected = paid_order(pick_up=True, shipping_method="Pick up in the shop")
    handed = picked_up(collected, by=SYSTEM)[0]
    refused(lambda: mark_lost(handed, by=SYSTEM), "picks this order up")


def test_rule_1_7_the_database_loses_no_more_than_was_packed():
    _order, first = sent_order()
    first.lines[0].lost = Decimal(4)

    with pytest.raises(IntegrityError, match="lost"):
        db.session.flush()


def test_rule_1_7_check_finds_a_loss_that_nobody_marked(mug):
    order, first = sent_order()
    mark_lost(first, by=SYSTEM)
    db.session.execute(update(Shipment).values(lost_at=None))
    db.session.expire_all()

    assert list(checks.loss_findings(order)) == [
        f"{order.number}: what is lost of {first.number} does not fit when it was sent and lost"
    ]


def test_rule_1_7_goods_outside_the_catalogue_get_lost_as_well():
    order = paid_order(lines=[line("Vase", quantity="2", unit_price="9")], total=Decimal(18), tax_total=Decimal("3.12"))
    first = mark_sent(order, by=SYSTEM)[0]

    mark_lost(first, by=SYSTEM)

    assert left(order) == [2]
    assert list(checks.findings()) == []


def test_rule_1_7_check_finds_lost_goods_that_did_not_leave_the_stock_again(mug):
    order, first = sent_order()
    mark_lost(first, by=SYSTEM)
    first.lines[0].lost = Decimal(1)

    assert list(stock_checks.lost_stock_findings()) == [
        f"{order.number}: 3 of Stoneware mug left the stock once more, but 1 got lost"
    ]
