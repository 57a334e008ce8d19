"""What an order's money asks for: the same of one order in Python and of all of them in SQL."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from flask_babel import force_locale
from sqlalchemy import select, text

from app.accounting import owed
from app.actions.cancelling import cancel_order
from app.actions.credit_notes import create_credit_note, credit_order
from app.actions.elsewhere import set_invoiced_elsewhere
from app.actions.invoices import issue_invoice
from app.actions.payments import enter_payment, enter_refund, mark_not_paid
from app.extensions import db
from app.history import SYSTEM
from app.models import NOT_INVOICED_ORDERS, ORDERS_TO_PAY_BACK, OVERPAID_ORDERS, UNCREDITED_ORDERS, InvoiceMoment, Order
from app.queries import shop
from tests.factories import line, paid_order, placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]

TOTAL = Decimal("67.75")


def manual() -> Order:
    shop().invoice_moment = InvoiceMoment.MANUAL
    return placed_order()


def entered(order: Order, amount: Decimal = TOTAL) -> Order:
    enter_payment(order, by=SYSTEM, amount=amount)
    return order


def paid_back(order: Order, amount: Decimal = TOTAL) -> Order:
    enter_refund(order, by=SYSTEM, amount=amount)
    return order


def credited(order: Order) -> Order:
    credit_order(order, by=SYSTEM)
    return order


def part_invoiced(order: Order) -> Order:
    issue_invoice(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(3)})
    return order


def cancelled(order: Order) -> Order:
    return cancel_order(order, by=SYSTEM, credit=True)


def elsewhere(order: Order) -> Order:
    return set_invoiced_elsewhere(order, by=SYSTEM)


def covered(order: Order) -> Order:
    create_credit_note(order.invoices[0], by=SYSTEM, quantities={}, amounts={order.lines[0].id: Decimal(10)})
    return order


def in_dinar() -> Order:
    order = placed_order(
        currency="KWD",
        lines=[line("Clay", quantity="3", unit_price="3.335")],
        total=Decimal("10.005"),
        tax_total=Decimal("1.736"),
    )
    return paid_back(entered(order, Decimal("10.005")), Decimal("0.005"))


def in_yen() -> Order:
    order = placed_order(currency="JPY", lines=[line("Vase", quantity="1", unit_price="1001")], total=Decimal(1001))
    return paid_back(entered(order, Decimal(1001)), Decimal(1))


#: (to pay back, paid too much, paid back without a credit note, paid and not invoiced)
STORIES: dict[str, tuple[Callable[[], Order], tuple[str, str, str, str]]] = {
    "open": (placed_order, ("0", "0", "0", "0")),
    "paid": (paid_order, ("0", "0", "0", "0")),
    "paid too much": (lambda: entered(paid_order(), Decimal(5)), ("5", "5", "0", "0")),
    "paid, then credited": (lambda: credited(paid_order()), ("67.75", "0", "0", "0")),
    "paid too much, then credited": (lambda: credited(entered(paid_order(), Decimal(5))), ("72.75", "5", "0", "0")),
    "paid back": (lambda: paid_back(paid_order()), ("0", "0", "67.75", "0")),
    "a part paid back": (lambda: paid_back(paid_order(), Decimal(10)), ("0", "0", "10", "0")),
    "a part paid back and credited": (lambda: covered(paid_back(paid_order(), Decimal(10))), ("0", "0", "0", "0")),
    "more credited than paid back": (lambda: covered(paid_back(paid_order(), Decimal(4))), ("6", "0", "0", "0")),
    "paid back, invoiced elsewhere": (lambda: paid_back(elsewhere(entered(manual()))), ("0", "0", "0", "0")),
    "paid, not invoiced": (lambda: entered(manual()), ("0", "0", "0", "67.75")),
    "paid in part, not invoiced": (lambda: entered(manual(), Decimal(20)), ("0", "0", "0", "0")),
    "paid, invoiced in part": (lambda: part_invoiced(entered(manual())), ("0", "0", "0", "30.25")),
    "and what is not invoiced went back": (
        lambda: paid_back(part_invoiced(entered(manual())), Decimal("30.25")), ("0", "0", "0", "0"),
    ),
    "and more than that": (
        lambda: paid_back(part_invoiced(entered(manual())), Decimal("40.25")), ("0", "0", "10", "0"),
    ),
    "paid, not invoiced, invoiced elsewhere": (lambda: elsewhere(entered(manual())), ("0", "0", "0", "0")),
    "cancelled and credited": (lambda: cancelled(paid_order()), ("67.75", "0", "0", "0")),
    "cancelled, not invoiced": (lambda: cancelled(entered(manual())), ("67.75", "67.75", "0", "0")),
    "three decimals": (in_dinar, ("0", "0", "0.005", "0")),
    "no decimals": (in_yen, ("0", "0", "1", "0")),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_what_is_owed_is_the_same_in_python_and_in_sql(story: str) -> None:
    make, expected = STORIES[story]
    order = make()
    db.session.flush()

    measures = (owed.to_pay_back, owed.paid_too_much, owed.paid_back_without_credit_note, owed.paid_not_invoiced)
    found = [measure(order) for measure in measures]

    assert found == [Decimal(amount) for amount in expected]
    assert is_in(UNCREDITED_ORDERS) == (found[2] > 0)
    assert is_in(NOT_INVOICED_ORDERS) == (found[3] > 0)
    assert is_in(ORDERS_TO_PAY_BACK) == (found[0] > 0)
    assert is_in(OVERPAID_ORDERS) == (found[1] > 0)


def test_part_paid_is_what_is_still_open() -> None:
    assert owed.part_paid(entered(placed_order(), Decimal(20))) == Decimal("47.75")
    assert owed.part_paid(placed_order()) == 0


def test_a_refusal_writes_amounts_in_the_language_of_who_reads_it() -> None:
    order = entered(placed_order(), TOTAL + 10)

    with force_locale("de"):
        reasons = [owed.why_nothing_open(order), mark_not_paid.why_not(order)]

    assert [reason.replace("\xa0", " ") for reason in reasons] == [
        "Es ist nichts offen. Zu erstatten: 10,00 €.",
        "Als Zahlung eingetragen: 77,75 €. Machen Sie das neben der Zahlung rückgängig.",
    ]


def is_in(condition: str) -> bool:
    return db.session.scalar(select(Order.id).where(text(condition))) is not None
