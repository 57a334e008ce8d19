"""SERVICES > Import & connections > Webhooks out and Messages: who is told what, and whether it got there."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app import webhooks
from app.admin_views.webhook_events import TITLES
from app.extensions import db
from app.history import Happened
from app.models import DeliveryState, History, WebhookDelivery, WebhookEndpoint
from tests.factories import placed_order
from tests.listener import Listener, listener

__all__ = ["listener"]

NEW = "/admin/webhook/new/"
FORM = {"title": "Warehouse", "url": "https://warehouse.example/hook", "which": "all", "is_active": "y"}


def endpoint(**how) -> WebhookEndpoint:
    known = {"title": "Warehouse", "url": "http://127.0.0.1:9/", "secret": webhooks.new_secret(), "events": []}
    made = WebhookEndpoint(**{**known, **how})
    db.session.add(made)
    db.session.flush()
    return made


def failed_messages(count: int) -> None:
    endpoint(events=["order_placed"])
    db.session.commit()
    for _number in range(count):
        placed_order()
    for delivery in db.session.scalars(select(WebhookDelivery)):
        delivery.state, delivery.attempts, delivery.answer, delivery.last_error = "failed", 10, 500, "500 Oh no"


def states() -> list[str]:
    return list(db.session.scalars(select(WebhookDelivery.state).order_by(WebhookDelivery.id)))


def test_every_event_that_is_told_can_be_ticked_and_has_a_title_of_its_own(client):
    page = client.get(NEW).text

    told = [event for event in Happened if event.webhook]
    assert len(told) > 40
    for event in told:
        assert f'value="{event}"' in page, event
    titles = list(map(str, TITLES.values()))
    assert len(set(titles)) == len(titles)


def test_what_colleagues_write_to_one_another_is_told_to_no_program():
    untold = {event for event in Happened if not event.webhook}

    assert {event for event in Happened if event.startswith(("memo_", "task_", "mail_", "record_", "note_"))} <= untold


@pytest.mark.each_database
def test_a_new_webhook_shows_its_secret_once(client, in_app):
    events = ["order_paid", "order_sent"]
    page = client.post(NEW, data={**FORM, "which": "some", "events": events})

    secret = re.search(r'value="(whsec_[^"]+)"', page.text)[1]
    with in_app():
        made = db.session.scalars(select(WebhookEndpoint)).one()
        assert (made.title, made.url, made.events, made.secret) == ("Warehouse", FORM["url"], events, secret)
        assert secret not in str([event.facts for event in db.session.scalars(select(History))])
    page = client.get("/admin/webhook/1").text
    assert "Order paid, Order sent" in page
    assert secret not in page + client.get("/admin/webhook/").text + client.get("/admin/webhook/edit/?id=1").text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"url": "ftp://example.com"}, "beginning with https:// or http://"),
        ({"url": "https://"}, "beginning with https:// or http://"),
        ({"url": "example.com/hook"}, "beginning with https:// or http://"),
        ({"url": "https://example.com:99999/"}, "This is not a web address."),
        ({"url": "https://me:secret@example.com/"}, "Leave user name and password out"),
        ({"url": "https://example.com/#there"}, "Leave out what follows #"),
        ({"url": "https://exa mple.com/"}, "without spaces"),
        ({"title": ""}, "This field is required."),
        ({"which": "some"}, "Tick at least one event below"),
        ({"which": "some", "events": "memo_written"}, "is not a valid choice"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_saved(client, in_app, wrong, message):
    page = client.post(NEW, data={**FORM, **wrong})

    assert page.status_code == 422
    assert message in page.text
    with in_app():
        assert not db.session.scalars(select(WebhookEndpoint)).all()


@pytest.mark.each_database
def test_an_edit_is_in_history_and_a_failure_meanwhile_is_no_conflict(client, in_app):
    with in_app():
        endpoint(events=["order_paid"])
    page = client.get("/admin/webhook/edit/?id=1").text
    assert re.findall(r'name="events" value="(\w+)" checked', page) == ["order_paid"]
    seen = re.search(r'name="seen_version"[^>]*value="(\d+)"', page)[1]
    with in_app():
        webhooks.note_health(1, "refused")

    saved = client.post(
        "/admin/webhook/edit/?id=1", data={**FORM, "events": ["order_paid"], "url": FORM["url"], "seen_version": seen}
    )

    assert saved.location == "/admin/webhook/1"
    with in_app():
        changed = db.session.scalars(select(WebhookEndpoint)).one()
        assert (changed.url, changed.events) == (FORM["url"], [])
        assert changed.failing_since is not None
        facts = db.session.scalars(select(History).order_by(History.id.desc()).limit(1)).one().facts
        assert facts["changes"] == {"url": ["http://127.0.0.1:9/", FORM["url"]], "events": [["order_paid"], []]}


def test_a_new_secret_is_shown_once_and_signs_from_then_on(client, in_app):
    with in_app():
        before = endpoint().secret

    page = client.post("/admin/webhook/1/secret")

    secret = re.search(r'value="(whsec_[^"]+)"', page.text)[1]
    with in_app():
        assert db.session.scalars(select(WebhookEndpoint.secret)).one() == secret != before
        facts = db.session.scalars(select(History).order_by(History.id.desc()).limit(1)).one().facts
        assert facts["changes"] == {"secret": ["…", "…"]}
    assert client.get("/admin/webhook/1/secret").status_code == 302


@pytest.mark.parametrize(
    ("status", "words", "state"),
    [
        (204, "It answered 204: the message was taken.", DeliveryState.SENT),
        (302, "It answered 302, a redirect, which is not followed.", DeliveryState.FAILED),
        (401, "It answered 401: it refuses the message. Does it know the secret?", DeliveryState.FAILED),
        (404, "It answered 404: nobody takes messages at this address.", DeliveryState.FAILED),
        (500, "It answered 500 Internal Server Error: something is wrong there.", DeliveryState.FAILED),
    ],
)
def test_a_test_message_really_goes_and_its_answer_is_told_in_words(
    client, in_app, listener: Listener, status, words, state
):
    with in_app():
        endpoint(url=listener.url)
    listener.answers = [status]

    page = client.post("/admin/webhook/1/test", follow_redirects=True)

    assert words in page.text
    ((headers, body),) = listener.received
    assert b'"type": "test"' in body
    assert headers["webhook-signature"].startswith("v1,")
    with in_app():
        delivery = db.session.scalars(select(WebhookDelivery)).one()
        assert (delivery.state, delivery.event, delivery.answer, delivery.order_id) == (state, "test", status, None)
        assert (delivery.endpoint.failing_since is None) == (status == 204)
        assert not webhooks.DELIVERIES.is_any_due()  # it is never repeated


def test_nobody_at_home_is_said_in_words(client, in_app):
    with in_app():
        endpoint()

    assert "refused. Is the address right, and does it listen?" in client.post(
        "/admin/webhook/1/test", follow_redirects=True
    ).text.replace("[Errno 111] Connection ", "")


# --- messages -------------------------------------------------------------------------------------------------------


def test_a_message_shows_what_it_says_and_is_sent_again(client, in_app):
    with in_app():
        failed_messages(1)

    listed = client.get("/admin/webhook-message/").text
    page = client.get("/admin/webhook-message/details/?id=1").text
    again = client.post("/admin/webhook-message/1/send-again", follow_redirects=True)
    twice = client.post("/admin/webhook-message/1/send-again", follow_redirects=True)

    for shown in ("ORD10001", "Order placed", "500 Oh no", "Failed"):
        assert shown in listed
    assert "&#34;type&#34;: &#34;order_placed&#34;" in page
    assert "It answered 500 Oh no: something is wrong there." in page
    assert "The message is waiting to be sent again." in again.text
    assert "This message is waiting to be sent already." in twice.text
    with in_app():
        assert states() == ["waiting"]
        facts = db.session.scalars(select(History).order_by(History.id.desc()).limit(1)).one().facts
        assert facts["changes"] == {"state": ["failed", "waiting"]}


@pytest.mark.each_database
def test_messages_are_sent_again_together(client, in_app):
    with in_app():
        failed_messages(2)
        placed_order()

    client.post("/admin/webhook-message/action/", data={"action": "deliver_again", "rowid": ["1", "2", "3", "99"]})

    page = client.get("/admin/webhook-message/").text
    assert "2 messages queued again." in page
    assert "1 message unchanged: This message is waiting to be sent already." in page
    with in_app():
        assert states() == ["waiting"] * 3


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"body": ""}, "What it said was erased with the customer’s personal data."),
        ({"event": "test"}, "This was a test. Send another one from the webhook’s page."),
    ],
)
def test_what_can_not_be_sent_again_says_why(client, in_app, how, reason):
    with in_app():
        failed_messages(1)
        for name, value in how.items():
            setattr(db.session.get(WebhookDelivery, 1), name, value)

    assert reason in client.get("/admin/webhook-message/details/?id=1").text
    assert reason in client.post("/admin/webhook-message/1/send-again", follow_redirects=True).text
    with in_app():
        assert states() == ["failed"]


def test_messages_are_narrowed_by_state_webhook_and_event(client, in_app):
    with in_app():
        failed_messages(1)
        placed_order()

    def orders(query: str) -> list[str]:
        page = client.get(f"/admin/webhook-message/?{query}").text
        return re.findall(r"ORD1000\d", page)

    assert orders("") == ["ORD10002", "ORD10001"]
    assert orders("flt0_0=failed") == ["ORD10001"]
    assert orders("flt0_1=1") == ["ORD10002", "ORD10001"]
    assert orders("flt0_1=x") == []
    assert orders("flt0_2=order_paid") == []


def test_webhooks_are_for_those_with_the_right(signed_in_as, in_app):
    with in_app():
        failed_messages(1)
    office = signed_in_as("office")

    for path in ("webhook/", "webhook/1", "webhook/new/", "webhook-message/", "webhook-message/details/?id=1"):
        assert office.get(f"/admin/{path}").status_code == 403
    for path in ("webhook/new/", "webhook/1/secret", "webhook/1/test", "webhook-message/1/send-again"):
        assert office.post(f"/admin/{path}", data=FORM).status_code == 403
    assert (
        office.post("/admin/webhook-message/action/", data={"action": "deliver_again", "rowid": "1"}).status_code == 403
    )
    with in_app():
        assert states() == ["failed"]
        assert len(db.session.scalars(select(WebhookEndpoint)).all()) == 1
