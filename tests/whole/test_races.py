"""Two people at once: one effect. The naive way, without the lock, shows that these tests can fail."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import suppress
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from app import queries
from app.actions import cancelling, credit_notes, customers, stock
from app.actions.cancelling import cancel_order
from app.actions.credit_notes import create_credit_note
from app.actions.stock import count_stock, moved_in_all
from app.columns import now
from app.extensions import db, remembering
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer
from app.models import Customer, Invoice, InvoiceMoment, Order, OutgoingMail, Payment, Product
from app.numbering import draw
from tests.arrange import at_once
from tests.factories import new_order, outside_shop, place, placed_order
from tests.situations import sent_partly

PEOPLE = 6


@pytest.mark.each_database
def test_paid_pressed_by_six_people_is_one_payment_and_one_mail(in_app, signed_in_as):
    with in_app():
        number = placed_order().number
    browsers = [signed_in_as("owner") for _ in range(PEOPLE)]

    press = {"path": f"/admin/order/{number}/mark_paid", "data": {"notify": "y"}}
    answers = at_once(PEOPLE, lambda position: browsers[position].post(**press).status_code)

    assert set(answers) <= {303, 409, 422}, answers
    with in_app():
        assert len(db.session.scalars(select(Payment)).all()) == 1
        mails = Counter(db.session.scalars(select(OutgoingMail.kind)))
        assert mails["order_paid"] == 1


@pytest.mark.each_database
def test_sent_pressed_by_six_people_is_one_parcel_and_one_mail(in_app, signed_in_as):
    with in_app():
        number = placed_order().number
    browsers = [signed_in_as("owner") for _ in range(PEOPLE)]

    at_once(PEOPLE, lambda position: browsers[position].post(f"/admin/order/{number}/mark_sent", data={"notify": "y"}))

    with in_app():
        (order,) = db.session.scalars(select(Order))
        assert len(order.shipments) == 1
        assert Counter(db.session.scalars(select(OutgoingMail.kind)))["order_sent"] == 1


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_without_the_lock_the_same_press_pays_twice(app, in_app):
    with in_app():
        placed_order()
    looked = threading.Barrier(PEOPLE)

    def naive(position: int) -> None:
        with app.app_context():
            (order,) = db.session.scalars(select(Order))
            due = order.open_amount
            looked.wait()  # everybody has seen that it is open
            db.session.add(Payment(order_id=order.id, amount=due, paid_at=now(), external_id=f"naive-{position}"))
            db.session.commit()

    at_once(PEOPLE, naive)

    with in_app():
        assert len(db.session.scalars(select(Payment)).all()) > 1


@pytest.mark.each_database
def test_numbers_have_no_gap_and_no_double_when_some_give_theirs_back(app, in_app):
    def draw_five(position: int) -> list[str]:
        kept = []
        for turn in range(5):
            with app.app_context():
                number = draw("invoice")
                if (position + turn) % 3 == 0:
                    db.session.rollback()
                else:
                    db.session.commit()
                    kept.append(number)
        return kept

    drawn = sorted(number for numbers in at_once(4, draw_five) for number in numbers)

    assert drawn == [f"INV{number:05d}" for number in range(1, len(drawn) + 1)]


@pytest.mark.each_database
def test_one_order_that_arrives_twice_at_once_is_there_once(app, in_app):
    new = new_order()

    at_once(3, lambda position: arrive(app, new))

    with in_app():
        assert len(db.session.scalars(select(Order)).all()) == 1
        assert len(db.session.scalars(select(Invoice)).all()) == 1


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("way", ["credited", "rest cancelled"])
def test_who_puts_goods_back_and_who_orders_the_same_wait_for_no_number_of_each_other(app, in_app, monkeypatch, way):
    """Else one has the number and waits for the product, the other has the product and waits for the number."""
    module, name = (credit_notes, "issued") if way == "credited" else (cancelling, "issue_invoice")
    issue, has_number = getattr(module, name), threading.Event()

    def issue_slowly(*args, **how):
        document = issue(*args, **how)
        has_number.set()
        time.sleep(0.5)
        return document

    def put_back(order: Order) -> None:
        if way == "credited":
            create_credit_note(order.invoices[0], by=SYSTEM, everything=True, restock=True)
        else:
            cancel_order(order, by=SYSTEM, credit=True, restock=True)

    def do(position: int) -> None:
        with app.app_context():
            if position:
                has_number.wait(10)
                place(new_order())
            else:
                put_back(queries.locked_order("ORD10001"))
            db.session.commit()

    with in_app():
        db.session.add_all([Product(name="Mug", sku=one.sku) for one in new_order().lines if one.sku])
        queries.shop().credit_notes_own_series = False
        queries.shop().invoice_moment = InvoiceMoment.DIRECT if way == "credited" else InvoiceMoment.MANUAL
        order = placed_order()
        if way == "rest cancelled":
            sent_partly(order)
        queries.shop().invoice_moment = InvoiceMoment.DIRECT
    monkeypatch.setattr(module, name, issue_slowly)

    assert at_once(2, do) == [None, None]


@pytest.mark.each_database
@pytest.mark.parametrize("way", ["one by one", "as a file"])
def test_first_orders_of_one_address_at_once_are_of_one_customer(app, in_app, monkeypatch, way):
    shop = make_customers_at_once(in_app, monkeypatch)

    assert at_once(3, lambda position: order_of_femke(app, shop, way)) == [None] * 3

    with in_app():
        (femke,) = db.session.scalars(select(Customer).where(func.lower(Customer.email) == "femke@new.example"))
        assert len(db.session.scalars(select(Order).where(Order.customer_id == femke.id)).all()) == 3


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_without_the_lock_they_are_of_several(app, in_app, monkeypatch):
    shop = make_customers_at_once(in_app, monkeypatch)
    monkeypatch.setattr(customers, "hold_addresses", lambda emails: [])

    at_once(3, lambda position: order_of_femke(app, shop, "one by one"))

    with in_app():
        femke = select(Customer).where(func.lower(Customer.email) == "femke@new.example")
        assert len(db.session.scalars(femke).all()) > 1


def make_customers_at_once(in_app, monkeypatch):
    """Whoever makes a customer waits a moment for the others who do."""
    with in_app():
        shop = outside_shop().key
        placed_order()  # its shop and methods are there: else they wait for each other at those
    meet_before(monkeypatch, customers, "new_customer", people=3)
    return shop


def order_of_femke(app, shop, way):
    new = new_order(customer=NewCustomer(name="Femke", email="Femke@new.example"))
    with app.app_context():
        if way == "as a file":
            with remembering():
                customers.look_up_customers([new], shop)
                place(new, shop=shop)
                db.session.commit()
        else:
            place(new, shop=shop)
            db.session.commit()


@pytest.mark.each_database
def test_orders_at_once_all_take_their_goods(app, in_app, monkeypatch):
    """And give them back at once; that draws no number, for which they would wait for each other."""
    arriving = stock_mugs(in_app)

    assert at_once(4, lambda position: arrive(app, arriving[position])) == [None] * 4
    with in_app():
        (mug,) = db.session.scalars(select(Product))
        assert mug.stock == moved_in_all(mug) == 8
    meet_before(monkeypatch, stock, "add_to_stock", people=4)
    assert at_once(4, lambda position: give_back(app, position)) == [None] * 4

    with in_app():
        (mug,) = db.session.scalars(select(Product))
        assert mug.stock == moved_in_all(mug) == 20


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_added_up_outside_of_the_database_some_goods_get_lost(app, in_app, monkeypatch):
    for one in stock_mugs(in_app):
        arrive(app, one)
    looked = threading.Barrier(4)

    def naive(moved):
        ((product_id, more),) = moved
        product = db.session.get_one(Product, product_id)
        there = product.stock
        looked.wait()  # everybody has seen how many there are
        db.session.execute(update(Product).where(Product.id == product_id).values(stock=there + more))

    monkeypatch.setattr(stock, "add_to_stock", naive)
    assert at_once(4, lambda position: give_back(app, position)) == [None] * 4

    with in_app():
        (mug,) = db.session.scalars(select(Product))
        assert mug.stock < moved_in_all(mug) == 20


def stock_mugs(in_app):
    """Twenty of them; answers four orders of three each, of which no invoice is made."""
    with in_app():
        queries.shop().invoice_moment = InvoiceMoment.MANUAL
        mug = Product(sku="MUG-30", name="Mug", stock=Decimal(20))
        db.session.add(mug)
        db.session.flush()
        count_stock(mug, mug.stock, by=SYSTEM)
    return [new_order() for _ in range(4)]


def arrive(app, new):
    with app.app_context():
        place(new)
        db.session.commit()


def give_back(app, position):
    with app.app_context():
        cancel_order(queries.locked_order(f"ORD1000{position + 1}"), by=SYSTEM, restock=True)
        db.session.commit()


def meet_before(monkeypatch, module, name, *, people):
    """Whoever is about to do it waits a moment for the others who are."""
    together, do = threading.Barrier(people), getattr(module, name)

    def wait_and_do(*given):
        with suppress(threading.BrokenBarrierError):
            together.wait(timeout=0.5)
        return do(*given)

    monkeypatch.setattr(module, name, wait_and_do)


@pytest.mark.each_database
def test_cancelled_by_six_people_gives_the_goods_back_once(in_app, signed_in_as):
    with in_app():
        mug = Product(sku="MUG-30", name="Mug", stock=Decimal(20))
        db.session.add(mug)
        db.session.flush()
        count_stock(mug, mug.stock, by=SYSTEM)
        number = placed_order().number
    browsers = [signed_in_as("owner") for _ in range(PEOPLE)]

    given = {"credit": "y", "restock": "y", "notify": "y"}
    at_once(PEOPLE, lambda position: browsers[position].post(f"/admin/order/{number}/cancel_order", data=given))

    with in_app():
        (mug,) = db.session.scalars(select(Product))
        assert mug.stock == moved_in_all(mug) == 20
        (order,) = db.session.scalars(select(Order))
        assert [(invoice.kind, invoice.total) for invoice in order.invoices] == [
            ("invoice", order.total),
            ("credit_note", -order.total),
        ]
        assert Counter(db.session.scalars(select(OutgoingMail.kind)))["order_cancelled"] == 1


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_two_customers_merged_into_each_other_at_once_are_merged_once(app, in_app, program):
    with in_app():
        ids = [placed_order().customer_id, place(new_order(customer=NewCustomer(name="Bo", email="bo@x.example")))]
        ids[1] = ids[1].customer_id

    def merge(position):
        one, other = ids[position % 2], ids[1 - position % 2]
        return program.post(f"/api/customers/{one}/actions/merge_customers", json={"into": other}).status_code

    answers = at_once(4, merge)

    assert 200 in answers, answers
    assert set(answers) <= {200, 409}
    assert answers.count(200) == 1
