"""Delivery: every mail goes once, waits while the server is away, and says what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import select

from app import mails
from app.actions.invoices import issue_invoice
from app.columns import now
from app.einvoices.missing import Missing
from app.einvoices.storing import formats_of, is_mailed_with_xml
from app.extensions import db
from app.history import SYSTEM, Happened, sentence
from app.mails import Postman, deliver_due, outbox
from app.mails.message import attachment_as_sent
from app.models import FacturXFor, FacturXTo, History, MailState, Order, OutgoingMail, Print
from app.queries import shop
from tests.documents.printed_text import shop_in_delft
from tests.factories import address
from tests.mails.difficult import DifficultPostbox, silent_server
from tests.mails.outgoing import connect, mail_events, order_to_write_about, queued
from tests.postbox import Postbox, free_port


@pytest.fixture
def difficult() -> Iterator[DifficultPostbox]:
    with DifficultPostbox() as box:
        yield box


def again_now(mail: OutgoingMail) -> None:
    """Let the pause before the next attempt be over."""
    mail.due_at = now()
    db.session.commit()


def order_of(mail: OutgoingMail) -> Order:
    return db.session.get_one(Order, mail.order_id)


# --- it goes --------------------------------------------------------------------------------------------------------


def test_a_mail_arrives_and_is_set_sent(database: None, postbox: Postbox) -> None:
    connect(postbox)
    mail = queued()

    assert deliver_due(Postman()) == 1

    (arrived,) = postbox.mails
    assert (arrived["Message-ID"], arrived["Subject"]) == (mail.message_id, mail.subject)
    assert (mail.state, mail.attempts, mail.last_error, mail.may_be_doubled) == (MailState.SENT, 1, "", False)
    assert mail.sent_at is not None
    assert mail_events(order_of(mail)) == ["mail_queued", "mail_sent"]


def test_a_sent_mail_does_not_go_again(database: None, postbox: Postbox) -> None:
    connect(postbox)
    queued()
    deliver_due(Postman())

    assert deliver_due(Postman()) == 0
    assert len(postbox.mails) == 1


def test_an_invoice_goes_along_as_pdf(database: None, postbox: Postbox) -> None:
    connect(postbox)
    order = order_to_write_about()
    invoice = order.invoices[0] if order.invoices else issue_invoice(order, by=SYSTEM)
    mail = queued(order, kind="invoice", invoice=invoice)

    deliver_due(Postman())

    (attached,) = postbox.mails[0].iter_attachments()
    content = attached.get_content()
    kept = db.session.scalars(select(Print).where(Print.invoice_id == invoice.id)).one()
    assert (attached.get_filename(), content) == (f"{invoice.number}.pdf", kept.content)
    assert content.startswith(b"%PDF-")
    assert mail.attachments == [{"name": f"{invoice.number}.pdf", "sha256": sha256(content).hexdigest()}]


@pytest.mark.parametrize(
    ("wanted", "company", "country", "brings_xml", "is_told"),
    [
        (FacturXFor.EVERYBODY, "", "NL", True, False),
        (FacturXFor.BUSINESSES, "Kopje BV", "NL", True, False),
        (FacturXFor.BUSINESSES, "", "NL", False, False),
        (FacturXFor.NOBODY, "Kopje BV", "NL", False, False),
        (FacturXFor.EVERYBODY, "", "", False, True),
    ],
)
def test_an_invoice_goes_along_with_its_xml_where_the_shop_wants_that(
    wanted: FacturXFor, company: str, country: str, brings_xml: bool, is_told: bool, database: None, postbox: Postbox
) -> None:
    shop_in_delft()
    connect(postbox)
    shop().factur_x_for = wanted
    order = order_to_write_about(billing=address(company=company, country=country))
    (invoice,) = order.invoices or [issue_invoice(order, by=SYSTEM)]
    mail = queued(order, kind="invoice", invoice=invoice)

    deliver_due(Postman())

    (attached,) = postbox.mails[0].iter_attachments()
    content = attached.get_content()
    sent = attachment_as_sent(mail, 0)
    assert sent
    assert (attached.get_filename(), sent.content) == (f"{invoice.number}.pdf", content)
    assert (b"factur-x.xml" in content) is brings_xml
    told = db.session.scalars(select(History).where(History.what == Happened.WENT_WITHOUT_XML)).all()
    assert [one.order_id for one in told] == ([order.id] if is_told else [])
    missing = {one for _kind, why in formats_of(invoice) if why for one in why.missing}
    assert (Missing.BUYER_COUNTRY in missing) is is_told


@pytest.mark.parametrize(
    ("wanted", "countries", "of_customer", "brings_xml"),
    [
        (FacturXFor.EVERYBODY, ["DE", "NL"], FacturXTo.AS_SHOP, True),
        (FacturXFor.EVERYBODY, ["DE"], FacturXTo.AS_SHOP, False),
        (FacturXFor.EVERYBODY, ["DE"], FacturXTo.ALWAYS, True),
        (FacturXFor.NOBODY, [], FacturXTo.ALWAYS, True),
        (FacturXFor.EVERYBODY, [], FacturXTo.NEVER, False),
    ],
)
def test_the_customer_goes_before_the_country_and_that_before_all(
    wanted: FacturXFor, countries: list[str], of_customer: FacturXTo, brings_xml: bool, database: None
) -> None:
    shop_in_delft()
    shop().factur_x_for, shop().factur_x_countries = wanted, countries
    order = order_to_write_about(billing=address(company="Kopje BV", country="NL"))
    (invoice,) = order.invoices or [issue_invoice(order, by=SYSTEM)]
    assert order.customer
    order.customer.factur_x = of_customer

    assert is_mailed_with_xml(invoice) is brings_xml


def test_send_again_goes_to_the_corrected_address(database: None, postbox: Postbox) -> None:
    connect(postbox)
    mail = queued()
    deliver_due(Postman())

    mails.queue_again(mail, to_address="new@example.org")
    db.session.commit()
    deliver_due(Postman())

    assert [m["To"].addresses[0].addr_spec for m in postbox.mails] == ["femke@example.org", "new@example.org"]


# --- it waits -------------------------------------------------------------------------------------------------------


def test_without_a_mail_server_mails_wait(database: None) -> None:
    mail = queued()

    assert deliver_due(Postman()) == 0

    assert (mail.state, mail.attempts) == (MailState.QUEUED, 0)
    assert mails.why_not_ready(shop()) == "No mail server is set up: mails wait. Enter it in the settings."


def test_without_an_address_to_send_from_mails_wait(database: None, postbox: Postbox) -> None:
    connect(postbox)
    shop().mail_sender = shop().email = ""
    mail = queued()

    deliver_due(Postman())

    assert (mail.state, mail.attempts, postbox.mails) == (MailState.QUEUED, 0, [])
    assert "no e-mail address to send from" in mails.why_not_ready(shop())


def test_mails_of_the_demo_shop_never_leave_the_house(database: None, postbox: Postbox) -> None:
    connect(postbox)
    mail = queued(order_to_write_about(demo=True, source="seed"))
    real = queued()

    assert deliver_due(Postman()) == 1

    assert (mail.state, mail.attempts) == (MailState.QUEUED, 0)
    assert [m["Message-ID"] for m in postbox.mails] == [real.message_id]


def test_a_copy_of_a_demo_mail_does_not_leave_the_house_either(database: None, postbox: Postbox) -> None:
    connect(postbox)
    mails.queue_again(queued(order_to_write_about(demo=True)), to_address="owner@example.org")
    db.session.commit()

    assert (deliver_due(Postman()), postbox.mails) == (0, [])


def test_a_mail_that_waited_for_weeks_surprises_nobody(database: None, postbox: Postbox) -> None:
    connect(postbox)
    mail = queued()
    mail.created_at = mail.due_at = now() - timedelta(days=15)
    db.session.commit()

    deliver_due(Postman())

    assert (mail.state, postbox.mails) == (MailState.FAILED, [])
    assert mail.last_error.startswith("It waited for too long")


def test_an_outage_uses_up_no_attempt(database: None) -> None:
    shop().smtp_host, shop().smtp_port, shop().smtp_security = "127.0.0.1", free_port(), "none"
    shop().email = "desk@example.org"
    mail, postman = queued(), Postman()

    for _ in range(5):
        deliver_due(postman)
        postman.away_until = now()

    assert (mail.state, mail.attempts, mail_events(order_of(mail))) == (MailState.QUEUED, 0, ["mail_queued"])
    assert "refused" in mail.last_error
    assert postman.failures == 5


def test_a_postman_stays_away_from_a_server_that_is_down_until_its_settings_change(
    database: None, postbox: Postbox
) -> None:
    connect(postbox)
    shop().smtp_port = free_port()
    queued()
    postman = Postman()
    deliver_due(postman)

    assert postman.away_until > now()
    connect(postbox)
    assert deliver_due(postman) == 1


def test_a_silent_server_uses_up_no_attempt(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.mails.smtp.SMTP_TIMEOUT", 0.3)
    mail = queued()
    with silent_server() as port:
        shop().smtp_host, shop().smtp_port, shop().smtp_security = "127.0.0.1", port, "none"
        shop().email = "desk@example.org"
        db.session.commit()

        deliver_due(Postman())

    assert (mail.state, mail.attempts) == (MailState.QUEUED, 0)


def test_a_server_that_refuses_the_shop_itself_fails_no_mail(database: None, difficult: DifficultPostbox) -> None:
    connect(difficult)
    difficult.at_sender = "550 sender not allowed"
    mail = queued()

    deliver_due(Postman())

    assert (mail.state, mail.attempts, mail.last_error) == (MailState.QUEUED, 0, "550 sender not allowed")


def test_a_mail_at_which_the_server_hangs_up_does_not_hold_up_the_others(
    database: None, difficult: DifficultPostbox
) -> None:
    connect(difficult)
    difficult.at_recipient["bad@example.org"] = "hang up"
    bad, good, postman = queued(to_address="bad@example.org"), queued(), Postman()

    deliver_due(postman)
    postman.away_until = now()
    deliver_due(postman)

    assert (good.state, bad.state, bad.attempts) == (MailState.SENT, MailState.QUEUED, 0)


# --- it is refused --------------------------------------------------------------------------------------------------


def test_not_now_is_tried_again_after_a_pause(database: None, difficult: DifficultPostbox) -> None:
    connect(difficult)
    difficult.at_recipient["femke@example.org"] = "451 try later"
    mail = queued()

    deliver_due(Postman())

    assert (mail.state, mail.attempts, mail.last_error) == (MailState.QUEUED, 1, "451 try later")
    assert timedelta(seconds=10) < mail.due_at - now() < timedelta(seconds=20)
    assert deliver_due(Postman()) == 0

    difficult.at_recipient.clear()
    again_now(mail)
    assert deliver_due(Postman()) == 1
    assert (mail.state, mail.attempts, len(difficult.mails)) == (MailState.SENT, 2, 1)


def test_not_now_for_days_is_given_up(database: None, difficult: DifficultPostbox) -> None:
    connect(difficult)
    difficult.after_text = "452 mailbox full"
    mail = queued()
    mail.attempts = outbox.MOST_ATTEMPTS - 1
    db.session.commit()

    deliver_due(Postman())

    assert (mail.state, mail.last_error) == (MailState.FAILED, "452 mailbox full")


def test_a_refused_mail_fails_at_once_and_history_says_why(database: None, difficult: DifficultPostbox) -> None:
    connect(difficult)
    difficult.at_recipient["femke@example.org"] = "550 no such user"
    mail, other = queued(), queued(to_address="other@example.org")

    assert deliver_due(Postman()) == 1

    assert (mail.state, mail.attempts, mail.last_error) == (MailState.FAILED, 1, "550 no such user")
    assert other.state == MailState.SENT
    entry = db.session.scalars(select(History).where(History.what == "mail_failed")).one()
    assert sentence(entry.what, entry.facts) == (f"Mail “{mail.subject}” to femke@example.org failed: 550 no such user")
    assert entry.subject == f"outgoing_mail:{mail.id}"


def test_an_address_that_is_none_fails_with_a_reason(database: None, postbox: Postbox) -> None:
    connect(postbox)
    order = order_to_write_about()
    order.email = "femke at home"
    mail = queued(order)

    deliver_due(Postman())

    assert (mail.state, postbox.mails) == (MailState.FAILED, [])
    assert mail.last_error == "“femke at home” is not an address that mail can be sent to"


# --- it may have arrived --------------------------------------------------------------------------------------------


def test_hanging_up_after_the_text_is_tried_again_and_flagged(database: None, difficult: DifficultPostbox) -> None:
    connect(difficult)
    difficult.after_text = "hang up"
    mail = queued()

    deliver_due(Postman())
    assert (mail.state, mail.attempts, mail.may_be_doubled) == (MailState.QUEUED, 1, True)

    difficult.after_text = "250 OK"
    again_now(mail)
    deliver_due(Postman())
    assert (mail.state, mail.may_be_doubled) == (MailState.SENT, True)
    assert [m["Message-ID"] for m in difficult.mails] == [mail.message_id, mail.message_id]


def test_silence_after_the_text_is_not_answered_with_copies_for_ever(
    database: None, difficult: DifficultPostbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.mails.smtp.SMTP_TIMEOUT", 0.3)
    connect(difficult)
    difficult.after_text = "silence"
    mail = queued()

    for _ in range(outbox.MOST_UNCLEAR):
        again_now(mail)
        deliver_due(Postman())

    assert (mail.state, mail.attempts, mail.may_be_doubled) == (MailState.FAILED, outbox.MOST_UNCLEAR, True)
    assert (deliver_due(Postman()), len(difficult.mails)) == (0, outbox.MOST_UNCLEAR)


# --- many workers ---------------------------------------------------------------------------------------------------


def test_a_mail_left_behind_by_a_worker_that_died_goes_when_its_lease_ends(database: None, postbox: Postbox) -> None:
    connect(postbox)
    mail = queued()
    outbox.claim_mail("a worker that died")
    db.session.commit()

    assert deliver_due(Postman()) == 0
    mail.leased_until = now() - timedelta(seconds=1)
    db.session.commit()
    assert deliver_due(Postman()) == 1

    assert (mail.state, mail.attempts, mail.may_be_doubled) == (MailState.SENT, 2, True)


def test_a_worker_whose_lease_ran_out_does_not_overwrite_the_other(database: None) -> None:
    mail = queued()
    outbox.claim_mail("slow")
    mail.leased_until = now() - timedelta(seconds=1)
    db.session.commit()

    outbox.claim_mail("quick")
    db.session.commit()

    assert outbox.MAILS.held_by("slow", mail.id) is None
    assert outbox.MAILS.held_by("quick", mail.id) is mail


@pytest.mark.each_database
def test_two_workers_at_once_send_each_mail_once(app: Flask, postbox: Postbox) -> None:
    with app.app_context():
        connect(postbox)
        ids = sorted(queued().message_id for _ in range(12))

    at_once(app, lambda: deliver_due(Postman()))

    assert sorted(mail["Message-ID"] for mail in postbox.mails) == ids


@pytest.mark.each_database
@pytest.mark.parametrize("is_naive", [False, True], ids=["claim", "negative control"])
def test_two_claims_at_once_take_one_mail(app: Flask, is_naive: bool) -> None:
    """Reading first and marking afterwards, as the control does, gives both workers the same mail."""
    with app.app_context():
        mail_id = queued().id
    both_have_read = threading.Barrier(2)

    def naive_claim() -> int | None:
        found = db.session.scalar(select(OutgoingMail.id).where(outbox.MAILS.due()).limit(1))
        db.session.rollback()
        both_have_read.wait(10)
        db.session.get_one(OutgoingMail, found).state = MailState.SENDING
        return found

    taken = at_once(app, naive_claim if is_naive else lambda: outbox.claim_mail("a worker"))

    assert [t for t in taken if t] == ([mail_id, mail_id] if is_naive else [mail_id])


def at_once(app: Flask, work: Callable[[], int | None]) -> list[int | None]:
    """Two workers do it at the same time, each in a transaction of its own; what it answered them."""
    answers: list[int | None] = []
    together = threading.Barrier(2)

    def worker() -> None:
        with app.app_context():
            together.wait(10)
            answers.append(work())
            db.session.commit()

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
