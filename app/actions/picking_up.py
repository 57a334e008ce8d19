"""Orders that the customer picks up: ready, and handed over. No mail ever tells them of a parcel."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import mails
from app.accounting.states import recompute_status
from app.actions.declaration import NOTIFY, REASON, InRows, Step, action
from app.actions.leaving import may_go, unpaid_warning, why_not_go, why_not_unpaid, why_nothing_to_send
from app.actions.shipments import packed_up, put_on_the_way
from app.columns import now
from app.history import Actor, Happened, record
from app.models import Order, OrderStatus, Shipment
from app.queries import search


def why_not_pick_up(order: Order) -> str:
    if not order.is_draft and not order.is_pick_up:
        return _("This order is not for pick-up.")
    if reason := why_not_go(order):
        return reason
    return why_nothing_to_send(order)


def why_not_ready_for_pickup(order: Order) -> str:
    return why_not_pick_up(order) or (_("The order is ready for pick-up already.") if order.ready_at else "")


@action(
    title=_l("Ready for pick-up"),
    group="shipments",
    icon="building-store",
    done=_l("Order marked as ready for pick-up"),
    bulk=True,
    mail="ready_for_pickup",
    why_not=why_not_ready_for_pickup,
    inputs=(NOTIFY,),
    undo="not_ready",
    stands="block",
    step=Step(2, lambda row: row.status == OrderStatus.AWAITING_PICKUP),
)
def ready_for_pickup(order: Order, *, by: Actor, notify: bool = True) -> Order:
    """The goods lie ready. When the order goes back and forth, the tick starts off once the customer was told."""
    order.ready_at = now()
    recompute_status(order)

    record(Happened.READY_FOR_PICKUP, order, by)
    if notify:
        mails.queue("ready_for_pickup", order, once_key=f"ready_for_pickup:{order.id}", by=by)
    return order


def why_not_not_ready(order: Order) -> str:
    return why_not_pick_up(order) or ("" if order.ready_at else _("The order is not ready for pick-up."))


@action(
    title=_l("Not ready"),
    group="shipments",
    icon="arrow-back-up",
    done=_l("Order is no longer ready for pick-up"),
    bulk=True,
    why_not=why_not_not_ready,
    inputs=(REASON,),
    undo="ready_for_pickup",
    is_undo=True,
    stands="block",
)
def not_ready(order: Order, *, by: Actor, reason: str = "") -> Order:
    order.ready_at = None
    recompute_status(order)

    record(Happened.NOT_READY_FOR_PICKUP, order, by, reason=reason.strip())
    return order


def why_not_picked_up(order: Order) -> str:
    return why_not_pick_up(order) or why_not_unpaid(order)


@action(
    title=_l("Picked up"),
    group="shipments",
    icon="check",
    done=_l("Order marked as picked up"),
    bulk=True,
    why_not=why_not_picked_up,
    warning=unpaid_warning,
    undo="not_picked_up",
    stands="block",
    in_rows=InRows(lambda row: may_go(row) and row.is_pick_up, icon="building-store"),
    step=Step(3, lambda row: row.status == OrderStatus.READY_FOR_PICKUP),
)
def picked_up(order: Order, *, by: Actor) -> list[Shipment]:
    """Hand everything over that is left, on the open packing slips and a new one for what is on none. No mail."""
    going, at = packed_up(order, by=by), now()
    for shipment in going:
        put_on_the_way(shipment, "", at=at, by=by)
    recompute_status(order)
    search.index(order)
    return going
