"""The recipe for an action: one function with its declaration, and order page, API and rights page have it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.actions import ACTIONS, AnyAction, Input, action
from app.actions.memos import write_memo
from app.admin_views.dashboard.offered_actions import offered_actions
from app.admin_views.rights_list import rights
from app.extensions import db
from app.history import Actor
from app.models import Invoice, Memo, Order
from tests.clients import sign_in
from tests.databases import Sqlite
from tests.factories import placed_order


def praise_order(order: Order, *, by: Actor, text: str) -> Memo:
    """Say something kind about the order."""
    return write_memo(order, by=by, text=text)


def praise_invoice(invoice: Invoice, *, by: Actor) -> Memo:
    """Say something kind about an invoice."""
    return praise_order(invoice.order, by=by, text=f"What a fine {invoice.number}")


@pytest.fixture
def praising(tmp_path: Path) -> Iterator[Flask]:
    """The application with two actions more."""
    declared: list[AnyAction] = [
        action(
            title="Praise",
            group="orders",
            icon="star",
            done="Order praised",
            inputs=(Input("text", "What is good about it", required=True),),
        )(praise_order),
        action(title="Praise it", group="invoices", icon="star", done="Invoice praised")(praise_invoice),
    ]
    offered_actions.cache_clear()
    database = Sqlite(tmp_path)
    database.renew()
    yield database.app
    for one in declared:
        ACTIONS.pop(one.name)
    offered_actions.cache_clear()


def test_the_page_of_an_order_has_the_button_and_the_pop_up_of_a_new_action(praising: Flask) -> None:
    number, invoice_id = order_in(praising)
    client = sign_in(praising, "owner")

    page = client.get(f"/admin/order/{number}").text
    assert f'href="/admin/order/{number}/praise_order"' in page
    assert f"/admin/order/{number}/praise_invoice/{invoice_id}" in page

    assert "What is good about it" in client.get(f"/admin/order/{number}/praise_order").text
    assert client.post(f"/admin/order/{number}/praise_order", data={"text": ""}).status_code == 422
    client.post(f"/admin/order/{number}/praise_order", data={"text": "Well packed"})
    client.post(f"/admin/order/{number}/praise_invoice/{invoice_id}")

    page = client.get(f"/admin/order/{number}").text
    assert "Well packed" in page
    assert "What a fine" in page
    assert "Well packed" in client.get(f"/admin/order/{number}?tab=history").text


def test_programs_can_take_a_new_action(praising: Flask) -> None:
    described = praising.test_client().get("/api/openapi.json").json["paths"]

    assert "post" in described["/api/orders/{number}/actions/praise_order"]
    assert "post" in described["/api/invoices/{number}/actions/praise_invoice"]


def test_a_role_can_be_given_a_new_action(praising: Flask) -> None:
    with praising.test_request_context():
        assert ("orders.praise_order", "Praise") in rights()["orders"]
    number, _invoice_id = order_in(praising)

    answer = sign_in(praising, "packer").post(f"/admin/order/{number}/praise_order", data={"text": "x"})
    assert answer.status_code == 403


def order_in(app: Flask) -> tuple[str, int]:
    with app.app_context():
        order = placed_order()
        db.session.commit()
        return order.number, order.invoices[0].id
