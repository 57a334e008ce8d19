"""What is still to go of an order, dropping what will never go, and what that does to open packing slips.

Of each line, quantity = shipped + packed + to pack + dropped. What is dropped is taken from what is on no packing slip
first, then off open ones, the newest first. A slip that holds less gets a new revision; one that would be empty is
withdrawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.amounts.money import ZERO
from app.columns import now
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Order, OrderLine, Shipment, ShipmentLine

#: Quantities per order line.
Quantities = dict[int, Decimal]


def quantities_to_ship(order: Order) -> Quantities:
    """What is still to go, on a packing slip or on none; only of lines of which something is."""
    return {line.id: line.to_ship for line in order.lines if line.to_ship > 0}


def quantities_to_pack(order: Order) -> Quantities:
    """What is still to go and on no packing slip; only of lines of which something is."""
    return {line.id: line.to_pack for line in order.lines if line.to_pack > 0}


def has_sent_something(order: Order) -> bool:
    return any(line.shipped > 0 for line in order.lines)


# --- what is credited ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CreditedGoods:
    """Of the goods on a credit note, how many had been sent and how many had not."""

    sent: Quantities
    not_sent: Quantities
    to_drop: Quantities  # of those that had not been sent, what was not dropped before


def count_not_sent(line: OrderLine) -> Decimal:
    """How much of a line can be credited that never went: what is to go, and what is dropped and not credited yet."""
    return line.to_ship + line.dropped_uncredited if line.is_shippable else ZERO


def credited_goods(order: Order, quantities: Mapping[int, Decimal], sent: Mapping[int, Decimal]) -> CreditedGoods:
    """Tell the credited quantities apart: so many of them had been sent, at least those that can't be anything else."""
    found = CreditedGoods({}, {}, {})
    for line in order.lines:
        quantity = quantities.get(line.id, ZERO)
        if not line.is_shippable or not quantity:
            continue
        gone = max(sent.get(line.id, ZERO), quantity - count_not_sent(line))
        found.sent[line.id], found.not_sent[line.id] = gone, quantity - gone
        found.to_drop[line.id] = max(ZERO, quantity - gone - line.dropped_uncredited)
    return found


# --- dropping --------------------------------------------------------------------------------------------------------


def drop_rest(order: Order, *, by: Actor) -> None:
    """Nothing more of the order will go."""
    drop_goods(order, quantities_to_ship(order), by=by)


def drop_credited(order: Order, *, by: Actor) -> None:
    """What is credited and counts as not sent any more will not go a second time."""
    drop_goods(order, {line.id: line.credited - line.shipped - line.dropped for line in order.lines}, by=by)


def drop_goods(order: Order, quantities: Mapping[int, Decimal], *, by: Actor) -> None:
    """These quantities per order line, at most what is to go, will never go."""
    for line in order.lines:
        line.dropped += max(ZERO, min(quantities.get(line.id, ZERO), line.to_ship))
    db.session.flush()
    too_much = {line.id: -line.to_pack for line in order.lines if line.to_pack < 0}
    if too_much:
        take_off_open_slips(order, too_much, by=by)


def take_off_open_slips(order: Order, quantities: Quantities, *, by: Actor) -> None:
    left = dict(quantities)
    for shipment in reversed([one for one in order.shipments if one.is_open]):
        holds = count_packed(shipment)
        stays = {line_id: held - min(held, left.get(line_id, ZERO)) for line_id, held in holds.items()}
        if stays == holds:
            continue
        left = {line_id: quantity - holds.get(line_id, ZERO) for line_id, quantity in left.items()}
        left = {line_id: quantity for line_id, quantity in left.items() if quantity > 0}
        if any(stays.values()):
            change_contents(shipment, stays, by=by)
        else:
            withdraw_slip(shipment, by=by)


# --- packing slips ---------------------------------------------------------------------------------------------------


def count_packed(shipment: Shipment) -> Quantities:
    held: Quantities = {}
    for line in shipment.lines:
        held[line.order_line_id] = held.get(line.order_line_id, ZERO) + line.quantity
    return held


def change_contents(shipment: Shipment, quantities: Mapping[int, Decimal], *, by: Actor) -> None:
    """From now on the open slip holds these quantities: a new revision, to be printed anew."""
    before = list_packed(shipment)
    put_on_slip(shipment, quantities)
    shipment.revision += 1
    db.session.flush()
    record(
        Happened.PACKING_SLIP_CHANGED,
        shipment.order,
        by,
        number=shipment.number,
        changes={"quantities": [before, list_packed(shipment)]},
    )


def put_on_slip(shipment: Shipment, quantities: Mapping[int, Decimal]) -> None:
    """A line that stays keeps its place."""
    by_line = {line.order_line_id: line for line in shipment.lines}
    for line in shipment.order.lines:
        quantity, packed = quantities.get(line.id, ZERO), by_line.get(line.id)
        if packed and quantity:
            packed.quantity = quantity
        elif packed:
            shipment.lines.remove(packed)
            db.session.delete(packed)
        elif quantity:
            shipment.lines.append(ShipmentLine(order_line_id=line.id, order_line=line, quantity=quantity))


def withdraw_slip(shipment: Shipment, *, by: Actor, reason: str = "") -> None:
    """It stays readable, with what was on it; its number stays used."""
    shipment.withdrawn_at = now()
    db.session.flush()
    record(Happened.PACKING_SLIP_WITHDRAWN, shipment.order, by, number=shipment.number, reason=reason.strip())


def restore_slip(shipment: Shipment, quantities: Mapping[int, Decimal], *, by: Actor, reason: str = "") -> None:
    """A withdrawn slip is open again; with other quantities than before as a new revision."""
    shipment.withdrawn_at = None
    if count_packed(shipment) != quantities:
        put_on_slip(shipment, quantities)
        shipment.revision += 1
    db.session.flush()
    record(Happened.PACKING_SLIP_RESTORED, shipment.order, by, number=shipment.number, reason=reason.strip())


def list_packed(shipment: Shipment) -> str:
    """ "2 × Stoneware mug, 1 × Teapot"."""
    held = count_packed(shipment)
    return ", ".join(f"{held[line.id]} × {line.name}" for line in shipment.order.lines if line.id in held)
