"""The bar at the bottom of the order page: what can be done to the order as a whole."""

from __future__ import annotations

from typing import Any

from app.actions import ACTIONS
from app.admin_views.dashboard.buttons import Button, button
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.dashboard.offers import OFFERS
from app.models import Order

WRITING = ("notify_customer", "send_payment_reminder")
CHANGING = ("copy_order", "suspend", "resume", "cancel_order")
OF_A_DRAFT = ("place_draft", "copy_order", "discard_draft", "restore_draft")


def bar(page: OrderPage) -> dict[str, Any]:
    """The first buttons stay on a phone; the others go behind More there."""
    order = page.order
    if order.is_draft:
        return {"first": buttons(order, OF_A_DRAFT[:1]), "more": buttons(order, OF_A_DRAFT[1:])}
    return {"first": buttons(order, WRITING), "more": buttons(order, CHANGING)}


def buttons(order: Order, names: tuple[str, ...]) -> list[tuple[Button, bool]]:
    """Each button, and whether it opens a pop-up: one that asks for nothing and is not final is just pressed."""
    offered = [ACTIONS[name] for name in names if name in OFFERS and is_for(order, name)]
    return [(button(action, order), bool(action.inputs or action.final)) for action in offered]


def is_for(order: Order, name: str) -> bool:
    """Of two that are each other's undo, only the one that applies is shown."""
    if name in ("suspend", "resume"):
        return (name == "resume") == bool(order.held_at)
    if name in ("discard_draft", "restore_draft"):
        return (name == "restore_draft") == bool(order.cancelled_at)
    return True
