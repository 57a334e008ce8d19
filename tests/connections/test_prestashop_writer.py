"""What is done here is told to a PrestaShop: the code on its carrier, then the state, refunds as credit slips."""

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
from app.connections.prestashop import PrestaShop
from app.extensions import db
from app.history import SYSTEM
from app.models import History, InvoicesFor, Mailer, Order, OutgoingMail, Trouble
from tests.connections.reading import connect, look
from tests.connections.telling import ALL_ON, happened, look_brings_no_news, states, tell, writes
from tests.simulators import prestashop as simulated
from tests.simulators.serving import Answer, Fault, Way, answer_lost, status

pytestmark = pytest.mark.usefixtures("database")

Row = dict[str, Any]


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[simulated.PrestaShop]:
    monkeypatch.setattr(PrestaShop, "takes_http", True)
    with simulated.PrestaShop() as shop:
        yield shop


def bring_in(there: simulated.PrestaShop, *, paid: bool = False, **stated: Any) -> tuple[Row, Order]:
    """An order of two mugs, and what it is here; its shop is told of everything."""
    secrets = {"key": there.key, **stated.pop("secrets", {})}
    connect("prestashop", there.url, secrets, **{**ALL_ON, "invoices_for": InvoicesFor.NONE, **stated})
    row = there.add_order(rows={"Mug": ("12.00", 2)}, paid=paid)
    look()
    return row, db.session.scalars(select(Order)).one()


def codes(there: simulated.PrestaShop, row: Row) -> list[str]:
    return [one["tracking_number"] for one in there.carriers_of(row)]


def written(there: simulated.PrestaShop) -> list[str]:
    return [f"{one.method} {one.path.removeprefix('/api/')}" for one in there.requests if one.method != "GET"]


def its_invoice_is_all_the_news(order: Order) -> None:
    """PrestaShop makes one with the state; of the payment and the parcels it tells what it was told."""
    before = (len(order.payments), [one.tracking_code for one in order.shipments])
    look()
    db.session.refresh(order)
    assert (len(order.payments), [one.tracking_code for one in order.shipments]) == before
    told = db.session.scalars(select(History).where(History.order_id == order.id).order_by(History.id.desc()))
    assert next(iter(told)).facts["changed"] == ["invoiced"]
    look_brings_no_news(order)


def test_paid_then_sent_is_told_first_the_code_then_the_state(there: simulated.PrestaShop) -> None:
    row, order = bring_in(there)
    mark_paid(order, by=SYSTEM, notify=False)
    mark_sent(order, by=SYSTEM, tracking_code="6A1", notify=False)
    tell()

    assert (codes(there, row), row["current_state"], row["total_paid_real"]) == (["6A1"], "4", "30.000000")
    assert written(there) == ["POST order_histories", "PUT order_carriers/1", "POST order_histories"]
    assert states() == [("paid", "told"), ("sent", "told")]
    assert there.mails == []
    assert there.carriers_of(row)[0]["id_carrier"] == "3"  # what is written has to be whole
    its_invoice_is_all_the_news(order)


def test_with_the_shop_it_mails_each_thing_once(there: simulated.PrestaShop) -> None:
    row, order = bring_in(there, mailer=Mailer.SHOP)
    mark_paid(order, by=SYSTEM)
    tell()
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, tracking_code="6A1")
    tell()
    assert row["current_state"] == "2"  # a part completes nothing
    mark_sent(order, by=SYSTEM, tracking_code="6A2")
    tell()

    id = str(row["id"])
    assert there.mails == [("payment", id), ("in_transit", id), ("shipped", id)]
    assert (codes(there, row), row["current_state"]) == (["6A1", "6A2"], "4")
    its_invoice_is_all_the_news(order)


@pytest.mark.parametrize("lost", ["POST", "PUT"])
def test_each_part_that_has_a_code_is_mailed_once(there: simulated.PrestaShop, lost: str) -> None:
    row, order = bring_in(there, paid=True, mailer=Mailer.SHOP)
    for code in ("6A1", "6A2"):
        slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal("0.5")})
        send_shipment(slip, by=SYSTEM, tracking_code=code)
        if code == "6A2":
            there.fail_next(answer_lost(), method=lost, to="order_carriers")
        tell()
        tell()

    assert there.mails == [("in_transit", str(row["id"]))] * 2
    assert codes(there, row) == ["6A1", "6A2"]


def test_a_code_that_is_corrected_replaces_the_one_before(there: simulated.PrestaShop) -> None:
    row, order = bring_in(there, paid=True)
    mark_sent(order, by=SYSTEM, tracking_code="6A1", notify=False)
    tell()
    change_tracking(order.shipments[0], by=SYSTEM, tracking_code="6A2")
    tell()

    assert codes(there, row) == ["6A2"]


@pytest.mark.parametrize("lost", ["order_carriers", "order_histories"])
def test_an_answer_that_was_lost_doubles_nothing(there: simulated.PrestaShop, lost: str) -> None:
    row, order = bring_in(there, paid=True)
    mark_sent(order, by=SYSTEM, tracking_code="6A1", notify=False)
    there.fail_next(answer_lost(), method="PUT" if lost == "order_carriers" else "POST", to=lost)
    tell()
    tell()

    assert (codes(there, row), row["current_state"]) == (["6A1"], "4")
    assert written(there).count("POST order_histories") == 1
    assert written(there).count("PUT order_carriers/1") == 1
    assert states() == [("sent", "told")]


def test_completing_that_is_refused_after_the_code_is_heard_of(there: simulated.PrestaShop) -> None:
    row, order = bring_in(there, paid=True)
    mark_sent(order, by=SYSTEM, tracking_code="6A1", notify=False)
    there.fail_next(Fault(Way.INSTEAD, Answer(201, {"order_history": {"id": "1"}})), to="order_histories")
    tell()

    assert (codes(there, row), row["current_state"], states()) == (["6A1"], "2", [("sent", "refused")])


def test_cancelled_is_told_and_what_was_sent_there_is_left(there: simulated.PrestaShop) -> None:
    row, order = bring_in(there)
    cancel_order(order, by=SYSTEM, reason="", notify=False)
    tell()
    assert (row["current_state"], states()) == ("6", [("cancelled", "told")])


def test_an_order_that_was_shipped_there_is_not_cancelled(there: simulated.PrestaShop) -> None:
    row, order = bring_in(there)
    cancel_order(order, by=SYSTEM, reason="", notify=False)
    there.set_state(row, 4)
    tell()

    assert (row["current_state"], states()) == ("4", [("cancelled", "refused")])
    assert (writes()[0].trouble, "Shipped" in writes()[0].last_error) == (Trouble.OVER_THERE, True)
    assert happened(order) == ["shop_refused"]


def test_an_order_that_was_cancelled_there_is_neither_paid_nor_sent(there: simulated.PrestaShop) -> None:
    row, order = bring_in(there)
    mark_paid(order, by=SYSTEM, notify=False)
    mark_sent(order, by=SYSTEM, tracking_code="6A1", notify=False)
    there.set_state(row, 6)
    tell()

    assert (row["current_state"], codes(there, row)) == ("6", [""])
    assert states() == [("paid", "refused"), ("sent", "refused")]


def refund(order: Order, amount: str) -> None:
    enter_refund(order, by=SYSTEM, amount=Decimal(amount), reason="Broken", notify=False)


def test_refunds_are_credit_slips_and_the_last_one_is_the_state(there: simulated.PrestaShop) -> None:
    row, order = bring_in(there, paid=True)
    refund(order, "12.00")
    there.fail_next(answer_lost(), method="POST", to="order_slip")
    tell()
    tell()
    slips = list(there.tables["order_slip"].values())
    assert [(one["total_products_tax_incl"], one["total_products_tax_excl"]) for one in slips] == [
        ("12.000000", "10.000000")
    ]
    assert row["current_state"] == "2"
    look_brings_no_news(order)

    refund(order, "18.00")
    tell()
    assert (len(there.tables["order_slip"]), row["current_state"]) == (2, "7")
    assert states() == [("refunded", "told"), ("refunded", "told")]
    look_brings_no_news(order)


def test_no_state_has_a_payment_module_pay_back_what_went_back_already(there: simulated.PrestaShop) -> None:
    row, order = bring_in(there, paid=True, mailer=Mailer.SHOP)
    row["module"] = "prestashopgopay"  # it pays back when an order is set refunded
    enter_refund(order, by=SYSTEM, amount=Decimal("30.00"), reason="Broken", notify=True)
    tell()

    slips = [one["total_products_tax_incl"] for one in there.tables["order_slip"].values()]
    assert (slips, row["current_state"], states()) == (["30.000000"], "2", [("refunded", "told")])
    assert [one.kind for one in db.session.scalars(select(OutgoingMail))] == ["refund"]
    assert there.mails == []


def test_a_slip_that_people_made_there_is_this_refund(there: simulated.PrestaShop) -> None:
    row, order = bring_in(there, paid=True)
    there.refund(row, "12.00")
    refund(order, "12.00")
    tell()

    assert (len(there.tables["order_slip"]), happened(order)) == (1, ["shop_knew"])


def test_the_states_are_those_that_its_owner_chose(there: simulated.PrestaShop) -> None:
    there.tables["order_states"][21] = {**there.tables["order_states"][4], "id": 21}
    row, order = bring_in(there, paid=True, secrets={"sent_state": "21"})
    mark_sent(order, by=SYSTEM, tracking_code="6A1", notify=False)
    tell()

    assert row["current_state"] == "21"


def test_a_shop_with_states_of_its_own_is_told_by_their_flags(there: simulated.PrestaShop) -> None:
    for number in (4, 5):
        there.tables["order_states"][number]["deleted"] = "1"
    there.tables["order_states"][31] = {**there.tables["order_states"][4], "id": 31, "deleted": "0"}
    row, order = bring_in(there, paid=True)
    mark_sent(order, by=SYSTEM, tracking_code="6A1", notify=False)
    tell()

    assert row["current_state"] == "31"


def test_an_order_of_another_reference_is_left_alone(there: simulated.PrestaShop) -> None:
    row, order = bring_in(there)
    row["reference"] = "ANOTHER"
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert (states(), writes()[0].trouble, row["current_state"]) == ([("paid", "refused")], Trouble.OTHER_ORDER, "10")


def test_a_right_to_write_that_lacks_is_to_be_mended_and_then_told(there: simulated.PrestaShop) -> None:
    row, order = bring_in(there)
    there.rights["order_histories"].discard("POST")
    mark_paid(order, by=SYSTEM, notify=False)
    tell()
    assert (states(), writes()[0].trouble) == ([("paid", "waiting")], Trouble.NO_RIGHT)

    there.rights["order_histories"].add("POST")
    there.fail_next(status(503), method="POST")
    tell()
    tell()
    assert (states(), row["current_state"]) == ([("paid", "told")], "2")


def test_a_code_that_prestashop_does_not_take_is_a_refusal(there: simulated.PrestaShop) -> None:
    row, order = bring_in(there, paid=True)
    mark_sent(order, by=SYSTEM, tracking_code="6A<1>", notify=False)
    tell()

    assert (states(), codes(there, row), row["current_state"]) == ([("sent", "refused")], [""], "2")
