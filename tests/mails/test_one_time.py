"""Links that sign somebody in: in the mail that arrives, and nowhere else."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, select, text

from app import mails
from app.actions.mailing import send_again
from app.columns import at, now
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.mails import Postman, deliver_due, outbox
from app.mails.delivering import letter_to_send
from app.mails.one_time import GAP, with_token
from app.mails.test_mail import preview_of_text, queue_trial
from app.mails.texts import Text
from app.mails.to_customer import queue_account_link
from app.models import CustomerLink, MailState, Order, OutgoingMail
from app.security import sessions
from tests.clients import Client
from tests.factories import placed_order
from tests.mails.difficult import DifficultPostbox
from tests.mails.outgoing import connect
from tests.postbox import Postbox

PAGE = "http://localhost/account/sign-in/"


@pytest.fixture
def difficult() -> Iterator[DifficultPostbox]:
    with DifficultPostbox() as box:
        yield box


def asked_for(email: str = "femke@example.org") -> OutgoingMail:
    mail = queue_account_link(email, PAGE, language="en", by=SYSTEM)
    db.session.commit()
    return mail


def tokens_in(box: Postbox) -> list[str]:
    """The token of each mail that arrived; the text and the HTML say the same."""
    found = []
    for mail in box.mails:
        bodies = [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]  # type: ignore[union-attr]
        (token,) = {token for body in bodies for token in re.findall(rf"{PAGE}([\w-]+)", body)}
        found.append(token)
    return found


def places_of(secret: str) -> list[str]:
    """Every column of every table in which it stands, as text or as bytes."""
    found = []
    for table in inspect(db.session.connection()).get_table_names():
        for row in db.session.execute(text(f'SELECT * FROM "{table}"')).mappings():
            found += [f"{table}.{column}" for column, value in row.items() if secret in str(value)]
            found += [f"{table}.{column}" for column, value in row.items() if secret.encode() in as_bytes(value)]
    db.session.rollback()
    return found


def as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else b""


# --- where it is not --------------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_a_link_that_was_asked_for_and_mailed_stands_nowhere(
    anonymous: Client, in_app: Any, postbox: Postbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with in_app():
        connect(postbox)
        number = placed_order().number
    anonymous.post("/account/sign-in/", data={"email": "Femke@Example.org"})
    with in_app():
        deliver_due(Postman())
    (token,) = [token for token in map(token_in, postbox.mails) if token]

    with in_app():
        assert places_of(token) == []
        assert token not in our_log(caplog)
        assert "/sign-in/…" in caplog.text  # where the mail server of the test says it: the log would tell
    assert "Sign in" in anonymous.get(f"/account/sign-in/{token}").text
    assert anonymous.post(f"/account/sign-in/{token}").location == "/account/"
    assert anonymous.get(f"/account/order/{number}").status_code == 200
    assert Client(anonymous.application).post(f"/account/sign-in/{token}").status_code == 410
    with in_app():
        assert places_of(token) == []
        assert token not in our_log(caplog)


def our_log(caplog: pytest.LogCaptureFixture) -> str:
    """Without what the tests' own mail server says."""
    return "\n".join(f"{one.getMessage()} {one.exc_text}" for one in caplog.records if one.name != "mail.log")


def token_in(mail: EmailMessage) -> str:
    found = re.search(rf"{PAGE}([\w-]+)", mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    return found[1] if found else ""


@pytest.mark.each_database
@pytest.mark.usefixtures("database")
def test_what_stands_somewhere_is_found() -> None:
    """Negative control of the search."""
    mail = asked_for()
    mail.last_error = "554 http://localhost/account/sign-in/secret-of-old"
    db.session.commit()

    assert places_of("secret-of-old") == ["outgoing_mail.last_error"]


def test_a_server_that_repeats_what_it_refuses_gives_nothing_away(
    database: None, difficult: DifficultPostbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="app")
    connect(difficult)
    mail = asked_for()
    said = []

    async def refuse(server: Any, session: Any, envelope: Any) -> str:
        said.append(re.search(rf"{PAGE}([\w-]+)", envelope.content.decode().replace("=\r\n", ""))[1])  # type: ignore[index]
        return f"550 We take no {PAGE}{said[-1]} here"

    difficult.handle_DATA = refuse  # type: ignore[method-assign]
    deliver_due(Postman())

    assert mail.state == MailState.FAILED
    assert mail.last_error == f"550 We take no {PAGE}… here"
    assert places_of(said[0]) == []
    assert said[0] not in our_log(caplog)


def test_a_failure_is_logged_without_the_token(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    token = "dGhpcyBpcyBhIHRva2VuIG9mIGEgbGluaw_-"
    for path in (f"/account/sign-in/{token}", f"/sign-in/{token}"):
        app.logger.error(f"Exception on {path} [POST]")
        logging.getLogger("waitress").error("Exception while serving %s", path)

    assert token not in caplog.text
    assert caplog.messages[:2] == [
        "Exception on /account/sign-in/… [POST]",
        "Exception while serving /account/sign-in/…",
    ]


@pytest.mark.parametrize(("language", "words"), [("en", "(link left out here)"), ("de", "(Link hier weggelassen)")])
def test_the_outbox_says_that_it_was_left_out(client: Client, in_app: Any, language: str, words: str) -> None:
    with in_app():
        mail_id = asked_for().id
    client.set_cookie("language", language)
    page = client.get(f"/admin/outbox/details/?id={mail_id}").text

    assert words in page
    assert GAP not in page
    assert PAGE not in page


def test_neither_a_preview_nor_a_trial_has_a_link_that_works(database: None, postbox: Postbox) -> None:
    connect(postbox)
    preview = preview_of_text("account_link", "en", Text("Your link", "Here: {account_link}"), placed_order())
    queue_trial("account_link", preview, to="me@example.org")
    db.session.commit()
    deliver_due(Postman())

    assert "the link that signs the customer in" in preview.body
    assert "http" not in preview.body
    assert db.session.scalars(select(CustomerLink)).all() == []


# --- what it does -----------------------------------------------------------------------------------------------------


def test_the_half_hour_begins_when_the_mail_goes(database: None, postbox: Postbox) -> None:
    connect(postbox)
    with at(now() - timedelta(hours=5)):
        asked_for()
    assert db.session.scalars(select(CustomerLink)).all() == []

    deliver_due(Postman())

    (token,) = tokens_in(postbox)
    with at(now() + timedelta(minutes=29)):
        assert sessions.is_customer_link(token)
    with at(now() + timedelta(minutes=31)):
        assert not sessions.is_customer_link(token)


def test_after_not_now_the_mail_that_arrives_has_a_link_that_works(database: None, difficult: DifficultPostbox) -> None:
    connect(difficult)
    mail = asked_for()
    difficult.after_text = "451 come back later"
    deliver_due(Postman())
    difficult.after_text = "250 OK"
    mail.due_at = now()
    db.session.commit()
    deliver_due(Postman())

    (token,) = tokens_in(difficult)
    assert sessions.use_customer_link(token) == "femke@example.org"


def test_of_two_mails_after_a_break_either_link_works(database: None, difficult: DifficultPostbox) -> None:
    """Nobody knows whether the first one arrived."""
    connect(difficult)
    mail = asked_for()
    difficult.after_text = "hang up"
    deliver_due(Postman())
    difficult.after_text = "250 OK"
    mail.due_at = now()
    db.session.commit()
    deliver_due(Postman())

    first, second = tokens_in(difficult)
    assert first != second
    assert sessions.use_customer_link(first) == sessions.use_customer_link(second) == "femke@example.org"
    assert sessions.use_customer_link(first) is None


def test_a_worker_that_dies_before_the_handing_over_leaves_nothing_but_a_hash(database: None, postbox: Postbox) -> None:
    connect(postbox)
    mail = asked_for()
    outbox.claim_mail("one that dies")
    db.session.commit()
    lost = with_token(letter_to_send(mail.id))
    mail.leased_until = now() - timedelta(seconds=1)
    db.session.commit()
    deliver_due(Postman())

    (token,) = tokens_in(postbox)
    assert token != lost.secret
    assert places_of(lost.secret) == []
    assert sessions.is_customer_link(token)
    assert lost.secret not in repr(lost)


@pytest.mark.usefixtures("database")
def test_send_again_makes_another_link_for_the_same_mailbox(postbox: Postbox) -> None:
    connect(postbox)
    mail = asked_for()
    deliver_due(Postman())

    send_again(mail, by=SYSTEM, to="Femke@example.org")
    db.session.commit()
    deliver_due(Postman())

    first, second = tokens_in(postbox)
    assert first != second
    assert sessions.use_customer_link(second) == "femke@example.org"


@pytest.mark.usefixtures("database")
def test_send_again_gives_nobody_elses_mailbox_the_link(postbox: Postbox) -> None:
    connect(postbox)
    mail = asked_for()
    deliver_due(Postman())

    with pytest.raises(ActionRefused, match="Leave the address as it is"):
        send_again(mail, by=SYSTEM, to="colleague@example.org")

    assert [one.id for one in db.session.scalars(select(OutgoingMail))] == [mail.id]


def test_other_mails_go_as_they_are_written(database: None, postbox: Postbox) -> None:
    """A customer may have typed the very letters of the gap."""
    connect(postbox)
    order = db.session.get_one(Order, placed_order().id)
    mails.queue(
        "notify_customer", order, once_key="n", by=SYSTEM, words={"message": f"As you say: {GAP}"}, subject="Hi"
    )
    db.session.commit()
    deliver_due(Postman())

    assert GAP in postbox.mails[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert db.session.scalars(select(CustomerLink)).all() == []
