"""Keeping e-invoices: each is made when it is first asked for, from the snapshot, and the same bytes from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from flask_sqlalchemy.session import Session as OwnSession
from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from app import queries
from app.documents.einvoice_facts import Says
from app.documents.keeping import store
from app.documents.printing import printed
from app.documents.snapshots import delivered_on
from app.einvoices.cii import write_cii
from app.einvoices.facts import EInvoiceSaid
from app.einvoices.hybrid import write_factur_x
from app.einvoices.missing import Incomplete, Missing
from app.einvoices.reading import is_for_business, peppol_missing, read_document
from app.einvoices.ubl import write_ubl
from app.einvoices.xrechnung import has_use_for_xrechnung, write_xrechnung, xrechnung_missing
from app.extensions import db
from app.models import EInvoice, EInvoiceFormat, FacturXFor, FacturXTo, Invoice

XML, PDF = "application/xml", "application/pdf"


def print_with_xml(invoice: Invoice, document: EInvoiceSaid) -> bytes:
    return write_factur_x(printed(invoice).content, write_cii(document), title=invoice.number, at=invoice.issued_at)


@dataclass(frozen=True)
class Written:
    """A format: how it is written, and its name as a file."""

    write: Callable[[Invoice, EInvoiceSaid], bytes]
    media_type: str
    ending: str


FORMATS = {
    EInvoiceFormat.UBL: Written(lambda invoice, document: write_ubl(document), XML, "-ubl.xml"),
    EInvoiceFormat.XRECHNUNG: Written(lambda invoice, document: write_xrechnung(document), XML, "-xrechnung.xml"),
    EInvoiceFormat.CII: Written(lambda invoice, document: write_cii(document), XML, "-cii.xml"),
    EInvoiceFormat.FACTUR_X: Written(print_with_xml, PDF, "-factur-x.pdf"),
}


def e_invoice(invoice: Invoice, kind: EInvoiceFormat) -> EInvoice:
    """The invoice or credit note as it stands, in this format. Raises Incomplete and RenderFailed."""
    if kept := find_e_invoice(db.session, invoice.id, invoice.revision, kind):
        return kept
    content = FORMATS[kind].write(invoice, document_of(invoice, kind))
    new = EInvoice(
        invoice_id=invoice.id,
        revision=invoice.revision,
        format=kind,
        content=content,
        sha256=sha256(content).hexdigest(),
    )
    return store(new, lambda own: find_e_invoice(own, new.invoice_id, new.revision, new.format))


def find_e_invoice(
    session: Session | scoped_session[OwnSession], invoice_id: int, revision: int, kind: EInvoiceFormat
) -> EInvoice | None:
    """The one that is kept of this revision, read by the session that is given."""
    of_revision = (EInvoice.invoice_id == invoice_id, EInvoice.revision == revision)
    return session.scalars(select(EInvoice).where(*of_revision, EInvoice.format == kind)).one_or_none()


def document_of(invoice: Invoice, kind: EInvoiceFormat) -> EInvoiceSaid:
    """What it says in this format. Raises Incomplete, with all that is missing."""
    shop = queries.shop()
    went_on = invoice.snapshot.get("supply_inside_eu") and not invoice.snapshot.get("delivered_on")
    is_offered = kind == EInvoiceFormat.FACTUR_X or is_for_business(invoice.snapshot)
    missing: list[Missing] = [] if is_offered else [Missing.BUSINESS]
    try:
        document = read_document(
            invoice, zero_rate=shop.zero_rate, delivered_on=delivered_on(invoice.order, shop) if went_on else ""
        )
    except Incomplete as incomplete:
        raise Incomplete([*missing, *incomplete.missing]) from incomplete
    missing += peppol_missing(document) if kind == EInvoiceFormat.UBL else []
    missing += xrechnung_missing(document, invoice.snapshot) if kind == EInvoiceFormat.XRECHNUNG else []
    if missing:
        raise Incomplete(missing)
    return document


def is_mailed_with_xml(invoice: Invoice) -> bool:
    """Whether mails are to bring it as PDF with its XML inside, where nothing is missing for that.

    What is said of the customer goes before what is said of all.
    """
    shop, customer = queries.shop(), invoice.order.customer
    if customer is not None and customer.factur_x != FacturXTo.AS_SHOP:
        return customer.factur_x == FacturXTo.ALWAYS
    if shop.factur_x_countries and invoice.snapshot["buyer"]["country"] not in shop.factur_x_countries:
        return False
    wanted = shop.factur_x_for
    return wanted == FacturXFor.EVERYBODY or (wanted == FacturXFor.BUSINESSES and is_for_business(invoice.snapshot))


def offered_formats(says: Says) -> list[EInvoiceFormat]:
    """Those that the buyer has a use for."""
    if not is_for_business(says):
        return [EInvoiceFormat.FACTUR_X]
    return [kind for kind in FORMATS if kind != EInvoiceFormat.XRECHNUNG or has_use_for_xrechnung(says)]


def formats_of(invoice: Invoice) -> Iterator[tuple[EInvoiceFormat, Incomplete | None]]:
    """The formats in which it can be had, each with what is missing for it.

    A consumer has a use for the PDF alone, and what is missing for it is told where mails are to bring it.
    """
    is_business = is_for_business(invoice.snapshot)
    for kind in offered_formats(invoice.snapshot):
        try:
            document_of(invoice, kind)
        except Incomplete as incomplete:
            if is_business or is_mailed_with_xml(invoice):
                yield kind, incomplete
        else:
            yield kind, None
