"""What the words of a mail say, and that they say it as screens and documents do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm.attributes import set_committed_value

from app.config import LANGUAGES
from app.documents.printing import printed
from app.documents.wording import Writing
from app.mails.kinds import KINDS
from app.mails.texts import fill_in_text, standard
from app.mails.words import day, in_currency, words_of
from app.queries import shop
from tests.documents.printed_text import lines_of, shop_in_delft
from tests.factories import placed_order


def test_english_days_are_written_the_european_way() -> None:
    assert day(date(2026, 11, 28), "en") == "28 November 2026"


@pytest.mark.parametrize("language", LANGUAGES)
def test_mails_write_days_and_amounts_as_documents_do(language: str) -> None:
    document = Writing(language, "USD")

    assert day(date(2026, 3, 14), language) == document.day(date(2026, 3, 14))
    written = in_currency(Decimal("1234.5"), "USD", language).replace("\u202f", "\xa0")  # no font has the narrow blank
    assert written == document.money(Decimal("1234.5"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_that_asks_for_a_transfer_mentions_what_the_invoice_does(database: None, language: str) -> None:
    shop_in_delft()
    order = placed_order(language=language, payment_method="Bank transfer")
    (invoice,) = order.invoices
    asking = [kind for kind in KINDS if "{bank_account}" in standard(kind, language).body]

    assert sorted(asking) == ["invoice", "order_confirmation", "payment_reminder"]
    for kind in asking:
        told = fill_in_text(kind, language, words_of(order, language, invoice=invoice)).body
        (sentence,) = [line for line in told.splitlines() if shop().iban in line]
        assert order.number in sentence
        assert invoice.number not in sentence
    assert f"{order.number}." in " ".join(lines_of(printed(invoice, language).content))


def test_an_invoice_that_asked_for_its_own_number_goes_on_to(database: None) -> None:
    shop_in_delft()
    (invoice,) = placed_order(language="en").invoices
    says = {key: value for key, value in invoice.snapshot.items() if key != "payment_reference"}
    set_committed_value(invoice, "snapshot", says)

    assert words_of(invoice.order, "en", invoice=invoice)["payment_reference"] == invoice.number
    assert f"mentioning {invoice.number}." in " ".join(lines_of(printed(invoice).content))
