"""Planting the demo shop."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from app.actions.custom_statuses import set_custom_status
from app.actions.shipments import mark_sent
from app.actions.usual_words import turn_first_words
from app.columns import Moment, at, now
from app.connections.asking_for_keys import ask_for_key, can_ask
from app.connections.client import Access
from app.connections.managing import keep_access, why_not_backfill
from app.demo import plant
from app.demo.afterwards import label
from app.demo.catalogue import OWN_STATUSES, put_in
from app.demo.people import COMPANIES, FAR, MISADDRESSED, NEARBY
from app.demo.planting import day_of_demo
from app.demo.plots import take_first_product_back
from app.demo.removing import remove_statuses
from app.demo.stories import SMALL_HOURS
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import try_again
from app.models import (
    Arrival,
    Connection,
    Customer,
    CustomStatus,
    Fate,
    History,
    Invoice,
    Order,
    OrderLine,
    OrderStatus,
    OutgoingMail,
    Payment,
    PaymentMethod,
    PaymentStatus,
    Product,
    Return,
    ReturnStatus,
    Shipment,
    ShipmentStatus,
    ShippingMethod,
    Ticket,
    TicketStatus,
)
from app.operations import checks
from app.queries import shop
from tests.demo.conftest import TODAY
from tests.factories import paid_order


def counted(table: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def distinct(column: Any) -> set[Any]:
    return set(db.session.scalars(select(column).distinct()))


def test_the_demo_shop_has_orders_in_every_state(demo_shop: None) -> None:
    assert counted(Order) - 2 == 158  # and two drafts
    assert distinct(Order.status) == set(OrderStatus)
    assert distinct(Order.payment_status) == set(PaymentStatus)
    assert distinct(Order.shipment_status) == set(ShipmentStatus)
    assert distinct(Payment.kind) == {"payment", "refund", "reversal"}
    assert distinct(Order.currency) == {"EUR", "GBP", "SEK", "PLN", "CHF", "JPY", "USD"}


def test_the_demo_shop_has_its_special_cases(demo_shop: None) -> None:
    parcels = select(func.count(Shipment.id)).group_by(Shipment.order_id)
    rates = {tax["rate"] for taxes in db.session.scalars(select(OrderLine.taxes)) for tax in taxes}

    assert distinct(Return.status) == set(ReturnStatus)
    assert distinct(Ticket.status) == set(TicketStatus)
    assert distinct(Order.custom_status_id) == {None, 1, 2, 3}
    assert counted(select(Invoice).where(Invoice.kind == "credit_note").subquery()) == 2
    assert counted(select(Order).where(Order.total == 0).subquery()) == 2
    assert counted(select(Order).where(~Order.addresses.any()).subquery()) == 2
    assert counted(select(Order).where(Order.customer_id.is_(None)).subquery()) == 2
    assert counted(select(Order).where(Order.total != Order.computed_total).subquery()) == 1
    assert counted(select(Order).where(~Order.prices_include_tax).subquery()) >= 3
    assert max(db.session.scalars(parcels)) == 2
    assert {"21", "9", "19", "0"} <= rates


def test_its_shops_are_connected_and_switched_off_and_what_cannot_be_read_waits(demo_shop: None) -> None:
    connections = db.session.scalars(select(Connection).order_by(Connection.id)).all()

    assert [one.outside_shop.is_demo for one in connections] == [True] * 3
    for connection in connections:
        with pytest.raises(ActionRefused, match="belongs to the demo shop"):
            keep_access(connection, Access("https://shop.example.com", {}), minutes=5, by=SYSTEM)
        assert "belongs to the demo shop" in why_not_backfill(connection)
    (woo,) = [one for one in connections if can_ask(one)]
    with pytest.raises(ActionRefused, match="belongs to the demo shop"):
        ask_for_key(woo, "https://shop.example.com", callback=str, back="/", by=SYSTEM)
    waiting = db.session.scalars(select(Arrival).order_by(Arrival.id)).all()
    assert [(one.result, one.field) for one in waiting] == [
        (Fate.QUARANTINED, "date_created_gmt"),
        (Fate.QUARANTINED, "total_price"),
    ]
    assert [TODAY - one.arrived_at.date() for one in waiting] == [timedelta(days=2), timedelta(days=1)]
    assert all(try_again(one, by=SYSTEM).order is None for one in waiting)


def test_the_catalogue_is_that_of_a_small_homeware_shop(demo_shop: None) -> None:
    assert counted(Product) == 30
    assert all(db.session.scalars(select(Product.is_demo)))
    assert dict(db.session.execute(select(PaymentMethod.title, PaymentMethod.confirms_itself)).all()) == {
        "iDEAL": True,
        "Credit card": True,
        "Bank transfer": False,
        "Cash on pick-up": False,
    }
    assert distinct(ShippingMethod.title) == {"PostNL", "DHL", "DPD", "Pick up in the shop"}


def test_every_row_is_marked_as_demo_and_numbered_apart(demo_shop: None) -> None:
    for table in (Order, Invoice, Shipment, History, OutgoingMail, Customer):
        assert distinct(table.is_demo) == {True}
    assert all(number.startswith("D-") for number in db.session.scalars(select(Order.number)))
    assert all(number.startswith("D-") for number in db.session.scalars(select(Invoice.number)))


def test_stored_states_ledgers_and_numbers_are_right(demo_shop: None) -> None:
    db.session.flush()

    assert list(checks.findings()) == []


def test_orders_spread_over_two_months_and_nothing_lies_ahead(demo_shop: None) -> None:
    midnight = datetime(2026, 11, 24, tzinfo=ZoneInfo("Europe/Amsterdam"))
    first, last = db.session.execute(select(func.min(Order.placed_at), func.max(Order.placed_at))).one()

    assert midnight - timedelta(days=61) < first < midnight - timedelta(days=50)
    assert midnight < last
    assert ahead_of(midnight + timedelta(hours=SMALL_HOURS)) == {"task.due_at"} | AS_IT_IS_PLANTED


#: Known from the moment of planting on, whatever day it shows.
AS_IT_IS_PLANTED = {"arrival.due_at", "connection.created_at", "outside_shop.created_at"}


def ahead_of(moment: datetime) -> set[str]:
    """The columns that know of something later."""
    moments = [one for table in db.metadata.sorted_tables for one in table.columns if isinstance(one.type, Moment)]
    latest = {str(one): db.session.scalar(select(func.max(one))) for one in moments}
    return {name for name, found in latest.items() if found is not None and found >= moment}


@pytest.mark.parametrize("hour", range(24))
def test_what_is_planted_at_any_hour_lies_behind(hour: int, demo_shop: None) -> None:
    zone = ZoneInfo(shop().time_zone)
    moment = datetime(2026, 11, 24, hour, 1, tzinfo=zone)
    with at(moment):
        day = day_of_demo()

    assert timedelta(0) <= moment - datetime.combine(day, time(SMALL_HOURS), zone) < timedelta(days=1)


def test_numbers_and_history_follow_the_order_of_time(demo_shop: None) -> None:
    by_moment = list(db.session.scalars(select(Order.number).where(~Order.is_draft).order_by(Order.placed_at)))
    moments = list(db.session.scalars(select(History.at).order_by(History.id)))

    assert by_moment == sorted(by_moment)
    assert moments == sorted(moments)


def test_planting_twice_adds_nothing(demo_shop: None) -> None:
    before = counted(Order)
    assert plant(TODAY) == 0
    assert counted(Order) == before


def test_people_have_addresses_for_examples_and_distinct_mail_boxes() -> None:
    people = NEARBY + FAR + COMPANIES + MISADDRESSED
    boxes = [person.email.split("@") for person in people]

    assert {domain for _, domain in boxes} <= {"example.org", "example.com", "example.net"}
    assert all(box.isascii() and box for box, _ in boxes)
    assert len({person.email for person in people}) == len(people)


def test_time_stands_still_at_a_moment_and_goes_on_afterwards() -> None:
    moment = datetime(2026, 3, 14, 9, 26, tzinfo=ZoneInfo("Europe/Amsterdam"))
    with at(moment):
        assert now() == moment
    assert now() > moment


@pytest.mark.usefixtures("database")
def test_its_own_words_are_in_the_language_of_the_shop_and_go_with_it() -> None:
    own = shop()
    own.language = "de"
    turn_first_words(own, was="en", by=SYSTEM)
    put_in(demo=True)
    order = paid_order()
    mark_sent(order, by=SYSTEM, notify=False)
    take_first_product_back("Damaged", "Replace")(order, SYSTEM)
    label(OWN_STATUSES[0][0])(order, SYSTEM)

    (goods_return,) = order.returns
    assert (goods_return.reason, goods_return.action) == ("Beschädigt", "Ersetzen")
    assert distinct(CustomStatus.title) == {"Geschenkverpackung", "Gravur", "Wartet auf Lieferanten"}
    assert db.session.get(CustomStatus, order.custom_status_id).title == "Geschenkverpackung"  # type: ignore[union-attr]
    own.language = "nl"
    set_custom_status(order, by=SYSTEM, status=None)
    db.session.flush()
    remove_statuses()
    assert distinct(CustomStatus.title) == set()
