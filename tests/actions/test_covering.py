"""A refund with the credit note that covers it: over that very amount, in whatever currency."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.accounting.owed import paid_back_without_credit_note, paid_not_invoiced
from app.actions.elsewhere import set_invoiced_elsewhere
from app.actions.payments import enter_payment, enter_refund, mark_paid, not_invoiced_warning, refund_warning
from app.actions.shipments import mark_sent
from app.extensions import db
from app.history import SYSTEM
from app.models import InvoiceMoment, Order
from app.operations import checks
from app.queries import shop
from tests.factories import line, paid_order, placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def in_currency(currency: str) -> Order:
    """Prices without tax in yen, of two rates in dinar."""
    if currency == "JPY":
        vase = line("Vase", quantity="3", unit_price="1001", rate="10")
        vase.taxes[0].amount = Decimal("300.3")
        return placed_order(
            currency="JPY", prices_include_tax=False, lines=[vase], total=Decimal(3303), tax_total=Decimal(300)
        )
    if currency == "KWD":
        lines = [
            line("Clay", quantity="1.5", unit_price="3.335", rate="9", external_id="1"),
            line("Book", quantity="2", unit_price="10.005", rate="0", external_id="2"),
            line("Discount", quantity="1", unit_price="-1.255", rate="9", kind="discount", external_id="3"),
        ]
        return placed_order(currency="KWD", lines=lines, total=Decimal("23.758"), tax_total=Decimal("0.31"))
    return placed_order()


def notes(order: Order) -> list[Decimal]:
    db.session.flush()
    return [one.total for one in order.invoices if one.is_credit_note]


@pytest.mark.parametrize(
    ("currency", "amount"),
    [
        ("EUR", "10"),
        ("EUR", "0.01"),
        ("EUR", "60.13"),
        ("JPY", "1"),
        ("JPY", "2000"),
        ("KWD", "0.007"),
        ("KWD", "9.123"),
    ],
)
def test_a_refund_can_be_covered_by_a_credit_note_over_that_amount(currency: str, amount: str) -> None:
    order = in_currency(currency)
    mark_paid(order, by=SYSTEM)
    enter_refund(order, by=SYSTEM, amount=Decimal(amount), credit=True)

    assert sum(notes(order)) == -Decimal(amount)
    assert (paid_back_without_credit_note(order), order.open_amount) == (0, 0)
    assert list(checks.findings()) == []
    assert list(checks.money_warnings(order)) == []


def test_a_refund_of_all_before_anything_went_credits_the_goods() -> None:
    order = paid_order()
    enter_refund(order, by=SYSTEM, amount=Decimal("67.75"), credit=True)

    assert notes(order) == [Decimal("-67.75")]
    assert not any(line.to_ship > 0 for line in order.lines)
    assert order.status != "needs_decision"


def test_a_refund_of_all_after_it_went_asks_for_no_return() -> None:
    order = paid_order()
    mark_sent(order, by=SYSTEM)
    enter_refund(order, by=SYSTEM, amount=Decimal("67.75"), credit=True)

    assert (notes(order), order.returns) == ([Decimal("-67.75")], [])
    assert (order.payment_status, order.status) == ("refunded", "completed")


def test_what_a_credit_note_covers_already_gets_no_second() -> None:
    order = paid_order()
    enter_refund(order, by=SYSTEM, amount=Decimal(10), credit=True)
    enter_payment(order, by=SYSTEM, amount=Decimal(5))
    enter_refund(order, by=SYSTEM, amount=Decimal(5), credit=True)

    assert notes(order) == [Decimal(-10)]


def test_the_pop_up_says_before_what_no_credit_note_covers() -> None:
    order = paid_order()
    assert "No credit note covers a refund" in refund_warning(order)
    enter_payment(order, by=SYSTEM, amount=Decimal(5))
    assert refund_warning(order) == "€5.00 is to be paid back. No credit note covers more than that."


def test_nothing_is_said_of_what_is_not_invoiced_here() -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = paid_order()
    assert refund_warning(order) == ""
    set_invoiced_elsewhere(order, by=SYSTEM)
    assert refund_warning(order) == ""


def test_check_warns_of_money_that_no_document_tells_of() -> None:
    order = paid_order()
    enter_refund(order, by=SYSTEM, amount=Decimal(10))
    shop().invoice_moment = InvoiceMoment.MANUAL
    other = paid_order()

    assert list(checks.warnings()) == [
        f"{order.number}: €10.00 went back without a credit note. Create one over that amount",
        f"{other.number}: €67.75 is paid and not invoiced. Create the invoice of the rest",
    ]


def test_more_back_by_a_method_than_came_by_it_is_doubted() -> None:
    order = placed_order()
    enter_payment(order, by=SYSTEM, amount=Decimal(20), method="Gift card")
    enter_payment(order, by=SYSTEM, amount=Decimal("47.75"), method="iDEAL")
    doubt = enter_refund.doubt
    assert doubt is not None

    said = "More goes back by {} than is left of what came by it: {}."
    assert doubt(order, amount=Decimal("47.75"), method="iDEAL") == ""
    assert doubt(order, amount=Decimal(30), method="Gift card") == said.format("Gift card", "€20.00")
    assert doubt(order, amount=Decimal(30), method="Cash") == said.format("Cash", "€0.00")
    enter_refund(order, by=SYSTEM, amount=Decimal(20), method="Gift card")
    assert doubt(order, amount=Decimal(1), method="Gift card") == said.format("Gift card", "€0.00")


def test_enter_payment_offers_the_invoice_of_the_rest() -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order()
    assert not_invoiced_warning(order) == "€67.75 of this order is not invoiced. Tick that it is, once it is paid."

    enter_payment(order, by=SYSTEM, amount=Decimal(20), invoice=True)
    assert order.invoices == []
    enter_payment(order, by=SYSTEM, amount=Decimal("47.75"), invoice=True)

    assert [invoice.total for invoice in order.invoices] == [Decimal("67.75")]
    assert (paid_not_invoiced(order), not_invoiced_warning(order)) == (0, "")
