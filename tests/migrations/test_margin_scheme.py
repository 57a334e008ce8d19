"""Migration 0125: goods under the margin scheme; products and orders from before stay, and are sealed anew."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import MarginScheme, Order, Product
from app.operations import setup
from app.operations.order_rows import read_orders
from app.operations.order_seal_checks import order_seal_findings
from app.operations.sealing import seal_all
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_what_was_sold_before_is_under_no_scheme_and_holds_its_seal(app: Flask) -> None:
    with app.app_context():
        total = placed_order().total
        db.session.add(Product(sku="Old", name="Old"))
        db.session.commit()
        seal_all()
        go_back_before("0125")

        setup.upgrade()
        seal_all()

        order = db.session.scalars(select(Order)).one()
        assert (order.total, {(one.margin_scheme, one.purchase_price) for one in order.lines}) == (
            total,
            {(MarginScheme.NONE, None)},
        )
        old = db.session.scalars(select(Product).filter_by(sku="Old")).one()
        assert (old.margin_scheme, old.purchase_price) == ("", None)
        assert list(order_seal_findings(read_orders(0, order.id))) == []
