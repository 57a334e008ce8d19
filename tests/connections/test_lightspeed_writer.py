"""A Lightspeed eCom shop is told what is done here: once, never of a part, and always whether to mail the customer."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.cancelling import cancel_order
from app.actions.goods import withdraw_slip
from app.actions.messages import notify_customer
from app.actions.payments import mark_paid
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.tracking import change_tracking
from app.connections.lightspeed import Lightspeed
from app.extensions import db
from app.history import SYSTEM
from app.models import History, Mailer, Order, OutgoingMail, ShopWrite, Telling, Trouble
from tests.connections.reading import connect, look
from tests.connections.telling import states, tell, writes
from tests.simulators.lightspeed import LightspeedShop
from tests.simulators.lightspeed.shapes import Shape
from tests.simulators.serving import Answer, Fault, Way, answer_lost, status

pytestmark = pytest.mark.usefixtures("database")

ON = dict.fromkeys(("tell_sent", "tell_paid", "tell_cancelled", "tell_notes"), Telling.ON)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[LightspeedShop]:
    monkeypatch.setattr(Lightspeed, "takes_http", True)
    with LightspeedShop() as made:
        yield made


def bring_in(shop: LightspeedShop, *, quantity: int = 1, mailer: Mailer = Mailer.US) -> tuple[Shape, Order]:
    """An order there, unpaid, and what it is here; its shop is told of everything that it can be told of."""
    secrets = {"api_key": shop.key, "api_secret": shop.secret, "language": shop.language}
    connect("lightspeed", shop.url, secrets, mailer=mailer, **ON)
    there = shop.add_order(quantity=quantity)
    look()
    return there, db.session.scalars(select(Order)).one()


def shipment_of(shop: LightspeedShop, order: Shape) -> Shape:
    (one,) = shop.parts_of(order, "shipments")
    return one


def changes(shop: LightspeedShop) -> list[Any]:
    return [one.json for one in shop.requests if one.method == "PUT"]


def send(order: Order, code: str = "3SABC") -> None:
    mark_sent(order, by=SYSTEM, notify=False, tracking_code=code)


@pytest.mark.parametrize(("mailer", "mails"), [(Mailer.US, []), (Mailer.SHOP, ["paid", "shipped"])])
def test_paid_and_sent_are_told_and_who_mails_is_always_said(
    shop: LightspeedShop, mailer: Mailer, mails: list[str]
) -> None:
    there, order = bring_in(shop, mailer=mailer)
    mark_paid(order, by=SYSTEM, notify=False)
    tell()
    assert (there["paymentStatus"], there["status"]) == ("paid", "processing_awaiting_shipment")
    send(order)
    tell()

    parcel = shipment_of(shop, there)
    assert (parcel["status"], parcel["trackingCode"], there["status"]) == ("shipped", "3SABC", "completed_shipped")
    assert (states(), [one.split()[0] for one in shop.mails]) == ([("paid", "told"), ("sent", "told")], mails)


@pytest.mark.parametrize("to", ["/invoices/", "/shipments/"])
def test_a_lost_answer_doubles_nothing(shop: LightspeedShop, to: str) -> None:
    there, order = bring_in(shop, mailer=Mailer.SHOP)
    shop.fail_next(answer_lost(), to=to, method="PUT")
    mark_paid(order, by=SYSTEM, notify=False)
    send(order)
    for _try in range(3):
        tell()

    assert (there["status"], states()) == ("completed_shipped", [("paid", "told"), ("sent", "told")])
    assert len(shop.mails) == len(set(shop.mails)) == 2
    assert len(changes(shop)) == 2


def test_our_own_echo_changes_nothing(shop: LightspeedShop) -> None:
    _there, order = bring_in(shop)
    mark_paid(order, by=SYSTEM, notify=False)
    send(order)
    tell()
    before = len(db.session.scalars(select(History)).all())

    look(turns=2)

    (kept,) = db.session.scalars(select(Order))
    assert ([one.tracking_code for one in kept.shipments], len(kept.payments)) == (["3SABC"], 1)
    assert len(db.session.scalars(select(History)).all()) == before


def test_a_part_is_not_told_and_the_rest_is(shop: LightspeedShop) -> None:
    there, order = bring_in(shop, quantity=2)
    withdraw_slip(order.shipments[0], by=SYSTEM)
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    send_shipment(slip, by=SYSTEM, notify=False, tracking_code="3SONE")
    tell()
    assert (shipment_of(shop, there)["status"], changes(shop)) == ("not_shipped", [])
    assert (states(), writes()[0].last_error) == (
        [("sent", "refused")],
        "Lightspeed can’t be told that a part was sent.",
    )

    send(order, "3STWO")
    tell()
    assert (shipment_of(shop, there)["status"], shipment_of(shop, there)["trackingCode"]) == ("shipped", "3STWO")


def test_a_second_shipment_that_is_refused_after_the_code_of_the_first_is_heard_of(shop: LightspeedShop) -> None:
    there, order = bring_in(shop)
    withdraw_slip(order.shipments[0], by=SYSTEM)
    second = shop.add_shipment(there)
    send(order)
    shop.fail_next(Fault(Way.INSTEAD, Answer(200, {"shipment": second})), method="PUT", to=f"/{second['id']}")
    tell()

    codes = [(one["status"], one["trackingCode"]) for one in shop.parts_of(there, "shipments")]
    assert (sorted(codes), states()) == ([("not_shipped", ""), ("shipped", "3SABC")], [("sent", "refused")])


def test_a_part_that_is_a_shipment_there_is_told_as_such(shop: LightspeedShop) -> None:
    secrets = {"api_key": shop.key, "api_secret": shop.secret, "language": shop.language}
    connect("lightspeed", shop.url, secrets, **ON)
    there = shop.add_order({"Mug": "12.50", "Plate": "9.99"})
    mugs, plates = shop.lines[there["id"]]
    first, second = shipment_of(shop, there), shop.add_shipment(there)
    shop.pack(first, [mugs])
    shop.pack(second, [plates])
    look()
    order = db.session.scalars(select(Order)).one()
    parcels = {one.external_id: one for one in order.shipments}

    send_shipment(parcels[str(second["id"])], by=SYSTEM, notify=False, tracking_code="3STWO")
    tell()
    assert [(one["status"], one["trackingCode"]) for one in (first, second)] == [
        ("not_shipped", ""),
        ("shipped", "3STWO"),
    ]
    send_shipment(parcels[str(first["id"])], by=SYSTEM, notify=False, tracking_code="3SONE")
    tell()
    assert (first["trackingCode"], second["trackingCode"], states()) == ("3SONE", "3STWO", [("sent", "told")] * 2)


def test_a_corrected_code_replaces_the_one_before(shop: LightspeedShop) -> None:
    there, order = bring_in(shop)
    send(order, "3SWRONG")
    tell()
    change_tracking(order.shipments[0], by=SYSTEM, tracking_code="3SRIGHT", notify=False)
    tell()

    assert (shipment_of(shop, there)["trackingCode"], states()) == ("3SRIGHT", [("sent", "told"), ("sent", "told")])


def test_a_code_that_people_entered_there_is_left(shop: LightspeedShop) -> None:
    there, order = bring_in(shop)
    send(order)
    shop.track(there, "3STHEIRS")
    tell()

    assert shipment_of(shop, there)["trackingCode"] == "3STHEIRS"
    assert [(one.state, one.trouble) for one in writes()] == [("refused", Trouble.OVER_THERE)]


def test_cancelled_is_told(shop: LightspeedShop) -> None:
    there, order = bring_in(shop)
    cancel_order(order, by=SYSTEM, notify=False)
    tell()

    assert (there["status"], states(), shop.mails) == ("cancelled", [("cancelled", "told")], [])
    (told,) = changes(shop)
    assert told["order"] == {
        "status": "cancelled", "doNotifyNew": False, "doNotifyReminder": False, "doNotifyCancelled": False,
    }  # fmt: skip


@pytest.mark.parametrize("what", ["cancelled", "completed"])
def test_what_people_did_there_is_not_undone(shop: LightspeedShop, what: str) -> None:
    there, order = bring_in(shop)
    if what == "cancelled":
        shop.put_order(there, {"status": "cancelled", "doNotifyCancelled": False})
        mark_paid(order, by=SYSTEM, notify=False)
    else:
        shop.pay(there)
        shop.send(there)
        cancel_order(order, by=SYSTEM, notify=False)
    tell()

    assert [(one.state, one.trouble) for one in writes()] == [("refused", Trouble.OVER_THERE)]
    assert changes(shop) == []


def test_an_order_without_an_invoice_is_paid_itself(shop: LightspeedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    there, order = bring_in(shop)
    shop.lists["invoices"].clear()
    monkeypatch.setattr(shop, "put_order", lambda one, stated: shop.change(one, paymentStatus="paid") or "")
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert (there["paymentStatus"], states()) == ("paid", [("paid", "told")])


def test_another_order_of_that_number_is_not_touched(shop: LightspeedShop) -> None:
    there, order = bring_in(shop)
    there["number"] = "ORD99999"
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    assert [(one.state, one.trouble) for one in writes()] == [("refused", Trouble.OTHER_ORDER)]
    assert changes(shop) == []


def test_what_reading_leaves_alone_is_used_and_then_waited_for(shop: LightspeedShop) -> None:
    there, order = bring_in(shop)
    shop.used = [295, 0, 0]
    mark_paid(order, by=SYSTEM, notify=False)
    tell()
    assert (there["paymentStatus"], states()) == ("paid", [("paid", "told")])

    send(order)
    shop.used = [300, 0, 0]
    tell()
    assert states()[-1] == ("sent", "waiting")
    shop.open_windows()
    shop.fail_next(status(503), method="PUT")
    tell()
    tell()
    assert (there["status"], states()[-1]) == ("completed_shipped", ("sent", "told"))


def test_a_right_that_is_missing_is_to_be_mended(shop: LightspeedShop) -> None:
    _there, order = bring_in(shop)
    shop.rights["orders"]["write"] = False
    mark_paid(order, by=SYSTEM, notify=False)
    tell()

    write = db.session.scalars(select(ShopWrite)).one()
    assert (write.state, write.connection.tell_trouble) == ("waiting", Trouble.NO_RIGHT)


def test_a_message_is_noted_below_what_is_there_and_mailed_from_here(shop: LightspeedShop) -> None:
    there, order = bring_in(shop, mailer=Mailer.SHOP)
    shop.change(there, memo="Regular customer")
    shop.fail_next(answer_lost(), method="PUT")
    notify_customer(order, by=SYSTEM, text="It comes on Tuesday.")
    tell()
    tell()

    assert there["memo"] == "Regular customer\nIt comes on Tuesday."
    assert (states(), shop.mails, len(changes(shop))) == ([("note", "told")], [], 1)
    assert len(db.session.scalars(select(OutgoingMail)).all()) == 1
    before = len(db.session.scalars(select(History)).all())
    look()
    assert len(db.session.scalars(select(History)).all()) == before
