"""What stands on top of the order page."""

from __future__ import annotations

from typing import Any

from tests.clients import Client
from tests.factories import placed_order


def test_an_order_on_hold_says_why(client: Client, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
    client.post(f"/admin/order/{number}/suspend", data={"reason": "Asked for the house number"})

    assert "Asked for the house number" in client.get(f"/admin/order/{number}").text
    client.post(f"/admin/order/{number}/resume")
    assert "Asked for the house number" not in client.get(f"/admin/order/{number}").text
