"""Putting orders on hold, and taking them up again."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounting.states import recompute_status
from app.actions.declaration import REASON, action
from app.actions.invoices import issue_when_placed
from app.columns import now
from app.history import Actor, Happened, record
from app.models import Order, OrderStatus


def why_not_suspend(order: Order) -> str:
    if order.is_draft:
        return _("A draft can't be suspended. Place the order first.")
    if order.cancelled_at:
        return _("This order is cancelled.")
    if order.held_at:
        return _("The order is on hold already.")
    if order.status == OrderStatus.CREDITED:
        return _("All of the order is credited.")
    return _("The order is completed.") if order.status == OrderStatus.COMPLETED else ""


@action(
    title=_l("Suspend"),
    group="orders",
    icon="player-pause",
    done=_l("Order suspended"),
    bulk=True,
    why_not=why_not_suspend,
    undo="resume",
    inputs=(REASON,),
)
def suspend(order: Order, *, by: Actor, reason: str = "") -> Order:
    """Put the order on hold: no invoice and no packing slip is made of it meanwhile."""
    order.held_at = now()
    recompute_status(order)

    record(Happened.ORDER_SUSPENDED, order, by, reason=reason.strip())
    return order


def why_not_resume(order: Order) -> str:
    if order.cancelled_at and not order.is_draft:
        return _("This order is cancelled.")
    return "" if order.held_at else _("The order is not on hold.")


@action(
    title=_l("Resume"),
    group="orders",
    icon="player-play",
    done=_l("Order resumed"),
    bulk=True,
    why_not=why_not_resume,
    undo="suspend",
    is_undo=True,
)
def resume(order: Order, *, by: Actor) -> Order:
    """Take the order up again, and make the invoice that the shop's setting wanted meanwhile."""
    order.held_at = None
    recompute_status(order)

    record(Happened.ORDER_RESUMED, order, by)
    issue_when_placed(order, by=by)
    return order
