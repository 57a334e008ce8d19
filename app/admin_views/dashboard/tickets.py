"""The customer's questions about the order: answered or not, each opened with the magnifying glass."""

from __future__ import annotations

from flask import url_for

from app.admin_views.dashboard.loading import OrderPage, tickets_of
from app.pages.labels import TICKET_STATUS


def tickets(page: OrderPage) -> list[dict[str, object]]:
    return [
        {
            "ticket": ticket,
            "label": TICKET_STATUS[ticket.status],
            "last": ticket.messages[-1] if ticket.messages else None,
            "url": url_for("ticket.show", ticket_id=ticket.id),
        }
        for ticket in tickets_of(page.order)
    ]
