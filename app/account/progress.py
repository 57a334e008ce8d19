"""How far an order is, as its customer sees it: a few steps, each reached or not."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from app.models import Order, OrderStatus, PaymentStatus, Shipment, ShipmentStatus


@dataclass(frozen=True)
class Progress:
    says: str  # in a word or two
    steps: list[tuple[str, bool]]


def progress_of(order: Order) -> Progress:
    if order.cancelled_at:
        return Progress(_("Cancelled"), [(_("Ordered"), True), (_("Cancelled"), True)])
    if order.status == OrderStatus.CREDITED:
        says = _("Paid back") if order.payment_status == PaymentStatus.REFUNDED else _("Credited")
        return Progress(says, [(_("Ordered"), True), *paying(order), (_("Credited"), True)])
    is_sent = order.shipment_status == ShipmentStatus.SHIPPED
    is_partly_sent = order.shipment_status == ShipmentStatus.PARTIALLY_SHIPPED
    if order.shipment_status == ShipmentStatus.NOTHING_TO_SHIP:
        last = []
    elif order.is_pick_up:
        last = [(_("Partly picked up"), True)] if is_partly_sent else []
        last += [(_("Ready for pick-up"), bool(order.ready_at) or is_sent), (_("Picked up"), is_sent)]
    else:
        last = [(_("Partly sent"), True)] if is_partly_sent else []
        last.append((_("Sent"), is_sent))
    steps = [(_("Ordered"), True), *paying(order), *last]
    return Progress(says_in_short(order, last), steps)


def paying(order: Order) -> list[tuple[str, bool]]:
    """Paid only when money came: of an order that owes nothing, it is no step."""
    if order.payment_status == PaymentStatus.NOTHING_OWED:
        return []
    back = [(_("Paid back"), True)] if order.payment_status == PaymentStatus.REFUNDED else []
    return [(_("Paid"), not order.is_unpaid), *back]


def says_in_short(order: Order, last: list[tuple[str, bool]]) -> str:
    if order.held_at:
        return _("On hold")
    if reached := [title for title, is_reached in last if is_reached]:
        return reached[-1]
    if order.payment_status == PaymentStatus.REFUNDED:
        return _("Paid back")
    if order.is_unpaid:
        return _("Waiting for your payment")
    if order.status == OrderStatus.NEEDS_DECISION:
        return _("Being looked into")
    if last:
        return _("Being packed")
    return _("Paid") if order.is_paid_for else _("Completed")


def lost_in_words(order: Order, shipment: Shipment) -> str:
    """Of a parcel that got lost: that it is sent again is said while something is to go."""
    is_to_go = order.shipment_status in (ShipmentStatus.NOT_SHIPPED, ShipmentStatus.PARTIALLY_SHIPPED)
    if shipment.is_all_lost:
        return _("Lost: we send it again") if is_to_go else _("Lost")
    return _("Partly lost: we send that again") if is_to_go else _("Partly lost")
