"""What is done here is told to the Shopify shop that the order came from: once, and in its own terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.cancelling import cancel_order
from app.actions.payments import enter_refund, mark_paid
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.tracking import change_tracking
from app.connections.managing import begin_pulls
from app.connections.shopify import Shopify
from app.connections.shopify_writer import ShopifyWriter
from app.encryption.sealed import Sealed
from app.extensions import db
from app.history import SYSTEM
from app.models import Connection, Mailer, Order, OutgoingMail, Telling, Trouble
from tests.connections.reading import look
from tests.connections.telling import ALL_ON, facts_of, happened, states, tell, writes
from tests.factories import new_connection, new_order, place
from tests.simulators.serving import answer_lost, status
from tests.simulators.shopify import ALL_SCOPES, Shape, ShopifyShop, fulfilment_order, line
from tests.simulators.shopify.writing import as_money

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopifyShop]:
    monkeypatch.setattr(Shopify, "takes_http", True)
    monkeypatch.setattr(ShopifyWriter, "pauses", (0, 0, 0))
    with ShopifyShop() as made:
        made.scopes = set(ALL_SCOPES)
        yield made


def connect(shop: ShopifyShop, **stated: Any) -> Connection:
    choices = {**ALL_ON, "tell_notes": Telling.OFF, "notify": False, **stated}
    sealed = Sealed.of({"token": shop.token})
    connection = new_connection("shopify", address=shop.url, credentials=sealed, **choices)
    db.session.add(connection)
    db.session.flush()
    begin_pulls(connection)
    db.session.commit()
    return connection


def bring_in(shop: ShopifyShop, **stated: Any) -> tuple[Shape, Order]:
    there = shop.add_order(**{"lines": [line("Mug", "12.50", quantity=2)], **stated})
    look()
    return there, db.session.scalars(select(Order).where(Order.external_id == there["legacyResourceId"])).one()


def parcels(there: Shape) -> list[tuple[list[str], list[int]]]:
    """The codes of each fulfilment, and its pieces."""
    return [
        ([one["number"] for one in parcel["trackingInfo"]], [one["quantity"] for one in parcel["fulfillmentLineItems"]])
        for parcel in there["fulfillments"]
    ]


def refused() -> tuple[str, Trouble | None, str]:
    write = writes()[-1]
    return write.state.value, write.trouble, write.last_error


# --- sent -----------------------------------------------------------------------------------------------------------


def test_sent_is_told_in_parts_each_with_its_code(shop: ShopifyShop) -> None:
    connect(shop)
    there, order = bring_in(shop)
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, tracking_code="3SONE", notify=False)
    tell()
    assert (parcels(there), there["displayFulfillmentStatus"]) == ([(["3SONE"], [1])], "PARTIALLY_FULFILLED")

    mark_sent(order, by=SYSTEM, tracking_code="3STWO", notify=False)
    tell()
    assert parcels(there) == [(["3SONE"], [1]), (["3STWO"], [1])]
    assert (there["displayFulfillmentStatus"], shop.mails) == ("FULFILLED", [])
    assert [write.external_id for write in writes()] == [one["legacyResourceId"] for one in there["fulfillments"]]
    assert happened(order) == ["shop_told", "shop_told"]


def test_what_goes_from_two_places_there_is_two_fulfilments_with_one_code(shop: ShopifyShop) -> None:
    connect(shop, mailer=Mailer.SHOP)
    lines = [line("Mug", "12.50"), line("Bowl", "20.00")]
    there, order = bring_in(shop, lines=lines, fulfillmentOrders=[fulfilment_order([one]) for one in lines])
    shop.fail_next(answer_lost(), to="graphql")
    mark_sent(order, by=SYSTEM, tracking_code="3SABC")
    for _time in range(3):
        tell()
    assert parcels(there) == [(["3SABC"], [1]), (["3SABC"], [1])]
    assert len(shop.mails) == 1, "one parcel is one mail"

    change_tracking(order.shipments[0], by=SYSTEM, tracking_code="3SDEF")
    tell()
    assert parcels(there) == [(["3SDEF"], [1]), (["3SDEF"], [1])]


def test_a_lost_answer_doubles_no_fulfilment(shop: ShopifyShop) -> None:
    connect(shop)
    there, order = bring_in(shop)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    lose_answer_of(shop, "fulfillmentCreate")
    for _time in range(3):
        tell()

    assert (parcels(there), states()) == ([(["3SABC"], [2])], [("sent", "told")])
    assert shop.mutations == ["fulfillmentCreate"]


def lose_answer_of(shop: ShopifyShop, mutation: str) -> None:
    """The shop does it, and nobody hears of it."""
    done = len(shop.mutations)

    def watch() -> None:
        asked = shop.requests[-1].json["query"]
        if mutation in asked and len(shop.mutations) == done:
            shop.fail_next(answer_lost())
        else:
            shop.before_next(watch)

    shop.before_next(watch)


def test_a_corrected_code_changes_the_fulfilment(shop: ShopifyShop) -> None:
    connect(shop)
    there, order = bring_in(shop)
    mark_sent(order, by=SYSTEM, notify=False)
    tell()
    for code in ("3SABC", "3SDEF"):
        change_tracking(order.shipments[0], by=SYSTEM, tracking_code=code)
        tell()
        assert parcels(there) == [([code], [2])]
    assert shop.mutations == ["fulfillmentCreate", *["fulfillmentTrackingInfoUpdate"] * 2]


def test_what_people_sent_there_meanwhile_gets_the_code_and_is_not_sent_twice(shop: ShopifyShop) -> None:
    connect(shop)
    there, order = bring_in(shop)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    shop.send(there, "")
    there["fulfillments"][0]["trackingInfo"] = []
    tell()

    assert parcels(there) == [(["3SABC"], [2])]


@pytest.mark.parametrize("state", ["ON_HOLD", "CLOSED"])
def test_what_is_not_open_there_is_refused(shop: ShopifyShop, state: str) -> None:
    connect(shop)
    lines = [line("Mug", "12.50")]
    there, order = bring_in(shop, lines=lines)
    there["fulfillmentOrders"] = [fulfilment_order(lines, state=state)]
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    tell()

    assert (refused(), there["fulfillments"]) == (("refused", Trouble.OVER_THERE, state), [])


def test_a_rest_that_is_not_open_there_is_heard_of_though_the_code_stands_there(shop: ShopifyShop) -> None:
    connect(shop)
    lines = [line("Mug", "12.50"), line("Bowl", "20.00")]
    there, order = bring_in(shop, lines=lines)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    shop.send(there, "3SABC")
    there["fulfillments"][0]["fulfillmentLineItems"].pop()
    tell()

    assert (parcels(there), refused()[:2]) == ([(["3SABC"], [1])], ("refused", Trouble.OVER_THERE))


def test_an_order_whose_lines_nobody_knows_is_sent_as_a_whole_only(shop: ShopifyShop) -> None:
    connect(shop)
    there, order = bring_in(shop)
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    order.lines[0].external_id = ""
    send_shipment(slip, by=SYSTEM, tracking_code="3SONE", notify=False)
    tell()
    assert (refused()[:2], shop.mutations) == (("refused", Trouble.BY_HAND), [])

    mark_sent(order, by=SYSTEM, tracking_code="3STWO", notify=False)
    tell()
    assert parcels(there) == [(["3STWO"], [2])]


# --- paid, cancelled ------------------------------------------------------------------------------------------------


def test_paid_is_told_and_known_where_it_is(shop: ShopifyShop) -> None:
    connect(shop)
    there, order = bring_in(shop, is_paid=False, gateway="Bank Deposit")
    mark_paid(order, by=SYSTEM, notify=False)
    lose_answer_of(shop, "orderMarkAsPaid")
    for _time in range(3):
        tell()

    assert (there["displayFinancialStatus"], states()) == ("PAID", [("paid", "told")])
    assert shop.mutations == ["orderMarkAsPaid"]


@pytest.mark.parametrize("outstanding", ["25.00", "0.00"])
def test_what_is_authorised_there_is_not_drawn_by_marking_it_as_paid(shop: ShopifyShop, outstanding: str) -> None:
    connect(shop)
    there, order = bring_in(shop, is_paid=False, capturable=True, displayFinancialStatus="AUTHORIZED")
    there["totalOutstandingSet"] = as_money(Decimal(outstanding))
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert refused() == ("refused", Trouble.BY_HAND, "AUTHORIZED")
    assert (shop.mutations, shop.money_moved) == ([], [])


def test_that_it_is_paid_is_mailed_from_here_as_shopify_never_does(shop: ShopifyShop) -> None:
    connect(shop, mailer=Mailer.SHOP)
    _there, order = bring_in(shop, is_paid=False)
    mark_paid(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM)

    assert [one.kind for one in db.session.scalars(select(OutgoingMail))] == ["order_paid"]


def test_a_refusal_is_said_in_its_own_words(shop: ShopifyShop) -> None:
    connect(shop)
    _there, order = bring_in(shop, is_paid=False)
    mark_paid(order, by=SYSTEM, notify=False)
    shop.refuses = {"orderMarkAsPaid": "Order cannot be marked as paid."}
    tell()

    assert refused() == ("refused", Trouble.REFUSED, "Order cannot be marked as paid.")


@pytest.mark.parametrize("looks", [1, 3])
def test_cancelled_is_told_and_waited_for(shop: ShopifyShop, looks: int) -> None:
    shop.looks_until_cancelled = looks
    connect(shop, mailer=Mailer.SHOP)
    there, order = bring_in(shop, is_paid=False)
    cancel_order(order, by=SYSTEM, credit=True)
    tell()

    assert (bool(there["cancelledAt"]), states()) == (True, [("cancelled", "told")])
    assert (shop.mails, shop.money_moved) == ([("cancelled", there["name"])], [])


def test_a_cancellation_that_takes_long_is_looked_at_later_and_not_begun_anew(shop: ShopifyShop) -> None:
    shop.looks_until_cancelled = 5
    connect(shop)
    there, order = bring_in(shop, is_paid=False)
    cancel_order(order, by=SYSTEM, credit=True)
    tell(most=1)
    assert states() == [("cancelled", "waiting")]

    for job in shop._jobs.values():
        job[1] = 0
    tell()
    assert (bool(there["cancelledAt"]), states()) == (True, [("cancelled", "told")])
    assert shop.mutations == ["orderCancel"]


def test_a_cancellation_that_fails_there_is_a_refusal(shop: ShopifyShop) -> None:
    shop.cancellation_fails = True
    connect(shop)
    _there, order = bring_in(shop, is_paid=False)
    cancel_order(order, by=SYSTEM, credit=True)
    tell()

    assert refused()[:2] == ("refused", Trouble.REFUSED)


@pytest.mark.parametrize("done", [lambda order: mark_paid(order, by=SYSTEM, notify=False),
                                  lambda order: mark_sent(order, by=SYSTEM, notify=False)])  # fmt: skip
def test_what_people_cancelled_there_is_not_undone(shop: ShopifyShop, done: Callable[[Order], object]) -> None:
    connect(shop)
    there, order = bring_in(shop, is_paid=False)
    done(order)
    there["cancelledAt"] = "2026-11-29T09:00:00Z"
    tell()

    assert refused() == ("refused", Trouble.OVER_THERE, "CANCELLED")
    assert shop.mutations == []


# --- refunded -------------------------------------------------------------------------------------------------------


def test_a_refund_is_recorded_and_moves_no_money(shop: ShopifyShop) -> None:
    connect(shop)
    there, order = bring_in(shop, gateway="manual")
    for _time in range(2):
        enter_refund(order, by=SYSTEM, amount=Decimal("2.50"), reason="Chipped")
    lose_answer_of(shop, "refundCreate")
    for _time in range(3):
        tell()

    amounts = [(one["totalRefundedSet"]["shopMoney"]["amount"], one["note"]) for one in there["refunds"]]
    assert amounts == [("2.5", "Chipped")] * 2
    assert (shop.money_moved, shop.mails, states()) == ([], [], [("refunded", "told")] * 2)


def test_a_refund_that_people_entered_there_meanwhile_is_this_one(shop: ShopifyShop) -> None:
    connect(shop)
    there, order = bring_in(shop, gateway="manual")
    enter_refund(order, by=SYSTEM, amount=Decimal("2.50"))
    entered = {"orderId": there["id"], "note": "There", "transactions": [
        {"amount": "2.50", "kind": "REFUND", "gateway": "manual", "parentId": there["transactions"][0]["id"]}
    ]}  # fmt: skip
    shop.mutation_refund_create(entered, key="theirs")
    tell()

    assert len(there["refunds"]) == 1
    assert states() == [("refunded", "told")]


@pytest.mark.parametrize(("gateway", "pays"), [("shopify_payments", False), ("manual", True)])
def test_a_refund_that_would_do_the_other_thing_is_left_to_people(shop: ShopifyShop, gateway: str, pays: bool) -> None:
    """Money that a provider took can't be recorded as refunded without moving; a manual one is paid back by nobody."""
    connect(shop, refunds_there=pays)
    there, order = bring_in(shop, gateway=gateway)
    enter_refund(order, by=SYSTEM, amount=Decimal("2.50"))
    tell()

    assert refused() == ("refused", Trouble.BY_HAND, gateway)
    assert (there["refunds"], shop.money_moved) == ([], [])


def test_the_shop_pays_back_where_the_owner_wants_it(shop: ShopifyShop) -> None:
    connect(shop, refunds_there=True, mailer=Mailer.SHOP)
    there, order = bring_in(shop)
    enter_refund(order, by=SYSTEM, amount=Decimal("2.50"))
    tell()

    assert shop.money_moved == [(there["name"], Decimal("2.50"))]
    assert shop.mails == [("refunded", there["name"])]


def test_an_order_in_two_currencies_is_refunded_by_people(shop: ShopifyShop) -> None:
    connect(shop)
    _there, order = bring_in(shop, gateway="manual", presentmentCurrencyCode="USD")
    enter_refund(order, by=SYSTEM, amount=Decimal("2.50"))
    tell()

    assert refused() == ("refused", Trouble.BY_HAND, "USD")


# --- what it lacks, and our own echo --------------------------------------------------------------------------------


def test_a_scope_that_lacks_stops_it_names_it_and_loses_nothing(shop: ShopifyShop) -> None:
    shop.scopes.remove("write_orders")
    shop.scopes.add("read_orders")
    connect(shop)
    there, order = bring_in(shop, is_paid=False)
    mark_paid(order, by=SYSTEM, notify=False)
    tell(most=1)
    connection = db.session.scalars(select(Connection)).one()
    assert (connection.tell_trouble, states()) == (Trouble.NO_RIGHT, [("paid", "waiting")])
    assert "write_orders" in connection.tell_detail

    shop.scopes.add("write_orders")
    tell()
    assert (there["displayFinancialStatus"], states()) == ("PAID", [("paid", "told")])


def test_it_waits_for_points_and_for_a_shop_that_is_away(shop: ShopifyShop) -> None:
    connect(shop)
    there, order = bring_in(shop, is_paid=False)
    mark_paid(order, by=SYSTEM, notify=False)
    shop.bucket.left, shop.bucket.restored = 0, 1000
    shop.fail_next(status(503))
    tell(most=1)
    assert db.session.scalars(select(Connection.tell_trouble)).one() == Trouble.OUT_OF_ORDER
    tell(most=1)
    shop.bucket.left = 2000
    tell()

    assert (there["displayFinancialStatus"], states()) == ("PAID", [("paid", "told")])


def test_another_order_there_is_never_written_to(shop: ShopifyShop) -> None:
    key = connect(shop).outside_shop.key
    there = shop.add_order(is_paid=False)
    for external_id, trouble in ((there["legacyResourceId"], Trouble.OTHER_ORDER), ("12-2", Trouble.NOT_THERE)):
        given = new_order(source="shopify", external_id=external_id, number="of another one")
        mark_paid(place(given, shop=key), by=SYSTEM, notify=False)
        tell()
        assert refused()[:2] == ("refused", trouble)
    assert shop.mutations == []


def test_what_comes_back_of_what_was_told_changes_nothing(shop: ShopifyShop) -> None:
    connect(shop)
    there, order = bring_in(shop, is_paid=False)
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    steps = [
        lambda: mark_paid(order, by=SYSTEM, notify=False),
        lambda: send_shipment(slip, by=SYSTEM, tracking_code="3SONE", notify=False),
        lambda: mark_sent(order, by=SYSTEM, tracking_code="3STWO", notify=False),
        lambda: change_tracking(order.shipments[0], by=SYSTEM, tracking_code="3SNEW"),
        lambda: enter_refund(order, by=SYSTEM, amount=Decimal(3)),
    ]
    for step in steps:
        step()
        tell()
        assert {state for _kind, state in states()} == {"told"}
        before = facts_of(order)
        shop.change(there, note=there.get("note"))
        look()
        assert facts_of(order) == before, states()


def test_so_does_a_cancelled_order(shop: ShopifyShop) -> None:
    connect(shop)
    _there, order = bring_in(shop, is_paid=False)
    cancel_order(order, by=SYSTEM, credit=True)
    tell()
    before = facts_of(order)
    look()

    assert facts_of(order) == before
