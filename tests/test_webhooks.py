"""Messages to other programs: signed, written with what they tell about, tried again, each once."""

from __future__ import annotations

import json
import socket
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app import webhooks
from app.actions.drafts import copy_order, place_draft
from app.actions.memos import write_memo
from app.actions.order_customer import change_customer
from app.actions.payments import mark_paid
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.models import WebhookDelivery, WebhookEndpoint
from tests.factories import placed_order
from tests.listener import Listener, listener

__all__ = ["listener"]

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def endpoint(listener: Listener, **how: Any) -> WebhookEndpoint:
    made = WebhookEndpoint(title="Warehouse", url=listener.url, secret=webhooks.new_secret(), **how)
    db.session.add(made)
    db.session.commit()
    return made


def deliveries() -> list[WebhookDelivery]:
    return list(db.session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def deliver_all() -> None:
    while webhooks.deliver_due():
        pass


def test_a_message_is_signed_as_the_standard_says(listener: Listener) -> None:
    to = endpoint(listener, events=["order_paid"])
    order = placed_order()
    mark_paid(order, by=SYSTEM)
    db.session.commit()
    deliver_all()

    ((headers, body),) = listener.received
    told = Webhook(to.secret).verify(body, headers)
    assert told["type"] == "order_paid"
    assert (told["data"]["order"], told["data"]["amount"], told["data"]["currency"]) == (order.number, "67.75", "EUR")
    with pytest.raises(WebhookVerificationError):
        Webhook(webhooks.new_secret()).verify(body, headers)
    assert [(one.state, one.answer) for one in deliveries()] == [("sent", 204)]


def test_an_endpoint_hears_what_it_asked_for_and_nothing_of_colleagues(listener: Listener) -> None:
    endpoint(listener)
    endpoint(listener, events=["order_sent"])
    endpoint(listener, is_active=False)
    order = placed_order()
    write_memo(order, by=SYSTEM, text="Between us")
    db.session.commit()
    deliver_all()

    assert [json.loads(body)["type"] for _headers, body in listener.received] == ["order_placed", "invoice_issued"]


def test_what_is_rolled_back_is_never_told(listener: Listener) -> None:
    endpoint(listener)
    placed_order()
    db.session.rollback()
    deliver_all()

    assert listener.received == []


def test_without_an_endpoint_nothing_is_written() -> None:
    placed_order()
    db.session.commit()

    assert deliveries() == []


def test_a_refused_action_tells_nothing(listener: Listener) -> None:
    order = placed_order()
    mark_paid(order, by=SYSTEM)
    db.session.commit()
    endpoint(listener)
    with pytest.raises(ActionRefused):
        mark_paid(order, by=SYSTEM)
    db.session.commit()

    assert deliveries() == []


@pytest.mark.parametrize("status", [500, 302, 404])
def test_what_is_not_taken_is_tried_again_under_the_same_id(listener: Listener, status: int) -> None:
    to = endpoint(listener, events=["order_placed"])
    listener.answers = [status]
    placed_order()
    db.session.commit()
    deliver_all()

    (waiting,) = deliveries()
    assert (waiting.state, waiting.attempts, waiting.answer) == ("waiting", 1, status)
    assert timedelta(0) < waiting.due_at - now() <= webhooks.PAUSES[0]
    assert to.failing_since is not None

    waiting.due_at = now()
    db.session.commit()
    deliver_all()
    assert deliveries()[0].state == "sent"
    assert to.failing_since is None
    first, second = (headers["webhook-id"] for headers, _body in listener.received)
    assert first == second


def test_no_proxy_of_the_surroundings_is_asked(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would speak with addresses that endpoints may not have."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    endpoint(listener, events=["order_placed"])
    placed_order()
    db.session.commit()
    deliver_all()

    assert [one.state for one in deliveries()] == ["sent"]


def test_at_last_it_is_given_up_and_may_be_sent_again_by_hand(listener: Listener) -> None:
    endpoint(listener, events=["order_placed"])
    listener.answers = [500] * (len(webhooks.PAUSES) + 1)
    placed_order()
    db.session.commit()
    for _ in range(len(webhooks.PAUSES) + 1):
        deliveries()[0].due_at = now()
        db.session.commit()
        deliver_all()

    assert deliveries()[0].state == "failed"
    webhooks.queue_again(deliveries()[0])
    db.session.commit()
    deliver_all()
    assert deliveries()[0].state == "sent"


def test_nobody_at_home_is_an_error_in_words() -> None:
    made = WebhookEndpoint(title="Gone", url="http://127.0.0.1:9/", secret=webhooks.new_secret())
    db.session.add(made)
    db.session.commit()
    placed_order()
    db.session.commit()
    webhooks.deliver_due()

    assert deliveries()[0].answer is None
    assert "refused" in deliveries()[0].last_error


def test_two_workers_never_take_the_same_message(listener: Listener) -> None:
    endpoint(listener, events=["order_placed"])
    placed_order()
    db.session.commit()

    assert webhooks.claim_message() is not None
    db.session.commit()
    assert webhooks.claim_message() is None


def test_an_endpoint_that_speaks_no_http_is_tried_again_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=babble, args=(server,), daemon=True).start()
        made = WebhookEndpoint(title="Babel", url=f"http://127.0.0.1:{server.getsockname()[1]}/", secret="whsec_YQ==")
        db.session.add(made)
        placed_order()
        db.session.commit()

        webhooks.deliver_due()

    tried = [one for one in deliveries() if one.attempts]
    assert [(one.state, one.last_error.strip()) for one in tried] == [("waiting", "mumble")]
    assert tried[0].due_at > now()


def babble(server: socket.socket) -> None:
    connection, _address = server.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(b"mumble\r\n\r\n")


def test_nobody_hears_of_a_draft_before_it_is_placed(listener: Listener) -> None:
    draft = copy_order(placed_order(), by=SYSTEM)
    db.session.commit()
    endpoint(listener)

    change_customer(draft, by=SYSTEM, customer_name="Femke de Vries")
    db.session.commit()
    assert deliveries() == []

    place_draft(draft, by=SYSTEM)
    db.session.commit()
    assert {json.loads(one.body)["data"]["order"] for one in deliveries()} == {draft.number}
