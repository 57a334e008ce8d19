"""A connected WooCommerce shop that is told what is done here, and a worker that tells it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from app.columns import now
from app.connections.writing import tell_due
from app.extensions import db
from app.models import Connection, History, Order, ShopWrite, ShopWriteState, Telling
from tests.connections.reading import look, read_by_api
from tests.simulators.woocommerce import WooShop
from tests.simulators.woocommerce.order import WooOrder

ALL_ON = dict.fromkeys(("tell_sent", "tell_paid", "tell_cancelled", "tell_refunded", "tell_notes"), Telling.ON)


def told_by_api(shop: WooShop, **stated: Any) -> Connection:
    """Connected, read, and told of everything, unless another choice is stated."""
    return read_by_api(shop, **{**ALL_ON, **stated})


def bring_in(shop: WooShop, **stated: Any) -> tuple[WooOrder, Order]:
    """An order of the shop, by default one that waits for a bank transfer, and what it became here."""
    there = shop.add_order(**{"status": "on-hold", **stated})
    look()
    return there, order_of(there)


def order_of(there: WooOrder) -> Order:
    return db.session.scalars(select(Order).where(Order.external_id == str(there.id))).one()


def tell(*, worker: str = "one", most: int = 20) -> int:
    """Let a worker tell what waits, as if Undo were not offered any more; answers how many rows it had in hand."""
    db.session.commit()
    db.session.execute(update(ShopWrite).where(ShopWrite.state == ShopWriteState.WAITING).values(due_at=now()))
    db.session.execute(update(Connection).values(tell_after=None))
    db.session.commit()
    count = 0
    while count < most and tell_due(worker):
        count += 1
    db.session.expire_all()
    return count


def writes() -> list[ShopWrite]:
    return list(db.session.scalars(select(ShopWrite).order_by(ShopWrite.id)))


def states() -> list[tuple[str, str]]:
    return [(write.kind.value, write.state.value) for write in writes()]


def happened(order: Order) -> list[str]:
    """What stands in the order's history about telling its shop."""
    rows = db.session.scalars(select(History).where(History.order_id == order.id).order_by(History.id))
    return [one.what for one in rows if one.what.startswith("shop_")]


def facts_of(order: Order) -> tuple[object, ...]:
    """What telling its shop of the order, and hearing of it again, must leave as it is."""
    rows = list(db.session.scalars(select(History.what).where(History.order_id == order.id).order_by(History.id)))
    payments = [(one.kind, one.amount) for one in order.payments]
    parcels = [(one.number, one.sent_at, one.tracking_code, one.withdrawn_at) for one in order.shipments]
    lines = [(line.quantity, line.shipped, line.dropped) for line in order.lines]
    return rows, payments, parcels, lines, order.status, [one.part for one in order.shop_changes]


def look_brings_no_news(order: Order) -> None:
    """What its shop tells of our own changes changes nothing here, and leaves no line."""
    before = standing_here(order)
    look()
    db.session.refresh(order)
    assert standing_here(order) == before


def standing_here(order: Order) -> tuple[object, ...]:
    lines = [one.what for one in db.session.scalars(select(History).where(History.order_id == order.id))]
    return lines, len(order.payments), [one.tracking_code for one in order.shipments], order.status, order.refunded
