"""What the words of a mail say, and that they say it as screens and documents do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm.attributes import set_committed_value

from app.actions.credit_notes import create_credit_note, credit_order
from app.actions.payments import enter_payment
from app.config import LANGUAGES
from app.documents.printing import printed
from app.documents.wording import Writing
from app.history import SYSTEM
from app.mails.kinds import KINDS
from app.mails.texts import fill_in_text, standard
from app.mails.words import day, in_currency, words_of
from app.models import REMINDERS, Order
from app.queries import shop
from tests.documents.printed_text import lines_of, shop_in_delft
from tests.factories import paid_order, placed_order


def test_english_days_are_written_the_european_way() -> None:
    assert day(date(2026, 11, 28), "en") == "28 November 2026"


@pytest.mark.parametrize("language", LANGUAGES)
def test_mails_write_days_and_amounts_as_documents_do(language: str) -> None:
    document = Writing(language, "USD")

    assert day(date(2026, 3, 14), language) == document.day(date(2026, 3, 14))
    assert in_currency(Decimal("1234.5"), "USD", language) == document.money(Decimal("1234.5"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_that_asks_for_a_transfer_mentions_what_the_invoice_does(database: None, language: str) -> None:
    shop_in_delft()
    order = placed_order(language=language, payment_method="Bank transfer")
    (invoice,) = order.invoices
    asking = [kind for kind in KINDS if "{bank_account}" in standard(kind, language).body]

    assert sorted(asking) == sorted(["invoice", "order_confirmation", *REMINDERS])
    for kind in asking:
        told = fill_in_text(kind, language, words_of(order, language, invoice=invoice)).body
        (sentence,) = [line for line in told.splitlines() if shop().iban in line]
        assert "RF25 INV0 0001" in sentence
        assert order.number not in sentence
    assert "RF25 INV0 0001." in " ".join(lines_of(printed(invoice, language).content))


def pay_and_credit(order: Order, paid: str, *, credited: int) -> None:
    if paid:
        enter_payment(order, by=SYSTEM, amount=Decimal(paid))
    for line in order.lines[1 : 1 + credited]:  # a teapot of 24.20, then shipping of 6.05
        create_credit_note(order.invoices[0], by=SYSTEM, quantities={line.id: Decimal(1)})


@pytest.mark.parametrize(
    ("paid", "credited", "kind", "said", "not_said"),
    [
        ("", 0, "invoice", ["Amount: €67.75", "Please pay by"], ["Still to pay", "Paid on"]),
        ("20", 1, "invoice", ["Amount: €67.75", "Still to pay of it: €23.55", "Please pay by"], ["Paid on"]),
        ("67.75", 0, "invoice", ["Paid on"], ["Still to pay", "Please pay by", "NL91"]),
        ("20", 1, "payment_reminder", ["Still to pay: €23.55", "Received so far: €20.00", "Credited: €24.20"], []),
        ("", 0, "payment_reminder", ["Still to pay: €67.75"], ["Received so far", "Credited"]),
        ("43.55", 1, "order_paid", ["Order total: €67.75", "Credited: €24.20"], []),
        ("67.75", 0, "order_paid", ["Order total: €67.75"], ["Credited"]),
    ],
)
def test_mails_say_what_was_paid_and_credited_before(
    database: None, paid: str, credited: int, kind: str, said: list[str], not_said: list[str]
) -> None:
    shop_in_delft()
    order = placed_order(language="en")
    pay_and_credit(order, paid, credited=credited)

    told = fill_in_text(kind, "en", words_of(order, "en", invoice=order.invoices[0])).body

    assert [one for one in said if one not in told] == []
    assert [one for one in not_said if one in told] == []


def test_an_invoice_that_is_all_credited_is_not_said_to_be_paid(database: None) -> None:
    order = placed_order(language="en")
    credit_order(order, by=SYSTEM)

    told = fill_in_text("invoice", "en", words_of(order, "en", invoice=order.invoices[0])).body

    assert order.invoices[0].paid_at is not None
    assert "Paid" not in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_paid_in_two_parts_reads_both(database: None, language: str) -> None:
    order = placed_order(language=language)
    enter_payment(order, by=SYSTEM, amount=Decimal(20), method="Gift card", notify=True)
    enter_payment(order, by=SYSTEM, amount=Decimal("47.75"), method="iDEAL", notify=True)

    told = fill_in_text("order_paid", language, words_of(order, language)).body
    once = fill_in_text("order_paid", language, words_of(paid_order(language=language), language)).body
    assert in_currency(Decimal(20), "EUR", language) in told
    assert in_currency(Decimal("47.75"), "EUR", language) in told
    assert len(told.splitlines()) == len(once.splitlines()) + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_picks_an_order_up_reads_where_the_shop_is(database: None, language: str) -> None:
    own = shop_in_delft()
    order = placed_order(language=language)
    order.is_pick_up = True

    told = fill_in_text("ready_for_pickup", language, words_of(order, language)).body
    assert f"{own.street}, {own.postcode} {own.city}" in told.splitlines()
    own.street = ""
    assert own.postcode not in fill_in_text("ready_for_pickup", language, words_of(order, language)).body


def test_an_invoice_that_asked_for_its_own_number_goes_on_to(database: None) -> None:
    shop_in_delft()
    (invoice,) = placed_order(language="en").invoices
    says = {key: value for key, value in invoice.snapshot.items() if "reference" not in key}
    set_committed_value(invoice, "snapshot", says)

    assert words_of(invoice.order, "en", invoice=invoice)["payment_reference"] == invoice.number
    assert f"mentioning {invoice.number}." in " ".join(lines_of(printed(invoice).content))
