"""A connection that is read by its API, and a worker's turns at it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from app.columns import now
from app.connections.managing import begin_backfill, begin_pulls
from app.connections.pulling import pull_due
from app.encryption.sealed import Sealed
from app.extensions import db
from app.history import SYSTEM
from app.models import Connection, Order, Pull, PullKind, PullState
from tests.factories import new_connection
from tests.simulators.woocommerce import WooShop


def read_by_api(shop: WooShop, **stated: Any) -> Connection:
    """Connected, and looked at for the first time."""
    secrets = {"consumer_key": shop.key.key, "consumer_secret": shop.key.secret}
    return connect("woocommerce", shop.url, secrets, **stated)


def connect(source: str, address: str, secrets: dict[str, str], **stated: Any) -> Connection:
    """A shop of any platform, read from now on."""
    connection = new_connection(source, address=address, credentials=Sealed.of(secrets), **{"notify": False, **stated})
    db.session.add(connection)
    db.session.flush()
    begin_pulls(connection)
    db.session.commit()
    return connection


def pull_of(kind: PullKind) -> Pull:
    return db.session.scalars(select(Pull).where(Pull.kind == kind)).one()


def look(kind: PullKind = PullKind.POLL, *, worker: str = "one", turns: int = 1) -> Pull:
    """Let a worker do it now, and nothing else."""
    for _turn in range(turns):
        db.session.execute(update(Pull).values(due_at=now() + timedelta(days=1)))
        db.session.execute(update(Pull).where(Pull.kind == kind).values(due_at=now()))
        db.session.commit()
        pull_due(worker)
    db.session.expire_all()
    return pull_of(kind)


def fill_in(connection: Connection, days: int = 30) -> None:
    begin_backfill(connection, (now() - timedelta(days=days)).date(), by=SYSTEM)
    db.session.commit()


def ids_here() -> list[int]:
    return sorted(int(one) for one in db.session.scalars(select(Order.external_id)))


def read_all(connection: Connection) -> None:
    """All that was placed in thirty days, to the last page."""
    fill_in(connection)
    for _slice in range(50):
        if look(PullKind.BACKFILL).state == PullState.DONE:
            return
    raise AssertionError("it never ends")
