"""E-invoices are downloaded by staff and by programs, kept as they were made, and refused with what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.actions.invoices import change_invoice
from app.actions.making_anew import make_invoice_anew
from app.einvoices.missing import Incomplete, Missing
from app.einvoices.storing import document_of, e_invoice
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer
from app.models import EInvoice, EInvoiceFormat, FacturXFor, Invoice, InvoiceMoment
from app.operations import backups, checks, setup
from app.queries import shop
from tests.clients import Client
from tests.documents.printed_text import shop_in_delft
from tests.factories import address, placed_order
from tests.migrations.going_back import go_back_before


def invoice_of(*, company: str = "Kopje BV", vat_id: str = "NL004495445B01", country: str = "NL") -> Invoice:
    shop_in_delft()
    buyer = NewCustomer(name="Femke Jansen", company=company, vat_id=vat_id, email="femke@example.org")
    (invoice,) = placed_order(customer=buyer, billing=address(company=company, country=country)).invoices
    db.session.commit()
    return invoice


def missing_of(invoice: Invoice, kind: EInvoiceFormat = EInvoiceFormat.UBL) -> tuple[Missing, ...]:
    with pytest.raises(Incomplete) as refused:
        e_invoice(invoice, kind)
    return refused.value.missing


@pytest.mark.usefixtures("database")
def test_it_is_made_once_and_kept() -> None:
    invoice = invoice_of()
    first = e_invoice(invoice, EInvoiceFormat.UBL)
    shop().name = "Another name"
    db.session.commit()

    assert e_invoice(invoice, EInvoiceFormat.UBL).id == first.id
    assert b"Another name" not in first.content
    change_invoice(invoice, by=SYSTEM, paid=True, delivery_time="")
    later = e_invoice(invoice, EInvoiceFormat.UBL)
    assert later.id != first.id
    assert b'PrepaidAmount currencyID="EUR">67.75<' in later.content
    assert list(checks.findings()) == []


@pytest.mark.each_database
def test_what_is_kept_never_changes_and_check_proves_it(app: Flask) -> None:
    with app.app_context():
        kept = e_invoice(invoice_of(), EInvoiceFormat.CII)
        db.session.commit()
        for change in ("UPDATE e_invoice SET content = ''", "DELETE FROM e_invoice"):
            with pytest.raises(DatabaseError):
                db.session.execute(text(change))
            db.session.rollback()
        db.session.add(
            EInvoice(
                invoice_id=kept.invoice_id, revision=9, format=EInvoiceFormat.UBL, content=b"<x/>", sha256="0" * 64
            )
        )
        db.session.flush()
        assert "does not match its hash" in " ".join(checks.findings())
        db.session.rollback()


@pytest.mark.usefixtures("database")
def test_what_is_missing_is_named_all_at_once() -> None:
    assert missing_of(invoice_of(company="", vat_id="")) == (Missing.BUSINESS, Missing.BUYER_PEPPOL)
    assert missing_of(invoice_of(vat_id="", country="DE")) == (Missing.BUYER_PEPPOL,)
    assert missing_of(invoice_of(country="")) == (Missing.BUYER_COUNTRY,)
    invoice = invoice_of()
    invoice.snapshot = {**invoice.snapshot, "seller": {**invoice.snapshot["seller"], "name": "", "vat_id": ""}}
    with db.session.no_autoflush:
        assert missing_of(invoice) == (Missing.SELLER_VAT_ID, Missing.SELLER_NAME)
    db.session.rollback()


@pytest.mark.usefixtures("database")
def test_documents_from_before_have_one_too() -> None:
    invoice = invoice_of()
    now = document_of(invoice, EInvoiceFormat.UBL)
    old = {name: value for name, value in invoice.snapshot.items() if name != "einvoice"}
    old["lines"] = [
        {**line, "taxes": [{"name": tax["name"], "rate": tax["rate"]} for tax in line["taxes"]]}
        for line in old["lines"]
    ]
    with db.session.no_autoflush:
        invoice.snapshot = old
        assert document_of(invoice, EInvoiceFormat.UBL) == now
    db.session.rollback()


def test_programs_and_staff_take_it(
    client: Client, in_app: Callable[[], Any], program_with: Callable[..., Any]
) -> None:
    with in_app():
        invoice = invoice_of()
        number, invoice_id, order = invoice.number, invoice.id, invoice.order.number
        consumer = invoice_of(company="", vat_id="").number
    program = program_with("read.invoices")

    answer = program.get(f"/api/invoices/{number}/ubl")
    assert (answer.status_code, answer.content_type) == (200, "application/xml; charset=utf-8")
    assert program.get(f"/api/invoices/{number}/ubl").data == answer.data
    assert b"urn:cen.eu:en16931:2017" in program.get(f"/api/invoices/{number}/cii").data
    refused = program.get(f"/api/invoices/{consumer}/ubl")
    assert refused.status_code == 409
    assert "neither a company name nor a VAT number" in refused.json["detail"]

    with in_app():
        nowhere = invoice_of(country="")
        lacking, lacking_id = nowhere.order.number, nowhere.id
    said = client.get(f"/admin/order/{lacking}/change_invoice/{lacking_id}").text
    reasons = said[said.index("e-invoices") : said.index("</div>", said.index("e-invoices"))]
    assert "The buyer’s country is missing." in reasons
    assert f'href="/admin/order/{lacking}/correct_buyer/{lacking_id}" data-dialog>Correct the buyer</a>' in reasons

    with in_app():
        first = invoice_of()
        shop().registration = ""
        unknown = make_invoice_anew(first, by=SYSTEM)
        db.session.commit()
        anew, anew_id = unknown.order.number, unknown.id
    said = client.get(f"/admin/order/{anew}/change_invoice/{anew_id}").text
    assert f'href="/admin/order/{anew}/make_invoice_anew/{anew_id}" data-dialog>Credit and make anew</a></p>' in said

    page = client.get(f"/admin/order/{order}/change_invoice/{invoice_id}").text
    address = f"/admin/order/{order}/invoice/{invoice_id}/ubl"
    assert address in page
    assert client.get(address).data == answer.data


@pytest.mark.each_database
def test_shops_of_before_have_e_invoices_after_an_update(app: Flask) -> None:
    with app.app_context():
        invoice_of()
        go_back_before("0080")
        setup.upgrade()

        assert shop().invoice_moment == InvoiceMoment.DIRECT
        assert (shop().zero_rate, shop().factur_x_for) == ("", FacturXFor.NOBODY)
        invoice = db.session.scalars(select(Invoice)).one()
        assert e_invoice(invoice, EInvoiceFormat.UBL).content.startswith(b"<?xml")
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
