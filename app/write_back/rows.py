"""What a shop is to be told, a row each, written in the transaction of what it tells about; and taking that back.

Which event tells of what is declared on it (`app.history.Happened`). What the shop itself told of is never told back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from app.columns import now
from app.extensions import Model, db
from app.models import (
    Order,
    OutgoingMail,
    Payment,
    Shipment,
    Shop,
    ShopWrite,
    ShopWriteKind,
    ShopWriteState,
    Telling,
)
from app.queues.holding import UNTIL_ITS_JOB_ENDS, job_here
from app.queues.leases import free
from app.write_back.listeners import ToldShop, told_shop

#: What may still be told.
TO_BE_TOLD = (ShopWriteState.ASKED, ShopWriteState.WAITING)

#: What was, or is to be, told: it is affected when it is taken back.
STANDING = (*TO_BE_TOLD, ShopWriteState.TOLD, ShopWriteState.REFUSED)


@dataclass(frozen=True)
class Tells:
    """That the order's own shop can be told of an event; or that the event takes back what another one told."""

    kind: ShopWriteKind
    takes_back: bool = False


is_from_its_shop: ContextVar[bool] = ContextVar("is_from_its_shop", default=False)


@contextmanager
def from_its_shop() -> Iterator[None]:
    """What is done in here follows from what the shop told: it is not told back."""
    token = is_from_its_shop.set(True)
    try:
        yield
    finally:
        is_from_its_shop.reset(token)


def telling_shop_id(order: Order) -> int | None:
    """The id of the order's shop while what it told of is done; None for what is done here."""
    return order.outside_shop_id if is_from_its_shop.get() else None


def mailing_shop(order: Order, kind: ShopWriteKind) -> ToldShop | None:
    """The shop that writes to the customer about this, so that nothing is mailed from here."""
    shop = None if is_from_its_shop.get() else told_shop(order)
    return shop if shop and shop.mails(kind) else None


# --- written --------------------------------------------------------------------------------------------------------


def queue_write(tells: Tells, order: Order, subject: object = None, *, note: str = "") -> Sequence[ShopWrite]:
    """Have the order's shop told, as far as its connection says so; no statement of an order that came from none.

    `subject` is the shipment or payment that it is about, or the mail by which the customer got the note. Answers the
    rows that were taken back, in their new states.
    """
    part = subject if isinstance(subject, Shipment | Payment) else None
    if is_from_its_shop.get() or order.outside_shop_id is None:
        return []
    if tells.takes_back:  # also while the shop is told of nothing
        return take_back_writes(tells.kind, order, part)
    shop = told_shop(order)
    if shop is None:
        return []
    kind = kind_told(shop, tells.kind, order)
    if kind is not None and is_worth_telling(kind, order, part):
        settle_outdated(order, kind, part)
        if not is_queued_already(order, kind, part):
            is_mailed_here = isinstance(subject, OutgoingMail)
            db.session.add(new_write(shop, order, kind, part, note=note, mailed_there=not is_mailed_here))
    return []


def kind_told(shop: ToldShop, kind: ShopWriteKind, order: Order) -> ShopWriteKind | None:
    """What the shop is told as. One that hears only of what was sent hears now that all of it is paid and gone."""
    if shop.choices[kind] != Telling.OFF:
        return kind
    is_to_complete = kind == ShopWriteKind.PAID and any(one.sent_at for one in order.shipments)
    told = ShopWriteKind.SENT if is_to_complete else None
    return told if told and shop.choices[told] != Telling.OFF else None


def is_worth_telling(kind: ShopWriteKind, order: Order, part: Model | None) -> bool:
    if kind == ShopWriteKind.PAID:
        return not order.is_unpaid and order.paid > 0
    if isinstance(part, Shipment):
        return part.sent_at is not None
    return kind != ShopWriteKind.CANCELLED or order.cancelled_at is not None


def still_holds(write: ShopWrite) -> bool:
    """Whether it is so here, for much may have happened since: its shop may have told of the contrary."""
    if write.payment:
        return all(one.reverses_id != write.payment_id for one in write.order.payments)
    return is_worth_telling(write.kind, write.order, write.shipment)


def new_write(
    shop: ToldShop, order: Order, kind: ShopWriteKind, part: Model | None, *, note: str, mailed_there: bool
) -> ShopWrite:
    at, job_id = now(), job_here.get()
    is_asked = shop.choices[kind] == Telling.ASK
    return ShopWrite(
        connection_id=shop.id,
        order=order,
        kind=kind,
        state=ShopWriteState.ASKED if is_asked else ShopWriteState.WAITING,
        shipment_id=part.id if isinstance(part, Shipment) else None,
        payment_id=part.id if isinstance(part, Payment) else None,
        text=note,
        mailed_there=mailed_there and shop.mails(kind),
        job_id=job_id,
        created_at=at,
        due_at=at + UNTIL_ITS_JOB_ENDS if job_id else held_until(at),
    )


def held_until(at: datetime) -> datetime:
    """It waits as long as Undo is offered, as mails do."""
    own = db.session.get(Shop, 1)
    return at + timedelta(seconds=own.mail_hold if own else 0)


def let_go_of_job(job_id: int) -> None:
    """The job is over, and its Undo is offered from now on."""
    for write in db.session.scalars(select(ShopWrite).where(ShopWrite.job_id == job_id).with_for_update()).all():
        write.job_id = None
        if write.state in TO_BE_TOLD:
            write.due_at = held_until(now())


# --- our own echo ---------------------------------------------------------------------------------------------------

#: What the shop may tell of because we told it.
ECHOED = (ShopWriteState.WAITING, ShopWriteState.TOLD, ShopWriteState.OUTDATED)


def is_our_news(order: Order, *kinds: ShopWriteKind, part_ids: Sequence[int] = ()) -> bool:
    """Whether what the order's shop tells of may be what we told it; `part_ids` are the shipments or payments."""
    query = select(ShopWrite.id).where(
        ShopWrite.order_id == order.id, ShopWrite.kind.in_(kinds), ShopWrite.state.in_(ECHOED)
    )
    if part_ids:
        query = query.where(or_(ShopWrite.shipment_id.in_(part_ids), ShopWrite.payment_id.in_(part_ids)))
    return bool(db.session.scalar(select(query.exists())))


def are_our_refunds(order: Order, external_ids: Sequence[str]) -> bool:
    """Whether all refunds that the order's shop tells of, by their ids there, are those that we told it."""
    rows = db.session.execute(
        select(ShopWrite.external_id, ShopWrite.state).where(
            ShopWrite.order_id == order.id,
            ShopWrite.kind == ShopWriteKind.REFUNDED,
            ShopWrite.state.in_(ECHOED),
        )
    ).all()
    told = {external_id for external_id, _state in rows}
    answer_missing = sum(state == ShopWriteState.WAITING for _external_id, state in rows)
    return bool(rows) and len([one for one in external_ids if one not in told]) <= answer_missing


# --- the same once more, and taken back -----------------------------------------------------------------------------


def writes_about(
    order: Order, kind: ShopWriteKind, part: Model | None, states: Sequence[ShopWriteState]
) -> Sequence[ShopWrite]:
    """The rows about this, locked, the first that was written first."""
    query = select(ShopWrite).where(ShopWrite.order_id == order.id, ShopWrite.kind == kind, ShopWrite.state.in_(states))
    if isinstance(part, Shipment):
        query = query.where(ShopWrite.shipment_id == part.id)
    if isinstance(part, Payment):
        query = query.where(ShopWrite.payment_id == part.id)
    locked = query.order_by(ShopWrite.id).with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(locked).all()


def is_queued_already(order: Order, kind: ShopWriteKind, part: Model | None) -> bool:
    """Whether a row waits that no worker has in hand: it tells how things are when it goes. Each note is one of its
    own.
    """
    if kind == ShopWriteKind.NOTE:
        return False
    waiting = [one for one in writes_about(order, kind, part, TO_BE_TOLD) if not one.worker]
    return any(part is not None or one.shipment_id is None for one in waiting)


def settle_outdated(order: Order, kind: ShopWriteKind, part: Model | None) -> None:
    """What was told and taken back is so once more: nothing is to be put right there."""
    for write in writes_about(order, kind, part, [ShopWriteState.OUTDATED]):
        write.state = ShopWriteState.LEFT


def take_back_writes(kind: ShopWriteKind, order: Order, part: Model | None) -> Sequence[ShopWrite]:
    """Withdraw what the shop was not told yet; what it was told is to be put right there by people.

    What a worker has in hand is marked, and becomes one or the other when that is known.
    """
    if kind == ShopWriteKind.PAID and not order.is_unpaid:
        return []
    affected = []
    for write in writes_about(order, kind, part, STANDING):
        write.undone_at = now()
        if write.worker:
            continue
        take_back_write(write)
        affected.append(write)
    return affected


def take_back_write(write: ShopWrite) -> None:
    is_known_there = write.state == ShopWriteState.TOLD
    write.state = ShopWriteState.OUTDATED if is_known_there else ShopWriteState.WITHDRAWN
    free(write)
