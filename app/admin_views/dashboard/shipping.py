"""How the order goes out: Sent with or without a Track & Trace code, and its packing slips."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.actions.shipments import create_packing_slip, mark_sent
from app.admin_views.dashboard.buttons import action_url, button
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.dashboard.mail_lines import who_gets
from app.admin_views.labels import NOT_SENT, SENT, SHIPMENT_STATUS
from app.models import Order, Shipment
from app.money import ZERO


def shipping(page: OrderPage) -> dict[str, Any]:
    order = page.order
    return {
        "method": order.shipping_method_title,
        "cost": sum((line.total for line in order.lines if line.kind == "shipping"), ZERO),
        "label": SHIPMENT_STATUS[order.shipment_status],
        "sent": button(mark_sent, order),
        "mail": who_gets(order, "order_sent"),
        "mail_with_code": who_gets(order, "track_and_trace"),
    }


def packing_slips(page: OrderPage) -> dict[str, Any]:
    order = page.order
    return {
        "rows": [row(order, shipment) for shipment in order.shipments],
        "create": button(create_packing_slip, order),
    }


def row(order: Order, shipment: Shipment) -> dict[str, Any]:
    name = "change_tracking" if shipment.sent_at else "send_shipment"
    return {
        "shipment": shipment,
        "label": SENT if shipment.sent_at else NOT_SENT,
        "pieces": sum((line.quantity for line in shipment.lines), ZERO),
        "info_url": action_url(name, order, shipment.id),
        "pdf_url": url_for("order_page.packing_slip_pdf", number=order.number, shipment_id=shipment.id),
    }
