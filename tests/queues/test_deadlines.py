"""A server that drips holds up its own delivery until the deadline, and then that has failed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app import webhooks
from app.columns import now
from app.extensions import db
from app.mails import Postman, deliver_due, smtp
from app.models import MailState, WebhookDelivery, WebhookEndpoint
from app.queries import shop
from app.queues.deadlines import Deadline
from tests.dripping import (
    Dripping,
    http_first_line,
    http_headers,
    http_interim,
    smtp_greeting,
    smtp_recipient,
    smtp_text,
)
from tests.factories import placed_order
from tests.mails.outgoing import queued

SOON = 1.0
#: A busy machine, and a line that is still taken leave of.
IN_TIME = 5.0


@pytest.mark.parametrize("talk", [http_headers, http_first_line, http_interim])
def test_a_message_to_an_endpoint_that_drips_fails_at_the_deadline(
    database: None, monkeypatch: pytest.MonkeyPatch, talk: Callable[[Any], bytes]
) -> None:
    monkeypatch.setattr(webhooks, "ENDPOINT_TIMEOUT", SOON)
    with Dripping(talk) as server:
        url = f"http://127.0.0.1:{server.port}/"
        db.session.add(WebhookEndpoint(title="Drips", url=url, secret="whsec_YQ==", events=["order_placed"]))
        db.session.commit()
        placed_order()
        db.session.commit()
        begun = time.monotonic()
        webhooks.deliver_due("worker")
        took = time.monotonic() - begun
        assert server.left.wait(5)

    delivery = db.session.scalars(select(WebhookDelivery)).one()
    assert SOON * 0.9 < took < IN_TIME
    assert (delivery.state, delivery.attempts, delivery.answer) == ("waiting", 1, None)
    assert delivery.last_error == "it took longer than 1 seconds"
    assert delivery.due_at > now()


@pytest.mark.parametrize(("talk", "may_be_doubled"), [(smtp_recipient, False), (smtp_text, True)])
def test_a_mail_to_a_server_that_drips_has_failed_once_at_the_deadline(
    database: None, monkeypatch: pytest.MonkeyPatch, talk: Callable[[Any], bytes], may_be_doubled: bool
) -> None:
    monkeypatch.setattr(smtp, "SMTP_DEADLINE", SOON)
    monkeypatch.setattr(smtp, "QUIT_DEADLINE", SOON)
    with Dripping(talk) as server:
        connect(server)
        first, second = queued(), queued()
        begun = time.monotonic()
        deliver_due(Postman())
        took = time.monotonic() - begun
        assert server.left.wait(5)

    assert SOON * 0.9 < took < IN_TIME
    assert (first.state, first.attempts, first.may_be_doubled) == (MailState.QUEUED, 1, may_be_doubled)
    assert first.last_error == "it took longer than 1 seconds"
    assert first.due_at > now()
    assert (second.state, second.attempts, second.may_be_doubled) == (MailState.QUEUED, 0, False)


def test_a_server_whose_greeting_drips_is_down(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "SMTP_DEADLINE", SOON)
    with Dripping(smtp_greeting) as server:
        connect(server)
        mail, postman = queued(), Postman()
        begun = time.monotonic()
        deliver_due(postman)
        took = time.monotonic() - begun
        assert server.left.wait(5)

    assert SOON * 0.9 < took < IN_TIME
    assert (mail.state, mail.attempts, mail.last_error) == (MailState.QUEUED, 0, "it took longer than 1 seconds")
    assert postman.away_until > now()


def test_a_deadline_leaves_nothing_open() -> None:
    with Dripping(smtp_greeting) as server:
        deadline = Deadline(10)
        connection = deadline.connect(("localhost", server.port), 5)
        connection.close()
        deadline.end()
        assert server.left.wait(5)
    assert (deadline.has_passed, deadline.connections, deadline.clock.is_alive()) == (False, [], False)


def connect(server: Dripping) -> None:
    shop().smtp_host, shop().smtp_port, shop().smtp_security = "127.0.0.1", server.port, "none"
    shop().mail_sender = shop().email = "shop@example.org"
    db.session.commit()
