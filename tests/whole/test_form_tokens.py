"""Every page and every action of the back office, pressed twice: made from the routes."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.security.form_tokens import HEADER, REPEATABLE
from tests.clients import Client
from tests.forms import forms_in
from tests.whole.asks import Ask, Shop

#: A test message goes to the other side as often as the button is pressed, and a sample order stays nowhere.
OUTSIDE = {"webhook.test", "connection.sample"}


def test_whatever_is_pressed_twice_is_done_once(app: Flask, client: Client, asks: list[Ask]) -> None:
    shop, wrong, done = Shop(app), [], 0
    for ask in asks:
        if ask.method == "GET" or ask.endpoint in REPEATABLE | dict.fromkeys(OUTSIDE, ""):
            continue
        tokens = client.tokens()
        first = client.post(ask.path, data=ask.form, headers=tokens)
        if shop.changed():
            done += 1
            after = shop.content()
            second = client.post(ask.path, data=ask.form, headers=tokens)
            if shop.content() != after:
                wrong.append(f"{ask}: done twice")
            if (second.status_code, second.location or "") != (303, first.location or second.location):
                wrong.append(f"{ask}: {first.location}, then {second.status_code} {second.location}")
            shop.restore()

    assert not wrong, "\n".join(wrong)
    assert done > 20


def test_without_a_token_nothing_is_done(app: Flask, client: Client, asks: list[Ask]) -> None:
    shop = Shop(app)
    let_in = [
        f"{ask}: {answer.status_code}"
        for ask in asks
        if ask.method != "GET" and ask.endpoint not in REPEATABLE
        for answer in [client.post(ask.path, data=ask.form, headers={HEADER: ""})]
        if answer.status_code != 400
    ]

    assert let_in == []
    assert shop.changed() == []


def test_every_form_of_every_page_carries_a_token_of_its_own(client: Client, asks: list[Ask]) -> None:
    seen: list[str] = []
    for ask in asks:
        if ask.method == "GET":
            page = client.get(ask.path)
            forms = forms_in(page.text) if page.mimetype == "text/html" else []
            for form in forms:
                if form.method == "post":
                    assert form.fields.get("form_token"), f"{ask}: {form.action}"
                    seen += form.fields["form_token"]

    assert len(seen) > 100
    assert len(set(seen)) == len(seen)


def test_who_is_signed_out_stays_on_the_page(anonymous: Client, asks: list[Ask]) -> None:
    """The answer to a script is no page to put into the pop-up: what was typed there stays."""
    ask: Any = next(ask for ask in asks if ask.endpoint == "order_page.act" and ask.method == "POST")

    assert anonymous.post(ask.path, headers={"HX-Request": "true"}).status_code == 401
    assert anonymous.post(ask.path).location.startswith("/sign-in")
