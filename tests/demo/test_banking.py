"""The statement of the demo shop's bank."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.accounting.closed_books import day_in_shop
from app.actions.bank_files import take_in_statement
from app.actions.bank_lines import PartOfLine, book_line, propose_bookings, set_line_aside
from app.demo import plant, remove_demo
from app.errors import ActionRefused
from app.exports.double_entry.entries import decided_lines
from app.extensions import db
from app.history import SYSTEM
from app.models import LineBooking, LineState, Order, SetAside, StatementFile, StatementLine
from app.queries.bank import orders_awaiting_money
from app.queries.periods import Period
from app.statements.matching import Sureness, Why
from tests.demo.conftest import TODAY
from tests.factories import placed_order
from tests.statements.written import Movement, write_camt

#: What a page of bank lines has to show: where money is expected, and where it is none.
KINDS = {Why.REFERENCE, Why.NUMBER, Why.NEAR_NUMBER, Why.NAME, Why.AMOUNT, Why.PART, Why.OVER, Why.OTHER_NAME}


def lines(state: LineState = LineState.OPEN) -> list[StatementLine]:
    query = select(StatementLine).where(StatementLine.state == state).order_by(StatementLine.id)
    return list(db.session.scalars(query))


def read_real(*movements: Movement) -> list[StatementLine]:
    take_in_statement("bank.xml", write_camt(movements), by=SYSTEM)
    return list(db.session.scalars(select(StatementLine).join(StatementFile).where(~StatementFile.is_demo)))


def test_it_has_a_line_of_each_kind(demo_shop: None) -> None:
    proposals = propose_bookings(lines())
    found = [one for one in proposals if one is not None]

    assert {why for one in found for why in one.whys} == KINDS
    assert {one.sureness for one in found} == {Sureness.SURE, Sureness.LIKELY}
    assert [one.is_sure for one in found if one.shares[0].amount < 0] == [True, True]  # two refunds
    assert [line.amount for line, one in zip(lines(), proposals, strict=True) if one is None] == [
        Decimal("-1450"),
        Decimal("63.17"),
        Decimal("-3.2"),
    ]
    assert len(lines(LineState.BOOKED)) == len(lines(LineState.SET_ASIDE)) == 1
    assert lines(LineState.SET_ASIDE)[0].aside == SetAside.NOT_OURS


def test_its_money_came_after_the_order_and_before_today(demo_shop: None) -> None:
    placed = {order.number: day_in_shop(order.placed_at) for order in orders_awaiting_money()}

    assert all(TODAY - timedelta(days=7) < line.booked_on < TODAY for line in lines())
    for line, proposal in zip(lines(), propose_bookings(lines()), strict=True):
        assert all(placed[share.claim.number] < line.booked_on for share in (proposal.shares if proposal else ()))


@pytest.mark.parametrize("days", [3, 6])
def test_another_day_gives_every_kind_as_well(database: None, days: int) -> None:
    plant(TODAY + timedelta(days=days))
    found = propose_bookings(lines())

    assert {why for one in found if one for why in one.whys} == KINDS


def test_it_stands_in_no_books(demo_shop: None) -> None:
    (aside,) = lines(LineState.SET_ASIDE)
    set_line_aside(aside.id, by=SYSTEM, why=SetAside.FEE)
    (real,) = read_real(Movement("-7.00", "Fee"))
    set_line_aside(real.id, by=SYSTEM, why=SetAside.FEE)

    assert [line.id for line, _form in decided_lines(Period(None, None, "UTC"))] == [real.id]


def test_demo_and_real_money_are_kept_apart(demo_shop: None) -> None:
    real_order = placed_order()
    demo_order = next(order for order in orders_awaiting_money() if order.is_demo and order.currency == "EUR")
    line = lines()[0]
    (real,) = read_real(Movement(str(demo_order.open_amount), demo_order.number, demo_order.customer_name))

    assert propose_bookings([real]) == [None]
    with pytest.raises(ActionRefused, match="belongs to the demo shop: book it"):
        book_line(line.id, [PartOfLine(real_order.number, line.amount)], by=SYSTEM, notify=False)
    with pytest.raises(ActionRefused, match="This money is real"):
        book_line(real.id, [PartOfLine(demo_order.number, real.amount)], by=SYSTEM, notify=False)
    assert {line.state, real.state} == {LineState.OPEN}
    assert real_order.paid == 0


def test_it_goes_with_the_demo_whatever_was_booked_of_it(demo_shop: None) -> None:
    for line, proposal in zip(lines(), propose_bookings(lines()), strict=True):
        if proposal:
            parts = [PartOfLine(share.claim.number, share.amount) for share in proposal.shares]
            book_line(line.id, parts, by=SYSTEM, notify=False)
    (real,) = read_real(Movement("20.00", "What is it?"))
    remove_demo(by=SYSTEM)

    assert list(db.session.scalars(select(StatementFile.name))) == ["bank.xml"]
    assert lines() == [real]
    assert list(db.session.scalars(select(LineBooking.id))) == []


def test_real_money_that_was_booked_on_the_demo_before_waits_again(demo_shop: None) -> None:
    """As it could be before the demo had a bank of its own."""
    order = next(order for order in orders_awaiting_money() if order.is_demo and order.currency == "EUR")
    (real,) = read_real(Movement(str(order.open_amount), order.number))
    real.file.is_demo = True
    book_line(real.id, [PartOfLine(order.number, real.amount)], by=SYSTEM, notify=False)
    real.file.is_demo = False
    remove_demo(by=SYSTEM)

    assert (real.state, real.decided_at, real.decided_by) == (LineState.OPEN, None, "")
    assert list(db.session.scalars(select(Order.id))) == []
