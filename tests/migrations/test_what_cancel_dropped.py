"""Migration 0041: what Cancel dropped is kept from now on; of orders cancelled before, nothing tells it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.cancelling import cancel_order
from app.actions.reopening import reopen
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.models import InvoiceMoment, Job, JobKind, Order
from app.operations import setup
from app.queries import shop
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_orders_cancelled_before_are_taken_up_again_as_a_whole_and_jobs_forget_what_was_typed(app: Flask) -> None:
    with app.app_context():
        shop().invoice_moment = InvoiceMoment.MANUAL
        cancel_order(placed_order(), by=SYSTEM)
        how = {"reason": "Femke called", "notify": True}
        task = {"numbers": ["ORD10001"], "how": how, "language": "en", "once": "", "back": "/"}
        for finished_at in (now(), None):
            db.session.add(Job(kind=JobKind.BULK, action="cancel_order", task=task, finished_at=finished_at))
        db.session.commit()
        go_back_before("0041")
        setup.upgrade()

        order = db.session.scalars(select(Order)).one()
        jobs = db.session.scalars(select(Job).order_by(Job.id)).all()
        assert [job.task for job in jobs] == [{**task, "how": {}}, task]
        goods = [line for line in order.lines if line.is_shippable]
        assert [(line.dropped, line.dropped_by_cancel) for line in goods] == [(line.quantity, None) for line in goods]
        reopen(order, by=SYSTEM)
        assert [line.to_ship for line in goods] == [line.quantity for line in goods]
