"""Quotes of drafts: what is offered stays, and only that is placed, once, by whoever got the mail."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from app.actions.draft_prices import change_prices
from app.actions.drafts import begin_empty_draft, discard_draft, place_draft
from app.actions.lines import EditedLine, edit_lines
from app.actions.numbering import change_series
from app.actions.order_customer import change_customer
from app.actions.order_methods import change_methods
from app.actions.personal_data import erase_personal_data, personal_data
from app.actions.quotes import accept_quote, change_validity, send_quote
from app.columns import at, now
from app.documents.quotes import keep_quote, print_quote, quote_now
from app.extensions import db
from app.history import SYSTEM, Actor, Happened
from app.models import Customer, InvoiceMoment, MailState, Order, OrderSearch, OutgoingMail, Quote, QuotePrint
from app.operations.checks import findings
from app.queries import shop
from tests.documents.printed_text import lines_of
from tests.looking import everything, happened, kinds_of_mail, refused

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]

D = Decimal
STAN = Actor("customer", "stan@example.org")


@pytest.fixture(autouse=True)
def address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", "https://desk.example.com")


def draft_to_quote(*, discount: str = "0", language: str = "en") -> Order:
    draft = begin_empty_draft(by=SYSTEM)
    draft.customer_name, draft.email, draft.language = "Stan Guit", "stan@example.org", language
    lines = [
        EditedLine("Mug", D(3), D("12.50"), rate=D(21)),
        EditedLine("Book", D(2), D("10.25"), discount=D("0.50"), rate=D(9)),
    ]
    edit_lines(draft, by=SYSTEM, lines=lines, order_discount=D(discount))
    change_methods(draft, by=SYSTEM, shipping_cost=D("6.05"), shipping_rate=D(21))
    db.session.flush()
    return draft


def sent_quote(draft: Order) -> Quote:
    send_quote(draft, by=SYSTEM)
    return db.session.scalars(select(Quote).where(Quote.order_id == draft.id).order_by(Quote.revision.desc())).first()


def kept(draft: Order) -> Quote:
    """Prints are stored beside the transaction that asks for them: it must be over."""
    db.session.commit()
    return keep_quote(draft)


def quotes() -> int:
    return db.session.scalar(select(func.count()).select_from(Quote))


def test_send_quote_queues_its_mail_without_a_token_and_says_so():
    draft = draft_to_quote()

    quote = sent_quote(draft)

    mail = db.session.scalars(select(OutgoingMail)).one()
    assert (mail.kind, mail.quote_id, mail.to_address) == ("quote", quote.id, "stan@example.org")
    assert mail.subject.startswith("Quote QUO00001 from")
    assert "https://desk.example.com/account/quote/{token}" in mail.body
    assert happened(draft)[-2:] == [Happened.MAIL_QUEUED, Happened.QUOTE_SENT]
    assert quote.valid_until - quote.made_on == timedelta(days=30)


def test_a_quote_that_is_sent_again_is_the_same_and_a_mail_of_its_own():
    draft = draft_to_quote()
    first = sent_quote(draft)

    assert sent_quote(draft) is first
    assert kinds_of_mail() == ["quote", "quote"]
    assert quotes() == 1


def test_without_an_address_of_its_own_the_mail_has_no_link(monkeypatch):
    monkeypatch.delenv("TOONBANK_ADDRESS")
    send_quote(draft_to_quote(), by=SYSTEM)

    body = db.session.scalars(select(OutgoingMail.body)).one()
    assert "link" not in body
    assert "{" not in body


def test_send_quote_goes_whatever_is_switched_off():
    shop().mails_off = ["quote", "order_confirmation"]
    draft = draft_to_quote()
    quote = sent_quote(draft)
    accept_quote(quote, by=STAN)

    assert kinds_of_mail() == ["quote"]


def test_send_quote_refuses_what_can_not_be_placed_and_who_has_no_address():
    draft = draft_to_quote()
    draft.email = ""
    refused(lambda: send_quote(draft, by=SYSTEM), "no e-mail address")
    empty = begin_empty_draft(by=SYSTEM)
    empty.email = "stan@example.org"
    refused(lambda: send_quote(empty, by=SYSTEM), "at least one product")
    discard_draft(draft, by=SYSTEM)
    refused(lambda: send_quote(draft, by=SYSTEM), "discarded")


@pytest.mark.parametrize("days", ["0", "366", "1.5", "-3"])
def test_validity_is_a_whole_number_of_days(days):
    draft = draft_to_quote()
    refused(lambda: change_validity(draft, by=SYSTEM, days=D(days)), "whole number from 1 to 365")


def test_the_draft_says_how_long_its_quotes_are_valid():
    shop().quote_days = 14
    draft = draft_to_quote()
    first = kept(draft)
    change_validity(draft, by=SYSTEM, days=D(7))
    second = sent_quote(draft)

    assert [(one.valid_until - one.made_on).days for one in (first, second)] == [14, 7]
    assert (first.revision, second.revision) == (1, 2)


# --- printed --------------------------------------------------------------------------------------------------------


def test_a_quote_keeps_its_bytes_and_a_change_is_another_revision():
    draft = draft_to_quote()
    first = kept(draft)
    content = print_quote(first)

    assert kept(draft).id == first.id
    draft.customer_note = "By the back door"
    second = kept(draft)

    assert (second.revision, print_quote(first)) == (2, content)
    assert (str(first), str(second)) == ("QUO00001", "QUO00001-2")  # nobody mistakes one for the other
    assert kept(draft).id == second.id
    assert db.session.scalar(select(func.count()).select_from(QuotePrint)) == 1


def test_a_print_says_what_is_quoted_and_asks_for_nothing():
    shop().iban = "NL91ABNA0417164300"
    draft = draft_to_quote(discount="10")

    said = " ".join(lines_of(print_quote(kept(draft))))

    assert "Quote" in said
    assert "QUO00001" in said
    assert "Valid until" in said
    assert "53.55" in said
    for word in ("To pay", "Invoice", "NL91", "Scan", "Please pay"):
        assert word not in said


@pytest.mark.parametrize(("currency", "is_included"), [("JPY", True), ("KWD", False), ("EUR", False), ("EUR", True)])
def test_the_quote_says_what_the_invoice_will(currency, is_included):
    shop().invoice_moment = InvoiceMoment.DIRECT
    draft = draft_to_quote(discount="10")
    change_prices(draft, by=SYSTEM, currency=currency, prices_include_tax=is_included)
    quote = sent_quote(draft)

    accept_quote(quote, by=STAN)
    db.session.flush()

    (invoice,) = draft.invoices
    for part in ("lines", "vat", "net", "tax", "total", "currency", "buyer", "seller"):
        assert quote.snapshot[part] == invoice.snapshot[part], part
    assert list(findings()) == []


def test_arabic_names_are_printed():
    draft = draft_to_quote()
    draft.customer_name, draft.lines[0].name = "ليلى حداد", "كوب خزفي"

    assert print_quote(kept(draft)).startswith(b"%PDF")


# --- accepted -------------------------------------------------------------------------------------------------------


def test_accept_quote_places_the_draft_as_quoted_and_tells_the_shop():
    shop().language = "nl"
    draft = draft_to_quote()
    quote = sent_quote(draft)

    order = accept_quote(quote, by=STAN)
    db.session.flush()

    assert (order.is_draft, order.number, order.total) == (False, "ORD10001", quote_total(quote))
    assert quote.accepted_at is not None
    assert kinds_of_mail() == ["quote", "order_confirmation"]
    assert [task.description for task in order.tasks] == ["Offerte QUO00001 is geaccepteerd."]
    what = happened(order)
    assert what.index(Happened.QUOTE_ACCEPTED) < what.index(Happened.DRAFT_PLACED)
    assert list(findings()) == []


def quote_total(quote: Quote) -> Decimal:
    return D(quote.snapshot["total"])


def test_accept_quote_refuses_what_changed_and_takes_it_when_it_is_as_before():
    draft = draft_to_quote()
    quote = sent_quote(draft)

    change_customer(draft, by=SYSTEM, email="other@example.org")
    refused(lambda: accept_quote(quote, by=STAN), "has changed since")
    change_customer(draft, by=SYSTEM, email="stan@example.org")
    draft.lines[0].unit_price += 1
    refused(lambda: accept_quote(quote, by=STAN), "has changed since")
    draft.lines[0].unit_price -= 1

    assert not accept_quote(quote, by=STAN).is_draft


def test_accept_quote_refuses_what_is_placed_discarded_or_past():
    draft = draft_to_quote()
    quote = sent_quote(draft)
    with at(now() + timedelta(days=31)):
        refused(lambda: accept_quote(quote, by=STAN), "was valid until")
    discard_draft(draft, by=SYSTEM)
    refused(lambda: accept_quote(quote, by=STAN), "withdrawn")

    other = draft_to_quote()
    again = sent_quote(other)
    place_draft(other, by=SYSTEM)
    refused(lambda: accept_quote(again, by=STAN), "ordered already")


def test_accept_quote_on_its_last_day():
    quote = sent_quote(draft_to_quote())
    with at(now() + timedelta(days=29, hours=23)):
        assert not accept_quote(quote, by=STAN).is_draft


# --- kept and erased ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE quote SET valid_until = '2099-01-01'",
        "UPDATE quote SET snapshot = '{}'",
        "UPDATE quote_print SET content = ''",
        "DELETE FROM quote_print",
        "DELETE FROM quote",
    ],
)
def test_the_database_refuses_to_change_what_was_quoted(change):
    print_quote(kept(draft_to_quote()))
    db.session.flush()
    with pytest.raises(DBAPIError), db.session.begin_nested():
        db.session.execute(text(change))


def test_erasing_takes_the_quotes_along():
    draft = draft_to_quote()
    quote = sent_quote(draft)
    db.session.commit()
    print_quote(quote)
    customer = Customer(name="Stan Guit", email="stan@example.org")
    db.session.add(customer)
    draft.customer = customer
    db.session.flush()
    for mail in db.session.scalars(select(OutgoingMail)):
        mail.state = MailState.SENT
    given = personal_data(customer, by=SYSTEM)["orders"][0]["quotes"]
    assert [one["revision"] for one in given] == [1]

    erase_personal_data(customer, by=SYSTEM)
    db.session.expire_all()

    said = str({name: rows for name, rows in everything().items() if rows})
    assert not re.search("Stan|stan@", said)
    assert quotes() == 0


def test_check_finds_a_quote_that_is_accepted_while_its_draft_is_none_placed():
    sent_quote(draft_to_quote())
    assert list(findings()) == []

    db.session.execute(update(Quote).values(accepted_at=now()))

    assert [one for one in findings() if "quotes of it are accepted" in one] == [
        "DRAFT1: 1 quotes of it are accepted, and it is a draft"
    ]


def test_quote_now_stores_nothing():
    draft = draft_to_quote()
    quote_now(draft)
    db.session.flush()
    assert quotes() == 0


def test_each_draft_has_a_number_of_its_own_for_its_quotes_by_which_it_is_found() -> None:
    """Whether the quote is printed or sent; a press that is taken back gives its number back."""
    shop().quote_days = 14
    db.session.commit()
    change_series("quote", prefix="Q{yyyy}-", digits=3, next=None, by=SYSTEM)
    first, second = draft_to_quote(), draft_to_quote()
    db.session.commit()
    send_quote(second, by=SYSTEM)
    db.session.rollback()
    year = now().year
    assert str(kept(first)) == f"Q{year}-001"
    assert str(kept(first)) == f"Q{year}-001"
    assert str(sent_quote(second)) == f"Q{year}-002"
    change_customer(second, by=SYSTEM, customer_note="Ring twice")
    assert str(sent_quote(second)) == f"Q{year}-002-2"
    assert (first.quote_number, second.quote_number) == (f"Q{year}-001", f"Q{year}-002")
    found = select(OrderSearch.words).where(OrderSearch.id == second.id)
    db.session.commit()
    assert f"q{year} 002" in str(db.session.scalar(found))
    accept_quote(sent_quote(second), by=STAN)
    db.session.commit()
    assert f"q{year} 002" in str(db.session.scalar(found)), "the order that it became"
    assert list(findings()) == []
