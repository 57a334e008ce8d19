"""What is known of a customer: given whole, and erased but for what the law has the shop keep."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import inspect, select, text, update

from app import jobs
from app.actions.cancelling import cancel_order
from app.actions.merging import merge_customers
from app.actions.payments import enter_refund, mark_not_paid, mark_paid, take_back_payment
from app.actions.personal_data import erase_personal_data, personal_data
from app.actions.returns import create_return, reject_return
from app.actions.shipments import mark_sent
from app.actions.tasks import add_task
from app.actions.tickets import ask
from app.documents import printing
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM, Actor, Happened, person, record
from app.models import (
    Arrival,
    Customer,
    Fate,
    JobKind,
    MailState,
    Order,
    OutgoingMail,
    WebhookDelivery,
    WebhookEndpoint,
)
from app.operations import checks
from app.security.sessions import begin_visit
from tests.clients import somebody
from tests.factories import address, outside_shop, placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]

SECRETS = ("Femke", "femke@example.org", "555 0101", "Voldersgracht", "chipped")


def a_customer_with_a_past() -> Customer:
    order = placed_order(shipping=address(name="Femke at work", street="Voldersgracht 1"), customer_note="Ring twice")
    mark_paid(order, by=SYSTEM)
    mark_not_paid(order, by=SYSTEM, reason="Femke called")
    mark_paid(order, by=SYSTEM)
    take_back_payment(enter_refund(order, by=SYSTEM, amount=order.total, reason="Femke wants it"), by=SYSTEM)
    mark_sent(order, by=SYSTEM)
    ask(order, by=Actor("customer", "femke@example.org"), subject="A chipped mug", text="It is chipped.")
    add_task(order, by=SYSTEM, description="Call Femke")
    order.shipments[0].tracking_url = "https://carrier.example/3S?name=Femke"
    cancelled = placed_order()
    in_bulk(cancelled.number, "cancel_order", credit=True, reason="Femke called")
    begin_visit("femke@example.org")
    seen_with_faults(order)
    end_as_femke_was_called_before(order)
    for mail in db.session.scalars(select(OutgoingMail)):
        mail.state = MailState.SENT
    db.session.commit()
    return db.session.scalars(select(Customer).where(Customer.merged_into_id.is_(None))).one()


def in_bulk(number: str, action: str, **how: Any) -> None:
    by = person(somebody("office"))
    jobs.start(JobKind.BULK, [number], action=action, by=by, how=how, language="en", once="")
    db.session.commit()
    while jobs.work_on_jobs("one"):
        pass


def seen_with_faults(order: Order) -> None:
    """What its shop and another program said of it, and how that went."""
    fault = {"field": "email", "reason": "“Femke” is no e-mail address.", "payload": "Femke"}
    arrival = Arrival(
        source="woocommerce", sha256="", order_id=order.id, result=Fate.UPDATED, outside_shop=outside_shop(), **fault
    )
    endpoint = WebhookEndpoint(title="Books", url="https://books.example/in", secret="x", events=[])
    told = WebhookDelivery(endpoint=endpoint, message_id="1", event="order.paid", order_id=order.id, body="Femke")
    told.last_error = "Femke is unknown here."
    db.session.add_all([arrival, endpoint, told])


def end_as_femke_was_called_before(order: Order) -> None:
    """She was another customer once, with another address, and somebody changed her name there."""
    other = Customer(name="Femke de Vries", email="femke@example.net")
    db.session.add(other)
    db.session.flush()
    record(Happened.CUSTOMER_CHANGED, None, SYSTEM, subject=other, changes={"name": ["Femke", "Femke de Vries"]})
    mail = OutgoingMail(kind="sign_in", once_key="1", to_address=other.email, message_id="1", to_name="Femke")
    mail.subject, mail.body, mail.language = "Sign in", "Femke", "en"
    db.session.add(mail)
    assert order.customer is not None
    merge_customers(other, by=SYSTEM, into=order.customer)


def everything_stored() -> dict[str, str]:
    """All texts of the database, by table."""
    names = [
        name for name in inspect(db.session.connection()).get_table_names() if not name.startswith("order_search_fts")
    ]
    return {name: str(db.session.execute(text(f'SELECT * FROM "{name}"')).all()) for name in names}


def test_it_is_given_whole() -> None:
    customer = a_customer_with_a_past()

    given = json.dumps(personal_data(customer, by=SYSTEM))

    for known in (*SECRETS, "Ring twice", "INV00001", "Stoneware mug", "A chipped mug"):
        assert known in given, known


def test_what_names_the_customer_is_gone_and_the_books_stay() -> None:
    customer = a_customer_with_a_past()
    invoice = db.session.scalars(select(Order).order_by(Order.id)).first().invoices[0]  # type: ignore[union-attr]
    said = json.dumps(invoice.snapshot)
    printed = printing.printed(invoice).sha256
    db.session.commit()

    erase_personal_data(customer, by=SYSTEM)
    db.session.commit()

    left = {table for table, rows in everything_stored().items() for secret in SECRETS if secret in rows}
    assert left <= {"invoice", "order_address", "orders", "order_search", "print"}, left
    order = db.session.scalars(select(Order).order_by(Order.id)).first()
    assert order is not None
    assert (order.email, order.phone, order.customer_note, order.shipping.street) == ("", "", "", "")  # type: ignore[union-attr]
    assert json.dumps(order.invoices[0].snapshot) == said
    assert printing.printed(order.invoices[0]).sha256 == printed
    assert list(checks.findings()) == []


def test_an_open_order_keeps_it_from_being_erased() -> None:
    order = placed_order()
    db.session.commit()
    customer = db.session.scalars(select(Customer)).one()

    with pytest.raises(ActionRefused, match=order.number):
        erase_personal_data(customer, by=SYSTEM)
    assert customer.email == "femke@example.org"


def test_money_that_is_still_to_go_back_keeps_it_from_being_erased() -> None:
    order = placed_order()
    mark_paid(order, by=SYSTEM, notify=False)
    cancel_order(order, by=SYSTEM, credit=True)
    db.session.execute(update(OutgoingMail).values(state=MailState.SENT))
    assert order.customer is not None

    with pytest.raises(ActionRefused, match=f"Money is still to be refunded: {order.number}. Enter the refund first."):
        erase_personal_data(order.customer, by=SYSTEM)

    enter_refund(order, by=SYSTEM, amount=order.total)
    erase_personal_data(order.customer, by=SYSTEM)
    assert order.customer.erased_at is not None


def test_goods_that_still_come_back_keep_it_from_being_erased() -> None:
    order = placed_order()
    mark_paid(order, by=SYSTEM, notify=False)
    mark_sent(order, by=SYSTEM, notify=False)
    coming = create_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    db.session.execute(update(OutgoingMail).values(state=MailState.SENT))
    assert order.customer is not None

    with pytest.raises(ActionRefused, match=f"Goods still come back: {order.number}."):
        erase_personal_data(order.customer, by=SYSTEM)
    reject_return(coming, by=SYSTEM)
    erase_personal_data(order.customer, by=SYSTEM)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE outgoing_mail SET body = 'something else'",
        "UPDATE outgoing_mail SET to_address = ''",
        "UPDATE outgoing_mail SET to_address = '', subject = '', body = '', kind = 'x'",
        'UPDATE history SET facts = \'{"text": "something else"}\'',
        "UPDATE history SET actor_name = 'Somebody else'",
        "UPDATE history SET facts = '{}', what = 'x'",
    ],
)
def test_the_database_lets_through_emptying_and_nothing_else(change: str) -> None:
    a_customer_with_a_past()

    with pytest.raises(Exception, match="never changes"):
        db.session.execute(text(change))
    db.session.rollback()


def test_twice_is_refused() -> None:
    customer = a_customer_with_a_past()
    erase_personal_data(customer, by=SYSTEM)
    before: Any = everything_stored()

    with pytest.raises(ActionRefused, match="erased already"):
        erase_personal_data(customer, by=SYSTEM)
    assert everything_stored() == before


def test_who_was_merged_into_the_customer_is_erased_as_well() -> None:
    customer = a_customer_with_a_past()
    other = Customer(name="Femke de Vries", email="femke@example.net", company="Femke & Co")
    db.session.add(other)
    db.session.flush()
    merge_customers(other, by=SYSTEM, into=customer)

    erase_personal_data(customer, by=SYSTEM)

    assert (other.name, other.email, other.company) == ("–", "", "")


def test_who_is_named_again_can_be_erased_again() -> None:
    customer = a_customer_with_a_past()
    erase_personal_data(customer, by=SYSTEM)
    customer.phone = "555 0102"
    db.session.commit()
    assert customer.erased_at is None

    erase_personal_data(customer, by=SYSTEM)

    assert (customer.phone, customer.erased_at is None) == ("", False)


def test_a_customer_who_is_called_by_a_dash_can_be_erased() -> None:
    order = placed_order()
    cancel_order(order, by=SYSTEM, credit=True)
    db.session.execute(update(OutgoingMail).values(state=MailState.SENT))
    customer = db.session.scalars(select(Customer)).one()
    customer.name, customer.email = "–", ""
    db.session.flush()

    erase_personal_data(customer, by=SYSTEM)

    assert customer.erased_at is not None
