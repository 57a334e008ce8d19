"""How the order goes out: Sent with or without a Track & Trace code, and its packing slips."""

from __future__ import annotations

from flask import url_for

from app.actions.leaving import unpaid_warning
from app.actions.parcels import mark_not_sent, not_picked_up, sent_last
from app.actions.picking_up import not_ready, picked_up, ready_for_pickup
from app.actions.shipments import create_packing_slip, mark_sent
from app.admin_views.dashboard.buttons import action_url, button, more_buttons
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.dashboard.mail_lines import mail_line, mails_of_sending
from app.amounts.money import ZERO
from app.models import LineKind, Order, Shipment, ShipmentStatus
from app.pages.formatting import day, join_facts
from app.pages.labels import LOST, NOT_SENT, PARTLY_LOST, PICKED_UP, SENT, WITHDRAWN, Label, shipment_label
from app.queries.lost_parcels import replaced_by


def shipping(page: OrderPage) -> dict[str, object]:
    order = page.order
    return {
        "method": order.shipping_method_title,
        "cost": sum((line.total for line in order.lines if line.kind == LineKind.SHIPPING), ZERO),
        "label": shipment_label(order),
        "warning": unpaid_warning(order),
        "finished": say_sending(order) if order.shipment_status == ShipmentStatus.SHIPPED else "",
        **(picking_up(order) if order.is_pick_up else sending(order)),
    }


def say_sending(order: Order) -> str:
    """ "13 May 2026 · Parcel post · 3SABC"; "" where something of it is lost, which somebody has to see."""
    gone = sent_last(order)
    if not gone or any(shipment.lost_at for shipment in order.shipments):
        return ""
    last = gone[-1]
    return join_facts([day(last.sent_at) if last.sent_at else "", order.shipping_method_title, last.tracking_code])


def sending(order: Order) -> dict[str, object]:
    sent = button(mark_sent, order)
    back = button(mark_not_sent, order) if may_be_taken_back(order) else None
    mails = {} if sent.reason else mails_of_sending(mark_sent, order)
    return {"sent": sent, "not_sent": back, **mails}


def picking_up(order: Order) -> dict[str, object]:
    ready = button(not_ready if order.ready_at else ready_for_pickup, order)
    return {
        "ready": ready,
        "is_ready": order.ready_at is not None,
        "picked_up": button(picked_up, order),
        "not_sent": button(not_picked_up, order) if may_be_taken_back(order) else None,
        "mail": "" if order.ready_at or ready.reason else mail_line(ready_for_pickup, order),
    }


def may_be_taken_back(order: Order) -> bool:
    """Something went, and is not lost: then that is what is said of it."""
    last = sent_last(order)
    return bool(last) and not any(shipment.lost_at for shipment in last)


def packing_slips(page: OrderPage) -> dict[str, object]:
    order = page.order
    return {
        "rows": [shipment_row(order, shipment) for shipment in order.shipments],
        "create": button(create_packing_slip, order),
    }


def shipment_row(order: Order, shipment: Shipment) -> dict[str, object]:
    name = "change_tracking" if shipment.sent_at else "send_shipment"
    return {
        "shipment": shipment,
        "label": slip_label(order, shipment),
        "more": more_buttons(order, shipment),
        "replaces": ", ".join(lost.number for lost in replaced_by(shipment)),
        "pieces": sum((line.quantity for line in shipment.lines), ZERO),
        "info_url": action_url(name, order, shipment.id),
        "pdf_url": url_for("order_page.packing_slip_pdf", number=order.number, shipment_id=shipment.id),
    }


def slip_label(order: Order, shipment: Shipment) -> Label:
    if shipment.withdrawn_at:
        return WITHDRAWN
    if shipment.lost_at:
        return LOST if shipment.is_all_lost else PARTLY_LOST
    if shipment.sent_at:
        return PICKED_UP if order.is_pick_up else SENT
    return NOT_SENT
