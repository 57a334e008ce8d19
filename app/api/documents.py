"""Invoices and credit notes, shipments, returns: list and read; the prints as PDF."""

from __future__ import annotations

import io
from typing import TypeVar

from flask import Response, send_file
from flask.views import MethodView
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from app.api.description import blueprint
from app.api.keys import needs
from app.api.paging import PageAsked, PageQuery, page_after
from app.api.problems import stop
from app.api.shapes import InvoiceShape, ReturnShape, ShipmentShape, page_of
from app.documents import packing_slips, printing
from app.einvoices.storing import FORMATS, PDF, XML, e_invoice
from app.extensions import db
from app.models import EInvoiceFormat, Invoice, Order, Return, Shipment

documents = blueprint("documents", "Invoices and credit notes, shipments, returns")

INVOICES = select(Invoice).options(joinedload(Invoice.order))
SHIPMENTS = select(Shipment).options(  # with the others of its order, which it may replace
    joinedload(Shipment.order).selectinload(Order.shipments).selectinload(Shipment.lines), selectinload(Shipment.lines)
)
RETURNS = select(Return).options(
    joinedload(Return.order), selectinload(Return.lines), joinedload(Return.credit_note).defer(Invoice.snapshot)
)


@documents.route("/invoices")
class Invoices(MethodView):
    @needs("read.invoices")
    @documents.arguments(PageQuery, location="query")
    @documents.response(200, page_of(InvoiceShape))
    def get(self, asked: PageAsked) -> dict[str, object]:
        """Invoices and credit notes, newest first."""
        return page_after(INVOICES, Invoice.issued_at, Invoice.id, **asked)


@documents.route("/invoices/<number>")
class OneInvoice(MethodView):
    @needs("read.invoices")
    @documents.response(200, InvoiceShape)
    @documents.alt_response(404)
    def get(self, number: str) -> Invoice:
        """One invoice or credit note."""
        return find_document(INVOICES, Invoice, number)


@documents.route("/invoices/<number>/pdf")
class InvoicePdf(MethodView):
    @needs("read.invoices")
    @documents.response(200, {"format": "binary", "type": "string"}, content_type="application/pdf")
    @documents.alt_response(404)
    def get(self, number: str) -> Response:
        """The print of an invoice or credit note, the same bytes every time."""
        invoice = find_document(select(Invoice), Invoice, number)
        return pdf(printing.printed(invoice).content, number)


@documents.route("/invoices/<number>/<any(ubl, xrechnung, cii):written>")
class EInvoiceFile(MethodView):
    @needs("read.invoices")
    @documents.response(200, {"format": "binary", "type": "string"}, content_type=XML)
    @documents.alt_response(404)
    @documents.alt_response(409)
    def get(self, number: str, written: str) -> Response:
        """An invoice or credit note as XML: UBL (Peppol BIS Billing 3.0), XRechnung (UBL) or CII (EN 16931); the same
        bytes every time.

        409 says what is missing for it. A consumer's has none.
        """
        kept = e_invoice(find_document(select(Invoice), Invoice, number), EInvoiceFormat(written))
        return send_file(io.BytesIO(kept.content), XML, download_name=f"{number}{FORMATS[kept.format].ending}")


@documents.route("/invoices/<number>/factur-x")
class FacturXFile(MethodView):
    @needs("read.invoices")
    @documents.response(200, {"format": "binary", "type": "string"}, content_type=PDF)
    @documents.alt_response(404)
    @documents.alt_response(409)
    def get(self, number: str) -> Response:
        """The print of an invoice or credit note with its XML inside (Factur-X, ZUGFeRD): PDF/A-3, the same bytes
        every time. 409 says what is missing for it.
        """
        kept = e_invoice(find_document(select(Invoice), Invoice, number), EInvoiceFormat.FACTUR_X)
        return pdf(kept.content, f"{number}-factur-x")


@documents.route("/shipments")
class Shipments(MethodView):
    @needs("read.shipments")
    @documents.arguments(PageQuery, location="query")
    @documents.response(200, page_of(ShipmentShape))
    def get(self, asked: PageAsked) -> dict[str, object]:
        """Packing slips and parcels, newest first."""
        return page_after(SHIPMENTS, Shipment.created_at, Shipment.id, **asked)


@documents.route("/shipments/<number>")
class OneShipment(MethodView):
    @needs("read.shipments")
    @documents.response(200, ShipmentShape)
    @documents.alt_response(404)
    def get(self, number: str) -> Shipment:
        """One packing slip or parcel."""
        return find_document(SHIPMENTS, Shipment, number)


@documents.route("/shipments/<number>/pdf")
class ShipmentPdf(MethodView):
    @needs("read.shipments")
    @documents.response(200, {"format": "binary", "type": "string"}, content_type="application/pdf")
    @documents.alt_response(404)
    def get(self, number: str) -> Response:
        """The packing slip."""
        return pdf(packing_slips.packing_slip(find_document(select(Shipment), Shipment, number)), number)


@documents.route("/returns")
class Returns(MethodView):
    @needs("read.returns")
    @documents.arguments(PageQuery, location="query")
    @documents.response(200, page_of(ReturnShape))
    def get(self, asked: PageAsked) -> dict[str, object]:
        """Returns, newest first."""
        return page_after(RETURNS, Return.created_at, Return.id, **asked)


@documents.route("/returns/<number>")
class OneReturn(MethodView):
    @needs("read.returns")
    @documents.response(200, ReturnShape)
    @documents.alt_response(404)
    def get(self, number: str) -> Return:
        """One return."""
        return find_document(RETURNS, Return, number)


Document = TypeVar("Document", Invoice, Shipment, Return)


def find_document(query: Select[Document], record: type[Document], number: str) -> Document:
    found = None if "\0" in number else db.session.scalars(query.where(record.number == number)).unique().one_or_none()
    return found or stop(404, f"There is no {record.__name__.lower()} of this number.")


def pdf(content: bytes, name: str) -> Response:
    return send_file(io.BytesIO(content), "application/pdf", download_name=f"{name}.pdf")
