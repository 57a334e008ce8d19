"""A fresh sign-in before settings, staff, keys, connections, exports and refunds: by their rights, on every route."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_security.utils import hash_password
from sqlalchemy import func, select, update

from app.actions import ACTIONS
from app.admin_views.freshness import FRESH, needs_fresh
from app.columns import now
from app.encryption.sealed import Sealed
from app.extensions import db
from app.models import Memo, Payment, Shop, Staff, StaffSession
from app.security.second_factors import generate_app_secret
from tests.authenticator import code_of
from tests.clients import Client
from tests.factories import paid_order
from tests.looking import everything
from tests.whole.asks import HARMLESS, NOTED, Ask

PASSWORD = "four words are enough"
ASKED = "data-prove"


@pytest.fixture
def stale(client: Client, in_app: Any) -> Client:
    """The browser of an owner who has signed in a while ago."""
    with in_app():
        db.session.execute(update(Staff).values(password=hash_password(PASSWORD)))
        db.session.execute(update(StaffSession).values(proved_at=now() - timedelta(hours=1)))
    return client


@pytest.fixture(autouse=True)
def _no_tries_counted(app: Flask) -> None:
    for limiter in app.extensions["limiter"]:
        limiter.reset()


def test_what_takes_one() -> None:
    """The actions among them, so that a new one is seen."""
    assert set(FRESH) == {"settings", "staff", "exports", "refunds", "imports.connections"}
    assert {name for name, action in ACTIONS.items() if needs_fresh(action.right)} == FRESH_ACTIONS


FRESH_ACTIONS = {"enter_refund", "revoke_key", "change_last_day", "hand_over_key", "deliver_again"}


def test_every_route_whose_right_takes_one_asks_and_changes_nothing(
    client: Client, in_app: Any, asks: list[Ask]
) -> None:
    with in_app():
        db.session.execute(update(StaffSession).values(proved_at=now() - timedelta(hours=1), seen_at=now()))
        before = everything(without=UNNOTICED)
    tried = [ask for ask in asks if takes_fresh(ask)]
    assert len(tried) > 40

    silent = [str(ask) for ask in tried if ASKED not in ask.by(client).text]

    assert silent == []
    with in_app():
        assert everything(without=UNNOTICED) == before


UNNOTICED = (
    "staff_session",
    "unsealed",
    "print",
    "packing_slip_print",
    "e_invoice",
    "quote",
    "quote_print",
    "security_event",
    "security_event_search",
)


def takes_fresh(ask: Ask) -> bool:
    """What is done to an order is asked when its form is complete; that is the other test."""
    is_of_order = ask.endpoint.startswith(("order_page.", "order."))
    acts = (ask.method == "POST" or ask.endpoint in NOTED) and ask.endpoint not in HARMLESS
    return acts and needs_fresh(ask.right or "") and not is_of_order


def company(in_app: Any) -> dict[str, Any]:
    with in_app():
        version = db.session.scalars(select(Shop.version)).one()
    return {"name": "Mugs & more", "country": "NL", "email": "shop@example.org", "seen_version": version}


def name_of_shop(in_app: Any) -> str:
    with in_app():
        return db.session.scalars(select(Shop.name)).one()


def test_ones_own_sign_ins_and_factors_take_one_too(client: Client, app: Flask, in_app: Any) -> None:
    with in_app():
        db.session.execute(update(StaffSession).values(proved_at=now() - timedelta(hours=1), seen_at=now()))
        before = everything(without=UNNOTICED)
    own = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(("factors.", "profile.sign_out"))]
    sent = {rule.endpoint: client.post(rule.rule) for rule in own if "POST" in (rule.methods or ())}

    assert len(sent) > 5
    assert {name for name, answer in sent.items() if answer.status_code != 422} == set()
    with in_app():
        assert everything(without=UNNOTICED) == before


def test_what_was_typed_goes_on_after_the_password(stale: Client, in_app: Any) -> None:
    typed, url = company(in_app), "/admin/company/?id=1"
    asked = stale.post(url, data=typed)
    assert (asked.status_code, name_of_shop(in_app)) == (422, "My shop")
    assert "Mugs &amp; more</textarea>" in asked.text

    wrong = stale.post(url, data={**typed, "proof_password": "wrong"})
    assert "This is wrong. Type it once more." in wrong.text
    assert name_of_shop(in_app) == "My shop"

    assert stale.post(url, data={**typed, "proof_password": PASSWORD}).status_code == 302
    assert name_of_shop(in_app) == "Mugs & more"
    assert ASKED not in stale.post(url, data={**company(in_app), "name": "Mugs"}).text


def test_a_refund_in_a_pop_up_asks_in_the_pop_up(stale: Client, in_app: Any) -> None:
    with in_app():
        order = paid_order()
        url, method = f"/admin/order/{order.number}/enter_refund", order.payments[0].method
    form = {"amount": "1.00", "method": method, "reason": "Chipped", "in_dialog": "1"}
    as_pop_up = {"HX-Request": "true", "HX-Target": "dialog-body"}

    asked = stale.post(url, data=form, headers=as_pop_up)
    assert (asked.status_code, ASKED in asked.text, 'id="main"' in asked.text) == (422, True, False)
    assert "Chipped</textarea>" in asked.text

    stale.post(url, data={**form, "proof_password": PASSWORD}, headers=as_pop_up)
    with in_app():
        assert db.session.scalars(select(func.count()).where(Payment.reason == "Chipped")).one() == 1


def test_a_file_is_taken_out_after_the_password(stale: Client) -> None:
    asked = stale.get("/admin/reports/orders?file=csv")
    assert (asked.status_code, ASKED in asked.text) == (422, True)

    answer = stale.post("/prove/", data={"next": "/admin/reports/orders?file=csv", "proof_password": PASSWORD})

    assert answer.location == "/admin/reports/orders?file=csv"
    assert stale.get(answer.location).mimetype == "text/csv"


def test_whoever_guesses_is_stopped(stale: Client, in_app: Any) -> None:
    typed = company(in_app)
    for _try in range(10):
        stale.post("/admin/company/?id=1", data={**typed, "proof_password": "wrong"})

    assert stale.post("/admin/company/?id=1", data={**typed, "proof_password": PASSWORD}).status_code == 429
    assert name_of_shop(in_app) == "My shop"


def test_daily_work_is_not_asked_for(stale: Client, in_app: Any) -> None:
    with in_app():
        number = paid_order().number

    assert stale.post(f"/admin/order/{number}/write_memo", data={"text": "Ring twice"}).status_code == 303
    with in_app():
        assert db.session.scalars(select(Memo.text)).all() == ["Ring twice"]


def test_whoever_has_no_password_is_led_to_choosing_one(client: Client, in_app: Any) -> None:
    with in_app():
        db.session.execute(update(StaffSession).values(proved_at=now() - timedelta(hours=1)))

    assert "You have no password yet. Choose one" in client.post("/admin/company/?id=1", data=company(in_app)).text


def test_whoever_has_an_app_only_shows_its_code_before_choosing_a_first_password(client: Client, in_app: Any) -> None:
    secret = generate_app_secret()
    with in_app():
        db.session.execute(update(Staff).values(totp_secret=Sealed.of({"totp": secret})))
        db.session.execute(update(StaffSession).values(proved_at=now() - timedelta(hours=1)))
    typed = {"new_password": PASSWORD, "again": PASSWORD}

    asked = client.post("/password/", data=typed)
    assert (asked.status_code, ASKED in asked.text, "proof_code" in asked.text) == (422, True, True)
    with in_app():
        assert db.session.scalars(select(Staff.password)).all() == [None]

    assert client.post("/password/", data={**typed, "proof_code": code_of(secret)}).status_code == 303
    with in_app():
        assert all(db.session.scalars(select(Staff.password)))
