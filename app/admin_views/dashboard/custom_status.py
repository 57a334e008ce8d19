"""The drop-down of the shop's own statuses; hidden until the shop has made one."""

from __future__ import annotations

from app.actions.custom_statuses import set_custom_status, statuses_of
from app.admin_views.dashboard.buttons import button
from app.admin_views.dashboard.loading import OrderPage
from app.pages.labels import ORDER_STATUS


def custom_status(page: OrderPage) -> dict[str, object]:
    order = page.order
    offered = statuses_of(order, page.custom_statuses)
    return {
        "choices": offered if len(offered) > 1 else [],
        "set": button(set_custom_status, order),
        "system": ORDER_STATUS[order.status],
    }
