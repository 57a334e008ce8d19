"""From one record to the next through the list that somebody came from."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest

from app.extensions import db
from app.intake_readers.new_order import NewCustomer
from app.models import Customer, Ticket
from app.queries import counting, neighbours, order_list
from tests.clients import Client
from tests.factories import address, placed_order

ROW = re.compile(r'<tr data-href="([^"]+)"')
STEP = re.compile(r'rel="(prev|next)" href="([^"]+)"')
PLACE = re.compile(r'neighbours-place">([^<]+)<')


def rows_of(client: Client, address: str) -> list[str]:
    return [unescape(href) for href in ROW.findall(client.get(address).text)]


def walk(client: Client, href: str, way: str = "next") -> list[tuple[str, str]]:
    """(page, how many-th) of each record from this one on."""
    seen: list[tuple[str, str]] = []
    while href:
        page = client.get(href)
        assert page.status_code == 200
        place = PLACE.search(page.text)
        seen.append((unquote(href), place[1] if place else ""))
        href = unescape(dict(STEP.findall(page.text)).get(way, ""))
        assert len(seen) < 20
    return seen


@pytest.fixture
def shop_with_rows(in_app: Any) -> None:
    with in_app():
        for count, name in enumerate(["Zoe", "Anna", "Bert", "Anna", "Cleo"]):
            customer = NewCustomer(external_id=str(count), name=name, email=f"{name}{count}@example.org")
            order = placed_order(customer=customer, billing=address(name=name))
            order.total = Decimal(10 + count % 3)
            db.session.add(Ticket(order=order, subject=f"Where? {count}", name=name, email="", language="en"))


@pytest.mark.each_database
@pytest.mark.parametrize(
    "address",
    [
        "/admin/order/", "/admin/order/?sort=customer_name&desc=0", "/admin/order/?search=anna",
        "/admin/order/?payment=not_paid&sort=total&desc=1", "/admin/order/?view=unpaid&sort=number&desc=0",
        "/admin/customer/", "/admin/customer/?sort=0&desc=1", "/admin/customer/?search=anna", "/admin/ticket/",
    ],
)  # fmt: skip
def test_next_leads_through_the_list_as_it_was_left_and_says_how_many_th_it_is(
    client: Client, shop_with_rows: None, address: str
) -> None:
    rows = rows_of(client, address)

    down, up = walk(client, rows[0]), walk(client, rows[-1], "prev")

    assert len(rows) > 1
    assert [href for href, _place in down] == [*map(unquote, rows)]
    assert [place for _href, place in down] == [f"{at} of {len(rows)}" for at in range(1, len(rows) + 1)]
    assert up == down[::-1]


def test_what_left_the_list_still_leads_on_and_is_no_th_of_it(client: Client, in_app: Any) -> None:
    with in_app():
        for _ in range(3):
            placed_order()
    rows = rows_of(client, "/admin/order/?view=unpaid")
    client.post(f"{rows[1].partition('?')[0]}/mark_paid?{rows[1].partition('?')[2]}")

    seen = walk(client, rows[0])
    paid = walk(client, rows[1])

    assert [href for href, _place in seen] == [unquote(rows[0]), unquote(rows[2])]
    assert [place for _href, place in paid] == ["", "2 of 2"]


def test_an_action_keeps_the_list(client: Client, in_app: Any) -> None:
    with in_app():
        placed_order()
    (row,) = rows_of(client, "/admin/order/?view=unpaid")
    page = client.get(row).text
    action = unescape(re.findall(r'href="([^"]+/mark_paid[^"]*)"', page)[0])

    answer = client.post(action)

    assert answer.status_code == 303
    assert unquote(answer.headers["Location"]) == unquote(row)


def test_no_th_is_said_beyond_what_is_counted(
    client: Client, shop_with_rows: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (counting, neighbours, order_list):
        monkeypatch.setattr(module, "COUNT_CAP", 2)

    places = [place for _href, place in walk(client, rows_of(client, "/admin/order/?sort=total&desc=0")[0])]

    assert places == ["1 of 2+", "2 of 2+", "", "", ""]


@pytest.mark.parametrize(
    "address", ["//example.org/", "/admin/customer/", "/admin/order/?sort=sealed&a=x", "http://[", ""]
)
def test_an_address_that_is_no_list_of_orders_is_as_if_there_were_none(
    client: Client, in_app: Any, address: str
) -> None:
    with in_app():
        numbers = [placed_order().number for _ in range(2)]

    page = client.get(f"/admin/order/{numbers[0]}", query_string={"list": address}).text

    assert "2 of 2" in page
    assert f"/admin/order/{numbers[1]}" in page


def test_a_customer_opened_from_elsewhere_has_no_neighbours(client: Client, shop_with_rows: None, in_app: Any) -> None:
    with in_app():
        customer = db.session.query(Customer).first().id

    assert "neighbours" not in client.get(f"/admin/customer/details/?id={customer}").text
