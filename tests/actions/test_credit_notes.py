"""Credit notes: what they take, what they refuse, and what else they bring about."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.accounting.billing import to_choose
from app.accounting.crediting import left_to_pay_back
from app.actions.credit_notes import (
    create_credit_note,
    credit_order,
    credit_return,
    creditable,
    creditable_amounts,
    notes_of,
    reimbursable,
)
from app.actions.invoices import change_invoice, issue_invoice
from app.actions.order_customer import change_customer
from app.actions.payments import enter_payment, enter_refund, mark_not_paid, mark_paid
from app.actions.returns import (
    change_return,
    complete_return,
    create_return,
    receive_return,
    reject_return,
    return_until,
)
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.stock import count_stock
from app.documents.invoice_page import invoice_page, settlement_of
from app.documents.wording import Writing
from app.extensions import db
from app.history import SYSTEM, Happened
from app.intake_readers.new_order import NewLine, NewTax
from app.models import (
    Invoice,
    InvoiceLine,
    InvoiceMoment,
    Order,
    OutgoingMail,
    PaymentStatus,
    Product,
    ReturnStatus,
    StockMovement,
)
from app.operations import checks
from app.queries import search, shop
from tests.factories import line, paid_order, placed_order
from tests.looking import happened, kinds_of_mail, refused

pytestmark = pytest.mark.usefixtures("database")


def money(invoice: Invoice) -> tuple[Decimal, Decimal, Decimal]:
    return (invoice.net_total, invoice.tax_total, invoice.total)


def sent_order(**stated: object) -> Order:
    order = paid_order(**stated)
    mark_sent(order, by=SYSTEM, notify=False)
    return order


def sent_order_with_stock() -> tuple[Order, Product]:
    mugs = Product(sku="MUG-30", name="Stoneware mug", stock=Decimal(10))
    db.session.add(mugs)
    db.session.flush()
    count_stock(mugs, mugs.stock, by=SYSTEM)
    order = sent_order()
    assert mugs.stock == 7
    return order, mugs


# --- what it takes --------------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_crediting_an_order_takes_all_of_it_and_closes_the_invoice() -> None:
    order = placed_order()
    (invoice,) = order.invoices

    (note,) = credit_order(order, by=SYSTEM, notify=True)

    assert (note.number, note.kind, note.credits_id) == ("CRN00001", "credit_note", invoice.id)
    assert money(note) == tuple(-amount for amount in money(invoice))
    assert [(line.quantity, line.net, line.tax) for line in note.lines] == [
        (-line.quantity, -line.net, -line.tax) for line in invoice.lines
    ]
    assert [line.credited for line in order.lines] == [3, 1, 1]
    assert (order.credited, order.open_amount, order.payment_status) == (
        Decimal("67.75"),
        0,
        PaymentStatus.NOTHING_OWED,
    )
    assert invoice.is_paid
    assert order.returns == []  # nothing was sent
    assert kinds_of_mail() == ["order_confirmation", "credit_note"]
    assert Happened.CREDIT_NOTE_ISSUED in happened(order)
    assert "crn00001" in search.document(order)
    assert list(checks.findings()) == []
    refused(lambda: credit_order(order, by=SYSTEM), "Everything that was invoiced is credited")
    refused(lambda: create_credit_note(invoice, by=SYSTEM), "Everything on this invoice is credited")
    refused(lambda: create_credit_note(note, by=SYSTEM), "This is a credit note already")


def test_parts_copy_the_invoices_amounts_and_the_last_takes_the_rest() -> None:
    order = placed_order(lines=[line("Pencil", quantity="3", unit_price="3.34")], total=Decimal("10.00"))  # stated less
    (invoice,) = order.invoices
    (pencils,) = order.lines

    notes = [create_credit_note(invoice, by=SYSTEM, quantities={pencils.id: Decimal(1)}) for _ in range(3)]

    assert [money(note) for note in notes] == [
        (Decimal("-2.76"), Decimal("-0.58"), Decimal("-3.34")),
        (Decimal("-2.76"), Decimal("-0.58"), Decimal("-3.34")),
        (Decimal("-2.74"), Decimal("-0.58"), Decimal("-3.32")),  # with the stated difference of -0.02
    ]
    assert [len(note.lines) for note in notes] == [1, 1, 2]
    assert sum(note.total for note in notes) == -invoice.total


def test_a_free_amount_is_a_line_without_quantity() -> None:
    order = placed_order(language="en")
    (invoice,) = order.invoices
    _mugs, teapot, shipping = order.lines

    note = create_credit_note(
        invoice, by=SYSTEM, quantities={shipping.id: Decimal(1)}, amounts={teapot.id: Decimal("5.00")}
    )

    assert [(line.order_line_id, line.quantity, line.net, line.tax) for line in note.lines] == [
        (teapot.id, 0, Decimal("-4.13"), Decimal("-0.87")),
        (shipping.id, -1, Decimal("-5"), Decimal("-1.05")),
    ]
    assert [line.credited for line in order.lines] == [0, 0, 1]
    said = note.snapshot["lines"][0]
    assert (said["quantity"], said["unit_price"], said["amount"]) == ("0", "0", "-5.00")
    rest = create_credit_note(invoice, by=SYSTEM)
    assert rest.total == -(invoice.total + note.total)
    teapot_said = rest.snapshot["lines"][1]
    assert (teapot_said["quantity"], teapot_said["unit_price"], teapot_said["amount"]) == ("-1", "19.2", "-19.20")
    assert list(checks.findings()) == []


def test_amounts_are_without_vat_where_the_prices_are() -> None:
    given = line("Mug", quantity="2", unit_price="12.10")
    given.total, given.unit_price = Decimal("20.00"), Decimal("10.00")
    order = placed_order(lines=[given], prices_include_tax=False, total=Decimal("24.20"), tax_total=Decimal("4.20"))
    (invoice,) = order.invoices
    (mugs,) = order.lines

    note = create_credit_note(invoice, by=SYSTEM, amounts={mugs.id: Decimal("1.00")})

    assert money(note) == (Decimal("-1"), Decimal("-0.21"), Decimal("-1.21"))
    refused(lambda: create_credit_note(invoice, by=SYSTEM, amounts={mugs.id: Decimal("19.01")}), "At most €19.00")


@pytest.mark.each_database
def test_it_refuses_more_than_is_left_and_what_is_no_amount() -> None:
    order = placed_order()
    (invoice,) = order.invoices
    mugs = order.lines[0]
    create_credit_note(invoice, by=SYSTEM, quantities={mugs.id: Decimal(1)})

    def credit(**what: object) -> object:
        return lambda: create_credit_note(invoice, by=SYSTEM, **what)

    refused(credit(quantities={mugs.id: Decimal(3)}), "less left to credit than 3")
    refused(credit(quantities={mugs.id: Decimal(-1)}), "less left to credit than -1")
    refused(credit(quantities={999_999: Decimal(1)}), "less left to credit than 1")
    refused(credit(amounts={mugs.id: Decimal("25.01")}), "At most €25.00 of this line")
    refused(credit(amounts={mugs.id: Decimal("-1")}), "At most €25.00 of this line")
    refused(credit(amounts={mugs.id: Decimal("1.001")}), "too many decimals for an amount in EUR")
    refused(credit(quantities={mugs.id: Decimal(1)}, amounts={mugs.id: Decimal("12.51")}), "At most €12.50")
    refused(credit(quantities={mugs.id: Decimal(0)}, amounts={}), "Enter at least one quantity or amount")


def test_a_discount_is_credited_with_its_products() -> None:
    lines = [
        line("Mug", quantity="1", unit_price="10", external_id="1"),
        line("Plate", quantity="1", unit_price="10", external_id="2"),
        line("Voucher", quantity="1", unit_price="-5", kind="discount", external_id="3"),
    ]
    order = placed_order(lines=lines, total=Decimal(15))
    (invoice,) = order.invoices
    mug, plate, voucher = order.lines

    assert creditable(invoice) == {mug.id: 1, plate.id: 1}
    assert creditable_amounts(invoice) == {mug.id: Decimal("7.50"), plate.id: Decimal("7.50")}
    for alone in ({voucher.id: Decimal(1)}, {voucher.id: Decimal(1), mug.id: Decimal(1)}):
        refused(lambda alone=alone: create_credit_note(invoice, by=SYSTEM, quantities=alone), "in proportion: leave it")
    first = create_credit_note(invoice, by=SYSTEM, quantities={mug.id: Decimal(1)})
    refused(lambda: create_credit_note(invoice, by=SYSTEM, amounts={plate.id: Decimal("7.51")}), "At most €7.50")
    part = create_credit_note(invoice, by=SYSTEM, amounts={plate.id: Decimal("2.99")})
    last = create_credit_note(invoice, by=SYSTEM, quantities={plate.id: Decimal(1)})

    assert [note.total for note in (first, part, last)] == [Decimal("-7.50"), Decimal("-2.99"), Decimal("-4.51")]
    assert (voucher.credited, order.open_amount) == (1, 0)
    assert list(checks.findings()) == []


def test_a_discount_on_the_whole_order_goes_back_in_proportion() -> None:
    """Two of five pizzas of 5.50 with 2.75 off the order: 9.90 was paid for them."""
    lines = [
        line("Pizza", quantity="5", unit_price="5.50", rate="9", external_id="1"),
        line("Discount", quantity="1", unit_price="-2.75", rate="9", kind="discount", external_id="2"),
        line("Parcel post", quantity="1", unit_price="6.05", kind="shipping", external_id="3"),
    ]
    order = placed_order(lines=lines, total=Decimal("30.80"), tax_total=None)
    (invoice,) = order.invoices
    pizza, _discount, shipping = order.lines

    notes = [
        create_credit_note(invoice, by=SYSTEM, quantities={pizza.id: Decimal(2)}),
        create_credit_note(invoice, by=SYSTEM, quantities={pizza.id: Decimal(3)}),
        create_credit_note(invoice, by=SYSTEM, quantities={shipping.id: Decimal(1)}),
    ]

    assert [note.total for note in notes] == [Decimal("-9.90"), Decimal("-14.85"), Decimal("-6.05")]
    assert [each["amount"] for each in notes[0].snapshot["lines"]] == ["-11.00", "1.10"]
    refused(lambda: create_credit_note(invoice, by=SYSTEM), "Everything on this invoice is credited")
    assert list(checks.findings()) == []


def test_of_goods_of_two_rates_each_takes_its_own_part_of_the_discount() -> None:
    order = placed_order(
        lines=[
            line("Mug", quantity="1", unit_price="100", external_id="1"),
            line("Book", quantity="1", unit_price="100", rate="9", external_id="2"),
            NewLine(
                name="Discount",
                kind="discount",
                quantity=Decimal(1),
                unit_price=Decimal(-20),
                total=Decimal(-20),
                taxes=[NewTax("VAT", Decimal("-1.74"), Decimal(21)), NewTax("VAT", Decimal("-0.83"), Decimal(9))],
            ),
        ],
        total=Decimal(180),
        tax_total=None,
    )
    (invoice,) = order.invoices

    note = create_credit_note(invoice, by=SYSTEM, quantities={order.lines[1].id: Decimal(1)})
    rest = create_credit_note(invoice, by=SYSTEM)

    assert note.snapshot["vat"] == [{"name": "", "rate": "9", "base": "-82.57", "tax": "-7.43"}]
    assert rest.snapshot["vat"] == [{"name": "", "rate": "21", "base": "-74.38", "tax": "-15.62"}]
    assert list(checks.findings()) == []


def test_a_discount_that_bears_one_of_two_taxes_belongs_to_its_goods() -> None:
    """No more of a tax is credited than was charged."""
    lines = [
        line("Mug", quantity="1", unit_price="100", external_id="1"),
        line("Book", quantity="1", unit_price="100", rate="9", external_id="2"),
        line("Discount", quantity="1", unit_price="-20", rate="9", kind="discount", external_id="3"),
    ]
    order = placed_order(lines=lines, total=Decimal(180), tax_total=None)
    (invoice,) = order.invoices

    note = create_credit_note(invoice, by=SYSTEM, quantities={order.lines[1].id: Decimal(1)})
    rest = create_credit_note(invoice, by=SYSTEM)

    assert note.snapshot["vat"] == [{"name": "", "rate": "9", "base": "-73.39", "tax": "-6.61"}]
    assert rest.snapshot["vat"] == [{"name": "", "rate": "21", "base": "-82.64", "tax": "-17.36"}]
    assert list(checks.findings()) == []


def test_a_discount_that_bears_the_tax_of_shipping_alone_belongs_to_shipping() -> None:
    lines = [
        line("Book", quantity="2", unit_price="10.90", rate="9", external_id="1"),
        line("Parcel post", quantity="1", unit_price="6.05", kind="shipping", external_id="2"),
        line("Free shipping", quantity="1", unit_price="-6.05", kind="discount", external_id="3"),
    ]
    order = placed_order(lines=lines, total=Decimal("21.80"), tax_total=None)
    (invoice,) = order.invoices

    note = create_credit_note(invoice, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    rest = create_credit_note(invoice, by=SYSTEM)

    assert note.snapshot["vat"] == [{"name": "", "rate": "9", "base": "-10.00", "tax": "-0.90"}]
    assert (rest.total, order.open_amount) == (Decimal("-10.90"), 0)
    assert list(checks.findings()) == []


def test_a_discount_without_taxes_belongs_to_all_products() -> None:
    untaxed = [
        line("Gift card", quantity="1", unit_price="10", external_id="2"),
        line("Parcel post", quantity="1", unit_price="5", kind="shipping", external_id="3"),
        line("Voucher", quantity="1", unit_price="-4", kind="discount", external_id="4"),
    ]
    mug = line("Mug", quantity="1", unit_price="30", external_id="1")
    lines = [mug, *(replace(one, taxes=[]) for one in untaxed)]
    order = placed_order(lines=lines, total=Decimal(41), tax_total=None)
    (invoice,) = order.invoices

    notes = [create_credit_note(invoice, by=SYSTEM, quantities={one.id: Decimal(1)}) for one in order.lines[:3]]

    assert [note.total for note in notes] == [-27, -9, -5]
    assert list(checks.findings()) == []


def test_each_invoice_of_a_part_takes_its_share_of_the_discount() -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    lines = [
        line("Pizza", quantity="5", unit_price="5.50", rate="9", external_id="1"),
        line("Discount", quantity="1", unit_price="-2.75", rate="9", kind="discount", external_id="2"),
    ]
    order = placed_order(lines=lines, total=Decimal("24.75"), tax_total=None)
    pizza = order.lines[0]
    assert to_choose(order) == {pizza.id: 5}

    first = issue_invoice(order, by=SYSTEM, quantities={pizza.id: Decimal(2)})
    second = issue_invoice(order, by=SYSTEM)
    assert (first.total, second.total) == (Decimal("9.90"), Decimal("14.85"))
    one = create_credit_note(second, by=SYSTEM, quantities={pizza.id: Decimal(1)})
    rest = credit_order(order, by=SYSTEM)

    assert [note.total for note in (one, *rest)] == [Decimal("-4.95"), Decimal("-9.90"), Decimal("-9.90")]
    assert list(checks.findings()) == []


def test_no_invoice_no_credit_note() -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order()
    refused(lambda: credit_order(order, by=SYSTEM), "There is no invoice to credit")


def test_it_takes_the_invoices_numbers_when_it_has_no_series_of_its_own() -> None:
    shop().credit_notes_own_series = False
    (note,) = credit_order(placed_order(), by=SYSTEM)
    second = placed_order().invoices[0]

    assert (note.number, second.number) == ("INV00002", "INV00003")
    assert list(checks.findings()) == []


def test_a_credit_note_names_the_buyer_of_its_invoice() -> None:
    order = placed_order()
    change_customer(order, by=SYSTEM, company="Somebody Else BV", vat_id="NL000099998B57")
    order.billing.name, order.billing.street = "Somebody Else", "Elsewhere 1"

    (note,) = credit_order(order, by=SYSTEM)

    assert note.snapshot["buyer"] == order.invoices[0].snapshot["buyer"]
    assert note.snapshot["buyer"]["street"] == "Markt 87"
    assert note.snapshot["contact"] == order.invoices[0].snapshot["contact"]


def test_to_be_paid_back_is_printed_only_when_money_came() -> None:
    unpaid, paid, in_part = placed_order(), paid_order(), placed_order()
    enter_payment(in_part, by=SYSTEM, amount=Decimal(30))

    notes = [credit_order(order, by=SYSTEM)[0] for order in (unpaid, paid, in_part)]

    assert [settlement_of(note, Writing("en")).open for note in notes] == [0, Decimal("67.75"), 30]
    assert ["To refund" in invoice_page(note, "en") for note in notes] == [False, True, True]
    assert [left_to_pay_back(note) for note in notes] == [None, Decimal("67.75"), 30]
    enter_refund(paid, by=SYSTEM, amount=Decimal("67.75"))
    assert left_to_pay_back(notes[1]) == 0


def test_the_mail_says_what_is_credited_and_what_is_paid_back() -> None:
    order = paid_order(language="en")
    (note,) = credit_order(order, by=SYSTEM, notify=True)

    mail = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "credit_note")).one()
    assert mail.invoice_id == note.id
    assert mail.subject == f"Credit note CRN00001 from {shop().name}".strip()
    assert "Amount: €67.75\nTo be refunded for this order: €67.75\n\nDo you" in mail.body
    assert note.sent_at


# --- what becomes of the invoice ------------------------------------------------------------------------------------


def test_a_credited_invoice_asks_nothing_and_cant_be_paid_any_more() -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order()
    mugs, _teapot, _shipping = order.lines
    first = issue_invoice(order, by=SYSTEM, quantities={mugs.id: Decimal(3)})
    second = issue_invoice(order, by=SYSTEM)

    create_credit_note(first, by=SYSTEM)

    assert (first.is_paid, second.is_paid) == (True, False)
    assert (order.open_amount, order.payment_status) == (Decimal("30.25"), PaymentStatus.NOT_PAID)
    assert settlement_of(first, Writing("en")).lines == ["There is nothing to pay."]
    refused(lambda: change_invoice(first, by=SYSTEM, paid=False, delivery_time=""), "All of this invoice is credited")
    mark_paid(order, by=SYSTEM, notify=False)
    mark_not_paid(order, by=SYSTEM)
    assert (first.is_paid, second.is_paid) == (True, False)
    assert list(checks.findings()) == []


@pytest.mark.each_database
def test_several_invoices_add_up_to_the_order_and_each_is_credited_by_itself() -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order(total=Decimal("67.77"))
    mugs, _teapot, _shipping = order.lines

    first = issue_invoice(order, by=SYSTEM, quantities={mugs.id: Decimal(2)})
    assert [line.invoiced for line in order.lines] == [2, 0, 0]
    refused(lambda: issue_invoice(order, by=SYSTEM, quantities={mugs.id: Decimal(2)}), "less left to invoice than 2")
    refused(lambda: issue_invoice(order, by=SYSTEM, quantities={mugs.id: Decimal(0)}), "Choose at least one line")
    second = issue_invoice(order, by=SYSTEM)

    assert (first.total, second.total) == (Decimal("25.00"), Decimal("42.77"))
    assert [note.total for note in credit_order(order, by=SYSTEM)] == [Decimal("-25.00"), Decimal("-42.77")]
    assert list(checks.findings()) == []


# --- returns and stock ----------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_goods_that_were_sent_come_back_by_a_return_made_at_once() -> None:
    order, product = sent_order_with_stock()
    mugs = order.lines[0]

    note = create_credit_note(
        order.invoices[0], by=SYSTEM, quantities={mugs.id: Decimal(2)}, reason="Too blue", action="Refund"
    )

    (back,) = order.returns
    assert (back.number, back.status, back.credit_note_id) == ("RET00001", ReturnStatus.AUTHORISED, note.id)
    assert (back.reason, back.action, reimbursable(back)) == ("Too blue", "Refund", Decimal("25.00"))
    assert mugs.returned == 2
    assert product.stock == 7
    refused(lambda: change_return(back, by=SYSTEM, quantities={mugs.id: Decimal(1)}), "A credit note settles")
    refused(lambda: reject_return(back, by=SYSTEM), "A credit note settles")
    refused(lambda: credit_return(back, by=SYSTEM), "has its credit note")

    receive_return(back, by=SYSTEM, restock=True)
    assert (back.status, product.stock) == (ReturnStatus.COMPLETED, 9)
    refused(lambda: receive_return(back, by=SYSTEM), "These goods were received")
    assert list(checks.findings()) == []


@pytest.mark.each_database
def test_stock_comes_back_once_whichever_way() -> None:
    order, product = sent_order_with_stock()
    mugs = order.lines[0]
    back = create_return(order, by=SYSTEM, quantities={mugs.id: Decimal(1)})
    receive_return(back, by=SYSTEM, restock=True)
    assert product.stock == 8

    credit_return(back, by=SYSTEM, restock=True)
    assert (back.status, product.stock) == (ReturnStatus.COMPLETED, 8)
    create_credit_note(order.invoices[0], by=SYSTEM, restock=True)

    assert product.stock == 10
    assert [back.status for back in order.returns] == [ReturnStatus.COMPLETED, ReturnStatus.COMPLETED]
    moved = db.session.scalars(select(StockMovement.quantity).where(StockMovement.kind == "returned"))
    assert list(moved) == [1, 2]


def test_what_was_never_sent_goes_back_in_stock_by_the_credit_note() -> None:
    product = Product(sku="MUG-30", name="Stoneware mug", stock=Decimal(10))
    db.session.add(product)
    db.session.flush()
    order = placed_order()

    credit_order(order, by=SYSTEM, restock=True)

    assert (product.stock, order.returns) == (10, [])


# --- returns by themselves ------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_a_return_is_changed_received_and_credited() -> None:
    order = sent_order()
    mugs, teapot, _shipping = order.lines

    back = create_return(order, by=SYSTEM, quantities={mugs.id: Decimal(1), teapot.id: Decimal(0)}, note=" Chipped ")
    assert (back.number, back.note, mugs.returned, reimbursable(back)) == ("RET00001", "Chipped", 1, Decimal("12.50"))
    change_return(back, by=SYSTEM, quantities={mugs.id: Decimal(2), teapot.id: Decimal(1)}, reason="Wrong size")
    assert (mugs.returned, teapot.returned, reimbursable(back)) == (2, 1, Decimal("49.20"))
    receive_return(back, by=SYSTEM)
    refused(lambda: change_return(back, by=SYSTEM, quantities={mugs.id: Decimal(1)}), "can’t change any more")

    (note,) = credit_return(back, by=SYSTEM)

    assert (note.total, back.credit_note_id, back.status) == (Decimal("-49.20"), note.id, ReturnStatus.COMPLETED)
    assert [what for what in happened(order) if "return" in what] == [
        Happened.RETURN_CREATED,
        Happened.RETURN_CHANGED,
        Happened.RETURN_RECEIVED,
        Happened.RETURN_COMPLETED,
    ]
    assert "ret00001" in search.document(order)
    assert list(checks.findings()) == []


@pytest.mark.each_database
def test_a_rejected_return_gives_its_quantities_back() -> None:
    order = sent_order()
    mugs = order.lines[0]
    back = create_return(order, by=SYSTEM, quantities={mugs.id: Decimal(3)})
    refused(lambda: create_return(order, by=SYSTEM, quantities={mugs.id: Decimal(1)}), "Fewer than 1 can come back")

    reject_return(back, by=SYSTEM, reason="Used")

    assert (back.status, mugs.returned, reimbursable(back)) == (ReturnStatus.REJECTED, 0, None)
    for act in (receive_return, complete_return, credit_return, reject_return):
        refused(lambda act=act: act(back, by=SYSTEM), "This return is rejected")
    create_return(order, by=SYSTEM, quantities={mugs.id: Decimal(3)})
    assert list(checks.findings()) == []


def test_a_return_without_a_credit_note_can_be_completed() -> None:
    order = sent_order()
    back = create_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)}, action="Repair")
    receive_return(back, by=SYSTEM)
    refused(lambda: reject_return(back, by=SYSTEM), "Complete the return instead")

    complete_return(back, by=SYSTEM)

    assert (back.status, back.credit_note_id) == (ReturnStatus.COMPLETED, None)
    refused(lambda: complete_return(back, by=SYSTEM), "This return is completed")


def test_only_what_was_sent_can_come_back() -> None:
    order = paid_order()
    refused(lambda: create_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)}), "Nothing was sent yet")
    mark_sent(order, by=SYSTEM, notify=False)
    refused(lambda: create_return(order, by=SYSTEM, quantities={order.lines[2].id: Decimal(1)}), "can come back")
    refused(lambda: create_return(order, by=SYSTEM, quantities={}), "Choose at least one product")


@pytest.mark.each_database
def test_a_return_over_several_invoices_makes_a_credit_note_of_each() -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    order, product = sent_order_with_stock()
    mugs, teapot, _shipping = order.lines
    issue_invoice(order, by=SYSTEM, quantities={mugs.id: Decimal(1)})
    back = create_return(order, by=SYSTEM, quantities={mugs.id: Decimal(3), teapot.id: Decimal(1)})
    refused(lambda: credit_return(back, by=SYSTEM), "don’t have all these goods left")
    assert reimbursable(back) is None
    issue_invoice(order, by=SYSTEM)
    assert reimbursable(back) == Decimal("61.70")

    first, second = credit_return(back, by=SYSTEM, restock=True, notify=True)

    assert (first.total, second.total) == (Decimal("-12.50"), Decimal("-49.20"))
    assert (reimbursable(back), notes_of(back)) == (Decimal("61.70"), [first, second])
    assert (mugs.credited, mugs.returned, product.stock, back.status) == (3, 3, 10, ReturnStatus.COMPLETED)
    assert kinds_of_mail().count("credit_note") == 2
    refused(lambda: credit_return(back, by=SYSTEM), "has its credit note")
    assert list(checks.findings()) == []


def test_a_return_takes_the_first_invoice_that_has_all_of_it() -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = sent_order()
    mugs = order.lines[0]
    issue_invoice(order, by=SYSTEM, quantities={mugs.id: Decimal(1)})
    second = issue_invoice(order, by=SYSTEM)
    two = create_return(order, by=SYSTEM, quantities={mugs.id: Decimal(2)})

    (note,) = credit_return(two, by=SYSTEM)

    assert (note.credits_id, note.return_id) == (second.id, None)


def test_several_invoices_are_credited_at_once_by_their_ticks() -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order()
    mugs, teapot, _shipping = order.lines
    for line_id in (mugs.id, teapot.id):
        issue_invoice(order, by=SYSTEM, quantities={line_id: Decimal(1)})
    last = issue_invoice(order, by=SYSTEM)
    first, second, _last = [one.number for one in order.invoices]

    refused(lambda: credit_order(order, by=SYSTEM, invoices=[]), "Choose at least one invoice")
    refused(lambda: credit_order(order, by=SYSTEM, invoices=["INV99999"]), "INV99999 is no invoice of this order")
    notes = credit_order(order, by=SYSTEM, invoices=[second, first])

    assert [note.total for note in notes] == [Decimal("-24.20"), Decimal("-12.50")]
    refused(lambda: credit_order(order, by=SYSTEM, invoices=[first]), "no invoice of this order")
    assert [note.credits_id for note in credit_order(order, by=SYSTEM)] == [last.id]
    assert list(checks.findings()) == []


def test_the_return_period_begins_when_the_last_parcel_went() -> None:
    order = sent_order()
    shop().return_days = 30

    assert (return_until(order) - order.shipments[-1].sent_at).days == 30
    assert return_until(placed_order()) is None


# --- what check finds -----------------------------------------------------------------------------------------------


def test_counters_that_differ_from_their_documents_are_found() -> None:
    order = sent_order()
    create_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    order.lines[0].returned, order.lines[1].credited = Decimal(2), Decimal(1)
    db.session.flush()

    assert list(checks.findings()) == [
        "ORD10001: credited of Teapot is stored as 1, but follows as 0",
        "ORD10001: returned of Stoneware mug is stored as 2, but follows as 1",
    ]


def test_a_credit_note_over_its_invoice_is_found() -> None:
    order = placed_order()
    credit_order(order, by=SYSTEM)
    again = Invoice(
        order=order, kind="credit_note", number="CRN00002", credits_id=order.invoices[0].id, issued_at=order.placed_at,
        currency="EUR", net_total=Decimal(-5), tax_total=Decimal(0), total=Decimal(-5), snapshot={},
    )  # fmt: skip
    db.session.add(again)
    db.session.flush()
    db.session.add(
        InvoiceLine(
            invoice=again,
            order_line_id=order.lines[0].id,
            position=1,
            quantity=Decimal(0),
            net=Decimal(-5),
            tax=Decimal(0),
        )
    )
    db.session.flush()
    db.session.expire_all()

    assert "ORD10001: more is credited of Stoneware mug than invoice INV00001 says" in list(checks.findings())


# --- what was credited before it went -------------------------------------------------------------------------------


def test_what_was_credited_before_it_went_is_not_sent_any_more() -> None:
    order = placed_order()
    mark_paid(order, by=SYSTEM)
    mugs, teapot = order.lines[0], order.lines[1]

    create_credit_note(order.invoices[0], by=SYSTEM, quantities={mugs.id: Decimal(1)})
    assert (mugs.to_ship, teapot.to_ship, order.shipment_status) == (Decimal(2), Decimal(1), "not_shipped")
    mark_sent(order, by=SYSTEM)

    assert (mugs.shipped, teapot.shipped, order.status) == (Decimal(2), Decimal(1), "completed")
    goods_return = create_return(order, by=SYSTEM, quantities={mugs.id: Decimal(2)})
    assert (mugs.to_ship, order.status) == (Decimal(0), "completed")
    credit_return(goods_return, by=SYSTEM)
    assert (mugs.credited, mugs.returned, mugs.to_ship, order.status) == (3, 2, 0, "completed")
    assert list(checks.findings()) == []


def test_what_was_sent_comes_back_when_it_is_credited_and_the_rest_is_still_to_go() -> None:
    order = placed_order()
    mark_paid(order, by=SYSTEM)
    mugs = order.lines[0]
    send_shipment(create_packing_slip(order, by=SYSTEM, quantities={mugs.id: Decimal(2)}), by=SYSTEM)

    two_mugs = {mugs.id: Decimal(2)}
    create_credit_note(order.invoices[0], by=SYSTEM, quantities=two_mugs, sent=two_mugs)

    assert (mugs.returned, mugs.to_ship, order.shipment_status) == (Decimal(2), Decimal(1), "partially_shipped")
    assert list(checks.findings()) == []


def test_a_difference_downwards_is_never_credited_twice() -> None:
    """The shop stated 9.97 for a mug of 10.00 and a sticker of 0.01."""
    lines = [line("Mug", quantity="1", unit_price="10.00"), line("Sticker", quantity="1", unit_price="0.01")]
    order = placed_order(lines=lines, total=Decimal("9.97"), tax_total=Decimal("1.73"))
    (invoice,) = order.invoices

    of_mug = create_credit_note(invoice, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    rest = create_credit_note(invoice, by=SYSTEM)

    assert (of_mug.total, rest.total, order.open_amount) == (Decimal("-9.97"), 0, 0)
    assert list(checks.findings()) == []
