"""Small rests are written off: nobody is asked for a cent any more, and no cent is paid back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from app import queries
from app.accounting.owed import paid_too_much, to_pay_back
from app.actions.bank_files import take_in_statement
from app.actions.bank_lines import PartOfLine, book_line, undo_booking
from app.actions.payments import enter_payment, enter_refund, take_back_payment
from app.actions.rests import write_off_rest
from app.exports.double_entry import make_entries
from app.exports.statement_of_account import statement_rows
from app.extensions import db
from app.history import SYSTEM
from app.models import Order, OutgoingMail, StatementLine
from app.operations.checks import closing_findings, ledger_findings, state_findings
from app.queries.concerns import ORDERS_OF, Concern
from app.queries.periods import Period
from tests.factories import placed_order
from tests.looking import happened, refused, refused_on
from tests.statements.written import Movement, write_camt

TOTAL = Decimal("67.75")
CENT = Decimal("0.01")
EVER = Period(None, None, "Europe/Amsterdam")


def paid(amount: Decimal) -> Order:
    order = placed_order()
    enter_payment(order, by=SYSTEM, amount=amount, method="Bank transfer")
    return order


def written_off(order: Order) -> dict[str, Decimal]:
    """What stands on each account after all of the order is booked; what balances is left out."""
    sums: dict[str, Decimal] = {}
    for entry in make_entries(EVER):
        for one in entry.postings if entry.order_number == order.number else ():
            sums[one.account.use] = sums.get(one.account.use, Decimal(0)) + one.amount
    assert sum(sums.values()) == 0
    return {use: amount for use, amount in sums.items() if amount and use in ("receivables", "written_off")}


def found(order: Order) -> list[str]:
    return [*ledger_findings(order), *state_findings(order), *closing_findings(order)]


def is_in(order: Order, concern: Concern) -> bool:
    return db.session.scalar(select(Order.id).where(Order.id == order.id, ORDERS_OF[concern])) is not None


@pytest.mark.each_database
@pytest.mark.parametrize("over", [-CENT, CENT])
def test_a_rest_is_written_off_and_taken_up_again(database: Flask, over: Decimal) -> None:
    order = paid(TOTAL + over)
    status = order.payment_status
    assert (order.open_amount, to_pay_back(order)) == (-over, max(over, Decimal(0)))
    db.session.flush()
    assert is_in(order, Concern.PAID_TOO_MUCH) == is_in(order, Concern.TO_PAY_BACK) == (over > 0)

    rest = write_off_rest(order, by=SYSTEM)

    assert (order.open_amount, order.payment_status, order.status) == (0, "paid", "awaiting_shipment")
    assert (to_pay_back(order), paid_too_much(order), order.paid) == (0, 0, TOTAL + over)
    assert all(invoice.is_paid for invoice in order.invoices)
    assert [one["amount"] for one in order.invoices[0].settled_by or ()] == [str(min(TOTAL, TOTAL + over))]
    assert written_off(order) == {"written_off": -over}
    assert not is_in(order, Concern.PAID_TOO_MUCH)
    assert not is_in(order, Concern.TO_PAY_BACK)
    assert found(order) == []
    assert order.customer is not None
    said = list(statement_rows(order.customer, EVER))
    assert (said[-2][1], said[-1][-1]) == ("Written off", 0)
    refused(lambda: write_off_rest(order, by=SYSTEM), "Nothing is open: the order is paid.")
    refused(lambda: enter_refund(order, by=SYSTEM, amount=TOTAL + 1), "Amount: at most")

    take_back_payment(rest, by=SYSTEM)

    assert (order.open_amount, order.payment_status) == (-over, status)
    assert written_off(order) == {"receivables": -over}
    assert happened(order)[-2:] == ["written_off", "write_off_taken_back"]
    assert found(order) == []


@pytest.mark.usefixtures("database")
def test_only_a_small_rest_of_what_was_paid_is_written_off() -> None:
    refused_on(placed_order(), "write_off_rest", "Nothing came in that leaves a rest.")
    order = paid(TOTAL - Decimal("0.06"))
    refused_on(order, "write_off_rest", "Rests of at most €0.05 are written off.")
    queries.shop().write_off_limit = Decimal(0)
    refused_on(order, "write_off_rest", "This shop writes off no rests")
    queries.shop().write_off_limit = Decimal("0.06")
    write_off_rest(order, by=SYSTEM, notify=True)
    assert order.open_amount == 0
    assert db.session.scalars(select(OutgoingMail.kind)).all()[-1] == "order_paid"


@pytest.mark.usefixtures("database")
def test_what_a_bank_line_leaves_is_written_off_with_it() -> None:
    """And taken up again with the booking; another line of the same customer stays as it is."""
    order = placed_order()
    text = f"Order {order.number}"
    take_in_statement("bank.xml", write_camt([Movement(str(TOTAL - CENT), text, "F JANSEN", "", "R1")]), by=SYSTEM)
    (line,) = db.session.scalars(select(StatementLine))

    book_line(line.id, [PartOfLine(order.number, TOTAL - CENT)], by=SYSTEM, notify=True, write_off=True)

    assert (order.open_amount, order.payment_status, [one.amount for one in order.payments]) == (
        0, "paid", [TOTAL - CENT, CENT],
    )  # fmt: skip
    assert written_off(order) == {"written_off": CENT}

    undo_booking(line.id, by=SYSTEM)

    assert (order.open_amount, order.adjusted, order.payment_status) == (TOTAL, 0, "not_paid")
    assert found(order) == []
