"""Migration 0037: what shops stated is kept; orders from before are compared with their last payload."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import take_in
from app.intake_readers import only_order_in
from app.intake_readers.samples import sample
from app.models import Arrival, Order, ShopChange
from app.operations import setup
from tests.factories import address, shop_key
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_orders_from_before_follow_their_shop_by_their_last_payload(app: Flask) -> None:
    with app.app_context():
        found = only_order_in("woocommerce", sample("woocommerce"))
        take_in(found, shop=shop_key(), origin="x", by=SYSTEM)
        db.session.commit()

        go_back_before("0037")
        setup.upgrade()

        order = db.session.scalars(select(Order)).one()
        assert (order.stated, order.stated_at) == ({}, None)
        assert db.session.scalars(select(Arrival.changed)).all() == [[]]
        later = replace(
            found.order, billing=address(street="Markt 88"), updated_at=order.placed_at + timedelta(days=900)
        )
        take_in(replace(found, order=later), shop=shop_key(), origin="x", by=SYSTEM)
        waiting = [one.theirs["street"] for one in db.session.scalars(select(ShopChange))]
        assert "Markt 88" in (order.billing.street, *waiting)
