"""What a page asks for by itself: counts beside the menu and news, for whoever may see the lists behind them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import update

from app.actions.tickets import ask
from app.admin_views.news import CAME_IN, WHAT_WAITS
from app.connections.managing import begin_pulls, pulls_of
from app.extensions import db
from app.history import SYSTEM
from app.models import PullKind, Role, Trouble
from tests.clients import Client
from tests.factories import new_connection, paid_order, placed_order


def news_of(browser: Client, since: str = "", language: str = "en") -> Any:
    browser.set_cookie("language", language)
    answer = browser.get("/admin/news/", query_string={"since": since})
    assert answer.status_code == 200
    return answer.json


def test_a_new_shop_has_no_news(client):
    answer = news_of(client)

    assert (answer["counts"], answer["news"]) == ({}, [])
    assert answer["mark"].isdigit()


def test_counts_stand_beside_entries_of_the_menu(client, in_app):
    with in_app():
        ask(paid_order(), by=SYSTEM, subject="When?", text="When does it come?")
    menu = re.findall(r'data-entry="(\w+)"', client.get("/admin/").text)

    counts = news_of(client)["counts"]

    assert counts == {
        "order": {"count": "1", "words": "1 to ship"},
        "ticket": {"count": "1", "words": "1 not answered"},
    }
    assert set(counts) <= set(menu)


def test_every_kind_is_of_a_list_and_stands_beside_an_entry(client):
    menu = set(re.findall(r'data-entry="(\w+)"', client.get("/admin/").text))

    assert {kind.entry or kind.list for kind in WHAT_WAITS} <= menu
    assert all(client.get(f"/admin/{kind.list}/").status_code == 200 for kind in (*WHAT_WAITS, *CAME_IN))


def test_news_lead_to_their_list(client, in_app):
    mark = news_of(client)["mark"]
    with in_app():
        placed_order()
        ask(placed_order(), by=SYSTEM, subject="When?", text="When does it come?")

    assert news_of(client, mark)["news"] == [
        {"text": "2 new orders", "url": "/admin/order/"},
        {"text": "1 new question", "url": "/admin/ticket/"},
    ]
    assert news_of(client, news_of(client, mark)["mark"])["news"] == []


@pytest.mark.parametrize(
    ("language", "words", "news"),
    [
        ("nl", "1 te verzenden", "1 nieuwe bestelling"),
        ("de", "1 zu versenden", "1 neue Bestellung"),
        ("fr", "1 à expédier", "1 nouvelle commande"),
        ("es", "1 por enviar", "1 pedido nuevo"),
    ],
)
def test_they_are_told_in_the_readers_language(client, in_app, language, words, news):
    mark = news_of(client)["mark"]
    with in_app():
        paid_order()

    answer = news_of(client, mark, language)

    assert (answer["counts"]["order"]["words"], answer["news"][0]["text"]) == (words, news)


@pytest.mark.parametrize("since", ["", "-1", "1e9", "\0", "9" * 400, "²", "0x1", "1;2", "' OR 1=1", "2147483648"])
def test_a_mark_that_can_be_none_is_as_good_as_none(client, in_app, since):
    with in_app():
        placed_order()

    assert news_of(client, since)["news"] == []


def test_nobody_is_told_of_what_they_may_not_see(client, in_app, signed_in_as):
    with in_app():
        connection = new_connection(address="https://mugs.example")
        db.session.add(connection)
        db.session.flush()
        begin_pulls(connection)
        pulls_of(connection)[PullKind.POLL].trouble = Trouble.WRONG_KEY

    assert news_of(client)["counts"] == {"arrivals": {"count": "1", "words": "1 connection stopped"}}
    assert news_of(signed_in_as("packer"))["counts"] == {}


def test_a_role_without_any_right_is_told_of_what_all_staff_sees(in_app, signed_in_as):
    browser = signed_in_as("packer")
    with in_app():
        db.session.execute(update(Role).where(Role.name == "packer").values(permissions=[]))
        paid_order()

    assert news_of(browser)["counts"] == {"order": {"count": "1", "words": "1 to ship"}}


def test_who_is_signed_out_is_told_nothing(anonymous):
    asked_by_page = anonymous.get("/admin/news/", headers={"HX-Request": "true"})

    assert asked_by_page.status_code == 401
    assert anonymous.get("/admin/news/").status_code == 302


def test_pages_ask_for_their_news_themselves(client, statements):
    """So that none is slower for it."""
    client.get("/admin/order/")
    statements.clear()

    page = client.get("/admin/order/").text

    assert 'data-news="/admin/news/"' in page
    assert not [one for one in statements if "max(history.id)" in one]
