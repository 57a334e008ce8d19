"""More is sold than there is: with exact numbers, of drafts and of orders."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.actions.cancelling import cancel_order
from app.actions.drafts import copy_order, discard_draft, place_draft
from app.actions.lines import EditedLine, edit_lines
from app.actions.shipments import create_packing_slip, mark_sent
from app.actions.stock import count_stock
from app.extensions import db
from app.history import SYSTEM
from app.models import Order, Product
from app.queries import shortages
from tests.factories import line, paid_order, placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


@pytest.fixture
def mug() -> Product:
    """Eight of them, counted."""
    mug = Product(sku="MUG-30", name="Stoneware mug", stock=Decimal(8))
    db.session.add(mug)
    db.session.flush()
    count_stock(mug, mug.stock, by=SYSTEM)
    return mug


def drafted(mug: Product, *quantities: str) -> Order:
    draft = copy_order(placed_order(lines=[line("Vase", quantity="1", unit_price="9")]), by=SYSTEM)
    lines = [EditedLine("Mug", Decimal(q), Decimal(12), rate=Decimal(21), product_id=mug.id) for q in quantities]
    edit_lines(draft, by=SYSTEM, lines=lines)
    return draft


def said(order: Order) -> list[tuple[Decimal, Decimal, Decimal]]:
    return [(one.needed, one.stock, one.short) for one in shortages(order)]


def test_rule_1_11_a_draft_says_what_would_be_short(mug):
    assert said(drafted(mug, "50")) == [(50, 8, 42)]
    assert said(drafted(mug, "8")) == []
    assert said(drafted(mug, "5.5", "3")) == [(Decimal("8.5"), 8, Decimal("0.5"))]


def test_rule_1_11_it_is_placed_all_the_same_and_the_order_says_it(mug):
    order = place_draft(drafted(mug, "20", "30"), by=SYSTEM)

    assert (mug.stock, said(order)) == (-42, [(50, -42, 42)])
    create_packing_slip(order, by=SYSTEM)
    assert said(order) == [(50, -42, 42)]
    mark_sent(order, by=SYSTEM)
    assert said(order) == []


def test_rule_1_11_another_shops_order_says_it_too(mug):
    first, second, third = placed_order(), placed_order(), placed_order()

    assert mug.stock == -1
    assert said(first) == said(second) == said(third) == [(3, -1, 1)]
    assert said(drafted(mug, "1")) == [(1, -1, 2)]

    cancel_order(second, by=SYSTEM, credit=True)
    assert [said(one) for one in (first, second, third)] == [[], [], []]


def test_rule_1_11_nothing_is_said_where_no_stock_is_kept(mug):
    mug.keeps_stock = False

    assert said(drafted(mug, "50")) == []
    assert said(paid_order()) == []


def test_rule_1_11_nothing_is_said_of_a_discarded_draft_or_of_goods_outside_the_catalogue(mug):
    draft = drafted(mug, "50")
    discard_draft(draft, by=SYSTEM)

    assert said(draft) == []
    assert said(placed_order(lines=[line("Vase", quantity="900", unit_price="9")], total=Decimal(8100))) == []
