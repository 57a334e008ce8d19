"""The page of numbers: what comes next is shown, and saving changes what was touched."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import PastSeries
from app.numbering import draw, shop_day
from tests.clients import Client

PATH = "/admin/numbering/"


def form_on(client: Client) -> dict[str, str]:
    page = client.get(PATH).text
    return dict(re.findall(r'<input[^>]*name="(\w+-(?:lead|next|digits|seen))"[^>]*value="([^"]*)"', page))


def next_of(kind: str) -> str:
    number = draw(kind)
    db.session.rollback()
    return number


def test_the_page_shows_what_comes_next(client):
    page = client.get(PATH).text

    shown = re.findall(r'class="series-next">([^<]+)<', page)
    assert shown == ["ORD10001", "INV00001", "CRN00001", "PS00001", "RET00001", "QUO00001"]


def test_what_is_typed_in_is_previewed_before_it_is_saved(client):
    given = {"invoice-lead": "2026.", "invoice-next": "7", "invoice-digits": "3"}

    assert client.get(f"{PATH}preview/invoice", query_string=given).text == "2026.007"
    assert client.get(f"{PATH}preview/invoice", query_string={**given, "invoice-lead": "<b>"}).text == "–"


@pytest.mark.each_database
def test_saving_changes_what_was_touched_and_shows_it_below(client, in_app):
    form = form_on(client)
    with in_app():
        draw("order")  # meanwhile an order comes in

    answer = client.post(PATH, data={**form, "invoice-lead": "F", "invoice-digits": "4", "order-lead": "O"})

    assert answer.status_code == 303
    with in_app():
        assert (next_of("invoice"), next_of("order"), next_of("return")) == ("F0001", "O10002", "RET00001")
        assert db.session.scalars(select(PastSeries.prefix)).all() == ["ORD"]
    assert "<del>INV00001</del> → <ins>F0001</ins>" in client.get(PATH).text


def test_a_refusal_stands_beside_the_number_and_nothing_is_saved(client, in_app):
    form = form_on(client)

    page = client.post(PATH, data={**form, "return-lead": "R", "invoice-lead": "CRN"})

    assert page.status_code == 422
    assert "CRN00001 would be given twice" in page.text
    with in_app():
        assert (next_of("invoice"), next_of("return")) == ("INV00001", "RET00001")
    refused = client.post(PATH, data={**form, "order-lead": "A/B"})
    assert "Letters, digits, - . _ and {yyyy}, {yy}, {mm} only." in refused.text


def test_the_second_of_two_who_change_a_form_is_told(client, in_app):
    form = form_on(client)
    client.post(PATH, data={**form, "invoice-lead": "A"})

    page = client.post(PATH, data={**form, "invoice-lead": "B"})

    assert page.status_code == 422
    assert "Somebody else changed this meanwhile: the next number is A00001." in page.text
    with in_app():
        assert next_of("invoice") == "A00001"
        assert next_of("order") == "ORD10001"
    again = dict(re.findall(r'name="(\w+-(?:lead|next|digits|seen))"[^>]*value="([^"]*)"', page.text))
    assert client.post(PATH, data=again).status_code == 303
    with in_app():
        assert next_of("invoice") == "B00001"


def test_a_page_that_was_sent_without_its_fields_changes_nothing(client, in_app):
    assert client.post(PATH, data={}).status_code == 422
    with in_app():
        assert next_of("order") == "ORD10001"


@pytest.mark.each_database
def test_a_prefix_that_knows_the_year_is_explained_previewed_and_saved(client, in_app):
    with in_app():
        year = shop_day().year
    page = client.get(PATH)
    given = {"invoice-lead": "F{yyyy}-", "invoice-next": "12", "invoice-digits": "4"}

    preview = client.get(f"{PATH}preview/invoice", query_string=given).text
    answer = client.post(PATH, data={**form_on(client), **given})

    assert "the numbers begin at 1 by themselves" in page.text
    assert preview == f"F{year}-0012; from 1 Jan {year + 1} on F{year + 1}-0001"
    assert answer.status_code == 303
    with in_app():
        assert next_of("invoice") == f"F{year}-0012"
    again = form_on(client)
    assert (again["invoice-lead"], again["invoice-next"]) == ("F{yyyy}-", "12")
    assert client.post(PATH, data=again).status_code == 303
