"""What is done here is told to a Shopware 6: codes of its delivery, then states, each with or without a mail."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.cancelling import cancel_order
from app.actions.payments import enter_refund, mark_paid
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.tracking import change_tracking
from app.connections.shopware import Shopware
from app.extensions import db
from app.history import SYSTEM
from app.models import InvoicesFor, Mailer, Order, Trouble
from tests.connections.reading import connect, look
from tests.connections.telling import ALL_ON, happened, look_brings_no_news, states, tell, writes
from tests.simulators import shopware as simulated
from tests.simulators.serving import Answer, Fault, Way, answer_lost

pytestmark = pytest.mark.usefixtures("database")

Shape = dict[str, Any]


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[simulated.Shopware]:
    monkeypatch.setattr(Shopware, "takes_http", True)
    with simulated.Shopware() as shop:
        yield shop


def bring_in(there: simulated.Shopware, *, paid: bool = False, **stated: Any) -> tuple[Shape, Order]:
    """An order of two cups, and what it is here; its shop is told of everything."""
    secrets = {"client_id": there.client_id, "client_secret": there.client_secret}
    connect("shopware", there.url, secrets, **{**ALL_ON, "invoices_for": InvoicesFor.NONE, **stated})
    shape = there.add_order(items={"Becher": ("12.10", 2)}, paid=paid)
    look()
    return shape, db.session.scalars(select(Order)).one()


def stand(shape: Shape) -> tuple[str, str, str]:
    """The states of order, delivery and transaction."""
    parts = (shape, shape["deliveries"][0], shape["transactions"][0])
    order, delivery, transaction = (one["stateMachineState"]["technicalName"] for one in parts)
    return order, delivery, transaction


def codes(shape: Shape) -> list[str]:
    return list(shape["deliveries"][0]["trackingCodes"])


def written(there: simulated.Shopware) -> list[str]:
    found = [one for one in there.requests if one.method != "GET" and "search" not in one.path]
    return [f"{one.method} {one.path.rpartition('/')[2]}" for one in found if "oauth" not in one.path]


def test_paid_then_sent_is_told_first_the_code_then_the_states(there: simulated.Shopware) -> None:
    shape, order = bring_in(there)
    mark_paid(order, by=SYSTEM, notify=False)
    mark_sent(order, by=SYSTEM, tracking_code="JJD1", notify=False)
    tell()

    assert (stand(shape), codes(shape)) == (("completed", "shipped", "paid"), ["JJD1"])
    assert written(there)[0] == "POST paid"
    assert written(there)[1].startswith("PATCH ")
    assert written(there)[2:] == ["POST ship", "POST process", "POST complete"]
    assert (states(), there.mails) == ([("paid", "told"), ("sent", "told")], [])
    look_brings_no_news(order)


def test_with_the_shop_it_mails_each_thing_once(there: simulated.Shopware) -> None:
    shape, order = bring_in(there, mailer=Mailer.SHOP)
    mark_paid(order, by=SYSTEM)
    tell()
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, tracking_code="JJD1")
    tell()
    assert stand(shape) == ("open", "shipped_partially", "paid")
    mark_sent(order, by=SYSTEM, tracking_code="JJD2")
    tell()

    assert (stand(shape), codes(shape)) == (("completed", "shipped", "paid"), ["JJD1", "JJD2"])
    assert [state for state, _number in there.mails] == [
        "order_transaction.paid",
        "order_delivery.shipped_partially",
        "order_delivery.shipped",
    ]
    look_brings_no_news(order)


def test_what_is_sent_unpaid_is_shipped_there_and_completed_once_it_is_paid(there: simulated.Shopware) -> None:
    shape, order = bring_in(there)
    mark_sent(order, by=SYSTEM, tracking_code="JJD1", notify=False)
    tell()
    assert stand(shape) == ("open", "shipped", "open")

    mark_paid(order, by=SYSTEM, notify=False)
    tell()
    assert stand(shape) == ("completed", "shipped", "paid")


def test_what_is_sent_unpaid_in_parts_is_shipped_there_with_the_last_one(there: simulated.Shopware) -> None:
    shape, order = bring_in(there, mailer=Mailer.SHOP)
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, tracking_code="JJD1")
    tell()
    assert stand(shape) == ("open", "shipped_partially", "open")

    mark_sent(order, by=SYSTEM, tracking_code="JJD2")
    tell()
    assert (stand(shape), codes(shape)) == (("open", "shipped", "open"), ["JJD1", "JJD2"])
    assert [state for state, _number in there.mails][-1] == "order_delivery.shipped"


def test_a_code_that_is_corrected_replaces_the_one_before(there: simulated.Shopware) -> None:
    shape, order = bring_in(there, paid=True)
    shape["deliveries"][0]["trackingCodes"] = ["OTHER"]
    mark_sent(order, by=SYSTEM, tracking_code="JJD1", notify=False)
    tell()
    change_tracking(order.shipments[0], by=SYSTEM, tracking_code="JJD2")
    tell()

    assert codes(shape) == ["OTHER", "JJD2"]


@pytest.mark.parametrize("lost", ["order-delivery", "state/ship", "state/process", "state/complete"])
def test_an_answer_that_was_lost_doubles_nothing(there: simulated.Shopware, lost: str) -> None:
    shape, order = bring_in(there, paid=True, mailer=Mailer.SHOP)
    mark_sent(order, by=SYSTEM, tracking_code="JJD1")
    there.fail_next(answer_lost(), to=lost)
    tell()
    there.expire_tokens()
    tell()

    assert (stand(shape), codes(shape)) == (("completed", "shipped", "paid"), ["JJD1"])
    assert [state for state, _number in there.mails] == ["order_delivery.shipped"]
    assert states() == [("sent", "told")]


def test_a_good_answer_that_changed_nothing_is_a_refusal(there: simulated.Shopware) -> None:
    shape, order = bring_in(there)
    mark_paid(order, by=SYSTEM, notify=False)
    there.ignores_writes = True
    tell()

    assert (states(), writes()[0].trouble, stand(shape)[2]) == ([("paid", "refused")], Trouble.OVER_THERE, "open")


def test_completing_that_is_refused_after_the_code_is_heard_of(there: simulated.Shopware) -> None:
    shape, order = bring_in(there, paid=True)
    mark_sent(order, by=SYSTEM, tracking_code="JJD1", notify=False)
    there.fail_next(Fault(Way.INSTEAD, Answer(200, {})), to="state/complete")
    tell()

    assert (codes(shape), stand(shape)[0], states()) == (["JJD1"], "in_progress", [("sent", "refused")])


def test_a_transition_is_found_by_where_it_leads(there: simulated.Shopware) -> None:
    there.paid_is_called = "pay"
    shape, order = bring_in(there)
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert stand(shape)[2] == "paid"


def test_cancelled_is_told(there: simulated.Shopware) -> None:
    shape, order = bring_in(there)
    cancel_order(order, by=SYSTEM, reason="", notify=False)
    tell()

    assert (stand(shape)[0], states()) == ("cancelled", [("cancelled", "told")])


def test_an_order_that_was_shipped_there_is_not_cancelled(there: simulated.Shopware) -> None:
    shape, order = bring_in(there)
    cancel_order(order, by=SYSTEM, reason="", notify=False)
    there.enter(shape["deliveries"][0], "shipped")
    tell()

    assert (stand(shape)[0], states()) == ("open", [("cancelled", "refused")])
    assert (writes()[0].trouble, writes()[0].last_error) == (Trouble.OVER_THERE, "shipped")
    assert happened(order) == ["shop_refused"]


def test_an_order_that_was_cancelled_there_is_neither_paid_nor_sent(there: simulated.Shopware) -> None:
    shape, order = bring_in(there)
    mark_paid(order, by=SYSTEM, notify=False)
    mark_sent(order, by=SYSTEM, tracking_code="JJD1", notify=False)
    there.enter(shape, "cancelled")
    tell()

    assert (stand(shape), codes(shape)) == (("cancelled", "open", "open"), [])
    assert states() == [("paid", "refused"), ("sent", "refused")]


def test_refunds_are_told_in_part_then_whole_and_come_back_as_no_news(there: simulated.Shopware) -> None:
    shape, order = bring_in(there, paid=True)
    enter_refund(order, by=SYSTEM, amount=Decimal("10.25"), reason="Broken", notify=False)
    tell()
    assert stand(shape)[2] == "refunded_partially"
    look_brings_no_news(order)

    enter_refund(order, by=SYSTEM, amount=Decimal(20), reason="Broken", notify=False)
    tell()
    assert (stand(shape)[2], states()) == ("refunded", [("refunded", "told"), ("refunded", "told")])
    look_brings_no_news(order)


def test_an_order_of_another_number_is_left_alone(there: simulated.Shopware) -> None:
    shape, order = bring_in(there)
    shape["orderNumber"] = "77777"
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert (states(), writes()[0].trouble, stand(shape)[2]) == ([("paid", "refused")], Trouble.OTHER_ORDER, "open")


def test_a_right_that_lacks_is_named_and_waited_for(there: simulated.Shopware) -> None:
    shape, order = bring_in(there, paid=True)
    there.privileges.discard("order_delivery:update")
    mark_sent(order, by=SYSTEM, tracking_code="JJD1", notify=False)
    tell()
    assert (states(), writes()[0].trouble) == ([("sent", "waiting")], Trouble.NO_RIGHT)
    assert writes()[0].last_error == "order_delivery:update"

    there.privileges.add("order_delivery:update")
    tell()
    assert (states(), codes(shape)) == ([("sent", "told")], ["JJD1"])
