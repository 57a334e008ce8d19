"""Whether people are trying the demo shop, or have orders of their own."""

from __future__ import annotations

import pytest

from app.history import SYSTEM
from app.intake.placing import place_order
from app.queries import has_only_demo
from tests.factories import new_order, placed_order, shop_key

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def place_in_demo() -> None:
    place_order(new_order(), shop=shop_key(), by=SYSTEM, demo=True)


def test_one_order_of_the_shop_itself_ends_the_trying_wherever_it_stands_among_the_others() -> None:
    assert not has_only_demo()

    place_in_demo()
    assert has_only_demo()
    placed_order()
    assert not has_only_demo()
    place_in_demo()  # the newest and the oldest are of the demo
    assert not has_only_demo()
