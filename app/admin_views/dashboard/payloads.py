"""As the shop sent it: every payload of the order, what became of it, and what of the order it changed."""

from __future__ import annotations

from flask import url_for

from app.admin_views.dashboard.loading import OrderPage, payloads_of
from app.models import Arrival
from app.pages.formatting import join_facts
from app.pages.labels import ARRIVAL_RESULT, UPDATE_PARTS

MOST_PAYLOADS = 100


def payloads(page: OrderPage) -> list[dict[str, object]]:
    return [payload_row(arrival) for arrival in payloads_of(page.order, most=MOST_PAYLOADS)]


def payload_row(arrival: Arrival) -> dict[str, object]:
    return {
        "url": url_for("arrivals.details_view", id=arrival.id),
        "at": arrival.arrived_at,
        "from": join_facts([arrival.origin, arrival.topic]),
        "label": ARRIVAL_RESULT[arrival.result],
        "changed": [str(UPDATE_PARTS[name]) for name in arrival.changed if name in UPDATE_PARTS],
        "reason": arrival.reason,
    }
