"""What the pop-ups show beside the form of their action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for

from app.actions.invoices import change_invoice, send_invoice
from app.actions.messages import latest_invoice
from app.actions.shipments import change_tracking, send_shipment
from app.admin_views.dashboard.addresses import TITLES
from app.admin_views.dashboard.buttons import action_url, why_not
from app.admin_views.dashboard.doing import PopUp
from app.admin_views.dashboard.mail_lines import who_gets
from app.admin_views.dashboard.offers import OFFERS, Offer


def parts_of(shown: PopUp) -> dict[str, Any]:
    return PARTS[shown.offer.pop_up](shown)


def action(shown: PopUp) -> dict[str, Any]:
    """An action by itself: its own form."""
    kind = shown.offer.action.mail
    record_id = shown.record.id if shown.record is not shown.order else None
    return {
        "url": action_url(shown.offer.action.name, shown.order, record_id),
        "mail": who_gets(shown.order, kind) if kind else "",
    }


def address(shown: PopUp) -> dict[str, Any]:
    kind = shown.more["kind"]
    return {
        "title": TITLES[kind],
        "url": url_for("order_page.change_address", number=shown.order.number, kind=kind),
    }


def packing_slip(shown: PopUp) -> dict[str, Any]:
    by_id = {str(line.id): line for line in shown.order.lines}
    return {**action(shown), "rows": [(by_id[field.short_name], field) for field in shown.form.quantities]}


def message(shown: PopUp) -> dict[str, Any]:
    return {**action(shown), "has_invoice": latest_invoice(shown.order) is not None}


def invoice(shown: PopUp) -> dict[str, Any]:
    """Two forms: what can be changed, and sending it."""
    return {
        "change": beside(shown, change_invoice.name),
        "send": beside(shown, send_invoice.name),
        "pdf_url": url_for("order_page.invoice_pdf", number=shown.order.number, invoice_id=shown.record.id),
        "why_not_send": why_not(send_invoice, shown.record),
    }


def shipment(shown: PopUp) -> dict[str, Any]:
    """One form: Sent, and after that the correction of the code."""
    name = change_tracking.name if shown.record.sent_at else send_shipment.name
    by_id = {line.id: line for line in shown.order.lines}
    return {
        "now": beside(shown, name),
        "rows": [(by_id[packed.order_line_id], packed.quantity) for packed in shown.record.lines],
        "mail": who_gets(shown.order, "order_sent"),
        "mail_with_code": who_gets(shown.order, "track_and_trace"),
        "pdf_url": url_for("order_page.packing_slip_pdf", number=shown.order.number, shipment_id=shown.record.id),
    }


def beside(shown: PopUp, name: str) -> dict[str, Any]:
    """The form of one of the actions in the same pop-up: as it was sent if it is that one, else as it starts."""
    offer: Offer = OFFERS[name]
    is_shown = offer is shown.offer
    return {
        "form": shown.form if is_shown else offer.form(shown.record),
        "url": action_url(name, shown.order, shown.record.id),
        "seen": offer.mark(shown.record),
        "action": offer.action,
        "reason": why_not(offer.action, shown.record),
    }


PARTS: dict[str, Callable[[PopUp], dict[str, Any]]] = {
    "action": action,
    "address": address,
    "packing_slip": packing_slip,
    "invoice": invoice,
    "shipment": shipment,
    "message": message,
    "task": action,
}
