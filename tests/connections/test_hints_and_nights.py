"""Webhooks only say where to look, and are kept alive; the nightly comparison finds what every look missed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.columns import now
from app.connections import comparing
from app.connections.hints import look_up_hints
from app.extensions import db
from app.intake.events import receive
from app.models import Arrival, Fate, InvoicesFor, Look, Order, Pull, PullKind, ShopChange, ShopPart, Trouble
from app.operations.worker import read_events
from tests.connections.reading import fill_in, ids_here, look, read_by_api
from tests.simulators.serving import status
from tests.simulators.woocommerce import WooShop
from tests.simulators.woocommerce.order import WooOrder

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        yield shop


def results() -> list[tuple[str, str]]:
    query = select(Arrival.topic, Arrival.result).order_by(Arrival.id)
    return [tuple(row) for row in db.session.execute(query)]


# --- hints ----------------------------------------------------------------------------------------------------------


def tell(connection, topic: str, body: object) -> None:
    receive(connection, json.dumps(body).encode(), topic)
    db.session.commit()


@pytest.mark.each_database
def test_an_event_says_where_to_look_and_its_body_is_not_believed(woo: WooShop) -> None:
    order = woo.add_order(status="on-hold", billing={"first_name": "True", "email": "a@example.org"})
    connection = read_by_api(woo)
    tell(connection, "order.created", {"id": order.id, "number": "1", "billing": {"first_name": "Stale"}})
    assert read_events() == 0  # whoever reads bodies leaves it alone

    assert look_up_hints("one") == 1

    arrival = db.session.scalars(select(Arrival)).one()
    assert (arrival.topic, arrival.result, arrival.external_id) == ("order.created", "added", str(order.id))
    assert json.loads(arrival.payload)["billing"]["first_name"] == "True"  # what was read, not what was sent
    assert (ids_here(), look_up_hints("one")) == ([order.id], 0)


def test_many_events_of_one_order_are_one_question_and_change_it_once(woo: WooShop) -> None:
    order = woo.add_order()
    connection = read_by_api(woo)
    for topic in ("order.created", "order.updated"):
        tell(connection, topic, {"id": order.id})
    woo.requests.clear()

    look_up_hints("one")

    assert len(woo.requests) == 1
    assert results() == [("order.created", "added"), ("order.updated", "same")]


def test_in_the_bin_and_deleted_for_good(woo: WooShop) -> None:
    binned, gone = woo.add_order(status="on-hold"), woo.add_order(status="on-hold")
    connection = read_by_api(woo)
    look()
    woo.trash(binned)
    woo.delete_for_good(gone)
    for order in (binned, gone):
        tell(connection, "order.deleted", {"id": order.id})

    look_up_hints("one")

    waiting = {one.order.external_id: one.part for one in db.session.scalars(select(ShopChange))}
    assert waiting == {str(binned.id): ShopPart.DELETED, str(gone.id): ShopPart.DELETED}


def test_a_shop_that_is_away_is_asked_later(woo: WooShop) -> None:
    order = woo.add_order()
    connection = read_by_api(woo)
    tell(connection, "order.created", {"id": order.id})
    woo.fail_next(status(500))

    look_up_hints("one")

    arrival = db.session.scalars(select(Arrival)).one()
    assert (arrival.result, arrival.worker, arrival.due_at > now()) == (Fate.HINTED, "", True)
    arrival.due_at = now()
    db.session.commit()
    look_up_hints("two")
    assert ids_here() == [order.id]


# --- webhooks -------------------------------------------------------------------------------------------------------

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


# --- at night -------------------------------------------------------------------------------------------------------


def some_days_ago(woo: WooShop, days: int, **stated: object) -> WooOrder:
    return woo.add_order(at=now() - timedelta(days=days), status="on-hold", **stated)


@pytest.mark.each_database
def test_the_comparison_finds_what_was_left_out_and_says_so(woo: WooShop) -> None:
    held, missed = some_days_ago(woo, 5), some_days_ago(woo, 4)
    connection = read_by_api(woo)
    fill_in(connection)
    woo.orders.pop(missed.id)
    look(PullKind.BACKFILL)
    look()
    woo.orders[missed.id] = missed
    assert ids_here() == [held.id]

    pull = look(PullKind.COMPARISON)

    assert ids_here() == [held.id, missed.id]
    line = db.session.scalars(select(Look).where(Look.kind == PullKind.COMPARISON)).one()
    assert (line.found, line.taken, line.missed) == (2, 1, 1)
    assert pull.due_at > now()
    look(PullKind.COMPARISON)
    assert len(db.session.scalars(select(Look).where(Look.kind == PullKind.COMPARISON)).all()) == 1


def test_the_comparison_finds_an_edit_that_moved_no_date(woo: WooShop) -> None:
    order = some_days_ago(woo, 3)
    connection = read_by_api(woo, invoices_for=InvoicesFor.NONE)
    fill_in(connection)
    look(PullKind.BACKFILL)
    look()
    line = order.lines[0]
    woo.edit(order, line_items=[{"id": line.id, "quantity": 3}])
    look()
    assert [one.quantity for one in db.session.scalars(select(Order)).one().lines] == [1]

    look(PullKind.COMPARISON)

    assert [one.quantity for one in db.session.scalars(select(Order)).one().lines] == [3]


def test_what_is_open_and_older_is_asked_for_by_its_id(woo: WooShop) -> None:
    orders = [some_days_ago(woo, days) for days in (80, 70, 60, 50)]
    connection = read_by_api(woo, invoices_for=InvoicesFor.NONE)
    fill_in(connection, 100)
    look(PullKind.BACKFILL)
    changed, binned, gone, same = orders
    woo.edit(changed, billing={"city": "Leeuwarden"})
    changed.modified_at = now() - timedelta(days=40)
    woo.trash(binned)
    woo.delete_for_good(gone)

    look(PullKind.COMPARISON)

    by_id = {one.external_id: one for one in db.session.scalars(select(Order))}
    assert by_id[str(changed.id)].billing.city == "Leeuwarden"
    waiting = {one.order.external_id for one in db.session.scalars(select(ShopChange))}
    assert waiting == {str(binned.id), str(gone.id)}
    assert not by_id[str(same.id)].shop_changes


def test_a_comparison_of_many_goes_on_slice_by_slice(woo: WooShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "SLICE", 0)
    monkeypatch.setattr(comparing, "AT_ONCE", 2)
    monkeypatch.setattr("app.connections.woocommerce.PAGE_SIZE", 2)
    recent, old = [some_days_ago(woo, 3) for _ in range(5)], [some_days_ago(woo, 50 + n) for n in range(5)]
    connection = read_by_api(woo, invoices_for=InvoicesFor.NONE)
    fill_in(connection, 100)
    look(PullKind.BACKFILL, turns=6)
    assert len(ids_here()) == 10
    for order in (*recent, *old):
        woo.edit(order, billing={"city": "Leeuwarden"})
        order.modified_at = order.created_at

    turns = 0
    while look(PullKind.COMPARISON).finished_at is None:
        turns += 1
        assert turns < 12

    assert {order.billing.city for order in db.session.scalars(select(Order))} == {"Leeuwarden"}
    assert db.session.scalars(select(Pull.place).where(Pull.kind == PullKind.COMPARISON)).one() == {}
