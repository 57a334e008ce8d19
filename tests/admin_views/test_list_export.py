"""What lists show is taken out: the columns that somebody sees, of what matches or is ticked, by whoever may."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.actions.shipments import mark_sent
from app.actions.tasks import add_task
from app.admin_views import list_export
from app.admin_views.base import RecordView
from app.extensions import db
from app.history import SYSTEM, Happened
from app.models import Customer, History, Product
from tests.clients import Client
from tests.factories import placed_order

LISTS = {"invoice", "shipment", "return", "ticket", "task", "customer", "product", "outbox"}


def as_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.each_database
def test_what_a_list_shows_is_taken_out(
    app: Flask,
    client: Client,
    in_app: Any,
    signed_in_as: Callable[[str], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(list_export, "READ_TOGETHER", 2)
    with in_app():
        for name, price, stock in (("Mug", "12.5", 3), ("=1+2", "0.125", 0), ("Pot", "7", 4), ("Cup", "3", 5)):
            db.session.add(Product(name=name, sku=name, price=Decimal(price), stock=Decimal(stock)))
        db.session.add(Product(name="Old", price=Decimal(1), is_active=False))
        db.session.add(Customer(name="Ada", language="fr", created_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC)))
        order = placed_order()
        mark_sent(order, by=SYSTEM)
        add_task(order, by=SYSTEM, description="Call " + "often " * 40)

    def taken(query: str) -> list[list[str]]:
        answer = client.get(f"/admin/{query}", buffered=True)
        assert answer.status_code == 200, (query, answer.location)
        return as_rows(answer.data)

    header, *rows = taken("product/export/csv/?state=for_sale")
    assert header[:4] == ["Name", "SKU", "Price", "VAT rate (%)"] or header[:3] == ["Name", "SKU", "Price"]
    assert [row[:3] for row in rows] == [
        ["Mug", "Mug", "12,5"], ["'=1+2", "'=1+2", "0,125"], ["Pot", "Pot", "7"], ["Cup", "Cup", "3"],
    ]  # fmt: skip
    assert [row[0] for row in taken("product/export/csv/?flt0_price_from=3&flt1_price_to=7")[1:]] == ["Pot", "Cup"]
    assert [row[0] for row in taken("product/export/csv/?search=mug")[1:]] == ["Mug"]
    ticked = client.post(
        "/admin/product/action/", data={"action": "export_csv", "rowid": ["2", "4", "x"]}, buffered=True
    )
    assert [row[0] for row in as_rows(ticked.data)[1:]] == ["'=1+2", "Cup"]
    nothing = client.post("/admin/product/action/", data={"action": "export_csv", "url": "/admin/product/?page=0"})
    assert (nothing.status_code, nothing.location) == (303, "/admin/product/?page=0")

    assert [row[-1] for row in taken("customer/export/csv/?flt0_language=fr")[1:]] == ["2026-03-02 00:30:00"]
    (invoice,) = taken("invoice/export/csv/")[1:]
    assert (invoice[5], invoice[-1], "<" in "".join(invoice)) == ("67,75", "EUR", False)
    assert taken("task/export/csv/")[1][0].count("often") == 40
    client.post("/admin/list-views/look", data={"list": "product", "columns": ["stock"], "rows": "25"})
    assert taken("product/export/csv/")[0] == ["Name", "Stock"]
    sheet = client.get("/admin/product/export/xlsx/", buffered=True)
    with zipfile.ZipFile(io.BytesIO(sheet.data)) as book:
        cells = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<t>=1+2</t>" in cells
    assert "<f>" not in cells

    unread = client.get("/admin/product/export/csv/?flt0_price_from=much")
    assert (unread.status_code, unread.location) == (303, "/admin/product/?flt0_price_from=much")
    with in_app():
        noted = db.session.scalar(select(func.count(History.id)).where(History.what == Happened.DATA_EXPORTED))
    assert noted == 9

    office = signed_in_as("office")
    assert 'href="/admin/product/export/csv/?state=low"' in client.get("/admin/product/?state=low").text
    views = [view for view in app.extensions["admin"][0]._views if isinstance(view, RecordView)]
    assert {view.endpoint for view in views if view.export_right} == LISTS
    for view in views:
        for kind in ("csv", "xlsx", "html"):
            allowed = view.export_right and kind != "html"
            assert client.get(f"{view.url}/export/{kind}/").status_code == (200 if allowed else 404), (view.url, kind)
        if view.export_right:
            here = 'value="export_csv"'
            assert (here in client.get(f"{view.url}/").text, here in office.get(f"{view.url}/").text) == (True, False)
            assert office.get(f"{view.url}/export/csv/").status_code == 403
            form = {"action": "export_csv", "rowid": "1"}
            assert office.post(f"{view.url}/action/", data=form).status_code == 403
