"""Currency, VAT and quote on the page of a draft, and by the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.drafts import begin_empty_draft, place_draft
from app.actions.lines import EditedLine, edit_lines
from app.extensions import db
from app.history import SYSTEM
from app.models import Order, OutgoingMail, Quote
from tests.clients import Client, Program
from tests.looking import words

PATH = "/admin/order/DRAFT1"


def make_draft(**said: object) -> Order:
    draft = begin_empty_draft(by=SYSTEM)
    draft.customer_name, draft.email = "Stan Guit", "stan@example.org"
    for name, value in said.items():
        setattr(draft, name, value)
    return edit_lines(draft, by=SYSTEM, lines=[EditedLine("Mug", Decimal(2), Decimal("12.10"), rate=Decimal(21))])


def test_currency_and_vat_are_chosen_in_a_pop_up(client: Client, in_app: Any) -> None:
    with in_app():
        make_draft()
    assert "JPY – Japanese Yen" in client.get(f"{PATH}/change_prices").text

    answer = client.post(f"{PATH}/change_prices", data={"currency": "USD", "prices_include_tax": "False"})

    assert answer.status_code == 303
    with in_app():
        draft = db.session.scalars(select(Order)).one()
        assert (draft.currency, draft.prices_include_tax, draft.total) == ("USD", False, Decimal("29.28"))


def test_print_quote_answers_the_same_bytes_and_of_an_order_the_last(client: Client, in_app: Any) -> None:
    with in_app():
        make_draft()
    first, second = client.get(f"{PATH}/quote.pdf"), client.get(f"{PATH}/quote.pdf")
    assert first.mimetype == "application/pdf"
    assert first.data == second.data

    with in_app():
        place_draft(db.session.scalars(select(Order)).one(), by=SYSTEM)
    assert client.get("/admin/order/ORD10001/quote.pdf").data == first.data
    assert client.get(f"{PATH}/quote.pdf").data == first.data


def test_what_can_not_be_placed_has_no_quote(client: Client, in_app: Any) -> None:
    with in_app():
        begin_empty_draft(by=SYSTEM)
    assert "Add at least one product first." in client.get(PATH).text
    assert client.get(f"{PATH}/quote.pdf").status_code == 404


def test_send_quote_asks_how_long_it_is_valid(client: Client, in_app: Any) -> None:
    with in_app():
        make_draft()
    assert "stan@example.org gets “Quote” in English." in words(client.get(f"{PATH}/send_quote").text)

    assert client.post(f"{PATH}/send_quote", data={"days": "7"}).status_code == 303
    client.post(f"{PATH}/send_quote", data={"days": "1000"})

    page = words(client.get(PATH).text)
    assert "a whole number from 1 to 365" in page
    assert "Valid for 7 days" in page
    with in_app():
        quote = db.session.scalars(select(Quote)).one()
        assert (quote.valid_until - quote.made_on).days == 7


def test_a_draft_without_address_says_why_it_can_not_be_sent(client: Client, in_app: Any) -> None:
    with in_app():
        make_draft(email="")
    assert "The draft has no e-mail address." in words(client.get(PATH).text)
    assert client.get(f"{PATH}/quote.pdf").status_code == 200


def test_a_program_does_the_same(program: Program, in_app: Any) -> None:
    with in_app():
        make_draft()
    path = "/api/orders/DRAFT1/actions"

    priced = program.post(f"{path}/change_prices", json={"currency": "JPY", "prices_include_tax": False})
    wrong = program.post(f"{path}/change_prices", json={"currency": "XYZ"})
    sent = program.post(f"{path}/send_quote", json={})

    assert (priced.status_code, wrong.status_code, sent.status_code) == (200, 409, 200)
    assert priced.json["order"]["currency"] == "JPY"
    assert "XYZ is not a currency" in wrong.json["detail"]
    with in_app():
        assert db.session.scalars(select(OutgoingMail.kind)).all() == ["quote"]


@pytest.mark.parametrize(
    "page",
    [f"{PATH}/send_quote", f"{PATH}/add_task", "/admin/mail-texts/quote/en", "/admin/mail-texts/task_reminder/nl"],
)
def test_a_mail_that_goes_without_its_link_says_so_before(
    client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    with in_app():
        make_draft()
    without = "The mail goes without its link: Toonbank doesn’t know its own address. Set TOONBANK_ADDRESS"

    monkeypatch.delenv("TOONBANK_ADDRESS", raising=False)
    assert without in words(client.get(page).text)
    assert without not in words(client.get("/admin/mail-texts/order_paid/en").text)

    monkeypatch.setenv("TOONBANK_ADDRESS", "https://desk.example.com")
    assert without not in words(client.get(page).text)
