"""Taking in what a shop's API states: the same way as an event, each order in a transaction of its own."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.columns import now
from app.connections.failures import Remedy, ShopFailure
from app.connections.platform import Platform, PulledOrder
from app.extensions import db, transaction
from app.history import Actor
from app.intake.accept import Taken, take_in
from app.intake.external_updates import note_deleted
from app.intake_readers import Found, UnreadableOrder, only_order_in
from app.intake_readers.payloads import FILE
from app.models import ActorKind, Arrival, Connection, Fate, InvoicesFor, Order, ShopKey
from app.queries import known_by, order_from, shop

#: An order that is known so late is not confirmed to its customer any more.
CONFIRMED = timedelta(days=3)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Intake:
    """How orders of a connection are taken in, out of the database so that nothing is held meanwhile."""

    connection_id: int
    title: str
    shop: ShopKey
    invoices: InvoicesFor
    notify: bool

    @classmethod
    def of(cls, connection: Connection) -> Intake:
        return cls(connection.id, connection.title, connection.shop_key, connection.invoices_for, connection.notify)

    @property
    def by(self) -> Actor:
        return Actor(ActorKind.PROGRAM, self.title)


@dataclass(frozen=True)
class Brought:
    """What one order brought, of which nothing is held in a session."""

    fate: Fate
    stated_at: datetime | None  # when it changed last, as its shop states it

    @classmethod
    def of(cls, taken: Taken) -> Brought:
        return cls(taken.fate, taken.order.stated_at if taken.order else None)

    @property
    def is_news(self) -> bool:
        return self.fate in (Fate.ADDED, Fate.UPDATED)


def take_order(platform: Platform, order: PulledOrder, into: Intake, *, notify: bool) -> Brought:
    """Place or update it, or keep it in quarantine with the reason: no order stops those behind it.

    Raises ShopFailure when the shop could not be asked for the rest of it.
    """
    try:
        payload = platform.complete(order)
    except ShopFailure as failure:
        if failure.remedy != Remedy.RECORD:
            raise
        return keep_aside(order, into, failure.sentence)
    try:
        return take_payload(payload, into, notify=notify)
    except (IntegrityError, OperationalError):  # its twin, an event, was quicker; or somebody else held the order
        return take_payload(payload, into, notify=notify)
    except Exception as error:
        log.exception("order %s of %s could not be taken in", order.external_id, into.title)
        return keep_aside(order, into, _("An error that nobody expected: %(error)s", error=type(error).__name__))


def take_payload(payload: str, into: Intake, *, notify: bool) -> Brought:
    with transaction():
        return Brought.of(read_and_take(payload, into, notify=notify))


def read_and_take(payload: str, into: Intake, *, notify: bool, arrival: Arrival | None = None) -> Taken:
    """In the transaction of whoever calls; `arrival` is the event that said to look, and holds then what was read."""
    own = shop()
    found = only_order_in(into.shop.source, payload, currency=own.currency, time_zone=own.time_zone)
    if arrival is not None:
        arrival.payload, arrival.sha256 = found.raw, sha256(found.raw.encode()).hexdigest()
    return take_found(found, into, notify=notify and is_fresh(found), arrival=arrival)


def is_fresh(found: Found) -> bool:
    """Whether its customer still waits to hear of it. What is found late, or is of before, is confirmed to nobody."""
    return found.order is not None and found.order.placed_at > now() - CONFIRMED


def take_found(found: Found, into: Intake, *, notify: bool, arrival: Arrival | None = None) -> Taken:
    taken = take_in(
        found,
        shop=into.shop,
        origin=into.title,
        by=into.by,
        notify=notify,
        invoices=into.invoices,
        arrival=arrival,
        connection_id=into.connection_id,
    )
    settle_quarantined(found, into, taken)
    return taken


def settle_quarantined(found: Found, into: Intake, taken: Taken) -> None:
    """What its shop told of the order before need not be read any more: what it states now stands for it."""
    if not found.external_id:
        return
    db.session.flush()
    of_order = (
        Arrival.result == Fate.QUARANTINED,
        Arrival.outside_shop_id == into.shop.id,
        Arrival.connection_id == into.connection_id,
        Arrival.external_id == found.external_id[:60],
    )
    waiting = list(db.session.scalars(select(Arrival.id).where(*of_order).order_by(Arrival.id)))
    old = waiting[:-1] if taken.fate == Fate.QUARANTINED else waiting
    if old:
        reason, order_id = _("Its shop has told of it since."), taken.order.id if taken.order else None
        this = update(Arrival).where(Arrival.id.in_(old))
        this = this.values(result=Fate.NOT_READ, field="", reason=reason, order_id=order_id)
        db.session.execute(this.execution_options(synchronize_session=False))


def keep_aside(order: PulledOrder, into: Intake, reason: str) -> Brought:
    """In quarantine, where it can be read again."""
    found = Found(order.external_id, order.payload, problem=UnreadableOrder(FILE, reason))
    with transaction():
        return Brought.of(take_found(found, into, notify=False))


def take_deletion(external_id: str, into: Intake) -> bool:
    """It is gone there for good: that is said, and it stays here. True when that is news."""
    with transaction():
        order = order_from(into.shop, into.shop.source, external_id)
        return order is not None and note_deleted(order, by=into.by)


def known_by_heart(platform: Platform, orders: Sequence[PulledOrder], into: Intake) -> set[str]:
    """Ids of those whose last payload here was the very same: nothing can have been missed of them.

    Where parts are fetched apart, it is the list that is compared: asking for them anew each night would be a flood.
    """
    latest = (
        select(func.max(Arrival.id))
        .where(Arrival.order_id == Order.id, Arrival.result.in_((Fate.ADDED, Fate.UPDATED, Fate.READ_LATER)))
        .correlate(Order)
        .scalar_subquery()
    )
    column = Arrival.payload if platform.has_parts_apart else Arrival.sha256
    query = select(Order.external_id, column).join(Arrival, Arrival.id == latest)
    ids = [order.external_id for order in orders]
    held = dict(db.session.execute(query.where(known_by(Order, into.shop, into.shop.source, ids))).all())
    db.session.rollback()
    if platform.has_parts_apart:
        return {one.external_id for one in orders if platform.knows(held.get(one.external_id, ""), one)}
    return {one.external_id for one in orders if held.get(one.external_id) == sha256(one.payload.encode()).hexdigest()}
