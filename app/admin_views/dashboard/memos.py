"""Short messages to oneself or a colleague."""

from __future__ import annotations

from app.actions.memos import remove_memo, write_memo
from app.admin_views.dashboard.buttons import action_url, button, lacking, more_buttons
from app.admin_views.dashboard.loading import OrderPage

MOST_MEMOS = 20


def memos(page: OrderPage) -> dict[str, object]:
    order = page.order
    return {
        "rows": [
            (memo, action_url("remove_memo", order, memo.id), more_buttons(order, memo))
            for memo in order.memos[:MOST_MEMOS]
        ],
        "hidden": max(0, len(order.memos) - MOST_MEMOS),
        "why_not_remove": lacking(remove_memo.right),
        "write": button(write_memo, order),
    }
