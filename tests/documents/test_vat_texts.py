"""Why there is no VAT on a document: said in its reader's language, on the page as in its XML."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import pytest

from app.actions.credit_notes import create_credit_note
from app.actions.invoices import issue_invoice
from app.amounts.money import ZERO
from app.config import LANGUAGES
from app.documents.printing import printed
from app.documents.vat_texts import national_articles, vat_sentences
from app.documents.wording import words_in
from app.einvoices.reading import read_document
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer, NewLine, NewTax
from app.models import Invoice, InvoiceMoment, LineKind, Shop, ZeroRate
from app.queries import shop
from tests.documents.printed_text import lines_of, shop_in_delft
from tests.factories import address, placed_order

pytestmark = pytest.mark.usefixtures("database")


class Case(NamedTuple):
    """A seller, a buyer, what is sold; and what has to be said of it, as a category, a reason and words."""

    seller: str
    vat_id: str
    buyer: str
    buyer_vat_id: str
    category: str
    reason: str
    words: str
    article: str = ""
    arrange: Callable[[Shop], object] = bool
    is_service: bool = False


def says_of_zero(zero_rate: ZeroRate) -> Callable[[Shop], object]:
    return lambda own: setattr(own, "zero_rate", zero_rate)


def be_small(own: Shop) -> None:
    own.is_small_business = True


DUTCH, GERMAN, BELGIAN = ("NL", "NL853746333B01"), ("DE", "DE136695976"), ("BE", "BE0456810810")
SCHEMES = (ZeroRate.MARGIN_GOODS, ZeroRate.MARGIN_ART, ZeroRate.MARGIN_ANTIQUES)
OF_GOODS, OF_ART, OF_ANTIQUES = map(says_of_zero, SCHEMES)
CASES = {
    "inside the EU": Case(*DUTCH, *BELGIAN, "K", "VATEX-EU-IC", "supply_inside_eu"),
    "by German law": Case(*GERMAN, *BELGIAN, "K", "VATEX-EU-IC", "supply_inside_eu", "§ 4 Nr. 1 b UStG"),
    "export": Case("FR", "FR83404833048", "CH", "", "G", "VATEX-EU-G", "export", "262 I CGI"),
    "reverse charge": Case(*DUTCH, *BELGIAN, "AE", "VATEX-EU-AE", "reverse_charge", is_service=True),
    "exempt": Case(*DUTCH, "NL", "", "E", "", "vat_exempt", arrange=says_of_zero(ZeroRate.EXEMPT)),
    "second-hand": Case(*GERMAN, "DE", "", "E", "VATEX-EU-F", "margin_goods", arrange=OF_GOODS),
    "art": Case(*DUTCH, "NL", "", "E", "VATEX-EU-I", "margin_art", arrange=OF_ART),
    "antiques": Case(*DUTCH, "NL", "", "E", "VATEX-EU-J", "margin_antiques", arrange=OF_ANTIQUES),
    "small business": Case("DE", "", "DE", "", "E", "", "small_business_DE", arrange=be_small),
}


def invoice_of(case: Case, language: str = "nl") -> Invoice:
    own = shop_in_delft()
    own.country, own.vat_id, own.invoice_moment = case.seller, case.vat_id, InvoiceMoment.MANUAL
    case.arrange(own)
    buyer = NewCustomer(name="Jan", company="Kopje BV", vat_id=case.buyer_vat_id, email="jan@example.org")
    line = NewLine("Mug", Decimal(2), Decimal(25), Decimal(50), taxes=[NewTax("VAT", ZERO, ZERO)])
    if case.is_service:
        line.kind = LineKind.FEE
    to = address(country=case.buyer, company="Kopje BV")
    order = placed_order(
        customer=buyer, lines=[line], total=Decimal(50), tax_total=ZERO, billing=to, shipping=to, language=language
    )
    return issue_invoice(order, by=SYSTEM)


@pytest.mark.parametrize("name", CASES)
def test_page_and_xml_say_the_same_in_every_language(name: str) -> None:
    case = CASES[name]
    invoice = invoice_of(case)

    (row,) = read_document(invoice, zero_rate=ZeroRate.ASKED, delivered_on="2026-03-16").taxes
    assert (row.tax.code, row.tax.reason_code) == (case.category, case.reason)
    assert list(vat_sentences(invoice.snapshot, words_in("nl"))) == [row.tax.reason]
    for language in LANGUAGES:
        words = words_in(language)
        (said,) = vat_sentences(invoice.snapshot, words)
        assert said == words[case.words] + (f" ({case.article})" if case.article else "")


def test_it_is_printed_and_said_again_of_what_is_credited_whatever_the_shop_says_by_then() -> None:
    invoice = invoice_of(CASES["second-hand"], "de")
    db.session.flush()
    shop().zero_rate = ZeroRate.ZERO
    note = create_credit_note(invoice, by=SYSTEM, everything=True)
    db.session.commit()

    for document in (invoice, note):
        assert "Gebrauchtgegenstände/Sonderregelung" in " ".join(lines_of(printed(document).content))


def test_a_zero_rate_by_law_and_documents_from_before_say_nothing_of_it() -> None:
    invoice = invoice_of(CASES["exempt"])
    assert list(vat_sentences({**invoice.snapshot, "zero_rate": ZeroRate.ZERO.value}, words_in("en"))) == []
    before = {name: value for name, value in invoice.snapshot.items() if name != "zero_rate"}
    assert list(vat_sentences(before, words_in("en"))) == []


def test_each_article_of_a_country_stands_beside_a_sentence_that_there_is() -> None:
    for language in LANGUAGES:
        assert set(national_articles()) <= set(words_in(language))
