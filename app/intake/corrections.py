"""Correcting a payload that could not be read: the original stays, the corrected one is read beside it."""

from __future__ import annotations

import hashlib

from flask_babel import gettext as _
from sqlalchemy import select

from app.columns import now, storable
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.intake.accept import Taken, invoices_for, notifies, record_result, taken_in, why_not_try_again
from app.intake_readers import only_order_in
from app.models import Arrival, Fate
from app.queries import shop


def correct(arrival: Arrival, payload: str, *, by: Actor) -> Taken:
    """Read this text instead. As long as it can't be read either, nothing is kept of it."""
    if reason := why_not_try_again(arrival):
        raise ActionRefused(reason)
    payload = storable(payload.replace("\r\n", "\n").strip())
    own = shop()
    found = only_order_in(arrival.source, payload, currency=own.currency, time_zone=own.time_zone)
    if found.problem is not None:
        return Taken(Fate.QUARANTINED, field=found.problem.field, reason=found.problem.reason)
    taken = taken_in(found, shop=arrival.shop_key, by=by, notify=notifies(arrival), invoices=invoices_for(arrival))
    if taken.order is None:
        return taken
    arrival.result, arrival.order_id = Fate.CORRECTED, taken.order.id
    record(Happened.RECORD_CHANGED, taken.order, by, subject=arrival, record=_("Payload %(record)s", record=arrival))
    db.session.flush()

    corrected = Arrival(  # younger than all that was written of the order, which lets its import be undone
        arrived_at=now(),
        source=arrival.source,
        outside_shop_id=arrival.outside_shop_id,
        origin=arrival.origin,
        batch_id=arrival.batch_id,
        connection_id=arrival.connection_id,
        invoices_for=arrival.invoices_for,
        topic=arrival.topic,
        once_key=key_of_correction(arrival),
        sha256=hashlib.sha256(payload.encode()).hexdigest(),
        payload=payload,
    )
    record_result(corrected, found, taken)
    db.session.add(corrected)
    return taken


def key_of_correction(arrival: Arrival) -> str:
    return f"corrects:{arrival.id}"


def correction_of(arrival: Arrival) -> Arrival | None:
    """The payload that was read instead of this one."""
    return db.session.scalar(select(Arrival).where(Arrival.once_key == key_of_correction(arrival)))


def corrected_by(arrival: Arrival) -> Arrival | None:
    """The payload that this one was read instead of."""
    original = (arrival.once_key or "").removeprefix("corrects:")
    return db.session.get(Arrival, int(original)) if original.isascii() and original.isdigit() else None
