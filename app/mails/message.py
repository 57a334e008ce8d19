"""What goes over the line: a letter, with everything the mail server needs to be told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import select

from app.documents.account_statement import name_of_statement
from app.documents.account_statement_page import draw_statement
from app.documents.printing import printed
from app.documents.quotes import print_quote
from app.einvoices.missing import Incomplete
from app.einvoices.storing import e_invoice, is_mailed_with_xml
from app.extensions import db
from app.models import EInvoice, EInvoiceFormat, Invoice, OutgoingMail, Print, Quote, QuotePrint, StoredFile

OF_ACCOUNT = "statement"  # the kind of mail that brings a statement of account


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes
    media_type: str = "application/pdf"
    lacks_xml: bool = False  # it was to have its XML inside, for which something is missing

    @property
    def as_kept(self) -> dict[str, str]:
        return {"name": self.name, "sha256": sha256(self.content).hexdigest()}


@dataclass(frozen=True)
class Letter:
    message_id: str
    language: str
    to_name: str
    to_address: str
    subject: str
    body: str = field(repr=False)
    attachments: tuple[Attachment, ...] = ()
    kind: str = ""
    quote_id: int | None = None
    secret: str = field(default="", repr=False)  # stands in the text, and in nothing that is kept or logged


def letter_of(mail: OutgoingMail) -> Letter:
    """The mail with its invoice printed, and with the shop's terms where they go along."""
    return Letter(
        message_id=mail.message_id,
        language=mail.language,
        to_name=mail.to_name,
        to_address=mail.to_address,
        subject=mail.subject,
        body=mail.body,
        attachments=(
            *([invoice_as_pdf(mail.invoice_id)] if mail.invoice_id else []),
            *([quote_as_pdf(mail.quote_id)] if mail.quote_id else []),
            *([statement_as_pdf(mail)] if mail.kind == OF_ACCOUNT and mail.statement else []),
            *([file_as_kept(mail.file_id)] if mail.file_id else []),
        ),
        kind=mail.kind,
        quote_id=mail.quote_id,
    )


def attachment_as_sent(mail: OutgoingMail, position: int) -> Attachment | None:
    """What went along with a mail, byte for byte; None where there was no such thing, or it is kept no more."""
    if not 0 <= position < len(mail.attachments):
        return None
    name, digest = mail.attachments[position]["name"], mail.attachments[position]["sha256"]
    prints = select(Print.content).where(Print.invoice_id == mail.invoice_id, Print.sha256 == digest)
    hybrids = select(EInvoice.content).where(EInvoice.invoice_id == mail.invoice_id, EInvoice.sha256 == digest)
    for kept in (prints, hybrids) if mail.invoice_id else ():
        if (content := db.session.scalar(kept)) is not None:
            return Attachment(name, content)
    of_quote = select(QuotePrint.content).where(QuotePrint.quote_id == mail.quote_id, QuotePrint.sha256 == digest)
    if mail.quote_id and (content := db.session.scalar(of_quote)) is not None:
        return Attachment(name, content)
    if mail.kind == OF_ACCOUNT and mail.statement_print and sha256(mail.statement_print).hexdigest() == digest:
        return Attachment(name, mail.statement_print)
    file = db.session.get(StoredFile, mail.file_id) if mail.file_id else None
    return Attachment(name, file.content, file.media_type) if file and file.sha256 == digest else None


def file_as_kept(file_id: int) -> Attachment:
    file = db.session.get_one(StoredFile, file_id)
    return Attachment(file.name, file.content, file.media_type)


def invoice_as_pdf(invoice_id: int) -> Attachment:
    """With its XML inside, where the shop wants that and nothing is missing for it; else the print alone."""
    invoice = db.session.get_one(Invoice, invoice_id)
    name, lacks_xml = f"{file_name(invoice.number)}.pdf", False
    if is_mailed_with_xml(invoice):
        try:
            return Attachment(name, e_invoice(invoice, EInvoiceFormat.FACTUR_X).content)
        except Incomplete:
            lacks_xml = True
    return Attachment(name, printed(invoice).content, lacks_xml=lacks_xml)


def quote_as_pdf(quote_id: int) -> Attachment:
    quote = db.session.get_one(Quote, quote_id)
    return Attachment(f"{file_name(str(quote))}.pdf", print_quote(quote))


def statement_as_pdf(mail: OutgoingMail) -> Attachment:
    """Drawn of what the mail keeps of it; a trial has nothing to draw."""
    assert mail.statement
    content = draw_statement(mail.statement, mail.language, at=mail.created_at)
    return Attachment(name_of_statement(mail.statement, mail.language), content)


def file_name(number: str) -> str:
    """A document's number as a file name: "2026/0001" -> "2026-0001"."""
    return re.sub(r"[^\w.-]+", "-", number)
