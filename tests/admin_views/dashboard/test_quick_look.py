"""The quick look at an order beside a list: what it says, where it leads, and that it costs little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from app.actions.memos import write_memo
from app.actions.shipments import create_packing_slip
from app.history import SYSTEM
from tests.clients import Client, sign_in
from tests.factories import paid_order


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
