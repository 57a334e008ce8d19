"""The tabs of the lists: each shows what its count says, and what people expect to find there."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from app import queries
from app.actions.credit_notes import create_credit_note
from app.actions.losing import mark_lost
from app.actions.shipments import create_packing_slip, send_shipment
from app.admin_views.tabbed_list import TabbedList
from app.extensions import db
from app.history import SYSTEM
from app.models import Customer, Product
from tests.clients import Client
from tests.factories import paid_order, placed_order


def first_cells(page: str) -> list[str]:
    return sorted(re.findall(r'class="row-link" href="[^"]*">([^<]*)<', page))


def counts(page: str) -> dict[str, int]:
    found = re.findall(r'<li><a href="[^"]*"[^>]*>([^<]*?)\s*<span class="tab-count">(\d+)</span>', page)
    return {title: int(count) for title, count in found}


@pytest.mark.each_database
def test_each_tab_shows_what_belongs_there_and_its_count(
    app: Flask, client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_app():
        queries.shop().low_stock = 3
        queries.shop().payment_term_days = 0
        placed_order()
        queries.shop().payment_term_days = 30
        open_one, paid = placed_order(), paid_order()
        taken_back, in_part = placed_order(), placed_order()
        create_credit_note(taken_back.invoices[0], by=SYSTEM, everything=True)
        taken_back.invoices[0].paid_at = None  # as where the money of its order is short
        create_credit_note(in_part.invoices[0], by=SYSTEM, quantities={in_part.lines[0].id: Decimal(1)})
        create_packing_slip(paid, by=SYSTEM, quantities={paid.lines[0].id: Decimal(1)})
        lost = create_packing_slip(paid, by=SYSTEM, quantities={paid.lines[0].id: Decimal(1)})
        send_shipment(lost, by=SYSTEM, notify=False)
        mark_lost(lost, by=SYSTEM)
        went = create_packing_slip(paid, by=SYSTEM, quantities={paid.lines[0].id: Decimal(1)})
        send_shipment(went, by=SYSTEM, notify=False)
        for name, stock, more in (
            ("Many", 4, {}), ("Few", 3, {}), ("None", 0, {}), ("Oversold", -2, {}),
            ("To order", 0, {"keeps_stock": False}), ("Old", 0, {"is_active": False}),
        ):  # fmt: skip
            db.session.add(Product(name=name, stock=Decimal(stock), **more))
        db.session.add_all([Customer(name="A", company="Firm"), Customer(name="B", vat_id="NL1"), Customer(name="C")])
        assert open_one.customer_id is not None
        owing = open_one.customer.name
        tomorrow = queries.today() + timedelta(days=1)
    monkeypatch.setattr(queries, "today", lambda: tomorrow)
    expected = {
        "invoice": {
            "open": ["INV00001", "INV00002", "INV00005"], "overdue": ["INV00001"],
            "credited": ["INV00004", "INV00005"], "credit_notes": ["CRN00001", "CRN00002"],
        },
        "shipment": {"open": ["PS00001"], "lost": ["PS00002"], "sent": ["PS00003"], "withdrawn": []},
        "product": {
            "for_sale": ["Few", "Many", "None", "Oversold", "To order"], "low": ["Few"],
            "sold_out": ["None", "Oversold"], "not_for_sale": ["Old"],
        },
        "customer": {"businesses": ["A", "B"], "owe": [owing]},
    }  # fmt: skip
    for name, tabs in expected.items():
        for tab, rows in tabs.items():
            assert first_cells(client.get(f"/admin/{name}/?state={tab}").text) == rows, (name, tab)
    assert "Nothing stands in this tab." in client.get("/admin/shipment/?state=withdrawn").text

    for view in (one for one in app.extensions["admin"][0]._views if isinstance(one, TabbedList)):
        for name, tab in view.tabs.items():
            page = client.get(f"{view.url}/?{view.tab_part}={name}").text
            rows = sum(found.count("<tr") for found in re.findall(r"<tbody>.*?</tbody>", page, re.DOTALL))
            assert counts(page)[str(tab.title)] == rows, (view.endpoint, name)


def test_a_tab_and_the_kind_of_invoice_narrow_together(client: Client, in_app: Any) -> None:
    with in_app():
        create_credit_note(placed_order().invoices[0], by=SYSTEM, everything=True)
    assert counts(client.get("/admin/invoice/?kind=invoice").text)["Credit notes"] == 0
    page = client.get("/admin/invoice/?state=credit_notes").text
    assert "/admin/invoice/?state=credit_notes&amp;kind=invoice" in page
