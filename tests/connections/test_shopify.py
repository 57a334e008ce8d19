"""Reading a Shopify shop: within its points, with a token that expires, behind an index that lags."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.columns import now
from app.connections.client import Access
from app.connections.failures import Remedy, ShopFailure
from app.connections.managing import begin_pulls
from app.connections.platform import CheckState, PageOfOrders, PulledOrder
from app.connections.shopify import Shopify
from app.connections.shopify_queries import DELIVERY
from app.encryption.sealed import Sealed
from app.extensions import db
from app.intake_readers import NewOrder, only_order_in
from app.models import Order, PullKind, ShopChange, Trouble
from tests.clients import Client
from tests.connections.reading import connect, fill_in, look, read_all
from tests.factories import new_connection
from tests.simulators.serving import cut_off, firewall, status
from tests.simulators.shopify import ALL_SCOPES, ShopifyShop, line

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def there() -> Iterator[ShopifyShop]:
    with ShopifyShop() as shop:
        yield shop


@pytest.fixture
def shopify(there: ShopifyShop) -> Iterator[Shopify]:
    with opened(there, token=there.token) as shop:
        yield shop


def opened(there: ShopifyShop, **credentials: str) -> Shopify:
    return Shopify(Access(there.url, credentials))


def all_pages(shop: Shopify, since: datetime) -> list[PulledOrder]:
    found: list[PulledOrder] = []
    page = shop.changed_since(since, {})
    found += page.orders
    while page.next:
        page = shop.changed_since(since, page.next)
        found += page.orders
    return found


def read(order: PulledOrder) -> NewOrder:
    found = only_order_in("shopify", order.payload)
    assert found.order, found.problem
    return found.order


def failure_of(shop: Shopify) -> ShopFailure:
    with pytest.raises(ShopFailure) as caught:
        shop.changed_since(AT, {})
    return caught.value


# --- reading orders -------------------------------------------------------------------------------------------------


def test_what_changed_is_read_page_by_page_as_the_reader_wants_it(there: ShopifyShop, shopify: Shopify) -> None:
    old = there.add_order(at=AT - timedelta(days=1))
    orders = [there.add_order(at=AT + timedelta(seconds=n // 2)) for n in range(12)]

    found = all_pages(shopify, AT)

    assert [one.external_id for one in found] == [one["legacyResourceId"] for one in orders]
    assert old["legacyResourceId"] not in [one.external_id for one in found]
    new = read(found[0])
    assert (new.total, new.customer and new.customer.email, len(new.payments)) == (
        new.lines[0].total,
        "noor@example.org",
        1,
    )


def test_nothing_is_lost_where_an_order_changes_between_two_pages(there: ShopifyShop, shopify: Shopify) -> None:
    orders = [there.add_order(at=AT + timedelta(seconds=n)) for n in range(12)]
    first = shopify.changed_since(AT, {})
    there.change(orders[0], note="later")

    ids = [one.external_id for one in first.orders]
    page: PageOfOrders = first
    while page.next:
        page = shopify.changed_since(AT, page.next)
        ids += [one.external_id for one in page.orders]

    assert set(ids) == {one["legacyResourceId"] for one in orders}
    assert ids.count(orders[0]["legacyResourceId"]) == 2


def test_what_was_placed_between_two_moments_is_read_whatever_became_of_it(
    there: ShopifyShop, shopify: Shopify
) -> None:
    before, within, after = (there.add_order(at=AT + timedelta(days=n)) for n in (0, 10, 20))
    there.change(within, cancelledAt="2026-11-12T10:00:00Z")

    page = shopify.placed_between(AT + timedelta(days=5), AT + timedelta(days=15), {})

    assert [one.external_id for one in page.orders] == [within["legacyResourceId"]]
    assert before != after


def test_orders_are_read_by_id_and_a_deleted_one_is_not_there(there: ShopifyShop, shopify: Shopify) -> None:
    orders = [there.add_order() for _ in range(7)]
    there.delete(orders[3])
    ids = [one["legacyResourceId"] for one in orders]

    assert [one.external_id for one in shopify.many(ids)] == ids[:3] + ids[4:]
    assert shopify.one(ids[3]) is None
    assert shopify.one(ids[4])


def test_an_order_of_many_lines_is_completed(there: ShopifyShop, shopify: Shopify) -> None:
    order = there.add_order(lines=[line(f"Mug {n}", "1.00") for n in range(140)])
    there.send(order, "3SABC")

    (found,) = all_pages(shopify, AT)
    whole = shopify.complete(found)

    assert only_order_in("shopify", found.payload).problem  # half an order is refused
    new = only_order_in("shopify", whole).order
    assert new
    assert (len(new.lines), len(new.shipments[0].lines)) == (140, 140)
    assert shopify.complete(PulledOrder(found.external_id, whole)) == whole


# --- its points -----------------------------------------------------------------------------------------------------


def test_a_throttled_shop_says_how_long_to_wait(there: ShopifyShop, shopify: Shopify) -> None:
    there.fixed_now = now()
    there.bucket.left, there.bucket.restored = 10, 50

    failure = failure_of(shopify)

    assert (failure.trouble, failure.remedy) == (Trouble.TOO_BUSY, Remedy.WAIT)
    assert failure.retry_after
    assert failure.retry_after > 1
    there.fixed_now += timedelta(seconds=failure.retry_after + 1)
    assert shopify.changed_since(AT, {}).orders == []


def test_the_next_page_waits_until_it_can_be_paid_for(there: ShopifyShop, shopify: Shopify) -> None:
    there.fixed_now = now()
    assert shopify.changed_since(AT, {}).pause == 0
    there.bucket.left = there.costs[-1]

    assert shopify.changed_since(AT, {}).pause > 0


def test_fewer_orders_are_asked_for_where_that_is_too_dear(there: ShopifyShop, shopify: Shopify) -> None:
    orders = [there.add_order(at=AT) for _ in range(4)]
    there.dearest = 500

    assert len(all_pages(shopify, AT)) == len(orders)
    assert shopify.at_once < 5


# --- who asks -------------------------------------------------------------------------------------------------------


def test_a_token_is_made_by_id_and_secret_and_anew_when_it_has_expired(there: ShopifyShop) -> None:
    there.add_order(at=AT)
    with opened(there, client_id=there.client_id, client_secret=there.client_secret) as shop:
        assert len(shop.changed_since(AT, {}).orders) == 1
        there.expire_tokens()
        assert len(shop.changed_since(AT, {}).orders) == 1

    assert len(there.asked_for("/oauth/access_token")) == 2


@pytest.mark.parametrize("is_permitted", [True, False])
def test_a_wrong_secret_and_a_foreign_app_are_to_be_mended(there: ShopifyShop, is_permitted: bool) -> None:
    there.is_of_same_organisation = is_permitted
    secret = "shpss_0ther" if is_permitted else there.client_secret
    with opened(there, client_id=there.client_id, client_secret=secret) as shop:
        failure = failure_of(shop)

    assert (failure.trouble, failure.remedy) == (Trouble.WRONG_KEY, Remedy.MEND)
    assert secret not in str(failure)


def test_an_expired_token_that_nobody_can_make_anew_is_to_be_mended(there: ShopifyShop, shopify: Shopify) -> None:
    there.expire_tokens()

    assert failure_of(shopify).trouble == Trouble.WRONG_KEY


def test_a_scope_that_is_gone_is_to_be_mended_and_named(there: ShopifyShop, shopify: Shopify) -> None:
    there.scopes.remove("read_orders")

    failure = failure_of(shopify)

    assert (failure.trouble, failure.remedy) == (Trouble.NO_RIGHT, Remedy.MEND)
    assert "read_orders" in failure.detail


def test_without_the_scope_of_deliveries_orders_are_read_all_the_same(there: ShopifyShop, shopify: Shopify) -> None:
    there.scopes.remove("read_merchant_managed_fulfillment_orders")
    order = there.add_order(at=AT)

    (found,) = all_pages(shopify, AT)

    assert found.external_id == order["legacyResourceId"]
    assert DELIVERY not in json.loads(there.requests[-1].body)["query"]


def test_what_an_app_may_not_see_is_not_taken_for_deleted(there: ShopifyShop, shopify: Shopify) -> None:
    there.scopes.remove("read_merchant_managed_fulfillment_orders")
    order = there.add_order()

    assert shopify.one(order["legacyResourceId"])


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (status(503), Trouble.OUT_OF_ORDER),
        (status(429, retry_after=2), Trouble.TOO_BUSY),
        (status(402), Trouble.REFUSED_BEFORE),
        (firewall(), Trouble.REFUSED_BEFORE),
        (cut_off(), Trouble.NO_ANSWER),
    ],
)
def test_what_else_fails_is_sorted(there: ShopifyShop, shopify: Shopify, fault: object, trouble: Trouble) -> None:
    there.fail_next(fault)  # type: ignore[arg-type]

    assert failure_of(shopify).trouble == trouble


# --- trying it ------------------------------------------------------------------------------------------------------


def states(shop: Shopify) -> dict[str, CheckState]:
    return {str(one.title): one.state for one in shop.try_out().checks}


@pytest.mark.usefixtures("database")
def test_try_it_says_what_works_and_what_lacks(there: ShopifyShop, shopify: Shopify) -> None:
    there.add_order()
    there.scopes = set(ALL_SCOPES)
    assert set(states(shopify).values()) == {CheckState.WORKS}

    there.scopes = {"read_orders"}
    there.version = "2027-01"
    found = states(shopify)
    assert found["Orders older than 60 days"] == CheckState.NOT_NEEDED
    assert found["Telling the shop what is sent"] == CheckState.NOT_NEEDED
    assert found["The version of the API"] == CheckState.NOT_NEEDED
    assert shopify.try_out().works

    there.scopes = set()
    assert states(shopify) == {"The shop answers": CheckState.WORKS, "The key may read orders": CheckState.MISSING}


@pytest.mark.usefixtures("database")
def test_try_it_without_any_key_changes_nothing_and_says_so(there: ShopifyShop) -> None:
    with opened(there) as shop:
        assert states(shop) == {"The shop answers": CheckState.MISSING}
    assert there.requests == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("sees_old", [True, False])
def test_what_an_app_may_not_see_any_more_is_not_said_to_be_deleted(
    there: ShopifyShop, monkeypatch: pytest.MonkeyPatch, sees_old: bool
) -> None:
    """Without read_all_orders an order that is open here for more than 60 days looks like one that is gone."""
    monkeypatch.setattr(Shopify, "takes_http", True)
    order = there.add_order(at=now() - timedelta(days=5))
    connection = connect("shopify", there.url, {"client_id": there.client_id, "client_secret": there.client_secret})
    read_all(connection)
    there.delete(order)
    there.scopes = set(ALL_SCOPES) if sees_old else ALL_SCOPES - {"read_all_orders"}

    pull = look(PullKind.COMPARISON)

    assert (pull.trouble, len(db.session.scalars(select(ShopChange)).all())) == (None, int(sees_old))


@pytest.mark.parametrize(
    ("entered", "meant"),
    [
        ("https://admin.shopify.com/store/mugs-2/orders", "https://mugs-2.myshopify.com"),
        ("https://mugs.myshopify.com", "https://mugs.myshopify.com"),
    ],
)
def test_an_address_of_the_admin_is_understood(entered: str, meant: str) -> None:
    assert Shopify.own_address(entered) == meant


def test_what_was_entered_has_to_be_enough(
    client: Client,
    in_app: Callable[[], AbstractContextManager[None]],
    there: ShopifyShop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Shopify, "takes_http", True)
    with in_app():
        db.session.add(new_connection("shopify"))
    place, entered = "/admin/connection/1/access", {"address": there.url, "poll_minutes": "2"}

    refused = client.post(place, data={**entered, "credential_client_id": there.client_id})
    assert "Enter client ID and client secret, or an access token." in refused.text
    assert there.requests == []

    answer = client.post(place, data={**entered, "credential_token": there.token})
    assert "Orders older than 60 days" in answer.text
    assert there.token not in answer.text


# --- with the database ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_looks_follow_a_shop_whose_index_lags_and_which_withholds_personal_data(
    there: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shopify, "takes_http", True)
    there.lag = timedelta(minutes=3)
    order = there.add_order()
    secrets = {"client_id": there.client_id, "client_secret": there.client_secret}
    connection = new_connection("shopify", address=there.url, credentials=Sealed.of(secrets), notify=False)
    db.session.add(connection)
    db.session.flush()
    begin_pulls(connection)
    db.session.commit()
    look()
    fill_in(connection)
    look(PullKind.BACKFILL)
    assert db.session.scalars(select(Order)).one().external_id == order["legacyResourceId"]

    there.fixed_now = now()
    there.change(order, note="Ring twice")
    there.withholds_personal_data = True
    for _look in ("the list does not know of it yet", "now it does"):
        there.fixed_now += timedelta(minutes=2)
        look()

    kept = db.session.scalars(select(Order)).one()
    assert (kept.customer_note, kept.email, kept.billing.city) == ("Ring twice", "noor@example.org", "Utrecht")
