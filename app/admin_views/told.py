"""What other programs may hear of, in words, by what it is about."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.history import Happened
from app.webhooks import TEST

TOLD: dict[Any, dict[str, Any]] = {
    _l("Orders"): {
        Happened.ORDER_PLACED: _l("Order placed"),
        Happened.ORDER_UPDATED: _l("Order updated by its shop"),
        Happened.ORDER_CANCELLED: _l("Order cancelled"),
        Happened.ORDER_SUSPENDED: _l("Order suspended"),
        Happened.ORDER_RESUMED: _l("Order resumed"),
        Happened.ORDER_COPIED: _l("Order copied"),
        Happened.DRAFT_PLACED: _l("Draft placed as an order"),
        Happened.LINES_CHANGED: _l("Products changed"),
        Happened.METHODS_CHANGED: _l("Payment or shipping changed"),
        Happened.CUSTOM_STATUS_SET: _l("Status of the shop’s own set"),
    },
    _l("Customer"): {
        Happened.ADDRESS_CHANGED: _l("Address changed"),
        Happened.CUSTOMER_CHANGED: _l("Customer changed"),
        Happened.TICKET_ASKED: _l("Question asked"),
        Happened.TICKET_REPLIED: _l("Customer wrote again"),
        Happened.TICKET_ANSWERED: _l("Question answered"),
        Happened.TICKET_CHANGED: _l("Question changed"),
    },
    _l("Payments"): {
        Happened.ORDER_PAID: _l("Order paid"),
        Happened.ORDER_NOT_PAID: _l("Order set to Not paid"),
        Happened.PAYMENT_ENTERED: _l("Payment entered"),
        Happened.PAYMENT_TAKEN_BACK: _l("Payment taken back"),
        Happened.REFUND_ENTERED: _l("Refund entered"),
        Happened.REFUND_TAKEN_BACK: _l("Refund taken back"),
    },
    _l("Invoices"): {
        Happened.INVOICE_ISSUED: _l("Invoice made"),
        Happened.INVOICE_PAID: _l("Invoice set to Paid"),
        Happened.INVOICE_NOT_PAID: _l("Invoice set to Not paid"),
        Happened.INVOICE_CHANGED: _l("Invoice’s delivery time changed"),
        Happened.INVOICE_SENT: _l("Invoice sent"),
        Happened.CREDIT_NOTE_ISSUED: _l("Credit note made"),
    },
    _l("Shipments"): {
        Happened.PACKING_SLIP_CREATED: _l("Packing slip made"),
        Happened.ORDER_SENT: _l("Order sent"),
        Happened.TRACKING_CHANGED: _l("Track & Trace code changed"),
        Happened.READY_FOR_PICKUP: _l("Ready for pick-up"),
        Happened.NOT_READY_FOR_PICKUP: _l("No longer ready for pick-up"),
        Happened.PICKED_UP: _l("Picked up"),
    },
    _l("Returns"): {
        Happened.RETURN_REQUESTED: _l("Return asked for"),
        Happened.RETURN_CREATED: _l("Return made"),
        Happened.RETURN_AUTHORISED: _l("Return authorised"),
        Happened.RETURN_CHANGED: _l("Return changed"),
        Happened.RETURN_RECEIVED: _l("Return received"),
        Happened.RETURN_COMPLETED: _l("Return completed"),
        Happened.RETURN_REJECTED: _l("Return rejected"),
    },
}

TITLES: dict[str, Any] = {event: title for some in TOLD.values() for event, title in some.items()} | {TEST: _l("Test")}


def title_of(event: str) -> str:
    return str(TITLES.get(event, event))


def summary(events: list[str]) -> str:
    return ", ".join(map(title_of, events)) or str(_l("Everything"))
