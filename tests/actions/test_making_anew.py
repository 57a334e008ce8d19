"""Crediting an invoice and making it anew: the documents change, goods and money don't."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.accounting.crediting import is_fully_credited
from app.actions.addresses import ADDRESS_FIELDS
from app.actions.credit_notes import create_credit_note
from app.actions.invoices import issue_invoice
from app.actions.making_anew import correct_buyer, make_invoice_anew
from app.actions.payments import mark_paid
from app.actions.shipments import create_packing_slip, mark_sent
from app.actions.suspending import suspend
from app.documents.invoice_page import settlement_of
from app.documents.wording import Writing
from app.extensions import db
from app.history import SYSTEM, Happened
from app.models import Invoice, InvoiceMoment, Order, PaymentStatus, StockMovement
from app.operations import checks
from app.queries import shop
from tests.factories import line, paid_order, placed_order
from tests.looking import happened, kinds_of_mail, refused

pytestmark = pytest.mark.usefixtures("database")


def address(**stated: str) -> dict[str, str]:
    delft = {"name": "Femke Jansen", "street": "Markt 87", "postcode": "2611 GS", "city": "Delft", "country": "NL"}
    return {**dict.fromkeys(ADDRESS_FIELDS, ""), **delft, **stated}


def goods(order: Order) -> list[tuple[Decimal, ...]]:
    return [(one.quantity, one.invoiced, one.credited, one.shipped, one.to_ship) for one in order.lines]


def money(order: Order) -> tuple[object, ...]:
    return order.open_amount, order.paid, order.invoiced, order.credited, order.payment_status, order.status


@pytest.mark.each_database
def test_correct_the_buyer_credits_and_makes_anew_and_the_money_stays() -> None:
    order = paid_order(language="en")
    create_packing_slip(order, by=SYSTEM)
    before, owed, stock = goods(order), money(order), db.session.scalars(select(StockMovement.id)).all()
    (wrong,) = order.invoices
    corrected = {"address": address(company="Jansen BV", street="Kade 1"), "vat_id": "NL000099998B57"}

    right = correct_buyer(wrong, by=SYSTEM, notify=True, **corrected)

    _wrong, note, _right = order.invoices
    assert (note.total, right.total, note.credits_id, note.makes_anew) == (-wrong.total, wrong.total, wrong.id, True)
    assert note.snapshot["buyer"] == wrong.snapshot["buyer"]
    buyer = right.snapshot["buyer"]
    assert (buyer["company"], buyer["street"], buyer["vat_id"]) == ("Jansen BV", "Kade 1", "NL000099998B57")
    assert right.snapshot["vat"] == wrong.snapshot["vat"]
    assert (goods(order), money(order)) == (before, owed)
    assert order.shipping.street == "Markt 87"
    assert db.session.scalars(select(StockMovement.id)).all() == stock
    assert [one.is_paid for one in (wrong, right)] == [True, True]
    assert settlement_of(note, Writing("en")).open == 0
    assert kinds_of_mail()[-2:] == ["credit_note", "invoice"]
    assert happened(order).count(Happened.BUYER_CORRECTED) == 1
    assert list(checks.findings()) == []
    refused(lambda: correct_buyer(right, by=SYSTEM, **corrected), "names this buyer already")
    refused(lambda: correct_buyer(right, by=SYSTEM, address=address(name="")), "fill in a name or a company")


def test_goods_still_go_where_they_went_when_only_one_address_was_known() -> None:
    order = placed_order()
    db.session.delete(order.shipping)
    db.session.flush()
    db.session.expire(order, ["addresses"])

    correct_buyer(order.invoices[0], by=SYSTEM, address=address(street="Kade 1"))

    assert (order.billing.street, order.shipping.street) == ("Kade 1", "Markt 87")


def test_credit_and_make_anew_again_and_after_a_part_was_credited() -> None:
    order = placed_order()
    (first,) = order.invoices
    mugs, teapot, _shipping = order.lines
    create_credit_note(first, by=SYSTEM, quantities={mugs.id: Decimal(1)}, amounts={teapot.id: Decimal("4.20")})
    owed = order.open_amount

    second = make_invoice_anew(first, by=SYSTEM, reason="VAT was printed wrong")
    assert (second.total, order.open_amount, mugs.credited, mugs.invoiced) == (Decimal("51.05"), owed, 1, 3)
    assert [(row["quantity"], row["unit_price"], row["amount"]) for row in second.snapshot["lines"]] == [
        ("2", "12.5", "25.00"),
        ("1", "20", "20.00"),
        ("1", "6.05", "6.05"),
    ]
    third = make_invoice_anew(second, by=SYSTEM)
    assert (is_fully_credited(first), is_fully_credited(second), third.total) == (True, True, second.total)
    create_credit_note(third, by=SYSTEM)
    assert (order.open_amount, order.invoiced, order.credited) == (0, order.total, order.total)
    assert list(checks.findings()) == []
    refused(lambda: make_invoice_anew(third, by=SYSTEM), "Everything on this invoice is credited")


@pytest.mark.each_database
def test_of_two_invoices_each_keeps_its_money_and_its_part_of_discount_and_difference() -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    lines = [
        line("Pizza", quantity="5", unit_price="5.50", rate="9", external_id="1"),
        line("Discount", quantity="1", unit_price="-2.75", rate="9", kind="discount", external_id="2"),
    ]
    order = placed_order(lines=lines, total=Decimal("24.77"), tax_total=None)
    pizza = order.lines[0]
    first = issue_invoice(order, by=SYSTEM, quantities={pizza.id: Decimal(2)})
    second = issue_invoice(order, by=SYSTEM)
    mark_paid(order, by=SYSTEM, notify=False)

    again = [make_invoice_anew(first, by=SYSTEM), make_invoice_anew(second, by=SYSTEM)]

    assert [one.total for one in again] == [Decimal("9.90"), Decimal("14.87")]
    assert [one.is_paid for one in order.invoices if not one.is_credit_note] == [True] * 4
    assert (order.open_amount, order.payment_status, order.invoiced) == (0, PaymentStatus.PAID, order.total)
    assert list(checks.findings()) == []


def test_what_is_not_paid_stays_so() -> None:
    order = placed_order()
    again = make_invoice_anew(order.invoices[0], by=SYSTEM)
    assert (again.is_paid, order.open_amount) == (False, Decimal("67.75"))
    mark_paid(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM, notify=False)
    sent = make_invoice_anew(again, by=SYSTEM)
    assert (sent.is_paid, order.status) == (True, "completed")
    assert list(checks.findings()) == []


def test_it_is_refused_with_the_reason() -> None:
    order = placed_order()
    (invoice,) = order.invoices
    suspend(order, by=SYSTEM, reason="Address unknown")
    refused(lambda: make_invoice_anew(invoice, by=SYSTEM), "on hold")
    other = placed_order()
    create_credit_note(other.invoices[0], by=SYSTEM)
    note = next(one for one in other.invoices if one.is_credit_note)
    refused(lambda: make_invoice_anew(note, by=SYSTEM), "A credit note isn’t made anew")
    refused(lambda: correct_buyer(note, by=SYSTEM, address=address()), "Correct the invoice")
    assert db.session.scalars(select(Invoice.makes_anew).where(Invoice.makes_anew)).all() == []
