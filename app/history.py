"""The vocabulary of what can happen, and writing it down.

Values are in the data; sentences are made when shown, so that history reads in the reader's own language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from app import webhooks
from app.extensions import db
from app.models import Customer, History, Order, Staff
from app.money import shown


@dataclass(frozen=True)
class Actor:
    """Who does something: a person of the staff, a customer, a program, or Toonbank itself."""

    kind: str  # person | customer | system | program
    name: str
    staff_id: int | None = None


SYSTEM = Actor("system", "Toonbank")


def person(staff: Staff) -> Actor:
    return Actor("person", str(staff), staff.id)


class Happened(StrEnum):
    ORDER_PLACED = "order_placed"
    ORDER_UPDATED = "order_updated"
    ORDER_PAID = "order_paid"
    PAYMENT_ENTERED = "payment_entered"
    REFUND_ENTERED = "refund_entered"
    ORDER_NOT_PAID = "order_not_paid"
    TOTAL_ZERO = "total_zero"
    INVOICE_ISSUED = "invoice_issued"
    INVOICE_PAID = "invoice_paid"
    INVOICE_NOT_PAID = "invoice_not_paid"
    INVOICE_CHANGED = "invoice_changed"
    INVOICE_SENT = "invoice_sent"
    PACKING_SLIP_CREATED = "packing_slip_created"
    ORDER_SENT = "order_sent"
    TRACKING_CHANGED = "tracking_changed"
    ORDER_CANCELLED = "order_cancelled"
    ADDRESS_CHANGED = "address_changed"
    MEMO_WRITTEN = "memo_written"
    MEMO_REMOVED = "memo_removed"
    NOTE_RECEIVED = "note_received"
    MAIL_QUEUED = "mail_queued"
    MAIL_SENT = "mail_sent"
    MAIL_FAILED = "mail_failed"
    MAIL_RESENT = "mail_resent"
    ORDER_SUSPENDED = "order_suspended"
    ORDER_RESUMED = "order_resumed"
    DRAFT_BEGUN = "draft_begun"
    ORDER_COPIED = "order_copied"
    DRAFT_COPIED = "draft_copied"
    DRAFT_PLACED = "draft_placed"
    DRAFT_DISCARDED = "draft_discarded"
    DRAFT_RESTORED = "draft_restored"
    LINES_CHANGED = "lines_changed"
    METHODS_CHANGED = "methods_changed"
    CUSTOMER_CHANGED = "customer_changed"
    CUSTOM_STATUS_SET = "custom_status_set"
    READY_FOR_PICKUP = "ready_for_pickup"
    NOT_READY_FOR_PICKUP = "not_ready_for_pickup"
    PICKED_UP = "picked_up"
    PAYMENT_TAKEN_BACK = "payment_taken_back"
    REFUND_TAKEN_BACK = "refund_taken_back"
    CREDIT_NOTE_ISSUED = "credit_note_issued"
    RETURN_CREATED = "return_created"
    RETURN_CHANGED = "return_changed"
    RETURN_RECEIVED = "return_received"
    RETURN_COMPLETED = "return_completed"
    RETURN_REJECTED = "return_rejected"
    TASK_ADDED = "task_added"
    TASK_CHANGED = "task_changed"
    TASK_DONE = "task_done"
    TASK_REOPENED = "task_reopened"
    REMINDER_SENT = "reminder_sent"
    CUSTOMER_NOTIFIED = "customer_notified"
    MAIL_WITHDRAWN = "mail_withdrawn"
    CUSTOMERS_MERGED = "customers_merged"
    TICKET_ASKED = "ticket_asked"
    TICKET_REPLIED = "ticket_replied"
    TICKET_ANSWERED = "ticket_answered"
    TICKET_CHANGED = "ticket_changed"
    RETURN_REQUESTED = "return_requested"
    RETURN_AUTHORISED = "return_authorised"
    CUSTOMER_SIGNED_IN = "customer_signed_in"
    IMPORT_UNDONE = "import_undone"
    PERSONAL_DATA_EXPORTED = "personal_data_exported"
    PERSONAL_DATA_ERASED = "personal_data_erased"
    DATA_EXPORTED = "data_exported"
    RECORD_CREATED = "record_created"
    RECORD_CHANGED = "record_changed"
    RECORD_DELETED = "record_deleted"
    SIGNED_IN = "signed_in"
    DEMO_REMOVED = "demo_removed"


SENTENCES = {
    Happened.ORDER_PLACED: _l("Order placed (%(source)s %(external_number)s)"),
    Happened.ORDER_UPDATED: _l("Order updated by %(source)s"),
    Happened.ORDER_PAID: _l("Paid: %(amount)s by %(method)s"),
    Happened.PAYMENT_ENTERED: _l("Payment of %(amount)s by %(method)s"),
    Happened.REFUND_ENTERED: _l("Refund of %(amount)s: %(reason)s"),
    Happened.ORDER_NOT_PAID: _l("Not paid: payment of %(amount)s taken back"),
    Happened.TOTAL_ZERO: _l("Total = 0: paid at once"),
    Happened.INVOICE_ISSUED: _l("Invoice %(number)s made: %(amount)s"),
    Happened.INVOICE_PAID: _l("Invoice %(number)s set to Paid"),
    Happened.INVOICE_NOT_PAID: _l("Invoice %(number)s set to Not paid"),
    Happened.INVOICE_CHANGED: _l("Invoice %(number)s: delivery time changed"),
    Happened.INVOICE_SENT: _l("Invoice %(number)s sent to %(address)s"),
    Happened.PACKING_SLIP_CREATED: _l("Packing slip %(number)s made"),
    Happened.ORDER_SENT: _l("Sent with packing slip %(number)s %(code)s"),
    Happened.TRACKING_CHANGED: _l("Track & Trace code of %(number)s changed"),
    Happened.ORDER_CANCELLED: _l("Order cancelled: %(reason)s"),
    Happened.ADDRESS_CHANGED: _l("Address changed"),
    Happened.MEMO_WRITTEN: _l("Memo: %(text)s"),
    Happened.MEMO_REMOVED: _l("Memo removed: %(text)s"),
    Happened.NOTE_RECEIVED: _l("Note from the web shop: %(text)s"),
    Happened.MAIL_QUEUED: _l("Mail “%(mail_subject)s” to %(address)s is waiting to be sent"),
    Happened.MAIL_SENT: _l("Mail “%(mail_subject)s” sent to %(address)s"),
    Happened.MAIL_FAILED: _l("Mail “%(mail_subject)s” to %(address)s failed: %(error)s"),
    Happened.MAIL_RESENT: _l("Mail “%(mail_subject)s” queued again to %(address)s"),
    Happened.ORDER_SUSPENDED: _l("Suspended: %(reason)s"),
    Happened.ORDER_RESUMED: _l("Resumed"),
    Happened.DRAFT_BEGUN: _l("Draft begun"),
    Happened.ORDER_COPIED: _l("Copied to draft %(number)s"),
    Happened.DRAFT_COPIED: _l("Copied from %(number)s"),
    Happened.DRAFT_PLACED: _l("Draft %(number)s placed as an order"),
    Happened.DRAFT_DISCARDED: _l("Draft discarded"),
    Happened.DRAFT_RESTORED: _l("Draft taken up again"),
    Happened.LINES_CHANGED: _l("Products changed: %(text)s"),
    Happened.METHODS_CHANGED: _l("Payment or shipping changed"),
    Happened.CUSTOMER_CHANGED: _l("Customer changed"),
    Happened.CUSTOM_STATUS_SET: _l("Status set to %(status)s"),
    Happened.READY_FOR_PICKUP: _l("Ready for pick-up"),
    Happened.NOT_READY_FOR_PICKUP: _l("No longer ready for pick-up"),
    Happened.PICKED_UP: _l("Picked up with packing slip %(number)s"),
    Happened.PAYMENT_TAKEN_BACK: _l("Payment of %(amount)s taken back"),
    Happened.REFUND_TAKEN_BACK: _l("Refund of %(amount)s taken back"),
    Happened.CREDIT_NOTE_ISSUED: _l("Credit note %(number)s made for invoice %(invoice)s: %(amount)s"),
    Happened.RETURN_CREATED: _l("Return %(number)s made"),
    Happened.RETURN_CHANGED: _l("Return %(number)s changed"),
    Happened.RETURN_RECEIVED: _l("Return %(number)s received"),
    Happened.RETURN_COMPLETED: _l("Return %(number)s completed"),
    Happened.RETURN_REJECTED: _l("Return %(number)s rejected: %(reason)s"),
    Happened.TASK_ADDED: _l("Task: %(text)s"),
    Happened.TASK_CHANGED: _l("Task changed: %(text)s"),
    Happened.TASK_DONE: _l("Task done: %(text)s"),
    Happened.TASK_REOPENED: _l("Task taken up again: %(text)s"),
    Happened.REMINDER_SENT: _l("Payment reminder %(count)s for %(amount)s"),
    Happened.CUSTOMER_NOTIFIED: _l("Message to the customer: %(text)s"),
    Happened.MAIL_WITHDRAWN: _l("Mail “%(mail_subject)s” to %(address)s withdrawn: what is to be paid has changed"),
    Happened.CUSTOMERS_MERGED: _l("%(gone)s merged into %(record)s"),
    Happened.TICKET_ASKED: _l("Question: %(text)s"),
    Happened.TICKET_REPLIED: _l("The customer wrote again: %(text)s"),
    Happened.TICKET_ANSWERED: _l("Question answered: %(text)s"),
    Happened.TICKET_CHANGED: _l("Question changed: %(text)s"),
    Happened.RETURN_REQUESTED: _l("Return %(number)s asked for"),
    Happened.RETURN_AUTHORISED: _l("Return %(number)s authorised"),
    Happened.CUSTOMER_SIGNED_IN: _l("Signed in to My account"),
    Happened.IMPORT_UNDONE: _l("Import of %(file)s undone"),
    Happened.PERSONAL_DATA_EXPORTED: _l("Personal data of %(record)s taken out"),
    Happened.PERSONAL_DATA_ERASED: _l("Personal data of %(record)s erased"),
    Happened.DATA_EXPORTED: _l("Taken out: %(text)s"),
    Happened.RECORD_CREATED: _l("%(record)s created"),
    Happened.RECORD_CHANGED: _l("%(record)s changed"),
    Happened.RECORD_DELETED: _l("%(record)s deleted"),
    Happened.SIGNED_IN: _l("Signed in"),
    Happened.DEMO_REMOVED: _l("Demo shop removed"),
}


#: What other programs may hear of by webhooks; not what colleagues write to one another.
TOLD_TO_PROGRAMS = frozenset(
    what
    for what in Happened
    if what.startswith(
        (
            "order_", "draft_placed", "payment_", "refund_", "invoice_", "credit_note_", "packing_slip_", "tracking_",
            "address_", "customer_changed", "custom_status_", "lines_", "methods_", "ready_", "not_ready_", "picked_",
            "return_", "ticket_",
        )
    )
)  # fmt: skip


def record(what: Happened, order: Order | None, by: Actor, *, subject: object = None, **facts: Any) -> History:
    """Write down what happened, in the transaction of what happened."""
    entry = History(
        what=what,
        order_id=order.id if order else None,
        subject=subject_key(subject),
        actor_kind=by.kind,
        actor_name=by.name,
        staff_id=by.staff_id,
        facts=as_facts(order, facts),
        is_demo=bool(order and order.is_demo) or bool(isinstance(subject, Customer) and subject.is_demo),
    )
    db.session.add(entry)
    if order is not None and what in TOLD_TO_PROGRAMS:
        webhooks.tell(what, order, entry.facts)
    return entry


def as_facts(order: Order | None, facts: dict[str, Any]) -> dict[str, Any]:
    """The values as JSON; an amount takes its currency along."""
    if order and "amount" in facts:
        facts["currency"] = order.currency
    return {name: as_json(value) for name, value in facts.items()}


def subject_key(subject: Any) -> str:
    """What else a history row is about, as "customer:12"."""
    return f"{subject.__tablename__}:{subject.id}" if subject is not None else ""


def changes(record: object, names: Iterable[str], new: dict[str, Any]) -> dict[str, list[Any]]:
    """Old and new of the fields that differ: {"city": ["Breda", "Delft"]}."""
    return {
        name: [as_json(getattr(record, name)), as_json(new[name])]
        for name in names
        if name in new and getattr(record, name) != new[name]
    }


def as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value


def sentence(what: str, facts: dict[str, Any], locale: str = "en") -> str:
    """The sentence of a history row; facts that are missing show as nothing rather than as an error."""
    text = str(SENTENCES[Happened(what)]) if what in list(Happened) else what
    shown_facts = KnownFacts(facts)
    if "amount" in facts and "currency" in facts:
        shown_facts["amount"] = shown(Decimal(facts["amount"]), facts["currency"], locale)
    return (text % shown_facts).strip().removesuffix(":")


class KnownFacts(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return ""
