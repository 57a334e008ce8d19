"""`toonbank check` finds what is wrong, and nothing where all is well."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.actions.numbering import change_series
from app.actions.payments import mark_paid
from app.extensions import db
from app.history import SYSTEM
from app.models import PaymentStatus
from app.operations import checks
from tests.factories import placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def test_a_healthy_shop_has_no_findings():
    mark_paid(placed_order(), by=SYSTEM)

    assert list(checks.findings()) == []


def test_a_state_that_does_not_follow_is_found():
    order = placed_order()
    order.payment_status = PaymentStatus.PAID
    db.session.flush()

    assert list(checks.findings()) == [
        "ORD10001: payment_status is stored as paid, but follows as not_paid",
    ]


def test_a_number_that_was_skipped_is_found():
    placed_order()
    db.session.execute(text("UPDATE counter SET next = next + 2 WHERE kind = 'invoice' AND series = 'main'"))

    assert list(checks.findings()) == [
        "invoice: number INV00002 is missing",
        "invoice: number INV00003 is missing",
    ]


def test_a_number_that_no_counter_drew_is_found():
    placed_order()
    change_series("order", prefix="A", digits=5, next=1, by=SYSTEM)
    placed_order()
    db.session.execute(text("UPDATE counter SET next = next - 1 WHERE kind = 'order' AND series = 'main'"))
    db.session.execute(text("UPDATE past_series SET last = last + 1"))

    assert list(checks.findings()) == [
        "order: number A00001 was never drawn",
        "order: number ORD10002 is missing",
    ]
