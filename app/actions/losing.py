"""Parcels that got lost: their goods are sent once more, without a second invoice; and what turned up after all."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounting.states import recompute_status
from app.actions import stock
from app.actions.declaration import REASON, Input, action
from app.actions.goods import quantities_to_pack
from app.actions.leaving import why_still_here
from app.amounts.money import ZERO
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record, subject_key
from app.models import MovementKind, Order, OrderLine, Shipment, ShipmentLine
from app.queries import search
from app.queries.lost_parcels import replacing


def can_be_lost(shipment: Shipment) -> dict[int, Decimal]:
    """Per order line how many pieces of the parcel are neither lost already, nor on a return, nor credited."""
    by_id = {line.id: line for line in shipment.order.lines}
    left: dict[int, Decimal] = {}
    for packed in shipment.lines:
        away = left.get(packed.order_line_id, ZERO) + packed.quantity - packed.lost
        left[packed.order_line_id] = min(away, not_settled(by_id[packed.order_line_id]))
    return {line_id: quantity for line_id, quantity in left.items() if quantity > 0}


def not_settled(line: OrderLine) -> Decimal:
    """How much of what went is neither on a return nor credited."""
    return line.shipped - max(line.returned, line.credited - line.dropped)


def why_not_mark_lost(shipment: Shipment) -> str:
    if shipment.order.is_pick_up:
        return _("The customer picks this order up: no parcel can get lost.")
    if shipment.sent_at is None:
        return why_still_here(shipment)
    if shipment.order.cancelled_at:
        return _("This order is cancelled.")
    return "" if can_be_lost(shipment) else _("Everything in it is lost, back or credited already.")


@action(
    title=_l("Lost, send again"),
    group="shipments",
    icon="refresh",
    done=_l("Parcel marked as lost: it is to be packed once more"),
    why_not=why_not_mark_lost,
    inputs=(
        Input("quantities", _l("Quantities"), kind="quantities", initial=can_be_lost, choices=can_be_lost),
        REASON,
    ),
    right_title=_l("Mark parcels as lost"),
    dialog="quantities",
    undo="mark_not_lost",
    stands="block",
)
def mark_lost(
    shipment: Shipment, *, by: Actor, quantities: dict[int, Decimal] | None = None, reason: str = ""
) -> Shipment:
    """These quantities per order line are lost, or all of the parcel: they are to pack once more, without an invoice.

    Stock goes down once more. The mail about the new parcel says which one it replaces.
    """
    most = can_be_lost(shipment)
    gone = {line_id: many for line_id, many in (most if quantities is None else quantities).items() if many > 0}
    if not gone:
        raise ActionRefused(_("Choose at least one product that got lost."))
    for line_id, many in gone.items():
        if many > most.get(line_id, ZERO):
            raise ActionRefused(_("Fewer than %(quantity)s can be lost. Look at the parcel again.", quantity=many))

    count_lost(shipment, gone)
    shipment.lost_at = shipment.lost_at or now()
    db.session.flush()
    follow_loss(shipment, gone, Happened.PARCEL_LOST, by=by, reason=reason)
    return shipment


def count_lost(shipment: Shipment, gone: Mapping[int, Decimal]) -> None:
    """Put the pieces on the parcel's lines as lost: they did not reach anybody."""
    left = dict(gone)
    for packed in shipment.lines:
        here = min(packed.quantity - packed.lost, left.get(packed.order_line_id, ZERO))
        left[packed.order_line_id] = left.get(packed.order_line_id, ZERO) - here
        set_lost(shipment.order, packed, packed.lost + here)


def set_lost(order: Order, packed: ShipmentLine, lost: Decimal) -> None:
    line = next(line for line in order.lines if line.id == packed.order_line_id)
    line.shipped += packed.lost - lost
    packed.lost = lost


def follow_loss(shipment: Shipment, pieces: Mapping[int, Decimal], what: Happened, *, by: Actor, reason: str) -> None:
    """History, statuses, and stock: what is lost leaves the shelf a second time, what turned up comes back to it."""
    order = shipment.order
    recompute_status(order)
    search.index(order)
    text = ", ".join(f"{pieces[line.id]} × {line.name}" for line in order.lines if line.id in pieces)
    entry = record(what, order, by, number=shipment.number, text=text[:200], reason=reason.strip())
    db.session.flush()
    sign = -1 if what == Happened.PARCEL_LOST else 1
    moves = [stock.Move(line, sign * pieces[line.id]) for line in order.lines if line.id in pieces]
    stock.move(moves, order, kind=MovementKind.LOST, document=subject_key(entry), by=by)


def why_not_mark_not_lost(shipment: Shipment) -> str:
    if shipment.lost_at is None:
        return _("This parcel is not lost.")
    if shipment.order.cancelled_at:
        return _("This order is cancelled.")
    if numbers := ", ".join(one.number for one in replacing(shipment)):
        return _("%(numbers)s replaces it already.", numbers=numbers)
    left, lost = quantities_to_pack(shipment.order), lost_of(shipment)
    if any(left.get(line_id, ZERO) < many for line_id, many in lost.items()):
        return _("It is packed again, or was credited since.")
    return ""


def lost_of(shipment: Shipment) -> dict[int, Decimal]:
    """Order line -> how many of it got lost with the parcel."""
    lost: dict[int, Decimal] = {}
    for packed in shipment.lines:
        lost[packed.order_line_id] = lost.get(packed.order_line_id, ZERO) + packed.lost
    return {line_id: many for line_id, many in lost.items() if many}


@action(
    title=_l("Not lost"),
    group="shipments",
    icon="arrow-back-up",
    done=_l("Parcel is no longer lost"),
    why_not=why_not_mark_not_lost,
    inputs=(REASON,),
    right_title=_l("Take back that parcels are lost"),
    stands="block",
)
def mark_not_lost(shipment: Shipment, *, by: Actor, reason: str = "") -> Shipment:
    """The parcel turned up while nothing of its replacement was packed: its goods count as sent again."""
    back = lost_of(shipment)
    for packed in shipment.lines:
        set_lost(shipment.order, packed, ZERO)
    shipment.lost_at = None
    db.session.flush()
    follow_loss(shipment, back, Happened.PARCEL_NOT_LOST, by=by, reason=reason)
    return shipment
