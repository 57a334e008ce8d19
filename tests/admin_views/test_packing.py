"""The packing table: what is fetched, in the order of the shelves, and one parcel after the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

import app.admin_views.orders
import app.admin_views.packing
import app.queries.packing
from app.actions.payments import mark_paid
from app.actions.shipments import create_packing_slip, send_shipment
from app.actions.suspending import suspend
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.models import Order, OutgoingMail, Product, Shipment
from app.queries.packing import Pick, as_walked, pick_list, slip_after, slip_meant, slips_to_pack
from tests.clients import Client
from tests.documents.printed_text import lines_of
from tests.factories import paid_order, placed_order
from tests.forms import forms_in


@pytest.fixture
def slips(in_app: Callable[[], Any]) -> list[str]:
    """Three parcels to pack: all of one order, and another in two parts; beside them what is not to be packed."""
    with in_app():
        db.session.add_all([Product(name="Mug", sku="MUG-30", location="A-10"), Product(name="Pot", sku="POT-1")])
        db.session.flush()
        whole, parts, sent, held, unpaid = (*(paid_order() for _each in range(4)), placed_order())
        create_packing_slip(whole, by=SYSTEM)
        mugs, pot, _cost = parts.lines
        create_packing_slip(parts, by=SYSTEM, quantities={mugs.id: Decimal(2)})
        create_packing_slip(parts, by=SYSTEM, quantities={pot.id: Decimal(1)})
        send_shipment(create_packing_slip(sent, by=SYSTEM), by=SYSTEM, notify=False)
        create_packing_slip(held, by=SYSTEM)
        suspend(held, by=SYSTEM, reason="Wait")
        create_packing_slip(unpaid, by=SYSTEM)
        return ["PS00001", "PS00002", "PS00003"]


def test_what_is_fetched_is_added_up_in_the_order_of_the_shelves(in_app: Callable[[], Any], slips: list[str]) -> None:
    with in_app():
        db.session.execute(update(Product).where(Product.sku == "POT-1").values(location="A-9"))
        found = slips_to_pack(10)
        picks = pick_list(found)

        assert [one.number for one in found] == slips
        assert [one.number for one in slips_to_pack(2)] == slips[:2]
        assert [(one.location, one.sku, one.quantity) for one in picks] == [("A-9", "POT-1", 2), ("A-10", "MUG-30", 5)]
        assert picks[1].parcels == {"PS00001": 3, "PS00002": 2}
        assert [slip_after(one) for one in ("PS00001", "PS00003", "PS9")] == ["PS00002", "PS00001", "PS00001"]

    places = ["A-2", "A-10", "a-11", "B-1", "10", ""]
    walked = sorted(places, key=lambda place: (not place, as_walked(place)))
    assert walked == ["10", "A-2", "A-10", "a-11", "B-1", ""]
    assert Pick("", "Mug", "", "").parcels == {}


def test_a_parcel_is_packed_in_the_order_of_the_shelves(
    client: Client, in_app: Callable[[], Any], slips: list[str]
) -> None:
    with in_app():
        for sku, place in (("MUG-30", "A-10"), ("POT-1", "A-2")):
            db.session.execute(update(Product).where(Product.sku == sku).values(location=place))
    assert re.findall(r'data-sku="([^"]*)"', client.get("/admin/packing/PS00001").text) == ["POT-1", "MUG-30"]
    with in_app():
        db.session.execute(update(Product).where(Product.sku == "POT-1").values(location=""))
    assert re.findall(r'data-sku="([^"]*)"', client.get("/admin/packing/PS00001").text) == ["MUG-30", "POT-1"]


def test_a_count_that_stopped_says_that_there_are_more(
    client: Client, in_app: Callable[[], Any], slips: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.queries.packing, "MOST_COUNTED", 2)
    monkeypatch.setattr(app.admin_views.packing, "MOST_COUNTED", 2)
    monkeypatch.setattr(app.admin_views.packing, "MOST_MADE", 1)
    monkeypatch.setattr(app.admin_views.packing, "USUAL", 1)
    monkeypatch.setattr(app.admin_views.packing, "PARCELS", (1,))
    with in_app():
        paid_order()
    assert "have no packing slip yet: 1." in client.get("/admin/packing/").text
    with in_app():
        paid_order()

    page = client.get("/admin/packing/").text
    assert "The 1 oldest of 2+." in page
    assert "have no packing slip yet: 1+." in page
    assert "makes those of the 1 oldest." in page


def test_a_number_that_is_scanned_opens_its_parcel(client: Client, in_app: Callable[[], Any], slips: list[str]) -> None:
    with in_app():
        numbers = dict(db.session.execute(select(Shipment.number, Order.number).join(Shipment.order)).all())
        meant = {number: slip_meant(order) for number, order in numbers.items()}
        assert meant["PS00002"] == meant["PS00003"] == "PS00002"  # the oldest that lies open
        assert slip_meant("ps00003") == "PS00003"
        assert slip_meant("PS") == slip_meant("%") == ""

    assert client.get("/admin/packing/?scan=+ps00003+").location == "/admin/packing/PS00003"
    page = client.get("/admin/packing/?scan=<b>4711</b>").text
    assert "has the number &lt;b&gt;4711&lt;/b&gt;." in page
    for nobodys in ("PS9", "a%00b"):
        assert client.get(f"/admin/packing/{nobodys}").status_code == 404


def test_slips_are_made_for_all_that_can_go_and_have_none(client: Client, in_app: Callable[[], Any]) -> None:
    with in_app():
        ready, part, unpaid = paid_order(), paid_order(), placed_order()
        create_packing_slip(part, by=SYSTEM, quantities={part.lines[0].id: Decimal(1)})
        numbers = ready.number, part.number, unpaid.number

    assert "have no packing slip yet: 1." in client.get("/admin/packing/").text
    for _twice in range(2):
        assert client.post("/admin/packing/make").location == "/admin/packing/"

    with in_app():
        count = {order.number: len(order.shipments) for order in db.session.scalars(select(Order))}
        assert [count[number] for number in numbers] == [1, 1, 0]
    said = client.get("/admin/packing/").text
    assert "Create packing slip: 1 order changed." in said
    assert "Every order that can go has its packing slip." in said


def test_more_parcels_take_no_more_statements(
    client: Client, in_app: Callable[[], Any], slips: list[str], statements: list[str]
) -> None:
    counts = []
    for _more in range(2):
        for path in ("/admin/packing/", "/admin/packing/PS00001"):
            statements.clear()
            client.get(path)
            counts.append(len(statements))
        with in_app():
            for _each in range(5):
                create_packing_slip(paid_order(), by=SYSTEM)
    assert counts == [7, 8] * 2


def test_sent_leads_to_the_next_parcel_and_a_refusal_stays(
    client: Client, in_app: Callable[[], Any], slips: list[str]
) -> None:
    page = client.get("/admin/packing/PS00001").text
    form = next(one for one in forms_in(page) if one.action.endswith("/sent"))
    fields = {**form.fields, "tracking_code": "3SABC"}
    assert client.post("/admin/packing/PS00001/sent", data=fields).location == "/admin/packing/next?after=PS00001"
    assert client.get("/admin/packing/next?after=PS00001").location == "/admin/packing/PS00002"

    again = client.post("/admin/packing/PS00001/sent", data={"in_dialog": "1", "tracking_code": "other"})
    assert again.status_code == 422
    assert "This packing slip is sent." in again.text
    long = client.post("/admin/packing/PS00002/sent", data={"in_dialog": "1", "tracking_code": "3" * 300})
    assert (long.status_code, "3" * 300 in long.text) == (422, True)

    with in_app():
        sent = db.session.scalars(select(Shipment).where(Shipment.number == "PS00001")).one()
        assert (sent.tracking_code, sent.order.shipments[0].sent_at is not None) == ("3SABC", True)
        assert "track_and_trace" in db.session.scalars(select(OutgoingMail.kind)).all()


def test_a_parcel_says_what_there_is_to_think_of(client: Client, in_app: Callable[[], Any]) -> None:
    with in_app():
        order = placed_order(customer_note="Leave it at the <door>")
        create_packing_slip(order, by=SYSTEM)
    page = client.get("/admin/packing/PS00001").text

    assert "Leave it at the &lt;door&gt;" in page
    assert "Not paid yet" in page
    assert re.search(r'data-sku="MUG-30" data-quantity="3"', page)
    with in_app():
        mark_paid(db.session.scalars(select(Order)).one(), by=SYSTEM, notify=False)
    assert "Not paid yet" not in client.get("/admin/packing/PS00001").text


def test_who_may_not_send_only_sees_what_is_packed(
    signed_in_as: Callable[[str], Client], in_app: Callable[[], Any]
) -> None:
    with in_app():
        create_packing_slip(paid_order(), by=SYSTEM)
        paid_order()
    reader = signed_in_as("reader")

    assert "Create packing slips" not in reader.get("/admin/packing/").text
    assert 'action="/admin/packing/PS00001/sent"' not in reader.get("/admin/packing/PS00001").text
    assert [reader.post(f"/admin/packing/{one}").status_code for one in ("make", "PS00001/sent", "PS9/sent")] == [
        403
    ] * 3


def test_the_pick_list_is_printed_for_as_many_parcels_as_are_shown(
    client: Client, in_app: Callable[[], Any], slips: list[str]
) -> None:
    page = client.get("/admin/packing/?parcels=5").text
    assert 'href="/admin/packing/pick-list.pdf?parcels=5"' in page

    drawn = client.get("/admin/packing/pick-list.pdf?parcels=5")

    assert (drawn.mimetype, drawn.data[:4]) == ("application/pdf", b"%PDF")
    with in_app():
        for slip in db.session.scalars(select(Shipment).where(Shipment.sent_at.is_(None))):
            slip.sent_at = now()
        db.session.commit()
    assert client.get("/admin/packing/pick-list.pdf").status_code == 404


# --- of the rows that are ticked in the lists of orders and of shipments ---------------------------------------------


def order_numbers(in_app: Callable[[], Any]) -> list[str]:
    with in_app():
        return list(db.session.scalars(select(Order.number).order_by(Order.id)))


def test_the_pick_list_of_ticked_orders_has_their_parcels_alone(
    client: Client, in_app: Callable[[], Any], slips: list[str]
) -> None:
    whole, parts, sent, _held, _unpaid = order_numbers(in_app)
    assert 'value="print_pick_list"' in client.get("/admin/order/").text
    pick = {"action": "print_pick_list"}

    of_one = client.post("/admin/order/bulk", data=pick | {"rowid": parts})
    of_two = client.post("/admin/order/bulk", data=pick | {"rowid": [whole, parts]})

    assert [one.mimetype for one in (of_one, of_two)] == ["application/pdf"] * 2
    assert (said_by(of_one.data, "PS00001"), said_by(of_one.data, "PS00002")) == (False, True)
    assert said_by(of_two.data, "PS00001")
    before = client.post("/admin/order/bulk", data=pick | {"all_matching": "1", "url": "/admin/order/?view=to_ship"})
    assert said_by(before.data, "PS00003")
    named = client.post("/admin/order/bulk", data=pick | {"rowid": [whole, sent]})
    assert "It has no packing slip that waits to be packed." in named.text
    assert "Print 1 order" in named.text


def test_the_pick_list_of_ticked_shipments(client: Client, in_app: Callable[[], Any], slips: list[str]) -> None:
    pick = {"action": "print_pick_list"}
    with in_app():
        ids = list(db.session.scalars(select(Shipment.id).order_by(Shipment.id)))

    of_one = client.post("/admin/shipment/action/", data=pick | {"rowid": ids[1]})

    assert said_by(of_one.data, "PS00002")
    assert not said_by(of_one.data, "PS00001")
    for wrong in ({}, {"rowid": "x"}, {"rowid": ids[3]}, {"rowid": [str(one) for one in range(1, 102)]}):
        assert client.post("/admin/shipment/action/", data=pick | wrong).status_code == 303
    assert client.post("/admin/invoice/action/", data=pick | {"rowid": "1"}).status_code == 403


def test_more_orders_than_are_printed_at_once_are_refused(
    client: Client, in_app: Callable[[], Any], slips: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.admin_views.orders, "ROWS_PRINTED", 2)
    pick = {"action": "print_pick_list", "rowid": order_numbers(in_app)[:2]}
    assert client.post("/admin/order/bulk", data=pick).mimetype == "application/pdf"
    monkeypatch.setattr(app.admin_views.orders, "ROWS_PRINTED", 1)

    refused = client.post("/admin/order/bulk", data={"action": "print_pick_list", "rowid": order_numbers(in_app)[:2]})

    assert refused.status_code == 303
    assert "at once. Tick fewer." in client.get("/admin/order/").text


def said_by(pdf: bytes, text: str) -> bool:
    return any(text in line for line in lines_of(pdf))
