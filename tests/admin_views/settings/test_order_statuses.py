"""Custom statuses on screen: the settings' page of them, the drop-down of an order, the list and its filter."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import CustomStatus, Order
from tests.clients import Client
from tests.factories import paid_order, placed_order


@pytest.fixture
def gift_wrap(in_app: Any) -> int:
    with in_app():
        status = CustomStatus(title="Gift <wrap>", colour="purple")
        db.session.add(status)
        db.session.flush()
        return status.id


def test_a_status_is_made_and_changed_in_the_settings(client: Client, in_app: Any) -> None:
    given = {"title": "Gift wrap", "colour": "purple", "position": "2", "is_active": "y"}
    assert client.post("/admin/order-status/new/", data=given).status_code == 302

    page = client.get("/admin/order-status/").text
    assert re.search(r'tag tag-purple">.*?Gift wrap', page)
    client.post("/admin/order-status/edit/?id=1", data={**given, "seen_version": "1", "colour": "green"})

    with in_app():
        (status,) = db.session.scalars(select(CustomStatus))
        assert (status.title, status.colour, status.position, status.is_active) == ("Gift wrap", "green", 2, True)


@pytest.mark.parametrize(("field", "value"), [("title", ""), ("colour", "pink"), ("position", "-1")])
def test_a_status_that_makes_no_sense_is_refused(client: Client, in_app: Any, field: str, value: str) -> None:
    given = {"title": "Gift wrap", "colour": "purple", "position": "2", "is_active": "y", field: value}

    assert client.post("/admin/order-status/new/", data=given).status_code == 200

    with in_app():
        assert db.session.scalars(select(CustomStatus)).all() == []


def test_only_who_may_opens_and_changes_them(signed_in_as: Any) -> None:
    office = signed_in_as("office")

    assert office.get("/admin/order-status/").status_code == 403
    assert office.post("/admin/order-status/new/", data={"title": "Mine"}).status_code == 403


def test_the_drop_down_is_hidden_until_there_is_one(client: Client, in_app: Any) -> None:
    with in_app():
        number = placed_order().number

    assert 'id="custom-status"' not in client.get(f"/admin/order/{number}").text


def test_a_custom_status_replaces_the_label_and_stays_filterable(client: Client, in_app: Any, gift_wrap: int) -> None:
    with in_app():
        number, other = paid_order().number, paid_order().number

    client.post(f"/admin/order/{number}/set_custom_status", data={"status": str(gift_wrap)})

    page = client.get(f"/admin/order/{number}").text
    assert re.search(r'tag tag-purple"[^>]*>.*?Gift &lt;wrap&gt;', page)
    assert "Underneath: Awaiting shipment" in page
    listed = client.get("/admin/order/").text
    assert re.search(r'tag tag-purple">.*?Gift &lt;wrap&gt;', listed)
    for query, expected in (
        (f"custom={gift_wrap}", [number]),
        ("status=awaiting_shipment", [other, number]),
        ("custom=99", []),
        ("custom=x", []),  # which is said
    ):
        shown = re.findall(r'class="row-link" href="/admin/order/(\w+)["?]', client.get(f"/admin/order/?{query}").text)
        assert shown == expected, query
    customer = client.get("/admin/customer/details/?id=1").text
    assert "Gift &lt;wrap&gt;" in customer
    client.post(f"/admin/order/{number}/set_custom_status", data={"status": "None"})
    assert "Underneath:" not in client.get(f"/admin/order/{number}").text


def test_many_get_a_custom_status_at_once(client: Client, in_app: Any, gift_wrap: int) -> None:
    with in_app():
        numbers = [placed_order().number for _ in range(2)]

    chosen = {"action": "set_custom_status", "rowid": numbers}
    assert "Gift &lt;wrap&gt;" in client.post("/admin/order/bulk", data=chosen).text
    client.post("/admin/order/bulk", data={**chosen, "step": "do", "status": str(gift_wrap)})

    with in_app():
        assert set(db.session.scalars(select(Order.custom_status_id))) == {gift_wrap}
