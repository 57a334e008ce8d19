"""Migration 0115: VAT numbers and VIES, which a shop from before does not ask."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.intake_readers.new_order import NewCustomer
from app.models import Order, VatCheck
from app.operations import setup
from app.queries import shop
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before


def test_a_shop_from_before_asks_nothing_and_its_numbers_stay(app: Flask) -> None:
    with app.app_context():
        placed_order(customer=NewCustomer(name="Jan", vat_id="BE0456810810", email="jan@example.org"))
        db.session.commit()
        go_back_before("0115")

        setup.upgrade()

        assert not shop().checks_vat_numbers
        assert db.session.scalars(select(Order.vat_id)).all() == ["BE0456810810"]
        assert db.session.scalars(select(VatCheck)).all() == []
