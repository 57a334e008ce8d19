"""Parcels on the order page: Sent and its undoing, the code that is told, and what is short in stock."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.drafts import copy_order
from app.actions.lines import EditedLine, edit_lines
from app.actions.stock import count_stock
from app.documents.packing_slip_page import packing_slip_page, slip_facts
from app.extensions import db
from app.history import SYSTEM
from app.models import OrderLine, OutgoingMail, Product, Shipment
from app.queries import shop
from tests.clients import Client
from tests.factories import paid_order
from tests.looking import words


@pytest.fixture
def order(in_app: Any) -> str:
    with in_app():
        return f"/admin/order/{paid_order(language='en').number}"


def parcels(in_app: Any) -> list[tuple[str, bool, str]]:
    with in_app():
        rows = db.session.scalars(select(Shipment).order_by(Shipment.id))
        return [(one.number, one.sent_at is not None, one.tracking_code) for one in rows]


def mails(in_app: Any) -> list[tuple[str, str]]:
    with in_app():
        kinds = OutgoingMail.kind.in_(["order_sent", "track_and_trace"])
        rows = db.session.scalars(select(OutgoingMail).where(kinds).order_by(OutgoingMail.id))
        return [(mail.kind, mail.state.value) for mail in rows]


def test_rule_1_6_undo_and_the_pop_up_take_sent_back(client: Client, in_app: Any, order: str) -> None:
    client.post(f"{order}/mark_sent", data={"notify": "y", "tracking_code": "3SABC"})
    undo = re.search(rf"{order}/mark_not_sent", client.get(order).text.partition("Order marked as sent")[2])
    assert undo
    client.post(undo[0])
    assert (parcels(in_app), mails(in_app)) == ([("PS00001", False, "3SABC")], [("track_and_trace", "withdrawn")])

    client.post(f"{order}/send_shipment/1", data={"tracking_code": "3SABC"})
    pop_up = client.get(f"{order}/change_tracking/1").text
    assert f'action="{order}/set_shipment_not_sent/1"' in pop_up
    client.post(f"{order}/set_shipment_not_sent/1")

    assert parcels(in_app) == [("PS00001", False, "3SABC")]
    assert "Not sent: packing slip PS00001 is open again" in client.get(f"{order}?tab=history").text
    assert "set_shipment_not_sent" not in client.get(f"{order}/send_shipment/1").text


def test_rule_1_8_the_tick_is_off_for_a_code_that_the_customer_has(client: Client, in_app: Any, order: str) -> None:
    client.post(f"{order}/mark_sent", data={"notify": "y", "tracking_code": "3SABC"})
    assert "still waits" in client.get(f"{order}/change_tracking/1").text
    with in_app():
        db.session.execute(OutgoingMail.__table__.update().values(state="sent"))

    pop_up = client.get(f"{order}/change_tracking/1").text
    assert 'data-told="3SABC"><' in pop_up
    assert re.search(r"Told on .*: 3SABC\.", words(pop_up))
    client.post(f"{order}/change_tracking/1", data={"tracking_code": "3SNEW"})
    assert 'data-told="3SABC" checked><' in client.get(f"{order}/change_tracking/1").text

    client.post(f"{order}/change_tracking/1", data={"tracking_code": "3SNEW", "notify": "y"})
    assert mails(in_app) == [("track_and_trace", "sent"), ("track_and_trace", "queued")]


@pytest.mark.parametrize("code", ["", "WRONG"])
def test_rule_1_8_a_mail_that_waits_and_gets_another_code_is_not_said_to_be_withdrawn(
    client: Client, order: str, code: str
) -> None:
    client.post(f"{order}/mark_sent", data={"notify": "y", "tracking_code": code})

    said = client.get(client.post(f"{order}/change_tracking/1", data={"tracking_code": "RIGHT"}).location).text

    assert "Track &amp; Trace code saved. The mail to femke@example.org was written anew." in said
    assert "was withdrawn" not in said.partition("toast")[2].partition("</")[0]


def test_rule_1_11_pages_say_what_is_short(client: Client, in_app: Any) -> None:
    with in_app():
        db.session.add(mug := Product(sku="BW-1", name="Bowl", price=Decimal(10), stock=Decimal(8)))
        db.session.flush()
        count_stock(mug, mug.stock, by=SYSTEM)
        draft = copy_order(paid_order(language="en"), by=SYSTEM)
        lines = [EditedLine("Bowl", Decimal(n), Decimal(10), rate=Decimal(21), product_id=mug.id) for n in (20, 30)]
        edit_lines(draft, by=SYSTEM, lines=lines)
        page = f"/admin/order/{draft.number}"
    said = "Bowl (BW-1): 50 ordered, 8 in stock: 42 short."
    assert words(client.get(page).text).count("42 short") == 3  # in all, and at each line
    for path in (page, f"{page}/place_draft", f"{page}/edit_lines"):
        assert said in words(client.get(path).text), path

    client.post(f"{page}/place_draft")

    placed = client.get(page, follow_redirects=True)
    said = "Bowl (BW-1): 50 to go with this order, but 42 more are sold than there are in stock."
    number = placed.request.path
    for path in (number, f"{number}?tab=products", f"{number}/create_packing_slip"):
        assert said in words(client.get(path).text), path


def test_rule_1_7_every_page_says_that_a_parcel_is_lost(client: Client, in_app: Any, order: str) -> None:
    client.post(f"{order}/mark_sent", data={"tracking_code": "3SLOST"})
    assert f'href="{order}/mark_lost/1"' in client.get(f"{order}/change_tracking/1").text
    with in_app():
        line_id = db.session.scalars(select(OrderLine.id).order_by(OrderLine.id)).all()[0]

    client.post(f"{order}/mark_lost/1", data={f"quantities-{line_id}": "2"})
    assert "2 lost" in words(client.get(f"{order}/change_tracking/1").text)
    for path in (order, f"{order}?tab=shipments", "/admin/shipment/"):
        assert "Partly lost" in client.get(path).text, path
    client.post(f"{order}/mark_not_lost/1")
    client.post(f"{order}/mark_lost/1", data={f"quantities-{line_id}": "3"})
    client.post(f"{order}/mark_sent", data={"tracking_code": "3SNEW"})

    for path in (order, f"{order}?tab=shipments", f"{order}/change_tracking/2"):
        assert "replaces PS00001" in words(client.get(path).text), path
    history = words(client.get(f"{order}?tab=history").text)
    assert "Lost with PS00001, to be sent again: 3 × Stoneware mug" in history
    with in_app():
        packing_slip = words_of_slip(2)
    assert "Replaces PS00001" in packing_slip


def words_of_slip(shipment_id: int) -> str:
    shipment = db.session.get_one(Shipment, shipment_id)
    return words(packing_slip_page(slip_facts(shipment, shop(), {}, "en"), "en"))
