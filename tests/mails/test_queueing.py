"""Queueing: once, in the caller's transaction, in the order's language."""

from __future__ import annotations

import threading
from decimal import Decimal
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import mails
from app.actions.invoices import send_invoice
from app.actions.mailing import send_again
from app.actions.order_customer import change_customer
from app.actions.payments import enter_payment, mark_paid, take_back_payment
from app.actions.reminders import send_payment_reminder
from app.actions.shipments import mark_sent
from app.config import LANGUAGES
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM, sentence
from app.intake_readers.new_order import NewCustomer
from app.mails import Postman, deliver_due
from app.mails.words import in_currency
from app.models import History, InvoiceMoment, MailState, OutgoingMail, StoredFile
from app.queries import shop
from tests.factories import placed_order
from tests.looking import refused
from tests.mails.outgoing import connect, mail_events, order_to_write_about, queued
from tests.postbox import Postbox


def count_of_mails() -> int:
    return db.session.scalar(select(func.count()).select_from(OutgoingMail)) or 0


def test_a_mail_is_written_in_the_orders_language(database: None) -> None:
    order = order_to_write_about(language="fr")

    mail = mails.queue("order_paid", order, once_key="paid:1", by=SYSTEM)

    assert mail is not None
    assert (mail.language, mail.subject) == ("fr", f"Nous avons reçu votre paiement pour la commande {order.number}")
    assert (mail.to_name, mail.to_address, mail.state) == ("Femke Jansen", "femke@example.org", MailState.QUEUED)


@pytest.mark.parametrize(
    ("email", "addresses"),
    [
        ("buyer@example.org, office@example.org", ["buyer@example.org", "office@example.org"]),
        (" buyer@example.org;office@example.org ", ["buyer@example.org", "office@example.org"]),
        ("Femke Jansen <femke@example.org>", ["femke@example.org"]),
        ("nobody, femke@example.org", ["femke@example.org"]),
        ("nobody", ["nobody"]),  # it fails where somebody sees it
    ],
)
def test_every_good_address_gets_it(database: None, email: str, addresses: list[str]) -> None:
    order = order_to_write_about(customer=NewCustomer(name="Femke", email=email))

    mails.queue("order_paid", order, once_key="paid:1", by=SYSTEM)
    mails.queue("order_paid", order, once_key="paid:1", by=SYSTEM)

    assert list(db.session.scalars(select(OutgoingMail.to_address).order_by(OutgoingMail.id))) == addresses


def test_two_addresses_are_reminded_as_one_customer(database: None) -> None:
    order = order_to_write_about(customer=NewCustomer(name="Femke", email="a@example.org, b@example.org"))
    send_payment_reminder(order, by=SYSTEM)

    assert (order.reminders, count_of_mails()) == (1, 2)


def test_two_addresses_make_one_customer_known_by_the_first(database: None) -> None:
    first, second, third = (
        order_to_write_about(customer=NewCustomer(name="Femke", email=email))
        for email in (" A@example.org", "a@example.org; b@example.org", "a@example.org , c@example.org")
    )

    assert first.customer is second.customer is third.customer
    assert (first.email, second.email, third.customer and third.customer.email) == (
        "A@example.org",
        "a@example.org, b@example.org",
        "A@example.org",
    )


def test_what_is_no_address_is_refused(database: None) -> None:
    order = order_to_write_about()

    refused(
        lambda: change_customer(order, by=SYSTEM, email="a@example.org, b@"),
        "“b@” is not an e-mail address. Correct it.",
    )
    change_customer(order, by=SYSTEM, email=" a@example.org;b@example.org")
    assert order.email == "a@example.org, b@example.org"


@pytest.mark.parametrize("language", LANGUAGES)
def test_order_paid_says_what_was_received_and_speaks_of_sending_only_while_something_is_to_go(
    database: None, language: str
) -> None:
    order = order_to_write_about(language=language)
    shop().languages = list(LANGUAGES)
    order.language = language
    enter_payment(order, by=SYSTEM, amount=Decimal("20.25"), method="Gift card")
    enter_payment(order, by=SYSTEM, amount=Decimal("47.50"), method="iDEAL", notify=True)
    (before,) = db.session.scalars(select(OutgoingMail))
    amount = in_currency(Decimal("47.50"), "EUR", language)
    assert amount in before.body
    assert "iDEAL" in before.body
    assert "Parcel post" in before.body

    mark_sent(order, by=SYSTEM, notify=False)
    for payment in list(order.payments):
        take_back_payment(payment, by=SYSTEM)
    mark_paid(order, by=SYSTEM)

    *_, after = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
    assert in_currency(Decimal("67.75"), "EUR", language) in after.body
    assert "Parcel post" not in after.body


def test_queueing_is_in_the_history(database: None) -> None:
    order = order_to_write_about(language="en")

    mails.queue("order_paid", order, once_key="paid:1", by=SYSTEM)

    entry = db.session.scalars(select(History).where(History.what == "mail_queued")).one()
    assert sentence(entry.what, entry.facts) == (
        f"Mail “We received your payment for order {order.number}” to femke@example.org is waiting to be sent"
    )


def test_the_same_mail_is_queued_once(database: None) -> None:
    order = order_to_write_about()

    first = mails.queue("order_paid", order, once_key="paid:1", by=SYSTEM)
    second = mails.queue("order_paid", order, once_key="paid:1", by=SYSTEM)

    assert (first is None, second, count_of_mails()) == (False, None, 1)
    assert mail_events(order) == ["mail_queued"]


def test_no_address_no_mail(database: None) -> None:
    order = order_to_write_about()
    order.email = ""

    assert mails.queue("order_paid", order, once_key="paid:1", by=SYSTEM) is None
    assert count_of_mails() == 0


def test_a_mail_of_a_transaction_that_fails_was_never_there(database: None) -> None:
    order = order_to_write_about()
    db.session.commit()

    mails.queue("order_paid", order, once_key="paid:1", by=SYSTEM)
    db.session.rollback()

    assert (count_of_mails(), mail_events(order)) == (0, [])


@pytest.mark.parametrize(
    "typed", ["nobody", "a b@example.org", "a@example.org\nBcc: b@example.org", "a@example.org,b@", "a@"]
)
def test_queue_refuses_what_is_no_address(database: None, typed: str) -> None:
    order = order_to_write_about()

    with pytest.raises(ActionRefused):
        mails.queue("order_paid", order, once_key="paid:1", by=SYSTEM, to_address=typed)

    assert count_of_mails() == 0


def test_a_name_can_not_begin_a_header(database: None) -> None:
    order = order_to_write_about()
    order.billing.name = "Femke\r\nBcc: thief@example.org"  # type: ignore[union-attr]

    mail = mails.queue("order_paid", order, once_key="paid:1", by=SYSTEM)

    assert mail is not None
    assert mail.to_name == "Femke Bcc: thief@example.org"
    assert "Hallo Femke Bcc: thief@example.org,\n" in mail.body


def test_times_queued_tells_1_from_12(database: None) -> None:
    order = order_to_write_about()
    for key in ("invoice:1:1", "invoice:1:2", "invoice:12:1"):
        mails.queue("invoice", order, once_key=key, by=SYSTEM)

    assert mails.times_queued("invoice", "invoice:1") == 2


def test_queue_again_leaves_the_first_as_it_is(database: None) -> None:
    mail = queued()

    copy = mails.queue_again(mail, to_address="new@example.org")

    assert (copy.subject, copy.body, copy.to_address) == (mail.subject, mail.body, "new@example.org")
    assert copy.message_id != mail.message_id
    assert mail.to_address == "femke@example.org"


def test_queue_again_twice_makes_two_copies(database: None) -> None:
    mail = queued()

    keys = [mails.queue_again(mail).once_key, mails.queue_again(mail).once_key]

    assert keys == [f"again:{mail.id}:1", f"again:{mail.id}:2"]


@pytest.mark.each_database
def test_two_transactions_at_once_queue_one_mail(app: Flask) -> None:
    with app.app_context():
        order_id = order_to_write_about().id
        db.session.commit()
    results, together = [], threading.Barrier(2)

    def press() -> None:
        from app.models import Order

        with app.app_context():
            together.wait()
            order = db.session.get_one(Order, order_id)
            results.append(mails.queue("order_paid", order, once_key="paid:1", by=SYSTEM) is not None)
            db.session.commit()

    people = [threading.Thread(target=press) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()

    with app.app_context():
        assert (sorted(results), count_of_mails()) == ([False, True], 1)


def test_an_invoice_counts_as_sent_with_whichever_mail_took_it_along(database: None) -> None:
    order = order_to_write_about()
    [invoice] = order.invoices
    assert invoice.sent_at is None

    mails.queue("order_paid", order, once_key="paid:1", by=SYSTEM, invoice=invoice)

    assert invoice.sent_at is not None


PDF = b"%PDF-1.7 our terms"


@pytest.fixture
def terms(database: None) -> StoredFile:
    file = StoredFile(name="Terms ünd conditions.pdf", media_type="application/pdf", content=PDF, sha256="")
    db.session.add(file)
    db.session.flush()
    shop().terms_id = file.id
    db.session.flush()
    return file


def with_terms() -> list[str]:
    query = select(OutgoingMail.kind).where(OutgoingMail.file_id.is_not(None)).order_by(OutgoingMail.id)
    return list(db.session.scalars(query))


def test_the_terms_arrive_with_the_first_invoice(terms: StoredFile, postbox: Postbox) -> None:
    connect(postbox)
    placed_order()
    db.session.commit()

    deliver_due(Postman())

    (arrived,) = postbox.mails
    attached = {part.get_filename(): part.get_content() for part in arrived.iter_attachments()}
    assert list(attached) == ["INV00001.pdf", "Terms ünd conditions.pdf"]
    assert attached["Terms ünd conditions.pdf"] == PDF
    mail = db.session.scalars(select(OutgoingMail)).one()
    assert mail.attachments[1] == {"name": "Terms ünd conditions.pdf", "sha256": sha256(PDF).hexdigest()}


@pytest.mark.parametrize(
    ("moment", "kinds"), [(InvoiceMoment.DIRECT, ["order_confirmation"]), (InvoiceMoment.PAID, ["order_paid"])]
)
def test_they_go_with_the_mail_that_brings_the_invoice(
    terms: StoredFile, moment: InvoiceMoment, kinds: list[str]
) -> None:
    shop().invoice_moment = moment
    order = placed_order()
    mark_paid(order, by=SYSTEM)

    assert with_terms() == kinds


def test_they_go_with_the_invoice_that_is_sent_by_hand_and_again(terms: StoredFile) -> None:
    order = placed_order()
    send_invoice(order.invoices[0], by=SYSTEM)
    mail = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "invoice")).one()
    mail.state = "failed"
    send_again(mail, by=SYSTEM, to="new@example.org")

    assert with_terms() == ["order_confirmation", "invoice", "invoice"]


def test_a_reminder_brings_the_invoice_without_them(terms: StoredFile) -> None:
    mail = send_payment_reminder(placed_order(), by=SYSTEM)

    assert (mail.invoice_id is not None, mail.file_id) == (True, None)


def test_without_terms_nothing_goes_along(database: None) -> None:
    placed_order()

    assert with_terms() == []


def test_a_mail_that_is_sent_again_is_in_history_as_itself(database: None) -> None:
    """Its own page says since when it waits, as that of the first does."""
    placed_order()
    first = db.session.scalars(select(OutgoingMail)).one()
    first.state = MailState.FAILED

    copy = send_again(first, by=SYSTEM)

    entry = db.session.scalars(select(History).where(History.what == "mail_resent")).one()
    assert entry.subject == f"outgoing_mail:{copy.id}" != f"outgoing_mail:{first.id}"
