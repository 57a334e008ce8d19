"""The shop's terms go along with the mail that brings an order's first invoice."""

from __future__ import annotations

from hashlib import sha256

import pytest
from sqlalchemy import select

from app.actions.invoices import send_invoice
from app.actions.mailing import send_again
from app.actions.payments import mark_paid
from app.actions.reminders import send_payment_reminder
from app.extensions import db
from app.history import SYSTEM
from app.mails import Postman, deliver_due
from app.models import InvoiceMoment, OutgoingMail, StoredFile
from app.queries import shop
from tests.factories import placed_order
from tests.mails.outgoing import connect
from tests.postbox import Postbox

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
