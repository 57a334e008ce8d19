"""How the demo shop's orders seem to come in: a connection of each shop, switched off, and payloads in quarantine."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.columns import at
from app.extensions import db
from app.history import Actor
from app.intake.accept import take_in
from app.intake.connections import give_keys
from app.intake_readers import only_order_in
from app.models import ActorKind, Connection, OutsideShop, ShopKey, Source
from app.queries import shop

#: What came, so many days ago, and can't be read; its reader says what is missing.
UNREADABLE: tuple[tuple[int, Source, dict[str, object]], ...] = (
    (2, Source.WOOCOMMERCE, {"id": 4990, "number": "4990", "currency": "EUR", "total": "49.95", "line_items": []}),
    (1, Source.SHOPIFY, {"id": 4991, "name": "#4991", "currency": "EUR", "created_at": "2026-05-01T10:00:00+02:00"}),
)


def connect_demo_shops(today: date) -> None:
    """Nobody is asked and no event is taken: these shops are nowhere."""
    shops = db.session.scalars(select(OutsideShop).where(OutsideShop.is_demo).order_by(OutsideShop.id)).all()
    connections = {one.source: connection_of(one) for one in shops}
    for days, source, payload in UNREADABLE:
        morning = datetime.combine(today - timedelta(days=days), time(8, 15), ZoneInfo(shop().time_zone))
        with at(morning):
            arrive(connections[source], payload)


def connection_of(outside: OutsideShop) -> Connection:
    connection = Connection(source=outside.source, title=outside.title, outside_shop=outside, is_active=False)
    give_keys(connection)
    db.session.add(connection)
    db.session.flush()
    return connection


def arrive(connection: Connection, payload: dict[str, object]) -> None:
    shop = ShopKey(connection.outside_shop_id, connection.source)
    found = only_order_in(connection.source, json.dumps(payload, indent=2))
    by = Actor(ActorKind.PROGRAM, connection.title)
    take_in(found, shop=shop, origin=connection.title, by=by, connection_id=connection.id)
