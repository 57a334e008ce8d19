"""XRechnung: what German authorities want said, what is missing for it, and where that is entered."""

from __future__ import annotations

import re

import pytest

from app.actions.invoices import issue_invoice
from app.actions.making_anew import correct_buyer
from app.actions.order_customer import change_customer
from app.documents.printing import printed
from app.einvoices.missing import Incomplete, Missing
from app.einvoices.storing import document_of, e_invoice, offered_formats
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer
from app.models import EInvoiceFormat, Invoice, InvoiceMoment
from app.queries import shop
from tests.documents.printed_text import lines_of, shop_in_delft
from tests.einvoices.rules import faults_of_xrechnung
from tests.factories import address, placed_order

pytestmark = pytest.mark.usefixtures("database")

LEITWEG = "991-03730-19"


def invoice_of_an_authority(reference: str = LEITWEG) -> Invoice:
    """Of a city that has no VAT number, and an order number of its own."""
    shop_in_delft()
    shop().invoice_moment = InvoiceMoment.MANUAL
    buyer = NewCustomer(name="Jana Koch", company="Stadt Beispiel", email="rechnung@example.org")
    to = address(company="Stadt Beispiel", country="DE", postcode="10115", city="Berlin")
    order = placed_order(customer=buyer, billing=to, shipping=to)
    change_customer(order, by=SYSTEM, buyer_reference=reference, purchase_order=" PO 4711 ", also_on_record=True)
    return issue_invoice(order, by=SYSTEM)


def missing_of(invoice: Invoice) -> tuple[Missing, ...]:
    with pytest.raises(Incomplete) as refused:
        e_invoice(invoice, EInvoiceFormat.XRECHNUNG)
    return refused.value.missing


def test_it_names_the_authority_by_its_leitweg_id_and_its_order_by_its_own_number() -> None:
    invoice = invoice_of_an_authority()

    xml = e_invoice(invoice, EInvoiceFormat.XRECHNUNG).content.decode()

    assert faults_of_xrechnung(xml.encode()) == []
    assert f"<cbc:BuyerReference>{LEITWEG}</cbc:BuyerReference>" in xml
    assert "<cac:OrderReference><cbc:ID>PO 4711</cbc:ID>" in xml
    assert f'<cbc:EndpointID schemeID="0204">{LEITWEG}</cbc:EndpointID>' in xml
    page = " ".join(lines_of(printed(invoice).content))
    assert f"Uw referentie {LEITWEG}" in page
    assert "PO 4711" in page
    assert document_of(invoice, EInvoiceFormat.UBL).buyer.address  # on Peppol, too, it is reached by it


def test_the_customers_record_keeps_the_reference_for_orders_to_come() -> None:
    first = invoice_of_an_authority()
    assert first.order.customer
    assert first.order.customer.buyer_reference == LEITWEG

    again = placed_order(customer=NewCustomer(name="Jana Koch", email="rechnung@example.org"))

    assert (again.buyer_reference, again.purchase_order) == (LEITWEG, "")


def test_what_is_missing_is_named_and_entered_where_the_buyer_is_corrected() -> None:
    invoice = invoice_of_an_authority(reference="")
    assert missing_of(invoice) == (Missing.BUYER_REFERENCE,)

    buyer = {**invoice.snapshot["buyer"], "phone": ""}
    given = {name: buyer[name] for name in buyer if name not in ("vat_id", "email")}
    anew = correct_buyer(invoice, by=SYSTEM, address=given, buyer_reference="Amt 12")

    xml = e_invoice(anew, EInvoiceFormat.XRECHNUNG).content
    assert faults_of_xrechnung(xml) == []
    assert b'<cbc:EndpointID schemeID="EM">rechnung@example.org</cbc:EndpointID>' in xml
    assert anew.order.purchase_order == "PO 4711"


def test_it_is_offered_to_german_businesses_and_whoever_has_a_leitweg_id() -> None:
    says = invoice_of_an_authority().snapshot
    elsewhere = {**says, "buyer": {**says["buyer"], "country": "AT"}}
    consumer = {**says, "buyer_reference": "", "buyer": {**says["buyer"], "company": ""}}

    assert EInvoiceFormat.XRECHNUNG in offered_formats(says)
    assert EInvoiceFormat.XRECHNUNG in offered_formats(elsewhere)
    assert EInvoiceFormat.XRECHNUNG not in offered_formats({**elsewhere, "buyer_reference": "Amt 12"})
    assert offered_formats(consumer) == [EInvoiceFormat.FACTUR_X]


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        ("<cbc:BuyerReference>.*?</cbc:BuyerReference>", "BR-DE-15"),
        ("<cbc:Telephone>.*?</cbc:Telephone>", "BR-DE-2,5,6,7"),
        ("<cac:PaymentMeans>.*?</cac:PaymentMeans>", "BR-DE-1"),
        ("<cbc:CityName>.*?</cbc:CityName>", "BR-DE-3,4"),
        ("#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", "BR-DE-21"),
        ("<cbc:EndpointID.*?</cbc:EndpointID>", "PEPPOL-EN16931-R010"),
    ],
)
def test_what_is_taken_out_of_it_is_found(pattern: str, rule: str) -> None:
    xml = e_invoice(invoice_of_an_authority(), EInvoiceFormat.XRECHNUNG).content.decode()

    found = faults_of_xrechnung(re.sub(pattern, "", xml).encode())

    assert rule in {fault.split(":")[0] for fault in found}


def test_a_seller_who_can_not_be_called_is_told_so() -> None:
    invoice = invoice_of_an_authority()
    seller = {**invoice.snapshot["seller"], "phone": "-", "email": "nobody"}
    with db.session.no_autoflush:
        invoice.snapshot = {**invoice.snapshot, "seller": seller}
        assert missing_of(invoice) == (Missing.SELLER_CONTACT,)
    db.session.rollback()
