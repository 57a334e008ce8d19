"""What is done here is told to the Magento 2 shop that the order came from: once, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.cancelling import cancel_order
from app.actions.messages import notify_customer
from app.actions.payments import enter_refund, mark_paid
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.tracking import change_tracking
from app.connections.magento import Magento
from app.connections.managing import begin_pulls
from app.encryption.sealed import Sealed
from app.extensions import db
from app.history import SYSTEM
from app.models import InvoicesFor, Mailer, Order, ShopWriteKind, Trouble
from app.write_back import told_shop
from tests.connections.reading import look
from tests.connections.telling import ALL_ON, states, tell, writes
from tests.factories import new_connection
from tests.simulators.magento import MagentoShop, item
from tests.simulators.serving import answer_lost, status

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[MagentoShop]:
    monkeypatch.setattr(Magento, "takes_http", True)
    with MagentoShop() as made:
        yield made


def bring_in(shop: MagentoShop, *, is_paid: bool = False, **stated: Any) -> tuple[dict[str, Any], Order]:
    """An order there, of two mugs, and what it is here; its shop is told of everything."""
    connection = new_connection(
        "magento", address=shop.url, credentials=Sealed.of(shop.bearer), notify=False, invoices_for=InvoicesFor.NONE,
        **{**ALL_ON, **stated},
    )  # fmt: skip
    db.session.add(connection)
    db.session.flush()
    begin_pulls(connection)
    db.session.commit()
    there = shop.add_order(items=[item("Mug", "12.50", quantity=2)])
    if is_paid:
        shop.invoice(there, transaction="PP-1")
    look()
    return there, db.session.scalars(select(Order)).one()


def codes(shop: MagentoShop) -> list[tuple[list[str], list[float]]]:
    return [
        ([track["track_number"] for track in one["tracks"]], [line["qty"] for line in one["items"]])
        for one in shop.shipments.values()
    ]


def test_paid_is_told_as_an_invoice_that_draws_no_money_and_mails_nobody(shop: MagentoShop) -> None:
    there, order = bring_in(shop)
    mark_paid(order, by=SYSTEM, notify=False)
    shop.fail_next(answer_lost(), method="POST", to="/invoice")
    for _time in range(2):
        tell(most=1)

    assert (there["total_paid"], len(shop.invoices), states()) == (25.0, 1, [("paid", "told")])
    assert (shop.money_moved, shop.mails) == ([], [])
    look()
    assert (order.paid, len(order.payments)) == (Decimal(25), 1)


def test_sent_in_parts_is_told_and_completes_it_by_itself(shop: MagentoShop) -> None:
    there, order = bring_in(shop, is_paid=True)
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, tracking_code="3SONE", notify=False)
    tell()
    assert (codes(shop), there["state"]) == ([(["3SONE"], [1.0])], "processing")

    mark_sent(order, by=SYSTEM, tracking_code="3STWO", notify=False)
    shop.fail_next(answer_lost(), method="POST", to="/ship")
    for _time in range(2):
        tell(most=1)
    assert (codes(shop), there["state"]) == ([(["3SONE"], [1.0]), (["3STWO"], [1.0])], "complete")
    assert shop.mails == []
    look()
    assert [one.tracking_code for one in order.shipments] == ["3SONE", "3STWO"]


def test_a_parcel_without_a_code_is_known_by_what_is_in_it(shop: MagentoShop) -> None:
    _there, order = bring_in(shop, is_paid=True)
    mark_sent(order, by=SYSTEM, notify=False)
    shop.fail_next(answer_lost(), method="POST", to="/ship")
    for _time in range(2):
        tell(most=1)

    assert (codes(shop), states()) == ([([], [2.0])], [("sent", "told")])


def test_a_corrected_code_replaces_the_one_before(shop: MagentoShop) -> None:
    _there, order = bring_in(shop, is_paid=True)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    tell()
    change_tracking(order.shipments[0], by=SYSTEM, tracking_code="3SDEF")
    tell()

    assert codes(shop) == [(["3SDEF"], [2.0])]


def test_the_shop_mails_where_it_is_chosen(shop: MagentoShop) -> None:
    there, order = bring_in(shop, is_paid=True, mailer=Mailer.SHOP)
    mark_sent(order, by=SYSTEM, tracking_code="3SABC")
    tell()

    assert shop.mails == [(there["entity_id"], "shipment")]
    own = told_shop(order)
    assert own
    assert [kind.value for kind in ShopWriteKind if not own.mails(kind)] == ["cancelled"], "it mails nobody about that"


def test_cancelled_is_told_and_an_invoiced_order_is_left_as_it_is(shop: MagentoShop) -> None:
    there, order = bring_in(shop)
    cancel_order(order, by=SYSTEM, credit=True)
    tell()
    assert (there["state"], states()) == ("canceled", [("cancelled", "told")])


def test_what_it_won_t_cancel_is_said(shop: MagentoShop) -> None:
    there, order = bring_in(shop)
    cancel_order(order, by=SYSTEM, credit=True)
    shop.invoice(there)
    tell()

    (write,) = writes()
    assert (write.state, write.trouble, write.last_error) == ("refused", Trouble.OVER_THERE, "processing")


def test_a_refund_is_a_credit_memo_of_no_product_told_once_and_moves_no_money(shop: MagentoShop) -> None:
    _there, order = bring_in(shop, is_paid=True)
    for _time in range(2):
        enter_refund(order, by=SYSTEM, amount=Decimal("2.50"), reason="Chipped")
    shop.fail_next(answer_lost(), method="POST", to="/refund")
    for _time in range(3):
        tell()

    assert [one["grand_total"] for one in shop.creditmemos.values()] == [2.5, 2.5]
    assert (shop.money_moved, states()) == ([], [("refunded", "told")] * 2)
    look()
    assert (order.refunded, order.lines[0].dropped) == (Decimal(5), 0)


def test_the_shop_pays_back_where_the_owner_wants_it(shop: MagentoShop) -> None:
    there, order = bring_in(shop, is_paid=True, refunds_there=True)
    enter_refund(order, by=SYSTEM, amount=Decimal("2.50"))
    tell()
    assert shop.money_moved == [(there["entity_id"], Decimal("2.5"))]

    for one in shop.invoices.values():
        one["transaction_id"] = None  # paid by a transfer: its provider gives nothing back
    enter_refund(order, by=SYSTEM, amount=Decimal("1.25"))
    tell()
    assert (len(shop.money_moved), writes()[1].state) == (1, "refused")


def test_a_refund_in_another_currency_than_the_shop_keeps_its_books_in_is_left_to_people(shop: MagentoShop) -> None:
    there, order = bring_in(shop, is_paid=True)
    there["base_currency_code"] = "USD"
    enter_refund(order, by=SYSTEM, amount=Decimal("2.50"))
    tell()

    assert (writes()[0].state, writes()[0].last_error, shop.creditmemos) == ("refused", "EUR / USD", {})


def test_what_is_written_to_the_customer_is_a_comment_there(shop: MagentoShop) -> None:
    there, order = bring_in(shop)
    notify_customer(order, by=SYSTEM, subject="Your mug", text="It is <b>blue</b>.")
    shop.fail_next(answer_lost(), method="POST", to="/comments")
    for _time in range(2):
        tell(most=1)

    told = [one["comment"] for one in there["status_histories"] if one["comment"]]
    assert len(told) == 1
    assert "&lt;b&gt;blue" in told[0]
    assert (shop.mails, states()) == ([], [("note", "told")])


def test_who_may_not_look_does_not_write(shop: MagentoShop) -> None:
    _there, order = bring_in(shop, is_paid=True)
    shop.rights.discard("shipment")
    mark_sent(order, by=SYSTEM, tracking_code="3SABC", notify=False)
    tell()

    assert (shop.shipments, writes()[0].state, writes()[0].trouble) == ({}, "waiting", Trouble.NO_RIGHT)


def test_a_right_that_lacks_is_to_be_mended_and_a_refusal_is_filled_in(shop: MagentoShop) -> None:
    there, order = bring_in(shop)
    shop.rights.discard("invoice")
    mark_paid(order, by=SYSTEM, notify=False)
    tell()
    (write,) = writes()
    assert (write.state, write.trouble) == ("waiting", Trouble.NO_RIGHT)
    assert "Magento_Sales::invoice" in write.last_error

    shop.rights.add("invoice")
    there["state"] = "holded"
    tell()
    assert (writes()[0].state, writes()[0].last_error) == ("refused", "holded")


def test_an_order_of_another_number_is_not_touched(shop: MagentoShop) -> None:
    there, order = bring_in(shop)
    there["increment_id"] = "000007777"
    mark_paid(order, by=SYSTEM, notify=False)
    shop.fail_next(status(503))
    for _time in range(2):
        tell()

    assert (writes()[0].trouble, shop.invoices) == (Trouble.OTHER_ORDER, {})
