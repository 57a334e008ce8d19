"""A quote on the customers' site: opened by the link of its mail, looked at in its language, accepted once."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, text

from app.actions.drafts import begin_empty_draft, discard_draft
from app.actions.lines import EditedLine, edit_lines
from app.actions.mailing import send_again
from app.actions.quotes import send_quote
from app.columns import at, now
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.mails import Postman, deliver_due
from app.models import Invoice, Order, OutgoingMail, Quote, Task
from app.pages.policy import PAGE_POLICY
from app.queries import shop
from tests.arrange import at_once
from tests.clients import Client
from tests.looking import words
from tests.postbox import Postbox

LINK = re.compile(r"http://localhost(/account/quote/[\w-]+)")


@pytest.fixture(autouse=True)
def address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", "http://localhost")


@pytest.fixture
def link(in_app: Any, postbox: Postbox) -> str:
    """The path of the link in the mail of a quote in German, as it arrived."""
    with in_app():
        postbox.connect(shop())
        draft = begin_empty_draft(by=SYSTEM)
        draft.customer_name, draft.email, draft.language = "Stan Guit", "stan@example.org", "de"
        lines = [EditedLine("Becher", Decimal(2), Decimal("12.10"), rate=Decimal(21))]
        send_quote(edit_lines(draft, by=SYSTEM, lines=lines), by=SYSTEM)
    with in_app():
        deliver_due(Postman())
    return link_in(postbox)


def link_in(postbox: Postbox, position: int = 0) -> str:
    body = postbox.mails[position].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    found = LINK.search(body)
    assert found, body
    return found[1]


def orders() -> list[str]:
    return list(db.session.scalars(select(Order.number).where(Order.is_draft.is_(False))))


def places_of(secret: str) -> list[str]:
    found = []
    for table in inspect(db.session.connection()).get_table_names():
        for row in db.session.execute(text(f'SELECT * FROM "{table}"')).mappings():
            found += [f"{table}.{column}" for column, value in row.items() if secret in str(value)]
    return found


@pytest.mark.each_database
def test_the_mail_brings_the_pdf_and_a_link_that_is_accepted(
    anonymous: Client, in_app: Any, link: str, postbox: Postbox
) -> None:
    (mail,) = postbox.mails
    (attached,) = list(mail.iter_attachments())
    assert mail["Subject"].startswith("Angebot QUO00001")
    assert attached.get_filename() == "QUO00001.pdf"

    page = anonymous.get(link)
    assert (page.status_code, page.headers["Content-Security-Policy"]) == (200, PAGE_POLICY)
    assert page.headers["Cache-Control"] == "no-store"
    assert '<html lang="de">' in page.text
    assert "Angebot QUO00001" in words(page.text)
    assert "24,20 €" in words(page.text)
    assert anonymous.get(f"{link}/quote.pdf").data == attached.get_content()
    with in_app():
        assert orders() == []  # looking at it accepts nothing

    assert anonymous.post(link).location == link
    with in_app():
        assert orders() == ["ORD10001"]
        assert db.session.scalar(select(func.count()).select_from(Task)) == 1
    assert "ORD10001" in words(anonymous.get(link).text)
    assert '<button class="btn btn-primary"' not in anonymous.get(link).text


@pytest.mark.each_database
def test_the_token_stands_nowhere_and_no_page_that_answers_keeps_it(
    anonymous: Client, in_app: Any, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = link.rpartition("/")[2]
    anonymous.get(link)
    anonymous.post(link)
    anonymous.post(link)

    with in_app():
        assert places_of(token) == []
        assert places_of("stan@example.org") != []  # the search finds what is there
    assert token not in "\n".join(one.getMessage() for one in caplog.records if one.name != "mail.log")


@pytest.mark.each_database
def test_two_clicks_at_once_place_one_order(app: Flask, anonymous: Client, in_app: Any, link: str) -> None:
    browsers = [Client(app) for _each in range(4)]
    for browser in browsers:
        browser.get(link)

    answers = at_once(4, lambda position: browsers[position].post(link))

    assert [answer.status_code for answer in answers] == [303] * 4
    with in_app():
        assert orders() == ["ORD10001"]
        assert db.session.scalar(select(func.count()).select_from(Invoice)) == 1
        assert db.session.scalar(select(func.count()).select_from(Task)) == 1
        kinds = db.session.scalars(select(OutgoingMail.kind)).all()
        assert kinds.count("order_confirmation") == 1
    refusals = sum("bereits bestellt" in words(browser.get(link).text) for browser in browsers)
    assert refusals == 3


def test_the_same_form_twice_is_one_order(anonymous: Client, in_app: Any, link: str) -> None:
    form = {"form_token": anonymous.form_token()}
    answers = [anonymous.post(link, data=form), anonymous.post(link, data=form)]

    assert [answer.status_code for answer in answers] == [303, 303]
    with in_app():
        assert orders() == ["ORD10001"]


def test_a_draft_that_changed_is_not_ordered_by_an_old_link(anonymous: Client, in_app: Any, link: str) -> None:
    with in_app():
        draft = db.session.scalars(select(Order)).one()
        edit_lines(draft, by=SYSTEM, lines=[EditedLine("Becher", Decimal(3), Decimal("12.10"), rate=Decimal(21))])

    page = words(anonymous.get(link).text)
    anonymous.post(link)

    assert "24,20 €" in page  # what was quoted
    assert "geändert" in page
    assert "geändert" in words(anonymous.get(link).text)
    with in_app():
        assert orders() == []


def test_what_is_discarded_or_past_is_not_ordered(anonymous: Client, in_app: Any, link: str) -> None:
    with at(now() + timedelta(days=31)):
        assert "war gültig bis" in words(anonymous.get(link).text)
        anonymous.post(link)
    with in_app():
        assert orders() == []
        discard_draft(db.session.scalars(select(Order)).one(), by=SYSTEM)
    assert "zurückgezogen" in words(anonymous.get(link).text)
    anonymous.post(link)
    with in_app():
        assert orders() == []


def test_a_link_that_nobody_sent_shows_nothing(anonymous: Client, link: str) -> None:
    for path in (f"{link}x", f"{link[:-1]}", "/account/quote/DRAFT1", "/account/quote/1"):
        assert anonymous.get(path).status_code == 410
        assert anonymous.get(f"{path}/quote.pdf").status_code == 410
        assert anonymous.post(path).status_code == 410


def test_without_the_token_of_a_form_nothing_is_accepted(app: Flask, in_app: Any, link: str) -> None:
    stranger = app.test_client()

    assert stranger.post(link).status_code == 400
    with in_app():
        assert orders() == []


def test_accepting_is_throttled(anonymous: Client, link: str) -> None:
    answers = [anonymous.post("/account/quote/guessed").status_code for _each in range(11)]
    assert answers == [410] * 10 + [429]


def test_sent_again_it_has_a_link_of_its_own_and_goes_to_nobody_else(
    anonymous: Client, in_app: Any, link: str, postbox: Postbox
) -> None:
    with in_app():
        mail = db.session.scalars(select(OutgoingMail)).one()
        with pytest.raises(ActionRefused, match="for whom it was written to"):
            send_again(mail, by=SYSTEM, to="other@example.org")
        send_again(mail, by=SYSTEM)
    with in_app():
        deliver_due(Postman())
    second = link_in(postbox, 1)

    assert second != link
    assert [anonymous.get(one).status_code for one in (link, second)] == [200, 200]
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(Quote)) == 1
