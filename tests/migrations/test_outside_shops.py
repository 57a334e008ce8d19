"""A database of the version before, brought up to now with all that is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module

import pytest
from flask import Flask
from sqlalchemy import MetaData, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from app.actions.merging import merge_customers
from app.actions.outside_shops import proposed_shop
from app.demo import catalogue, remove_demo
from app.demo.planting import happen, stories
from app.demo.stories import CHANNELS
from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import take_in
from app.intake.batches import keep_file
from app.intake.events import read_event, receive
from app.intake_readers import Found, only_order_in
from app.intake_readers.new_order import NewCustomer
from app.models import Arrival, Connection, Customer, ImportBatch, Order, OutsideShop, ShopKey
from app.operations import backups, checks, setup
from app.queries import today
from tests.arrange import order_14
from tests.factories import new_connection, new_order, outside_shop, place, shop_key
from tests.migrations.going_back import go_back_to

pytestmark = pytest.mark.each_database

BEFORE = import_module("app.migrations.versions.0007_outside_shops").down_revision


@pytest.fixture
def before(app: Flask) -> Iterator[None]:
    """What a test arranges is then as the migration before left it: `upgrade` brings it up to now."""
    with app.app_context():
        yield
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()


def upgrade() -> None:
    db.session.commit()
    go_back_to(BEFORE)
    assert "outside_shop" not in inspect(db.engine).get_table_names()
    rows = counts()
    setup.upgrade()
    assert {name: count for name, count in counts().items() if name in rows} == rows


def counts() -> dict[str, int]:
    tables = MetaData()
    tables.reflect(db.engine, only=lambda name, _: "_search" not in name and name != "alembic_version")
    with db.engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in tables.sorted_tables
        }


def found(external_id: int, day: int = 20) -> Found:
    order = order_14(id=external_id, number=str(external_id), date_created_gmt=f"2026-11-{day}T10:00:00")
    return only_order_in("woocommerce", json.dumps(order))


def connect(title: str) -> Connection:
    """Before, connections had no shop: they all stand with one here."""
    connection = new_connection(title=title, key=f"key-{title}")
    db.session.add(connection)
    db.session.flush()
    return connection


def tell(connection: Connection, one: Found, topic: str = "order.updated") -> str:
    arrival = receive(connection, one.raw.encode(), topic)
    assert arrival is not None
    taken = read_event(arrival.id)
    assert taken is not None
    return taken.result


def by_file(one: Found, shop: ShopKey | None = None) -> str:
    return take_in(one, shop=shop or shop_key(), origin="orders.json", by=SYSTEM).result


def connection_called(title: str) -> Connection:
    return db.session.scalars(select(Connection).where(Connection.title == title)).one()


def shops() -> dict[str, str]:
    """Order's external id -> the title of its shop."""
    query = select(Order.external_id, OutsideShop.title).outerjoin(Order.outside_shop).order_by(Order.id)
    return dict(db.session.execute(query).all())


def test_files_and_the_only_connection_of_a_platform_are_one_shop(before: None) -> None:
    mugs = connect("Mugs")
    tell(mugs, found(1))
    by_file(found(2))
    by_file(only_order_in("woocommerce", '{"id": 3, "total": "abc"}'))
    keep_file(outside_shop(), "orders.json", b"[]", notify=False, by=SYSTEM)

    upgrade()

    assert shops() == {"1": "Mugs", "2": "Mugs"}
    for kind in (Arrival, ImportBatch, Connection):
        assert set(db.session.scalars(select(kind.outside_shop_id))) == {connection_called("Mugs").outside_shop_id}
    shop = proposed_shop("woocommerce", ()).key
    assert [by_file(found(one), shop) for one in (1, 2)] == ["already there", "already there"]
    assert tell(connection_called("Mugs"), found(2)) == "already there"
    assert by_file(only_order_in("woocommerce", '{"id": 3, "total": "abc"}'), shop) == "quarantined"
    assert db.session.scalar(select(func.count()).where(Arrival.result == "quarantined")) == 1


def test_with_two_connections_what_came_through_one_is_its_own_and_the_rest_is_still_found(before: None) -> None:
    mugs, plates = connect("Mugs"), connect("Plates")
    tell(mugs, found(1))
    tell(plates, found(2))
    by_file(found(3))
    by_file(found(4))

    upgrade()

    assert shops() == {"1": "Mugs", "2": "Plates", "3": "WooCommerce", "4": "WooCommerce"}
    plates = connection_called("Plates")
    assert tell(plates, found(3), "order.created") == "already there"
    assert tell(plates, found(4, day=21), "order.created") == "added"  # another order 4
    assert tell(plates, found(1, day=21), "order.created") == "added"  # another order 1
    left = db.session.scalars(select(OutsideShop).where(OutsideShop.title == "WooCommerce")).one()
    assert [by_file(found(one), left.key) for one in (1, 2, 3, 4)] == ["already there"] * 4
    assert db.session.scalar(select(func.count()).select_from(Order)) == 6


def test_without_connections_each_platform_has_one_shop_and_what_has_none_stays_so(before: None) -> None:
    by_file(found(1))
    place(new_order(source="csv", external_id="c1"))
    place(new_order(source="api", external_id="a1"))
    place(new_order(source="staff", external_id="s1"))

    upgrade()

    assert shops() == {"1": "WooCommerce", "c1": "CSV", "a1": None, "s1": None}
    assert place(new_order(source="api", external_id="a1")).id == 3
    assert by_file(found(1), proposed_shop("woocommerce", ()).key) == "already there"


def test_customers_belong_to_the_shop_of_their_orders(before: None) -> None:
    def customer(external_id: str, source: str = "woocommerce") -> Customer:
        person = NewCustomer(external_id=external_id, email=f"{external_id}@example.org")
        made = place(new_order(source=source, customer=person, billing=None, shipping=None)).customer
        assert made is not None
        return made

    five, six, of_program = customer("5"), customer("6"), customer("7", "api")
    merge_customers(five, by=SYSTEM, into=six)
    ids = (five.id, six.id, of_program.id)

    upgrade()

    (shop,) = db.session.scalars(select(OutsideShop))
    assert [db.session.get_one(Customer, id).outside_shop_id for id in ids] == [shop.id, shop.id, None]
    person = NewCustomer(external_id="5", email="moved@example.org")
    again = place(new_order(customer=person, billing=None, shipping=None), shop=shop.key)
    assert again.customer_id == ids[1]


def test_connections_of_one_name_are_told_apart_and_unused_shops_are_not_made(before: None) -> None:
    for key in ("one", "two"):
        db.session.add(new_connection(title="Mugs", key=key))

    upgrade()

    query = select(Connection.key, OutsideShop.title).join(Connection.outside_shop).order_by(Connection.id)
    assert [tuple(row) for row in db.session.execute(query)] == [("one", "Mugs"), ("two", "Mugs (2)")]
    assert db.session.scalar(select(func.count()).select_from(OutsideShop)) == 2


def test_the_demo_has_shops_of_its_own_and_goes_with_them(before: None) -> None:
    """Four stories of each platform are as good as all."""
    catalogue.put_in(demo=True)
    told = stories(today())
    some = [one for source in CHANNELS for one in [one for one in told if one.new.source == source][:4]]
    assert len(happen(some, demo=True, named="demo-")) == 12
    by_file(found(1))

    upgrade()

    of_real_orders = select(OutsideShop.title).join(Order, Order.outside_shop_id == OutsideShop.id)
    assert db.session.scalars(of_real_orders.where(Order.is_demo.is_(False))).all() == ["WooCommerce"]
    remove_demo(by=SYSTEM)
    assert db.session.scalars(select(OutsideShop.title)).all() == ["WooCommerce"]


def test_what_the_database_refused_before_it_refuses_still(before: None) -> None:
    by_file(found(1))

    upgrade()

    assert [str(finding) for finding in checks.findings()] == []
    db.session.commit()
    for statement in (
        "UPDATE orders SET number = 'X'",
        "UPDATE orders SET external_id = '2'",
        "UPDATE orders SET outside_shop_id = NULL",
        "UPDATE orders SET outside_shop_id = 99",
        "UPDATE arrival SET outside_shop_id = NULL",
        "DELETE FROM orders",
    ):
        with pytest.raises(DBAPIError):
            db.session.execute(text(statement))
        db.session.rollback()
