"""What a list does not know of its address is said above it, and no row is shown. Of every list that there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import func, select

from app.actions.list_views import save_list_view
from app.actions.returns import create_return
from app.actions.shipments import mark_sent
from app.actions.tasks import add_task
from app.admin_views.base import RecordView
from app.admin_views.orders import OrderList
from app.extensions import db
from app.history import SYSTEM
from app.models import Order, Product
from app.queries import order_list
from tests.clients import Client
from tests.factories import placed_order

SAID = "This list does not know all that its address asks for."


def lists_of(app: Flask) -> Iterator[RecordView]:
    (admin,) = app.extensions["admin"]
    views = (view for view in admin._views if isinstance(view, RecordView))
    yield from (one for one in views if isinstance(one, OrderList) or not has_own_page(one))


def has_own_page(view: RecordView) -> bool:
    """The form of one record, or a page that leads to another."""
    return type(view).index_view is not RecordView.index_view


def rows_on(page: str) -> int:
    return sum(found.count("<tr") for found in re.findall(r"<tbody>.*?</tbody>", page, re.DOTALL))


def unknown_parts(view: RecordView) -> Iterator[tuple[str, str]]:
    """A filter that is gone, one without a name, a part of no list, a tab that is gone, what no filter can be."""
    yield from (("flt0_gone", "1"), ("flt3_99", "1"), ("flt", "1"), ("colour", "<i>red"))
    if view.tab_part:
        yield view.tab_part, "gone"
    if not view._search_supported and view.endpoint != "order":
        yield "search", "mug"
    yield from ((f"flt0_{name}", "no such thing") for name in view._filter_args or ())


def test_what_a_list_does_not_know_of_its_address_is_said_and_nothing_is_shown(
    app: Flask, client: Client, in_app: Any, statements: list[str]
) -> None:
    with in_app():
        order = placed_order()
        mark_sent(order, by=SYSTEM)
        create_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
        add_task(order, by=SYSTEM, description="Call")
        db.session.add(Product(name="Mug"))
    with_rows, faults = set(), []
    for view in lists_of(app):
        usual = client.get(f"{view.url}/")
        if rows_on(usual.text):
            with_rows.add(view.endpoint)
        assert SAID not in usual.text
        for name, value in unknown_parts(view):
            page = client.get(f"{view.url}/?{urlencode({name: value})}").text
            if SAID not in page or rows_on(page) or escape(value) not in page:
                faults.append(f"{view.url}/?{name}={value}")
    if SAID not in client.get("/admin/bank/?state=gone").text:  # a list of its own making
        faults.append("/admin/bank/?state=gone")
    assert not faults, "\n".join(faults)
    assert {"order", "invoice", "shipment", "return", "task", "customer", "product", "outbox"} <= with_rows
    assert len(with_rows) > 12, with_rows


def test_all_that_match_of_an_unknown_address_are_none(app: Flask, client: Client, in_app: Any) -> None:
    """For a press on many, a saved view and its count, the page of a record, and an export."""
    with in_app():
        numbers = [placed_order().number for _each in range(2)]
        question = order_list.read_question({"payment": "gone", "country": "NL"})
        assert order_list.matching_numbers(question, "UTC", up_to=9) == []
        assert db.session.scalar(select(order_list.count_of(question, "UTC"))) == 0
        for name, address in (("order", "payment=gone"), ("invoice", "flt0_gone=1"), ("outbox", "flt0_state=gone")):
            save_list_view(name, "Old", address, of=None, by=SYSTEM)
    for name in ("order", "invoice", "outbox"):
        assert set(client.get(f"/admin/list-views/?list={name}").json.values()) == {"0"}
        page = client.get(f"/admin/{name}/").text
        (link,) = re.findall(r'<li><a href="([^"]*)"[^>]*><svg', page) or re.findall(
            r'href="([^"]*(?:gone)[^"]*)"', page
        )
        old = client.get(link.replace("&amp;", "&")).text
        assert SAID in old
        assert "/admin/list-views/save" not in old
        assert "/admin/list-views/delete" in old  # whoever saved it takes it away
    everything = {"all_matching": "1", "action": "mark_paid", "url": "/admin/order/?payment=gone", "step": "do"}
    client.post("/admin/order/bulk", data=everything)
    with in_app():
        assert db.session.scalar(select(func.count()).where(Order.paid > 0)) == 0
    assert "reports/?list" not in client.get("/admin/order/?payment=gone").text
    page = client.get(f"/admin/order/{numbers[0]}?list=/admin/order/?payment=gone").text
    assert " of 2" not in page
