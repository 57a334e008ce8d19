"""How many SQL statements an order costs that comes in: imports of thousands wait for each of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.actions.order_customer import change_customer
from app.actions.suspending import resume
from app.amounts.money import ZERO
from app.columns import now
from app.extensions import db
from app.history import SYSTEM, Happened
from app.intake.accept import take_in
from app.intake.placing import why_not_place_order
from app.intake_readers import Found
from app.intake_readers.new_order import NewCustomer, NewLine, NewShipment, NewTax
from app.models import Fate, InvoiceMoment, OrderStatus, PaymentStatus, ShipmentStatus, ShippingMethod
from app.queries import shop
from tests.factories import address, line, mugs, new_order, outside_shop, place, placed_order, shop_key, teapot
from tests.looking import everything, happened, kinds_of_mail, refused

MOST = 36


@pytest.mark.usefixtures("database")
def test_an_order_that_comes_in_takes_few_statements(statements):
    placed_order()
    db.session.commit()
    statements.clear()

    placed_order()
    db.session.commit()

    assert len(statements) <= MOST, "\n".join(statements)


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_place_order_copies_invoices_and_confirms():
    order = placed_order()

    assert (order.number, order.total, order.computed_total, order.net_total) == (
        "ORD10001",
        Decimal("67.75"),
        Decimal("67.75"),
        Decimal("55.99"),
    )
    assert (order.status, order.payment_status, order.shipment_status) == (
        OrderStatus.AWAITING_PAYMENT,
        PaymentStatus.NOT_PAID,
        ShipmentStatus.NOT_SHIPPED,
    )
    assert [(i.number, i.total, i.is_paid) for i in order.invoices] == [("INV00001", Decimal("67.75"), False)]
    assert [line.invoiced for line in order.lines] == [3, 1, 1]
    assert kinds_of_mail() == ["order_confirmation"]
    assert happened(order) == [Happened.ORDER_PLACED, Happened.INVOICE_ISSUED, Happened.MAIL_QUEUED]


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_the_same_order_again_answers_with_the_one_there_is():
    new = new_order()
    first = place(new)
    before = everything()

    assert place(new) is first
    assert everything() == before


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_place_order_refuses_an_unknown_currency_and_no_lines():
    outside_shop()
    refused(lambda: placed_order(currency="XXY"), "currency: XXY")
    refused(lambda: placed_order(lines=[]), "lines:")


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_a_total_of_zero_is_invoiced_at_once_and_owes_nothing():
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = placed_order(lines=[line("Sample", quantity="1", unit_price="0")], total=Decimal(0), tax_total=Decimal(0))

    assert [(i.total, i.is_paid) for i in order.invoices] == [(0, True)]
    assert order.payment_status == PaymentStatus.NOTHING_OWED
    assert Happened.TOTAL_ZERO in happened(order)


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_a_stated_total_that_differs_is_kept_and_invoiced():
    order = placed_order(total=Decimal("67.79"))

    assert (order.total, order.computed_total, order.stated_difference) == (
        Decimal("67.79"),
        Decimal("67.75"),
        Decimal("0.04"),
    )
    assert order.invoices[0].total == Decimal("67.79")


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
@pytest.mark.parametrize("moment", list(InvoiceMoment))
def test_an_order_of_zero_may_come_in_on_hold(moment):
    shop().invoice_moment = moment
    order = placed_order(lines=[line("Sample", quantity="1", unit_price="0")], total=ZERO, tax_total=ZERO, held=True)
    assert (order.status, order.invoices) == (OrderStatus.ON_HOLD, [])

    resume(order, by=SYSTEM)

    assert [invoice.is_paid for invoice in order.invoices] == [True]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("written", "on_order", "on_record"),
    [
        (" femke@example.org\t", "femke@example.org", "femke@example.org"),
        ("Femke Jansen <Femke@Example.org>", "Femke@Example.org", "femke@example.org"),
        ("femke@example.org;office@example.org", "femke@example.org, office@example.org", "femke@example.org"),
        ("  ", "femke@example.org", "femke@example.org"),
        ("femke@example.org, and the office", "femke@example.org, and the office", "femke@example.org"),
    ],
)
def test_however_an_address_is_written_it_is_one_customers(written, on_order, on_record):
    known = placed_order(customer=NewCustomer(email="femke@example.org")).customer
    billing = address(email="femke@example.org")

    order = placed_order(customer=NewCustomer(email=written), billing=billing)

    assert (order.email, order.customer, known.email) == (on_order, known, on_record)


@pytest.mark.usefixtures("database")
def test_a_new_customer_is_known_by_the_first_address():
    order = placed_order(customer=NewCustomer(email=" Femke <f@example.org> ; office@example.org"))

    assert (order.customer.email, order.email) == ("f@example.org", "f@example.org, office@example.org")


@pytest.mark.usefixtures("database")
def test_staff_may_enter_several_addresses():
    order = placed_order(customer=None)

    change_customer(order, by=SYSTEM, email="a@example.org; b@example.org", also_on_record=True)

    assert (order.email, order.customer.email) == ("a@example.org, b@example.org", "a@example.org")
    refused(lambda: change_customer(order, by=SYSTEM, email="a@example.org, b"), "is not an e-mail address")


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("title", "sent", "expected"),
    [("pick up here", [], True), ("Parcel", [], False), ("Pick up here", [NewShipment({}, sent_at=now())], False)],
)
def test_a_file_that_states_the_title_of_pick_up_here_is_picked_up(title, sent, expected):
    db.session.add(ShippingMethod(title="Pick up here", is_pick_up=True))

    order = place(new_order(shipping_method=title, pick_up=False, shipments=sent))

    assert order.is_pick_up is expected


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("total", "tax", "prices_include_tax"), [("0.99", "19.00", True), ("19.99", "20", False), ("-5", "-5.01", True)]
)
def test_more_tax_than_there_is_to_pay_is_refused(total, tax, prices_include_tax):
    goods = NewLine(
        "Cup", Decimal(1), unit_price=Decimal(total), total=Decimal(total), taxes=[NewTax("VAT", Decimal(tax))]
    )
    stated = new_order(total=Decimal(total), lines=[goods], tax_total=None, prices_include_tax=prices_include_tax)
    outside_shop()

    problem = why_not_place_order(stated)

    assert problem is not None
    assert str(problem).startswith(
        f"tax_total: a tax of {tax.strip('-').removesuffix('.00')} is more than the total of"
    )
    refused(lambda: place(stated), "is more than the total of")


@pytest.mark.usefixtures("database")
def test_fewer_than_none_are_refused_by_name_in_new_orders_and_in_news_of_old_ones():
    back = replace(mugs(), quantity=Decimal(-3), total=Decimal("-37.50"))
    outside_shop()
    said = "Stoneware mug: -3 is less than 0. Leave out what comes back: make a return of it."

    refused(lambda: place(new_order(lines=[teapot(), back])), said)
    order = place(new_order(external_id="7"))
    news = Found("7", "{}", order=new_order(external_id="7", lines=[teapot(), back]))
    taken = take_in(news, shop=shop_key(), origin="x", by=SYSTEM)

    assert (taken.fate, taken.field, taken.reason) == (Fate.QUARANTINED, "lines.1.quantity", said)
    assert order.lines[0].quantity == 3


@pytest.mark.usefixtures("database")
def test_what_bears_no_tax_may_take_off_more_than_the_tax_leaves():
    warranty = line("Warranty", quantity="1", unit_price="690", rate="15")
    cashback = line("Cashback", quantity="1", unit_price="-670", rate="0", kind="fee")

    assert why_not_place_order(new_order(total=Decimal(20), tax_total=Decimal(90), lines=[warranty, cashback])) is None
