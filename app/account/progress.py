"""How far an order is, as its customer sees it: a few steps, each reached or not."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from app.models import Order, PaymentStatus, ShipmentStatus


@dataclass(frozen=True)
class Progress:
    says: str  # in a word or two
    steps: list[tuple[str, bool]]


def progress_of(order: Order) -> Progress:
    if order.cancelled_at:
        return Progress(_("Cancelled"), [(_("Ordered"), True), (_("Cancelled"), True)])
    is_paid = order.payment_status == PaymentStatus.PAID
    is_sent = order.shipment_status == ShipmentStatus.SHIPPED
    is_partly_sent = order.shipment_status == ShipmentStatus.PARTIALLY_SHIPPED
    if order.is_pick_up:
        last = [(_("Ready for pick-up"), bool(order.ready_at) or is_sent), (_("Picked up"), is_sent)]
    else:
        last = [(_("Partly sent"), True)] if is_partly_sent else []
        last.append((_("Sent"), is_sent))
    steps = [(_("Ordered"), True), (_("Paid"), is_paid), *last]
    return Progress(says_in_short(order, steps, is_paid=is_paid), steps)


def says_in_short(order: Order, steps: list[tuple[str, bool]], *, is_paid: bool) -> str:
    if order.held_at:
        return _("On hold")
    reached = [title for title, is_reached in steps if is_reached]
    if reached[-1] == _("Paid"):
        return _("Being packed")
    return reached[-1] if is_paid or len(reached) > 1 else _("Waiting for your payment")
