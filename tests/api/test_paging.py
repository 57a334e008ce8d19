"""Lists that programs walk through."""

from __future__ import annotations

from typing import Any

from tests.factories import placed_order


def test_a_list_is_walked_to_its_end_by_next(program: Any, in_app: Any) -> None:
    with in_app():
        numbers = [placed_order().number for _ in range(7)]

    seen, address = [], "/api/orders?limit=3"
    while address:
        page = program.get(address).json
        seen += [order["number"] for order in page["items"]]
        address = page["next"]

    assert seen == numbers[::-1]
