"""What is done here is told to the BigCommerce shop that the order came from: once, and never twice."""

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
from app.connections.bigcommerce import BigCommerce
from app.connections.managing import begin_pulls
from app.connections.writing import WRITERS
from app.encryption.sealed import Sealed
from app.extensions import db
from app.history import SYSTEM
from app.models import InvoicesFor, Order, ShopWriteKind, Source, Telling, Trouble
from tests.connections.reading import look
from tests.connections.telling import ALL_ON, states, tell, writes
from tests.factories import new_connection
from tests.simulators.bigcommerce import BigShop, line
from tests.simulators.serving import Answer, Fault, Way, answer_lost, status

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[BigShop]:
    monkeypatch.setattr(BigCommerce, "takes_http", True)
    with BigShop() as made:
        yield made


def bring_in(shop: BigShop, *, refunds_there: bool = False, **stated: Any) -> tuple[dict[str, Any], Order]:
    """An order there, of two mugs, by default unpaid, and what it is here; its shop is told of all that it can be."""
    connection = new_connection(
        "bigcommerce", address=shop.address, credentials=Sealed.of({"access_token": shop.token}), notify=False,
        invoices_for=InvoicesFor.NONE, refunds_there=refunds_there, **{**ALL_ON, "tell_notes": Telling.OFF},
    )  # fmt: skip
    db.session.add(connection)
    db.session.flush()
    begin_pulls(connection)
    db.session.commit()
    there = shop.add_order(**{"lines": [line("Mug", "12.50", quantity=2)], **stated})
    look()
    return there, db.session.scalars(select(Order)).one()


def shipments(shop: BigShop, there: dict[str, Any]) -> list[tuple[str, list[int]]]:
    return [
        (one["tracking_number"], [item["quantity"] for item in one["items"]])
        for one in shop.parts[there["id"]]["shipments"]
    ]


def asked(shop: BigShop) -> list[str]:
    changing = [one for one in shop.requests if one.method != "GET"]
    return [f"{one.method} {one.path.partition('/stores/abc123')[2]}" for one in changing]


def test_paid_is_told_by_the_state(shop: BigShop) -> None:
    there, order = bring_in(shop)
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert (there["status_id"], states()) == (11, [("paid", "told")])
    look()
    assert (order.paid, order.is_unpaid, len(order.payments)) == (Decimal(25), False, 1)


def test_sent_in_parts_is_told_with_codes_and_completes_it_by_itself(shop: BigShop) -> None:
    there, order = bring_in(shop, status_id=11)
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, tracking_code="3SONE", notify=False)
    tell()
    assert (shipments(shop, there), there["status_id"]) == ([("3SONE", [1])], 3)

    mark_sent(order, by=SYSTEM, tracking_code="3STWO", notify=False)
    tell()
    assert (shipments(shop, there), there["status_id"]) == ([("3SONE", [1]), ("3STWO", [1])], 2)
    look()
    assert [one.tracking_code for one in order.shipments] == ["3SONE", "3STWO"], "our own news comes back and is known"


def test_an_answer_that_was_lost_doubles_nothing(shop: BigShop) -> None:
    there, order = bring_in(shop, status_id=11)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    shop.fail_next(answer_lost(), method="POST", to="/shipments")
    tell(most=1)
    assert states() == [("sent", "waiting")]

    tell()
    assert (shipments(shop, there), states()) == ([("3SABC", [2])], [("sent", "told")])
    assert asked(shop).count(f"POST /v2/orders/{there['id']}/shipments") == 1


def test_completing_that_is_refused_after_the_code_is_heard_of(shop: BigShop) -> None:
    there, order = bring_in(shop, status_id=11)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    partly = {"id": there["id"], "status_id": 3, "status": "Partially Shipped"}
    hold = lambda: shop.before_next(lambda: there.update(partly), method="GET")  # noqa: E731
    shop.before_next(hold, method="POST", to="/shipments")
    shop.fail_next(Fault(Way.INSTEAD, Answer(200, partly)), method="PUT")
    tell()

    assert (shipments(shop, there), states()) == ([("3SABC", [2])], [("sent", "refused")])


def test_a_parcel_without_a_code_is_known_by_what_is_in_it(shop: BigShop) -> None:
    there, order = bring_in(shop, status_id=11)
    mark_sent(order, by=SYSTEM, notify=False)
    shop.fail_next(answer_lost(), method="POST", to="/shipments")
    for _time in range(2):
        tell(most=1)

    assert (shipments(shop, there), states()) == ([("", [2])], [("sent", "told")])


def test_a_corrected_code_replaces_the_one_before(shop: BigShop) -> None:
    there, order = bring_in(shop, status_id=11)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    tell()
    change_tracking(order.shipments[0], by=SYSTEM, tracking_code="3SDEF")
    tell()

    assert shipments(shop, there) == [("3SDEF", [2])]


def test_what_was_sent_unpaid_is_completed_when_it_is_paid(shop: BigShop) -> None:
    there, order = bring_in(shop)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    tell()
    assert there["status_id"] == 2

    mark_paid(order, by=SYSTEM, notify=False)
    tell()
    assert (there["status_id"], states()) == (10, [("sent", "told"), ("paid", "told")])


def test_cancelled_is_told_unless_something_went_there(shop: BigShop) -> None:
    there, order = bring_in(shop)
    cancel_order(order, by=SYSTEM, credit=True)
    tell()
    assert (there["status_id"], states()) == (5, [("cancelled", "told")])


def test_what_people_did_there_is_not_undone(shop: BigShop) -> None:
    there, order = bring_in(shop)
    cancel_order(order, by=SYSTEM, credit=True)
    there["status_id"], there["status"] = 2, "Shipped"
    tell()

    (write,) = writes()
    assert (write.state, write.trouble, write.last_error) == ("refused", Trouble.OVER_THERE, "Shipped")
    assert there["status_id"] == 2


def test_a_refund_is_recorded_there_once_and_moves_no_money(shop: BigShop) -> None:
    there, order = bring_in(shop, status_id=11)
    for _time in range(2):
        enter_refund(order, by=SYSTEM, amount=Decimal("2.50"), reason="Chipped")
    shop.fail_next(answer_lost(), method="POST", to="payment_actions/refunds")
    for _time in range(3):
        tell()

    assert [one["total_amount"] for one in shop.parts[there["id"]]["refunds"]] == [2.5, 2.5]
    assert shop.money_moved == []
    assert states() == [("refunded", "told")] * 2
    look()
    assert (order.refunded, len(order.payments)) == (Decimal(5), 3)


def test_the_shop_pays_back_where_the_owner_wants_it_and_its_provider_can(shop: BigShop) -> None:
    there, order = bring_in(shop, status_id=11, refunds_there=True)
    enter_refund(order, by=SYSTEM, amount=Decimal("2.50"))
    tell()
    assert shop.money_moved == [(there["id"], Decimal("2.5"))]

    shop.provider["offline"] = True
    enter_refund(order, by=SYSTEM, amount=Decimal("1.25"))
    tell()
    assert [one.state for one in writes()] == ["told", "refused"]
    assert len(shop.money_moved) == 1


def test_what_it_refuses_waits_for_people_and_a_missing_right_for_the_key(shop: BigShop) -> None:
    there, order = bring_in(shop, status_id=11)
    shop.send(there, "3SOTHER")
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    tell()
    (write,) = writes()
    assert (write.state, write.trouble) == ("refused", Trouble.REFUSED)
    assert "greater than" in write.last_error

    shop.scopes.discard("orders")
    enter_refund(order, by=SYSTEM, amount=Decimal("2.50"))
    shop.scopes -= {"transactions"}
    tell()
    assert (writes()[1].state, writes()[1].trouble) == ("waiting", Trouble.NO_RIGHT)
    assert "refund_quotes" not in [one.path.rpartition("/")[2] for one in shop.requests if one.method == "GET"]


def test_a_quota_that_is_used_up_is_waited_for(shop: BigShop) -> None:
    there, order = bring_in(shop)
    mark_paid(order, by=SYSTEM, notify=False)
    shop.fail_next(status(429), times=2)
    tell(most=1)
    assert states() == [("paid", "waiting")]
    for _time in range(2):
        tell()
    assert there["status_id"] == 11


def test_messages_are_not_offered() -> None:
    assert ShopWriteKind.NOTE not in WRITERS[Source.BIGCOMMERCE].kinds
