"""The list of returns, and the shop's lists of reasons and actions."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.actions.returns import create_return, reject_return
from app.extensions import db
from app.history import SYSTEM
from app.models import Order
from tests.clients import Client


def test_the_list_of_returns_is_searched_and_narrowed(client: Client, in_app: Any, order_ids: dict[str, Any]) -> None:
    with in_app():
        (order,) = db.session.scalars(select(Order))
        create_return(order, by=SYSTEM, quantities={order_ids["mugs"]: Decimal(1)}, reason="Too blue")

    for query in ("", "?search=RET00001", "?search=ORD10001", "?status=authorised"):
        page = client.get(f"/admin/return/{query}").text
        assert "RET00001" in page, query
        assert "€12.50" in page
        assert f"{order_ids['url']}?tab=returns" in page
    for query in ("?search=RET00002", "?status=completed"):
        assert "RET00001" not in client.get(f"/admin/return/{query}").text, query
    assert client.get("/admin/return/?status=nonsense").status_code == 200


def test_the_shop_keeps_its_lists_of_reasons_and_actions(client: Client, in_app: Any, signed_in_as: Any) -> None:
    for endpoint in ("return-reason", "return-action"):
        made = client.post(f"/admin/{endpoint}/new/", data={"title": " Torn ", "position": "2", "is_active": "y"})
        assert made.status_code == 302
        page = client.get(f"/admin/{endpoint}/").text
        assert "Torn" in page
        assert "Return reason" in page
        again = client.post(f"/admin/{endpoint}/new/", data={"title": "Torn", "position": "3", "is_active": "y"})
        assert "Already exists" in again.text
        assert signed_in_as("packer").post(f"/admin/{endpoint}/new/", data={"title": "X"}).status_code == 403


def test_each_status_of_returns_is_a_tab_with_its_count(client: Client, in_app: Any, order_ids: dict[str, Any]) -> None:
    with in_app():
        (order,) = db.session.scalars(select(Order))
        for _each in range(2):
            create_return(order, by=SYSTEM, quantities={order_ids["mugs"]: Decimal(1)})
        reject_return(order.returns[0], by=SYSTEM)

    page = client.get("/admin/return/?status=rejected&search=RET").text

    assert tabs_in(page) == [
        ("/admin/return/?search=RET", "All", "2"),
        ("/admin/return/?status=requested&search=RET", "Requested", "0"),
        ("/admin/return/?status=authorised&search=RET", "Authorised", "1"),
        ("/admin/return/?status=received&search=RET", "Received", "0"),
        ("/admin/return/?status=completed&search=RET", "Completed", "0"),
        ("/admin/return/?status=rejected&search=RET", "Rejected", "1"),
    ]


def tabs_in(page: str) -> list[tuple[str, str, str]]:
    found = re.findall(r'<a href="(/admin/return/[^"]*)"[^>]*>([^<]+?)\s*<span class="tab-count">(\d+)<', page)
    return [(url.replace("&amp;", "&"), text, count) for url, text, count in found]
