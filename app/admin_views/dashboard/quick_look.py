"""A quick look at an order beside a list: who, what, how far, and what comes next, of what is loaded with it."""

from __future__ import annotations

from flask import url_for

from app.actions.next_steps import next_in_order
from app.admin_views.dashboard.buttons import button, lacking
from app.admin_views.dashboard.header import labels
from app.admin_views.neighbours import asked_of_list
from app.models import Order
from app.pages.formatting import badge, country, paid_badge, sent_badge

#: More lines, documents or memos are on the order's own page.
LINES_LOOKED_AT, DOCUMENTS_LOOKED_AT, MEMOS_LOOKED_AT = 12, 5, 2


def quick_look(order: Order, list_left: str) -> dict[str, object]:
    """`list_left` is the address of the list that it is looked at from; "" for none."""
    orders = url_for("order.index_view")
    is_of_orders = asked_of_list(list_left, orders) is not None
    step = next_in_order(order)
    is_offered = step is not None and not lacking(step[0].right)
    return {
        "order": order,
        "badges": [badge(label) for label in labels(order)],
        "lines": order.lines[:LINES_LOOKED_AT],
        "more_lines": max(0, len(order.lines) - LINES_LOOKED_AT),
        "invoices": [(one, paid_badge(one)) for one in order.invoices[-DOCUMENTS_LOOKED_AT:]],
        "shipments": [(one, sent_badge(one)) for one in order.shipments[-DOCUMENTS_LOOKED_AT:]],
        "memos": order.memos[:MEMOS_LOOKED_AT],
        "country": country,
        "step": button(step[0], order, None if step[1] is order else step[1]) if step and is_offered else None,
        "page_url": url_for("order_page.show", number=order.number, list=list_left if is_of_orders else None),
    }
