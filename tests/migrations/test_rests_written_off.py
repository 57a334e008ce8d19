"""Migrations 0107 and 0108: rests that are written off, and late payment; what orders owe stays."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app import queries
from app.actions.payments import enter_payment
from app.extensions import db
from app.history import SYSTEM
from app.models import Order
from app.operations import setup
from app.operations.checks import state_findings
from app.queries.concerns import ORDERS_OF, Concern
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_an_order_from_before_owes_what_it_owed(app: Flask) -> None:
    with app.app_context():
        enter_payment(placed_order(), by=SYSTEM, amount=placed_order().total + 1)
        db.session.commit()
        go_back_before("0107")

        setup.upgrade()

        orders = list(db.session.scalars(select(Order).order_by(Order.id)))
        assert [one.open_amount for one in orders] == [-1, orders[1].total]
        assert [(one.adjusted, one.no_reminders) for one in orders] == [(0, False)] * 2
        assert [*state_findings(orders[0]), *state_findings(orders[1])] == []
        too_much = select(Order.id).where(ORDERS_OF[Concern.PAID_TOO_MUCH])
        assert db.session.scalars(too_much).all() == [orders[0].id]
        shop = queries.shop()
        assert (str(shop.write_off_limit), shop.charged_from, shop.reference_rates) == ("0.05", 0, [])
