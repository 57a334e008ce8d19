"""Two shops of one platform: each has its order 14, and what one tells of it never touches the other's."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.outside_shops import (
    forget_unused,
    hosts_in,
    keep_shop,
    learn_host,
    note_file_of,
    other_shop_stated,
    proposed_shop,
    shop_named,
)
from app.actions.personal_data import erase_personal_data
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import dry_run, take_in, try_again
from app.intake.batches import keep_file, set_undone, undo_order
from app.intake.corrections import correct
from app.intake.events import read_event, receive
from app.intake_readers import SOURCES, Found, only_order_in, orders_in
from app.intake_readers.new_order import NewCustomer, NewRefund
from app.models import Arrival, Connection, Customer, Order, OrderStatus, OutsideShop
from tests.arrange import order_14
from tests.factories import new_connection, new_order, outside_shop, place, shop_key

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]

SAMPLES = Path(__file__).parent.parent / "intake_readers" / "samples"


def found(**stated: Any) -> Found:
    return only_order_in("woocommerce", json.dumps(order_14(**stated)))


def connected(title: str) -> Connection:
    connection = new_connection(title=title, key=f"key-{title}", outside_shop=outside_shop("woocommerce", title))
    db.session.add(connection)
    db.session.flush()
    return connection


def tell(connection: Connection, topic: str = "order.updated", **stated: Any) -> str:
    """The connected shop tells of its order."""
    arrival = receive(connection, json.dumps(order_14(**stated)).encode(), topic)
    taken = read_event(arrival.id) if arrival else None
    db.session.flush()
    return taken.result if taken else ""


def read_file(title: str, **stated: Any) -> str:
    return take_in(found(**stated), shop=shop_key("woocommerce", title), origin="orders.json", by=SYSTEM).result


def order_of(title: str, external_id: str = "14") -> Order:
    query = select(Order).join(Order.outside_shop).where(OutsideShop.title == title, Order.external_id == external_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def count(kind: type[Any]) -> int:
    return len(db.session.scalars(select(kind)).all())


# --- known by the shop and the id there -----------------------------------------------------------------------------


@pytest.mark.parametrize("second_by", ["event", "file"])
@pytest.mark.parametrize("first_by", ["event", "file"])
def test_each_shop_has_its_order_14(first_by: str, second_by: str) -> None:
    mugs, plates = connected("Mugs"), connected("Plates")
    ways = {"event": tell, "file": lambda shop, **stated: read_file(shop.title, **stated)}

    first = ways[first_by](mugs, total="12.50")
    second = ways[second_by](plates, total="12.50", date_created_gmt="2026-11-21T10:00:00")

    assert (first, second, count(Order)) == ("added", "added", 2)
    assert order_of("Mugs").placed_at < order_of("Plates").placed_at
    assert ways[second_by](mugs, status="processing", note="again") == "already there"


@pytest.mark.parametrize("by_event", [True, False])
def test_a_refund_a_cancellation_and_a_payment_land_on_the_shops_own_order(by_event: bool) -> None:
    mugs, plates = connected("Mugs"), connected("Plates")
    say = tell if by_event else lambda shop, **stated: read_file(shop.title, **stated)
    for shop in (mugs, plates):
        say(shop, status="on-hold", date_paid_gmt=None)

    say(plates, refunds=[{"id": 3, "total": "-2.00", "reason": "Chipped"}])
    assert (order_of("Mugs").refunded, order_of("Plates").refunded) == (0, Decimal("2.00"))
    assert (order_of("Mugs").paid, order_of("Plates").paid) == (0, Decimal("12.50"))

    say(mugs, status="cancelled", date_paid_gmt=None, date_modified_gmt="2026-11-22T10:00:00")
    assert order_of("Mugs").status == OrderStatus.CANCELLED
    assert order_of("Plates").status != OrderStatus.CANCELLED


@pytest.mark.parametrize("source", SOURCES)
def test_two_shops_with_the_same_payload_make_two_orders_and_their_refunds_land_rightly(source: str) -> None:
    text = next(SAMPLES.glob("orders.csv" if source == "csv" else f"{source}.*")).read_text("utf-8")
    readable = [one for one in orders_in(source, text, currency="EUR") if one.order is not None]
    one, other = shop_key(source, "One"), shop_key(source, "Other")
    payload = readable[0]
    assert payload.order is not None

    results = [take_in(payload, shop=shop, origin="f", by=SYSTEM).result for shop in (one, other, one, other)]
    before = {order.outside_shop_id: order.refunded for order in db.session.scalars(select(Order))}
    payload.order.refunds = [*payload.order.refunds, NewRefund(Decimal(1), payload.order.placed_at, external_id="late")]
    take_in(payload, shop=other, origin="f", by=SYSTEM)

    assert results == ["added", "added", "already there", "already there"]
    after = {order.outside_shop_id: order.refunded for order in db.session.scalars(select(Order))}
    assert after == {one.id: before[one.id], other.id: before[other.id] + 1}


def test_orders_without_a_shop_are_known_by_who_brought_them() -> None:
    by_program = place(new_order(source="api", external_id="14"))
    of_shop = place(new_order(external_id="14"))

    assert by_program is not of_shop
    assert place(new_order(source="api", external_id="14")) is by_program
    assert place(new_order(external_id="14")) is of_shop


def test_customer_5_of_two_shops_are_two_people_unless_the_address_says_that_they_are_one() -> None:
    def customer(title: str, email: str) -> Customer | None:
        person = NewCustomer(external_id="5", name="Femke", email=email)
        new = new_order(customer=person, billing=None, shipping=None)
        return place(new, shop=shop_key("woocommerce", title)).customer

    femke, bo = customer("Mugs", "femke@example.org"), customer("Plates", "bo@example.org")
    assert femke is not bo
    assert customer("Mugs", "new@example.org") is femke
    assert customer("Pots", "FEMKE@example.org") is femke


def test_an_erased_customer_is_known_by_no_shop_any_more() -> None:
    order = place(new_order(), notify=False)
    assert order.customer is not None
    order.status = OrderStatus.COMPLETED

    erase_personal_data(order.customer, by=SYSTEM)

    assert (order.customer.outside_shop_id, order.customer.external_id, order.customer.source) == (None, None, None)


# --- looking beforehand, quarantine, undoing ------------------------------------------------------------------------


def test_a_dry_run_looks_at_the_shops_own_orders() -> None:
    read_file("Mugs")

    results = {
        title: [one.result for one in dry_run([found()], shop=shop_key("woocommerce", title), by=SYSTEM)]
        for title in ("Mugs", "Plates")
    }
    unmade = shop_named("woocommerce", "Not made yet").key

    assert results == {"Mugs": ["same"], "Plates": ["new"]}
    assert [one.result for one in dry_run([found()], shop=unmade, by=SYSTEM)] == ["new"]


def test_a_shop_that_is_not_made_yet_has_no_orders_of_programs_either() -> None:
    place(new_order(source="api", external_id="14"))

    (foreseen,) = dry_run([found()], shop=shop_named("woocommerce", "New").key, by=SYSTEM)

    assert foreseen.result == "new"


def test_the_same_payload_of_two_shops_waits_twice_and_lands_in_its_own() -> None:
    read_file("Mugs")
    for title in ("Mugs", "Plates", "Plates"):
        assert read_file(title, total="abc") == "quarantined"
    waiting = select(Arrival).where(Arrival.result == "quarantined").order_by(Arrival.id)
    of_mugs, of_plates = db.session.scalars(waiting).all()

    assert correct(of_mugs, json.dumps(order_14()), by=SYSTEM).result == "already there"
    assert correct(of_plates, json.dumps(order_14()), by=SYSTEM).result == "added"
    assert order_of("Plates") is not order_of("Mugs")


def test_trying_again_lands_in_the_shop_that_it_came_from() -> None:
    mugs, plates = connected("Mugs"), connected("Plates")
    tell(mugs)
    arrival = receive(plates, json.dumps(order_14()).encode(), "order.created")
    assert arrival is not None
    arrival.result = "quarantined"

    assert try_again(arrival, by=SYSTEM).result == "added"
    assert order_of("Plates").id == arrival.order_id != order_of("Mugs").id


def test_undoing_an_import_leaves_the_other_shops_order_alone() -> None:
    read_file("Mugs")
    batch = keep_file(outside_shop("woocommerce", "Plates"), "orders.json", b"[]", notify=False, by=SYSTEM)
    plates = batch.shop_key
    take_in(found(), shop=plates, origin="orders.json", by=SYSTEM, batch_id=batch.id)
    arrival = db.session.scalars(select(Arrival).where(Arrival.batch_id == batch.id)).one()

    undone = undo_order(arrival, batch, by=SYSTEM)
    set_undone(batch, by=SYSTEM)

    assert (undone.external_id, undone.outside_shop_id) == (f"14~undone-{batch.id}", plates.id)
    assert order_of("Mugs").status != OrderStatus.CANCELLED
    assert (read_file("Plates"), read_file("Mugs")) == ("added", "already there")


# --- which shop a file is of ----------------------------------------------------------------------------------------


def at(host: str) -> tuple[str, ...]:
    return hosts_in([found(payment_url=f"https://{host}/checkout/order-pay/14/")])


def test_a_file_is_of_the_shop_whose_host_name_it_states() -> None:
    mugs, plates = outside_shop("woocommerce", "Mugs"), outside_shop("woocommerce", "Plates")
    learn_host(mugs, at("www.mugs.example"))
    learn_host(plates, at("plates.example"))
    note_file_of(plates, ())

    assert (mugs.host, plates.host) == ("mugs.example", "plates.example")
    assert proposed_shop("woocommerce", at("mugs.example")) is mugs
    assert proposed_shop("woocommerce", ()) is plates  # the last one
    new = proposed_shop("woocommerce", at("pots.example"))
    assert (new in db.session, new.title, new.host) == (False, "pots.example", "pots.example")
    assert other_shop_stated(mugs, at("plates.example")) == "plates.example"


def test_without_a_host_name_the_only_shop_is_meant_and_the_first_one_is_made() -> None:
    first = keep_shop(proposed_shop("csv", ()))
    assert first.title == "CSV"
    assert proposed_shop("csv", ()) is first

    outside_shop("csv", "Market")
    with pytest.raises(ActionRefused, match="“CSV”, “Market”"):
        proposed_shop("csv", ())


def test_a_shop_is_named_without_regard_to_capitals_and_kept_once() -> None:
    mugs = outside_shop("woocommerce", "Mugs")

    assert shop_named("woocommerce", " MUGS ") is mugs
    assert shop_named("shopify", "Mugs") is not mugs
    twin = OutsideShop(source="woocommerce", title="Mugs", host="")
    assert keep_shop(twin) is mugs
    for title in ("  ", "x" * 121):
        with pytest.raises(ActionRefused):
            shop_named("woocommerce", title)


def test_a_shop_learns_its_host_name_from_its_events_but_not_anothers() -> None:
    mugs, plates = connected("Mugs"), connected("Plates")
    tell(mugs, payment_url="https://mugs.example/pay")
    tell(plates, payment_url="https://mugs.example/pay")
    tell(mugs, payment_url="https://moved.example/pay")

    assert (mugs.outside_shop.host, plates.outside_shop.host) == ("mugs.example", "")


def test_only_a_shop_that_nothing_refers_to_is_forgotten() -> None:
    used, unused = outside_shop("woocommerce", "Mugs"), outside_shop("woocommerce", "Typo")
    read_file("Mugs")

    forget_unused(used)
    forget_unused(unused)

    assert db.session.scalars(select(OutsideShop.title)).all() == ["Mugs"]


# --- what came before shops were told apart -------------------------------------------------------------------------


def test_an_order_of_a_mixed_shop_is_found_by_the_shop_that_tells_of_it() -> None:
    mixed = outside_shop("woocommerce", "WooCommerce")
    mixed.is_mixed = True
    read_file("WooCommerce")
    plates = connected("Plates")

    assert [one.result for one in dry_run([found()], shop=plates.shop_key, by=SYSTEM)] == ["same"]
    assert tell(plates, status="processing") == "already there"
    assert (count(Order), order_of("Plates").placed_at.isoformat()) == (1, "2026-11-20T10:00:00+00:00")

    read_file("WooCommerce", id=15)
    assert tell(plates, id=15, date_created_gmt="2026-11-21T10:00:00") == "added"
    assert order_of("Plates", "15") is not order_of("WooCommerce", "15")


def test_a_shop_of_its_own_gives_nothing_away() -> None:
    read_file("Mugs")

    assert read_file("Plates") == "added"
