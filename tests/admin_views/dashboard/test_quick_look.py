"""The quick look at an order beside a list: what it says, where it leads, and that it costs little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from app.actions.memos import write_memo
from app.actions.shipments import create_packing_slip
from app.admin_views.dashboard import quick_look
from app.history import SYSTEM
from tests.clients import Client, sign_in
from tests.factories import line, paid_order, placed_order


def packed(in_app: Callable[[], Any]) -> str:
    with in_app():
        order = paid_order()
        create_packing_slip(order, by=SYSTEM)
        write_memo(order, by=SYSTEM, text="<b>After five")
        number: str = order.number
        return number


def test_it_says_who_what_how_far_and_what_is_next(client: Client, in_app: Callable[[], Any]) -> None:
    number = packed(in_app)

    page = client.get(f"/admin/order/{number}/look?url=/admin/order/?view=open").text

    for said in ("Femke Jansen", "Stoneware mug", "€67.75", "Paid", "PS00001", "&lt;b&gt;After five", "Sent"):
        assert said in page, said
    assert f'href="/admin/order/{number}?list=/admin/order/?view%3Dopen"' in page
    assert f'href="/admin/order/{number}/look?url=/admin/order/"' in client.get("/admin/order/").text
    assert f"/admin/order/{number}/look?url=" in client.get("/admin/shipment/").text


def test_it_leads_back_into_lists_of_orders_only(client: Client, in_app: Callable[[], Any]) -> None:
    number = packed(in_app)

    page = client.get(f"/admin/order/{number}/look?url=/admin/shipment/").text

    assert f'href="/admin/order/{number}"' in page
    assert "?list=" not in page


def test_of_many_lines_the_first_are_shown_and_the_others_counted(client: Client, in_app: Callable[[], Any]) -> None:
    most = quick_look.LINES_LOOKED_AT
    with in_app():
        lines = [line(f"Vase {at}.", quantity="1", unit_price="1.21") for at in range(1, most + 3)]
        number = placed_order(lines=lines, total=sum(one.total for one in lines)).number

    page = client.get(f"/admin/order/{number}/look").text

    assert (f"Vase {most}." in page, f"Vase {most + 1}." in page) == (True, False)
    assert "2 more lines" in page


def test_it_takes_four_statements(client: Client, in_app: Callable[[], Any], statements: list[str]) -> None:
    number = packed(in_app)
    client.get(f"/admin/order/{number}/look")
    statements.clear()

    client.get(f"/admin/order/{number}/look", headers={"HX-Request": "true", "HX-Target": "dialog-body"})

    # who is there, the own shop, the order, its parts
    assert len(statements) == 4, statements


def test_who_may_only_read_sees_no_step(app: Flask, client: Client, in_app: Callable[[], Any]) -> None:
    number = packed(in_app)

    assert "/mark_sent" in client.get(f"/admin/order/{number}/look").text
    assert "/mark_sent" not in sign_in(app, "reader").get(f"/admin/order/{number}/look").text
    assert client.get("/admin/order/nothing/look").status_code == 404
    assert client.get("/admin/order/%00/look").status_code == 404
    assert 'href="https://evil.example' not in client.get(f"/admin/order/{number}/look?url=https://evil.example/").text
