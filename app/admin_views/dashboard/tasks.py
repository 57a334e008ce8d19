"""What is to be done about the order, by whom and until when."""

from __future__ import annotations

from flask import url_for

from app.actions.tasks import add_task, finish_task
from app.admin_views.dashboard.buttons import button, lacking, more_buttons, url_in_order
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.task_rows import task_row, urgency

MOST_TASKS = 10


def tasks(page: OrderPage) -> dict[str, object]:
    """The open ones first; the rest of a long list is under SALES > Tasks."""
    order, number, all_of_them = page.order, page.order.number, sorted(page.order.tasks, key=urgency)
    return {
        "rows": [
            task_row(task, lambda name, id: url_in_order(number, name, id), more_buttons(order, task))
            for task in all_of_them[:MOST_TASKS]
        ],
        "hidden": max(0, len(all_of_them) - MOST_TASKS),
        "all_url": url_for("task.index_view", search=number, state="all"),
        "why_not_finish": lacking(finish_task.right),
        "add": button(add_task, page.order),
    }
