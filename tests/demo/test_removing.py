"""Removing the demo shop leaves real rows as they were."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.actions.payments import mark_paid
from app.actions.shipments import mark_sent
from app.demo import plant, remove_demo
from app.extensions import db
from app.history import SYSTEM
from app.models import History, Order, OrderSearch, Product
from tests.demo.conftest import TODAY, Seen, demo_as_seen
from tests.factories import line, placed_order
from tests.looking import everything


def real_order() -> Order:
    order = placed_order(lines=[line("Stoneware mug", quantity="2", unit_price="12.50", sku="MUG-STN-30")])
    mark_paid(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM, tracking_code="3STEST000000001")
    return order


@pytest.mark.each_database
def test_removing_leaves_real_rows_as_they_were(as_planted: Seen, database: None) -> None:
    """And what a real order uses of its catalogue stays. Planted on the same day, it is the same shop each time."""
    first = real_order()
    before = everything()
    orders = plant(TODAY)
    assert (orders, demo_as_seen()) == (158, as_planted)
    savepoint = db.session.begin_nested()
    removed = remove_demo(by=SYSTEM)
    after = everything()
    said = after["history"].pop()
    after["unsealed"].pop()  # of that entry

    assert removed == orders
    assert after == before
    assert "demo_removed" in said

    savepoint.rollback()
    order = real_order()
    product_id = order.lines[0].product_id
    remove_demo(by=SYSTEM)

    assert db.session.scalars(select(Product.id)).all() == [product_id]
    assert db.session.scalars(select(Order.number).order_by(Order.id)).all() == [first.number, order.number]


def test_found_by_words_no_more_after_removing(demo_shop: None) -> None:
    remove_demo(by=SYSTEM)

    assert db.session.scalars(select(OrderSearch.id)).all() == []


@pytest.mark.each_database
def test_the_database_still_refuses_to_delete_real_history(database: None) -> None:
    real_order()
    db.session.commit()

    with pytest.raises(DBAPIError, match="rows are never deleted"):
        db.session.execute(History.__table__.delete())
