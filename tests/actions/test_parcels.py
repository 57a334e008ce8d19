"""Taking Sent back: what is counted, what the customer is told, and when it is too late."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.actions.cancelling import cancel_order
from app.actions.declaration import ACTIONS
from app.actions.goods import quantities_to_pack
from app.actions.parcels import mark_not_sent, not_picked_up, set_shipment_not_sent
from app.actions.picking_up import picked_up, ready_for_pickup
from app.actions.returns import create_return, reject_return
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.tracking import change_tracking
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.intake.external_updates import update_order
from app.intake_readers.new_order import NewShipment
from app.mails import outbox
from app.models import MailState, Order, OrderStatus, OutgoingMail, Product, Shipment, ShipmentStatus
from app.operations import checks
from tests.factories import PLACED_AT, new_order, paid_order, place
from tests.looking import happened, refused

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def mails_of_parcels() -> list[tuple[str, str]]:
    kinds = OutgoingMail.kind.in_(["order_sent", "track_and_trace"])
    query = select(OutgoingMail.kind, OutgoingMail.state).where(kinds).order_by(OutgoingMail.id)
    return [(kind, state.value) for kind, state in db.session.execute(query)]


def let_mails_go() -> None:
    for mail in db.session.scalars(select(OutgoingMail).where(OutgoingMail.state == MailState.QUEUED)):
        outbox.set_sent(mail, [])


def packed(order: Order, **quantities: str) -> Shipment:
    by_name = {one.name: one.id for one in order.lines}
    return create_packing_slip(order, by=SYSTEM, quantities={by_name[n]: Decimal(q) for n, q in quantities.items()})


def body_of(shipment: Shipment) -> str:
    assert shipment.mail
    return shipment.mail.body


def contents(shipment: Shipment) -> list[str]:
    """What the mail says is in the parcel."""
    return [text for text in body_of(shipment).splitlines() if "×" in text and ":" not in text]


def shipped(order: Order) -> list[Decimal]:
    return [one.shipped for one in order.lines if one.is_shippable]


def test_rule_1_6_not_sent_takes_sent_back():
    order = paid_order()
    (shipment,) = mark_sent(order, by=SYSTEM)

    assert mark_not_sent(order, by=SYSTEM) == [shipment]

    assert (order.status, order.shipment_status) == (OrderStatus.AWAITING_SHIPMENT, ShipmentStatus.NOT_SHIPPED)
    assert (shipped(order), shipment.sent_at) == ([0, 0], None)
    assert mails_of_parcels() == [("order_sent", "withdrawn")]
    assert [what for what in happened(order) if what not in ("mail_queued",)][-2:] == [
        "mail_taken_back",
        "order_not_sent",
    ]
    assert list(checks.findings()) == []
    refused(lambda: mark_not_sent(order, by=SYSTEM), "Nothing of this order is sent")
    refused(lambda: set_shipment_not_sent(shipment, by=SYSTEM), "not sent")


def test_rule_1_6_the_stock_is_as_it_was():
    mug = Product(sku="MUG-30", name="Stoneware mug", stock=Decimal(10))
    db.session.add(mug)
    order = paid_order()
    mark_sent(order, by=SYSTEM)
    mark_not_sent(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM)
    assert mug.stock == 7

    mark_not_sent(order, by=SYSTEM)
    cancel_order(order, by=SYSTEM, credit=True)

    assert mug.stock == 10


def test_rule_1_6_a_mail_that_went_is_said():
    order = paid_order()
    (shipment,) = mark_sent(order, by=SYSTEM, tracking_code="3SABC")
    let_mails_go()

    mark_not_sent(order, by=SYSTEM)

    assert mails_of_parcels() == [("track_and_trace", "sent")]
    assert happened(order)[-2:] == ["order_not_sent", "told_already"]
    assert f"already told that {shipment.number}" in ACTIONS["mark_not_sent"].said_of(order)
    assert (shipment.tracking_code, shipment.told_code) == ("3SABC", "3SABC")


def test_rule_1_6_sent_again_the_customer_is_told_anew_and_once():
    order = paid_order()
    for _ in range(3):
        mark_sent(order, by=SYSTEM)
        mark_not_sent(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC")

    assert mails_of_parcels() == [*[("order_sent", "withdrawn")] * 3, ("track_and_trace", "queued")]
    assert [one.number for one in order.shipments] == ["PS00001"]


def test_rule_1_6_only_what_went_last_is_taken_back():
    order = paid_order()
    first = packed(order, **{"Stoneware mug": "1.5"})
    send_shipment(first, by=SYSTEM)
    mark_sent(order, by=SYSTEM)

    mark_not_sent(order, by=SYSTEM)

    assert (shipped(order), order.shipment_status) == ([Decimal("1.5"), 0], ShipmentStatus.PARTIALLY_SHIPPED)
    set_shipment_not_sent(first, by=SYSTEM)
    assert (shipped(order), quantities_to_pack(order)) == ([0, 0], {})
    assert list(checks.findings()) == []


def test_rule_1_6_of_two_parcels_told_in_one_mail_the_other_one_is_told_alone():
    order = paid_order()
    first = packed(order, **{"Stoneware mug": "3"})
    (second,) = [one for one in mark_sent(order, by=SYSTEM) if one is not first]
    assert first.mail is second.mail

    set_shipment_not_sent(second, by=SYSTEM)

    assert mails_of_parcels() == [("order_sent", "withdrawn"), ("order_sent", "queued")]
    assert contents(first) == ["3 × Stoneware mug"]
    assert second.mail is None


def test_rule_1_6_not_while_something_of_it_came_back():
    order = paid_order()
    (shipment,) = mark_sent(order, by=SYSTEM)
    goods_return = create_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal("0.5")})

    for act in (lambda: mark_not_sent(order, by=SYSTEM), lambda: set_shipment_not_sent(shipment, by=SYSTEM)):
        refused(act, "on a return")
    assert shipped(order) == [3, 1]

    reject_return(goods_return, by=SYSTEM)
    mark_not_sent(order, by=SYSTEM)
    assert shipped(order) == [0, 0]


def test_rule_1_6_a_parcel_beside_the_one_that_came_back_can_be_taken_back():
    order = paid_order()
    first, second = packed(order, **{"Stoneware mug": "2"}), packed(order, **{"Stoneware mug": "1"})
    for one in (first, second):
        send_shipment(one, by=SYSTEM)
    create_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(2)})

    refused(lambda: set_shipment_not_sent(first, by=SYSTEM), "on a return")
    set_shipment_not_sent(second, by=SYSTEM)
    assert shipped(order) == [2, 0]


def test_rule_1_6_not_of_a_cancelled_order():
    order = paid_order()
    shipment = packed(order, **{"Stoneware mug": "1"})
    send_shipment(shipment, by=SYSTEM)
    cancel_order(order, by=SYSTEM, credit=True, take_back=True)

    refused(lambda: set_shipment_not_sent(shipment, by=SYSTEM), "cancelled")


def test_rule_1_6_picked_up_is_taken_back_likewise():
    order = paid_order(pick_up=True, shipping_method="Pick up in the shop")
    ready_for_pickup(order, by=SYSTEM)
    picked_up(order, by=SYSTEM)
    refused(lambda: mark_not_sent(order, by=SYSTEM), "use Not picked up")

    not_picked_up(order, by=SYSTEM)

    assert (order.status, shipped(order)) == (OrderStatus.READY_FOR_PICKUP, [0, 0])
    assert happened(order)[-1] == "not_picked_up"
    refused(lambda: not_picked_up(order, by=SYSTEM), "Nothing of this order is picked up")
    other = paid_order()
    refused(lambda: not_picked_up(other, by=SYSTEM), "not for pick-up")


def test_rule_1_6_what_the_shop_said_before_is_no_news():
    parcel = NewShipment({"1": Decimal(3)}, PLACED_AT, external_id="s_1")
    new = new_order(shipments=[parcel])
    order = place(new)
    mark_not_sent(order, by=SYSTEM)

    assert update_order(order, new, by=SYSTEM) == []
    assert shipped(order) == [0, 0]

    parcel.sent_at = now()
    assert update_order(order, new, by=SYSTEM) == ["shipments"]
    assert shipped(order) == [3, 0]


# --- the code -------------------------------------------------------------------------------------------------------


def tick(shipment: Shipment) -> bool:
    return bool(ACTIONS["change_tracking"].initial_values(shipment)["notify"])


def test_rule_1_8_a_code_added_after_sent_is_mailed():
    order = paid_order()
    (shipment,) = mark_sent(order, by=SYSTEM)
    let_mails_go()
    assert tick(shipment)

    change_tracking(shipment, by=SYSTEM, tracking_code="3SABC", notify=True)

    assert mails_of_parcels() == [("order_sent", "sent"), ("track_and_trace", "queued")]
    assert "3SABC" in body_of(shipment)
    assert (shipment.told_code, tick(shipment)) == ("3SABC", False)


def test_rule_1_8_a_mistake_in_a_code_that_was_mailed_is_corrected_and_mailed():
    order = paid_order()
    (shipment,) = mark_sent(order, by=SYSTEM, tracking_code="WRONG")
    let_mails_go()
    assert not tick(shipment)

    change_tracking(shipment, by=SYSTEM, tracking_code="3SABC")
    assert (len(mails_of_parcels()), shipment.told_code, tick(shipment)) == (1, "WRONG", True)
    change_tracking(shipment, by=SYSTEM, tracking_code="3SABC", notify=True)

    assert mails_of_parcels() == [("track_and_trace", "sent"), ("track_and_trace", "queued")]
    assert "3SABC" in body_of(shipment)
    assert "in plaats van WRONG" in body_of(shipment)


def test_rule_1_8_a_mail_that_waits_never_says_the_old_code():
    order = paid_order()
    (shipment,) = mark_sent(order, by=SYSTEM, tracking_code="WRONG")

    change_tracking(shipment, by=SYSTEM, tracking_code="3SABC", notify=True)
    change_tracking(shipment, by=SYSTEM, tracking_code="3SABC", notify=True)

    assert mails_of_parcels() == [("track_and_trace", "withdrawn"), ("track_and_trace", "queued")]
    assert "3SABC" in body_of(shipment)


def test_rule_1_8_two_parcels_of_one_mail_get_codes_of_their_own():
    order = paid_order()
    first = packed(order, **{"Stoneware mug": "3"})
    mark_sent(order, by=SYSTEM)
    second = order.shipments[1]

    change_tracking(first, by=SYSTEM, tracking_code="3SA")

    assert mails_of_parcels() == [("order_sent", "withdrawn"), ("track_and_trace", "queued"), ("order_sent", "queued")]
    assert ("3SA" in body_of(first), "3SA" in body_of(second)) == (True, False)
    assert (contents(first), contents(second)) == (["3 × Stoneware mug"], ["1 × Teapot"])


def test_rule_1_8_no_mail_without_a_code_an_address_or_a_parcel_on_its_way():
    order = paid_order()
    order.email = ""
    (shipment,) = mark_sent(order, by=SYSTEM)
    change_tracking(shipment, by=SYSTEM, tracking_code="3SABC", notify=True)
    assert (mails_of_parcels(), shipment.told_code, tick(shipment)) == ([], "", False)

    other = paid_order()
    (sent,) = mark_sent(other, by=SYSTEM, tracking_code="3SABC")
    let_mails_go()
    change_tracking(sent, by=SYSTEM, tracking_code="", notify=True)
    assert len(mails_of_parcels()) == 1

    collected = paid_order(pick_up=True, shipping_method="Pick up in the shop")
    (handed,) = picked_up(collected, by=SYSTEM)
    change_tracking(handed, by=SYSTEM, tracking_code="3SABC", notify=True)
    assert len(mails_of_parcels()) == 1


def test_rule_1_8_whose_own_shop_sent_the_parcel_knows_its_code():
    parcel = NewShipment({"1": Decimal(3)}, PLACED_AT, tracking_code="3SABC", external_id="s_1")
    order = place(new_order(shipments=[parcel]))

    assert not tick(order.shipments[0])
    change_tracking(order.shipments[0], by=SYSTEM, tracking_code="3SNEW")
    assert not mails_of_parcels()
