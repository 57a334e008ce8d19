"""The drop-down of the shop's own statuses; hidden until the shop has made one."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from app import queries
from app.actions.custom_statuses import set_custom_status
from app.admin_views.dashboard.buttons import button
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.labels import ORDER_STATUS
from app.models import Order


def custom_status(page: OrderPage) -> dict[str, Any]:
    order = page.order
    offered = choices(order)
    return {
        "choices": offered if len(offered) > 1 else [],
        "set": button(set_custom_status, order),
        "system": ORDER_STATUS[order.status],
    }


def choices(order: Order) -> list[tuple[int | None, str]]:
    """None, those in use, and the one that the order has."""
    known = [one for one in queries.custom_statuses() if one.is_active or one.id == order.custom_status_id]
    return [(None, _("None")), *((one.id, one.title) for one in known)]
