"""Migration 0042: a shop that is connected already counts for itself, and nothing is known of its products."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from app.actions.stock import count_stock
from app.extensions import db
from app.history import SYSTEM
from app.models import Connection, Product, ShopProduct, StockMode, StockMovement, StockSide
from app.operations import setup
from tests.factories import new_connection
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_connection_from_before_counts_for_itself(app: Flask) -> None:
    with app.app_context():
        product = Product(name="Mug", sku="MUG", stock=Decimal(5))
        db.session.add_all([new_connection(), product])
        db.session.flush()
        count_stock(product, Decimal(5), by=SYSTEM)
        db.session.commit()
        go_back_before("0042")
        with db.engine.connect() as old:
            assert "stock_mode" not in [column["name"] for column in inspect(old).get_columns("connection")]
        setup.upgrade()

        kept = db.session.scalars(select(Connection)).one()
        assert (kept.title, kept.stock_mode, kept.stock_buffer) == ("Mugs", StockMode.OFF, 0)
        assert (kept.stock_wins, kept.catalogue_minutes, kept.stock_place) == (StockSide.US, 30, "")
        assert db.session.scalars(select(ShopProduct)).all() == []
        (movement,) = db.session.scalars(select(StockMovement))
        assert (movement.quantity, movement.outside_shop_id) == (5, None)
