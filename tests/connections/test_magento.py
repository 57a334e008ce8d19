"""Reading a Magento 2 shop: by a token alone or signed, with the parts that it hands out apart, in UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.columns import now
from app.connections import magento
from app.connections.client import Access
from app.connections.failures import Remedy, ShopFailure
from app.connections.magento import Magento
from app.connections.managing import begin_pulls
from app.connections.platform import CheckState, PageOfOrders, PulledOrder
from app.encryption.sealed import Sealed
from app.extensions import db
from app.intake_readers import NewOrder, only_order_in
from app.models import Arrival, Connection, Fate, InvoicesFor, Order, PullKind, PullState, Trouble
from tests.clients import Client
from tests.connections.reading import fill_in, ids_here, look
from tests.factories import new_connection
from tests.simulators.magento import MagentoShop, item
from tests.simulators.serving import Answer, Fault, Way, answer_lost, cut_off, firewall, status

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def there() -> Iterator[MagentoShop]:
    with MagentoShop() as shop:
        yield shop


@pytest.fixture
def mage(there: MagentoShop) -> Iterator[Magento]:
    with opened(there) as shop:
        yield shop


def opened(there: MagentoShop, **credentials: str) -> Magento:
    return Magento(Access(there.url, credentials or there.bearer))


def all_pages(ask: Callable[[dict[str, object]], PageOfOrders]) -> list[PulledOrder]:
    found, place = [], {}
    while place is not None:
        page = ask(place)
        found += page.orders
        place = page.next
    return found


def changed(shop: Magento, since: datetime = AT) -> list[PulledOrder]:
    return all_pages(lambda place: shop.changed_since(since, place))


def read(payload: str) -> NewOrder:
    found = only_order_in("magento", payload)
    assert found.order, found.problem
    return found.order


def ids(orders: list[PulledOrder]) -> list[int]:
    return [int(one.external_id) for one in orders]


def failure_of(shop: Magento) -> ShopFailure:
    with pytest.raises(ShopFailure) as caught:
        shop.changed_since(AT, {})
    return caught.value


# --- reading orders -------------------------------------------------------------------------------------------------


def test_an_order_is_completed_with_what_is_handed_out_apart(there: MagentoShop, mage: Magento) -> None:
    there.fixed_now = AT + timedelta(hours=1)
    order = there.add_order(items=[item("Mug", "12.50", quantity=2), item("Bowl", "8.00")], at=AT)
    there.invoice(order)
    mug = order["items"][0]["item_id"]
    there.ship(order, [{"track_number": "3SABC", "title": "PostNL", "carrier_code": "custom"}], {mug: 2})
    there.refund(order, "8.00", comment="Sold out")
    order["items"][1]["qty_refunded"] = 1

    (found,) = changed(mage)
    new = read(mage.complete(found))

    assert (found.external_id, new.number) == (str(order["entity_id"]), order["increment_id"])
    assert (new.total, sum(one.total for one in new.lines)) == (Decimal(33), Decimal(33))
    assert (new.placed_at, [(one.amount, one.paid_at) for one in new.payments]) == (
        AT,
        [(Decimal(33), there.fixed_now)],
    )
    assert [(one.tracking_code, one.carrier, one.lines) for one in new.shipments] == [
        ("3SABC", "PostNL", {str(mug): Decimal(2)})
    ]
    assert [(one.amount, one.reason) for one in new.refunds] == [(Decimal(8), "Sold out")]
    assert [one.gone for one in new.lines if one.external_id] == [0, 1]
    assert len(new.invoice_numbers) == 1


def test_nothing_more_is_asked_of_an_order_that_has_none_of_it(there: MagentoShop, mage: Magento) -> None:
    there.add_order()
    (found,) = changed(mage)
    there.requests.clear()

    assert mage.complete(found) == found.payload
    assert there.requests == []


def test_lists_are_read_by_id_so_that_nothing_shifts(
    there: MagentoShop, mage: Magento, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(magento, "ORDERS_ON_PAGE", 3)
    orders = [there.add_order(at=AT) for _each in range(7)]  # all at the same moment
    there.before_next(lambda: there.change(orders[0], state="holded"), to="condition_type%5D=gt&")

    assert ids(changed(mage)) == [one["entity_id"] for one in orders]


def test_a_last_page_that_is_told_once_more_ends_all_the_same(
    there: MagentoShop, mage: Magento, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(magento, "PARTS_AT_ONCE", 2)
    order = there.add_order(items=[item("Mug", "1.00", quantity=4)], at=AT)
    for _each in range(4):
        there.ship(order, quantities={order["items"][0]["item_id"]: 1})
    (found,) = changed(mage)

    assert len(read(mage.complete(found)).shipments) == 4


def test_what_was_placed_between_two_moments_is_read(there: MagentoShop, mage: Magento) -> None:
    _before, within, _after = (there.add_order(at=AT + timedelta(days=n)) for n in (0, 10, 20))
    there.change(within, state="canceled")
    since, until = AT + timedelta(days=5), AT + timedelta(days=15)

    page = mage.placed_between(since, until, {})
    assert (ids(list(page.orders)), page.total, page.next) == ([within["entity_id"]], 1, None)


def test_orders_are_read_by_id_and_not_by_number(there: MagentoShop, mage: Magento) -> None:
    order = there.add_order()

    assert mage.one(str(order["entity_id"]))
    assert mage.one(str(int(order["increment_id"]))) is None
    assert mage.one("000-31") is None
    assert ids(mage.many([str(order["entity_id"]), "99"])) == [order["entity_id"]]


def test_a_store_view_is_read_by_itself(there: MagentoShop) -> None:
    _other, own = there.add_order(at=AT), there.add_order(at=AT, store_id=2)
    with opened(there, **there.bearer, store_code="nl") as shop:
        assert ids(changed(shop)) == [own["entity_id"]]
    assert all(one.path.startswith("/rest/nl/V1/") for one in there.requests)


def test_an_order_of_another_store_view_is_not_said_to_be_deleted(there: MagentoShop) -> None:
    """It may have been read before a store view was chosen."""
    other = there.add_order(at=AT)
    there.ship(other)
    with opened(there, **there.bearer, store_code="nl") as shop:
        assert shop.one(str(other["entity_id"])) is not None
        assert changed(shop) == []


def test_parts_that_the_key_may_not_read_are_left_out(there: MagentoShop, mage: Magento) -> None:
    there.rights -= {"shipment", "sales_creditmemo"}
    order = there.add_order(at=AT)
    there.invoice(order)
    there.ship(order)
    there.refund(order, "2.50")
    (found,) = changed(mage)

    new = read(mage.complete(found))

    assert [one.amount for one in new.refunds] == [Decimal("2.5")]
    assert len(new.shipments) == 1
    there.requests.clear()
    mage.complete(found)
    assert [one.path.rpartition("/")[2] for one in there.requests] == ["invoices"]


# --- who asks -------------------------------------------------------------------------------------------------------


def test_signed_by_all_four_values_no_secret_travels(there: MagentoShop) -> None:
    there.lets_tokens_stand_alone = False
    order = there.add_order(at=AT)
    with opened(there, **there.credentials) as shop:
        assert ids(changed(shop)) == [order["entity_id"]]
        assert shop.ask("POST", f"/orders/{order['entity_id']}/cancel").json is True
    assert there.credentials["consumer_secret"] not in str(there.requests)
    assert there.credentials["access_token_secret"] not in str(there.requests)


@pytest.mark.parametrize("wrong", ["consumer_secret", "access_token_secret", "access_token", "consumer_key"])
def test_each_of_the_four_values_counts(there: MagentoShop, wrong: str) -> None:
    with opened(there, **{**there.credentials, wrong: "other"}) as shop:
        failure = failure_of(shop)
    assert (failure.trouble, failure.remedy) == (Trouble.WRONG_KEY, Remedy.MEND)


def test_a_clock_that_goes_wrong_is_told_from_a_wrong_key(there: MagentoShop) -> None:
    there.skew = timedelta(hours=-2)
    with opened(there, **there.credentials) as shop:
        assert failure_of(shop).trouble == Trouble.WRONG_CLOCK


# --- what fails -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (status(503), Trouble.OUT_OF_ORDER),
        (status(429, retry_after=2), Trouble.TOO_BUSY),
        (firewall(), Trouble.REFUSED_BEFORE),
        (firewall(404), Trouble.NO_API),
        (cut_off(), Trouble.NO_ANSWER),
        (answer_lost(), Trouble.NO_ANSWER),
        (Fault(Way.INSTEAD, Answer(200, {"message": "?"})), Trouble.UNREADABLE),
    ],
)
def test_what_fails_is_sorted(there: MagentoShop, mage: Magento, fault: Fault, trouble: Trouble) -> None:
    there.fail_next(fault)

    assert failure_of(mage).trouble == trouble


def test_what_it_says_is_filled_in(there: MagentoShop, mage: Magento) -> None:
    there.rights.clear()

    assert failure_of(mage).detail == ("HTTP 401 The consumer isn't authorized to access Magento_Sales::actions_view.")


# --- trying it ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_try_it_says_what_works_and_what_lacks(there: MagentoShop, mage: Magento) -> None:
    there.add_order()
    assert {one.state for one in mage.try_out().checks} == {CheckState.WORKS}
    assert there.shipments == {}

    there.rights = {"actions_view", "sales_invoice"}
    lacking = [str(one.title) for one in mage.try_out().checks if one.state == CheckState.NOT_NEEDED]
    assert lacking == ["The key may read parcels and their codes", "The key may read credit memos", "The key may write"]
    assert mage.try_out().works


@pytest.mark.usefixtures("database")
def test_try_it_says_that_a_token_alone_has_to_be_allowed(there: MagentoShop, mage: Magento) -> None:
    there.lets_tokens_stand_alone = False

    found = {str(one.title): (one.state, str(one.hint)) for one in mage.try_out().checks}

    assert found["The shop answers"][0] == CheckState.WORKS
    assert found["The key may read orders"][0] == CheckState.MISSING
    assert "Since Magento 2.4.4" in found["The key may read orders"][1]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("code", ["fr", "nowhere"])
def test_try_it_says_that_there_is_no_such_store_view(there: MagentoShop, code: str) -> None:
    with opened(there, **there.bearer, store_code=code) as shop:
        trial = shop.try_out()
    assert [(one.title, one.state) for one in trial.checks] == [("The shop answers", CheckState.MISSING)]


def test_an_address_of_its_api_is_understood() -> None:
    assert Magento.own_address("https://shop.example/index.php/rest/V1/orders") == "https://shop.example"
    assert Magento.own_address("https://shop.example/shop/rest") == "https://shop.example/shop"
    assert Magento.own_address("https://shop.example") == "https://shop.example"


def test_what_is_entered_has_to_be_enough_and_says_how_to_get_it(
    client: Client,
    in_app: Callable[[], AbstractContextManager[None]],
    there: MagentoShop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Magento, "takes_http", True)
    with in_app():
        db.session.add(new_connection("magento"))
    place = "/admin/connection/1/access"
    assert "Add New Integration" in client.get(place).text
    assert "This shop system sends no events" not in client.get("/admin/connection/1").text
    entered = {"address": there.url, "poll_minutes": "2", "credential_access_token": there.bearer["access_token"]}

    refused = client.post(place, data={**entered, "credential_consumer_key": "key"})
    assert "Enter all four values, or the access token alone." in refused.text

    answer = client.post(place, data=entered)
    assert "The key may read credit memos" in answer.text
    assert there.bearer["access_token"] not in answer.text


# --- with the database ----------------------------------------------------------------------------------------------


@pytest.fixture
def connected(database: None, there: MagentoShop, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setattr(Magento, "takes_http", True)
    connection = new_connection(
        "magento", address=there.url, credentials=Sealed.of(there.bearer), notify=False, invoices_for=InvoicesFor.NONE
    )
    db.session.add(connection)
    db.session.flush()
    begin_pulls(connection)
    db.session.commit()
    return connection


def test_every_order_arrives_once_and_to_the_cent_whatever_fails_on_the_way(
    there: MagentoShop, connected: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(magento, "ORDERS_ON_PAGE", 3)
    placed_at = now() - timedelta(days=9)
    orders = [there.add_order(at=placed_at, items=[item("Mug", f"{n}.99", quantity=n)]) for n in range(1, 8)]
    there.invoice(orders[4])
    look()
    there.fail_next(status(500), to="value%5D=33")
    there.fail_next(cut_off(), to="/invoices")
    fill_in(connected)
    for _turn in range(4):
        pull = look(PullKind.BACKFILL)

    assert (pull.state, pull.total, ids_here()) == (PullState.DONE, 7, [one["entity_id"] for one in orders])
    held = db.session.scalars(select(Order).order_by(Order.external_id)).all()
    assert [one.total for one in held] == [Decimal(f"{n}.99") * n for n in range(1, 8)]
    assert [one.paid for one in held] == [0, 0, 0, 0, Decimal("29.95"), 0, 0]
    assert held[0].external_number == orders[0]["increment_id"]


def test_what_changes_there_is_followed(there: MagentoShop, connected: Connection) -> None:
    order = there.add_order(items=[item("Mug", "12.50", quantity=2)])
    look()
    there.invoice(order)
    look()
    held = db.session.scalars(select(Order)).one()
    assert (held.paid, held.is_unpaid) == (Decimal(25), False)

    there.ship(order, [{"track_number": "3SABC", "title": "PostNL", "carrier_code": "custom"}])
    look()
    assert [one.tracking_code for one in held.shipments] == ["3SABC"]

    there.refund(order, "5.00")
    there.refund(order, "2.50")
    look()
    assert (held.refunded, held.paid) == (Decimal("7.5"), Decimal(25))
    there.requests.clear()
    look()
    assert [one.path for one in there.requests] == ["/rest/V1/orders", "/rest/V1/shipments", "/rest/V1/orders"]


def test_a_code_that_is_entered_later_comes_in_though_it_moves_no_date_of_its_order(
    there: MagentoShop, connected: Connection
) -> None:
    there.fixed_now = now() - timedelta(hours=1)
    parcel = there.ship(there.add_order())
    there.fixed_now = None
    look()
    fill_in(connected)
    look(PullKind.BACKFILL)
    held = db.session.scalars(select(Order)).one()
    assert [one.tracking_code for one in held.shipments] == [""]

    parcel["tracks"].append({"track_number": "3SABC", "title": "PostNL", "carrier_code": "custom"})
    parcel["updated_at"] = there.now().strftime("%Y-%m-%d %H:%M:%S")
    look()
    assert [one.tracking_code for one in held.shipments] == ["3SABC"]
    look()
    assert db.session.scalars(select(Arrival.result).order_by(Arrival.id)).all() == [Fate.ADDED, Fate.UPDATED]


def test_parcels_of_many_orders_are_not_asked_for_in_one_breath(
    there: MagentoShop, mage: Magento, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a pause there may be hundreds, which no address holds, and no page of a shop that limits its pages."""
    monkeypatch.setattr(magento, "IDS_AT_ONCE", 2)
    there.fixed_now = AT
    parcels = [there.ship(there.add_order()) for _each in range(5)]
    for parcel in parcels:
        parcel["updated_at"] = "2026-11-01 13:00:00"

    found = changed(mage, AT + timedelta(minutes=30))

    assert len(ids(found)) == 5
    asked = [dict(one.query) for one in there.requests if one.path == "/rest/V1/orders"]
    assert [one["searchCriteria[pageSize]"] for one in asked[1:]] == ["2", "2", "1"]


def test_the_comparison_at_night_finds_what_moved_no_date_and_what_is_gone(
    there: MagentoShop, connected: Connection
) -> None:
    orders = [there.add_order() for _each in range(2)]
    there.invoice(orders[1])
    look()
    pull = look(PullKind.COMPARISON)
    pull.since_at = now() - timedelta(days=30)
    db.session.commit()
    orders[0]["billing_address"] = {**orders[0]["billing_address"], "city": "Leeuwarden"}
    there.requests.clear()

    look(PullKind.COMPARISON)

    assert there.asked_for("/invoices") == []  # what is known costs nothing
    held = db.session.scalars(select(Order).order_by(Order.id)).first()
    assert held
    assert held.billing.city == "Leeuwarden"
