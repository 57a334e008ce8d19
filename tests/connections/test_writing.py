"""What is done here is told to the WooCommerce shop that the order came from: once, in order, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from app.actions.cancelling import cancel_order
from app.actions.messages import notify_customer
from app.actions.parcels import mark_not_sent
from app.actions.payments import enter_payment, enter_refund, mark_not_paid, mark_paid, take_back_payment
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.shop_writes import leave_shop, tell_shop
from app.actions.tracking import change_tracking
from app.columns import now
from app.connections.writing import WRITES, begin, tell_due, tell_shop_of
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.models import Connection, Mailer, Order, OutgoingMail, ShopWrite, ShopWriteState, Telling, Trouble
from app.write_back import from_its_shop
from tests.connections.reading import look
from tests.connections.telling import ALL_ON, bring_in, facts_of, happened, states, tell, told_by_api, writes
from tests.factories import new_connection, new_order, place
from tests.simulators.serving import Answer, Fault, Way, answer_lost, status
from tests.simulators.woocommerce import WooShop
from tests.simulators.woocommerce.order import WooOrder

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop() as made:
        yield made


@pytest.fixture
def pair(shop: WooShop) -> tuple[WooOrder, Order]:
    """An order there, unpaid, of two mugs, and what it is here."""
    told_by_api(shop)
    return bring_in(shop, products={"MUG": 2})


def asked(shop: WooShop, *parts: str) -> list[str]:
    """What was written there since the order came in: "PUT /orders/101"."""
    changing = [one for one in shop.requests if one.method != "GET"]
    return [f"{one.method} {one.path.partition('/v3')[2]}" for one in changing]


# --- paid -----------------------------------------------------------------------------------------------------------


def test_paid_is_told(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert (there.status, there.paid_at is not None) == ("processing", True)
    assert states() == [("paid", "told")]
    assert happened(order) == ["shop_told"]


def test_a_part_of_the_money_is_not_told_the_rest_is(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    enter_payment(order, by=SYSTEM, amount=Decimal(10))
    tell()
    assert (there.status, states()) == ("on-hold", [])

    enter_payment(order, by=SYSTEM, amount=order.open_amount)
    tell()
    assert (there.status, states()) == ("processing", [("paid", "told")])


def test_an_order_that_waits_for_its_customer_is_paid_there(shop: WooShop) -> None:
    told_by_api(shop)
    there, order = bring_in(shop, status="pending")
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert (there.status, there.paid_at is not None, states()) == ("processing", True, [("paid", "told")])


def test_a_good_answer_that_changed_nothing_is_a_refusal(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    _there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    shape = {"id": order.external_id, "number": order.external_number, "status": "on-hold"}
    shop.fail_next(Fault(Way.INSTEAD, Answer(200, shape)), method="PUT")
    tell()

    assert refused(order) == ("refused", Trouble.OVER_THERE, "on-hold")


# --- sent -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plug_in", ["wc-shipment-tracking/v3", "wc-ast/v3"])
def test_sent_is_told_by_the_plug_in_first_the_code_then_the_status(
    shop: WooShop, pair: tuple[WooOrder, Order], plug_in: str
) -> None:
    shop.namespaces.add(plug_in)
    there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    tell()

    assert [one["tracking_number"] for one in there.trackings] == ["3SABC"]
    assert there.status == "completed"
    assert [one.split("/")[-1] for one in asked(shop)] == [str(there.id), "shipment-trackings", str(there.id)]
    assert states() == [("paid", "told"), ("sent", "told")]
    assert writes()[1].external_id == there.trackings[0]["tracking_id"]


def test_the_plug_ins_of_a_shop_are_asked_for_once_and_anew_when_they_are_gone(
    shop: WooShop, pair: tuple[WooOrder, Order]
) -> None:
    shop.namespaces.add("wc-ast/v3")
    there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, tracking_code="3STYPO", notify=False)
    tell()
    change_tracking(slip, by=SYSTEM, tracking_code="3SONE")
    tell()
    assert len([one for one in shop.requests if one.path.rstrip("/") == "/wp-json"]) == 1

    shop.namespaces.clear()
    mark_sent(order, by=SYSTEM, tracking_code="3STWO", notify=False)
    tell()

    assert [one["tracking_number"] for one in there.trackings] == ["3SONE"]
    assert [one.text.split("Track")[-1] for one in there.notes if "3STWO" in one.text] == [" &amp; Trace: 3STWO"]
    assert len([one for one in shop.requests if one.path.rstrip("/") == "/wp-json"]) == 2
    assert {state for _kind, state in states()} == {"told"}


def test_without_a_plug_in_the_code_goes_in_a_note(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    tell()

    (note,) = [one for one in there.notes if "3SABC" in one.text]
    assert note.text.startswith("Sent: 2 × Mug. Track & Trace: 3SABC".replace("&", "&amp;"))
    assert (note.is_for_customer, there.status, shop.mails) == (False, "completed", [])


def test_a_part_that_is_sent_does_not_complete_the_order(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    shop.namespaces.add("wc-shipment-tracking/v3")
    there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, tracking_code="3SONE", notify=False)
    tell()
    assert ([one["tracking_number"] for one in there.trackings], there.status) == (["3SONE"], "processing")

    mark_sent(order, by=SYSTEM, tracking_code="3STWO", notify=False)
    tell()
    assert ([one["tracking_number"] for one in there.trackings], there.status) == (["3SONE", "3STWO"], "completed")


def test_two_parcels_at_once_complete_it_with_the_last_code(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    shop.namespaces.add("wc-shipment-tracking/v3")
    there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, tracking_code="3SONE", notify=False)
    mark_sent(order, by=SYSTEM, tracking_code="3STWO", notify=False)
    tell()

    assert [one.rsplit("/", 1)[-1] for one in asked(shop)][1:] == ["shipment-trackings"] * 2 + [str(there.id)]


def test_what_is_sent_unpaid_is_completed_there_once_it_is_paid(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    """WooCommerce takes a completed order for paid."""
    there, order = pair
    mark_sent(order, by=SYSTEM, notify=False)
    tell()
    assert (there.status, there.paid_at) == ("on-hold", None)

    mark_paid(order, by=SYSTEM, notify=False)
    tell()
    assert (there.status, states()) == ("completed", [("sent", "told"), ("paid", "told")])


def test_who_tells_only_of_what_was_sent_completes_it_when_it_is_paid_later(shop: WooShop) -> None:
    told_by_api(shop, tell_paid=Telling.OFF)
    there, order = bring_in(shop)
    mark_sent(order, by=SYSTEM, notify=False)
    tell()
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert (there.status, states()) == ("completed", [("sent", "told"), ("sent", "told")])


def test_a_code_that_is_corrected_is_told_anew(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    shop.namespaces.add("wc-shipment-tracking/v3")
    there, order = pair
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    tell()
    change_tracking(order.shipments[0], by=SYSTEM, tracking_code="3SDEF")
    tell()

    assert [one["tracking_number"] for one in there.trackings] == ["3SDEF"]


def test_completing_that_is_refused_after_the_code_is_heard_of(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    shop.namespaces.add("wc-ast/v3")
    there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    tell()
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    shape = {"id": order.external_id, "number": order.external_number, "status": "processing"}
    shop.fail_next(Fault(Way.INSTEAD, Answer(200, shape)), method="PUT")
    tell()

    assert ([one["tracking_number"] for one in there.trackings], there.status) == (["3SABC"], "processing")
    assert (writes()[1].state, writes()[1].last_error) == ("refused", "processing")
    tell_shop(order, by=SYSTEM)
    tell()
    assert (there.status, len(there.trackings), states()[1]) == ("completed", 1, ("sent", "told"))


def codes_in(there: WooOrder) -> list[object]:
    metas = [{meta["key"]: meta["value"] for meta in one["meta_data"]} for one in there.fulfilments]
    return [(meta.get("_tracking_number"), [item["qty"] for item in meta["_items"]]) for meta in metas]


@pytest.mark.parametrize("way", ["plug-in", "fulfilments", "notes"])
def test_a_code_that_stands_there_was_told_though_its_order_is_cancelled_meanwhile(shop: WooShop, way: str) -> None:
    shop.namespaces = {"wc-shipment-tracking/v3"} if way == "plug-in" else set()
    shop.has_fulfilments = way == "fulfilments"
    told_by_api(shop)
    there, order = bring_in(shop, status="processing", products={"MUG": 2})
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, tracking_code="3SONE")
    shop.fail_next(answer_lost(), method="POST", to=f"/orders/{there.id}/")
    tell()
    assert states() == [("sent", "waiting")]
    shop.set_status(there, "cancelled")

    tell()
    assert states() == [("sent", "told")]
    notes = [one for one in there.notes if "3SONE" in one.text]
    assert len(there.trackings) + len(there.fulfilments) + len(notes) == 1


def test_sent_is_told_by_fulfilments_of_its_own(shop: WooShop) -> None:
    shop.has_fulfilments = True
    told_by_api(shop, mailer=Mailer.SHOP)
    there, order = bring_in(shop, status="processing", products={"MUG": 2})
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, tracking_code="3SONE")
    shop.fail_next(answer_lost(), method="POST", to="fulfillments")
    for _time in range(3):
        tell()
    assert codes_in(there) == [("3SONE", [1])]
    assert (there.status, len(shop.mails)) == ("processing", 1)

    change_tracking(slip, by=SYSTEM, tracking_code="3SNEW")
    tell()
    assert codes_in(there) == [("3SNEW", [1])], "a corrected code is no parcel more"

    mark_sent(order, by=SYSTEM, tracking_code="3STWO")
    tell()
    assert codes_in(there) == [("3SNEW", [1]), ("3STWO", [1])]
    assert there.status == "completed"
    assert {state for _kind, state in states()} == {"told"}


# --- cancelled, refunded, written to --------------------------------------------------------------------------------


def test_cancelled_is_told(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    cancel_order(order, by=SYSTEM, credit=True)
    tell()

    assert (there.status, states()) == ("cancelled", [("cancelled", "told")])


def test_a_refund_is_recorded_there_and_moves_no_money(shop: WooShop) -> None:
    told_by_api(shop)
    there, order = bring_in(shop, status="processing", products={"MUG": 2})
    for _time in range(2):
        enter_refund(order, by=SYSTEM, amount=Decimal("2.50"), reason="Chipped")
    tell()

    assert [(one.amount, one.reason) for one in there.refunds] == [(Decimal("2.50"), "Chipped")] * 2
    assert shop.money_moved == []
    assert states() == [("refunded", "told")] * 2


def test_a_refund_whose_answer_got_lost_is_not_taken_for_a_part_of_another_one(shop: WooShop) -> None:
    """Read back beside a larger one that people made there meanwhile, it is known, and not told twice."""
    told_by_api(shop)
    there, order = bring_in(shop, status="processing", products={"MUG": 2})
    enter_refund(order, by=SYSTEM, amount=Decimal("1.59"))
    shop.fail_next(answer_lost(), method="POST", to="/refunds")
    tell()
    shop.refund(there, "2.01")
    look()
    tell()
    look()

    assert sorted(one.amount for one in there.refunds) == [Decimal("1.59"), Decimal("2.01")]
    assert (order.refunded, states()) == (Decimal("3.60"), [("refunded", "told")])


def test_the_shop_pays_back_where_the_owner_wants_it(shop: WooShop) -> None:
    told_by_api(shop, refunds_there=True)
    there, order = bring_in(shop, status="processing")
    enter_refund(order, by=SYSTEM, amount=Decimal("2.50"))
    tell()

    assert shop.money_moved == [(there.id, Decimal("2.50"))]


def test_what_is_written_to_the_customer_is_noted_there(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    notify_customer(order, by=SYSTEM, text="Your mugs are <dry> & glazed.")
    tell()

    (note,) = [one for one in there.notes if "glazed" in one.text]
    assert (note.text, note.is_for_customer) == ("Your mugs are &lt;dry&gt; &amp; glazed.", False)
    assert shop.mails == []


# --- who mails the customer -----------------------------------------------------------------------------------------


def mails() -> list[str]:
    return list(db.session.scalars(select(OutgoingMail.kind).order_by(OutgoingMail.id)))


def do_everything(order: Order) -> None:
    mark_paid(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC")
    notify_customer(order, by=SYSTEM, text="Thank you.")
    enter_refund(order, by=SYSTEM, amount=Decimal(1), notify=True)


def test_nobody_gets_two_mails(shop: WooShop) -> None:
    told_by_api(shop, mailer=Mailer.SHOP)
    _there, order = bring_in(shop)
    do_everything(order)
    tell()

    assert mails() == []
    assert [text for _order, text in shop.mails] == ["Thank you."]
    assert [text.partition(" (")[0] for _order, text in shop.mails_of_completed] == [
        "Sent: 1 × Mug. Track & Trace: 3SABC"
    ]


@pytest.mark.parametrize("plug_in", ["", "wc-ast/v3"])
def test_an_answer_lost_on_completing_gives_the_customer_no_second_mail(shop: WooShop, plug_in: str) -> None:
    shop.namespaces |= {plug_in} - {""}
    told_by_api(shop, mailer=Mailer.SHOP)
    there, order = bring_in(shop, status="processing", customer_note="Ring twice")
    mark_sent(order, by=SYSTEM, tracking_code="3SABC")
    shop.fail_next(answer_lost(), method="PUT", times=1 if plug_in else 2)
    for _time in range(4):
        tell()

    assert (states(), there.status, shop.mails) == ([("sent", "told")], "completed", [])
    assert len(shop.mails_of_completed) == 1
    if not plug_in:
        assert there.customer_note.startswith("Ring twice\nSent: 1 × Mug. Track & Trace: 3SABC")
        assert there.customer_note.count("3SABC") == 1


def test_what_the_shop_is_not_told_of_is_mailed_from_here(shop: WooShop) -> None:
    told_by_api(shop, mailer=Mailer.SHOP, tell_sent=Telling.OFF, tell_notes=Telling.OFF)
    _there, order = bring_in(shop)
    do_everything(order)
    tell()

    assert mails() == ["track_and_trace", "notify_customer"]
    assert shop.mails == []


def test_we_mail_where_that_is_chosen(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    _there, order = pair
    do_everything(order)
    tell()

    assert mails() == ["order_paid", "track_and_trace", "notify_customer", "refund"]
    assert shop.mails == []


def test_a_part_whose_code_goes_with_no_state_is_mailed_by_a_note(shop: WooShop) -> None:
    shop.namespaces.add("wc-shipment-tracking/v3")
    told_by_api(shop, mailer=Mailer.SHOP)
    _there, order = bring_in(shop, status="processing", products={"MUG": 2})
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, tracking_code="3SONE")
    tell()
    assert [text.partition(":")[0] for _order, text in shop.mails] == ["Sent"]

    mark_sent(order, by=SYSTEM, tracking_code="3STWO")
    tell()
    assert len(shop.mails) == 1, "the second one is named by the mail of the completed order"


def test_a_second_press_of_the_button_gives_the_shop_no_second_message(shop: WooShop) -> None:
    told_by_api(shop, mailer=Mailer.SHOP)
    _there, order = bring_in(shop)
    notify_customer(order, by=SYSTEM, text="Thank you.")
    with pytest.raises(ActionRefused, match="already"):
        notify_customer(order, by=SYSTEM, text=" Thank you.")

    assert states() == [("note", "waiting")]


# --- an answer that is lost, a shop that is away --------------------------------------------------------------------


def test_a_lost_answer_doubles_nothing(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    shop.namespaces.add("wc-shipment-tracking/v3")
    there, order = pair
    do_everything(order)
    shop.fail_next(answer_lost(), method="PUT", times=2)
    for written in ("shipment-trackings", "notes", "refunds"):
        shop.fail_next(answer_lost(), method="POST", to=written)
    for _time in range(8):
        tell()

    assert {state for _kind, state in states()} == {"told"}
    assert len(there.trackings) == 1
    assert [one.amount for one in there.refunds] == [Decimal(1)]
    assert len([one for one in there.notes if one.text == "Thank you."]) == 1


def test_a_shop_that_was_away_for_an_hour_is_told_afterwards(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    db.session.commit()
    shop.fail_next(status(503), times=5)
    for _time in range(5):
        tell(most=1)
    connection = db.session.scalars(select(Connection)).one()
    assert (connection.tell_trouble, states()) == (Trouble.OUT_OF_ORDER, [("paid", "waiting")])
    assert connection.tell_after
    assert connection.tell_after > now()
    assert tell_due("two") == 0, "the shop has its rest"

    tell()
    assert (there.status, states()) == ("processing", [("paid", "told")])
    assert db.session.scalars(select(Connection.tell_trouble)).one() is None


def test_a_key_that_may_not_write_stops_the_connection_and_loses_nothing(
    shop: WooShop, pair: tuple[WooOrder, Order]
) -> None:
    there, order = pair
    shop.key.rights = "read"
    mark_paid(order, by=SYSTEM, notify=False)
    tell()
    connection = db.session.scalars(select(Connection)).one()
    assert (connection.tell_trouble, states()) == (Trouble.NO_RIGHT, [("paid", "waiting")])

    shop.key.rights = "read_write"
    tell()
    assert (there.status, states()) == ("processing", [("paid", "told")])


# --- refused --------------------------------------------------------------------------------------------------------


def refused(order: Order) -> tuple[str, Trouble | None, str]:
    (write,) = writes()
    return write.state.value, write.trouble, write.last_error


def test_an_order_that_is_gone_there_is_said(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    shop.delete_for_good(there)
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert refused(order) == ("refused", Trouble.NOT_THERE, "HTTP 404 Invalid ID.")
    assert happened(order) == ["shop_refused"]


def test_another_order_there_is_never_written_to(shop: WooShop) -> None:
    """A file may name an order by its number, which is the id of another one there."""
    key = told_by_api(shop).outside_shop.key
    other = shop.add_order(status="processing")
    do_everything(place(new_order(external_id=str(other.id), number="of another one"), shop=key))
    tell()

    assert {(write.state.value, write.trouble) for write in writes()} == {("refused", Trouble.OTHER_ORDER)}
    assert asked(shop) == []


@pytest.mark.parametrize("external_id", ["#12", "../products/1", "12-2", "batch"])
def test_an_order_without_an_id_of_its_shop_is_asked_for_by_no_address(shop: WooShop, external_id: str) -> None:
    key = told_by_api(shop).outside_shop.key
    do_everything(place(new_order(external_id=external_id), shop=key))
    tell()

    assert {(write.state.value, write.trouble) for write in writes()} == {("refused", Trouble.NOT_THERE)}
    assert asked(shop) == []


@pytest.mark.parametrize(("number", "trouble"), [(400, Trouble.ASKED_WRONGLY), (500, Trouble.REFUSED)])
def test_a_refusal_with_a_code_is_final_whatever_its_status(
    shop: WooShop, pair: tuple[WooOrder, Order], number: int, trouble: Trouble
) -> None:
    _there, order = pair
    body = {"code": "woocommerce_rest_cannot_edit", "message": "No.", "data": number}
    shop.fail_next(Fault(Way.INSTEAD, Answer(number, body)), method="PUT")
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert refused(order)[:2] == ("refused", trouble)
    assert "No." in refused(order)[2]


def test_what_people_did_there_is_not_undone(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    shop.set_status(there, "cancelled")
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert (there.status, refused(order)) == ("cancelled", ("refused", Trouble.OVER_THERE, "cancelled"))


def test_a_refused_one_is_tried_again_or_left(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    shop.set_status(there, "cancelled")
    mark_paid(order, by=SYSTEM, notify=False)
    tell()
    shop.set_status(there, "on-hold")
    tell_shop(order, by=SYSTEM)
    tell()
    assert (there.status, states()) == ("processing", [("paid", "told")])

    shop.set_status(there, "completed")
    cancel_order(order, by=SYSTEM, credit=True)
    tell()
    leave_shop(order, by=SYSTEM)
    assert states() == [("paid", "told"), ("cancelled", "left")]
    assert happened(order) == ["shop_refused", "shop_told", "shop_refused", "shop_left"]


# --- whose turn it is -----------------------------------------------------------------------------------------------


def test_a_later_row_of_an_order_waits_for_the_earlier_one(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    mark_sent(order, by=SYSTEM, notify=False)
    db.session.commit()
    later = ShopWrite.state == ShopWriteState.WAITING
    db.session.execute(update(ShopWrite).where(later).values(due_at=now()))
    first, _second = writes()
    first.due_at = now() + timedelta(minutes=5)
    db.session.commit()
    assert tell_due("one") == 0

    tell()
    assert (there.status, states()) == ("completed", [("paid", "told"), ("sent", "told")])


@pytest.mark.each_database
def test_a_worker_that_dies_in_between_is_replaced_and_nothing_is_doubled(shop: WooShop) -> None:
    told_by_api(shop)
    there, order = bring_in(shop, status="processing")
    enter_refund(order, by=SYSTEM, amount=Decimal(1))
    db.session.commit()
    db.session.execute(update(ShopWrite).values(due_at=now()))
    (write,) = WRITES.claim("one")
    db.session.commit()
    assert tell_due("two") == 0, "it is in hand"
    turn = begin("one", write.id)
    assert turn
    tell_shop_of(turn)  # and dies before it wrote that down
    db.session.execute(update(ShopWrite).values(leased_until=now() - timedelta(seconds=1)))
    tell(worker="two")

    assert [one.amount for one in there.refunds] == [Decimal(1)]
    assert states() == [("refunded", "told")]


def test_what_waits_by_another_connection_of_the_shop_holds_up_nothing(shop: WooShop) -> None:
    """As it is switched off, and nobody knows for how long."""
    first = told_by_api(shop)
    there, order = bring_in(shop)
    mark_paid(order, by=SYSTEM, notify=False)
    first.is_active = False
    facts = {"source": first.source, "outside_shop": first.outside_shop, "credentials": first.credentials, **ALL_ON}
    db.session.add(new_connection(address=first.address, key="second", title="Second", **facts))
    db.session.commit()
    notify_customer(order, by=SYSTEM, text="Thank you.")
    tell()

    assert states() == [("paid", "waiting"), ("note", "told")]
    assert there.status == "on-hold"


# --- off, ask, on ---------------------------------------------------------------------------------------------------


def test_what_is_off_leaves_no_row(shop: WooShop) -> None:
    told_by_api(shop, **dict.fromkeys(("tell_sent", "tell_paid"), Telling.OFF))
    _there, order = bring_in(shop)
    mark_paid(order, by=SYSTEM, notify=False)
    mark_sent(order, by=SYSTEM, notify=False)

    assert states() == []


def test_what_is_left_says_that_nobody_mails_the_customer(shop: WooShop) -> None:
    told_by_api(shop, mailer=Mailer.SHOP, tell_sent=Telling.ASK, tell_refunded=Telling.ASK)
    _there, order = bring_in(shop, status="processing")
    mark_sent(order, by=SYSTEM)
    sent = f"Sent {order.shipments[0].number}"
    assert leave_shop.warning
    assert leave_shop.warning(order) == (
        f"The shop was to mail the customer about this: {sent}. If you leave it, nobody does."
    )

    leave_shop(order, by=SYSTEM)
    assert (happened(order), states(), mails()) == (["shop_left_unmailed"], [("sent", "left")], [])

    enter_refund(order, by=SYSTEM, amount=Decimal(1), notify=False)
    told_by_us = writes()[-1]
    told_by_us.mailed_there = False
    assert leave_shop.warning(order) == ""
    leave_shop(order, by=SYSTEM)
    assert happened(order)[1:] == ["shop_left"]


def test_ask_waits_for_somebody(shop: WooShop) -> None:
    told_by_api(shop, tell_paid=Telling.ASK)
    there, order = bring_in(shop)
    mark_paid(order, by=SYSTEM, notify=False)
    tell()
    assert (there.status, states()) == ("on-hold", [("paid", "asked")])

    tell_shop(order, by=SYSTEM)
    tell()
    assert (there.status, states()) == ("processing", [("paid", "told")])


def test_what_waits_when_it_is_switched_off_is_not_told(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    db.session.scalars(select(Connection)).one().tell_paid = Telling.OFF
    tell()

    assert (there.status, states(), happened(order)) == ("on-hold", [("paid", "left")], ["shop_left"])


# --- taken back -----------------------------------------------------------------------------------------------------


def test_what_is_taken_back_before_it_went_is_withdrawn(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    mark_not_paid(order, by=SYSTEM)
    assert tell() == 0

    assert (there.status, states()) == ("on-hold", [("paid", "withdrawn")])
    assert happened(order) == ["shop_not_told"]


def test_what_is_taken_back_after_it_went_is_said(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    tell()
    mark_not_sent(order, by=SYSTEM)
    assert (states(), happened(order)) == ([("sent", "outdated")], ["shop_told", "shop_told_before"])

    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    tell()
    assert states() == [("sent", "left"), ("sent", "told")]
    assert len([one for one in there.notes if "3SABC" in one.text]) == 1


def test_what_is_taken_back_while_a_worker_has_it_in_hand(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    _there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    db.session.commit()
    shop.before_next(lambda: None, method="PUT")
    db.session.execute(update(ShopWrite).values(due_at=now()))
    (_write,) = WRITES.claim("one")
    db.session.commit()
    mark_not_paid(order, by=SYSTEM)
    db.session.commit()
    assert states() == [("paid", "waiting")]

    db.session.execute(update(ShopWrite).values(leased_until=now() - timedelta(seconds=1)))
    tell(worker="two")
    assert (states(), happened(order)) == ([("paid", "withdrawn")], ["shop_not_told"])


def test_what_is_taken_back_while_the_connection_is_switched_off(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, order = pair
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    tell()
    mark_paid(order, by=SYSTEM, notify=False)
    db.session.scalars(select(Connection)).one().is_active = False
    db.session.commit()
    mark_not_paid(order, by=SYSTEM)
    mark_not_sent(order, by=SYSTEM)
    db.session.scalars(select(Connection)).one().is_active = True
    tell()

    assert (there.status, states()) == ("on-hold", [("sent", "outdated"), ("paid", "withdrawn")])


def test_what_does_not_hold_any_more_is_not_told(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    """Whatever undid it, such as what its shop told of."""
    there, order = pair
    mark_paid(order, by=SYSTEM, notify=False)
    enter_refund(order, by=SYSTEM, amount=Decimal(1))
    with from_its_shop():
        take_back_payment(order.payments[-1], by=SYSTEM)
        mark_not_paid(order, by=SYSTEM)
        cancel_order(order, by=SYSTEM, credit=True)
    tell()

    assert (there.status, there.refunds) == ("on-hold", [])
    assert states() == [("paid", "withdrawn"), ("refunded", "withdrawn")]


# --- our own echo ---------------------------------------------------------------------------------------------------


def test_what_comes_back_of_what_was_told_changes_nothing(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    shop.namespaces.add("wc-shipment-tracking/v3")
    there, order = pair
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    steps = [
        lambda: enter_payment(order, by=SYSTEM, amount=Decimal(10)),
        lambda: mark_paid(order, by=SYSTEM, notify=False),
        lambda: send_shipment(slip, by=SYSTEM, tracking_code="3SONE", notify=False),
        lambda: mark_sent(order, by=SYSTEM, tracking_code="3STWO", notify=False),
        lambda: enter_refund(order, by=SYSTEM, amount=Decimal(3)),
        lambda: notify_customer(order, by=SYSTEM, text="Thank you."),
    ]
    for step in steps:
        step()
        tell()
        before = facts_of(order)
        shop.touch(there)
        look()
        assert facts_of(order) == before, states()


@pytest.mark.parametrize("plug_in", ["wc-shipment-tracking/v3", ""])
def test_so_does_a_whole_order_that_is_sent_and_paid_back(shop: WooShop, plug_in: str) -> None:
    shop.namespaces.add(plug_in)
    told_by_api(shop)
    there, order = bring_in(shop, products={"MUG": 2})
    for step in (
        lambda: mark_paid(order, by=SYSTEM, notify=False),
        lambda: mark_sent(order, by=SYSTEM, tracking_code="3SABC" if plug_in else "", notify=False),
        lambda: enter_refund(order, by=SYSTEM, amount=order.paid),
    ):
        step()
        tell()
        before = facts_of(order)
        look()
        assert facts_of(order) == before, states()
    assert there.status == "refunded"


def test_so_does_a_refund_of_what_is_still_to_go(shop: WooShop) -> None:
    told_by_api(shop)
    _there, order = bring_in(shop, status="processing")
    enter_refund(order, by=SYSTEM, amount=order.paid)
    tell()
    before = facts_of(order)
    look()

    assert facts_of(order) == before


def test_so_does_a_cancelled_order(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    _there, order = pair
    cancel_order(order, by=SYSTEM, credit=True)
    tell()
    before = facts_of(order)
    look()

    assert facts_of(order) == before


def test_what_the_shop_tells_of_is_not_told_back(shop: WooShop, pair: tuple[WooOrder, Order]) -> None:
    there, _order = pair
    shop.edit(there, set_paid=True)
    look()
    shop.set_status(there, "completed")
    look()
    shop.refund(there, "1.00")
    look()

    assert states() == []
