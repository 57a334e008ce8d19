"""All rights that a role can be given, by group: those that actions ask for, those of pages, and a few besides."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.actions import ACTIONS
from app.exports import EXPORTS
from app.rights import GROUPS, READING

#: Rights that neither an action nor a page declares.
OTHER = {
    "customers.create_customer": _l("Send customers by the API"),
    "exports.personal_data": _l("Take out a customer’s personal data"),
    **{f"exports.{name}": export.title for name, export in EXPORTS.items()},
    "imports.files": _l("Bring orders in from files"),
    "imports.orders": _l("Read orders in quarantine once more"),
    "imports.place_order": _l("Send orders by the API"),
    "imports.undo": _l("Undo imports"),
    "tickets.create_ticket": _l("Send questions by the API"),
    "settings.demo": _l("Remove the demo shop"),
}
#: What a right is called where the button's one word, out of its place, would say too little.
IN_FULL = {
    "orders.change_address": _l("Change addresses"),
    "orders.change_customer": _l("Change an order’s customer data"),
    "orders.choose_customer": _l("Choose a draft’s customer"),
    "orders.change_methods": _l("Change payment and shipping methods"),
    "orders.copy_order": _l("Copy orders"),
    "orders.place_draft": _l("Place drafts"),
    "orders.discard_draft": _l("Discard drafts"),
    "orders.restore_draft": _l("Take drafts up again"),
    "payments.take_back_payment": _l("Take a payment back"),
    "invoices.change_invoice": _l("Change an invoice’s status and delivery time"),
    "invoices.send_invoice": _l("Send invoices"),
    "credit.create_credit_note": _l("Credit an invoice"),
    "credit.credit_return": _l("Credit a return"),
    "credit.credit_order": _l("Credit a whole order"),
    "shipments.mark_sent": _l("Set orders to Sent"),
    "shipments.send_shipment": _l("Set packing slips to Sent"),
    "shipments.change_tracking": _l("Change Track & Trace codes"),
    "returns.change_return": _l("Change returns"),
    "memos.remove_memo": _l("Remove memos"),
    "tasks.change_task": _l("Change tasks"),
    "messages.send_again": _l("Send mails again"),
    "texts.change_text": _l("Change texts"),
}


def rights() -> dict[str, list[tuple[str, Any]]]:
    """Group -> (right, title) of its single rights, in the order of the groups."""
    titles = {**OTHER, **rights_of_pages(), **rights_of_actions()}
    grouped: dict[str, list[tuple[str, Any]]] = {group: [] for group in GROUPS}
    for right, title in titles.items():
        grouped[right.partition(".")[0]].append((right, title))
    return grouped


def rights_of_actions() -> dict[str, Any]:
    return {action.right: IN_FULL.get(action.right, action.title) for action in ACTIONS.values()}


def rights_of_pages() -> dict[str, Any]:
    (admin,) = current_app.extensions["admin"]
    return {view.right: view.name for view in admin._views if getattr(view, "right", "")}


def summary(given: list[str]) -> str:
    """A role's rights in a line: its whole groups, then single rights."""
    titles = {right: f"{GROUPS[group]}: {title}" for group, some in rights().items() for right, title in some}
    titles |= {group: str(text) for group, text in {**GROUPS, **READING}.items()}
    return " · ".join(titles.get(right, right) for right in given) or "–"
