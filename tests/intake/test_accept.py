"""Foreseeing what an import would do: the same as it then does, and nothing changes meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import Foreseen, dry_run, notifies, take_in
from app.intake_readers import Found, Mapping, NewOrder, orders_in
from app.intake_readers.new_order import NewPayment, NewRefund, NewShipment, UnreadableOrder
from app.models import (
    Arrival,
    History,
    Order,
)
from tests.factories import PLACED_AT, new_order, outside_shop, shop_key
from tests.looking import everything, kinds_of_mail

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]

PAID = NewPayment(Decimal("67.75"), PLACED_AT, method="iDEAL", external_id="tr_1")


@pytest.fixture(autouse=True)
def known_shop(database: None) -> None:
    outside_shop()


def found(order: NewOrder) -> Found:
    return Found(order.external_id, f"raw of {order.external_id}", order=order)


def foreseen(*orders: Found) -> list[Foreseen]:
    return list(dry_run(orders, shop=shop_key(), by=SYSTEM))


def taken(order: Found) -> str:
    return take_in(order, shop=shop_key(), origin="orders.json", by=SYSTEM).result


def test_a_new_order_is_foreseen_and_not_placed() -> None:
    before = everything()

    (one,) = foreseen(found(new_order()))

    assert (one.result, one.order, one.changes) == ("new", None, ())
    assert everything() == before


def test_an_order_that_is_there_is_the_same() -> None:
    order = new_order()
    taken(found(order))
    before = everything()

    (one,) = foreseen(found(order))

    assert (one.result, one.order and one.order.external_id) == ("same", order.external_id)
    assert everything() == before


def test_what_happened_since_is_named_and_not_added() -> None:
    order = new_order()
    taken(found(order))
    before = everything()
    since = replace(
        order,
        payments=[PAID],
        refunds=[NewRefund(Decimal(5), PLACED_AT)],
        shipments=[NewShipment({}, PLACED_AT, tracking_code="3S1")],
    )

    (one,) = foreseen(found(since))

    assert (one.result, one.changes) == ("update", ("payments", "refunds", "shipments"))
    assert everything() == before
    db.session.expire_all()
    kept = db.session.scalars(select(Order)).one()
    assert (kept.payments, kept.shipments) == ([], [])


def test_a_cancellation_is_an_update() -> None:
    order = new_order()
    taken(found(order))

    (one,) = foreseen(found(replace(order, cancelled_at=PLACED_AT + timedelta(days=1))))

    assert (one.result, one.changes) == ("update", ("cancelled",))


def test_what_can_not_be_read_or_placed_is_an_error_with_its_field() -> None:
    unread = Found("9", "{}", problem=UnreadableOrder("total", "This is missing."))

    one, other = foreseen(unread, found(new_order(lines=[])))

    assert (one.result, one.field, one.reason) == ("error", "total", "This is missing.")
    assert (other.result, other.field, other.reason) == ("error", "lines", "an order needs at least one line.")


def test_an_order_that_stands_in_a_file_twice_is_new_once() -> None:
    order = new_order()

    results = [one.result for one in foreseen(found(order), found(order), found(replace(order, payments=[PAID])))]

    assert results == ["new", "same", "update"]


def test_the_import_does_what_was_foreseen() -> None:
    there, changed, new, bad = new_order(), new_order(), new_order(), new_order(currency="???")
    taken(found(there))
    taken(found(changed))
    file = [found(order) for order in (there, replace(changed, payments=[PAID]), new, bad, new)]

    outcome = {"added": "new", "updated": "update", "already there": "same", "quarantined": "error"}

    assert [one.result for one in foreseen(*file)] == [outcome[taken(one)] for one in file]


def test_take_in_adds_once_keeps_the_payload_and_quarantines_what_it_can_not_read():
    found = Found("5", '{"id": 5}', order=new_order(external_id="5"))
    bad = Found("6", '{"id": 6}', problem=UnreadableOrder("total", "Found abc."))

    results = [take_in(one, shop=shop_key(), origin="f.json", by=SYSTEM).result for one in (found, found, bad, bad)]

    assert results == ["added", "already there", "quarantined", "quarantined"]
    kept = db.session.execute(select(Arrival.payload, Arrival.result, Arrival.field).order_by(Arrival.id)).all()
    assert [tuple(row) for row in kept] == [('{"id": 5}', "added", ""), ('{"id": 6}', "quarantined", "total")]


def test_a_rate_that_was_taken_for_the_tax_is_an_error_beforehand() -> None:
    columns = {"number": "Order", "placed_at": "Date", "tax_total": "BTW", "total": "Total"}
    text = "Order,Date,BTW,Total\n7,2026-01-31,19.00,0.99\n"
    orders = list(orders_in("csv", text, currency="EUR", mapping=Mapping(columns)))

    (one,) = dry_run(orders, shop=shop_key("csv"), by=SYSTEM)

    assert (one.result, one.field) == ("error", "row 2, BTW")
    assert one.reason.startswith("The tax of 19 is more than the total of 0.99. If this column holds rates")
    assert [taken(order) for order in orders] == ["quarantined"]
    assert db.session.scalars(select(Order)).all() == []


def confirmations() -> int:
    return kinds_of_mail().count("order_confirmation")


def test_who_only_began_to_pay_is_told_of_an_order_when_it_is_placed() -> None:
    begun = new_order(is_unplaced=True)
    assert taken(found(begun)) == "added"
    assert confirmations() == 0

    assert taken(found(replace(begun, is_unplaced=False))) == "updated"
    assert confirmations() == 1
    assert taken(found(replace(begun, is_unplaced=False))) == "already there"
    assert confirmations() == 1


def test_that_an_order_is_placed_at_last_is_foreseen_and_in_history() -> None:
    begun = new_order(is_unplaced=True)
    taken(found(begun))
    placed = found(replace(begun, is_unplaced=False))

    (one,) = foreseen(placed)
    assert (one.result, one.changes, confirmations()) == ("update", ("placed",), 0)

    taken(placed)
    entry = db.session.scalars(select(History).where(History.what == "order_updated")).one()
    assert entry.facts["changed"] == ["placed"]


def test_who_never_finished_to_pay_is_told_nothing() -> None:
    begun = new_order(is_unplaced=True)
    taken(found(begun))
    taken(found(replace(begun, is_unplaced=False, cancelled_at=PLACED_AT + timedelta(hours=1))))

    assert confirmations() == 0


def test_what_waited_in_a_file_of_the_command_line_is_confirmed_by_its_own_shop(database: None) -> None:
    assert not notifies(Arrival())
