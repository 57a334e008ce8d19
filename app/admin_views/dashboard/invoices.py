"""The invoices of the order: create, print, look into, send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import queries
from app.accounting.crediting import is_fully_credited, left_to_pay_back
from app.actions.credit_notes import create_credit_note, credit_order, invoices_to_credit
from app.actions.e_invoices import leave_e_invoice, send_e_invoice
from app.actions.elsewhere import invoice_here, set_invoiced_elsewhere
from app.actions.invoices import issue_invoice, why_invoiced_elsewhere
from app.actions.making_anew import correct_buyer, make_invoice_anew
from app.admin_views.dashboard.buttons import Button, action_url, button, more_buttons
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.outage_news import POINT_TROUBLES
from app.einvoices.missing import MISSING_SAID, EntryPlace, Incomplete, Missing
from app.einvoices.reading import is_for_business
from app.einvoices.sending import is_set_up
from app.einvoices.storing import formats_of
from app.extensions import ShownText
from app.models import EInvoiceFormat, EInvoiceSending, Invoice, InvoiceKind, Order, PaymentStatus, Trouble
from app.pages.formatting import language
from app.pages.labels import CREDITED, E_INVOICE_STATE, NOT_PAID, PAID, PAID_BACK, PAYMENT_STATUS, TO_PAY_BACK, Label


def invoices(page: OrderPage) -> dict[str, object]:
    order, billed = page.order, [invoice for invoice in page.order.invoices if invoice.kind == InvoiceKind.INVOICE]
    return {
        "rows": [invoice_row(order, invoice) for invoice in order.invoices],
        "credit": button(create_credit_note, order, billed[0]) if len(billed) == 1 else None,  # of the only one
        "credit_several": button(credit_order, order) if len(invoices_to_credit(order)) > 1 else None,
        "create": button(issue_invoice, order),
        "elsewhere": why_invoiced_elsewhere(order) if order.is_invoiced_elsewhere else "",
        "elsewhere_since": order.invoiced_elsewhere_at,
        "switch": switch(order),
        "print_url": url_for("order_page.invoices_pdf", number=order.number),
        "why_not_print": "" if order.invoices else _("There is no invoice of this order to print."),
        "languages": [(code, language(code)) for code in queries.document_languages(queries.shop())],
    }


def switch(order: Order) -> Button | None:
    """Says that it is invoiced elsewhere, or takes that back; no button where there is nothing to say."""
    if order.is_invoiced_elsewhere:
        return button(invoice_here, order)
    return button(set_invoiced_elsewhere, order) if not set_invoiced_elsewhere.why_not(order) else None


def invoice_row(order: Order, invoice: Invoice) -> dict[str, object]:
    return {
        "invoice": invoice,
        "label": paid_label(invoice),
        "info_url": action_url("send_invoice" if invoice.is_credit_note else "change_invoice", order, invoice.id),
        "pdf_url": url_for("order_page.invoice_pdf", number=order.number, invoice_id=invoice.id),
        "credit": button(create_credit_note, order, invoice) if invoice.kind == InvoiceKind.INVOICE else None,
        "more": more_buttons(order, invoice),
        "credits": next((one.number for one in order.invoices if one.id == invoice.credits_id), ""),
        "e_invoice": sent_e_invoice(invoice),
    }


@dataclass(frozen=True)
class SentEInvoice:
    """How the e-invoice of a document stands, and why."""

    label: Label
    why: str
    at: datetime | None


def sent_e_invoice(invoice: Invoice) -> SentEInvoice | None:
    sending = invoice.sending
    if sending is None:
        return None
    return SentEInvoice(
        E_INVOICE_STATE[sending.state], why_e_invoice_waits(sending), sending.ended_at or sending.sent_at
    )


def why_e_invoice_waits(sending: EInvoiceSending) -> str:
    """What is missing, what went wrong, or what was answered."""
    if sending.missing:
        return " ".join(str(MISSING_SAID[Missing(one)][1]) for one in sending.missing)
    said = POINT_TROUBLES[sending.trouble] if sending.trouble not in (None, Trouble.REFUSED) else ""
    return " ".join(filter(None, [str(said), sending.last_error]))


def e_invoice_buttons(order: Order, invoice: Invoice) -> list[Button]:
    """In the pop-up: send it, or leave it. None where no way is set up."""
    found = []
    if is_set_up(queries.shop()) and (is_for_business(invoice.snapshot) or invoice.sending):
        found.append(button(send_e_invoice, order, invoice))
    if not leave_e_invoice.why_not(invoice):
        found.append(button(leave_e_invoice, order, invoice))
    return found


#: What the formats are called.
FORMAT_TITLES = {
    EInvoiceFormat.UBL: _l("Peppol (UBL)"),
    EInvoiceFormat.XRECHNUNG: _l("XRechnung (UBL)"),
    EInvoiceFormat.CII: _l("XML (CII)"),
    EInvoiceFormat.FACTUR_X: _l("PDF with XML (Factur-X, ZUGFeRD)"),
}


@dataclass(frozen=True)
class OfferedFormat:
    """An e-invoice to download, or why there is none, and where what is missing is entered."""

    title: ShownText
    url: str
    reason: str
    places: list[Button]


def e_invoices(order: Order, invoice: Invoice) -> list[OfferedFormat]:
    return [
        OfferedFormat(
            FORMAT_TITLES[kind],
            url_for("order_page.e_invoice", number=order.number, invoice_id=invoice.id, written=kind.value),
            str(incomplete.reasons) if incomplete else "",
            remedies_for(incomplete, order, invoice) if incomplete else [],
        )
        for kind, incomplete in formats_of(invoice)
    ]


def remedies_for(incomplete: Incomplete, order: Order, invoice: Invoice) -> list[Button]:
    """Where what is missing is entered. Who sells and who buys stays as it is on an issued invoice, whatever the shop
    and the order say by now: it is made anew with them.
    """
    leads = [place_of(place, order, invoice) for place in incomplete.places]
    if EntryPlace.COMPANY in incomplete.places and EntryPlace.BUYER not in incomplete.places:
        leads.append(button(make_invoice_anew, order, invoice))
    return [one for one in leads if not one.reason]


def place_of(place: EntryPlace, order: Order, invoice: Invoice) -> Button:
    if place == EntryPlace.BUYER:
        return button(correct_buyer, order, invoice)
    places: dict[EntryPlace, tuple[ShownText, str]] = {
        EntryPlace.COMPANY: (_l("Company"), url_for("company.index_view")),
        EntryPlace.SETTING: (_l("VAT scheme"), url_for("vat_scheme.index_view")),
        EntryPlace.SENDING: (_l("Shipments"), url_for("order_page.show", number=order.number, tab="shipments")),
    }
    title, url = places[place]
    return Button(title, "", url, "", opens=False)


def paid_label(invoice: Invoice) -> Label | None:
    if invoice.is_credit_note:
        back = left_to_pay_back(invoice)
        return None if back is None else TO_PAY_BACK if back else PAID_BACK
    if is_fully_credited(invoice):
        return CREDITED
    if invoice.total == 0:
        return PAYMENT_STATUS[PaymentStatus.NOTHING_OWED]  # no money came
    return PAID if invoice.is_paid else NOT_PAID
