"""A shop hands over a key by itself: only to whoever asked, of the address that was asked for, in time, and once."""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.serving import make_server

from app.columns import now
from app.connections.woocommerce_keys import key_page
from app.extensions import db
from app.models import Connection, History
from tests.clients import Client
from tests.factories import new_connection, outside_shop
from tests.looking import words
from tests.simulators.woocommerce import WooShop
from tests.simulators.woocommerce.authorizing import Denied, approve
from tests.simulators.woocommerce.webhooks import Post, post_over_http

InApp = Callable[[], AbstractContextManager[None]]
DESK = "https://desk.example.com"
ACCESS, CALLBACK = "/admin/connection/1/access", "/hooks/keys"
KEY = {"consumer_key": "ck_0123456789", "consumer_secret": "cs_0123456789"}


@pytest.fixture(autouse=True)
def reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", DESK)


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        yield shop


@pytest.fixture
def connection(in_app: InApp) -> None:
    with in_app():
        db.session.add(new_connection())


@pytest.fixture
def post(app: Flask) -> Iterator[Post]:
    """The desk, as a shop reaches it: in front of the server, something turns https into http."""
    server = make_server("127.0.0.1", 0, app)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    reached_by = f"http://127.0.0.1:{server.server_port}"
    yield lambda url, headers, body: post_over_http(url.replace(DESK, reached_by), headers, body)
    server.shutdown()


def ask(client: Client, address: str) -> str:
    """The link that leads to the shop."""
    answer = client.post("/admin/connection/1/ask-for-key", data={"address": address})
    found = re.search(r'href="([^"]*wc-auth[^"]*)"', answer.text)
    assert found, words(answer.text)
    return html.unescape(found[1])


def token_in(url: str) -> str:
    return dict(parse_qsl(urlsplit(url).query))["callback_url"].rpartition("/")[2]


def only_one() -> Connection:
    return db.session.scalars(select(Connection)).one()


def kept(in_app: InApp) -> tuple[str, dict[str, str]]:
    with in_app():
        return only_one().address, only_one().credentials.open()


NOTHING: tuple[str, dict[str, str]] = ("", {})


@pytest.mark.usefixtures("connection")
def test_the_whole_round(client: Client, in_app: InApp, woo: WooShop, post: Post) -> None:
    url = ask(client, woo.url + "/")
    with urlopen(url) as page:
        assert "Toonbank would like to connect to your store" in page.read().decode()

    back = approve(woo, url, post)
    made = woo.keys[-1]
    assert back.startswith(f"{DESK}/admin/connection/1/asked-key?")
    text = words(client.get(back.removeprefix(DESK), follow_redirects=True).text)
    assert "The shop gave Toonbank a key." in text
    assert kept(in_app)[1] == {"consumer_key": made.key, "consumer_secret": made.secret}
    tried = words(client.post("/admin/connection/1/try").text)
    assert ("The key may write" in tried, "Missing" in tried) == (True, False)
    with in_app():
        told = str(list(db.session.scalars(select(History.facts))))
    assert made.secret not in told + text
    assert token_in(url) not in back, "browsers and logs keep the address that people come back to"
    assert token_in(url) not in told
    with in_app():
        assert token_in(url) not in only_one().key_digest


@pytest.mark.usefixtures("connection")
def test_a_token_is_good_once(client: Client, in_app: InApp, woo: WooShop, post: Post) -> None:
    url = ask(client, woo.url)
    approve(woo, url, post)
    before = kept(in_app)

    with pytest.raises(Denied):
        approve(woo, url, post)
    assert kept(in_app) == before
    assert len(woo.keys) == 2, "the second key is deleted there again"


def told(**other: object) -> dict[str, object]:
    return {"key_id": 1, "user_id": "1", **KEY, "key_permissions": "read_write", **other}


@pytest.mark.usefixtures("connection")
@pytest.mark.parametrize(
    "stated",
    [
        told(consumer_key="<script>"),
        told(consumer_secret={"a": 1}),
        told(consumer_key="ck_" + "x" * 20_000),
        [told()],
        "ck_0123456789",
        told(consumer_key="ck_\ud800"),
        told(consumer_key="ck_\u0661\u0662\u0663\u0664\u0665"),
    ],
)
def test_what_does_not_fit_is_refused(client: Client, anonymous: Client, in_app: InApp, stated: object) -> None:
    token = token_in(ask(client, "https://shop.example.com"))
    answer = anonymous.post(f"{CALLBACK}/{token}", data=json.dumps(stated), content_type="application/json")

    assert answer.status_code in (404, 413)
    assert kept(in_app) == NOTHING


@pytest.mark.usefixtures("connection")
@pytest.mark.parametrize("wrong", ["1", "%00", "\u0661", "x" * 5000, "{token}x"])
def test_another_token_is_refused(client: Client, anonymous: Client, in_app: InApp, wrong: str) -> None:
    token = token_in(ask(client, "https://shop.example.com"))
    for other in (wrong.format(token=token), token[:-1]):
        assert anonymous.post(f"{CALLBACK}/{other}", json=told(user_id=token)).status_code in (404, 413, 414)
    assert kept(in_app) == NOTHING


def test_what_is_nested_without_an_end_is_refused(anonymous: Client) -> None:
    assert anonymous.post(f"{CALLBACK}/a-token", data="[" * 16_000, content_type="application/json").status_code == 404


@pytest.mark.usefixtures("connection")
def test_nothing_else_of_the_request_is_believed(client: Client, anonymous: Client, in_app: InApp) -> None:
    token = token_in(ask(client, "https://shop.example.com"))
    more = {"address": "https://elsewhere.example.com", "connection_id": 2, "site": "https://elsewhere.example.com"}
    answer = anonymous.post(
        f"{CALLBACK}/{token}", json=told(**more), headers={"Referer": "https://elsewhere.example.com"}
    )

    assert answer.status_code == 200
    assert kept(in_app) == ("https://shop.example.com", KEY)


@pytest.mark.usefixtures("connection")
@pytest.mark.parametrize("how", ["late", "asked again", "forgotten"])
def test_a_question_ends(client: Client, anonymous: Client, in_app: InApp, how: str) -> None:
    token = token_in(ask(client, "https://shop.example.com"))
    if how == "late":
        with in_app():
            db.session.execute(update(Connection).values(key_until=now() - timedelta(seconds=1)))
    elif how == "asked again":
        ask(client, "https://other.example.com")
    else:
        client.post("/admin/connection/1/forget-access")

    assert anonymous.post(f"{CALLBACK}/{token}", json=told()).status_code == 404
    assert kept(in_app) == NOTHING


@pytest.mark.usefixtures("connection")
def test_who_comes_back_without_a_key_is_told_so_whatever_the_address_says(client: Client, in_app: InApp) -> None:
    token = token_in(ask(client, "https://shop.example.com"))
    page = client.get(f"/admin/connection/1/asked-key?success=1&user_id={token}", follow_redirects=True)

    assert "The shop gave no key." in words(page.text)
    assert token not in page.text


def test_the_key_of_a_shop_under_two_names_is_not_kept_and_its_page_says_why(
    client: Client, anonymous: Client, in_app: InApp, connection: Any
) -> None:
    token = token_in(ask(client, "https://shop.example.com"))
    with in_app():
        other = {"outside_shop": outside_shop(title="Other"), "address": "https://shop.example.com"}
        db.session.add(new_connection(key="second", title="Second", **other))

    assert anonymous.post(f"{CALLBACK}/{token}", json=told()).status_code == 404
    with in_app():
        asked = db.session.get_one(Connection, 1)
        assert (asked.address, asked.credentials.open(), asked.key_digest) == ("", {}, "")
    page = words(client.get(f"/admin/connection/1/asked-key?user_id={token}", follow_redirects=True).text)
    why = "The key that the shop handed over was not kept. The orders of this shop come in by “Second” already"
    assert page.count(why) == 2, "it is flashed, and stands on the page until it is dismissed"
    assert why in words(client.get("/admin/connection/1").text)
    assert anonymous.post(f"{CALLBACK}/{token}", json=told()).status_code == 404, "it was used up"

    answer = client.post("/admin/connection/1/ask-for-key", data={"address": "https://shop.example.com"})
    assert (answer.status_code, "wc-auth" in answer.text) == (303, False), "nobody is led there for nothing"


@pytest.mark.usefixtures("connection")
@pytest.mark.parametrize("address", ["", "http://desk.example.com"])
def test_it_is_offered_only_where_the_shop_can_reach_us_encrypted(
    client: Client, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", address)
    text = words(client.get(ACCESS).text)
    assert "The shop hands a key over only to an address with https:// that it can reach." in text
    assert "Ask the shop for a key" not in text

    answer = client.post("/admin/connection/1/ask-for-key", data={"address": "https://shop.example.com"})
    assert (answer.status_code, "wc-auth" in answer.text) == (303, False)


def test_shopify_has_no_such_page(client: Client, in_app: InApp) -> None:
    with in_app():
        db.session.add(new_connection("shopify"))
    assert "Ask the shop for a key" not in client.get(ACCESS).text
    answer = client.post("/admin/connection/1/ask-for-key", data={"address": "https://shop.example.com"})
    assert (answer.status_code, "wc-auth" in answer.text) == (303, False)


def test_a_question_of_one_connection_gives_no_other_one_a_key(
    client: Client, anonymous: Client, in_app: InApp, connection: Any
) -> None:
    with in_app():
        db.session.add(new_connection(key="second", title="Second", outside_shop=only_one().outside_shop))
    token = token_in(ask(client, "https://shop.example.com"))
    assert anonymous.post(f"{CALLBACK}/{token}", json=told()).status_code == 200

    with in_app():
        rows = db.session.execute(select(Connection.title, Connection.address).order_by(Connection.id)).all()
    assert [tuple(row) for row in rows] == [("Mugs", "https://shop.example.com"), ("Second", "")]


def test_the_page_of_a_shop_in_a_folder() -> None:
    asked = {"user_id": "7", "return_url": f"{DESK}/back", "callback_url": f"{DESK}/hooks/keys"}

    assert key_page("https://example.com/shop", **asked) == (
        "https://example.com/shop/wc-auth/v1/authorize?app_name=Toonbank&scope=read_write&user_id=7"
        "&return_url=https%3A%2F%2Fdesk.example.com%2Fback&callback_url=https%3A%2F%2Fdesk.example.com%2Fhooks%2Fkeys"
    )
