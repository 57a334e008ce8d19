"""Migration 0029: orders of before count as placed; one whose checkout wasn't finished is known from then on."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import take_in
from app.intake_readers import Found
from app.intake_readers.new_order import NewOrder
from app.models import Fate, Order
from app.operations import backups, checks, setup
from tests.factories import new_order, outside_shop, shop_key
from tests.looking import kinds_of_mail
from tests.migrations.going_back import go_back_before


def taken(order: NewOrder) -> str:
    found = Found(order.external_id, f"raw of {order.external_id}", order=order)
    return take_in(found, shop=shop_key(), origin="orders.json", by=SYSTEM).result


@pytest.mark.each_database
def test_orders_of_before_are_placed_and_later_ones_may_wait_for_their_customer(app: Flask) -> None:
    with app.app_context():
        outside_shop()
        taken(new_order(external_id="1", number="1"))
        db.session.commit()
        go_back_before("0029")
        before = db.session.execute(text("SELECT id, number, status, total FROM orders")).all()
        db.session.remove()
        setup.upgrade()

        assert db.session.execute(text("SELECT id, number, status, total FROM orders")).all() == before
        assert db.session.scalars(select(Order.is_unplaced)).all() == [False]
        mails = kinds_of_mail()
        assert taken(new_order(external_id="1", number="1")) == Fate.SAME.done
        assert taken(new_order(external_id="2", number="2", is_unplaced=True)) == Fate.ADDED.done
        assert kinds_of_mail() == mails
        assert list(checks.findings()) == []
        assert taken(new_order(external_id="2", number="2")) == Fate.UPDATED.done
        assert kinds_of_mail() == [*mails, "order_confirmation"]
        db.session.commit()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
