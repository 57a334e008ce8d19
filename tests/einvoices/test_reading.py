"""E-invoices of orders of all kinds keep the official rules: XSD, EN 16931, Factur-X and Peppol.

In the suite always the same; `make fuzz` tries new ones, as many as E_INVOICES says.
"""

from __future__ import annotations

import io
import os
import re
from collections import Counter
from decimal import Decimal
from functools import cache
from random import Random
from time import process_time

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from app.actions.invoices import issue_invoice
from app.documents.invoice_page import invoice_page
from app.documents.render_process import render
from app.documents.wording import words_in
from app.einvoices.cii import write_cii
from app.einvoices.facts import EInvoiceSaid
from app.einvoices.hybrid import write_factur_x, xml_inside
from app.einvoices.missing import Incomplete, Missing
from app.einvoices.reading import is_for_business, peppol_missing, read_document
from app.einvoices.ubl import write_ubl
from app.einvoices.xrechnung import has_use_for_xrechnung, write_xrechnung, xrechnung_missing
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer, NewLine, NewTax
from app.models import EInvoiceFormat, Invoice
from app.operations.e_invoice_checks import fault_of_e_invoice
from app.queries import shop
from tests.einvoices.random_orders import SELLERS, invoice_of_a_business, move_shop, random_documents
from tests.einvoices.rules import (
    differences_from_page,
    faults_of_cii,
    faults_of_pdf_a,
    faults_of_ubl,
    faults_of_xrechnung,
)
from tests.factories import address, placed_order

pytestmark = pytest.mark.usefixtures("database")

ORDERS = int(os.environ.get("E_INVOICES", "300"))

#: One in so many documents is printed as well: that takes 220 ms of CPU, and its XML 1.3.
EACH_PRINTED = int(os.environ.get("E_INVOICES_PRINTED", "10"))
#: One in so many is made a PDF/A-3 with a blank page, which takes 14 ms: as many as there are orders.
EACH_PUT_BESIDE = 2

#: What an e-invoice may add to the issue of an invoice, of CPU.
MOST_SECONDS = 0.015

#: What can be missing of an order of a shop that has entered everything.
EXPECTED = {Missing.BUYER_PEPPOL, Missing.SELLER_PEPPOL, Missing.DECIMALS, Missing.DIFFERENCE}

#: Each line's VAT is rounded to a whole yen, and the rules allow a difference of less than one in all.
ROUGH = {"JPY": {Missing.OTHER_RATE}}


def read(invoice: Invoice) -> EInvoiceSaid:
    return read_document(invoice, zero_rate=shop().zero_rate, delivered_on="2026-03-16")


def test_orders_of_all_kinds_keep_the_official_rules() -> None:
    """All in one shop, each order taken back afterwards: making it takes as long as trying its documents."""
    tally: Counter[str] = Counter()
    took: list[float] = []

    @settings(max_examples=ORDERS, suppress_health_check=list(HealthCheck), database=None)
    @given(st.randoms(use_true_random=False) | st.integers(0, 2**32).map(Random))
    def keep_the_rules(random: Random) -> None:
        """Half of them are odd, as hypothesis draws, and half as they come."""
        try:
            for invoice in random_documents(random):
                note(invoice.snapshot)
                assert faults_of(invoice, tally, took) == []
        finally:
            db.session.rollback()

    keep_the_rules()
    assert set(tally) >= KINDS, KINDS - set(tally)
    assert {one for one in tally if one in list(Missing)} <= EXPECTED, tally
    assert tally["ubl"] >= ORDERS / 2
    assert sum(took) / len(took) < MOST_SECONDS


def faults_of(invoice: Invoice, tally: Counter[str], took: list[float]) -> list[str]:
    """What is wrong with it in each format in which it can be had.

    `tally` counts what it is and what it lacks, `took` has the seconds of CPU that making it takes.
    """
    begun = process_time()
    try:
        document = read(invoice)
    except Incomplete as incomplete:
        tally.update(set(incomplete.missing) - ROUGH.get(invoice.order.currency, set()))
        return []
    tally.update(kinds_of(invoice, document))
    missing = list(peppol_missing(document))
    ubl, cii = write_ubl(document), write_cii(document)
    took.append(process_time() - begun)
    is_printed = len(took) % EACH_PRINTED == 0
    found = (
        faults_of_hybrid(invoice, cii, is_printed=is_printed) if is_printed or len(took) % EACH_PUT_BESIDE == 0 else []
    )
    found += faults_of_cii(cii) + ([] if missing else faults_of_ubl(ubl))
    found += differences_from_page(invoice, ubl, cii)
    found += filter(None, [fault_of_e_invoice(EInvoiceFormat.UBL, ubl, invoice)])
    found += filter(None, [fault_of_e_invoice(EInvoiceFormat.CII, cii, invoice)])
    if has_use_for_xrechnung(invoice.snapshot) and not set(xrechnung_missing(document, invoice.snapshot)):
        found += faults_of_xrechnung(write_xrechnung(document))
        tally["xrechnung"] += 1
    tally.update(missing or ["ubl"])
    return found


def faults_of_hybrid(invoice: Invoice, cii: bytes, *, is_printed: bool) -> list[str]:
    """What is no PDF/A-3b of its print with the XML inside; else of all that is put beside a page."""
    at = invoice.issued_at
    page = render(invoice_page(invoice, invoice.language), at=at).pdf if is_printed else blank_page()
    hybrid = write_factur_x(page, cii, title=invoice.number, at=at)
    return faults_of_pdf_a(hybrid) + ([] if xml_inside(hybrid) == cii else ["its XML is another one"])


@cache
def blank_page() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(out)
    return out.getvalue()


#: What the orders have to be: a kind that is never drawn is never tried.
KINDS = {
    "S", "Z", "E", "AE", "K", "G", "O", "EUR", "SEK", "JPY", "KWD", "gross", "net", "credit note", "several rates",
    "discount", "discounted line", "shipping", "fee", "part paid", "paid", "nothing", "margin", "small business",
    "another state's rate", "XI", "consumer", "difference", "ubl", "xrechnung",
}  # fmt: skip


def kinds_of(invoice: Invoice, document: EInvoiceSaid) -> set[str]:
    says, sums, own = invoice.snapshot, document.sums, shop()
    lines = {line["kind"] for line in says["lines"]}
    rates = {str(one.tax.rate) for one in document.taxes if one.tax.rate}
    untaxed = {one.tax.reason_code for one in document.taxes}
    found = {
        "gross": says["prices_include_tax"],
        "net": not says["prices_include_tax"],
        "credit note": document.is_credit_note,
        "several rates": len(rates) > 1,
        "discount": bool(document.allowances),
        "discounted line": any(line.discount for line in document.lines),
        "shipping": "shipping" in lines,
        "fee": "fee" in lines,
        "part paid": 0 < sums.paid < sums.total,
        "paid": 0 < sums.paid == sums.total,
        "nothing": not sums.total,
        "margin": bool(untaxed & {"VATEX-EU-F", "VATEX-EU-I", "VATEX-EU-J"}),
        "small business": own.is_small_business,
        "another state's rate": bool(rates - set(SELLERS[own.country][2])),
        "XI": own.vat_id.startswith("XI"),
        "consumer": not is_for_business(says),
        "difference": bool(sums.difference),
    }
    codes = {one.tax.code for one in document.taxes}
    return {document.currency, *codes, *(kind for kind, is_so in found.items() if is_so)}


@pytest.mark.parametrize(
    ("pattern", "spoiled", "rules"),
    [
        (r"(<cbc:LineExtensionAmount[^>]*>)30.99", r"\g<1>31.99", {"BR-CO-10", "PEPPOL-EN16931-R120"}),
        (r"(<cbc:PriceAmount[^>]*>)", r"\g<1>-", {"BR-27"}),
        (r"(ClassifiedTaxCategory><cbc:ID>)S", r"\g<1>E", {"BR-E-01"}),
        (r"<cbc:EndpointID.*?</cbc:EndpointID>", "", {"PEPPOL-EN16931-R010", "PEPPOL-EN16931-R020"}),
        (r"<cac:OrderReference>.*?</cac:OrderReference>", "", {"R003"}),
    ],
)
def test_what_is_spoiled_is_found(pattern: str, spoiled: str, rules: set[str]) -> None:
    xml = write_ubl(read(invoice_of_a_business())).decode()
    assert faults_of_ubl(xml.encode()) == []
    changed = re.sub(pattern, spoiled, xml)
    assert changed != xml

    assert rules <= {fault.split(":")[0] for fault in faults_of_ubl(changed.encode())}


@pytest.mark.parametrize(
    ("pattern", "spoiled", "said"),
    [
        (r"(<cbc:ID>)INV", r"\g<1>XYZ", "is of another document"),
        (r"(<cbc:CustomizationID>)", r"\g<1>x", "is by other rules"),
        (r"(<cbc:DocumentCurrencyCode>)EUR", r"\g<1>SEK", "is in another currency"),
        (r"(<cbc:TaxInclusiveAmount[^>]*>)67.75", r"\g<1>67.76", "has another total"),
        (r"(<cac:TaxTotal><cbc:TaxAmount[^>]*>)11.76", r"\g<1>11.77", "has another VAT"),
        (r"(<cbc:LineExtensionAmount[^>]*>)30.99", r"\g<1>31.99", "has lines that don’t add up"),
        (r"(<cbc:TaxExclusiveAmount[^>]*>)5", r"\g<1>6", "has sums that don’t add up"),
        (r"(<cac:TaxSubtotal>.*?<cbc:TaxAmount[^>]*>)11", r"\g<1>12", "has VAT that doesn’t add up"),
        (r"(<cbc:TaxableAmount[^>]*>)5", r"\g<1>6", "has bases of VAT that don’t add up"),
        (r"<cbc:TaxableAmount", "", "can’t be read"),
    ],
)
def test_check_says_fault_of_e_invoice_with_a_stored_one(pattern: str, spoiled: str, said: str) -> None:
    invoice = invoice_of_a_business()
    xml = write_ubl(read(invoice)).decode()

    changed, count = re.subn(pattern, spoiled, xml, count=1)

    assert (fault_of_e_invoice(EInvoiceFormat.UBL, xml.encode(), invoice), count) == ("", 1)
    assert fault_of_e_invoice(EInvoiceFormat.UBL, changed.encode(), invoice) == said


@pytest.mark.parametrize(
    ("country", "registration", "vat_id", "category", "reason"),
    [
        ("NL", "KvK 12345678", "", "E", "small_business_NL"),
        ("FR", "404833048", "", "E", "small_business_FR"),
        ("IT", "MI-123456", "IT00743110157", "E", "small_business"),
        ("US", "EIN 12-3456789", "", "O", "small_business_elsewhere"),
    ],
)
def test_a_small_business_is_exempt_by_the_law_of_its_country(
    country: str, registration: str, vat_id: str, category: str, reason: str
) -> None:
    document = read(invoice_of_a_small_business(country, registration, vat_id))

    (row,) = document.taxes
    assert (row.tax.code, row.tax.reason) == (category, words_in("nl")[reason])
    assert document.seller.tax_number == (registration if category == "E" and not vat_id else "")
    cii = write_cii(document)
    assert faults_of_cii(cii) == []
    assert faults_of_ubl(write_ubl(document)) == [] or document.seller.address is None
    nameless = re.sub(rb"<ram:SpecifiedTaxRegistration>.*?</ram:SpecifiedTaxRegistration>", b"", cii)
    assert any("BR-E-02" in fault for fault in faults_of_cii(nameless)) is (category == "E")


def test_a_small_business_without_any_number_is_told_so() -> None:
    invoice = invoice_of_a_small_business("DE", "", "")

    with pytest.raises(Incomplete) as refused:
        read(invoice)
    assert refused.value.missing == (Missing.SELLER_ID,)


def invoice_of_a_small_business(country: str, registration: str, vat_id: str) -> Invoice:
    own = move_shop(Random(0))
    own.country, own.registration, own.vat_id, own.is_small_business = country, registration, vat_id, True
    buyer = NewCustomer(name="Femke Jansen", company="Kopje BV", vat_id="BE0456810810", email="femke@example.org")
    line = NewLine("Mug", Decimal(2), Decimal(25), Decimal(50), taxes=[NewTax("VAT", Decimal(0), Decimal(0))])
    to = address(country="BE", company="Kopje BV", postcode="9000", city="Gent")
    order = placed_order(customer=buyer, lines=[line], total=Decimal(50), tax_total=Decimal(0), billing=to, shipping=to)
    return issue_invoice(order, by=SYSTEM)
