"""The PDF of an invoice with its XML inside: PDF/A-3 by a checker, the XML readable, the print as it was."""

from __future__ import annotations

import pytest
from facturx import get_xml_from_pdf

from app.documents.printing import printed
from app.einvoices.cii import write_cii
from app.einvoices.hybrid import write_factur_x
from app.einvoices.storing import document_of, e_invoice
from app.extensions import db
from app.models import EInvoiceFormat
from app.operations.e_invoice_checks import fault_of_e_invoice
from tests.documents.printed_text import shop_in_delft
from tests.einvoices.rules import faults_of_pdf_a
from tests.factories import placed_order


@pytest.mark.usefixtures("database")
def test_it_is_pdf_a_with_the_xml_inside_and_the_same_bytes_each_time() -> None:
    shop_in_delft()
    (invoice,) = placed_order().invoices  # a consumer's: the PDF carries it for whoever can read it
    db.session.commit()
    page = printed(invoice).content

    kept = e_invoice(invoice, EInvoiceFormat.FACTUR_X)

    xml = write_cii(document_of(invoice, EInvoiceFormat.FACTUR_X))
    assert faults_of_pdf_a(kept.content) == []
    assert fault_of_e_invoice(EInvoiceFormat.FACTUR_X, kept.content, invoice) == ""
    assert fault_of_e_invoice(EInvoiceFormat.FACTUR_X, page, invoice) == "can’t be read"
    assert get_xml_from_pdf(kept.content)[1] == xml
    assert write_factur_x(page, xml, title=invoice.number, at=invoice.issued_at) == kept.content
    assert printed(invoice).content == page
    assert faults_of_pdf_a(page) != []
