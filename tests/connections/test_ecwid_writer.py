"""An Ecwid shop is told what is done here: once, never of a part, and always whether to mail the customer."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.cancelling import cancel_order
from app.actions.messages import notify_customer
from app.actions.payments import mark_paid
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.tracking import change_tracking
from app.connections.ecwid import Ecwid
from app.extensions import db
from app.history import SYSTEM
from app.models import History, Mailer, Order, OutgoingMail, Telling, Trouble
from tests.connections.reading import connect, look
from tests.connections.telling import states, tell, writes
from tests.simulators.ecwid import EcwidShop, Shape
from tests.simulators.serving import Answer, Fault, Way, answer_lost

pytestmark = pytest.mark.usefixtures("database")

ON = dict.fromkeys(("tell_sent", "tell_paid", "tell_cancelled", "tell_notes"), Telling.ON)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[EcwidShop]:
    monkeypatch.setattr(Ecwid, "takes_http", True)
    with EcwidShop() as made:
        yield made


def bring_in(shop: EcwidShop, *, quantity: int = 1, mailer: Mailer = Mailer.US, **stated: Any) -> tuple[Shape, Order]:
    """An order there, unpaid, and what it is here; its shop is told of everything that it can be told of."""
    connect("ecwid", shop.url, {"store_id": shop.store_id, "token": shop.token}, mailer=mailer, **ON)
    there = shop.add_order(quantity=quantity, **stated)
    look()
    return there, db.session.scalars(select(Order)).one()


def changes(shop: EcwidShop) -> list[Any]:
    return [one.json for one in shop.requests if one.method == "PUT"]


def states_there(order: Shape) -> tuple[str, str]:
    return order["paymentStatus"], order["fulfillmentStatus"]


def send(order: Order, code: str = "3SABC") -> None:
    mark_sent(order, by=SYSTEM, notify=False, tracking_code=code)


@pytest.mark.parametrize(("mailer", "mails"), [(Mailer.US, []), (Mailer.SHOP, ["PAID", "SHIPPED"])])
def test_paid_and_sent_are_told_and_who_mails_is_always_said(shop: EcwidShop, mailer: Mailer, mails: list[str]) -> None:
    there, order = bring_in(shop, mailer=mailer)
    mark_paid(order, by=SYSTEM, notify=False)
    tell()
    send(order)
    tell()

    assert (*states_there(there), there["trackingNumber"]) == ("PAID", "SHIPPED", "3SABC")
    assert (states(), shop.mails) == ([("paid", "told"), ("sent", "told")], mails)
    assert [one["disableAllCustomerNotifications"] for one in changes(shop)] == [mailer == Mailer.US] * 2


def test_a_lost_answer_doubles_nothing(shop: EcwidShop) -> None:
    there, order = bring_in(shop, mailer=Mailer.SHOP)
    shop.fail_next(answer_lost(), method="PUT", times=2)
    mark_paid(order, by=SYSTEM, notify=False)
    send(order)
    for _try in range(4):
        tell()

    assert (states_there(there), states()) == (("PAID", "SHIPPED"), [("paid", "told"), ("sent", "told")])
    assert (shop.mails, len(changes(shop))) == (["PAID", "SHIPPED"], 2)


def test_our_own_echo_changes_nothing(shop: EcwidShop) -> None:
    _there, order = bring_in(shop)
    mark_paid(order, by=SYSTEM, notify=False)
    send(order)
    tell()
    before = len(db.session.scalars(select(History)).all())

    look(turns=2)

    (kept,) = db.session.scalars(select(Order))
    assert ([one.tracking_code for one in kept.shipments], len(kept.payments)) == (["3SABC"], 1)
    assert len(db.session.scalars(select(History)).all()) == before


def test_a_part_is_not_told_and_the_rest_is(shop: EcwidShop) -> None:
    there, order = bring_in(shop, quantity=2)
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, notify=False, tracking_code="3SONE")
    tell()
    assert (changes(shop), states()) == ([], [("sent", "refused")])

    send(order, "3STWO")
    tell()
    assert (there["fulfillmentStatus"], there["trackingNumber"]) == ("SHIPPED", "3STWO")


def test_a_corrected_code_replaces_the_one_before_and_one_of_theirs_is_left(shop: EcwidShop) -> None:
    there, order = bring_in(shop)
    send(order, "3SWRONG")
    tell()
    change_tracking(order.shipments[0], by=SYSTEM, tracking_code="3SRIGHT", notify=False)
    tell()
    assert (there["trackingNumber"], states()) == ("3SRIGHT", [("sent", "told"), ("sent", "told")])


def test_shipping_that_is_refused_is_heard_of_though_the_code_stands_there(shop: EcwidShop) -> None:
    there, order = bring_in(shop)
    send(order)
    shop.change(there, trackingNumber="3SABC")
    shop.fail_next(Fault(Way.INSTEAD, Answer(200, {"updateCount": 1})), method="PUT")
    tell()

    assert (there["trackingNumber"], there["fulfillmentStatus"] == "SHIPPED") == ("3SABC", False)
    assert states() == [("sent", "refused")]


def test_a_code_that_people_entered_there_is_left(shop: EcwidShop) -> None:
    there, order = bring_in(shop)
    send(order)
    shop.change(there, trackingNumber="3STHEIRS")
    tell()

    assert there["trackingNumber"] == "3STHEIRS"
    assert [(one.state, one.trouble) for one in writes()] == [("refused", Trouble.OVER_THERE)]


@pytest.mark.parametrize(
    ("stated", "after"),
    [({}, ("CANCELLED", "WILL_NOT_DELIVER")), ({"paymentStatus": "PAID"}, ("PAID", "WILL_NOT_DELIVER"))],
)
def test_cancelled_is_told_and_money_that_came_in_stays(
    shop: EcwidShop, stated: dict[str, str], after: tuple[str, str]
) -> None:
    there, order = bring_in(shop, **stated)
    cancel_order(order, by=SYSTEM, notify=False, credit=True)
    tell()

    assert (states_there(there), states()) == (after, [("cancelled", "told")])


@pytest.mark.parametrize(
    ("theirs", "act"),
    [
        ({"paymentStatus": "CANCELLED"}, "pay"),
        ({"fulfillmentStatus": "WILL_NOT_DELIVER"}, "send"),
        ({"fulfillmentStatus": "SHIPPED"}, "cancel"),
    ],
)
def test_what_people_did_there_is_not_undone(shop: EcwidShop, theirs: dict[str, str], act: str) -> None:
    there, order = bring_in(shop)
    if act == "pay":
        mark_paid(order, by=SYSTEM, notify=False)
    elif act == "send":
        send(order)
    else:
        cancel_order(order, by=SYSTEM, notify=False, credit=True)
    shop.change(there, **theirs)
    tell()

    assert [(one.state, one.trouble) for one in writes()] == [("refused", Trouble.OVER_THERE)]
    assert changes(shop) == []


def test_a_good_answer_that_changed_nothing_is_a_refusal(shop: EcwidShop, monkeypatch: pytest.MonkeyPatch) -> None:
    _there, order = bring_in(shop)
    monkeypatch.setattr(shop, "put", lambda one, stated: None)
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert [(one.state, one.trouble) for one in writes()] == [("refused", Trouble.OVER_THERE)]


def test_a_scope_that_is_missing_is_to_be_mended(shop: EcwidShop) -> None:
    _there, order = bring_in(shop)
    shop.scopes.remove("update_orders")
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    (write,) = writes()
    assert (write.state, write.connection.tell_trouble) == ("waiting", Trouble.NO_RIGHT)


def test_a_message_is_noted_below_what_is_there_and_mailed_from_here(shop: EcwidShop) -> None:
    there, order = bring_in(shop, mailer=Mailer.SHOP)
    shop.change(there, privateAdminNotes="Regular customer")
    shop.fail_next(answer_lost(), method="PUT")
    notify_customer(order, by=SYSTEM, text="It comes on Tuesday.")
    tell()
    tell()

    assert there["privateAdminNotes"] == "Regular customer\nIt comes on Tuesday."
    assert (states(), shop.mails, len(changes(shop))) == ([("note", "told")], [], 1)
    assert len(db.session.scalars(select(OutgoingMail)).all()) == 1
    before = len(db.session.scalars(select(History)).all())
    look()
    assert len(db.session.scalars(select(History)).all()) == before
