"""Migration 0132: a shop of before has the indexes of the tabs, and says from how many pieces on stock is low."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.extensions import db
from app.models import Product, Shop
from app.operations import backups, setup
from app.operations.schema_checks import index_findings
from app.queries.tab_conditions import products_running_out
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_products_of_before_stand_in_their_tabs(app: Flask) -> None:
    with app.app_context():
        for name, stock in (("Mug", 3), ("Pot", 0), ("Cup", 9)):
            db.session.add(Product(name=name, stock=Decimal(stock)))
        db.session.commit()
        go_back_before("0132")
        assert "low_stock" not in db.session.execute(text("SELECT * FROM shop")).mappings().one()
        db.session.rollback()
        setup.upgrade()

        low = db.session.scalars(select(Shop.low_stock)).one()
        assert low == 5
        assert list(db.session.scalars(select(Product.name).where(*products_running_out(low)))) == ["Mug"]
        assert list(index_findings()) == []
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
