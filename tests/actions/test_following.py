"""What a shop's own edit does to the stock and the History: each piece moves once, and nothing is said of no change."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.actions.cancelling import cancel_order
from app.actions.payments import enter_payment
from app.actions.stock import count_stock
from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import dry_run, take_in
from app.intake_readers import Found
from app.intake_readers.new_order import NewLine, NewOrder, NewPayment, NewShipment
from app.models import Fate, InvoiceMoment, OrderStatus, Product, StockMovement
from app.queries import shop
from tests.factories import PLACED_AT, line, place, shop_key
from tests.looking import happened
from tests.stating import SHOP, stated, told

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def invoices_by_hand(database: None) -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL


def counted(sku: str) -> Product:
    product = Product(sku=sku, name=sku.title(), stock=Decimal(10))
    db.session.add(product)
    db.session.flush()
    count_stock(product, product.stock, by=SYSTEM)
    return product


@pytest.fixture
def mug() -> Product:
    return counted("MUG")


@pytest.fixture
def cup() -> Product:
    return counted("CUP")


def goods(sku: str, quantity: int, external_id: str = "1") -> NewLine:
    return line(sku.title(), quantity=str(quantity), unit_price="10", sku=sku, external_id=external_id)


def done(minutes: int, *lines: NewLine) -> NewOrder:
    """Paid and sent, all of it."""
    new = stated(minutes, *lines)
    new.payments = [NewPayment(new.total, PLACED_AT, external_id="tr_1")]
    new.shipments = [NewShipment({one.external_id: one.quantity for one in lines}, PLACED_AT, external_id="f1")]
    return new


# --- stock ----------------------------------------------------------------------------------------------------------


def test_a_line_of_another_product_gives_the_old_one_back_and_takes_the_new(mug: Product, cup: Product) -> None:
    order = place(stated(0, goods("MUG", 3)))

    assert told(order, stated(5, goods("CUP", 3))) == ["products"]
    assert (mug.stock, cup.stock) == (10, 7)

    told(order, stated(6, goods("MUG", 2)))
    assert (mug.stock, cup.stock) == (8, 10)
    told(order, stated(7, goods("CUP", 4)))
    assert (mug.stock, cup.stock) == (10, 6)

    cancel_order(order, by=SYSTEM)
    assert (mug.stock, cup.stock) == (10, 10)


def test_a_line_of_a_product_that_is_not_in_the_catalogue_gives_the_old_one_back(mug: Product) -> None:
    order = place(stated(0, goods("MUG", 3)))

    told(order, stated(5, goods("PLATE", 3)))
    assert mug.stock == 10
    told(order, stated(6, goods("MUG", 3)))
    assert mug.stock == 7


def test_of_what_will_not_go_nothing_is_taken(mug: Product, cup: Product) -> None:
    order = place(stated(0, replace(goods("MUG", 3), gone=Decimal(1))))
    assert mug.stock == 8

    told(order, stated(5, replace(goods("CUP", 3), gone=Decimal(1))))

    assert (mug.stock, cup.stock) == (10, 8)


def test_what_went_was_the_product_that_it_was_then(mug: Product, cup: Product) -> None:
    parcel = NewShipment({"1": Decimal(1)}, PLACED_AT, external_id="f1")
    order = place(stated(0, goods("MUG", 3)))
    told(order, stated(1, goods("MUG", 3), shipments=[parcel]))

    told(order, stated(2, goods("CUP", 3), shipments=[parcel]))

    assert (mug.stock, cup.stock, order.lines[0].product_id) == (7, 10, mug.id)


def test_what_is_added_to_a_completed_order_is_taken_too(mug: Product, cup: Product) -> None:
    order = place(stated(0, goods("MUG", 1)))
    told(order, done(1, goods("MUG", 1)))
    assert order.status == OrderStatus.COMPLETED

    more = replace(done(2, goods("MUG", 1)), lines=[goods("MUG", 1), goods("CUP", 2, "2")], total=Decimal(30))
    more.tax_total = sum((tax.amount for one in more.lines for tax in one.taxes), Decimal(0))
    told(order, more)

    assert (mug.stock, cup.stock, order.is_finished) == (9, 8, False)


def test_an_order_that_came_in_finished_moves_nothing(mug: Product) -> None:
    order = place(done(0, goods("MUG", 1)))
    assert (order.status, mug.stock) == (OrderStatus.COMPLETED, 10)

    told(order, replace(done(1, goods("MUG", 2)), shipments=done(0, goods("MUG", 1)).shipments))

    assert (mug.stock, db.session.scalars(select(StockMovement.kind)).all()) == (10, ["counted"])


def test_a_cancelled_order_takes_nothing(mug: Product) -> None:
    order = place(stated(0, goods("MUG", 1)))
    enter_payment(order, by=SYSTEM, amount=Decimal(1))
    assert told(order, stated(1, goods("MUG", 4))) == ["conflict"]
    cancel_order(order, by=SYSTEM)

    assert (order.shop_changes, mug.stock) == ([], 10)


# --- how the customer is reached ------------------------------------------------------------------------------------


def test_what_its_shop_empties_changes_nothing_and_is_not_said() -> None:
    order = place(stated(0, goods("MUG", 1)))
    phone = order.phone
    new = stated(5, goods("MUG", 1))
    assert new.customer
    new.customer = replace(new.customer, phone="")

    assert told(order, new) == []
    assert order.phone == phone
    assert "customer_changed" not in happened(order)

    later = stated(6, goods("MUG", 1))
    assert later.customer
    later.customer = replace(later.customer, phone="", email="new@example.org")
    assert told(order, later) == ["customer"]
    assert (order.phone, order.email) == (phone, "new@example.org")


# --- foreseen -------------------------------------------------------------------------------------------------------


def test_what_is_older_is_foreseen_as_it_will_be() -> None:
    place(stated(9, goods("MUG", 1), is_unplaced=True))
    older = Found("7", "older", order=done(5, goods("MUG", 3)))

    foreseen = next(dry_run([older], shop=shop_key(), by=SHOP))
    taken = take_in(older, shop=shop_key(), origin="late", by=SHOP)

    assert (foreseen.fate, foreseen.changes, foreseen.reason) == (taken.fate, taken.changed, taken.reason)
    assert taken.fate == Fate.SAME
