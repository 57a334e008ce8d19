"""Reading an Ecwid shop: whole orders, the newest first, in a currency that only the shop's profile tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from app.columns import now
from app.connections import ecwid
from app.connections.client import Access
from app.connections.ecwid import Ecwid
from app.connections.failures import Remedy, ShopFailure
from app.connections.hints import look_up_hints
from app.connections.managing import entered_access, keep_access
from app.connections.platform import CheckState
from app.connections.webhook_watch import keep_webhooks
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers import NewOrder, only_order_in
from app.models import Arrival, Connection, Order, OutsideShop, Pull, PullKind, ShopChange, ShopPart, Trouble
from tests.clients import Client
from tests.connections.reading import connect, look, read_all
from tests.factories import new_connection
from tests.simulators.ecwid import EcwidShop
from tests.simulators.serving import cut_off, firewall, status

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def there() -> Iterator[EcwidShop]:
    with EcwidShop() as shop:
        yield shop


@pytest.fixture
def shop(there: EcwidShop) -> Iterator[Ecwid]:
    with Ecwid(Access(there.url, secrets_of(there))) as opened:
        yield opened


@pytest.fixture
def connection(there: EcwidShop, database: None, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Looked at once: only what changes from now on comes in."""
    monkeypatch.setattr(Ecwid, "takes_http", True)
    made = connect("ecwid", there.url, secrets_of(there))
    look()
    return made


def secrets_of(there: EcwidShop) -> dict[str, str]:
    return {"store_id": there.store_id, "token": there.token, "client_secret": there.client_secret}


def all_pages(shop: Ecwid, since: datetime) -> list[str]:
    page = shop.changed_since(since, {})
    found = [one.external_id for one in page.orders]
    while page.next:
        page = shop.changed_since(since, page.next)
        found += [one.external_id for one in page.orders]
    return found


def read(payload: str) -> NewOrder:
    found = only_order_in("ecwid", payload)
    assert found.order, found.problem
    return found.order


def only_order() -> Order:
    return db.session.scalars(select(Order)).one()


def failure_of(shop: Ecwid) -> ShopFailure:
    with pytest.raises(ShopFailure) as caught:
        shop.changed_since(AT, {})
    return caught.value


# --- reading orders -------------------------------------------------------------------------------------------------


def test_an_order_is_read_whole_to_the_cent_and_in_the_currency_of_its_shop(there: EcwidShop, shop: Ecwid) -> None:
    there.currency = "USD"
    order = there.add_order({"Mug": "12.50", "Plate": "9.99"}, quantity=3, paymentStatus="PAID", trackingNumber="3SABC")

    (found,) = shop.changed_since(now() - timedelta(hours=1), {}).orders
    new = read(shop.complete(found))

    assert (new.external_id, new.currency, new.total) == (order["id"], "USD", Decimal("73.52"))
    assert sum((line.total for line in new.lines), Decimal(0)) == new.total
    assert ([one.amount for one in new.payments], [one.tracking_code for one in new.shipments]) == (
        [Decimal("73.52")],
        ["3SABC"],
    )


def test_without_the_scope_of_the_profile_orders_come_in_all_the_same(there: EcwidShop, shop: Ecwid) -> None:
    there.scopes.remove("read_store_profile")
    there.add_order()

    (found,) = shop.changed_since(now() - timedelta(hours=1), {}).orders

    assert shop.complete(found) == found.payload


def test_pages_lose_nothing_whatever_comes_and_goes_meanwhile(there: EcwidShop, shop: Ecwid) -> None:
    orders = [there.add_order(at=AT + timedelta(seconds=n // 2)) for n in range(120)]
    there.before_next(lambda: [there.delete(one) for one in orders[-4:]], to="offset=50")
    there.before_next(there.add_order, to="offset=46")

    found = all_pages(shop, AT)

    assert {one["id"] for one in orders[:-4]} <= set(found)


def test_what_is_still_at_the_checkout_is_passed_over(there: EcwidShop, shop: Ecwid) -> None:
    order = there.add_order()
    there.add_order(paymentStatus="INCOMPLETE")

    assert all_pages(shop, now() - timedelta(hours=1)) == [order["id"]]


def test_orders_are_read_by_their_whole_ids(there: EcwidShop, shop: Ecwid) -> None:
    order, other = there.add_order(), there.add_order()
    other["id"] = f"SALE-{order['id']}"

    assert [one.external_id for one in shop.many([order["id"]])] == [order["id"]]
    assert shop.one(str(order["internalId"]))
    there.delete(order)
    assert (shop.many([order["id"]]), shop.one(order["id"])) == ([], None)


def test_what_was_placed_between_two_moments_is_read(there: EcwidShop, shop: Ecwid) -> None:
    _before, within, _after = (there.add_order(at=AT + timedelta(days=n)) for n in (0, 10, 20))

    page = shop.placed_between(AT + timedelta(days=5), AT + timedelta(days=15), {})

    assert ([one.external_id for one in page.orders], page.total, page.next) == ([within["id"]], 1, None)


# --- what fails -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "trouble", "pause"),
    [
        (status(503), Trouble.OUT_OF_ORDER, None),
        (status(429, retry_after=20), Trouble.TOO_BUSY, 20),
        (status(429), Trouble.TOO_BUSY, None),
        (firewall(), Trouble.REFUSED_BEFORE, None),
        (cut_off(), Trouble.NO_ANSWER, None),
    ],
)
def test_what_fails_is_sorted(
    there: EcwidShop, shop: Ecwid, fault: object, trouble: Trouble, pause: float | None
) -> None:
    there.fail_next(fault)  # type: ignore[arg-type]
    failure = failure_of(shop)

    assert (failure.trouble, failure.retry_after) == (trouble, pause)


def test_a_token_that_is_taken_back_and_a_plan_without_the_api_are_to_be_mended(there: EcwidShop, shop: Ecwid) -> None:
    there.is_premium = False
    failure = failure_of(shop)
    assert (failure.trouble, failure.remedy) == (Trouble.NO_API, Remedy.MEND)
    assert "plan" in failure.detail

    there.token = "secret_0ther"
    failure = failure_of(shop)
    assert (failure.trouble, failure.remedy) == (Trouble.WRONG_KEY, Remedy.MEND)
    assert "secret_" not in str(failure)


# --- trying it ------------------------------------------------------------------------------------------------------


def states(shop: Ecwid) -> dict[str, CheckState]:
    shop.told_currency = None
    return {str(one.title): one.state for one in shop.try_out().checks}


@pytest.mark.usefixtures("database")
def test_try_it_says_line_by_line_what_works_and_changes_nothing(there: EcwidShop, shop: Ecwid) -> None:
    order = there.add_order()
    before = dict(order)
    assert set(states(shop).values()) == {CheckState.WORKS}

    there.scopes = {"read_orders"}
    there.skew = timedelta(hours=2)
    found = states(shop)
    noted = {title for title, state in found.items() if state == CheckState.NOT_NEEDED}
    assert noted == {"The currency of the shop", "The key may write", "The clocks differ", "The key may change stock"}
    assert shop.try_out().works
    assert any("read_catalog and update_catalog" in str(one.hint) for one in shop.try_out().checks)

    there.scopes = set()
    assert states(shop) == {"The shop answers": CheckState.WORKS, "The key may read orders": CheckState.MISSING}
    assert (order, there.mails) == (before, [])


@pytest.mark.parametrize(
    ("entered", "meant"),
    [
        ("https://my.ecwid.com", ecwid.API),
        ("https://mugs.company.site/products", ecwid.API),
        ("https://mugs.example.com", "https://mugs.example.com"),
    ],
)
def test_any_address_of_ecwids_is_that_of_its_api(entered: str, meant: str) -> None:
    assert Ecwid.own_address(entered) == meant


def test_what_was_entered_is_tried_and_the_address_of_all_shops_is_no_shops_own(
    client: Client,
    in_app: Callable[[], AbstractContextManager[None]],
    there: EcwidShop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Ecwid, "takes_http", True)
    monkeypatch.setattr(Ecwid, "own_address", classmethod(lambda cls, entered: there.url))
    with in_app():
        db.session.add(new_connection("ecwid"))
    place = "/admin/connection/1/access"
    assert ecwid.API in client.get(place).text
    entered = {"address": ecwid.API, "poll_minutes": "2", "credential_token": there.token}

    refused = client.post(place, data={**entered, "credential_store_id": "mugs"})
    assert "Store ID: enter the number of the store." in refused.text
    answer = client.post(place, data={**entered, "credential_store_id": there.store_id})
    assert "The currency of the shop" in answer.text
    assert there.token not in answer.text
    with in_app():
        assert db.session.scalars(select(OutsideShop.host)).all() == [""]


# --- with the database ----------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_another_store_is_another_shop(there: EcwidShop, connection: Connection) -> None:
    """One address has all of them, and the numbers of their orders are the same."""
    say = {"store_id": "2004", "token": "secret_of_another"}
    with pytest.raises(ActionRefused, match="Store ID: this connection reads the shop 1003"):
        entered_access(connection, address=there.url, given=say)
    assert (
        entered_access(connection, address=there.url, given={"token": "secret_anew"}).credentials["store_id"] == "1003"
    )

    db.session.execute(Pull.__table__.update().values(looked_at=None))
    assert entered_access(connection, address=there.url, given=say).credentials["store_id"] == "2004"
    with pytest.raises(ActionRefused, match="Secret token: enter it"):  # that of the other store goes nowhere
        entered_access(connection, address=there.url, given={"store_id": "2004"})


def test_one_store_is_not_read_as_two_shops(there: EcwidShop, connection: Connection) -> None:
    again = new_connection("ecwid", key="again", title="Again", outside_shop=OutsideShop(source="ecwid", title="Again"))
    db.session.add(again)
    db.session.flush()
    with pytest.raises(ActionRefused, match="would come in twice"):
        keep_access(again, Access(there.url, secrets_of(there)), minutes=2, by=SYSTEM)
    keep_access(again, Access(there.url, {**secrets_of(there), "store_id": "2004"}), minutes=2, by=SYSTEM)


def test_older_orders_all_come_in_once_and_to_the_cent(there: EcwidShop, connection: Connection) -> None:
    orders = [there.add_order({"Mug": f"{n}.50"}, at=now() - timedelta(days=2, minutes=n)) for n in range(1, 60)]
    there.fail_next(status(500), to="offset=50")

    read_all(connection)

    here = {order.external_id: order.total for order in db.session.scalars(select(Order))}
    assert here == {one["id"]: Decimal(str(one["total"])) for one in orders}


def test_a_look_brings_what_changed_and_asks_one_question_where_nothing_did(
    there: EcwidShop, connection: Connection
) -> None:
    order = there.add_order()
    look()
    there.requests.clear()
    look()
    assert len(there.requests) == 1

    there.change(order, paymentStatus="PAID")
    look()
    assert only_order().paid == Decimal(str(order["total"]))


def test_the_comparison_finds_an_edit_that_moved_no_date_and_what_is_gone(
    there: EcwidShop, connection: Connection
) -> None:
    edited, gone, same = (there.add_order(at=now() - timedelta(days=3)) for _n in range(3))
    read_all(connection)
    db.session.execute(
        Order.__table__.update().values(placed_at=now() - timedelta(days=60)).where(Order.external_id == gone["id"])
    )
    db.session.commit()
    count = len(db.session.scalars(select(Arrival)).all())
    there.edit_unseen(edited, orderComments="Ring twice")
    there.delete(gone)

    look(PullKind.COMPARISON)

    notes = dict(db.session.execute(select(Order.external_id, Order.customer_note)).all())
    assert (notes[edited["id"]], notes[same["id"]]) == ("Ring twice", "")
    assert [change.part for change in db.session.scalars(select(ShopChange))] == [ShopPart.DELETED]
    assert len(db.session.scalars(select(Arrival)).all()) == count + 1


# --- webhooks -------------------------------------------------------------------------------------------------------


def test_an_event_is_a_hint_that_its_app_signs(there: EcwidShop, connection: Connection, app: Flask) -> None:
    order = there.add_order(at=now() - timedelta(days=3))
    body, headers = there.event(order)
    browser, place = app.test_client(), f"/hooks/ecwid/{connection.key}"

    assert browser.post(place, data=body, headers={"X-Ecwid-Webhook-Signature": "bm8="}).status_code == 401
    assert browser.post(place, data=b'{"eventType": "order.updated"}').status_code == 401
    assert browser.post(place, data=body, headers=headers).status_code == 200
    db.session.expire_all()
    look_up_hints("one")

    assert only_order().external_id == order["id"]
    assert db.session.scalars(select(Arrival.topic)).all() == ["order.updated"]


def test_an_event_of_a_deletion_is_believed_when_the_order_is_gone(
    there: EcwidShop, connection: Connection, app: Flask
) -> None:
    order = there.add_order()
    look()
    body, headers = there.event(order, "order.deleted")
    there.delete(order)

    app.test_client().post(f"/hooks/ecwid/{connection.key}", data=body, headers=headers)
    db.session.expire_all()
    look_up_hints("one")

    assert [change.part for change in db.session.scalars(select(ShopChange))] == [ShopPart.DELETED]


def test_no_webhooks_are_made_for_people_make_them_there(there: EcwidShop, shop: Ecwid, app: Flask) -> None:
    class Watched:
        hook_key, hook_secret = "the-key", "the-secret"
        seen: dict[str, str] = {}

    assert keep_webhooks(Watched, shop) == 0  # type: ignore[arg-type]
    assert there.requests == []


def test_an_order_states_the_same_whether_its_currency_was_added(there: EcwidShop, shop: Ecwid) -> None:
    there.add_order()
    (listed,) = shop.changed_since(now() - timedelta(hours=1), {}).orders

    assert shop.knows(shop.complete(listed), listed)
    assert not shop.knows(shop.complete(listed).replace("Noor", ""), listed)
    assert not shop.knows("", listed)
