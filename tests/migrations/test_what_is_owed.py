"""Migration 0024: the stored words about money are recomputed, as one order after the other would be."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.actions.credit_notes import credit_order
from app.actions.payments import enter_payment, enter_refund, take_back_payment
from app.actions.shipments import mark_sent
from app.extensions import db
from app.history import SYSTEM
from app.models import Order
from app.operations import backups, checks, setup
from tests.factories import line, paid_order, placed_order
from tests.migrations.going_back import go_back_to

BEFORE = import_module("app.migrations.versions.0024_what_is_owed").down_revision


def orders_of_every_kind() -> None:
    placed_order()
    paid_order()
    credit_order(placed_order(), by=SYSTEM)
    placed_order(lines=[line("Sample", quantity="1", unit_price="0")], total=Decimal(0), tax_total=Decimal(0))
    enter_refund(paid_order(), by=SYSTEM, amount=Decimal(10))
    enter_refund(paid_order(), by=SYSTEM, amount=Decimal("67.75"))
    enter_refund(paid_order(pick_up=True), by=SYSTEM, amount=Decimal("67.75"))
    sent = paid_order()
    mark_sent(sent, by=SYSTEM)
    enter_refund(sent, by=SYSTEM, amount=Decimal("67.75"))
    too_much = paid_order()
    enter_payment(too_much, by=SYSTEM, amount=Decimal(5))
    enter_refund(too_much, by=SYSTEM, amount=Decimal(5))
    back = placed_order()
    enter_payment(back, by=SYSTEM, amount=Decimal(5))
    enter_refund(back, by=SYSTEM, amount=Decimal(5))
    taken_back = paid_order()
    take_back_payment(enter_refund(taken_back, by=SYSTEM, amount=Decimal(5)), by=SYSTEM)


def statuses() -> list[tuple[str, str, str]]:
    query = select(Order.number, Order.payment_status, Order.status).order_by(Order.id)
    return [(number, str(payment), str(status)) for number, payment, status in db.session.execute(query)]


@pytest.mark.each_database
def test_the_words_about_money_are_recomputed(app: Flask) -> None:
    with app.app_context():
        orders_of_every_kind()
        db.session.commit()
        right = statuses()
        go_back_to(BEFORE)
        part_paid_back = (
            "UPDATE orders SET payment_status = 'partially_paid' WHERE paid > 0 AND payment_status = 'not_paid'"
        )
        db.session.execute(text(part_paid_back))  # as it was called
        before = {tuple(row) for row in db.session.execute(text("SELECT payment_status, status FROM orders"))}
        db.session.commit()
        setup.upgrade()

        assert {payment for payment, _status in before} <= {"not_paid", "partially_paid", "paid", "cancelled"}
        assert "needs_decision" not in {status for _payment, status in before}
        assert statuses() == right
        assert {payment for _number, payment, _status in right} == {
            *("not_paid", "paid", "partially_refunded", "refunded", "nothing_owed"),
        }
        assert [status for _number, _payment, status in right].count("needs_decision") == 3
        assert list(checks.findings()) == []
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
