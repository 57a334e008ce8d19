"""Everything that happened to the order: when, what, who, and old and new values."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.admin_views.dashboard.loading import OrderPage, events_of
from app.admin_views.forms import AddressForm, as_id
from app.history import Happened
from app.models import ActorKind, History
from app.pages.formatting import amount, happened, moment
from app.pages.labels import TASK_STATUS

MOST_EVENTS = 100

#: What happened -> icon and tone; anything else is a plain note.
LOOKS = {
    Happened.ORDER_PLACED: ("shopping-cart", "blue"),
    Happened.ORDER_UPDATED: ("refresh", "blue"),
    Happened.ORDER_PAID: ("cash", "green"),
    Happened.PAYMENT_ENTERED: ("cash", "green"),
    Happened.REFUND_ENTERED: ("receipt-refund", "orange"),
    Happened.ORDER_NOT_PAID: ("arrow-back-up", "orange"),
    Happened.TOTAL_ZERO: ("cash", "green"),
    Happened.INVOICE_ISSUED: ("file-invoice", "blue"),
    Happened.INVOICE_PAID: ("check", "green"),
    Happened.INVOICE_NOT_PAID: ("arrow-back-up", "orange"),
    Happened.INVOICE_CHANGED: ("pencil", "gray"),
    Happened.INVOICE_SENT: ("send", "blue"),
    Happened.ORDER_CHANGED: ("pencil", "blue"),
    Happened.BUYER_CORRECTED: ("user", "blue"),
    Happened.INVOICE_MADE_ANEW: ("refresh", "blue"),
    Happened.CREDIT_NOTE_SENT: ("send", "blue"),
    Happened.PACKING_SLIP_CREATED: ("package", "blue"),
    Happened.ORDER_SENT: ("truck", "green"),
    Happened.ORDER_NOT_SENT: ("arrow-back-up", "orange"),
    Happened.PARCEL_LOST: ("alert-triangle", "red"),
    Happened.PARCEL_NOT_LOST: ("arrow-back-up", "orange"),
    Happened.TOLD_ALREADY: ("mail", "orange"),
    Happened.TRACKING_CHANGED: ("pencil", "gray"),
    Happened.ORDER_CANCELLED: ("ban", "gray"),
    Happened.ORDER_REOPENED: ("refresh", "blue"),
    Happened.SHOP_CHANGE_FOUND: ("refresh", "orange"),
    Happened.SHOP_CHANGE_TAKEN: ("refresh", "blue"),
    Happened.SHOP_CHANGE_KEPT: ("check", "gray"),
    Happened.SHOP_CHANGE_GONE: ("check", "gray"),
    Happened.DELETED_THERE: ("trash", "orange"),
    Happened.RESTORED_THERE: ("arrow-back-up", "gray"),
    Happened.TOLD_PAYMENT_MATCHED: ("cash", "gray"),
    Happened.TOLD_REFUND_MATCHED: ("receipt-refund", "gray"),
    Happened.SHOP_TOLD: ("send", "green"),
    Happened.SHOP_KNEW: ("check", "gray"),
    Happened.SHOP_REFUSED: ("alert-triangle", "red"),
    Happened.SHOP_LEFT: ("check", "gray"),
    Happened.SHOP_LEFT_UNMAILED: ("check", "orange"),
    Happened.SHOP_NOT_TOLD: ("arrow-back-up", "gray"),
    Happened.SHOP_TOLD_BEFORE: ("arrow-back-up", "orange"),
    Happened.PARCEL_CALLED_OFF: ("arrow-back-up", "orange"),
    Happened.ADDRESS_CHANGED: ("map-pin", "gray"),
    Happened.MEMO_WRITTEN: ("note", "gray"),
    Happened.MEMO_REMOVED: ("trash", "gray"),
    Happened.NOTE_RECEIVED: ("note", "gray"),
    Happened.READ_WITH_DOUBT: ("alert-triangle", "orange"),
    Happened.MAIL_QUEUED: ("mail", "gray"),
    Happened.MAIL_SENT: ("mail", "green"),
    Happened.WENT_WITHOUT_XML: ("alert-triangle", "orange"),
    Happened.MAIL_FAILED: ("alert-triangle", "red"),
    Happened.MAIL_RESENT: ("mail", "gray"),
    Happened.ORDER_SUSPENDED: ("player-pause", "orange"),
    Happened.ORDER_RESUMED: ("player-play", "green"),
    Happened.DRAFT_BEGUN: ("pencil", "blue"),
    Happened.ORDER_COPIED: ("copy", "blue"),
    Happened.DRAFT_COPIED: ("copy", "blue"),
    Happened.DRAFT_PLACED: ("shopping-cart", "blue"),
    Happened.DRAFT_DISCARDED: ("trash", "gray"),
    Happened.DRAFT_RESTORED: ("arrow-back-up", "gray"),
    Happened.QUOTE_SENT: ("send", "blue"),
    Happened.QUOTE_ACCEPTED: ("circle-check", "green"),
    Happened.VALIDITY_CHANGED: ("pencil", "gray"),
    Happened.PRICES_CHANGED: ("pencil", "gray"),
    Happened.VAT_REVERSED: ("receipt", "gray"),
    Happened.VAT_CHARGED_AGAIN: ("receipt", "gray"),
    Happened.LINES_CHANGED: ("pencil", "gray"),
    Happened.METHODS_CHANGED: ("pencil", "gray"),
    Happened.CUSTOMER_CHANGED: ("user", "gray"),
    Happened.CUSTOM_STATUS_SET: ("tag", "gray"),
    Happened.READY_FOR_PICKUP: ("package", "green"),
    Happened.NOT_READY_FOR_PICKUP: ("arrow-back-up", "orange"),
    Happened.PICKED_UP: ("package", "green"),
    Happened.NOT_PICKED_UP: ("arrow-back-up", "orange"),
    Happened.PAYMENT_TAKEN_BACK: ("arrow-back-up", "orange"),
    Happened.WRITTEN_OFF: ("receipt", "gray"),
    Happened.LATE_CHARGED: ("receipt", "orange"),
    Happened.LATE_WAIVED: ("arrow-back-up", "gray"),
    Happened.WRITE_OFF_TAKEN_BACK: ("arrow-back-up", "orange"),
    Happened.CREDIT_NOTE_ISSUED: ("receipt-refund", "orange"),
    Happened.RETURN_CREATED: ("arrow-back-up", "blue"),
    Happened.RETURN_CHANGED: ("pencil", "gray"),
    Happened.RETURN_RECEIVED: ("package", "green"),
    Happened.RETURN_COMPLETED: ("check", "green"),
    Happened.RETURN_REJECTED: ("ban", "orange"),
    Happened.TASK_ADDED: ("checklist", "gray"),
    Happened.TASK_CHANGED: ("pencil", "gray"),
    Happened.TASK_DONE: ("check", "green"),
    Happened.TASK_REOPENED: ("arrow-back-up", "gray"),
    Happened.REMINDER_SENT: ("bell", "orange"),
    Happened.REMINDERS_STOPPED: ("bell", "gray"),
    Happened.REMINDERS_RESUMED: ("bell", "gray"),
    Happened.CUSTOMER_NOTIFIED: ("mail", "blue"),
    Happened.MAIL_TAKEN_BACK: ("mail", "gray"),
    Happened.MAIL_WITHDRAWN: ("mail", "gray"),
    Happened.CUSTOMERS_MERGED: ("users", "gray"),
    Happened.TICKET_ASKED: ("message", "orange"),
    Happened.TICKET_REPLIED: ("message", "orange"),
    Happened.TICKET_ANSWERED: ("message", "green"),
    Happened.TICKET_CHANGED: ("message", "gray"),
    Happened.RETURN_REQUESTED: ("truck-return", "blue"),
    Happened.RETURN_AUTHORISED: ("truck-return", "green"),
}
PLAIN = ("history", "gray")
ACTOR_TITLES = {ActorKind.CUSTOMER: _l("customer"), ActorKind.PROGRAM: _l("program")}
FIELD_TITLES = {
    "delivery_time": _l("Delivery time"),
    "tracking_code": _l("Track & Trace code"),
    "description": _l("Task description"),
    "task_status": _l("Status"),
    "due_at": _l("Due"),
    "assignee": _l("For"),
    "remind_at": _l("Reminder"),
    "customer_name": _l("Name"),
    "vat_id": _l("VAT number"),
    "buyer_reference": _l("Buyer reference"),
    "purchase_order": _l("Buyer’s order number"),
    "email": _l("E-mail"),
    "language": _l("Language"),
    "customer_note": _l("The customer’s note"),
    "customer": _l("Customer"),
    "payment_method": _l("Payment method"),
    "payment_cost": _l("Payment cost"),
    "shipping_method": _l("Shipping method"),
    "shipping_cost": _l("Shipping cost"),
    "order_discount": _l("Discount on the whole order"),
    "total": _l("Total"),
    "currency": _l("Currency"),
    "prices_include_tax": _l("Prices include VAT"),
}
AMOUNTS = ("order_discount", "total")


def history(page: OrderPage) -> dict[str, object]:
    rows = events_of(page.order, before=asked_before(), most=MOST_EVENTS + 1)
    shown = rows[:MOST_EVENTS]
    last = shown[-1].id if len(rows) > MOST_EVENTS else None
    return {
        "rows": [history_row(event, page.order.currency) for event in shown],
        "older_url": older_url(page, last) if last else "",
    }


def older_url(page: OrderPage, last: int) -> str:
    return url_for("order_page.show", number=page.order.number, tab="history", before=last)


def asked_before() -> int | None:
    return as_id(request.args.get("before"))


def history_row(event: History, currency: str) -> dict[str, object]:
    icon, tone = LOOKS.get(event.what, PLAIN)  # type: ignore[call-overload]
    return {
        "icon": icon,
        "tone": tone,
        "text": happened(event),
        "at": event.at,
        "who": who(event),
        "changes": changes_of(event, currency),
        "mail_url": mail_url(event.subject),
    }


def who(event: History) -> str:
    kind = ACTOR_TITLES.get(event.actor_kind)
    return f"{event.actor_name} ({kind})" if kind else event.actor_name


def changes_of(event: History, currency: str) -> list[tuple[str, object, object]]:
    """Field, old and new value."""
    titles = {**{field.name: field.label.text for field in AddressForm()}, **FIELD_TITLES}
    changes = event.facts.get("changes", {})
    return [
        (str(titles.get(name, name)), readable_value(name, old, currency), readable_value(name, new, currency))
        for name, (old, new) in changes.items()
    ]


def readable_value(name: str, value: Any, currency: str) -> object:
    """What is kept in the data as a moment, an amount or a status, as people read it."""
    if value and name in AMOUNTS:
        return amount(Decimal(value), currency)
    if value and name in ("due_at", "remind_at"):
        return moment(datetime.fromisoformat(value))
    if name == "prices_include_tax":
        return _("Yes") if value else _("No")
    return TASK_STATUS[value].text if name == "task_status" else value


def mail_url(subject: str) -> str:
    kind, _separator, record_id = subject.partition(":")
    return url_for("outbox.details_view", id=record_id) if kind == "outgoing_mail" else ""
