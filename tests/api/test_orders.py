"""Orders as programs find them."""

from __future__ import annotations

from typing import Any

from tests.factories import placed_order


def test_orders_are_found_by_words_and_status(program: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
        placed_order()
    program.post(f"/api/orders/{number}/actions/mark_paid", json={})

    assert [o["number"] for o in program.get("/api/orders?payment=paid").json["items"]] == [number]
    assert [o["number"] for o in program.get(f"/api/orders?search={number}").json["items"]] == [number]
    assert program.get("/api/orders?payment=maybe").status_code == 422
