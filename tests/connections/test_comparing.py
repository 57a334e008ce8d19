"""The nightly comparison finds what every look missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app import queries
from app.columns import now
from app.connections import comparing
from app.extensions import db
from app.models import Connection, InvoicesFor, Look, Order, OutgoingMail, Pull, PullKind, ShopChange
from tests.connections.reading import fill_in, ids_here, look, read_by_api
from tests.simulators.woocommerce import WooShop
from tests.simulators.woocommerce.order import WooOrder

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        yield shop


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


def test_what_was_deleted_lately_is_said_too_and_what_was_listed_is_not_asked_for(
    woo: WooShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "SLICE", 0)
    monkeypatch.setattr("app.connections.woocommerce.PAGE_SIZE", 2)
    orders = [some_days_ago(woo, days) for days in (2, 3, 4, 5, 6)]
    connection = read_by_api(woo, invoices_for=InvoicesFor.NONE)
    fill_in(connection)
    look(PullKind.BACKFILL, turns=3)
    binned, gone = orders[1], orders[3]
    woo.trash(binned)
    woo.delete_for_good(gone)
    woo.requests.clear()

    pull = look(PullKind.COMPARISON, turns=3)

    assert (pull.place, pull.seen) == ({}, {})
    waiting = {one.order.external_id for one in db.session.scalars(select(ShopChange))}
    assert waiting == {str(binned.id), str(gone.id)}
    named = {one for asked in woo.requests for one in dict(asked.query).get("include", "").split(",") if one}
    assert named == {str(binned.id), str(gone.id)}


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


def test_the_comparison_brings_nothing_of_before_the_reading_began(woo: WooShop) -> None:
    some_days_ago(woo, 20)
    connection_id = read_by_api(woo).id
    look()
    look(PullKind.COMPARISON)
    assert ids_here() == []

    fill_in(db.session.get_one(Connection, connection_id), 10)
    look(PullKind.BACKFILL)
    missed = some_days_ago(woo, 9)
    look(PullKind.COMPARISON)
    assert ids_here() == [missed.id]


def test_an_order_that_is_found_after_days_is_confirmed_to_no_one(woo: WooShop) -> None:
    connection = read_by_api(woo, notify=True)
    fill_in(connection)
    look(PullKind.BACKFILL)
    look()
    some_days_ago(woo, 5)
    fresh = woo.add_order(at=now() - timedelta(hours=9), status="on-hold")

    look(PullKind.COMPARISON)

    told = select(Order.external_id).join(OutgoingMail, OutgoingMail.order_id == Order.id)
    assert (len(ids_here()), db.session.scalars(told).all()) == (2, [str(fresh.id)])


@pytest.mark.parametrize(
    ("at", "next_at"),
    [
        ("2026-10-24T20:00+00:00", "2026-10-25T00:37+00:00"),
        ("2026-10-25T00:50+00:00", "2026-10-26T01:37+00:00"),
        ("2026-10-25T01:20+00:00", "2026-10-25T03:20+00:00"),  # twenty past two has come again
        ("2027-03-27T20:00+00:00", "2027-03-28T01:37+00:00"),  # half past two does not come
    ],
)
def test_a_comparison_that_ends_in_a_night_of_two_clocks_is_not_due_at_once(
    at: str, next_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "now", lambda: datetime.fromisoformat(at))
    queries.shop().time_zone = "Europe/Amsterdam"

    assert comparing.next_night(1) == datetime.fromisoformat(next_at)
