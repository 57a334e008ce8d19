"""E-invoices go to a folder, by mail, or to an access point that is a real server: once, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.actions.credit_notes import create_credit_note
from app.actions.e_invoices import leave_e_invoice, send_e_invoice, send_refused_e_invoice
from app.actions.invoices import change_invoice, issue_invoice
from app.actions.shipments import mark_sent
from app.columns import now
from app.connections import access_point, e_invoices
from app.connections.e_invoices import begin_sending, folder_of_shop, hand_over_document, send_due
from app.einvoices.sending import E_INVOICES
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer, NewLine, NewTax
from app.models import (
    EInvoiceFormat,
    EInvoiceSending,
    EInvoiceState,
    EInvoiceWay,
    History,
    InvoiceMoment,
    Outage,
    Outside,
    Telling,
    Trouble,
)
from app.queries import shop
from tests.admin_views.settings.saving import saved
from tests.arrange import at_once
from tests.documents.printed_text import shop_in_delft
from tests.einvoices.rules import faults_of_ubl
from tests.factories import address, placed_order
from tests.mails.outgoing import connect
from tests.postbox import Postbox
from tests.simulators.access_points import AccessPointServer
from tests.simulators.serving import answer_lost, cut_off, firewall, not_taken, redirect, slow, status


@pytest.fixture
def point() -> Iterator[AccessPointServer]:
    with AccessPointServer() as made:
        yield made


def set_up(point: AccessPointServer, *, lookup: bool = True, go: Telling = Telling.ON) -> None:
    shop_in_delft()
    own = shop()
    own.invoice_moment = InvoiceMoment.MANUAL
    own.e_invoices_go, own.e_invoice_way, own.mail_hold = go, EInvoiceWay.ACCESS_POINT, 30
    own.access_point_url, own.access_point_secret = point.documents, point.rules.secret
    own.access_point_status = f"{point.documents}/{{id}}"
    own.access_point_lookup = f"{point.documents}?key={{key}}" if lookup else ""
    db.session.commit()


def issued(*, company: str = "Kopje BV", vat_id: str = "NL004495445B01", country: str = "NL") -> EInvoiceSending | None:
    buyer = NewCustomer(name="Femke Jansen", company=company, vat_id=vat_id, email="femke@example.org")
    order = placed_order(customer=buyer, billing=address(company=company, country=country))
    invoice = issue_invoice(order, by=SYSTEM)
    db.session.commit()
    return invoice.sending


def sent(row: EInvoiceSending | None, *, worker: str = "one") -> EInvoiceSending:
    """After a worker had it in hand, whatever it waited for."""
    assert row
    db.session.execute(update(EInvoiceSending).values(due_at=now() - timedelta(seconds=1)))
    db.session.commit()
    while send_due(worker):
        pass
    db.session.expire_all()
    return row


def said(row: EInvoiceSending) -> list[str]:
    query = select(History.what).where(History.order_id == row.invoice.order_id).order_by(History.id)
    return [what.removeprefix("e_invoice_") for what in db.session.scalars(query) if what.startswith("e_invoice_")]


@pytest.mark.usefixtures("database")
def test_it_goes_when_it_is_issued_and_is_asked_after_until_it_is_delivered(point: AccessPointServer) -> None:
    set_up(point)
    row = sent(issued())

    (taken,) = point.taken
    (post,) = point.asked_for("/documents", method="POST")
    assert faults_of_ubl(taken.content) == []
    assert post.headers["content-type"] == "application/xml"
    assert taken.key == row.digest
    assert (row.state, row.external_id, row.answer) == (EInvoiceState.ACCEPTED, "doc-1", 202)
    assert now() < row.due_at <= now() + timedelta(minutes=2)
    assert row.sent_at
    assert sent(row).state == EInvoiceState.ACCEPTED

    taken.state = "Delivered"
    row = sent(row)
    assert (row.state, row.ended_at is not None) == (EInvoiceState.DELIVERED, True)
    assert said(row) == ["queued", "sent", "delivered"]
    assert len(point.asked_for("/documents", method="POST")) == 1
    assert send_due("one") == 0
    with pytest.raises(ActionRefused, match="was sent already"):
        send_e_invoice(row.invoice, by=SYSTEM)

    point.rules.states = ["refused"]
    note = create_credit_note(row.invoice, by=SYSTEM, everything=True)
    assert note.sending
    refused = sent(note.sending)
    assert (refused.state, refused.trouble) == (EInvoiceState.REFUSED, Trouble.REFUSED)


@pytest.mark.usefixtures("database")
def test_consumers_and_businesses_that_nobody_reaches_are_left_out(point: AccessPointServer) -> None:
    set_up(point)
    assert issued(company="", vat_id="") is None
    assert issued(vat_id="", country="DE") is None
    shop().e_invoices_go = Telling.OFF
    assert issued() is None
    shop().e_invoices_go, shop().access_point_url = Telling.ON, ""
    assert issued() is None


@pytest.mark.usefixtures("database")
def test_what_is_refused_says_why_and_goes_again_when_somebody_says_so(point: AccessPointServer) -> None:
    set_up(point, lookup=False)
    point.rules.refuses = "Receiver not registered"
    row = sent(issued())

    assert (row.state, row.trouble, row.answer) == (EInvoiceState.REFUSED, Trouble.REFUSED, 422)
    assert "Receiver not registered" in row.last_error
    assert send_due("one") == 0
    point.rules.refuses = ""
    first_key = row.digest
    send_refused_e_invoice(row, by=SYSTEM)
    assert sent(row).state == EInvoiceState.ACCEPTED
    assert said(row) == ["queued", "refused", "queued", "sent"]
    assert row.digest != first_key


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("lookup", [True, False])
def test_an_answer_that_got_lost_makes_no_second_document(point: AccessPointServer, lookup: bool) -> None:
    """It is looked up, or goes again under its key, by which the access point knows it."""
    set_up(point, lookup=lookup)
    point.fail_next(answer_lost(), method="POST")
    row = sent(issued())
    assert (row.state, row.trouble) == (EInvoiceState.WAITING, Trouble.NO_ANSWER)
    point.fail_next(cut_off(), method="GET" if lookup else "POST")
    assert sent(row).state == EInvoiceState.WAITING

    change_invoice(row.invoice, by=SYSTEM, paid=True, delivery_time="")  # its e-invoice says so, and is the same
    row = sent(row)
    assert (row.state, row.external_id, row.trouble) == (EInvoiceState.ACCEPTED, "doc-1", None)
    assert len(point.taken) == 1
    assert len(point.asked_for("/documents", method="POST")) == (1 if lookup else 3)


@pytest.mark.usefixtures("database")
def test_whatever_else_goes_wrong_passes_and_is_told_meanwhile(
    point: AccessPointServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(point)
    monkeypatch.setattr(access_point, "POINT_DEADLINE", 0.5)
    row = issued()
    faults = [
        (status(500), Trouble.OUT_OF_ORDER), (status(429, retry_after=3000), Trouble.TOO_BUSY),
        (status(402), Trouble.ASKED_WRONGLY), (status(401), Trouble.REFUSED_BEFORE), (status(404), Trouble.NO_API),
        (firewall(), Trouble.REFUSED_BEFORE), (redirect("https://elsewhere.example/"), Trouble.REDIRECTED),
        (not_taken(), Trouble.NO_ANSWER), (slow(2), Trouble.TOO_SLOW),
    ]  # fmt: skip
    for fault, trouble in faults:
        point.fail_next(fault, method="POST")
        row = sent(row)
        assert (row.state, row.trouble) == (EInvoiceState.WAITING, trouble)
        assert row.due_at > now()
        if trouble == Trouble.TOO_BUSY:
            assert row.due_at > now() + timedelta(minutes=45)
    outage = db.session.get(Outage, (Outside.E_INVOICES, ""))
    assert outage
    assert row.attempts == len(faults)
    assert sent(row).state == EInvoiceState.ACCEPTED
    assert db.session.get(Outage, (Outside.E_INVOICES, "")) is None
    assert len(point.taken) == 1


@pytest.mark.usefixtures("database")
def test_the_secret_goes_to_its_own_host_only(point: AccessPointServer) -> None:
    """An answer that leads elsewhere is not followed, and nothing that is kept holds the secret."""
    set_up(point)
    shop().access_point_status = ""
    point.rules.leads = True
    point.rules.secret = "Bearer another"
    row = sent(issued())
    assert row.trouble == Trouble.WRONG_KEY
    assert "sekret" not in row.last_error

    point.rules.secret = "Bearer sekret-4711"
    row = sent(row)
    assert row.status_url == f"{point.documents}/doc-1"
    point.taken[0].state, point.taken[0].reason = "rejected", "Unknown buyer reference"
    row = sent(row)
    assert (row.state, row.last_error) == (EInvoiceState.REFUSED, "Unknown buyer reference")


@pytest.mark.each_database
def test_a_worker_that_dies_after_handing_over_and_one_that_takes_over_send_it_once(
    app: Flask, point: AccessPointServer
) -> None:
    with app.app_context():
        set_up(point)
        row = issued()
        assert row
        E_INVOICES.claim("dies")
        db.session.commit()
        handover = begin_sending("dies", row.id)
        assert handover
        verdict = hand_over_document(handover)  # and dies before it wrote that down
        row.leased_until = now() - timedelta(seconds=1)
        db.session.commit()

        row_id = row.id

    def take_over(position: int) -> int:
        with app.app_context():
            return send_due(f"worker {position}")

    assert sorted(at_once(2, take_over)) == [0, 1]
    with app.app_context():
        row = db.session.get_one(EInvoiceSending, row_id)
        assert (row.state, row.external_id) == (EInvoiceState.ACCEPTED, "doc-1")
        e_invoices.note_verdict("dies", row_id, verdict)  # it comes back to life
        assert len(point.taken) == 1
        assert said(row) == ["queued", "sent"]


@pytest.mark.usefixtures("database")
def test_undo_stops_it_and_what_is_asked_waits_for_somebody(point: AccessPointServer) -> None:
    set_up(point, go=Telling.ASK)
    row = issued()
    assert row
    assert row.state == EInvoiceState.ASKED
    assert send_due("one") == 0

    send_e_invoice(row.invoice, by=SYSTEM)
    assert row.due_at > now() + timedelta(seconds=20)
    leave_e_invoice(row.invoice, by=SYSTEM)
    assert sent(row).state == EInvoiceState.LEFT
    assert said(row) == ["queued", "left"]
    send_e_invoice(row.invoice, by=SYSTEM)
    E_INVOICES.claim("one", row_id=row.id)
    row.due_at = now()
    db.session.commit()
    E_INVOICES.claim("one", row_id=row.id)
    db.session.refresh(row)
    with pytest.raises(ActionRefused, match="at this moment"):
        leave_e_invoice(row.invoice, by=SYSTEM)
    assert point.requests == []


@pytest.mark.usefixtures("database")
def test_what_is_missing_is_named_and_goods_that_are_to_go_are_waited_for(point: AccessPointServer) -> None:
    set_up(point)
    shop().registration, shop().vat_id = "", ""
    row = sent(issued())
    assert (row.state, row.trouble) == (EInvoiceState.REFUSED, Trouble.BY_HAND)
    assert "seller_vat_id" in row.missing

    shop_in_delft()
    buyer = NewCustomer(name="Ann", company="Kopje BVBA", vat_id="BE0456810810", email="ann@example.org")
    to = address(company="Kopje BVBA", country="BE", postcode="9000", city="Gent")
    order = placed_order(
        customer=buyer, billing=to, shipping=to, lines=untaxed(), tax_total=Decimal(0), total=Decimal(50)
    )
    invoice = issue_invoice(order, by=SYSTEM)
    row = sent(invoice.sending)
    assert (row.state, row.missing, row.trouble, row.attempts) == (EInvoiceState.WAITING, ["delivered_on"], None, 0)
    mark_sent(order, by=SYSTEM, notify=False)
    row = sent(row)
    assert (row.state, row.missing) == (EInvoiceState.ACCEPTED, [])


def untaxed() -> list[NewLine]:
    return [NewLine("Mug", Decimal(2), Decimal(25), Decimal(50), taxes=[NewTax("VAT", Decimal(0), Decimal(0))])]


@pytest.mark.usefixtures("database")
def test_a_folder_has_whole_files_only_and_a_mail_goes_once_under_its_id(point: AccessPointServer) -> None:
    set_up(point)
    own = shop()
    own.e_invoice_way, own.e_invoice_format = EInvoiceWay.FOLDER, EInvoiceFormat.FACTUR_X
    row = sent(issued())
    folder = folder_of_shop(own)
    number = row.invoice.number
    assert (row.state, row.external_id) == (EInvoiceState.SENT, f"{number}-factur-x.pdf")
    assert [one.name for one in folder.iterdir()] == [f"{number}-factur-x.pdf"]
    assert oct((folder / f"{number}-factur-x.pdf").stat().st_mode)[-3:] == "600"

    (folder / "in-the-way").write_text("")
    own.e_invoice_folder = "e-invoices/in-the-way"
    row = sent(issued())
    assert (row.state, row.trouble) == (EInvoiceState.WAITING, Trouble.OUT_OF_ORDER)
    for one in folder.iterdir():
        one.unlink()
    folder.rmdir()

    own.e_invoice_format = EInvoiceFormat.UBL
    own.e_invoice_way, own.e_invoice_address = EInvoiceWay.MAIL, "peppol@example.org"
    with Postbox() as box:
        connect(box)
        row = sent(issued())
        (mail,) = box.mails
    assert row.state == EInvoiceState.SENT
    assert mail["To"] == "peppol@example.org"
    assert row.digest[:40] in mail["Message-ID"]
    (attached,) = mail.iter_attachments()
    assert attached.get_content().startswith(b"<?xml") if isinstance(attached.get_content(), bytes) else True
    row = issued()
    assert sent(row).trouble == Trouble.NO_ANSWER  # the mail server is gone


@pytest.mark.usefixtures("database")
def test_a_document_goes_as_the_file_of_a_form_where_that_is_wanted(point: AccessPointServer) -> None:
    set_up(point)
    shop().access_point_as_form = True
    sent(issued())

    assert faults_of_ubl(point.taken[0].content) == []
    assert "multipart/form-data" in point.requests[-1].headers["content-type"]


def test_the_settings_try_it_and_the_list_shows_what_was_refused(client, in_app, point: AccessPointServer) -> None:
    with in_app():
        set_up(point)
    page = "/admin/e-invoice-settings/"
    values = {
        "e_invoices_go": "on", "e_invoice_format": "ubl", "e_invoice_way": "access_point", "e_invoice_folder": "",
        "e_invoice_address": "", "access_point_url": point.documents, "access_point_header": "",
        "access_point_secret": "", "access_point_status": f"{point.documents}/{{id}}",
        "access_point_lookup": f"{point.documents}?key={{key}}",
    }  # fmt: skip
    assert saved(client, "e-invoice-settings", values).status_code == 302
    assert "sekret" not in client.get(page, follow_redirects=True).text
    assert "lets Toonbank in" in client.post(f"{page}trial", follow_redirects=True).text
    point.rules.secret = "Bearer another"
    assert "It does not know the secret" in client.post(f"{page}trial", follow_redirects=True).text
    for name, value, text in [
        ("access_point_url", "https://elsewhere.example/x", "Enter it again"),
        ("access_point_status", "https://elsewhere.example/{id}", "same host"),
        ("access_point_header", "Content-Length", "can’t be the name of a header"),
        ("e_invoice_folder", "../out", "without"),
        ("access_point_url", "", "Write the whole address"),
    ]:
        assert text in saved(client, "e-invoice-settings", {**values, name: value}).text, name
    saved(client, "e-invoice-settings", {**values, "e_invoice_way": "folder"})
    assert "written to" in client.post(f"{page}trial", follow_redirects=True).text

    with in_app():
        shop().e_invoice_way = EInvoiceWay.ACCESS_POINT
        point.rules.secret, point.rules.refuses = "Bearer sekret-4711", "Receiver not registered"
        row = sent(issued())
        number, order, row_id, invoice_id = row.invoice.number, row.invoice.order.number, row.id, row.invoice_id
    listed = client.get("/admin/e-invoice/?flt0_0=refused").text
    assert number in listed
    assert "Receiver not registered" in listed
    assert "Refused" in client.get(f"/admin/order/{order}?tab=invoices").text
    assert "Receiver not registered" in client.get(f"/admin/order/{order}/change_invoice/{invoice_id}").text
    client.post("/admin/e-invoice/action/", data={"action": "send_refused_e_invoice", "rowid": [str(row_id)]})
    with in_app():
        row = db.session.get_one(EInvoiceSending, row_id)
        assert row.state == EInvoiceState.WAITING
        point.fail_next(status(500))
        sent(row)
    assert "No e-invoice has gone out since" in client.get("/admin/e-invoice/").text
    assert "No e-invoice has gone out since" in client.get("/admin/").text
