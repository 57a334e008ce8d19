"""Reading a BigCommerce shop: with the parts that it hands out apart, within its quota, archived orders too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.columns import now
from app.connections import bigcommerce, bigcommerce_answers
from app.connections.bigcommerce import BigCommerce
from app.connections.client import Access
from app.connections.failures import Remedy, ShopFailure
from app.connections.hints import look_up_hints
from app.connections.managing import begin_pulls
from app.connections.platform import CheckState, PageOfOrders, PulledOrder
from app.encryption.sealed import Sealed
from app.extensions import db
from app.intake_readers import NewOrder, only_order_in
from app.models import (
    Arrival,
    Connection,
    Fate,
    InvoicesFor,
    Order,
    OutsideShop,
    PullKind,
    PullState,
    ShopPart,
    Trouble,
)
from tests.clients import Client
from tests.connections.reading import fill_in, ids_here, look
from tests.factories import new_connection
from tests.simulators.bigcommerce import BigShop, line
from tests.simulators.serving import Fault, answer_lost, cut_off, firewall, status

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOOK = "https://desk.example.com/hooks/bigcommerce/the-key"


@pytest.fixture
def there() -> Iterator[BigShop]:
    with BigShop() as shop:
        yield shop


@pytest.fixture
def big(there: BigShop) -> Iterator[BigCommerce]:
    with BigCommerce(Access(there.address, {"access_token": there.token})) as shop:
        yield shop


def all_pages(ask: Callable[[dict[str, object]], PageOfOrders]) -> list[PulledOrder]:
    found, place = [], {}
    while place is not None:
        page = ask(place)
        found += page.orders
        place = page.next
    return found


def changed(shop: BigCommerce, since: datetime = AT) -> list[PulledOrder]:
    return all_pages(lambda place: shop.changed_since(since, place))


def read(payload: str) -> NewOrder:
    found = only_order_in("bigcommerce", payload)
    assert found.order, found.problem
    return found.order


def ids(orders: list[PulledOrder]) -> list[int]:
    return [int(one.external_id) for one in orders]


def failure_of(shop: BigCommerce) -> ShopFailure:
    with pytest.raises(ShopFailure) as caught:
        shop.changed_since(AT, {})
    return caught.value


# --- reading orders -------------------------------------------------------------------------------------------------


def test_an_order_is_completed_with_what_is_handed_out_apart(there: BigShop, big: BigCommerce) -> None:
    order = there.add_order(
        lines=[line("Mug", "12.50", quantity=2), line("Bowl", "8.00")],
        coupon_discount="3.0000",
        total_inc_tax="30.0000",
    )
    there.parts[order["id"]]["coupons"].append({"id": 1, "code": "AUTUMN", "discount": "3.0000"})
    there.pay_by_card(order, AT + timedelta(minutes=4))
    mug = there.parts[order["id"]]["products"][0]["id"]
    there.send(order, "3SABC", {mug: 2}, tracking_carrier="postnl")
    there.refund(order, "8.00", pieces={mug + 1: 1}, reason="Sold out")

    (found,) = changed(big)
    new = read(big.complete(found))

    assert (new.total, sum(one.total for one in new.lines)) == (Decimal(30), Decimal(30))
    assert (new.lines[0].taxes[0].rate, new.discount_codes) == (Decimal(21), ["AUTUMN"])
    assert [(one.amount, one.paid_at) for one in new.payments] == [(Decimal(30), AT + timedelta(minutes=4))]
    assert [(one.tracking_code, one.lines) for one in new.shipments] == [("3SABC", {str(mug): Decimal(2)})]
    assert [(one.amount, one.reason) for one in new.refunds] == [(Decimal(8), "Sold out")]
    assert [one.gone for one in new.lines if one.external_id] == [0, 1]
    assert new.shipping
    assert new.shipping.city == "Utrecht"


def test_only_what_the_order_says_it_has_is_asked_for(there: BigShop, big: BigCommerce) -> None:
    there.add_order()
    (found,) = changed(big)
    there.requests.clear()

    big.complete(found)

    assert [one.path.rpartition("/")[2] for one in there.requests] == ["products", "taxes"]


def test_an_order_of_many_lines_is_whole(there: BigShop, big: BigCommerce) -> None:
    there.add_order(lines=[line(f"Mug {n}", "1.00") for n in range(260)])
    (found,) = changed(big)

    assert len(read(big.complete(found)).lines) == 260


def test_lists_are_read_by_id_so_that_nothing_shifts(
    there: BigShop, big: BigCommerce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bigcommerce, "ORDERS_ON_PAGE", 3)
    orders = [there.add_order(at=AT) for _each in range(8)]  # all at the same moment
    there.before_next(lambda: there.archive(orders[1]), to="min_id=4")
    there.before_next(lambda: there.change(orders[0], status_id=11), to=f"min_id={orders[3]['id']}")

    found = ids(changed(big))

    assert set(found) == {one["id"] for one in orders}
    assert found[:8] == sorted(set(found))


def test_archived_orders_are_read_and_unplaced_ones_are_not(there: BigShop, big: BigCommerce) -> None:
    placed, begun, archived, done = (there.add_order(at=AT) for _each in range(4))
    there.change(begun, status_id=0)
    there.change(done, status_id=10)
    for one in (archived, done):
        there.archive(one)

    found = {int(one.external_id): read(big.complete(one)) for one in changed(big)}

    assert sorted(found) == [placed["id"], archived["id"], done["id"]]
    assert [found[one["id"]].is_deleted for one in (placed, archived, done)] == [False, True, True]
    assert [bool(found[one["id"]].cancelled_at) for one in (placed, archived, done)] == [False, True, False]
    assert big.one(str(begun["id"])) is None
    assert big.one(str(archived["id"]))
    assert big.many(["1", str(placed["id"]), "no-number"])[0].external_id == str(placed["id"])


def test_what_was_placed_between_two_moments_is_read(there: BigShop, big: BigCommerce) -> None:
    _before, within, _after = (there.add_order(at=AT + timedelta(days=n)) for n in (0, 10, 20))
    there.change(within, status_id=5)
    since, until = AT + timedelta(days=5), AT + timedelta(days=15)

    assert ids(all_pages(lambda place: big.placed_between(since, until, place))) == [within["id"]]


def test_without_the_right_to_see_money_the_sums_of_the_order_are_read(there: BigShop, big: BigCommerce) -> None:
    there.scopes -= {"transactions", "transactions_read"}
    order = there.add_order()
    there.pay_by_card(order, AT)
    there.refund(order, "2.50")
    (found,) = changed(big)

    new = read(big.complete(found))

    assert [one.amount for one in new.refunds] == [Decimal("2.5")]
    assert [one.amount for one in new.payments] == [Decimal("12.5")]


# --- its quota, and what fails --------------------------------------------------------------------------------------


def test_its_quota_says_how_long_to_wait(there: BigShop, big: BigCommerce) -> None:
    there.fixed_now = now()
    there.quota = 1
    big.changed_since(AT, {})

    failure = failure_of(big)

    assert (failure.trouble, failure.remedy, failure.retry_after) == (Trouble.TOO_BUSY, Remedy.WAIT, 30)


def test_the_next_page_waits_while_others_have_used_up_the_quota(there: BigShop, big: BigCommerce) -> None:
    there.fixed_now = now()
    assert big.changed_since(AT, {}).pause == 0
    there.left = bigcommerce_answers.RESERVE - 1
    assert big.changed_since(AT, {}).pause == 30


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (status(503), Trouble.OUT_OF_ORDER),
        (status(429, retry_after=2), Trouble.TOO_BUSY),
        (status(429), Trouble.TOO_BUSY),
        (status(404, body=[{"status": 404, "message": "Gone"}]), Trouble.NO_API),
        (firewall(), Trouble.REFUSED_BEFORE),
        (cut_off(), Trouble.NO_ANSWER),
        (answer_lost(), Trouble.NO_ANSWER),
    ],
)
def test_what_else_fails_is_sorted(there: BigShop, big: BigCommerce, fault: Fault, trouble: Trouble) -> None:
    there.add_order()
    there.fail_next(fault)

    assert failure_of(big).trouble == trouble


def test_a_wrong_token_and_a_missing_right_are_told_apart_and_the_token_is_never_said(there: BigShop) -> None:
    with BigCommerce(Access(there.address, {"access_token": "wr0ngtoken"})) as shop:
        failure = failure_of(shop)
    assert (failure.trouble, "wr0ngtoken" in str(failure)) == (Trouble.WRONG_KEY, False)

    there.scopes = set()
    with BigCommerce(Access(there.address, {"access_token": there.token})) as shop:
        failure = failure_of(shop)
    assert failure.trouble == Trouble.NO_RIGHT
    assert "scope" in failure.detail


# --- trying it ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_try_it_says_what_works_and_what_lacks(there: BigShop, big: BigCommerce) -> None:
    order = there.add_order()
    assert {one.state for one in big.try_out().checks} == {CheckState.WORKS}

    there.scopes = {"orders_read"}
    found = {str(one.title): one.state for one in big.try_out().checks}
    assert found["The key may read payments and refunds"] == CheckState.NOT_NEEDED
    assert found["The key may write"] == CheckState.NOT_NEEDED
    assert big.try_out().works

    there.scopes = set()
    states = [(str(one.title), one.state) for one in big.try_out().checks]
    assert states == [("The shop answers", CheckState.WORKS), ("The key may read orders", CheckState.MISSING)]
    assert there.orders[order["id"]]["date_modified"] == order["date_created"]


@pytest.mark.parametrize(
    ("entered", "meant"),
    [
        ("https://api.bigcommerce.com/stores/abc123/v3", "https://api.bigcommerce.com/stores/abc123"),
        ("https://api.bigcommerce.com/stores/abc123", "https://api.bigcommerce.com/stores/abc123"),
        ("https://store-abc123.mybigcommerce.com/manage/orders", "https://api.bigcommerce.com/stores/abc123"),
        ("https://abc123", "https://api.bigcommerce.com/stores/abc123"),
    ],
)
def test_its_address_is_understood_in_each_form(entered: str, meant: str) -> None:
    assert BigCommerce.own_address(entered) == meant
    assert BigCommerce.own_host(meant) == "store-abc123.mybigcommerce.com"


# --- with the database ----------------------------------------------------------------------------------------------


@pytest.fixture
def connected(database: None, there: BigShop, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setattr(BigCommerce, "takes_http", True)
    secrets = Sealed.of({"access_token": there.token})
    connection = new_connection(
        "bigcommerce", address=there.address, credentials=secrets, notify=False, invoices_for=InvoicesFor.NONE
    )
    db.session.add(connection)
    db.session.flush()
    begin_pulls(connection)
    db.session.commit()
    return connection


def test_every_order_arrives_once_and_to_the_cent_whatever_fails_on_the_way(
    there: BigShop, connected: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bigcommerce, "ORDERS_ON_PAGE", 3)
    placed_at = now() - timedelta(days=9)
    orders = [there.add_order(at=placed_at, lines=[line("Mug", f"{n}.99", quantity=n)]) for n in range(1, 8)]
    look()
    there.fail_next(status(500), to="min_id=104")
    there.fail_next(cut_off(), to="/v2/orders/105/products")
    there.before_next(lambda: there.archive(orders[6]), to="min_id=107")
    fill_in(connected)
    for _turn in range(4):
        pull = look(PullKind.BACKFILL)

    assert (pull.state, ids_here()) == (PullState.DONE, [one["id"] for one in orders])
    held = db.session.scalars(select(Order).order_by(Order.id)).all()
    assert [one.total for one in held] == [Decimal(f"{n}.99") * n for n in range(1, 8)]


def test_a_look_that_finds_nothing_new_asks_for_no_parts(there: BigShop, connected: Connection) -> None:
    there.add_order()
    look()
    there.requests.clear()

    look()

    assert [one.path.rpartition("/")[2] for one in there.requests] == ["orders", "orders"]
    assert ids_here() == [101]


def test_what_changes_there_is_followed(there: BigShop, connected: Connection) -> None:
    order = there.add_order(lines=[line("Mug", "12.50", quantity=2)])
    look()
    there.pay_by_card(order, now())
    look()
    held = db.session.scalars(select(Order)).one()
    assert (held.paid, held.is_unpaid) == (Decimal(25), False)

    there.send(order, "3SABC")
    look()
    assert [one.tracking_code for one in held.shipments] == ["3SABC"]
    assert held.paid == Decimal(25)

    there.archive(order)
    look()
    assert [one.part for one in held.shop_changes] == [ShopPart.DELETED]
    assert held.cancelled_at is None


def test_the_comparison_at_night_finds_what_moved_no_date_and_asks_for_no_parts_of_what_is_known(
    there: BigShop, connected: Connection
) -> None:
    orders = [there.add_order() for _each in range(2)]
    look()
    connected_since = now() - timedelta(days=30)
    pull = look(PullKind.COMPARISON)
    pull.since_at = connected_since
    db.session.commit()
    orders[0]["billing_address"] = {**orders[0]["billing_address"], "city": "Leeuwarden"}
    there.requests.clear()

    look(PullKind.COMPARISON)

    asked = [one.path for one in there.asked_for("/products")]
    assert asked == [f"/stores/abc123/v2/orders/{orders[0]['id']}/products"]
    held = db.session.scalars(select(Order).order_by(Order.id)).first()
    assert held
    assert held.billing.city == "Leeuwarden"


def test_webhooks_are_made_with_our_secret_and_made_anew_when_they_are_off(
    there: BigShop, connected: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", "https://desk.example.com")
    look(PullKind.WEBHOOKS)
    first = set(there.hooks)
    assert {(one["scope"], one["destination"]) for one in there.hooks.values()} == {
        ("store/order/*", HOOK),
        ("store/shipment/*", HOOK),
    }

    there.switch_off_webhooks()
    look(PullKind.WEBHOOKS)
    assert len(there.hooks) == 2
    assert not first & set(there.hooks)
    assert all(one["is_active"] for one in there.hooks.values())


def test_an_address_that_it_refuses_is_said_and_reading_goes_on(
    there: BigShop, connected: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", "https://desk.example.com:8443")
    pull = look(PullKind.WEBHOOKS)
    assert (pull.trouble, bool(pull.finished_at)) == (Trouble.REFUSED, True)


def event(there: BigShop, data: dict[str, object], scope: str = "store/order/updated") -> bytes:
    body = {"store_id": "11111", "producer": "stores/abc123", "scope": scope, "data": data, "hash": "3f9ea4"}
    return json.dumps({**body, "created_at": int(there.now().timestamp())}).encode()


@pytest.mark.parametrize("kind", ["order", "shipment"])
def test_an_event_is_known_by_what_we_had_it_keep_and_says_where_to_look(
    client: Client,
    in_app: Callable[[], AbstractContextManager[None]],
    there: BigShop,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    monkeypatch.setattr(BigCommerce, "takes_http", True)
    order = there.add_order()
    data = {"type": "order", "id": order["id"]} if kind == "order" else {"type": kind, "id": 5, "orderId": order["id"]}
    with in_app():
        secrets = Sealed.of({"access_token": there.token})
        db.session.add(new_connection("bigcommerce", address=there.address, credentials=secrets))
    place, body = "/hooks/bigcommerce/the-key", event(there, data)

    assert client.post(place, data=body, headers={"X-Toonbank-Secret": "guessed"}).status_code == 401
    headers = {"X-Toonbank-Secret": "the-secret", "X-Toonbank-Topic": f"order/{kind}"}
    assert client.post(place, data=body, headers=headers).status_code == 200
    with in_app():
        assert look_up_hints("one") == 1
        assert ids_here() == [order["id"]]


def test_a_checkout_that_nobody_finished_is_no_order_and_no_work(there: BigShop, connected: Connection) -> None:
    order = there.add_order(status_id=0)
    arrival = Arrival(source="bigcommerce", outside_shop_id=connected.outside_shop_id, connection_id=connected.id,
                      topic="order/order", once_key="1", sha256="", result=Fate.HINTED,
                      payload=event(there, {"type": "order", "id": order["id"]}).decode())  # fmt: skip
    db.session.add(arrival)
    db.session.commit()

    look_up_hints("one")

    db.session.expire_all()
    assert (arrival.result, ids_here()) == (Fate.NOT_READ, [])
    assert arrival.reason == "There is no placed order of that id there."


def test_a_connection_has_a_secret_and_says_what_to_enter(
    client: Client, in_app: Callable[[], AbstractContextManager[None]]
) -> None:
    client.post(
        "/admin/connection/new/",
        data={"source": "bigcommerce", "title": "Mugs", "invoices_for": "open", "is_active": "y"},
    )
    with in_app():
        connection = db.session.scalars(select(Connection)).one()
        assert connection.secret
        assert db.session.scalars(select(OutsideShop.host)).all() == [""]
    page = client.get("/admin/connection/1").text
    assert "Enter the access first" in page
    assert "This shop system sends no orders by itself" in page
    entered = {"address": "abc123", "credential_access_token": "t", "poll_minutes": "2"}
    assert "Store-level API accounts" in client.get("/admin/connection/1/access").text
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr("app.admin_views.connection_reading.try_kept", lambda _id: None)
        client.post("/admin/connection/1/access", data=entered)
    with in_app():
        assert db.session.scalars(select(Connection.address)).all() == ["https://api.bigcommerce.com/stores/abc123"]
        assert db.session.scalars(select(OutsideShop.host)).all() == ["store-abc123.mybigcommerce.com"]
