"""Events of a shop that is read by its API only say where to look: their body may be stale, the order is read anew."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.connections.failures import ShopFailure
from app.connections.shops import access_of, open_shop
from app.connections.taking_in import Intake, read_and_take
from app.extensions import db, read_only, transaction
from app.intake.accept import Taken, record_result
from app.intake.events import id_in, read_deletion
from app.intake_readers import Found
from app.models import Arrival, Connection, Fate
from app.queues.leases import LeasedQueue, free

log = logging.getLogger(__name__)

MOST_AT_ONCE = 50

HINTS = LeasedQueue(
    Arrival,
    unfinished=Arrival.result == Fate.HINTED,
    turn=(Arrival.id,),
    lease=timedelta(minutes=5),  # longer than reading so many orders takes
    most_attempts=12,
    pause_after=lambda attempts: timedelta(seconds=min(3600, 10 * 2**attempts)),
)


def look_up_hints(worker: str = "") -> int:
    """Read the orders that events have told of; answers how many events that were."""
    with read_only():
        waiting = HINTS.is_any_due()
        db.session.rollback()
    if not waiting:
        return 0
    with transaction():
        claimed = [(one.id, one.connection_id, id_in(one.payload)) for one in HINTS.claim(worker, most=MOST_AT_ONCE)]
    for connection_id in sorted({connection_id for _id, connection_id, _there in claimed if connection_id}):
        hints = [(arrival_id, there) for arrival_id, of, there in claimed if of == connection_id]
        try:
            look_up(connection_id, hints, worker)
        except ShopFailure as failure:
            leave_for_later(hints, failure, worker)
        except Exception as error:
            log.exception("events of connection %s could not be looked up", connection_id)
            leave_for_later(hints, error, worker)
    return len(claimed)


def look_up(connection_id: int, hints: Sequence[tuple[int, str]], worker: str) -> None:
    """All at once from the shop, then each event in a transaction of its own."""
    with transaction():
        connection = db.session.get_one(Connection, connection_id, options=[joinedload(Connection.outside_shop)])
        source, into = connection.source, Intake.of(connection)
        access = access_of(connection)
    with open_shop(source, access) as shop:
        ids = list(dict.fromkeys(there for _arrival, there in hints if there))
        orders = {order.external_id: order for order in shop.many(ids)}
        orders |= {there: found for there in ids if there not in orders and (found := shop.one(there))}
        payloads = {there: shop.complete(order) for there, order in orders.items()}
    for arrival_id, there in hints:
        with transaction():
            settle_hint(arrival_id, there, payloads.get(there), into, worker)


def settle_hint(arrival_id: int, there: str, payload: str | None, into: Intake, worker: str) -> Taken | None:
    """The event holds afterwards what was read. None when it is another worker's by now."""
    arrival = HINTS.held_by(worker, arrival_id)
    if arrival is None:
        return None
    if not there:
        record_result(arrival, Found("", arrival.payload), Taken(Fate.NOT_READ))
        return None
    if payload is None:
        return read_deletion(arrival, unknown=_("There is no placed order of that id there."))
    return read_and_take(payload, into, notify=into.notify, arrival=arrival)


def leave_for_later(hints: Sequence[tuple[int, str]], error: Exception, worker: str) -> None:
    """After a pause that grows; at last the event itself waits in quarantine."""
    sentence = error.sentence if isinstance(error, ShopFailure) else type(error).__name__
    for arrival_id, _there in hints:
        with transaction():
            arrival = HINTS.held_by(worker, arrival_id)
            if arrival is None:
                continue
            arrival.reason = sentence
            if not HINTS.retry(arrival):
                arrival.result, arrival.field = Fate.QUARANTINED, ""
                free(arrival)
