"""Sales, workers and the reading of a catalogue at once: nobody waits for one another for ever, no number is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.connections.keeping_products import keep_products
from app.connections.shops import CATALOGUES, access_of, open_shop
from app.connections.stock_telling import compare_stock_due
from app.connections.taking_in import Intake
from app.extensions import db
from app.models import Connection, Product
from app.operations import checks
from tests.arrange import at_once
from tests.connections.stocking import US, compare, product, stocked_by_api
from tests.factories import new_order, place
from tests.simulators.woocommerce import WooShop

SALES = 4


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        yield shop


@pytest.mark.each_database
def test_sales_workers_and_readers_at_once_end_with_one_number(app: Flask, in_app: Any, woo: WooShop) -> None:
    first = new_order().lines[0]
    there = woo.add_product(name="Mug", sku=first.sku, regular_price="1", manage_stock=True, stock_quantity=7)
    with in_app():
        product(first.sku, stock=100)
        stocked_by_api(woo, **US)
        connection = db.session.scalars(select(Connection)).one()
        into, access = Intake.of(connection), access_of(connection)

    def sell() -> None:
        place(new_order(source="api"))
        db.session.commit()

    def tell(worker: str) -> None:
        for _turn in range(5):
            compare_stock_due(worker)

    def read() -> None:
        with open_shop(into.shop.source, access) as shop:
            page = CATALOGUES[into.shop.source](shop).all_products({})
        keep_products(into, page.products)

    ways: list[Callable[[], None]] = [*[sell] * SALES, partial(tell, "one"), partial(tell, "two"), read]

    def do(position: int) -> None:
        with app.app_context():
            ways[position]()

    answers = at_once(len(ways), do)
    assert [one for one in answers if isinstance(one, BaseException)] == []

    with in_app():
        compare()
        ours = db.session.scalars(select(Product.stock)).one()
        assert ours == 100 - SALES * first.quantity
        assert there.stock_quantity == ours
        assert list(checks.stock_findings()) == []
