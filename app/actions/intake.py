"""Taking in what an outside shop sends: one payload at a time, kept word for word, added once, or put in quarantine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from app.actions.orders import place_order, why_not_place_order
from app.actions.outside import update_order
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor
from app.intake import Found, NewOrder, orders_in
from app.models import Arrival, Order
from app.queries import order_from, shop


@dataclass(frozen=True)
class Taken:
    """What became of one payload."""

    result: str  # added | updated | already there | quarantined
    order: Order | None = None
    field: str = ""
    reason: str = ""


def take_in(found: Found, *, source: str, origin: str, by: Actor, notify: bool = True) -> Taken:
    """Place or update the order that was read, or keep the payload in quarantine with the reason."""
    if found.problem is not None:
        return quarantine(found, source, origin, found.problem.field, found.problem.reason)
    assert found.order is not None
    already = order_from(source, found.order.external_id)
    if already is not None:
        changed = update_order(already, found.order, by=by)
        if not changed:
            return Taken("already there", already)
        return kept(found, source, origin, "updated", already)
    if reason := why_not_place_order(found.order):
        field, _, sentence = reason.partition(": ")
        return quarantine(found, source, origin, field, sentence)
    return kept(found, source, origin, "added", place_order(found.order, by=by, notify=notify))


@dataclass(frozen=True)
class Foreseen:
    """What would become of one payload."""

    result: str  # new | update | same | error
    found: Found
    order: Order | None = None  # the one that is there already
    changes: tuple[str, ...] = ()  # of an update: payments | refunds | shipments | cancelled
    field: str = ""
    reason: str = ""


def dry_run(orders: Iterable[Found], *, source: str, by: Actor) -> Iterator[Foreseen]:
    """Tell of each payload what `take_in` would make of it, and change nothing.

    What an update would add is tried in a savepoint that is rolled back. On SQLite that keeps other writers waiting
    until the transaction ends; whoever previews a long file ends it now and then.
    """
    new: dict[str, int] = {}
    for found in orders:
        foreseen = foresee(found, source, by)
        if foreseen.result == "new":
            facts = hash(repr(found.order))
            if found.external_id in new:
                foreseen = Foreseen("same" if new[found.external_id] == facts else "update", found)
            new[found.external_id] = facts
        yield foreseen


def foresee(found: Found, source: str, by: Actor) -> Foreseen:
    if found.problem is not None:
        return Foreseen("error", found, field=found.problem.field, reason=found.problem.reason)
    assert found.order is not None
    already = order_from(source, found.order.external_id)
    if already is not None:
        changes = tried_update(already, found.order, by)
        return Foreseen("update" if changes else "same", found, already, changes)
    if reason := why_not_place_order(found.order):
        field, _colon, sentence = reason.partition(": ")
        return Foreseen("error", found, field=field, reason=sentence)
    return Foreseen("new", found)


def tried_update(already: Order, new: NewOrder, by: Actor) -> tuple[str, ...]:
    savepoint = db.session.begin_nested()
    try:
        return tuple(update_order(already, new, by=by))
    finally:
        savepoint.rollback()


def why_not_try_again(arrival: Arrival) -> str:
    return "" if arrival.result == "quarantined" else _("This payload was read already.")


def try_again(arrival: Arrival, *, by: Actor) -> Taken:
    """Read a payload from quarantine once more, with readers and settings as they are now."""
    if reason := why_not_try_again(arrival):
        raise ActionRefused(reason)
    found = next(iter(orders_in(arrival.source, arrival.payload, currency=shop().currency)))
    if found.problem is not None:
        arrival.field, arrival.reason = found.problem.field[:255], found.problem.reason
        return Taken("quarantined", field=arrival.field, reason=arrival.reason)
    taken = take_in(found, source=arrival.source, origin=arrival.origin, by=by)
    if taken.order is not None:
        arrival.result, arrival.order_id = "read later", taken.order.id
    return taken


def kept(found: Found, source: str, origin: str, result: str, order: Order) -> Taken:
    db.session.add(arrival(found, source, origin, result=result, order_id=order.id))
    return Taken(result, order)


def quarantine(found: Found, source: str, origin: str, field: str, reason: str) -> Taken:
    """The same payload waits in quarantine only once."""
    row = arrival(found, source, origin, result="quarantined", field=field[:255], reason=reason)
    same = select(Arrival.id).where(
        Arrival.sha256 == row.sha256, Arrival.source == source, Arrival.result == "quarantined"
    )
    if db.session.scalar(same.limit(1)) is None:
        db.session.add(row)
    return Taken("quarantined", field=field, reason=reason)


def arrival(found: Found, source: str, origin: str, **result: object) -> Arrival:
    return Arrival(
        source=source,
        origin=origin[:255],
        external_id=found.external_id[:60],
        sha256=hashlib.sha256(found.raw.encode()).hexdigest(),
        payload=found.raw,
        **result,
    )
