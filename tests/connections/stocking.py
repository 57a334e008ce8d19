"""A connected WooCommerce shop whose catalogue is read, and whose stock is compared with ours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from app.actions.stock import count_stock
from app.columns import now
from app.connections.managing import begin_catalogue, begin_pulls
from app.connections.pulling import pull_due
from app.connections.stock_telling import compare_stock_due
from app.encryption.sealed import Sealed
from app.extensions import db
from app.history import SYSTEM
from app.models import Connection, Product, Pull, PullKind, ShopProduct, StockMode
from tests.connections.reading import look, read_by_api
from tests.factories import new_connection, outside_shop
from tests.simulators.woocommerce import WooShop

US = {"stock_mode": StockMode.US}


def stocked_by_api(shop: WooShop, **stated: Any) -> Connection:
    """Connected, its orders looked at, and its catalogue read."""
    connection = read_by_api(shop, **stated)
    look()
    read_products(connection)
    return connection


def read_products(connection: Connection) -> None:
    begin_catalogue(db.session.get_one(Connection, connection.id), by=SYSTEM)
    db.session.commit()
    look(PullKind.CATALOGUE)


def product(sku: str | None = "MUG", stock: int = 40, **stated: Any) -> Product:
    """A product of ours, counted."""
    made = Product(**{"name": "Mug", "sku": sku, "price": Decimal("12.50"), **stated})
    db.session.add(made)
    db.session.flush()
    count(made, stock)
    return made


def count(made: Product, stock: int) -> None:
    """Somebody counted so many here."""
    made.stock = Decimal(stock)
    count_stock(made, made.stock, by=SYSTEM)
    db.session.commit()


def compare(*, worker: str = "one", most: int = 10) -> int:
    """Let a worker compare what is due, as if all rests were over; answers how many products it had in hand."""
    db.session.commit()
    db.session.execute(update(ShopProduct).values(due_at=now()))
    db.session.execute(update(Connection).values(stock_after=None))
    db.session.commit()
    done = 0
    while most and (some := compare_stock_due(worker)):
        done, most = done + some, most - 1
    db.session.expire_all()
    return done


def link(sku: str = "MUG") -> ShopProduct:
    return db.session.scalars(select(ShopProduct).where(ShopProduct.sku == sku)).one()


def connect_second(second: WooShop) -> Connection:
    """Another shop, of which Toonbank counts as well."""
    other = outside_shop(title="Second")
    secrets = {"consumer_key": second.key.key, "consumer_secret": second.key.secret}
    made = new_connection(
        key="second", title="Second", outside_shop=other, address=second.url, credentials=Sealed.of(secrets), **US
    )
    db.session.add(made)
    db.session.flush()
    begin_pulls(made)
    begin_catalogue(made, by=SYSTEM)
    db.session.commit()
    look_at_all()
    return made


def look_at_all() -> None:
    """Read orders and products of every shop."""
    db.session.execute(update(Pull).values(due_at=now()))
    db.session.commit()
    while pull_due("one"):
        pass
    db.session.expire_all()
