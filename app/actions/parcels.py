"""Taking Sent back, of a parcel or of what went last of an order, while nothing of it came back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import mails
from app.accounting.states import recompute_status
from app.actions.declaration import REASON, action
from app.actions.goods import drop_credited
from app.actions.leaving import why_still_here
from app.actions.tracking import is_told, tell, withdraw_telling
from app.amounts.money import ZERO
from app.columns import now
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Order, Shipment
from app.queries import search


def sent_last(order: Order) -> list[Shipment]:
    """The parcels that went at the latest moment, together; none when nothing went."""
    latest = max((shipment.sent_at for shipment in order.shipments if shipment.sent_at), default=None)
    return [shipment for shipment in order.shipments if latest and shipment.sent_at == latest]


def why_not_take_back(order: Order, parcels: Sequence[Shipment]) -> str:
    """Why these parcels can't count as not sent: somebody built on it that they went."""
    if order.cancelled_at:
        return _("This order is cancelled.")
    if any(parcel.lost_at for parcel in parcels):
        return _("A parcel of it is lost. Use Not lost first.")
    packed: dict[int, Decimal] = {}
    for line in (line for parcel in parcels for line in parcel.lines):
        packed[line.order_line_id] = packed.get(line.order_line_id, ZERO) + line.quantity
    if any(line.shipped - packed.get(line.id, ZERO) < line.returned for line in order.lines):
        return _("Something of it is on a return. Reject the return first, if nothing came back.")
    return ""


def why_not_set_shipment_not_sent(shipment: Shipment) -> str:
    if shipment.sent_at is None:
        return why_still_here(shipment)
    return why_not_take_back(shipment.order, [shipment])


@action(
    title=_l("Not sent"),
    group="shipments",
    icon="arrow-back-up",
    done=_l("Packing slip is no longer sent"),
    why_not=why_not_set_shipment_not_sent,
    inputs=(REASON,),
    right_title=_l("Take back Sent of packing slips"),
    afterwards=lambda shipment: say_who_is_told([shipment]),
    stands="block",
)
def set_shipment_not_sent(shipment: Shipment, *, by: Actor, reason: str = "") -> Shipment:
    """Take Sent, or Picked up, back of one packing slip: it is open again, with its code. See `mark_not_sent`."""
    take_back_parcels(shipment.order, [shipment], by=by, reason=reason)
    return shipment


def why_not_mark_not_sent(order: Order) -> str:
    if not order.is_draft and order.is_pick_up:
        return _("The customer picks this order up: use Not picked up.")
    return why_not_take_last_back(order)


def why_not_take_last_back(order: Order) -> str:
    if order.is_draft:
        return _("A draft is not sent. Place the order first.")
    if last := sent_last(order):
        return why_not_take_back(order, last)
    return _("Nothing of this order is picked up.") if order.is_pick_up else _("Nothing of this order is sent.")


@action(
    title=_l("Not sent"),
    group="shipments",
    icon="arrow-back-up",
    done=_l("Order is no longer sent"),
    bulk=True,
    why_not=why_not_mark_not_sent,
    inputs=(REASON,),
    right_title=_l("Take back Sent of orders"),
    afterwards=lambda order: say_who_is_told(order.shipments),
    of_parts=True,
    stands="block",
)
def mark_not_sent(order: Order, *, by: Actor, reason: str = "") -> list[Shipment]:
    """Take back what Sent did last: these packing slips are open again, and their goods still to go.

    A mail that waits is withdrawn; one that went stays with the customer. Stock is as it was: it left with the order.
    """
    return take_back_parcels(order, sent_last(order), by=by, reason=reason)


def why_not_not_picked_up(order: Order) -> str:
    if not order.is_draft and not order.is_pick_up:
        return _("This order is not for pick-up.")
    return why_not_take_last_back(order)


@action(
    title=_l("Not picked up"),
    group="shipments",
    icon="arrow-back-up",
    done=_l("Order is no longer picked up"),
    bulk=True,
    why_not=why_not_not_picked_up,
    inputs=(REASON,),
    right_title=_l("Take back Picked up"),
    of_parts=True,
    stands="block",
)
def not_picked_up(order: Order, *, by: Actor, reason: str = "") -> list[Shipment]:
    """Take back what was handed over last. It is ready for pick-up as before; no mail was sent of it."""
    return take_back_parcels(order, sent_last(order), by=by, reason=reason)


def take_back_parcels(order: Order, parcels: list[Shipment], *, by: Actor, reason: str) -> list[Shipment]:
    told, at = [shipment for shipment in parcels if is_told(shipment)], now()
    untold = withdraw_telling(parcels)
    for shipment in parcels:
        mails.withdraw_untrue("set_shipment_not_sent", order.id, on_id=shipment.id, kinds=set())
    by_id = {line.id: line for line in order.lines}
    for shipment in parcels:
        for packed in shipment.lines:
            by_id[packed.order_line_id].shipped -= packed.quantity
        shipment.sent_at, shipment.not_sent_at = None, at
    db.session.flush()
    drop_credited(order, by=by)
    recompute_status(order)
    search.index(order)

    what = Happened.NOT_PICKED_UP if order.is_pick_up else Happened.ORDER_NOT_SENT
    for shipment in parcels:
        record(what, order, by, subject=shipment, number=shipment.number, reason=reason.strip())
    for shipment in told:
        record(Happened.TOLD_ALREADY, order, by, number=shipment.number)
    tell([shipment for shipment in untold if shipment not in parcels], by)
    return parcels


def say_who_is_told(parcels: Sequence[Shipment]) -> str:
    """What is to be thought of after Sent was taken back of these: "" when no mail had gone."""
    told = [shipment.number for shipment in parcels if shipment.sent_at is None and is_told(shipment)]
    if not told:
        return ""
    return _("The customer was already told that %(numbers)s is on its way: write to them.", numbers=", ".join(told))
