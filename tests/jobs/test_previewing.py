"""The preview says what the action itself would do, and leaves nothing behind."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest
from sqlalchemy import select, text

from app import jobs, queries
from app.actions import ACTIONS
from app.actions.payments import mark_paid
from app.actions.shipments import mark_sent
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer
from app.models import InvoiceMoment, Order
from app.numbering import draw
from app.queries import shop
from tests.factories import paid_order, placed_order
from tests.looking import everything

pytestmark = pytest.mark.usefixtures("database")


def preview(action, orders, **how):
    numbers = [order if isinstance(order, str) else order.number for order in orders]
    return jobs.preview(action, numbers, by=SYSTEM, how=how)


def kept(*orders: Order) -> list[str]:
    numbers = [order.number for order in orders]
    db.session.commit()
    return numbers


def test_it_counts_changes_mails_and_refusals():
    cancelled = placed_order()
    cancelled.cancelled_at = cancelled.placed_at
    first, second, no_mail, paid, cancelled = kept(
        placed_order(),
        placed_order(),
        placed_order(customer=NewCustomer(name="Bo", external_id="8"), external_id="7"),
        paid_order(),
        cancelled,
    )

    seen = preview(mark_paid, [first, second, no_mail, paid, cancelled])

    assert [row.number for row in seen.changing] == [first, second, no_mail]
    assert (seen.changing[0].before[0], seen.changing[0].after[0]) == ("not_paid", "paid")
    assert seen.refused == {
        "Nothing is open: the order is paid.": [paid],
        "This order is cancelled.": [cancelled],
    }
    assert dict(seen.mails) == {"order_paid": 2}
    assert seen.addresses == {"order_paid": {"femke@example.org"}}
    assert seen.is_whole


def test_mails_can_be_left_out():
    assert dict(preview(mark_paid, kept(placed_order()), notify=False).mails) == {}


def test_it_gives_what_the_action_then_does():
    numbers = kept(placed_order(), placed_order())
    (row, _other) = preview(mark_sent, numbers).changing

    mark_sent(db.session.scalar(select(Order).where(Order.number == numbers[0])), by=SYSTEM)
    order = db.session.scalar(select(Order).where(Order.number == numbers[0]))

    assert row.after == (order.payment_status, order.shipment_status, order.status)


@pytest.mark.each_database
@pytest.mark.parametrize("name", [name for name, action in ACTIONS.items() if action.bulk])
def test_nothing_at_all_is_changed(name):
    shop().invoice_moment = InvoiceMoment.PAID  # so that Paid draws a number
    numbers = kept(placed_order(), paid_order(), placed_order())
    before = everything()

    preview(ACTIONS[name], [*numbers, "ORD99999"])

    assert everything() == before
    assert draw("invoice") == before_next(before, "invoice")


def before_next(held, kind: str) -> str:
    (row,) = [row for row in held["counter"] if row[0] == kind and row[1] == "main"]
    return f"{row[2]}{row[4]:0{row[5]}d}"


def test_an_order_that_stumbles_hides_no_other(monkeypatch):
    bad, good = kept(placed_order(), placed_order())

    def stumble(order, *, by):
        if order.number == bad:
            raise ZeroDivisionError

    seen = preview(ACTIONS["mark_paid"].__class__("x", "X", "orders.x", stumble, lambda order: ""), [bad, good])

    assert [row.number for row in seen.changing] == [good]
    assert list(seen.refused.values()) == [[bad]]


def test_only_the_first_orders_are_looked_at():
    numbers = kept(*[placed_order() for _ in range(4)])

    few = jobs.preview(mark_paid, numbers, by=SYSTEM, how={}, most=2)
    short = jobs.preview(mark_paid, numbers, by=SYSTEM, how={}, seconds=0)

    assert (few.looked_at, few.total, few.is_whole) == (2, 4, False)
    assert (short.looked_at, len(short.changing)) == (1, 1)


def test_somebody_who_writes_waits_for_one_order_not_for_the_preview(app):
    numbers = kept(*[placed_order() for _ in range(20)])
    looked, waited = threading.Event(), []

    def write() -> None:
        looked.wait()
        with app.app_context():
            begun = time.monotonic()
            placed_order()
            db.session.commit()
            waited.append(time.monotonic() - begun)

    writer = threading.Thread(target=write)
    writer.start()
    begun = time.monotonic()
    looked.set()
    jobs.preview(mark_paid, numbers * 4, by=SYSTEM, how={}, seconds=60)
    took = time.monotonic() - begun
    writer.join()

    assert waited[0] < took / 2, (waited, took)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_of_a_record_that_somebody_holds_it_says_so():
    def lock(number: str) -> Order | None:
        db.session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        return queries.locked_order(number)

    held, free = kept(placed_order(), placed_order())
    with db.engine.begin() as somebody_else:
        somebody_else.execute(text("SELECT id FROM orders WHERE number = :number FOR UPDATE"), {"number": held})
        records = [(number, partial(lock, number)) for number in (held, free)]
        seen = jobs.preview_records(mark_paid, records, by=SYSTEM, how={})

    assert seen.refused == {"Somebody else is working on it. Try again in a moment.": [held]}
    assert len(seen.changing) == 1
