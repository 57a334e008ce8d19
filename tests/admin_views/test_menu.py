"""The menu: what stands where, and what it marks."""

from __future__ import annotations

import re

from sqlalchemy import select

from app.actions.drafts import copy_order
from app.extensions import db
from app.history import SYSTEM
from app.models import Role
from tests.factories import placed_order


def test_the_menu_is_read_from_selling_to_settings(client):
    page = client.get("/admin/").text

    heads = re.findall(r'class="menu-head"[^>]*>([^<]+)<', page)
    assert [str(head).lower() for head in heads] == [
        "sales", "customers", "catalogue", "services", "reports", "general",
    ]  # fmt: skip
    sales = page.partition("menu-head")[2].partition("menu-head")[0]
    assert re.findall(r'class="menu-text">([^<]+)<', sales) == [
        "Orders", "Drafts", "Invoices", "Open invoices", "Reminders", "Bank", "Shipments", "Packing", "Returns",
        "Tickets", "Tasks",
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


def menu_of(client, language="en"):
    client.set_cookie("language", language)
    return re.findall(r'class="menu-text">([^<]+)<', client.get("/admin/order/").text)


def test_what_is_drawn_once_is_drawn_for_each_language_and_set_of_rights(signed_in_as, in_app):
    owner, packer = signed_in_as("owner"), signed_in_as("packer")
    of_owner, of_packer = menu_of(owner), menu_of(packer)

    assert set(of_packer) < set(of_owner)
    assert menu_of(owner, "nl") != of_owner
    assert menu_of(owner) == of_owner
    with in_app():
        role = db.session.scalars(select(Role).where(Role.name == "packer")).one()
        role.permissions = [*role.permissions, "settings.company"]
    assert set(menu_of(packer)) > set(of_packer)
