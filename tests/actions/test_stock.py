"""What moves stock: orders, cancelling and counting; the stock is always the sum of its movements."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select, update

from app.actions.cancelling import cancel_order
from app.actions.shipments import create_packing_slip, send_shipment
from app.actions.stock import count_stock, moved_in_all
from app.amounts.money import ZERO
from app.demo import plant, remove_demo
from app.extensions import db
from app.history import SYSTEM
from app.intake.external_updates import update_order
from app.models import Product, StockMovement
from app.operations import checks
from app.queries import today
from tests.factories import PLACED_AT, new_order, paid_order, place, placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


@pytest.fixture
def mug() -> Product:
    """Ten of them, counted."""
    mug = Product(sku="MUG-30", name="Stoneware mug", stock=Decimal(10))
    db.session.add(mug)
    db.session.flush()
    count_stock(mug, mug.stock, by=SYSTEM)
    return mug


def movements(mug: Product) -> list[tuple[str, Decimal]]:
    rows = db.session.execute(
        select(StockMovement.kind, StockMovement.quantity)
        .where(StockMovement.product_id == mug.id)
        .order_by(StockMovement.id)
    )
    return [(kind, quantity) for kind, quantity in rows]


def test_an_order_takes_its_goods_and_cancelling_gives_them_back(mug):
    order = placed_order()
    assert mug.stock == 7

    cancel_order(order, by=SYSTEM, credit=True)

    assert mug.stock == 10
    assert movements(mug) == [("counted", 10), ("ordered", -3), ("cancelled", 3)]
    assert list(checks.stock_findings()) == []


def test_only_what_was_not_sent_comes_back(mug):
    order = paid_order()
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal("1.5")})
    send_shipment(slip, by=SYSTEM)

    cancel_order(order, by=SYSTEM, credit=True)

    assert mug.stock == Decimal("8.5")
    assert movements(mug)[-1] == ("cancelled", Decimal("1.5"))


def test_cancelling_without_putting_back_leaves_the_stock_alone(mug):
    cancel_order(placed_order(), by=SYSTEM, credit=True, restock=False)

    assert mug.stock == 7


def test_an_order_that_is_cancelled_elsewhere_gives_its_goods_back_once(mug):
    new = new_order()
    order = place(new)
    new.cancelled_at = PLACED_AT

    assert update_order(order, new, by=SYSTEM) == ["cancelled"]
    assert update_order(order, new, by=SYSTEM) == []

    assert (mug.stock, movements(mug)[-1]) == (10, ("cancelled", 3))


def test_more_may_be_ordered_than_there_is(mug):
    for _ in range(4):
        placed_order()

    assert mug.stock == -2
    assert list(checks.stock_findings()) == []


def test_counting_keeps_the_difference(mug):
    placed_order()
    mug.stock = Decimal(4)
    count_stock(mug, mug.stock, by=SYSTEM)
    count_stock(mug, mug.stock, by=SYSTEM)

    assert movements(mug) == [("counted", 10), ("ordered", -3), ("counted", -3)]
    assert moved_in_all(mug) == 4


def test_a_stock_that_its_movements_do_not_explain_is_found(mug):
    db.session.execute(update(Product).values(stock=Decimal(12)))

    assert list(checks.findings()) == ["MUG-30: 12 in stock, but its movements add up to 10"]


def test_the_demo_shop_explains_its_stock_and_gives_back_what_it_took(mug):
    real = Product(sku="MUG-STN-30", name="Our own speckled mug", stock=Decimal(50))
    db.session.add(real)
    db.session.flush()
    count_stock(real, real.stock, by=SYSTEM)
    plant(today())
    db.session.refresh(real)
    assert real.stock < 50
    assert list(checks.stock_findings()) == []

    remove_demo(by=SYSTEM)

    assert real.stock == 50
    assert list(checks.stock_findings()) == []
    assert set(db.session.scalars(select(Product.sku))) == {"MUG-30", "MUG-STN-30"}


def test_a_line_that_is_not_in_the_catalogue_moves_nothing(mug):
    order = placed_order()

    assert [line.product_id for line in order.lines] == [mug.id, None, None]
    assert db.session.scalar(select(StockMovement).where(StockMovement.quantity == ZERO)) is None
