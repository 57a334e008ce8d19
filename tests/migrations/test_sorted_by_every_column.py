"""Migration 0144: a shop of before has the indexes of the new sorts, and its rows stay in place."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import Product
from app.operations import backups, setup
from app.operations.schema_checks import index_findings
from app.queries.keyset import or_last, put_in_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_products_of_before_are_sorted_by_a_sku_that_some_lack(app: Flask) -> None:
    with app.app_context():
        for name, sku in (("Mug", "B-1"), ("Pot", None), ("Cup", "A-1")):
            db.session.add(Product(name=name, sku=sku))
        db.session.commit()
        go_back_before("0144")
        db.session.rollback()
        assert list(index_findings())
        db.session.rollback()
        setup.upgrade()

        by_sku = put_in_order(select(Product.name), or_last(Product.sku), Product.id, descending=False)
        assert list(db.session.scalars(by_sku)) == ["Pot", "Cup", "Mug"]
        assert list(index_findings()) == []
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
