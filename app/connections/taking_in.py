"""Taking in what a shop's API states: the same way as an event, many orders to a transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from time import monotonic

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from app.columns import now
from app.connections.failures import Remedy, ShopFailure
from app.connections.platform import Platform, PulledOrder
from app.deferring import defer
from app.extensions import db, read_only, transaction
from app.history import Actor
from app.intake import together
from app.intake.accept import Taken, take_in
from app.intake.external_updates import note_deleted
from app.intake.together import as_failed, take_all, take_together
from app.intake_readers import Found, only_order_in
from app.models import ActorKind, Arrival, Connection, Fate, InvoicesFor, Order, ShopKey
from app.queries import known_by, order_from, shop

#: What the shop told of orders is stored when it was asked for so many seconds, however many more there are to ask for.
ASKED_FOR = 10

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


def take_orders(
    platform: Platform,
    orders: Sequence[PulledOrder],
    into: Intake,
    *,
    notify: bool,
    note: Callable[[Sequence[Brought]], None],
) -> Iterator[Brought]:
    """Place or update them in turn, or keep them in quarantine with the reason: no order stops those behind it.

    They come in many to a transaction, in which `note` writes down what they brought. Raises ShopFailure when the shop
    could not be asked for the rest of one: those before it are stored then.
    """

    def take(found: Found, is_new: bool) -> Taken:
        return take_found(found, into, notify=notify and is_fresh(found), is_new=is_new)

    def take_some(found: Sequence[Found]) -> list[Brought]:
        taken = take_together(found, into.shop, take=take, keep_failed=partial(keep_failed, into))
        brought = [Brought.of(one) for one in taken]
        note(brought)
        return brought

    for found in complete_some(platform, orders, into) if orders else ():
        yield from take_all(found, take_some)


def complete_some(platform: Platform, orders: Sequence[PulledOrder], into: Intake) -> Iterator[list[Found]]:
    """So many as are taken in together, with all that the shop tells of them. Nothing is locked while it is asked."""
    found, begun, read = list[Found](), monotonic(), reader_for(into)
    for order in orders:
        try:
            found.append(complete(platform, order, into, read))
        except ShopFailure:
            yield found
            raise
        if len(found) == together.MOST_TOGETHER or monotonic() - begun > ASKED_FOR:
            yield found
            found, begun = [], monotonic()
    yield found


def complete(platform: Platform, order: PulledOrder, into: Intake, read: Callable[[str], Found]) -> Found:
    """What there is to take in of it, or why that can't be; raises ShopFailure when the shop is to be asked again."""
    try:
        payload = platform.complete(order)
    except ShopFailure as failure:
        if failure.remedy != Remedy.RECORD:
            raise
        return as_failed(Found(order.external_id, order.payload), failure.sentence)
    try:
        return read(payload)
    except Exception as error:
        log.exception("order %s of %s could not be read", order.external_id, into.title)
        return as_failed(Found(order.external_id, order.payload), say_unexpected(error))


def reader_for(into: Intake) -> Callable[[str], Found]:
    """How a payload of its shop is read, by our settings as they are now."""
    with read_only():
        own = shop()
        read = partial(only_order_in, into.shop.source, currency=own.currency, time_zone=own.time_zone)
        db.session.rollback()
    return read


def keep_failed(into: Intake, found: Found, error: Exception) -> Taken:
    """In quarantine, where it can be read again; unless it is the database that failed."""
    if isinstance(error, OperationalError):
        raise error
    log.error("order %s of %s could not be taken in", found.external_id, into.title, exc_info=error)
    return take_found(as_failed(found, say_unexpected(error)), into, notify=False)


def say_unexpected(error: Exception) -> str:
    return _("An error that nobody expected: %(error)s", error=type(error).__name__)


def read_and_take(payload: str, into: Intake, *, notify: bool, arrival: Arrival) -> Taken:
    """In the transaction of whoever calls; `arrival` is the event that said to look, and holds then what was read."""
    own = shop()
    found = only_order_in(into.shop.source, payload, currency=own.currency, time_zone=own.time_zone)
    arrival.payload, arrival.sha256 = found.raw, sha256(found.raw.encode()).hexdigest()
    return take_found(found, into, notify=notify and is_fresh(found), arrival=arrival)


def is_fresh(found: Found) -> bool:
    """Whether its customer still waits to hear of it. What is found late, or is of before, is confirmed to nobody."""
    return found.order is not None and found.order.placed_at > now() - CONFIRMED


def take_found(
    found: Found, into: Intake, *, notify: bool, arrival: Arrival | None = None, is_new: bool = False
) -> Taken:
    taken = take_in(
        found,
        shop=into.shop,
        origin=into.title,
        by=into.by,
        notify=notify,
        invoices=into.invoices,
        arrival=arrival,
        connection_id=into.connection_id,
        is_new=is_new,
    )
    if found.external_id:
        defer(settle_quarantined, Outcome(into, found.external_id[:60], taken.fate, taken.order))
    return taken


@dataclass(frozen=True)
class Outcome:
    """What became of that which a shop tells of an order."""

    into: Intake
    external_id: str
    fate: Fate
    order: Order | None


def settle_quarantined(told: Sequence[Outcome]) -> None:
    """What their shop told of these orders before need not be read any more: what it states now stands for it.

    They are of one connection, and each of them another order: what comes twice is not deferred.
    """
    db.session.flush()
    into = told[0].into
    of_orders = (
        Arrival.result == Fate.QUARANTINED,
        Arrival.outside_shop_id == into.shop.id,
        Arrival.connection_id == into.connection_id,
        Arrival.external_id.in_({one.external_id for one in told}),
    )
    waiting: dict[str, list[int]] = {}
    query = select(Arrival.external_id, Arrival.id).where(*of_orders).order_by(Arrival.id)
    for external_id, arrival_id in db.session.execute(query):
        waiting.setdefault(external_id, []).append(arrival_id)
    for one in told:
        ids = waiting.get(one.external_id, [])
        old = ids[:-1] if one.fate == Fate.QUARANTINED else ids
        if old:
            settle_arrivals(old, one.order)


def settle_arrivals(ids: Sequence[int], order: Order | None) -> None:
    this = update(Arrival).where(Arrival.id.in_(ids))
    reason, order_id = _("Its shop has told of it since."), order.id if order else None
    this = this.values(result=Fate.NOT_READ, field="", reason=reason, order_id=order_id)
    db.session.execute(this.execution_options(synchronize_session=False))


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
