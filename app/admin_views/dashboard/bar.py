"""The bar at the bottom of the order page: what can be done to the order as a whole."""

from __future__ import annotations

from app.actions import ACTIONS
from app.actions.declaration import AnyAction
from app.admin_views.dashboard.buttons import Button, button, lacking
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.dashboard.offered_actions import offered_actions
from app.models import Order


def bar(page: OrderPage) -> dict[str, object]:
    """The first buttons stay on a phone; the others go behind More there, what is final last."""
    return {"first": buttons(page.order, "first"), "more": buttons(page.order, "bar")}


def buttons(order: Order, place: str) -> list[Button]:
    standing = [one for one in offered_actions().values() if one.stands == place and is_for(order, one)]
    own = [one for one in standing if not lacking(one.right)]
    return [button(one, order) for one in sorted(own, key=lambda one: one.final)]


def is_for(order: Order, action: AnyAction) -> bool:
    """Drafts have a bar of their own. Of two that are each other's undo, only the one that applies is shown."""
    if Order not in action.record_types or action.on_drafts == ("never" if order.is_draft else "only"):
        return False
    if action.is_undo:
        return not action.why_not(order)
    other = ACTIONS.get(action.undo)
    return other is None or not other.is_undo or bool(other.why_not(order))
