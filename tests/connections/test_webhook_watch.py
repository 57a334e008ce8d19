"""Webhooks are made by Toonbank, and made anew when the shop has switched them off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.columns import now
from app.extensions import db
from app.models import Look, PullKind, Trouble
from tests.connections.reading import look, read_by_api
from tests.simulators.woocommerce import WooShop

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        yield shop


HOOK = "https://desk.example.com/hooks/woocommerce/the-key"


@pytest.fixture
def is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", "https://desk.example.com")


@pytest.mark.usefixtures("is_reached")
def test_webhooks_are_made_and_made_anew_when_the_shop_has_switched_them_off(woo: WooShop) -> None:
    read_by_api(woo)
    look(PullKind.WEBHOOKS)
    assert {one.topic: (one.delivery_url, one.secret) for one in woo.webhooks.values()} == dict.fromkeys(
        ("order.created", "order.updated", "order.deleted", "order.restored"), (HOOK, "the-secret")
    )

    first = dict(woo.webhooks)
    off = next(one for one in first.values() if one.topic == "order.updated")
    off.status, off.failures = "disabled", 6
    look(PullKind.WEBHOOKS)
    made = [one for one in woo.webhooks.values() if one.topic == "order.updated"]
    assert [(one.status, one.failures) for one in made] == [("active", 0)]
    assert len(woo.webhooks) == 4
    assert db.session.scalars(select(Look.taken).order_by(Look.id)).all() == [4, 1]

    woo.requests.clear()
    look(PullKind.WEBHOOKS)
    assert [one.method for one in woo.requests] == ["GET"]


@pytest.mark.usefixtures("is_reached")
def test_webhooks_that_somebody_else_made_stay(woo: WooShop) -> None:
    read_by_api(woo)
    look(PullKind.WEBHOOKS)
    other = next(iter(woo.webhooks.values()))
    other.delivery_url, other.status = "https://elsewhere.example/hooks/woocommerce/another", "disabled"
    look(PullKind.WEBHOOKS)
    assert other.id in woo.webhooks
    assert len(woo.webhooks) == 5


@pytest.mark.usefixtures("is_reached")
def test_a_key_that_may_only_read_makes_none_and_that_is_no_failure(woo: WooShop) -> None:
    woo.key.rights = "read"
    read_by_api(woo)
    pull = look(PullKind.WEBHOOKS)
    assert (pull.trouble, bool(pull.finished_at), pull.due_at > now() + timedelta(hours=23)) == (
        Trouble.NO_RIGHT,
        True,
        True,
    )


def test_a_desk_that_nobody_reaches_makes_none(woo: WooShop) -> None:
    read_by_api(woo)
    look(PullKind.WEBHOOKS)
    assert (woo.webhooks, woo.asked_for("webhooks")) == ({}, [])


@pytest.mark.usefixtures("is_reached")
def test_another_secret_makes_all_of_them_anew(woo: WooShop) -> None:
    connection = read_by_api(woo)
    look(PullKind.WEBHOOKS)
    connection.secret = "another"
    db.session.commit()
    look(PullKind.WEBHOOKS)
    assert [one.secret for one in woo.webhooks.values()] == ["another"] * 4
