"""A connection's page: what lets us in is entered, tried and never shown; what is read is begun, paused and retried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.columns import now
from app.extensions import db
from app.models import Connection, History, Pull, PullKind, PullState, Trouble
from tests.connections.reading import pull_of, read_by_api
from tests.factories import new_connection
from tests.looking import words
from tests.simulators.serving import status
from tests.simulators.woocommerce import WooShop

PAGE = "/admin/connection/1"


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        shop.add_order()
        yield shop


def entered(woo: WooShop, **other: str) -> dict[str, str]:
    keys = {"credential_consumer_key": woo.key.key, "credential_consumer_secret": woo.key.secret}
    return {"address": woo.url, "poll_minutes": "2", **keys, **other}


def only_one() -> Connection:
    return db.session.scalars(select(Connection)).one()


def checks(text: str) -> list[tuple[str, str]]:
    """Each line: what was tried, and how it was."""
    part = re.search(r'id="trial".*?</section>', text, re.S)
    lines = re.findall(r"<li>.*?</svg>([\w ]+)</span> <strong>(.*?)</strong>", part[0], re.S) if part else []
    return [(title, state) for state, title in lines]


def test_what_was_entered_is_kept_sealed_and_tried_line_by_line(client, in_app, woo):
    with in_app():
        db.session.add(new_connection())

    answer = client.post(f"{PAGE}/access", data=entered(woo))

    assert checks(answer.text) == [
        ("The shop answers", "Works"),
        ("The clocks agree", "Works"),
        ("The key may read orders", "Works"),
        ("The key may read refunds", "Works"),
        ("The key may write", "Works"),
        ("The key may read products", "Works"),
        ("Webhooks", "Not needed"),
    ]
    with in_app():
        kept = only_one()
        assert kept.credentials.open() == {"consumer_key": woo.key.key, "consumer_secret": woo.key.secret}
        assert {one.kind for one in db.session.scalars(select(Pull))} == {"poll", "comparison", "webhooks"}
        told = db.session.scalars(select(History).order_by(History.id.desc()).limit(1)).one()
        changes = told.facts["changes"]
    assert changes["credentials"] == ["…", "…"]
    shown = answer.text + client.get(PAGE).text + client.get(f"{PAGE}/access").text
    assert woo.key.secret not in shown
    assert woo.key.key not in shown
    assert woo.key.secret not in str(changes)


def test_a_key_that_may_only_read_is_enough_and_says_what_it_is_not_enough_for(client, in_app, woo):
    woo.key.rights = "read"
    with in_app():
        db.session.add(new_connection())

    answer = client.post(f"{PAGE}/access", data=entered(woo))

    assert ("The key may write", "To note") in checks(answer.text)
    assert "give the key “Read/Write” there" in answer.text


def test_a_key_that_may_not_read_products_reads_orders_all_the_same(client, in_app, woo):
    woo.fail_next(status(403, body={"code": "woocommerce_rest_cannot_view"}), to="/products")
    with in_app():
        db.session.add(new_connection())

    answer = client.post(f"{PAGE}/access", data=entered(woo))

    assert ("The key may read products", "To note") in checks(answer.text)
    with in_app():
        assert only_one().address == woo.url


@pytest.mark.parametrize(
    ("damage", "line", "hint"),
    [
        (lambda woo: setattr(woo.key, "secret", "cs_x"), "The key may read orders", "the secret is wrong"),
        (lambda woo: setattr(woo, "skew", timedelta(hours=3)), "The key may read orders", "its clock"),
    ],
)
def test_what_is_missing_is_said_where_to_give_it(client, in_app, woo, damage, line, hint):
    given = entered(woo)
    damage(woo)
    with in_app():
        db.session.add(new_connection())

    answer = client.post(f"{PAGE}/access", data=given)

    assert checks(answer.text)[-1] == (line, "Missing")
    assert hint in answer.text


def test_plain_permalinks_are_found_by_themselves(client, in_app, woo):
    woo.has_plain_permalinks = True
    with in_app():
        db.session.add(new_connection())

    client.post(f"{PAGE}/access", data=entered(woo))

    with in_app():
        assert only_one().address == f"{woo.url}/?rest_route="
    kept = client.post(f"{PAGE}/access", data={"address": woo.url, "poll_minutes": "5"})
    assert ("The key may read orders", "Works") in checks(kept.text)
    with in_app():
        assert (only_one().address, only_one().poll_minutes) == (f"{woo.url}/?rest_route=", 5)


def test_another_address_wants_the_key_again(client, in_app, woo):
    with in_app():
        read_by_api(woo)

    answer = client.post(f"{PAGE}/access", data={"address": "https://elsewhere.example", "poll_minutes": "2"})

    assert "Consumer key: enter it again, for the address is another one." in answer.text
    with in_app():
        assert only_one().address == woo.url


def test_what_is_read_is_begun_paused_and_gone_on_with(client, in_app, woo):
    with in_app():
        read_by_api(woo)

    client.post(f"{PAGE}/backfill", data={"since": "2026-01-01"})
    with in_app():
        pull = pull_of(PullKind.BACKFILL)
        assert (pull.state, pull.since_at.isoformat()[:13]) == (PullState.WAITING, "2025-12-31T23")
        pull.found, pull.total, pull.worker, pull.leased_until = 1200, 4300, "one", now() + timedelta(minutes=1)
    assert "1,200 of about 4,300 orders" in client.get(PAGE).text
    with in_app():
        pull_of(PullKind.BACKFILL).state = PullState.DONE  # what was not read were baskets
    said = client.get(PAGE).text
    assert "1,200 orders" in said
    assert "of about" not in said
    with in_app():
        pull_of(PullKind.BACKFILL).state = PullState.WAITING

    client.post(f"{PAGE}/backfill/pause")
    with in_app():
        assert (pull_of(PullKind.BACKFILL).state, pull_of(PullKind.BACKFILL).worker) == (PullState.PAUSED, "")
    assert f"{PAGE}/backfill/go-on" in client.get(PAGE).text
    client.post(f"{PAGE}/poll/pause")
    assert f"{PAGE}/poll/go-on" in client.get(PAGE).text
    client.post(f"{PAGE}/poll/go-on")
    client.post(f"{PAGE}/backfill/go-on")
    with in_app():
        assert pull_of(PullKind.BACKFILL).state == PullState.WAITING
    told = words(client.get("/admin/connection/edit/?id=1").text)
    assert "/go-on" not in client.get(PAGE).text
    for said in ("Older orders: – → 1 Jan 2026", "Older orders: Running → Paused", "Older orders: Paused → Running"):
        assert said in told
    future = client.post(f"{PAGE}/backfill", data={"since": "2999-01-01"}, follow_redirects=True)
    assert "enter a day that is not in the future" in future.text


def test_a_trouble_is_said_and_tried_again_at_once_when_somebody_says_so(client, in_app, woo):
    with in_app():
        read_by_api(woo)
        pull = pull_of(PullKind.POLL)
        pull.trouble, pull.trouble_at, pull.due_at = Trouble.NO_RIGHT, now(), now() + timedelta(hours=1)

    assert "The key lacks a right." in client.get(PAGE).text
    assert "The key lacks a right." in client.get("/admin/connection/").text
    client.post(f"{PAGE}/poll/look-now")
    with in_app():
        assert pull_of(PullKind.POLL).due_at <= now()
    assert "The key lacks a right." not in client.get(PAGE).text


def test_who_removes_the_access_has_nothing_kept_of_it(client, in_app, woo):
    with in_app():
        read_by_api(woo)

    client.post(f"{PAGE}/forget-access")

    with in_app():
        assert (only_one().address, bool(only_one().credentials)) == ("", False)
        assert db.session.scalars(select(Pull)).all() == []


def test_a_platform_that_is_not_read_has_no_access(client, in_app):
    with in_app():
        db.session.add(new_connection("amazon"))

    assert client.get(f"{PAGE}/access").status_code == 404
    assert "Read by the shop" not in client.get(PAGE).text
    assert client.post(f"{PAGE}/nothing/pause").status_code == 404


def test_only_who_may_import_orders_sees_it(in_app, signed_in_as, woo):
    with in_app():
        read_by_api(woo)

    packer = signed_in_as("packer")
    for way in ("access", "try", "backfill", "poll/pause", "forget-access"):
        assert packer.post(f"{PAGE}/{way}").status_code == 403
    with in_app():
        assert only_one().address == woo.url


def test_the_page_of_a_shop_that_is_read_asks_little(client, in_app, woo, statements):
    with in_app():
        read_by_api(woo)
    client.get(PAGE)
    statements.clear()
    client.get(PAGE)
    assert len(statements) == 6, statements
