"""Reading a WooCommerce shop by its API: nothing is lost, nothing comes twice, and what fails is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pkgutil import resolve_name
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.columns import now
from app.connections import taking_in, woocommerce
from app.connections.managing import go_on
from app.connections.pulling import pull_due
from app.extensions import db
from app.history import SYSTEM
from app.intake import together
from app.intake.accept import Taken
from app.intake_readers import Found
from app.models import Arrival, Fate, InvoicesFor, Look, Order, Product, Pull, PullKind, PullState, Trouble
from app.operations import checks
from tests.connections.reading import fill_in, ids_here, look, pull_of, read_by_api
from tests.simulators.serving import Answer, Fault, Way, cut_off, firewall, status
from tests.simulators.woocommerce import FEMKE, WooShop

#: A paid order of one product, of a customer who is new here; nobody is written to.
STATEMENTS_AN_ORDER = {"processing": 11, "completed": 11}

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        yield shop


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


# --- changed since --------------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_a_look_brings_what_changed_since_the_last_one(woo: WooShop) -> None:
    woo.add_order(at=now() - timedelta(days=3))
    connection = read_by_api(woo)
    look()
    assert ids_here() == []  # what is older, a backfill brings

    order = woo.add_order()
    look()
    assert ids_here() == [order.id]
    arrival = db.session.scalars(select(Arrival)).one()
    assert (arrival.connection_id, arrival.external_id, arrival.result) == (connection.id, str(order.id), "added")
    assert '"billing"' in arrival.payload

    woo.set_status(order, "cancelled")
    look()
    assert db.session.scalars(select(Order)).one().cancelled_at


def test_a_look_that_finds_nothing_new_takes_three_statements_and_stores_nothing(
    woo: WooShop, statements: list[str]
) -> None:
    woo.add_order()
    read_by_api(woo)
    look()
    before = count(Arrival), count(Look)
    db.session.commit()
    statements.clear()

    look()  # what changed within the overlap is told once more

    own = [one for one in statements if not one.startswith(("UPDATE pull SET due_at=", "SELECT pull.id, pull.conn"))]
    assert len(own) == 3, own
    assert (count(Arrival), count(Look)) == before


def test_an_order_that_somebody_held_too_long_is_tried_once_more(woo: WooShop, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_held_at_first(*args: Any, **how: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("SELECT", {}, Exception("canceling statement due to lock timeout"))
        return take(*args, **how)

    take, tries = taking_in.take_in, list[int]()
    monkeypatch.setattr(taking_in, "take_in", is_held_at_first)
    read_by_api(woo)
    look()
    order = woo.add_order()
    look()

    assert ids_here() == [order.id]
    assert db.session.scalars(select(Arrival.result)).all() == ["added"]


def test_an_order_that_changes_within_the_overlap_is_taken_in_again(woo: WooShop) -> None:
    order = woo.add_order(status="on-hold")
    read_by_api(woo, invoices_for=InvoicesFor.NONE)
    look()
    woo.edit(order, billing={"city": "Leeuwarden"})
    look()
    assert db.session.scalars(select(Order)).one().billing.city == "Leeuwarden"


def test_the_clock_moves_by_the_shops_own_and_only_at_the_end(woo: WooShop) -> None:
    woo.skew = timedelta(minutes=-7)
    read_by_api(woo)
    first = look().since_at
    assert first
    assert abs(first - (now() - timedelta(minutes=12))) < timedelta(minutes=1)

    woo.skew = timedelta(0)
    woo.add_order()
    woo.fail_next(status(500))
    assert look().since_at == first
    look()
    assert len(ids_here()) == 1


@pytest.mark.each_database
def test_two_workers_never_read_the_same_at_once(woo: WooShop) -> None:
    read_by_api(woo)
    look()
    db.session.execute(Pull.__table__.update().values(due_at=now() + timedelta(days=1)))
    pull = pull_of(PullKind.POLL)
    pull.due_at, pull.worker, pull.leased_until = now(), "other", now() + timedelta(minutes=1)
    db.session.commit()

    assert pull_due("one") == 0


# --- all since a day ------------------------------------------------------------------------------------------------


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(woocommerce, "PAGE_SIZE", 3)


def add_past_orders(woo: WooShop, number: int) -> list[int]:
    return [woo.add_order(at=now() - timedelta(days=20, minutes=-one)).id for one in range(number)]


class Killed(BaseException):
    """As when the machine goes off."""


@pytest.mark.usefixtures("small_pages")
@pytest.mark.each_database
@pytest.mark.parametrize(
    "where", ["app.connections.woocommerce.WooCommerce.complete", "app.connections.taking_in.take_in"]
)
def test_a_backfill_goes_on_where_a_worker_died_and_loses_nothing(
    woo: WooShop, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    there = add_past_orders(woo, 8)
    connection = read_by_api(woo)
    fill_in(connection)

    monkeypatch.setattr(together, "MOST_TOGETHER", 2)

    with monkeypatch.context() as killing:
        killing.setattr(where, dying_after(5, resolve_name(where)))
        with pytest.raises(Killed):
            look(PullKind.BACKFILL)
    db.session.rollback()
    pull = pull_of(PullKind.BACKFILL)
    assert (pull.place, pull.found, pull.taken, ids_here()) == ({"page": 2, "total": 8}, 3, 5, there[:5])
    pull.leased_until = now() - timedelta(seconds=1)  # it runs out

    pull = look(PullKind.BACKFILL, worker="two")
    assert (pull.state, pull.found, pull.taken, pull.total) == (PullState.DONE, 8, 8, 8)
    assert ids_here() == there
    assert count(Arrival) == 8
    assert db.session.scalars(select(Order.number).order_by(Order.id)).all() == [
        f"ORD{10001 + one}" for one in range(8)
    ]
    assert len(woo.asked_for("page=1&", method="GET")) == 1  # the first page was not read again


def dying_after(number: int, does: Callable[..., Any]) -> Callable[..., Any]:
    left = [number]

    def do_or_die(*args: Any, **how: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return does(*args, **how)

    return do_or_die


@pytest.mark.usefixtures("small_pages")
def test_an_order_that_leaves_the_list_while_it_is_read_hides_none_behind_it(woo: WooShop) -> None:
    there = add_past_orders(woo, 8)
    fill_in(read_by_api(woo))
    woo.before_next(lambda: woo.trash(woo.orders[there[0]]), to="page=2")

    look(PullKind.BACKFILL)

    assert ids_here() == there
    assert count(Arrival) == 8


@pytest.mark.usefixtures("small_pages")
def test_who_pauses_stops_it_at_once_and_it_goes_on_from_there(woo: WooShop) -> None:
    there = add_past_orders(woo, 8)
    fill_in(read_by_api(woo))

    engine = db.engine

    def press_pause() -> None:
        with engine.begin() as elsewhere:
            elsewhere.execute(
                update(Pull).where(Pull.kind == PullKind.BACKFILL).values(state=PullState.PAUSED, worker="")
            )

    woo.before_next(press_pause, to="page=2")
    pull = look(PullKind.BACKFILL)
    assert (pull.state, pull.place, ids_here()) == (PullState.PAUSED, {"page": 2, "total": 8}, there[:3])
    assert look(PullKind.BACKFILL).found == 3  # nobody takes it up

    go_on(pull_of(PullKind.BACKFILL), by=SYSTEM)
    db.session.commit()
    assert (look(PullKind.BACKFILL).state, ids_here(), count(Arrival)) == (PullState.DONE, there, 8)


def test_a_backfill_writes_to_nobody(woo: WooShop) -> None:
    from app.models import OutgoingMail

    add_past_orders(woo, 1)
    fill_in(read_by_api(woo, notify=True))
    look(PullKind.BACKFILL)
    assert (len(ids_here()), count(OutgoingMail)) == (1, 0)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (status(500), Trouble.OUT_OF_ORDER),
        (status(429, retry_after=300), Trouble.TOO_BUSY),
        (cut_off(), Trouble.NO_ANSWER),
        (firewall(403), Trouble.REFUSED_BEFORE),
    ],
)
def test_what_fails_in_the_middle_is_gone_on_with(woo: WooShop, fault, trouble: Trouble) -> None:
    there = add_past_orders(woo, 8)
    fill_in(read_by_api(woo))
    woo.fail_next(fault, to="page=2")

    pull = look(PullKind.BACKFILL)
    assert (pull.trouble, pull.place, ids_here()) == (trouble, {"page": 2, "total": 8}, there[:3])
    assert db.session.scalars(select(Look.trouble)).all() == [trouble]

    pull = look(PullKind.BACKFILL)
    assert (pull.trouble, pull.state, ids_here()) == (None, PullState.DONE, there)


def test_what_was_asked_for_before_the_shop_failed_is_stored(woo: WooShop) -> None:
    there = add_past_orders(woo, 3)
    woo.refund(woo.orders[there[2]], "12.50")
    fill_in(read_by_api(woo))
    woo.fail_next(status(500), to="refunds")

    assert (look(PullKind.BACKFILL).trouble, ids_here()) == (Trouble.OUT_OF_ORDER, there[:2])
    pull = look(PullKind.BACKFILL)
    assert (pull.state, pull.found, pull.taken, ids_here()) == (PullState.DONE, 3, 3, there)


@pytest.mark.each_database
@pytest.mark.parametrize("error", [RuntimeError("odd"), IntegrityError("INSERT", {}, Exception("odd"))])
def test_one_that_fails_waits_in_quarantine_and_leaves_no_gap_between_numbers(
    woo: WooShop, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails_at_last(found: Found, **how: Any) -> Taken:
        taken = take(found, **how)
        if found.external_id == str(there[1]) and found.problem is None:
            db.session.flush()
            raise error
        return taken

    take, there = taking_in.take_in, add_past_orders(woo, 4)
    monkeypatch.setattr(taking_in, "take_in", fails_at_last)
    fill_in(read_by_api(woo))
    pull = look(PullKind.BACKFILL)

    assert (pull.state, pull.found, pull.taken) == (PullState.DONE, 4, 3)
    assert ids_here() == [there[0], *there[2:]]
    assert db.session.scalars(select(Order.number).order_by(Order.id)).all() == ["ORD10001", "ORD10002", "ORD10003"]
    waiting = db.session.scalars(select(Arrival).where(Arrival.result == Fate.QUARANTINED)).one()
    assert waiting.reason == f"An error that nobody expected: {type(error).__name__}"
    assert not list(checks.findings())


def test_retry_after_says_when_it_is_asked_again(woo: WooShop) -> None:
    read_by_api(woo)
    woo.fail_next(status(429, retry_after=300))
    pull = look()
    assert timedelta(seconds=290) < pull.due_at - now() < timedelta(seconds=301)
    assert pull_due() == 0


@pytest.mark.parametrize("status", ["processing", "completed"])  # with its invoice; with its parcel
def test_an_order_more_takes_so_many_statements_more(
    woo: WooShop, statements: list[str], monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setattr(together, "TOGETHER_FOR", 600)  # however slow the machine is
    db.session.add(Product(name="Mug", sku="MUG"))
    connection = read_by_api(woo)
    taken = []
    for number in (1, 5, 15):
        woo.orders.clear()
        for one in range(number):
            person = {**FEMKE, "email": f"femke{number}-{one}@example.org"}
            woo.add_order(at=now() - timedelta(days=20), status=status, billing=person, set_paid=True)
        fill_in(connection)
        statements.clear()
        assert look(PullKind.BACKFILL).found == number
        taken.append(len(statements))

    assert taken[2] - taken[1] == 10 * STATEMENTS_AN_ORDER[status], "\n".join(statements)
    assert taken[0] < 60


# --- what lets us in ------------------------------------------------------------------------------------------------


def test_a_wrong_key_is_said(woo: WooShop) -> None:
    connection = read_by_api(woo)
    woo.key.secret = "cs_another"
    pull = look()
    assert pull.trouble == Trouble.WRONG_KEY
    assert "cs_8a7e21" not in str([pull.detail, connection.credentials, db.session.scalars(select(Look.detail)).all()])


def test_a_clock_that_is_wrong_is_told_apart_from_a_wrong_key(woo: WooShop) -> None:
    read_by_api(woo)
    woo.skew = timedelta(hours=2)
    assert look().trouble == Trouble.WRONG_CLOCK


def test_a_key_that_another_installation_sealed_is_said(woo: WooShop) -> None:
    from flask import current_app

    read_by_api(woo)
    old = current_app.config["CREDENTIALS_KEY"]
    current_app.config["CREDENTIALS_KEY"] = "another"
    try:
        assert look().trouble == Trouble.SEALED
    finally:
        current_app.config["CREDENTIALS_KEY"] = old
    assert look().trouble is None


def test_an_address_with_no_shop_behind_it_is_no_order_that_is_gone(woo: WooShop) -> None:
    read_by_api(woo)
    woo.fail_next(Fault(Way.INSTEAD, Answer(404, {"message": "Nothing here"}, {"Content-Type": "application/json"})))

    assert look().trouble == Trouble.NO_API


def test_whoever_reads_no_shop_writes_nothing(statements: list[str]) -> None:
    assert pull_due("one") == 0

    assert [one.split()[0] for one in statements] == ["SELECT"]


def test_what_waits_in_quarantine_is_the_newest_of_an_order_and_leaves_when_it_is_read(woo: WooShop) -> None:
    order = woo.add_order(status="on-hold")
    read_by_api(woo)
    order.currency = "???"
    for city in ("Leeuwarden", "Groningen"):
        woo.edit(order, billing={"city": city})
        look()
    results = select(Arrival.result).order_by(Arrival.id)
    assert db.session.scalars(results).all() == [Fate.NOT_READ, Fate.QUARANTINED]

    order.currency = "EUR"
    woo.edit(order, billing={"city": "Assen"})
    look()

    assert db.session.scalars(results).all() == [Fate.NOT_READ, Fate.NOT_READ, Fate.ADDED]
    assert None not in db.session.scalars(select(Arrival.order_id)).all()[1:]


def test_a_basket_that_was_left_at_the_checkout_is_passed_over_until_it_is_placed(woo: WooShop) -> None:
    order = woo.add_order(status="checkout-draft")
    read_by_api(woo)
    look()
    assert count(Arrival) == 0

    woo.set_status(order, "on-hold")
    look()
    assert ids_here() == [order.id]
