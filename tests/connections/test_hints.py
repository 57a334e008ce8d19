"""Events of a shop that is read by its API only say where to look: the order is read anew."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.columns import now
from app.connections.hints import look_up_hints
from app.connections.managing import forget_access
from app.extensions import db
from app.history import SYSTEM
from app.intake.events import receive
from app.models import Arrival, Fate, ShopChange, ShopPart
from app.operations.worker import read_events
from tests.connections.reading import ids_here, look, read_by_api
from tests.simulators.serving import status
from tests.simulators.woocommerce import WooShop
from tests.simulators.woocommerce.shapes import order_shape

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        yield shop


def results() -> list[tuple[str, str]]:
    query = select(Arrival.topic, Arrival.result).order_by(Arrival.id)
    return [tuple(row) for row in db.session.execute(query)]


def tell(connection, topic: str, body: object) -> None:
    receive(connection, json.dumps(body).encode(), topic)
    db.session.commit()


@pytest.mark.each_database
def test_an_event_says_where_to_look_and_its_body_is_not_believed(woo: WooShop) -> None:
    order = woo.add_order(status="on-hold", billing={"first_name": "True", "email": "a@example.org"})
    connection = read_by_api(woo)
    tell(connection, "order.created", {"id": order.id, "number": "1", "billing": {"first_name": "Stale"}})
    assert read_events() == 0  # whoever reads bodies leaves it alone

    assert look_up_hints("one") == 1

    arrival = db.session.scalars(select(Arrival)).one()
    assert (arrival.topic, arrival.result, arrival.external_id) == ("order.created", "added", str(order.id))
    assert json.loads(arrival.payload)["billing"]["first_name"] == "True"  # what was read, not what was sent
    assert (ids_here(), look_up_hints("one")) == ([order.id], 0)


def test_many_events_of_one_order_are_one_question_and_change_it_once(woo: WooShop) -> None:
    order = woo.add_order()
    connection = read_by_api(woo)
    for topic in ("order.created", "order.updated"):
        tell(connection, topic, {"id": order.id})
    woo.requests.clear()

    look_up_hints("one")

    assert len(woo.requests) == 1
    assert results() == [("order.created", "added"), ("order.updated", "same")]


def test_in_the_bin_and_deleted_for_good(woo: WooShop) -> None:
    binned, gone = woo.add_order(status="on-hold"), woo.add_order(status="on-hold")
    connection = read_by_api(woo)
    look()
    woo.trash(binned)
    woo.delete_for_good(gone)
    for order in (binned, gone):
        tell(connection, "order.deleted", {"id": order.id})

    look_up_hints("one")

    waiting = {one.order.external_id: one.part for one in db.session.scalars(select(ShopChange))}
    assert waiting == {str(binned.id): ShopPart.DELETED, str(gone.id): ShopPart.DELETED}


def test_a_shop_that_is_away_is_asked_later(woo: WooShop) -> None:
    order = woo.add_order()
    connection = read_by_api(woo)
    tell(connection, "order.created", {"id": order.id})
    woo.fail_next(status(500))

    look_up_hints("one")

    arrival = db.session.scalars(select(Arrival)).one()
    assert (arrival.result, arrival.worker, arrival.due_at > now()) == (Fate.HINTED, "", True)
    arrival.due_at = now()
    db.session.commit()
    look_up_hints("two")
    assert ids_here() == [order.id]


def test_events_that_wait_when_the_access_is_removed_are_read_themselves(woo: WooShop) -> None:
    order = woo.add_order(status="on-hold")
    connection = read_by_api(woo)
    tell(connection, "order.created", order_shape(order, woo))
    forget_access(connection, by=SYSTEM)
    db.session.commit()

    assert look_up_hints("one") == 0
    assert read_events() == 1

    assert (ids_here(), results()) == ([order.id], [("order.created", "added")])
