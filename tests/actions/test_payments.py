"""Single payments and refunds: what each does to the ledger and to the invoices, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounting.owed import paid_not_invoiced
from app.accounting.settling import standing_payments
from app.actions.invoices import change_invoice, issue_invoice
from app.actions.payments import enter_payment, enter_refund, mark_not_paid, mark_paid, take_back_payment
from app.amounts.ledger import Ledger
from app.amounts.money import ZERO
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM, Happened, sentence
from app.intake.external_updates import update_order
from app.intake_readers.new_order import NewPayment
from app.models import (
    History,
    InvoiceMoment,
    Order,
    OrderStatus,
    PaymentStatus,
)
from app.operations import checks
from app.queries import shop
from tests.factories import PLACED_AT, line, new_order, paid_order, placed_order
from tests.looking import happened, kinds_of_mail, refused

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]

TOTAL = Decimal("67.75")


def rows(order: Order) -> dict[str, Decimal]:
    """The lines of the ledger that are shown, and what they add up to."""
    return {**{name: amount for name, amount in order.ledger.rows if amount}, "open": order.open_amount}


def test_a_part_payment_leaves_the_rest_open_and_the_invoice_unpaid():
    order = placed_order()

    payment = enter_payment(order, by=SYSTEM, amount=Decimal("20"), reference=" NL-1 ", paid_at=PLACED_AT, notify=True)

    assert (payment.method, payment.reference, payment.paid_at) == ("Bank transfer", "NL-1", PLACED_AT)
    assert order.payment_status == PaymentStatus.PARTIALLY_PAID
    assert not order.invoices[0].is_paid
    assert rows(order) == {"invoiced": TOTAL, "paid": Decimal(-20), "open": Decimal("47.75")}
    assert kinds_of_mail() == ["order_confirmation"]
    assert happened(order)[-1] == Happened.PAYMENT_ENTERED


def test_the_part_that_settles_the_order_pays_the_invoice_and_tells_the_customer():
    order = placed_order()
    enter_payment(order, by=SYSTEM, amount=Decimal("20"))

    enter_payment(order, by=SYSTEM, amount=Decimal("47.75"), notify=True)

    assert (order.payment_status, order.open_amount) == (PaymentStatus.PAID, 0)
    assert order.invoices[0].is_paid
    assert kinds_of_mail() == ["order_confirmation", "order_paid"]


def test_a_payment_makes_the_invoice_where_the_setting_says_so():
    shop().invoice_moment = InvoiceMoment.PAID
    order = placed_order()

    enter_payment(order, by=SYSTEM, amount=Decimal("20"))
    assert not order.invoices
    enter_payment(order, by=SYSTEM, amount=Decimal("47.75"))

    assert [(invoice.total, invoice.is_paid) for invoice in order.invoices] == [(TOTAL, True)]


def test_an_overpayment_is_to_be_paid_back_and_its_refund_closes_the_ledger():
    order = placed_order()

    enter_payment(order, by=SYSTEM, amount=Decimal("70"))
    assert (order.payment_status, order.open_amount) == (PaymentStatus.PAID, Decimal("-2.25"))
    enter_refund(order, by=SYSTEM, amount=Decimal("2.25"), reason="Paid too much")

    assert rows(order) == {"invoiced": TOTAL, "paid": Decimal(-70), "paid_back": Decimal("2.25"), "open": 0}
    assert order.payment_status == PaymentStatus.PAID


def test_a_refund_without_a_credit_note_is_no_longer_owed():
    order = paid_order()

    refund = enter_refund(order, by=SYSTEM, amount=Decimal("10"), method="Cash", reason="Chipped")

    assert (refund.amount, refund.method, refund.reason) == (Decimal(-10), "Cash", "Chipped")
    assert rows(order) == {
        "invoiced": TOTAL,
        "no_longer_owed": Decimal(-10),
        "paid": -TOTAL,
        "paid_back": Decimal(10),
        "open": 0,
    }
    assert order.payment_status == PaymentStatus.PARTIALLY_REFUNDED
    assert kinds_of_mail() == ["order_confirmation"]


def test_a_ledger_row_says_what_is_not_invoiced_yet():
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order()

    assert rows(order) == {"not_yet_invoiced": TOTAL, "open": TOTAL}
    issue_invoice(order, by=SYSTEM)
    assert rows(order) == {"invoiced": TOTAL, "open": TOTAL}


@pytest.mark.parametrize(
    ("sums", "still_open"),
    [
        ({"credited": 30, "paid": 100, "refunded": 30}, 0),
        ({"credited": 30, "paid": 100, "refunded": 0}, -30),
        ({"credited": 10, "paid": 100, "refunded": 30}, 0),
        ({"credited": 30, "paid": 120, "refunded": 20}, -30),
        ({"credited": 30, "paid": 95, "refunded": 30}, 5),
        ({"credited": 0, "paid": 50, "refunded": 50}, 50),
        ({"credited": 0, "paid": 120, "refunded": 30}, 0),
    ],
)
def test_refunds_are_explained_by_credit_notes_then_by_overpayment_then_they_lower_the_claim(sums, still_open):
    amounts: dict[str, Any] = {name: Decimal(amount) for name, amount in sums.items()}

    ledger = Ledger(claim=Decimal(100), invoiced=Decimal(100), **amounts)
    assert ledger.open == still_open
    assert ledger.open == sum(amount for _name, amount in ledger.rows)  # as people read it


def test_an_order_by_which_the_shop_owes_is_closed_by_its_credit_note():
    owed = Decimal(-5)

    assert Ledger(claim=owed, invoiced=owed, credited=Decimal(0), paid=Decimal(0), refunded=Decimal(0)).open == owed
    assert Ledger(claim=owed, invoiced=owed, credited=owed, paid=Decimal(0), refunded=Decimal(0)).open == 0


def test_taking_back_one_of_two_payments_reopens_the_invoice():
    order = placed_order()
    first = enter_payment(order, by=SYSTEM, amount=Decimal("20"))
    enter_payment(order, by=SYSTEM, amount=Decimal("47.75"))

    counter_row = take_back_payment(first, by=SYSTEM)

    assert (counter_row.amount, counter_row.reverses_id) == (Decimal(-20), first.id)
    assert (order.payment_status, order.open_amount) == (PaymentStatus.PARTIALLY_PAID, Decimal("20"))
    assert not order.invoices[0].is_paid
    assert happened(order)[-1] == Happened.PAYMENT_TAKEN_BACK
    refused(lambda: take_back_payment(first, by=SYSTEM), "already been undone")
    refused(lambda: take_back_payment(counter_row, by=SYSTEM), "Enter the payment again")


def test_a_refund_entered_by_mistake_is_taken_back():
    order = paid_order()
    refund = enter_refund(order, by=SYSTEM, amount=Decimal("10"))

    take_back_payment(refund, by=SYSTEM)

    assert (order.paid, order.refunded, order.open_amount) == (TOTAL, 0, 0)
    assert happened(order)[-1] == Happened.REFUND_TAKEN_BACK
    enter_refund(order, by=SYSTEM, amount=TOTAL)


def test_what_may_not_be_taken_back():
    confirmed = paid_order(payment_method="iDEAL")
    refused(lambda: take_back_payment(confirmed.payments[0], by=SYSTEM), "Paid online at once")
    paid_back = paid_order()
    enter_refund(paid_back, by=SYSTEM, amount=Decimal("10"))
    refused(lambda: take_back_payment(paid_back.payments[0], by=SYSTEM), "Undo the refund first")


@pytest.mark.parametrize(
    ("amount", "currency", "sentence"),
    [
        ("0", "EUR", "more than 0"),
        ("-5", "EUR", "more than 0"),
        ("0.001", "EUR", "EUR has 2 decimals"),
        ("10.5", "JPY", "JPY has 0 decimals"),
    ],
)
def test_an_amount_that_is_none_is_refused(amount, currency, sentence):
    order = paid_order(currency=currency)

    refused(lambda: enter_payment(order, by=SYSTEM, amount=Decimal(amount)), sentence)
    refused(lambda: enter_refund(order, by=SYSTEM, amount=Decimal(amount)), sentence)


def test_no_more_is_paid_back_than_was_paid():
    order = placed_order()
    refused(lambda: enter_refund(order, by=SYSTEM, amount=Decimal(1)), "Nothing was paid")
    enter_payment(order, by=SYSTEM, amount=Decimal("20"))
    refused(lambda: enter_refund(order, by=SYSTEM, amount=Decimal("20.01")), "at most €20.00")
    enter_refund(order, by=SYSTEM, amount=Decimal("20"))
    refused(lambda: enter_refund(order, by=SYSTEM, amount=Decimal("0.01")), "All that was paid has been refunded")


def test_a_payment_of_tomorrow_and_on_a_draft_is_refused():
    order = placed_order()
    tomorrow = now() + timedelta(days=1)
    refused(lambda: enter_payment(order, by=SYSTEM, amount=Decimal(1), paid_at=tomorrow), "still to come")
    order.is_draft = True
    refused(lambda: enter_payment(order, by=SYSTEM, amount=Decimal(1)), "draft")
    refused(lambda: enter_refund(order, by=SYSTEM, amount=Decimal(1)), "draft")


def test_money_that_comes_in_after_cancelling_is_to_be_paid_back():
    order = placed_order(cancelled_at=PLACED_AT)

    enter_payment(order, by=SYSTEM, amount=Decimal("20"), notify=True)

    assert (order.payment_status, order.open_amount) == (PaymentStatus.CANCELLED, Decimal(-20))
    assert kinds_of_mail() == []
    enter_refund(order, by=SYSTEM, amount=Decimal("20"))
    assert order.open_amount == 0


def test_money_pays_invoices_in_the_order_of_issue():
    order = two_invoices()

    enter_payment(order, by=SYSTEM, amount=Decimal("40"))
    assert [invoice.is_paid for invoice in order.invoices] == [True, False]
    enter_payment(order, by=SYSTEM, amount=Decimal("27.75"))
    assert [invoice.is_paid for invoice in order.invoices] == [True, True]
    take_back_payment(order.payments[0], by=SYSTEM)
    assert [invoice.is_paid for invoice in order.invoices] == [False, False]


def test_an_invoice_set_not_paid_takes_back_just_its_own_money():
    order = two_invoices()
    mark_paid(order, by=SYSTEM, notify=False)
    second = order.invoices[1]

    change_invoice(second, by=SYSTEM, paid=False, delivery_time="")

    assert [invoice.is_paid for invoice in order.invoices] == [True, False]
    assert order.paid == order.invoices[0].total
    assert order.payment_status == PaymentStatus.PARTIALLY_PAID
    mark_not_paid(order, by=SYSTEM)
    assert (order.paid, order.open_amount) == (0, TOTAL)


def test_paid_and_not_paid_again_and_again_leaves_nothing_behind():
    order = placed_order()
    invoice = order.invoices[0]
    for _ in range(2):
        change_invoice(invoice, by=SYSTEM, paid=True, delivery_time="")
        change_invoice(invoice, by=SYSTEM, paid=False, delivery_time="")
        mark_paid(order, by=SYSTEM, notify=False)
        mark_not_paid(order, by=SYSTEM)

    assert (order.paid, order.open_amount, invoice.is_paid) == (0, TOTAL, False)
    assert list(checks.findings()) == []


def test_an_order_of_zero_owes_nothing_and_stays_paid():
    order = placed_order(lines=[line("Sample", quantity="1", unit_price="0")], total=ZERO, tax_total=ZERO)

    refused(lambda: mark_paid(order, by=SYSTEM), "Nothing is open")
    refused(lambda: mark_not_paid(order, by=SYSTEM), "not paid")
    refused(lambda: enter_refund(order, by=SYSTEM, amount=Decimal(1)), "Nothing was paid")
    refused(lambda: change_invoice(order.invoices[0], by=SYSTEM, paid=False, delivery_time=""), "Nothing is due on it")
    assert rows(order) == {"open": 0}
    assert order.invoices[0].is_paid


def test_a_refund_without_a_reason_reads_well():
    order = paid_order()
    enter_refund(order, by=SYSTEM, amount=Decimal("10"))

    event = db.session.query(History).filter_by(what=Happened.REFUND_ENTERED).one()
    assert sentence(event.what, event.facts) == "Refund of €10.00"


def two_invoices() -> Order:
    """One of 37.50 for the mugs, one of 30.25 for the rest."""
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order()
    later = order.lines[1:]
    for rest in later:
        rest.invoiced = rest.quantity  # as if the second invoice were there
    issue_invoice(order, by=SYSTEM)
    for rest in later:
        rest.invoiced = ZERO
    issue_invoice(order, by=SYSTEM)
    assert [invoice.total for invoice in order.invoices] == [Decimal("37.50"), Decimal("30.25")]
    return order


CENTS = st.integers(1, 9000).map(lambda cents: Decimal(cents).scaleb(-2))
DEEDS = st.one_of(
    st.tuples(st.just("pay"), CENTS),
    st.tuples(st.just("refund"), CENTS),
    st.tuples(st.just("take back"), st.integers(0, 7)),
    st.tuples(st.just("paid"), st.none()),
    st.tuples(st.just("not paid"), st.none()),
    st.tuples(st.just("invoice"), st.booleans()),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(DEEDS, max_size=9), invoiced_at_once=st.booleans())
def test_whatever_is_paid_and_taken_back_the_ledger_closes(deeds, invoiced_at_once):
    savepoint = db.session.begin_nested()
    shop().invoice_moment = InvoiceMoment.DIRECT if invoiced_at_once else InvoiceMoment.PAID
    order = placed_order()
    for name, how in deeds:
        try:
            act(order, name, how)
        except ActionRefused:
            continue
        agrees(order)
    savepoint.rollback()
    db.session.expire_all()


def act(order: Order, name: str, how: Any) -> None:
    if name == "pay":
        enter_payment(order, by=SYSTEM, amount=how)
    elif name == "refund":
        enter_refund(order, by=SYSTEM, amount=how)
    elif name == "take back" and how < len(order.payments):
        take_back_payment(order.payments[how], by=SYSTEM)
    elif name == "paid":
        mark_paid(order, by=SYSTEM, notify=False)
    elif name == "not paid":
        mark_not_paid(order, by=SYSTEM)
    elif name == "invoice" and order.invoices:
        change_invoice(order.invoices[0], by=SYSTEM, paid=how, delivery_time="")


def agrees(order: Order) -> None:
    db.session.flush()
    assert sum(amount for _name, amount in order.ledger.rows) == order.open_amount
    assert sum(payment.amount for payment in order.payments) == order.paid - order.refunded
    assert 0 <= order.refunded <= order.paid
    assert order.open_amount == order.open_amount.quantize(Decimal("0.01"))
    assert [*checks.state_findings(order), *checks.ledger_findings(order)] == []
    assert all(invoice.is_paid != order.is_unpaid for invoice in order.invoices)


def test_mark_paid_settles_what_is_open_and_tells_the_customer():
    order = placed_order()

    payment = mark_paid(order, by=SYSTEM)

    assert (payment.amount, order.paid, order.open_amount) == (Decimal("67.75"), Decimal("67.75"), 0)
    assert (order.status, order.payment_status) == (OrderStatus.AWAITING_SHIPMENT, PaymentStatus.PAID)
    assert order.invoices[0].is_paid
    assert kinds_of_mail() == ["order_confirmation", "order_paid"]
    refused(lambda: mark_paid(order, by=SYSTEM), "Nothing is open")


def test_mark_paid_without_the_mail():
    mark_paid(placed_order(), by=SYSTEM, notify=False)

    assert kinds_of_mail() == ["order_confirmation"]


def test_mark_not_paid_takes_the_payment_back_by_a_counter_row():
    order = placed_order()
    mark_paid(order, by=SYSTEM)

    mark_not_paid(order, by=SYSTEM)

    assert [(p.kind, p.amount) for p in order.payments] == [
        ("payment", Decimal("67.75")),
        ("reversal", Decimal("-67.75")),
    ]
    assert (order.payment_status, order.open_amount) == (PaymentStatus.NOT_PAID, Decimal("67.75"))
    assert not order.invoices[0].is_paid
    refused(lambda: mark_not_paid(order, by=SYSTEM), "not paid")


def test_mark_not_paid_refuses_a_method_that_confirms_itself():
    order = paid_order(payment_method="iDEAL")

    refused(lambda: mark_not_paid(order, by=SYSTEM), "Paid online at once")


# --- Not paid -------------------------------------------------------------------------------------------------------


def set_invoice(order: Order, *, paid: bool, which: int = 0) -> None:
    change_invoice(order.invoices[which], by=SYSTEM, paid=paid, delivery_time="")


def standing(order: Order) -> list[Decimal]:
    db.session.flush()
    return [payment.amount for payment in standing_payments(order)]


def test_not_paid_undoes_what_paid_did_and_leaves_what_was_entered():
    order = placed_order()
    enter_payment(order, by=SYSTEM, amount=Decimal(20))
    mark_paid(order, by=SYSTEM)
    mark_not_paid(order, by=SYSTEM)

    assert standing(order) == [Decimal(20)]
    assert (order.payment_status, order.open_amount) == ("partially_paid", Decimal("47.75"))
    refused(lambda: mark_not_paid(order, by=SYSTEM), "€20.00 was entered as a payment")


def test_not_paid_on_an_invoice_leaves_a_part_payment_that_was_entered():
    order = placed_order()
    enter_payment(order, by=SYSTEM, amount=Decimal(20), reference="tr_1")
    set_invoice(order, paid=True)
    assert standing(order) == [Decimal(20), Decimal("47.75")]

    set_invoice(order, paid=False)

    assert standing(order) == [Decimal(20)]
    assert (order.invoices[0].is_paid, order.open_amount) == (False, Decimal("47.75"))
    last = db.session.scalars(select(History).where(History.what == Happened.INVOICE_NOT_PAID)).one()
    assert sentence(last.what, last.facts) == "Invoice INV00001 marked as not paid: €47.75 undone"


def test_not_paid_on_an_invoice_refuses_where_entered_money_pays_it():
    order = placed_order()
    enter_payment(order, by=SYSTEM, amount=TOTAL)

    refused(lambda: set_invoice(order, paid=False), "€67.75 was entered as a payment")
    assert standing(order) == [TOTAL]


def test_not_paid_on_one_of_two_invoices_leaves_what_pays_the_other():
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order()
    first = issue_invoice(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(3)})
    second = issue_invoice(order, by=SYSTEM)
    mark_paid(order, by=SYSTEM)
    set_invoice(order, paid=False, which=1)

    assert (first.is_paid, second.is_paid) == (True, False)
    assert standing(order) == [first.total]

    set_invoice(order, paid=True, which=1)
    set_invoice(order, paid=False, which=1)
    assert standing(order) == [first.total]


def test_history_names_each_amount_that_not_paid_took_back():
    order = placed_order()
    mark_paid(order, by=SYSTEM)
    order.total += 5
    mark_paid(order, by=SYSTEM)
    mark_not_paid(order, by=SYSTEM)

    last = db.session.scalars(select(History).where(History.what == Happened.ORDER_NOT_PAID)).one()
    assert sentence(last.what, last.facts) == "Not paid: payment of €72.75 undone (67.75 + 5.00)"


# --- the rest of the invoices ---------------------------------------------------------------------------------------


def by_paid(order: Order) -> None:
    mark_paid(order, by=SYSTEM)


def by_payment(order: Order) -> None:
    enter_payment(order, by=SYSTEM, amount=order.open_amount)


def by_invoice(order: Order) -> None:
    enter_payment(order, by=SYSTEM, amount=order.open_amount - order.invoices[0].total)
    set_invoice(order, paid=True)


def by_update(order: Order) -> None:
    update_order(order, new_order(payments=[NewPayment(TOTAL, PLACED_AT, external_id="tr")]), by=SYSTEM)


def by_refund_taken_back(order: Order) -> None:
    enter_payment(order, by=SYSTEM, amount=Decimal(60))
    refund = enter_refund(order, by=SYSTEM, amount=Decimal(5))
    enter_payment(order, by=SYSTEM, amount=order.open_amount)
    take_back_payment(refund, by=SYSTEM)


def part_invoiced_by_hand() -> Order:
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order()
    issue_invoice(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(3)})
    return order


def test_paid_invoices_the_rest_where_that_is_asked_for():
    order = part_invoiced_by_hand()
    assert "invoice" in {one.name for one in mark_paid.inputs_on(order)}

    mark_paid(order, by=SYSTEM, invoice=True)

    assert sum(invoice.total for invoice in order.invoices) == order.total
    assert all(invoice.is_paid for invoice in order.invoices)
    assert "invoice" not in {one.name for one in mark_paid.inputs_on(order)}


def test_paid_on_the_last_open_invoice_invoices_the_rest_where_that_is_asked_for():
    order = part_invoiced_by_hand()
    (first,) = order.invoices
    assert "rest" not in {one.name for one in change_invoice.inputs_on(first)}  # it settles a part only
    enter_payment(order, by=SYSTEM, amount=order.total - first.total)
    assert "rest" in {one.name for one in change_invoice.inputs_on(first)}

    change_invoice(first, by=SYSTEM, paid=True, delivery_time="", rest=True)

    assert order.is_paid_for
    assert sum(invoice.total for invoice in order.invoices) == order.total


def test_paid_issues_nothing_that_nobody_asked_for():
    order = part_invoiced_by_hand()
    mark_paid(order, by=SYSTEM)

    assert len(order.invoices) == 1
    assert paid_not_invoiced(order) > 0


@pytest.mark.parametrize("settle_by", [by_paid, by_payment, by_invoice, by_update, by_refund_taken_back])
def test_whatever_settles_an_order_issues_the_rest_of_its_invoices(settle_by):
    shop().invoice_moment = InvoiceMoment.PAID
    order = placed_order()
    issue_invoice(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(3)})

    settle_by(order)

    assert order.is_paid_for
    assert sum(invoice.total for invoice in order.invoices) == order.total
    assert all(invoice.is_paid for invoice in order.invoices)
    assert paid_not_invoiced(order) == 0
