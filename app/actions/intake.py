"""Taking in what an outside shop sends: one payload at a time, kept word for word, added once, or put in quarantine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from app.actions.orders import place_order, why_not_place_order
from app.actions.outside import update_order
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor
from app.intake import Found, NewOrder, only_order_in
from app.models import Arrival, Connection, ImportBatch, Order
from app.queries import order_from, shop


@dataclass(frozen=True)
class Taken:
    """What became of one payload."""

    result: str  # added | updated | already there | quarantined
    order: Order | None = None
    field: str = ""
    reason: str = ""


def take_in(
    found: Found,
    *,
    source: str,
    origin: str,
    by: Actor,
    notify: bool = True,
    arrival: Arrival | None = None,
    batch_id: int | None = None,
) -> Taken:
    """Place or update the order that was read, or keep the payload in quarantine with the reason.

    What became of it is noted on the arrival by which the payload came, or on a new one, of the batch if there is one.
    The arrival is younger than all that was written of the order.
    """
    taken = taken_in(found, source=source, by=by, notify=notify)
    db.session.flush()
    if arrival is not None:
        note(arrival, found, taken)
    elif taken.result == "quarantined":
        quarantine(found, source, origin, taken, batch_id)
    elif taken.result != "already there":
        arrival = new_arrival(found, source, origin, batch_id)
        note(arrival, found, taken)
        db.session.add(arrival)
    return taken


def taken_in(found: Found, *, source: str, by: Actor, notify: bool) -> Taken:
    if found.problem is not None:
        return Taken("quarantined", field=found.problem.field, reason=found.problem.reason)
    assert found.order is not None
    already = order_from(source, found.order.external_id)
    if already is not None:
        changed = update_order(already, found.order, by=by)
        return Taken("updated" if changed else "already there", already)
    if reason := why_not_place_order(found.order):
        field, _colon, sentence = reason.partition(": ")
        return Taken("quarantined", field=field, reason=sentence)
    return Taken("added", place_order(found.order, by=by, notify=notify))


def note(arrival: Arrival, found: Found, taken: Taken) -> None:
    """Write on the arrival what became of it."""
    arrival.external_id = found.external_id[:60]
    arrival.result = "same" if taken.result == "already there" else taken.result
    arrival.field, arrival.reason = taken.field[:255], taken.reason
    arrival.order_id = taken.order.id if taken.order else None
    arrival.leased_until = arrival.due_at = None


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


def problem_of(found: Found, source: str) -> tuple[str, str]:
    """Field and reason why it can't be taken in; nothing for an order that can, or that is there already."""
    if found.problem is not None:
        return found.problem.field, found.problem.reason
    assert found.order is not None
    reason = why_not_place_order(found.order)
    if not reason or order_from(source, found.order.external_id) is not None:
        return "", ""
    field, _colon, sentence = reason.partition(": ")
    return field, sentence


def foresee(found: Found, source: str, by: Actor) -> Foreseen:
    if found.problem is not None:
        return Foreseen("error", found, field=found.problem.field, reason=found.problem.reason)
    assert found.order is not None
    already = order_from(source, found.order.external_id)
    if already is not None:
        changes = tried_update(already, found.order, by)
        return Foreseen("update" if changes else "same", found, already, changes)
    field, reason = problem_of(found, source)
    return Foreseen("error" if reason else "new", found, field=field, reason=reason)


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
    own = shop()
    found = only_order_in(arrival.source, arrival.payload, currency=own.currency, time_zone=own.time_zone)
    if found.problem is not None:
        arrival.field, arrival.reason = found.problem.field[:255], found.problem.reason
        return Taken("quarantined", field=arrival.field, reason=arrival.reason)
    taken = taken_in(found, source=arrival.source, by=by, notify=notifies(arrival))
    note(arrival, found, taken)
    if taken.order is not None:
        arrival.result = "read later"
    return taken


def notifies(arrival: Arrival) -> bool:
    """Whether the customer hears of a new order, as the connection or the file it came by says."""
    connection = db.session.get(Connection, arrival.connection_id) if arrival.connection_id else None
    batch = db.session.get(ImportBatch, arrival.batch_id) if arrival.batch_id else None
    way = connection or batch
    return way is None or way.notify


def quarantine(found: Found, source: str, origin: str, taken: Taken, batch_id: int | None = None) -> None:
    """The same payload waits in quarantine only once, for the batch in which it came last."""
    row = new_arrival(found, source, origin, batch_id)
    same = select(Arrival).where(
        Arrival.sha256 == row.sha256, Arrival.source == source, Arrival.result == "quarantined"
    )
    waiting = db.session.scalar(same.order_by(Arrival.id).limit(1))
    if waiting is None:
        note(row, found, taken)
        db.session.add(row)
    elif batch_id:
        note(waiting, found, taken)
        waiting.batch_id = batch_id


def new_arrival(found: Found, source: str, origin: str, batch_id: int | None = None) -> Arrival:
    return Arrival(
        batch_id=batch_id,
        arrived_at=now(),
        source=source,
        origin=origin[:255],
        external_id=found.external_id[:60],
        sha256=hashlib.sha256(found.raw.encode()).hexdigest(),
        payload=found.raw,
    )
