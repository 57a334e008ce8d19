"""Reading a PrestaShop: in its own time zone, a page at once, by a key that has rights per resource and method."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.columns import now
from app.connections.client import Access
from app.connections.failures import ShopFailure
from app.connections.platform import Check, CheckState, Place, PulledOrder
from app.connections.prestashop import PrestaShop
from app.connections.prestashop_answers import earliest_there
from app.extensions import db
from app.intake_readers import NewOrder, only_order_in
from app.models import Arrival, Connection, Fate, InvoicesFor, Look, Order, PullKind, ShopChange, Trouble
from tests.connections.reading import connect, fill_in, ids_here, look
from tests.simulators import prestashop as simulated
from tests.simulators.serving import cut_off, firewall, status

AT = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[simulated.PrestaShop]:
    monkeypatch.setattr(PrestaShop, "takes_http", True)
    with simulated.PrestaShop() as shop:
        yield shop


@pytest.fixture
def shop(there: simulated.PrestaShop) -> Iterator[PrestaShop]:
    with PrestaShop(Access(there.url, {"key": there.key})) as opened:
        yield opened


def connected(there: simulated.PrestaShop, **stated: object) -> Connection:
    return connect("prestashop", there.url, {"key": there.key}, **stated)


def all_pages(shop: PrestaShop, since: datetime) -> list[PulledOrder]:
    found, place = list[PulledOrder](), {}
    while place is not None:
        page = shop.changed_since(since, place)
        found += page.orders
        place = page.next
    return found


def read(shop: PrestaShop, order: PulledOrder, time_zone: str = "UTC") -> NewOrder:
    found = only_order_in("prestashop", shop.complete(order), currency="CHF", time_zone=time_zone)
    assert found.order, found.problem
    return found.order


# --- reading orders -------------------------------------------------------------------------------------------------


def test_an_order_comes_with_all_that_it_only_names(there: simulated.PrestaShop, shop: PrestaShop) -> None:
    order = there.add_order(at=AT, rows={"Mug": ("12.00", 2)}, paid=True)
    there.carriers_of(order)[0]["tracking_number"] = "6A1"

    (found,) = all_pages(shop, AT - timedelta(minutes=5))
    new = read(shop, found)

    assert (new.total, new.currency, new.placed_at, new.language) == (Decimal(30), "EUR", AT, "fr")
    assert new.customer
    assert new.shipping
    assert (new.customer.email, new.shipping.country, new.shipping_method) == ("zoe@example.org", "BE", "Colissimo")
    assert [(one.amount, one.external_id, one.paid_at) for one in new.payments] == [(Decimal(30), "1", AT)]
    assert [one.tracking_code for one in new.shipments] == ["6A1"]
    assert sum(line.total for line in new.lines) == new.total


def test_the_rest_is_asked_for_once_a_page(there: simulated.PrestaShop, shop: PrestaShop) -> None:
    for n in range(20):
        there.add_order(at=AT + timedelta(seconds=n))
    page = shop.changed_since(AT - timedelta(minutes=5), {})
    there.requests.clear()

    totals = [read(shop, one).customer for one in page.orders]

    assert len(totals) == 20
    assert len(there.requests) == 10  # a list each, however many orders there are


def test_pages_go_on_behind_the_last_order_whatever_comes_and_goes(
    there: simulated.PrestaShop, shop: PrestaShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.connections.prestashop.ORDERS_A_PAGE", 3)
    orders = [there.add_order(at=AT) for _ in range(8)]
    there.before_next(lambda: there.delete(orders[0]), to="%3E%5B3%5D")

    found = [one.external_id for one in all_pages(shop, AT - timedelta(minutes=5))]

    assert found == [str(one["id"]) for one in orders]


def test_what_was_placed_is_listed_by_the_clock_of_the_shop(there: simulated.PrestaShop, shop: PrestaShop) -> None:
    _before, within, _after = (there.add_order(at=AT + timedelta(hours=n)) for n in (-1, 0, 1))

    page = shop.placed_between(AT - timedelta(minutes=30), AT + timedelta(minutes=30), {})

    assert [one.external_id for one in page.orders] == [str(within["id"])]


def test_without_the_right_to_see_its_zone_more_is_read_and_nothing_missed(
    there: simulated.PrestaShop, shop: PrestaShop
) -> None:
    there.zone = ZoneInfo("America/Los_Angeles")
    del there.rights["configurations"]
    order = there.add_order(at=AT)

    (found,) = all_pages(shop, AT - timedelta(minutes=5))

    assert found.external_id == str(order["id"])
    assert read(shop, found, time_zone="America/Los_Angeles").placed_at == AT


@pytest.mark.parametrize(
    ("moment", "seen"),
    [
        (datetime(2026, 7, 1, 12, tzinfo=UTC), "2026-07-01 14:00:00"),
        # half past two, summer time: an hour later it is half past two again
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25 01:30:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25 02:30:00"),
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "2026-03-29 01:30:00"),
    ],
)
def test_a_clock_that_is_set_back_hides_nothing(moment: datetime, seen: str) -> None:
    assert earliest_there(moment, ZoneInfo("Europe/Paris")) == seen


def test_a_credit_slip_is_found_though_it_moves_no_date(there: simulated.PrestaShop, shop: PrestaShop) -> None:
    order = there.add_order(at=AT - timedelta(days=3), paid=True)
    there.refund(order, "12.00", at=AT)

    (found,) = all_pages(shop, AT - timedelta(minutes=5))

    assert [one.amount for one in read(shop, found).refunds] == [Decimal(12)]
    there.rights["order_slip"].clear()
    assert all_pages(shop, AT - timedelta(minutes=5)) == []


def test_orders_are_read_by_id_and_a_deleted_one_is_not_there(there: simulated.PrestaShop, shop: PrestaShop) -> None:
    orders = [there.add_order() for _ in range(3)]
    there.delete(orders[1])

    assert [one.external_id for one in shop.many(["1", "2", "3", "x|1"])] == ["1", "3"]
    assert shop.one("2") is None
    assert read(shop, shop.one("3") or found_nothing()).external_id == "3"


def found_nothing() -> PulledOrder:
    raise AssertionError("it is not there")


# --- what it refuses ------------------------------------------------------------------------------------------------


def failure_of(shop: PrestaShop) -> ShopFailure:
    with pytest.raises(ShopFailure) as caught:
        shop.changed_since(AT, {})
    return caught.value


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (status(500), Trouble.OUT_OF_ORDER),
        (status(429), Trouble.TOO_BUSY),
        (firewall(), Trouble.REFUSED_BEFORE),
        (cut_off(), Trouble.NO_ANSWER),
    ],
)
def test_what_fails_is_sorted(there: simulated.PrestaShop, shop: PrestaShop, fault: object, trouble: Trouble) -> None:
    there.fail_next(fault, to="orders")  # type: ignore[arg-type]

    assert failure_of(shop).trouble == trouble


def test_a_webservice_that_is_switched_off_is_to_be_mended(there: simulated.PrestaShop, shop: PrestaShop) -> None:
    """Its status is 503, as if it passed by itself."""
    there.is_enabled = False

    assert failure_of(shop).trouble == Trouble.NO_API


def test_a_right_that_is_gone_is_named(there: simulated.PrestaShop, shop: PrestaShop) -> None:
    there.add_order(at=AT)
    (found,) = all_pages(shop, AT - timedelta(minutes=5))
    there.rights["customers"].clear()

    with pytest.raises(ShopFailure) as caught:
        shop.complete(found)

    assert caught.value.trouble == Trouble.NO_RIGHT
    assert "customers" in caught.value.detail


# --- trying it ------------------------------------------------------------------------------------------------------


def checks(shop: PrestaShop) -> dict[str, Check]:
    return {str(one.title): one for one in shop.try_out().checks}


@pytest.mark.usefixtures("database")
def test_try_it_says_what_works_and_keeps_the_time_zone(there: simulated.PrestaShop, shop: PrestaShop) -> None:
    there.add_order()
    trial = shop.try_out()

    assert {one.state for one in trial.checks} == {CheckState.WORKS}
    assert trial.access.credentials["time_zone"] == "Europe/Paris"
    there.requests.clear()
    with PrestaShop(trial.access) as again:
        again.changed_since(AT, {})
    assert len(there.requests) == 1


@pytest.mark.usefixtures("database")
def test_try_it_names_each_right_that_lacks(there: simulated.PrestaShop, shop: PrestaShop) -> None:
    for name in ("order_slip", "languages", "order_histories"):
        there.rights[name].clear()
    found = checks(shop)
    assert {title for title, one in found.items() if one.state == CheckState.NOT_NEEDED} == {
        "What was refunded",
        "The language of the customer",
        "The key may write",
    }
    assert "order_histories (POST)" in str(found["The key may write"].hint)

    for name in ("customers", "order_payments"):
        there.rights[name].clear()
    found = checks(shop)
    assert found["The key may read orders"].state == CheckState.MISSING
    assert "customers, order_payments" in str(found["The key may read orders"].hint)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("key", ["short", "X" * 32])
def test_try_it_says_that_a_key_is_wrong(there: simulated.PrestaShop, key: str) -> None:
    with PrestaShop(Access(there.url, {"key": key})) as shop:
        trial = shop.try_out()

    assert [one.state for one in trial.checks] == [CheckState.MISSING]
    assert "does not know this key" in str(trial.checks[0].hint)
    assert key not in str(trial.checks[0].hint)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("minutes", [-40, 40])
def test_a_clock_that_goes_wrong_is_noted(there: simulated.PrestaShop, shop: PrestaShop, minutes: int) -> None:
    there.skew = timedelta(minutes=minutes)

    assert checks(shop)["The clocks differ"].state == CheckState.NOT_NEEDED


def test_an_address_of_the_webservice_is_understood() -> None:
    assert PrestaShop.own_address("https://tasses.example/api") == "https://tasses.example"


# --- as a connection ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_every_order_arrives_once_and_to_the_cent(there: simulated.PrestaShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.connections.prestashop.ORDERS_A_PAGE", 4)
    for n in range(10):
        there.add_order(at=now() - timedelta(days=10 - n), rows={"Mug": ("9.99", n + 1)}, paid=bool(n % 2))
    fill_in(connected(there, invoices_for=InvoicesFor.NONE))
    there.fail_next(status(500), to="order_payments")
    there.fail_next(cut_off(), to="%3E%5B4%5D")
    look(PullKind.BACKFILL, turns=4)
    new = there.add_order(rows={"Pot": ("24.50", 1)})
    look()
    look()
    there.set_state(there.tables["orders"][1], 2)
    look()

    assert ids_here() == list(range(1, 12))
    totals = {one.external_id: one.total for one in db.session.scalars(select(Order))}
    stated = {str(one["id"]): Decimal(one["total_paid_tax_incl"]) for one in there.tables["orders"].values()}
    assert totals == stated
    assert order_here(1).paid == order_here(1).total
    assert order_here(new["id"]).paid == 0
    assert db.session.scalars(select(Arrival).where(Arrival.result == Fate.QUARANTINED)).all() == []


def order_here(id: int) -> Order:
    return db.session.scalars(select(Order).where(Order.external_id == str(id))).one()


@pytest.mark.usefixtures("database")
def test_the_comparison_finds_what_moved_no_date_and_what_was_deleted(there: simulated.PrestaShop) -> None:
    same, edited, gone = (there.add_order(at=now() - timedelta(days=days)) for days in (5, 5, 50))
    connection = connected(there, invoices_for=InvoicesFor.NONE)
    fill_in(connection, 60)
    look(PullKind.BACKFILL)
    look()
    edited["associations"]["order_rows"][0]["product_quantity"] = "2"
    edited |= {"total_paid_tax_incl": "30.000000", "total_paid_tax_excl": "25.000000"}
    there.delete(gone)

    look(PullKind.COMPARISON)

    assert order_here(edited["id"]).lines[0].quantity == 2
    waiting = [one.order.external_id for one in db.session.scalars(select(ShopChange))]
    assert waiting == [str(gone["id"])]
    assert order_here(same["id"]).lines[0].quantity == 1
    line = db.session.scalars(select(Look).where(Look.kind == PullKind.COMPARISON)).one()
    assert line.missed >= 1


def test_a_page_is_begun_anew_from_where_it_was(there: simulated.PrestaShop, shop: PrestaShop) -> None:
    there.add_order(at=AT)
    there.add_order(at=AT)
    place: Place = {"after": "1"}

    assert [one.external_id for one in shop.changed_since(AT - timedelta(minutes=5), place).orders] == ["2"]
