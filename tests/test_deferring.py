"""Rows that wait for the end of their transaction, and the ids that new records get ahead."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app import mails
from app.deferring import Deferred, deferring, is_waiting, write_changes, write_new
from app.errors import ActionRefused
from app.extensions import db, remembering
from app.history import SYSTEM
from app.models import Order, OutgoingMail, Payment, PaymentKind
from app.numbering import savepoint
from tests.factories import placed_order


def payment_of(order: Order) -> Payment:
    return Payment(order=order, amount=Decimal(1), paid_at=datetime.now(UTC))


def written(statements: list[str]) -> list[str]:
    return [one for one in statements if one.startswith(("INSERT", "UPDATE"))]


def stored_ids() -> list[int]:
    return list(db.session.scalars(select(Payment.id).order_by(Payment.id)))


@pytest.mark.each_database
def test_new_records_have_their_values_at_once_and_are_written_together(database: None, statements: list[str]) -> None:
    order = placed_order()
    write_new(payment_of(order))
    statements.clear()

    with deferring(Deferred(are_ids_ahead=True)):
        first, second = payment_of(order), payment_of(order)
        for one in (first, second):
            write_new(one)
        write_changes()
        assert is_waiting()
        assert written(statements) == []
        assert (first.kind, first.order_id, first.method) == (PaymentKind.PAYMENT, order.id, "")
        ids = [first.id, second.id]
        db.session.flush()

    assert len(written(statements)) == 1
    assert stored_ids()[1:] == ids


@pytest.mark.each_database
def test_what_gets_its_id_from_the_database_meanwhile_takes_none_that_is_given(database: None) -> None:
    order = placed_order()
    with deferring(Deferred(are_ids_ahead=True)):
        write_new(payment_of(order))
        db.session.add(payment_of(order))
        db.session.flush()
        write_new(payment_of(order))
        db.session.flush()

    assert len(stored_ids()) == 3


@pytest.mark.parametrize("deferred", [None, Deferred()])
def test_where_nobody_waits_they_are_written_at_once(
    database: None, statements: list[str], deferred: Deferred | None
) -> None:
    order = placed_order()
    db.session.flush()
    statements.clear()

    with deferring(deferred):
        write_new(payment_of(order))

    assert not is_waiting()
    assert len(written(statements)) == 1


def test_where_each_is_written_at_once_a_mail_that_was_taken_back_goes_once_more(database: None) -> None:
    order = placed_order()
    db.session.flush()
    with remembering(), deferring(Deferred()):
        mails.remember_keys([order.id])
        with suppress(ActionRefused), savepoint():
            assert mails.queue("order_paid", order, once_key="told", by=SYSTEM)
            raise ActionRefused("Not today.")
        assert mails.queue("order_paid", order, once_key="told", by=SYSTEM)


def test_of_an_order_whose_mails_are_known_none_goes_twice_and_nobody_asks(
    database: None, statements: list[str]
) -> None:
    order = placed_order()
    mails.queue("order_paid", order, once_key="told", by=SYSTEM)

    with remembering(), deferring(Deferred(are_ids_ahead=True)):
        mails.remember_keys([order.id])
        again = mails.queue("order_paid", order, once_key="told", by=SYSTEM)
        statements.clear()
        new = mails.queue("order_paid", order, once_key="new", by=SYSTEM)
        twin = mails.queue("order_paid", order, once_key="new", by=SYSTEM)
        assert [mails.unused_key(key, order) for key in ("new", "newer")] == ["new:2", "newer"]
        db.session.flush()

    assert (again, twin) == (None, None)
    assert new is not None
    assert db.session.scalar(select(func.count()).where(OutgoingMail.once_key == "new")) == 1
    assert [one for one in statements if "outgoing_mail" in one and one.startswith("INSERT")]
