"""E-invoices of orders of all kinds keep the official rules: XSD, EN 16931, Factur-X and Peppol.

`E_INVOICES=500 pytest tests/einvoices/test_reading.py` tries more of them.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from decimal import Decimal
from random import Random

import pytest

from app.actions.invoices import issue_invoice
from app.documents.wording import words_in
from app.einvoices.cii import write_cii
from app.einvoices.facts import EInvoiceSaid
from app.einvoices.missing import Incomplete, Missing
from app.einvoices.reading import peppol_missing, read_document
from app.einvoices.ubl import write_ubl
from app.einvoices.xrechnung import has_use_for_xrechnung, write_xrechnung, xrechnung_missing
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer, NewLine, NewTax
from app.models import Invoice
from app.queries import shop
from tests.einvoices.random_orders import invoice_of_a_business, move_shop, random_documents
from tests.einvoices.rules import differences_from_page, faults_of_cii, faults_of_ubl, faults_of_xrechnung
from tests.factories import address, placed_order

pytestmark = pytest.mark.usefixtures("database")

#: Orders of each of the three runs.
ORDERS = int(os.environ.get("E_INVOICES", "300")) // 3

#: What can be missing of an order of a shop that has entered everything.
EXPECTED = {Missing.BUYER_PEPPOL, Missing.SELLER_PEPPOL, Missing.DECIMALS, Missing.DIFFERENCE}

#: Each line's VAT is rounded to a whole yen, and the rules allow a difference of less than one in all.
ROUGH = {"JPY": {Missing.OTHER_RATE}}


def read(invoice: Invoice) -> EInvoiceSaid:
    return read_document(invoice, zero_rate=shop().zero_rate, delivered_on="2026-03-16")


@pytest.mark.parametrize("run", range(3))
def test_orders_of_all_kinds_keep_the_official_rules(run: int) -> None:
    tally: Counter[str] = Counter()
    faults: list[tuple[int, str, str]] = []
    for seed in range(run * ORDERS, (run + 1) * ORDERS):
        for invoice in random_documents(seed):
            try:
                document = read(invoice)
            except Incomplete as incomplete:
                tally.update(set(incomplete.missing) - ROUGH.get(invoice.order.currency, set()))
                continue
            missing = list(peppol_missing(document))
            ubl, cii = write_ubl(document), write_cii(document)
            found = faults_of_cii(cii) + ([] if missing else faults_of_ubl(ubl))
            found += differences_from_page(invoice, ubl, cii)
            if has_use_for_xrechnung(invoice.snapshot) and not set(xrechnung_missing(document, invoice.snapshot)):
                found += faults_of_xrechnung(write_xrechnung(document))
                tally["xrechnung"] += 1
            faults += [(seed, invoice.number, fault) for fault in found]
            tally.update(missing or ["ubl"])

    assert faults == []
    assert set(tally) - {"ubl", "xrechnung"} <= EXPECTED, tally
    assert tally["ubl"] > ORDERS
    assert tally["xrechnung"]


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
