"""Trying the mail server out: a mail at once, and its answer or what is wrong in plain words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import OutgoingMail
from app.queries import shop
from tests.clients import Client
from tests.mails.difficult import DifficultPostbox, silent_server
from tests.postbox import Postbox, free_port

TRY = "/admin/mail-settings/trial"
PAGE = "/admin/mail-settings/?id=1"


def server_at(port: int, **settings: Any) -> None:
    own = shop()
    own.smtp_host, own.smtp_port, own.smtp_security, own.mail_sender = "127.0.0.1", port, "none", "shop@example.org"
    for name, value in settings.items():
        setattr(own, name, value)


def said(client: Client) -> str:
    assert client.post(TRY).status_code == 303
    return client.get(PAGE).text


def test_the_mail_goes_at_once_and_the_answer_is_shown(client: Client, in_app: Any, postbox: Postbox) -> None:
    with in_app():
        postbox.connect(shop())

    page = said(client)

    assert "The mail server took a mail to owner@example.org: 250 OK" in page
    (mail,) = postbox.mails
    assert (mail["To"], mail["Subject"]) == ("owner@example.org", "Test mail from My shop")
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(OutgoingMail)) == 0


def is_saved(client: Client, **entered: str) -> bool:
    seen = re.search(r'name="seen_version"[^>]*value="(\d+)"', client.get(PAGE).text)
    given = {
        "smtp_port": "587",
        "smtp_security": "starttls",
        "mail_hold": "30",
        "seen_version": seen[1] if seen else "",
    }
    return client.post(PAGE, data={**given, **entered}).status_code in (302, 303)


@pytest.mark.parametrize(
    ("sender", "is_right"),
    [
        ("shop@example.org", True),
        ("My shop <shop@example.org>", True),
        ("Mugs, Delft <shop@example.org>", True),
        ('"Mugs, Delft" <shop@example.org>', True),
        ("My shop", False),
        ("Mugs <Delft> <shop@example.org>", False),
        ("shop@example.org, b@example.org", False),
        ("My shop <shop@example.org> and more", False),
    ],
)
def test_the_sender_is_an_address_or_a_name_with_one(client: Client, sender: str, is_right: bool) -> None:
    assert is_saved(client, mail_sender=sender) == is_right


@pytest.mark.parametrize(
    ("seconds", "is_right"), [("0", True), ("300", True), ("301", False), ("-1", False), ("", False)]
)
def test_the_time_for_undo_is_five_minutes_at_most(client: Client, seconds: str, is_right: bool) -> None:
    assert is_saved(client, mail_hold=seconds) == is_right


def test_without_a_server_the_button_is_grey_and_says_why(client: Client) -> None:
    assert "disabled" in client.get(PAGE).text.partition("Send test mail to me")[0][-400:]
    assert "No mail server is set up" in said(client)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "There is no connection with 127.0.0.1:"),
        ({"smtp_host": "no-such-server.invalid"}, "There is no server called no-such-server.invalid."),
    ],
)
def test_a_server_that_is_not_there(client: Client, in_app: Any, settings: dict[str, Any], words: str) -> None:
    with in_app():
        server_at(free_port(), **settings)

    assert words in said(client)


def test_a_server_that_says_nothing(client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.mails.smtp.SMTP_TIMEOUT", 0.3)
    with silent_server() as port:
        with in_app():
            server_at(port)

        assert f"The server at 127.0.0.1:{port} does not answer." in said(client)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"smtp_user": "shop", "smtp_password": "wrong"}, "The server can’t do what the settings ask for:"),
        ({"smtp_security": "starttls"}, "The server can’t do what the settings ask for:"),
        ({"smtp_security": "ssl"}, "Port and security don’t fit each other at"),
    ],
)
def test_settings_that_do_not_fit(
    client: Client, in_app: Any, postbox: Postbox, settings: dict[str, Any], words: str
) -> None:
    with in_app():
        server_at(postbox.port, **settings)

    assert words in said(client)
    assert postbox.mails == []


def test_a_server_that_does_not_take_the_mail(client: Client, in_app: Any) -> None:
    with DifficultPostbox() as box:
        box.at_recipient["owner@example.org"] = "550 no such user"
        with in_app():
            server_at(box.port)

        assert "The server did not take the mail: 550 no such user" in said(client)


def test_who_may_not_set_mail_up_tries_nothing(signed_in_as: Any, in_app: Any, postbox: Postbox) -> None:
    with in_app():
        postbox.connect(shop())

    assert signed_in_as("office").post(TRY).status_code == 403
    assert postbox.mails == []


STORED = {"smtp_host": "smtp.shop.example", "smtp_user": "shop", "smtp_password": "swordfish"}


@pytest.mark.parametrize(
    ("changed", "is_kept"),
    [
        ({}, True),
        ({"mail_sender": "shop@example.org"}, True),
        ({"smtp_host": "evil.example"}, False),
        ({"smtp_port": "588"}, False),
        ({"smtp_security": "ssl"}, False),
        ({"smtp_user": "somebody"}, False),
        ({"smtp_host": "evil.example", "smtp_password": "another"}, True),
    ],
)
def test_the_password_goes_to_no_other_server_than_it_was_typed_for(
    client: Client, in_app: Any, changed: dict[str, str], is_kept: bool
) -> None:
    assert is_saved(client, **STORED)

    assert is_saved(client, **{**STORED, "smtp_password": "", **changed}) == is_kept

    with in_app():
        kept = shop().smtp_host, shop().smtp_password
        assert kept == (changed.get("smtp_host", "smtp.shop.example"), changed.get("smtp_password", "swordfish")) or (
            not is_kept and kept == ("smtp.shop.example", "swordfish")
        )


def test_nor_by_way_of_settings_without_a_user(client: Client) -> None:
    assert is_saved(client, **STORED)

    assert is_saved(client, smtp_host="evil.example", smtp_user="", smtp_password="")
    assert not is_saved(client, smtp_host="evil.example", smtp_user="shop", smtp_password="")


@pytest.mark.parametrize(
    ("host", "user", "is_right"),
    [("smtp.shop.example", "shop", False), ("smtp.shop.example", "", True), ("127.0.0.1", "shop", True)],
)
def test_no_password_goes_over_a_line_in_clear(client: Client, host: str, user: str, is_right: bool) -> None:
    entered = {"smtp_host": host, "smtp_user": user, "smtp_password": "swordfish", "smtp_security": "none"}

    assert is_saved(client, **entered) == is_right


def test_nor_when_it_was_stored_so_before(client: Client, in_app: Any) -> None:
    with in_app():
        server_at(25, smtp_host="smtp.shop.example", smtp_user="shop", smtp_password="swordfish")

    assert "Choose STARTTLS or TLS as the security" in said(client)
