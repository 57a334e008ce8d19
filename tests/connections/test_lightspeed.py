"""Reading a Lightspeed eCom shop: its parts are lists of their own, and it lets itself be asked so often only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from app.columns import now
from app.connections import lightspeed
from app.connections.client import Access
from app.connections.failures import Remedy, ShopFailure
from app.connections.hints import look_up_hints
from app.connections.lightspeed import Lightspeed
from app.connections.platform import CheckState, PageOfOrders, Place, PulledOrder
from app.connections.webhook_watch import keep_webhooks
from app.extensions import db
from app.intake.events import is_signed, receive
from app.intake_readers import NewOrder, only_order_in
from app.models import Arrival, Connection, Order, PullKind, PullState, ShopChange, ShopPart, Trouble
from tests.connections.reading import connect, ids_here, look, pull_of, read_all
from tests.simulators.lightspeed import LightspeedShop
from tests.simulators.lightspeed.shapes import Shape
from tests.simulators.serving import Answer, Fault, Way, cut_off, firewall, status

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def there() -> Iterator[LightspeedShop]:
    with LightspeedShop() as shop:
        yield shop


@pytest.fixture
def shop(there: LightspeedShop) -> Iterator[Lightspeed]:
    with Lightspeed(access_to(there)) as opened:
        yield opened


@pytest.fixture
def connection(there: LightspeedShop, database: None, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Looked at once: only what changes from now on comes in."""
    monkeypatch.setattr(Lightspeed, "takes_http", True)
    made = connect("lightspeed", there.url, secrets_of(there))
    look()
    return made


def secrets_of(there: LightspeedShop) -> dict[str, str]:
    return {"api_key": there.key, "api_secret": there.secret, "language": there.language}


def access_to(there: LightspeedShop) -> Access:
    return Access(there.url, secrets_of(there))


def all_pages(ask: Callable[[Place], PageOfOrders]) -> list[str]:
    page = ask({})
    found = [one.external_id for one in page.orders]
    while page.next:
        page = ask(page.next)
        found += [one.external_id for one in page.orders]
    return found


def read(payload: str) -> NewOrder:
    found = only_order_in("lightspeed", payload)
    assert found.order, found.problem
    return found.order


def only_order() -> Order:
    return db.session.scalars(select(Order)).one()


def id_of(order: Shape) -> str:
    return str(order["id"])


# --- reading orders -------------------------------------------------------------------------------------------------


def test_an_order_is_read_with_all_its_parts_and_to_the_cent(there: LightspeedShop, shop: Lightspeed) -> None:
    order = there.add_order({"Mug": "12.50", "Plate": "9.99"}, quantity=3)
    there.pay(order)
    there.send(order, "3SABC")
    there.credit(order, "9.99")

    (found,) = shop.changed_since(now() - timedelta(hours=1), {}).orders
    new = read(shop.complete(found))

    assert (new.total, sum((line.total for line in new.lines), Decimal(0))) == (Decimal("73.52"), Decimal("73.52"))
    assert [(line.name, line.quantity) for line in new.lines] == [("Mug", 3), ("Plate", 3), ("Pakket", 1)]
    assert [(one.tracking_code, one.sent_at is not None) for one in new.shipments] == [("3SABC", True)]
    assert ([one.amount for one in new.payments], [one.amount for one in new.refunds]) == (
        [Decimal("73.52")],
        [Decimal("9.99")],
    )
    assert (new.invoice_numbers, new.currency) == ([there.parts_of(order, "invoices")[0]["number"]], "EUR")


def test_the_currency_is_the_shops_own(there: LightspeedShop, shop: Lightspeed) -> None:
    there.currency = "USD"
    there.add_order()

    (found,) = shop.changed_since(now() - timedelta(hours=1), {}).orders

    assert read(shop.complete(found)).currency == "USD"


def test_several_shipments_say_what_is_in_each(there: LightspeedShop, shop: Lightspeed) -> None:
    order = there.add_order({"Mug": "12.50", "Plate": "9.99"}, quantity=2)
    mugs, plates = there.lines[order["id"]]
    (first,) = there.parts_of(order, "shipments")
    second = there.add_shipment(order)
    there.pack(first, [mugs])
    there.pack(second, [plates], quantity=1)

    parcels = read(shop.complete(shop.many([id_of(order)])[0])).shipments

    assert [one.lines for one in parcels] == [{str(mugs["id"]): 2}, {str(plates["id"]): 1}]


def test_parts_of_other_orders_are_left_out_should_the_shop_not_narrow_them(
    there: LightspeedShop, shop: Lightspeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, other = there.add_order(), there.add_order()
    there.track(other, "3SOTHER")
    monkeypatch.setattr("tests.simulators.lightspeed.fits", lambda one, query: True)

    new = read(shop.complete(shop.many([id_of(order)])[0]))

    assert [one.tracking_code for one in new.shipments] == [""]
    assert len(new.invoice_numbers) == 1


@pytest.mark.parametrize("newest_first", [True, False])
def test_pages_lose_nothing_whatever_is_deleted_meanwhile(
    there: LightspeedShop, shop: Lightspeed, newest_first: bool
) -> None:
    there.newest_first = newest_first
    orders = [there.add_order(at=AT + timedelta(seconds=n // 2)) for n in range(45)]
    listed = orders[::-1] if newest_first else orders
    there.before_next(lambda: [there.delete(one) for one in listed[:3]], to="orders.json?created_at_min")
    there.before_next(lambda: [there.delete(one) for one in listed[5:9]], to="page=2")

    found = all_pages(lambda place: shop.placed_between(AT, AT + timedelta(days=1), place))

    assert {id_of(one) for one in there.lists["orders"]} <= set(found)


def test_what_is_not_found_for_a_moment_is_asked_for_once_more(there: LightspeedShop, shop: Lightspeed) -> None:
    order = there.add_order()
    not_found = Fault(Way.INSTEAD, Answer(404, {"error": {"message": "Not Found"}}))
    there.fail_next(not_found, to=f"/orders/{order['id']}.json")

    assert shop.one(id_of(order))
    there.delete(order)
    assert shop.one(id_of(order)) is None


def test_what_was_placed_between_two_moments_is_read(there: LightspeedShop, shop: Lightspeed) -> None:
    _before, within, _after = (there.add_order(at=AT + timedelta(days=n)) for n in (0, 10, 20))

    page = shop.placed_between(AT + timedelta(days=5), AT + timedelta(days=15), {})

    assert ([one.external_id for one in page.orders], page.total, page.next) == ([id_of(within)], 1, None)


# --- its three windows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [0, 1, 2])
def test_reading_leaves_a_tenth_of_each_window_alone(there: LightspeedShop, shop: Lightspeed, window: int) -> None:
    there.used[window] = there.limits[window] * 9 // 10
    shop.one("1")  # now it knows what is left
    with pytest.raises(ShopFailure) as caught:
        shop.changed_since(AT, {})

    assert (caught.value.trouble, caught.value.remedy) == (Trouble.TOO_BUSY, Remedy.WAIT)
    assert caught.value.retry_after == [300, 3600, 86400][window] - 37
    shop.reserve = 0  # whoever tells it something may use the rest
    assert shop.one("1") is None


def test_a_page_that_does_not_fit_into_what_is_left_waits(there: LightspeedShop, shop: Lightspeed) -> None:
    for _order in range(25):
        there.add_order(at=AT)
    assert shop.changed_since(AT, {}).pause == 0
    there.used[0] = 200

    assert shop.changed_since(AT, {}).pause == 263


@pytest.mark.parametrize(("fault", "pause"), [(status(429), None), (status(429, retry_after=90), 90)])
def test_too_many_questions_are_answered_with_when_to_come_back(
    there: LightspeedShop, shop: Lightspeed, fault: object, pause: float | None
) -> None:
    there.fail_next(fault)  # type: ignore[arg-type]
    with pytest.raises(ShopFailure) as caught:
        shop.changed_since(AT, {})
    assert (caught.value.trouble, caught.value.retry_after) == (Trouble.TOO_BUSY, pause)

    there.used = [300, 5, 5]
    with pytest.raises(ShopFailure) as caught:
        shop.changed_since(AT, {})
    assert caught.value.retry_after == 263


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [(status(503), Trouble.OUT_OF_ORDER), (firewall(), Trouble.REFUSED_BEFORE), (cut_off(), Trouble.NO_ANSWER)],
)
def test_what_else_fails_is_sorted(there: LightspeedShop, shop: Lightspeed, fault: object, trouble: Trouble) -> None:
    there.fail_next(fault)  # type: ignore[arg-type]
    with pytest.raises(ShopFailure) as caught:
        shop.changed_since(AT, {})

    assert caught.value.trouble == trouble


# --- trying it ------------------------------------------------------------------------------------------------------


def states(shop: Lightspeed) -> dict[str, CheckState]:
    return {str(one.title): one.state for one in shop.try_out().checks}


@pytest.mark.usefixtures("database")
def test_try_it_says_line_by_line_what_works(there: LightspeedShop, shop: Lightspeed) -> None:
    assert set(states(shop).values()) == {CheckState.WORKS}

    there.rights["orders"]["write"] = False
    there.skew = timedelta(hours=2)
    found = states(shop)
    assert (found["The key may write"], found["The clocks differ"]) == (CheckState.NOT_NEEDED, CheckState.NOT_NEEDED)
    assert shop.try_out().works

    for right in ("write", "read"):
        there.rights["products"][right] = False
        assert states(shop)["The key may change stock"] == CheckState.NOT_NEEDED
    assert shop.try_out().works

    there.rights["orders"]["read"] = False
    assert states(shop)["The key may read orders"] == CheckState.MISSING
    assert all(one.method == "GET" for one in there.requests)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("wrong", "trouble"), [({"api_secret": "no"}, "does not know this key"), ({"language": "xx"}, "language")]
)
def test_a_wrong_secret_or_language_is_said(there: LightspeedShop, wrong: dict[str, str], trouble: str) -> None:
    with Lightspeed(Access(there.url, {**secrets_of(there), **wrong})) as opened:
        (check,) = opened.try_out().checks

    assert check.state == CheckState.MISSING
    assert trouble in str(check.hint)


@pytest.mark.parametrize(
    ("entered", "meant"),
    [
        ("https://seoshop.webshopapp.com/admin", "https://api.webshopapp.com"),
        ("https://store.shoplightspeed.com", "https://api.shoplightspeed.com"),
        ("https://mugs.example.com", "https://mugs.example.com"),
    ],
)
def test_an_address_of_a_cluster_is_that_of_its_api(entered: str, meant: str) -> None:
    assert Lightspeed.own_address(entered) == meant


def test_a_language_has_two_letters() -> None:
    assert Lightspeed.why_incomplete({"language": "nl"}) == ""
    assert Lightspeed.why_incomplete({"language": "nederlands"})


# --- with the database ----------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_older_orders_all_come_in_once_in_spite_of_the_limits(
    there: LightspeedShop, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.newest_first = True
    orders = [there.add_order({"Mug": f"{n}.50"}, at=now() - timedelta(days=2, minutes=n)) for n in range(1, 24)]
    there.limits[0] = 150
    there.fail_next(status(500), to="/invoices.json?order=", times=1)
    there.before_next(there.open_windows, to="page=2")

    read_all(connection)

    here = {order.external_id: order.total for order in db.session.scalars(select(Order))}
    assert here == {id_of(one): Decimal(str(one["priceIncl"])) for one in orders}
    assert there.asked_for("page=2")


def test_a_look_brings_what_changed_and_asks_three_questions_where_nothing_did(
    there: LightspeedShop, connection: Connection
) -> None:
    order = there.add_order()
    look()
    assert ids_here() == [order["id"]]
    there.requests.clear()
    look()
    assert len(there.requests) == 3

    there.pay(order)
    look()
    assert only_order().paid == Decimal(str(order["priceIncl"]))


def test_a_part_that_moves_alone_is_not_missed(there: LightspeedShop, connection: Connection) -> None:
    """The date of its order stays: it is found by its own."""
    there.orders_move_with_parts = False
    order = there.add_order(at=now() - timedelta(days=3))
    read_all(connection)
    there.send(order, "3SABC")
    look()
    (parcel,) = only_order().shipments
    assert (parcel.tracking_code, parcel.sent_at is not None) == ("3SABC", True)

    there.pay(order)
    there.credit(order, "5.00")
    look()
    assert (only_order().paid, only_order().refunded) == (Decimal(str(order["priceIncl"])), 5)
    count = len(db.session.scalars(select(Arrival)).all())
    look(turns=2)
    assert len(db.session.scalars(select(Arrival)).all()) == count


def test_parts_of_an_order_that_is_gone_stop_nothing(there: LightspeedShop) -> None:
    """A slice may begin behind the orders, with parts of which no order answers any more."""
    there.orders_move_with_parts = False
    order = there.add_order(at=now() - timedelta(days=3))
    there.send(order, "3SABC")
    there.fail_next(Fault(Way.INSTEAD, Answer(404, {})), to=f"orders/{order['id']}.json", times=2)
    with Lightspeed(access_to(there)) as later:
        page = later.changed_since(now() - timedelta(hours=1), {"behind": 0})
    assert (page.orders, page.next) == ([], None)


def test_the_comparison_finds_an_edit_that_moved_no_date_and_asks_for_no_parts_of_others(
    there: LightspeedShop, connection: Connection
) -> None:
    orders = [there.add_order(at=now() - timedelta(days=3)) for _n in range(5)]
    read_all(connection)
    there.edit_unseen(orders[2], comment="Ring twice")
    there.requests.clear()

    look(PullKind.COMPARISON)

    changed = db.session.scalars(select(Order).where(Order.external_id == id_of(orders[2]))).one()
    assert changed.customer_note == "Ring twice"
    assert [one.path for one in there.asked_for("/products.json")] == [f"/nl/orders/{orders[2]['id']}/products.json"]


def test_the_comparison_says_what_is_gone_there(there: LightspeedShop, connection: Connection) -> None:
    order = there.add_order(at=now() - timedelta(days=20))
    read_all(connection)
    db.session.execute(Order.__table__.update().values(placed_at=now() - timedelta(days=60)))
    db.session.commit()
    there.delete(order)

    look(PullKind.COMPARISON)

    change = db.session.scalars(select(ShopChange)).one()
    assert (change.part, change.order_id) == (ShopPart.DELETED, only_order().id)


def test_what_is_to_be_mended_waits_and_what_passes_goes_on(there: LightspeedShop, connection: Connection) -> None:
    order = there.add_order()
    there.rights["orders"]["read"] = False
    assert look().trouble == Trouble.NO_RIGHT
    there.rights["orders"]["read"] = True
    there.fail_next(status(503), to="/products.json")
    assert look().trouble == Trouble.OUT_OF_ORDER

    assert (look().trouble, ids_here(), pull_of(PullKind.POLL).state) == (None, [order["id"]], PullState.WAITING)


# --- webhooks -------------------------------------------------------------------------------------------------------


def test_an_event_is_a_hint_that_the_secret_of_the_api_signs(there: LightspeedShop, connection: Connection) -> None:
    order = there.add_order(at=now() - timedelta(days=3))
    body, headers = there.event(order)
    assert is_signed(connection, body, headers["X-Signature"])
    assert not is_signed(connection, body + b" ", headers["X-Signature"])
    assert not is_signed(connection, body, "")
    receive(connection, body, headers["X-Event"])
    db.session.commit()

    there.change(order, comment="Ring twice")
    look_up_hints("one")

    assert only_order().customer_note == "Ring twice"
    assert len(json.loads(db.session.scalars(select(Arrival)).one().payload)["products"]["resource"]["embedded"]) == 1


def test_webhooks_are_made_once(there: LightspeedShop, connection: Connection, shop: Lightspeed, app: Flask) -> None:
    class Watched:
        hook_key, hook_secret = "the-key", "the-secret"
        seen: dict[str, str] = {}

    assert [keep_webhooks(Watched, shop) for _day in range(2)] == [1, 0]  # type: ignore[arg-type]
    (made,) = shop.webhooks()
    assert (made.topic, made.is_active) == ("orders/*", True)
    shop.remove_webhook(made.external_id)
    assert shop.webhooks() == []


def test_what_was_erased_here_is_read_anew(shop: Lightspeed) -> None:
    order = PulledOrder("7", '{"id": 7, "number": "ORD7"}')

    assert shop.knows('{"order": {"id": 7, "number": "ORD7", "currency": "EUR"}}', order)
    assert not shop.knows("", order)
    assert not shop.knows('{"id": 7, "number": ""}', order)
    assert lightspeed.PAGE_COST < 270
