"""Migration 0069: a shop that sent invoices before goes on as it is; one that sent none is asked for its data first."""

from __future__ import annotations

import pytest
from flask import Flask

from app import queries
from app.extensions import db
from app.intake_readers.new_order import NewOrder
from app.models import Order
from app.operations import setup
from tests.factories import new_order, place
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
@pytest.mark.parametrize(("has_issued", "is_demo"), [(False, False), (True, False), (True, True)])
def test_only_who_sent_no_invoice_is_asked(app: Flask, has_issued: bool, is_demo: bool) -> None:
    with app.app_context():
        new: NewOrder = new_order(source="seed")
        if has_issued:
            place(new, demo=is_demo)
        db.session.commit()
        go_back_before("0069")
        setup.upgrade()

        own = queries.shop()
        assert (own.is_small_business, own.seller_demanded) == (False, is_demo or not has_issued)
        assert not any(order.invoice_waits for order in db.session.query(Order))
