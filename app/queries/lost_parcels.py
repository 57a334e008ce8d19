"""Which parcels were sent in the place of lost ones: it follows from what was packed after the loss."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from app.amounts.money import ZERO
from app.models import Order, Shipment


def replaced_by(shipment: Shipment) -> list[Shipment]:
    """The lost parcels that this one replaces, in whole or in part, oldest first."""
    return [lost for lost, slips in replacements(shipment.order) if shipment in slips]


def replacing(shipment: Shipment) -> list[Shipment]:
    """The packing slips and parcels that replace this lost one."""
    return next((slips for lost, slips in replacements(shipment.order) if lost is shipment), [])


def replacements(order: Order) -> list[tuple[Shipment, list[Shipment]]]:
    """Each lost parcel with those that replace it.

    What is packed of a line after a loss stands for what was lost first, piece by piece, and then for the rest.
    """
    lost = sorted((one for one in order.shipments if one.lost_at), key=lambda one: (one.lost_at, one.id))
    if not lost:
        return []
    free = {(slip.id, line_id): many for slip in order.shipments for line_id, many in packed_on(slip)}
    return [(parcel, list(taken_for(parcel, order.shipments, free))) for parcel in lost]


def taken_for(parcel: Shipment, slips: Iterable[Shipment], free: dict[tuple[int, int], Decimal]) -> Iterable[Shipment]:
    """The slips that hold pieces instead of the parcel's; these are taken off what is `free` on them."""
    needed: dict[int, Decimal] = {}
    for line in parcel.lines:
        needed[line.order_line_id] = needed.get(line.order_line_id, ZERO) + line.lost
    for slip in slips:
        if parcel.lost_at is None or slip is parcel or slip.withdrawn_at or slip.created_at < parcel.lost_at:
            continue
        taken = {line_id: min(many, free.get((slip.id, line_id), ZERO)) for line_id, many in needed.items()}
        for line_id, many in taken.items():
            needed[line_id] -= many
            if many:
                free[slip.id, line_id] -= many
        if any(taken.values()):
            yield slip


def packed_on(slip: Shipment) -> Iterable[tuple[int, Decimal]]:
    """Order line -> how many are on the slip, each line once."""
    many: dict[int, Decimal] = {}
    for line in slip.lines:
        many[line.order_line_id] = many.get(line.order_line_id, ZERO) + line.quantity
    return many.items()
