"""Events of connected shops: checked by signature, stored at once, read by the worker, each once."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.actions.payments import mark_paid
from app.extensions import db
from app.history import SYSTEM
from app.intake import events
from app.models import Arrival, Connection, Order, OutgoingMail
from app.operations.worker import read_events
from tests.arrange import at_once
from tests.factories import new_connection

SECRET = "a secret of the shop"


def woocommerce_order(**stated: Any) -> dict[str, Any]:
    return {
        "id": 727,
        "number": "727",
        "status": "on-hold",
        "currency": "EUR",
        "date_created_gmt": "2026-11-20T10:00:00",
        "date_modified_gmt": "2026-11-20T10:00:00",
        "total": "12.50",
        "total_tax": "0.00",
        "prices_include_tax": True,
        "payment_method_title": "Bank transfer",
        "billing": {"first_name": "Femke", "last_name": "Jansen", "email": "femke@example.org", "country": "NL"},
        "line_items": [
            {"id": 1, "name": "Mug", "quantity": 1, "subtotal": "12.50", "total": "12.50", "price": 12.5, "taxes": []}
        ],
        **stated,
    }


@pytest.fixture
def shops(app: Flask) -> dict[str, str]:
    """A connected shop of each kind; source -> path."""
    with app.app_context():
        for source in events.SIGNATURES:
            db.session.add(new_connection(source, title=f"My {source}", key=f"key-{source}", secret=SECRET))
        db.session.commit()
    return {source: f"/hooks/{source}/key-{source}" for source in events.SIGNATURES}


def hmac_of(body: bytes, secret: str = SECRET) -> str:
    return b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def send(
    browser: FlaskClient,
    path: str,
    payload: Any,
    *,
    topic: str = "order.created",
    secret: str = SECRET,
    delivery: str = "",
) -> Any:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    headers = {"X-WC-Webhook-Signature": hmac_of(body, secret), "X-WC-Webhook-Topic": topic}
    if delivery:
        headers["X-WC-Webhook-Delivery-ID"] = delivery
    return browser.post(path, data=body, content_type="application/json", headers=headers)


def work(app: Flask) -> None:
    with app.app_context():
        while read_events():
            pass


def arrivals(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        return [(a.result, a.field) for a in db.session.scalars(select(Arrival).order_by(Arrival.id))]


@pytest.mark.each_database
def test_an_order_comes_in_and_its_update_adds_the_payment(app: Flask, shops: dict[str, str]) -> None:
    browser = app.test_client()
    paid = {"date_paid_gmt": "2026-11-20T11:00:00", "status": "processing", "transaction_id": "tr_1"}

    assert send(browser, shops["woocommerce"], woocommerce_order()).status_code == 200
    assert arrivals(app) == [("waiting", "")]  # nothing is read while the other shop waits
    work(app)
    assert send(browser, shops["woocommerce"], woocommerce_order(**paid), topic="order.updated").status_code == 200
    work(app)

    assert arrivals(app) == [("added", ""), ("updated", "")]
    with app.app_context():
        order = db.session.scalars(select(Order)).one()
        assert (order.payment_status, order.paid) == ("paid", order.total)
        assert db.session.scalar(select(func.count()).select_from(OutgoingMail)) == 1


def test_the_same_event_twice_is_stored_and_read_once(app: Flask, shops: dict[str, str]) -> None:
    browser = app.test_client()
    for _ in range(3):
        assert send(browser, shops["woocommerce"], woocommerce_order()).status_code == 200
    work(app)

    assert arrivals(app) == [("added", "")]


def test_what_is_binned_restored_and_binned_again_is_read_each_time(app: Flask, shops: dict[str, str]) -> None:
    browser, path = app.test_client(), shops["woocommerce"]
    back = woocommerce_order(date_modified_gmt="2026-11-21T10:00:00")
    send(browser, path, woocommerce_order())
    send(browser, path, {"id": 727}, topic="order.deleted", delivery="a1")
    send(browser, path, {"id": 727}, topic="order.deleted", delivery="a1")
    send(browser, path, back, topic="order.restored", delivery="a2")
    send(browser, path, {"id": 727}, topic="order.deleted", delivery="a3")
    work(app)

    assert arrivals(app) == [("added", ""), ("updated", ""), ("updated", ""), ("updated", "")]
    with app.app_context():
        order = db.session.scalars(select(Order)).one()
        assert [one.part for one in order.shop_changes] == ["deleted"]


def test_a_whole_order_under_the_topic_of_deleting_deletes_nothing(app: Flask, shops: dict[str, str]) -> None:
    """The signature is made of the body alone."""
    browser = app.test_client()
    send(browser, shops["woocommerce"], woocommerce_order())
    send(browser, shops["woocommerce"], woocommerce_order(), topic="order.deleted", delivery="x")
    work(app)

    with app.app_context():
        assert not db.session.scalars(select(Order)).one().shop_changes


def test_an_update_undoes_nothing_that_staff_did(app: Flask, shops: dict[str, str]) -> None:
    browser = app.test_client()
    send(browser, shops["woocommerce"], woocommerce_order())
    work(app)
    with app.app_context():
        mark_paid(db.session.scalars(select(Order)).one(), by=SYSTEM)
        db.session.commit()
    send(browser, shops["woocommerce"], woocommerce_order(date_modified_gmt="2026-11-21T10:00:00"))
    work(app)

    assert arrivals(app) == [("added", ""), ("same", "")]
    with app.app_context():
        assert db.session.scalars(select(Order.payment_status)).one() == "paid"


@pytest.mark.parametrize("signature", ["", "wrong", hmac_of(b"another body"), "é"])
def test_a_wrong_signature_stores_nothing_and_is_shown(app: Flask, shops: dict[str, str], signature: str) -> None:
    body = json.dumps(woocommerce_order())
    headers = {"X-WC-Webhook-Signature": signature}

    answer = app.test_client().post(shops["woocommerce"], data=body, content_type="application/json", headers=headers)

    assert answer.status_code == 401
    assert arrivals(app) == []
    with app.app_context():
        connection = db.session.scalars(select(Connection).where(Connection.source == "woocommerce")).one()
        assert "wrong signature" in connection.last_error


def test_a_connection_without_a_secret_lets_nothing_in(app: Flask) -> None:
    with app.app_context():
        db.session.add(new_connection(title="Open", key="open", secret=""))
        db.session.commit()

    assert send(app.test_client(), "/hooks/woocommerce/open", woocommerce_order(), secret="").status_code == 401


def test_the_signature_is_over_the_raw_bytes(app: Flask, shops: dict[str, str]) -> None:
    body = json.dumps(woocommerce_order(), indent=3, ensure_ascii=False).encode() + b"\n"

    assert send(app.test_client(), shops["woocommerce"], body).status_code == 200


def test_shopify_and_lightspeed_sign_in_their_own_ways(app: Flask, shops: dict[str, str]) -> None:
    body = b'{"id": 1}'
    browser = app.test_client()
    shopify = browser.post(
        shops["shopify"],
        data=body,
        headers={"X-Shopify-Hmac-Sha256": hmac_of(body), "X-Shopify-Topic": "orders/create"},
    )
    md5 = hashlib.md5(body + SECRET.encode(), usedforsecurity=False).hexdigest()
    lightspeed = browser.post(shops["lightspeed"], data=body, headers={"X-Signature": md5, "X-Event": "orders/created"})

    assert (shopify.status_code, lightspeed.status_code) == (200, 200)
    work(app)
    assert [result for result, _field in arrivals(app)] == ["quarantined", "quarantined"]


def test_what_can_not_be_read_waits_in_quarantine_and_shows_at_its_shop(app: Flask, shops: dict[str, str]) -> None:
    browser = app.test_client()
    send(browser, shops["woocommerce"], woocommerce_order(total="abc"))
    send(browser, shops["woocommerce"], b"\xff\x00 no json")
    work(app)

    assert [result for result, _ in arrivals(app)] == ["quarantined", "quarantined"]
    assert arrivals(app)[0] == ("quarantined", "total")
    with app.app_context():
        assert db.session.scalars(select(Connection.last_error).where(Connection.source == "woocommerce")).one()


def test_other_topics_are_kept_and_not_read(app: Flask, shops: dict[str, str]) -> None:
    send(app.test_client(), shops["woocommerce"], {"id": 5}, topic="product.updated")
    work(app)

    assert arrivals(app) == [("not read", "")]


def test_woocommerce_asks_first_whether_anybody_is_there(app: Flask, shops: dict[str, str]) -> None:
    assert app.test_client().post(shops["woocommerce"], data={"webhook_id": "7"}).status_code == 200
    assert arrivals(app) == []


def test_unknown_and_switched_off_connections_are_not_there(app: Flask, shops: dict[str, str]) -> None:
    with app.app_context():
        db.session.scalars(select(Connection).where(Connection.source == "shopify")).one().is_active = False
        db.session.commit()
    for path in (
        "/hooks/woocommerce/other",
        "/hooks/shopify/key-woocommerce",
        "/hooks/shopify/key-shopify",
        "/hooks/x/y",
    ):
        assert app.test_client().post(path, data=b"{}").status_code == 404


@pytest.mark.each_database
def test_a_worker_that_died_leaves_its_event_to_another(app: Flask, shops: dict[str, str]) -> None:
    send(app.test_client(), shops["woocommerce"], woocommerce_order())
    with app.app_context():
        assert events.claim_events(5)
        db.session.commit()
        assert events.claim_events(5) == []
        db.session.rollback()
        db.session.scalars(select(Arrival)).one().leased_until = None
        db.session.commit()
    work(app)

    assert arrivals(app) == [("added", "")]


def test_an_error_of_ours_is_tried_again_and_at_last_left_to_people(app: Flask, shops: dict[str, str]) -> None:
    send(app.test_client(), shops["woocommerce"], woocommerce_order())
    with app.app_context():
        for _ in range(events.MOST_ATTEMPTS):
            arrival = db.session.scalars(select(Arrival)).one()
            arrival.due_at = arrival.arrived_at
            (claimed,) = events.claim_events()
            events.try_later(claimed, "the disk is full")
            db.session.commit()

    assert arrivals(app) == [("quarantined", "")]


@pytest.mark.each_database
def test_events_that_come_at_once_are_all_kept(app: Flask, shops: dict[str, str], in_app: Any) -> None:
    answers = at_once(6, lambda one: send(app.test_client(), shops["woocommerce"], woocommerce_order(id=one)))

    assert [answer.status_code for answer in answers] == [200] * 6
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(Arrival)) == 6
