"""Reading a Shopware 6: by tokens that last ten minutes, with what its role may see, and dates that only parts move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.columns import now
from app.connections.client import Access
from app.connections.failures import ShopFailure
from app.connections.platform import Check, CheckState, PulledOrder
from app.connections.shopware import Shopware
from app.extensions import db
from app.intake_readers import NewOrder, only_order_in
from app.models import Arrival, Connection, Fate, InvoicesFor, Order, PullKind, ShopChange, Trouble
from tests.connections.reading import connect, fill_in, look
from tests.simulators import shopware as simulated
from tests.simulators.serving import Answer, Fault, Way, cut_off, firewall, status

AT = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[simulated.Shopware]:
    monkeypatch.setattr(Shopware, "takes_http", True)
    with simulated.Shopware() as shop:
        yield shop


@pytest.fixture
def shop(there: simulated.Shopware) -> Iterator[Shopware]:
    with Shopware(access_to(there)) as opened:
        yield opened


def secrets_of(there: simulated.Shopware) -> dict[str, str]:
    return {"client_id": there.client_id, "client_secret": there.client_secret}


def access_to(there: simulated.Shopware) -> Access:
    return Access(there.url, secrets_of(there))


def connected(there: simulated.Shopware, **stated: object) -> Connection:
    return connect("shopware", there.url, secrets_of(there), **stated)


def all_pages(shop: Shopware, since: datetime = AT - timedelta(minutes=5)) -> list[PulledOrder]:
    found, place = list[PulledOrder](), {}
    while place is not None:
        page = shop.changed_since(since, place)
        found += page.orders
        place = page.next
    return found


def read(order: PulledOrder) -> NewOrder:
    found = only_order_in("shopware", order.payload)
    assert found.order, found.problem
    return found.order


def failure_of(shop: Shopware) -> ShopFailure:
    with pytest.raises(ShopFailure) as caught:
        shop.changed_since(AT, {})
    return caught.value


# --- reading orders -------------------------------------------------------------------------------------------------


def test_an_order_comes_with_all_that_belongs_to_it(there: simulated.Shopware, shop: Shopware) -> None:
    order = there.add_order(at=AT, items={"Becher": ("12.10", 2)}, paid=True)

    (found,) = all_pages(shop)
    new = read(found)

    assert (found.external_id, new.number, new.total) == (order["id"], "10001", Decimal("30.25"))
    assert sum(one.total for one in new.lines) == new.total
    assert new.customer
    assert new.shipping
    assert (new.customer.email, new.shipping.country, new.language, new.currency) == (
        "jette@example.org", "DE", "de", "EUR",
    )  # fmt: skip
    assert [one.amount for one in new.payments] == [new.total]


@pytest.mark.parametrize("part", ["deliveries", "transactions"])
def test_what_moves_only_the_date_of_a_part_is_a_change(there: simulated.Shopware, shop: Shopware, part: str) -> None:
    there.add_order(at=AT - timedelta(days=3))
    order = there.add_order(at=AT - timedelta(days=3))
    there.enter(order[part][0], "shipped" if part == "deliveries" else "paid", at=AT)

    assert [one.external_id for one in all_pages(shop)] == [order["id"]]


def test_pages_go_back_where_orders_left_the_list(
    there: simulated.Shopware, shop: Shopware, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.connections.shopware.ORDERS_AT_A_TIME", 3)
    orders = [there.add_order(at=AT) for _ in range(8)]
    page = shop.changed_since(AT, {})
    there.delete(orders[0])
    found = [one.external_id for one in page.orders]
    while page.next:
        page = shop.changed_since(AT, page.next)
        found += [one.external_id for one in page.orders]

    assert set(found) == {one["id"] for one in orders}


def test_what_was_placed_between_two_moments_is_listed(there: simulated.Shopware, shop: Shopware) -> None:
    _before, within, _after = (there.add_order(at=AT + timedelta(hours=n)) for n in (-1, 0, 1))
    there.change(within, at=AT + timedelta(days=9))

    page = shop.placed_between(AT - timedelta(minutes=30), AT + timedelta(minutes=30), {})

    assert ([one.external_id for one in page.orders], page.total, page.next) == ([within["id"]], 1, None)


def test_orders_are_read_by_id_and_a_deleted_one_is_not_there(there: simulated.Shopware, shop: Shopware) -> None:
    orders = [there.add_order() for _ in range(3)]
    there.delete(orders[1])

    assert {one.external_id for one in shop.many([*(one["id"] for one in orders), "7"])} == {
        orders[0]["id"], orders[2]["id"],
    }  # fmt: skip
    assert shop.one(orders[1]["id"]) is None


# --- tokens and rights ----------------------------------------------------------------------------------------------


def tokens_made(there: simulated.Shopware) -> int:
    return len(there.asked_for("/oauth/token"))


def test_a_token_is_kept_for_the_next_look_and_made_anew_when_it_has_expired(there: simulated.Shopware) -> None:
    there.add_order(at=AT)
    for _look in range(3):
        with Shopware(access_to(there)) as shop:
            assert len(all_pages(shop)) == 1
    assert tokens_made(there) == 1

    there.expire_tokens()
    with Shopware(access_to(there)) as shop:
        assert len(all_pages(shop)) == 1
    assert tokens_made(there) == 2


def test_a_token_of_another_secret_is_not_used(there: simulated.Shopware, shop: Shopware) -> None:
    all_pages(shop)
    wrong = {**secrets_of(there), "client_secret": "another"}
    with Shopware(Access(there.url, wrong)) as other:
        failure = failure_of(other)

    assert failure.trouble == Trouble.WRONG_KEY
    assert "another" not in str(failure)


def test_what_its_role_may_not_see_is_done_without(there: simulated.Shopware, shop: Shopware) -> None:
    there.add_order(at=AT)
    there.privileges -= {"document:read", "locale:read", "order_transaction_capture:read"}

    (found,) = all_pages(shop)

    assert read(found).language == ""
    there.requests.clear()
    all_pages(shop)
    assert len(there.requests) == 1  # it is not asked for once more


def test_a_right_that_is_needed_is_named(there: simulated.Shopware, shop: Shopware) -> None:
    there.privileges -= {"order_delivery:read", "document:read"}

    failure = failure_of(shop)

    assert (failure.trouble, failure.detail) == (Trouble.NO_RIGHT, "document:read, order_delivery:read")


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (status(503), Trouble.OUT_OF_ORDER),
        (Fault(Way.INSTEAD, Answer(429, {"errors": []}, {"Retry-After": "5"})), Trouble.TOO_BUSY),
        (firewall(), Trouble.REFUSED_BEFORE),
        (cut_off(), Trouble.NO_ANSWER),
    ],
)
def test_what_fails_is_sorted(there: simulated.Shopware, shop: Shopware, fault: Fault, trouble: Trouble) -> None:
    there.fail_next(fault, to="search")

    assert failure_of(shop).trouble == trouble


# --- trying it ------------------------------------------------------------------------------------------------------


def checks(shop: Shopware) -> dict[str, Check]:
    return {str(one.title): one for one in shop.try_out().checks}


@pytest.mark.usefixtures("database")
def test_try_it_says_what_works_and_what_lacks(there: simulated.Shopware, shop: Shopware) -> None:
    assert {one.state for one in checks(shop).values()} == {CheckState.WORKS}

    there.privileges.discard("document_type:read")
    there.skew = timedelta(minutes=-30)
    found = checks(shop)
    assert {title for title, one in found.items() if one.state == CheckState.NOT_NEEDED} == {
        "Invoices that the shop made",
        "The clocks differ",
    }
    assert shop.try_out().works

    there.privileges.discard("order:read")
    assert checks(shop)["The key may read orders"].state == CheckState.MISSING
    assert "order:read" in str(checks(shop)["The key may read orders"].hint)


@pytest.mark.usefixtures("database")
def test_try_it_says_that_the_secret_is_wrong(there: simulated.Shopware) -> None:
    with Shopware(Access(there.url, {**secrets_of(there), "client_secret": "another"})) as shop:
        (check,) = shop.try_out().checks

    assert (check.state, "another" in str(check.hint)) == (CheckState.MISSING, False)
    assert "does not know this key" in str(check.hint)


# --- as a connection ------------------------------------------------------------------------------------------------


def order_here(there: dict[str, object]) -> Order:
    return db.session.scalars(select(Order).where(Order.external_id == there["id"])).one()


@pytest.mark.usefixtures("database")
def test_every_order_arrives_once_and_to_the_cent(there: simulated.Shopware, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.connections.shopware.ORDERS_AT_A_TIME", 4)
    for n in range(10):
        at = now() - timedelta(days=10 - n)
        there.add_order(at=at, items={"Becher": ("9.99", n + 1)}, paid=bool(n % 2))
    fill_in(connected(there, invoices_for=InvoicesFor.NONE))
    there.fail_next(status(500), to="search")
    there.before_next(there.expire_tokens, to="search")
    there.fail_next(cut_off(), to="search")
    look(PullKind.BACKFILL, turns=5)
    new = there.add_order(items={"Kanne": ("24.50", 1)})
    look()
    look()
    first = there.orders[next(iter(there.orders))]
    there.enter(first["transactions"][0], "paid")
    look()

    orders = {one.external_id: one for one in db.session.scalars(select(Order))}
    assert {id: float(one.total) for id, one in orders.items()} == {
        id: one["amountTotal"] for id, one in there.orders.items()
    }
    assert (order_here(first).paid, order_here(new).paid) == (order_here(first).total, 0)
    assert db.session.scalars(select(Arrival).where(Arrival.result == Fate.QUARANTINED)).all() == []


@pytest.mark.usefixtures("database")
def test_the_comparison_finds_what_moved_no_date_and_what_was_deleted(there: simulated.Shopware) -> None:
    same, edited, gone = (there.add_order(at=now() - timedelta(days=days)) for days in (5, 5, 50))
    connection = connected(there, invoices_for=InvoicesFor.NONE)
    fill_in(connection, 60)
    look(PullKind.BACKFILL)
    look()
    edited["billingAddress"] = {**edited["billingAddress"], "city": "Lübeck"}
    there.delete(gone)

    look(PullKind.COMPARISON)

    assert (order_here(edited).billing.city, order_here(same).billing.city) == ("Lübeck", "Hamburg")
    assert [one.order.external_id for one in db.session.scalars(select(ShopChange))] == [gone["id"]]
