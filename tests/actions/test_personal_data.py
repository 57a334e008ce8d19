"""What is known of a customer: given whole, and erased but for what the law has the shop keep."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, text, update

from app import jobs
from app.actions.api_keys import create_key
from app.actions.cancelling import cancel_order
from app.actions.merging import merge_customers
from app.actions.payments import enter_refund, mark_not_paid, mark_paid, take_back_payment
from app.actions.personal_data import erase_personal_data, personal_data
from app.actions.returns import create_return, reject_return
from app.actions.shipments import mark_sent
from app.actions.tasks import add_task
from app.actions.tickets import ask
from app.columns import now
from app.documents import printing
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM, Actor, Happened, person, record
from app.intake.accept import take_in
from app.intake_readers import Found
from app.models import (
    ActorKind,
    Arrival,
    Customer,
    Fate,
    FormToken,
    IdempotencyKey,
    JobKind,
    MailState,
    Order,
    OutgoingMail,
    WebhookDelivery,
    WebhookEndpoint,
)
from app.operations import checks
from app.operations.write_ahead_log import empty_log
from app.security.security_log import SecurityKind, note_security
from app.security.sessions import begin_visit
from tests.clients import somebody
from tests.factories import address, new_order, outside_shop, placed_order, shop_key

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
    came_by_herself_and_was_told_of()
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


def came_by_herself_and_was_told_of() -> None:
    """What is tied to nothing but her address."""
    herself = Actor(ActorKind.CUSTOMER, "femke@example.org")
    record(Happened.CUSTOMER_SIGNED_IN, None, herself)
    note_security(SecurityKind.CUSTOMER_SIGNED_OUT, account="Femke@example.org", client="192.0.2.7")
    waits = Arrival(source="woocommerce", sha256="2", result=Fate.QUARANTINED, outside_shop=outside_shop())
    waits.payload, waits.reason = '{"billing": {"email": "Femke@example.org"}}', "Femke has no address."
    token, _key = create_key("Till", rights=["read"], by=SYSTEM)
    answered = IdempotencyKey(token_id=token.id, key="1", request="", status=201)
    answered.body = '{"order": {"email": "femke@example.org", "name": "Femke"}}'
    sent = FormToken(id="1", work="", used_at=now(), answer={"message": "The mail to femke@example.org goes."})
    db.session.add_all([waits, answered, sent])


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
    names = [name for name in inspect(db.session.connection()).get_table_names() if "_search_fts" not in name]
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


def test_mails_that_wait_are_withdrawn_and_one_in_hand_is_waited_for() -> None:
    customer = a_customer_with_a_past()
    waiting = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id).limit(1)).one()
    waiting.state = MailState.SENDING
    db.session.commit()
    with pytest.raises(ActionRefused, match="is being sent just now"):
        erase_personal_data(customer, by=SYSTEM)
    db.session.rollback()
    waiting.state = MailState.QUEUED
    db.session.commit()

    erase_personal_data(customer, by=SYSTEM)
    db.session.commit()

    assert (waiting.state, waiting.to_address, waiting.body) == (MailState.WITHDRAWN, "", "")
    left = {table for table, rows in everything_stored().items() if "femke@example.org" in rows.lower()}
    assert left <= {"invoice", "print"}, left


def test_what_the_shop_tells_afterwards_brings_nobody_back() -> None:
    order = placed_order()
    mark_paid(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM)
    customer = order.customer
    assert customer is not None
    erase_personal_data(customer, by=SYSTEM)
    db.session.commit()
    told = new_order()
    told.external_id, told.customer_note = order.external_id, "Femke asks for more"
    arrival = Arrival(source="woocommerce", sha256="3", result=Fate.WAITING, payload="Femke again")
    arrival.outside_shop = outside_shop()
    db.session.add(arrival)
    db.session.flush()

    found = Found(told.external_id, "Femke again", told)
    taken = take_in(found, shop=shop_key(), origin="", by=SYSTEM, arrival=arrival)
    db.session.commit()

    assert (taken.fate, arrival.payload) == (Fate.SAME, "")
    assert "Femke" not in everything_stored()["arrival"] + everything_stored()["customer"]


def test_on_sqlite_nothing_is_left_in_free_pages() -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL gives its pages back by itself, when they are vacuumed")
    customer = a_customer_with_a_past()
    customer.notes = "Zx9-marker-Qy7 " * 2000  # on pages of its own
    db.session.commit()
    erase_personal_data(customer, by=SYSTEM)
    db.session.commit()
    file = Path(str(db.engine.url.database))
    db.session.remove()

    empty_log()

    for part in file.parent.glob(f"{file.name}*"):
        assert b"Zx9-marker-Qy7" not in part.read_bytes(), part


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
