"""The menu: what stands where, and what it marks."""

from __future__ import annotations

import re

from app.actions.drafts import copy_order
from app.history import SYSTEM
from tests.factories import placed_order


def test_the_menu_is_read_from_selling_to_settings(client):
    page = client.get("/admin/").text

    heads = re.findall(r'class="menu-head"[^>]*>([^<]+)<', page)
    assert [str(head).lower() for head in heads] == [
        "sales", "customers", "catalogue", "services", "reports", "general",
    ]  # fmt: skip
    sales = page.partition("menu-head")[2].partition("menu-head")[0]
    assert re.findall(r'class="menu-text">([^<]+)<', sales) == [
        "Orders", "Drafts", "Invoices", "Bank", "Shipments", "Returns", "Tickets", "Tasks",
    ]  # fmt: skip


def test_a_draft_is_marked_under_drafts(client, in_app):
    with in_app():
        order = placed_order()
        numbers = order.number, copy_order(order, by=SYSTEM).number

    marked = [
        re.findall(r'href="([^"]+)"\s+aria-current', client.get(f"/admin/order/{number}").text) for number in numbers
    ]

    assert [found[0] for found in marked] == ["/admin/order/", "/admin/draft/"]


def test_import_and_connections_has_its_own_tabs_and_no_others(client):
    page = client.get("/admin/imports/").text
    tabs = page.partition('<nav class="tabs')[2].partition("</nav>")[0]

    assert re.findall(r"<a [^>]*>([^<\n]+)", tabs) == [
        "Import",
        "Connections",
        "Products of shops",
        "Shops",
        "Events",
        "Webhooks out",
        "Messages",
    ]
