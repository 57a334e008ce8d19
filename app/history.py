"""The vocabulary of what can happen, and writing it down.

Values are in the data; sentences are made when shown, so that history reads in the reader's own language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, Self

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from app import webhooks, write_back
from app.amounts.money import format_amount
from app.columns import now
from app.deferring import add_rows, defer
from app.extensions import ShownText
from app.models import (
    ActorKind,
    AddressKind,
    Customer,
    History,
    Order,
    ShopPart,
    ShopWrite,
    ShopWriteKind,
    ShopWriteState,
    Staff,
)
from app.security.security_log import SecurityKind, note_security
from app.write_back import Tells


@dataclass(frozen=True)
class Actor:
    """Who does something: a person of the staff, a customer, a program, or Toonbank itself."""

    kind: ActorKind
    name: str
    staff_id: int | None = None


SYSTEM = Actor(ActorKind.SYSTEM, "Toonbank")


def person(staff: Staff) -> Actor:
    return Actor(ActorKind.PERSON, str(staff), staff.id)


#: What a webhook can be about.
ORDERS, CUSTOMER, PAYMENTS = _l("Orders"), _l("Customer"), _l("Payments")
INVOICES, SHIPMENTS, RETURNS = _l("Invoices"), _l("Shipments"), _l("Returns")


@dataclass(frozen=True)
class Webhook:
    """That other programs may hear of an event: under which heading they choose it, and what it is called there."""

    heading: ShownText
    title: ShownText


#: What the order's own shop can be told.
TELLS_SENT, TAKES_SENT_BACK = Tells(ShopWriteKind.SENT), Tells(ShopWriteKind.SENT, takes_back=True)
TELLS_PAID, TAKES_PAID_BACK = Tells(ShopWriteKind.PAID), Tells(ShopWriteKind.PAID, takes_back=True)


class Recorded(Protocol):
    """A record that history can be about."""

    @property
    def __tablename__(self) -> str: ...

    @property
    def id(self) -> int | str: ...


class Happened(StrEnum):
    """Each event: its value in the data, its sentence in History, and who hears of it.

    That are other programs, by its webhook, and the order's own shop, by what it tells. What colleagues write to one
    another is told to nobody.
    """

    sentence: ShownText
    webhook: Webhook | None
    tells: Tells | None

    def __new__(
        cls, value: str, sentence: ShownText, webhook: Webhook | None = None, tells: Tells | None = None
    ) -> Self:
        event = str.__new__(cls, value)
        event._value_ = value
        event.sentence, event.webhook, event.tells = sentence, webhook, tells
        return event

    ORDER_PLACED = (
        "order_placed",
        _l("Order placed (%(source)s %(external_number)s)"),
        Webhook(ORDERS, _l("Order placed")),
    )
    READ_WITH_DOUBT = "read_with_doubt", _l("To look at: %(text)s")
    ORDER_UPDATED = (
        "order_updated",
        _l("Order updated by %(source)s"),
        Webhook(ORDERS, _l("Order updated by the web shop")),
    )
    ORDER_PAID = "order_paid", _l("Paid: %(amount)s by %(method)s"), Webhook(PAYMENTS, _l("Order paid")), TELLS_PAID
    PAYMENT_ENTERED = (
        "payment_entered",
        _l("Payment of %(amount)s by %(method)s"),
        Webhook(PAYMENTS, _l("Payment entered")),
        TELLS_PAID,
    )
    REFUND_ENTERED = (
        "refund_entered",
        _l("Refund of %(amount)s: %(reason)s"),
        Webhook(PAYMENTS, _l("Refund entered")),
        Tells(ShopWriteKind.REFUNDED),
    )
    ORDER_NOT_PAID = (
        "order_not_paid",
        _l("Not paid: payment of %(amount)s undone %(parts)s"),
        Webhook(PAYMENTS, _l("Order marked as not paid")),
        TAKES_PAID_BACK,
    )
    TOTAL_ZERO = "total_zero", _l("Total = 0: nothing is owed")
    INVOICE_ISSUED = (
        "invoice_issued",
        _l("Invoice %(number)s created: %(amount)s"),
        Webhook(INVOICES, _l("Invoice created")),
    )
    INVOICED_ELSEWHERE = (
        "invoiced_elsewhere",
        _l("Invoiced elsewhere: %(number)s"),
        Webhook(INVOICES, _l("Order marked as invoiced elsewhere")),
    )
    INVOICED_HERE = (
        "invoiced_here",
        _l("Invoiced here after all, no longer elsewhere: %(reason)s"),
        Webhook(INVOICES, _l("Order invoiced here after all")),
    )
    INVOICE_PAID = (
        "invoice_paid",
        _l("Invoice %(number)s marked as paid: %(amount)s"),
        Webhook(INVOICES, _l("Invoice marked as paid")),
        TELLS_PAID,
    )
    INVOICE_NOT_PAID = (
        "invoice_not_paid",
        _l("Invoice %(number)s marked as not paid: %(amount)s undone %(parts)s"),
        Webhook(INVOICES, _l("Invoice marked as not paid")),
        TAKES_PAID_BACK,
    )
    INVOICE_CHANGED = (
        "invoice_changed",
        _l("Invoice %(number)s: delivery time changed"),
        Webhook(INVOICES, _l("Invoice’s delivery time changed")),
    )
    E_INVOICE_QUEUED = "e_invoice_queued", _l("E-invoice of %(number)s is waiting to be sent")
    E_INVOICE_LEFT = "e_invoice_left", _l("E-invoice of %(number)s is not sent")
    E_INVOICE_SENT = (
        "e_invoice_sent",
        _l("E-invoice of %(number)s sent"),
        Webhook(INVOICES, _l("E-invoice sent")),
    )
    E_INVOICE_DELIVERED = (
        "e_invoice_delivered",
        _l("E-invoice of %(number)s delivered"),
        Webhook(INVOICES, _l("E-invoice delivered")),
    )
    E_INVOICE_REFUSED = (
        "e_invoice_refused",
        _l("E-invoice of %(number)s refused: %(error)s"),
        Webhook(INVOICES, _l("E-invoice refused")),
    )
    INVOICE_SENT = "invoice_sent", _l("Invoice %(number)s sent to %(address)s"), Webhook(INVOICES, _l("Invoice sent"))
    ORDER_CHANGED = "order_changed", _l("Order changed: %(text)s"), Webhook(ORDERS, _l("Order changed"))
    BUYER_CORRECTED = (
        "buyer_corrected",
        _l("Buyer of invoice %(invoice)s corrected: credited with %(credit_note)s, made anew as %(number)s"),
        Webhook(INVOICES, _l("Buyer of an invoice corrected")),
    )
    INVOICE_MADE_ANEW = (
        "invoice_made_anew",
        _l("Invoice %(invoice)s credited with %(credit_note)s and made anew as %(number)s: %(reason)s"),
        Webhook(INVOICES, _l("Invoice credited and made anew")),
    )
    CREDIT_NOTE_SENT = (
        "credit_note_sent",
        _l("Credit note %(number)s sent to %(address)s"),
        Webhook(INVOICES, _l("Credit note sent")),
    )
    PACKING_SLIP_CREATED = (
        "packing_slip_created",
        _l("Packing slip %(number)s created"),
        Webhook(SHIPMENTS, _l("Packing slip created")),
    )
    PACKING_SLIP_CHANGED = (
        "packing_slip_changed",
        _l("Packing slip %(number)s changed"),
        Webhook(SHIPMENTS, _l("Packing slip changed")),
    )
    PACKING_SLIP_WITHDRAWN = (
        "packing_slip_withdrawn",
        _l("Packing slip %(number)s withdrawn"),
        Webhook(SHIPMENTS, _l("Packing slip withdrawn")),
    )
    PACKING_SLIP_RESTORED = (
        "packing_slip_restored",
        _l("Packing slip %(number)s taken up again"),
        Webhook(SHIPMENTS, _l("Packing slip taken up again")),
    )
    ORDER_SENT = (
        "order_sent",
        _l("Sent with packing slip %(number)s %(code)s"),
        Webhook(SHIPMENTS, _l("Order sent")),
        TELLS_SENT,
    )
    ORDER_NOT_SENT = (
        "order_not_sent",
        _l("Not sent: packing slip %(number)s is open again"),
        Webhook(SHIPMENTS, _l("Order marked as not sent")),
        TAKES_SENT_BACK,
    )
    PARCEL_LOST = (
        "parcel_lost",
        _l("Lost with %(number)s, to be sent again: %(text)s"),
        Webhook(SHIPMENTS, _l("Parcel lost")),
    )
    PARCEL_NOT_LOST = (
        "parcel_not_lost",
        _l("Not lost after all with %(number)s: %(text)s"),
        Webhook(SHIPMENTS, _l("Parcel not lost")),
    )
    TOLD_ALREADY = "told_already", _l("The customer was already told by mail that %(number)s was sent")
    TRACKING_CHANGED = (
        "tracking_changed",
        _l("Track & Trace code of %(number)s changed"),
        Webhook(SHIPMENTS, _l("Track & Trace code changed")),
        TELLS_SENT,
    )
    ORDER_CANCELLED = (
        "order_cancelled",
        _l("Order cancelled: %(reason)s"),
        Webhook(ORDERS, _l("Order cancelled")),
        Tells(ShopWriteKind.CANCELLED),
    )
    REST_CANCELLED = (
        "rest_cancelled",
        _l("What was not sent is cancelled: %(reason)s"),
        Webhook(ORDERS, _l("Rest of the order cancelled")),
        TELLS_SENT,
    )
    ORDER_REOPENED = "order_reopened", _l("Taken up again"), Webhook(ORDERS, _l("Order taken up again"))
    SHOP_CHANGE_FOUND = "shop_change_found", _l("Changed in its shop, not here: %(shop_part)s")
    SHOP_CHANGE_TAKEN = "shop_change_taken", _l("Taken over from its shop: %(shop_part)s")
    SHOP_CHANGE_KEPT = "shop_change_kept", _l("Kept as it is here: %(shop_part)s (%(text)s)")
    SHOP_CHANGE_GONE = "shop_change_gone", _l("In its shop as it is here again: %(shop_part)s")
    DELETED_THERE = "deleted_there", _l("Deleted in its shop")
    RESTORED_THERE = "restored_there", _l("Back in its shop")
    TOLD_PAYMENT_MATCHED = "told_payment_matched", _l("Its shop tells of the payment of %(amount)s, too")
    TOLD_REFUND_MATCHED = "told_refund_matched", _l("Its shop tells of the refund of %(amount)s, too")
    SHOP_TOLD = "shop_told", _l("%(shop)s was told: %(shop_write)s")
    SHOP_KNEW = "shop_knew", _l("%(shop)s knew already: %(shop_write)s")
    SHOP_REFUSED = "shop_refused", _l("%(shop)s was not told: %(shop_write)s: %(error)s")
    SHOP_LEFT = "shop_left", _l("%(shop)s is left as it is: %(shop_write)s")
    SHOP_LEFT_UNMAILED = (
        "shop_left_unmailed",
        _l("%(shop)s is left as it is: %(shop_write)s. The customer gets no mail about it"),
    )
    SHOP_NOT_TOLD = "shop_not_told", _l("%(shop)s is not told any more: %(shop_write)s")
    SHOP_TOLD_BEFORE = "shop_told_before", _l("%(shop)s was told before: %(shop_write)s. Take it back there, too")
    PARCEL_CALLED_OFF = "parcel_called_off", _l("Packing slip %(number)s called off by its shop")
    ADDRESS_CHANGED = "address_changed", _l("%(address_kind)s changed"), Webhook(CUSTOMER, _l("Address changed"))
    MEMO_WRITTEN = "memo_written", _l("Memo: %(text)s")
    MEMO_REMOVED = "memo_removed", _l("Memo removed: %(text)s")
    NOTE_RECEIVED = "note_received", _l("Note from the web shop: %(text)s")
    MAIL_QUEUED = "mail_queued", _l("Mail “%(mail_subject)s” to %(address)s is waiting to be sent")
    MAIL_SENT = "mail_sent", _l("Mail “%(mail_subject)s” sent to %(address)s")
    WENT_WITHOUT_XML = (
        "went_without_xml",
        _l(
            "Mail “%(mail_subject)s” brought the plain PDF: something is missing for the one with XML. "
            "The invoice’s pop-up says what"
        ),
    )
    MAIL_FAILED = "mail_failed", _l("Mail “%(mail_subject)s” to %(address)s failed: %(error)s")
    MAIL_RESENT = "mail_resent", _l("Mail “%(mail_subject)s” queued again to %(address)s")
    ORDER_SUSPENDED = "order_suspended", _l("Suspended: %(reason)s"), Webhook(ORDERS, _l("Order suspended"))
    ORDER_RESUMED = "order_resumed", _l("Resumed"), Webhook(ORDERS, _l("Order resumed"))
    DRAFT_BEGUN = "draft_begun", _l("Draft created")
    ORDER_COPIED = "order_copied", _l("Copied to draft %(number)s"), Webhook(ORDERS, _l("Order copied"))
    DRAFT_COPIED = "draft_copied", _l("Copied from %(number)s")
    DRAFT_PLACED = (
        "draft_placed",
        _l("Draft %(number)s placed as an order"),
        Webhook(ORDERS, _l("Draft placed as an order")),
    )
    PRICES_CHANGED = "prices_changed", _l("Currency or VAT changed")
    VAT_NUMBER_CHECKED = "vat_number_checked", _l("VIES asked about %(vat_id)s")
    VAT_REVERSED = "vat_reversed", _l("VAT reversed to %(vat_id)s: %(reason)s"), Webhook(ORDERS, _l("VAT reversed"))
    VAT_CHARGED_AGAIN = (
        "vat_charged_again",
        _l("VAT charged again: %(reason)s"),
        Webhook(ORDERS, _l("VAT charged again")),
    )
    QUOTE_SENT = "quote_sent", _l("Quote %(number)s sent to %(address)s"), Webhook(ORDERS, _l("Quote sent"))
    QUOTE_ACCEPTED = (
        "quote_accepted",
        _l("Quote %(number)s accepted: %(amount)s"),
        Webhook(ORDERS, _l("Quote accepted")),
    )
    VALIDITY_CHANGED = "validity_changed", _l("Quotes of it are valid for %(count)s days")
    DRAFT_DISCARDED = "draft_discarded", _l("Draft discarded")
    DRAFT_RESTORED = "draft_restored", _l("Draft reopened")
    LINES_CHANGED = "lines_changed", _l("Products changed: %(text)s"), Webhook(ORDERS, _l("Products changed"))
    METHODS_CHANGED = (
        "methods_changed",
        _l("Payment or shipping changed"),
        Webhook(ORDERS, _l("Payment or shipping changed")),
    )
    CUSTOMER_CHANGED = "customer_changed", _l("Customer changed"), Webhook(CUSTOMER, _l("Customer changed"))
    CUSTOM_STATUS_SET = (
        "custom_status_set",
        _l("Status set to %(status)s"),
        Webhook(ORDERS, _l("Status of the shop’s own set")),
    )
    READY_FOR_PICKUP = "ready_for_pickup", _l("Ready for pick-up"), Webhook(SHIPMENTS, _l("Ready for pick-up"))
    NOT_READY_FOR_PICKUP = (
        "not_ready_for_pickup",
        _l("No longer ready for pick-up"),
        Webhook(SHIPMENTS, _l("No longer ready for pick-up")),
    )
    PICKED_UP = (
        "picked_up",
        _l("Picked up with packing slip %(number)s"),
        Webhook(SHIPMENTS, _l("Picked up")),
        TELLS_SENT,
    )
    NOT_PICKED_UP = (
        "not_picked_up",
        _l("Not picked up: packing slip %(number)s is open again"),
        Webhook(SHIPMENTS, _l("Not picked up")),
        TAKES_SENT_BACK,
    )
    PAYMENT_TAKEN_BACK = (
        "payment_taken_back",
        _l("Payment of %(amount)s undone"),
        Webhook(PAYMENTS, _l("Payment undone")),
        TAKES_PAID_BACK,
    )
    LATE_CHARGED = (
        "late_charged",
        _l("%(amount)s charged for late payment %(parts)s, by %(law)s"),
        Webhook(PAYMENTS, _l("Charged for late payment")),
    )
    LATE_WAIVED = (
        "late_waived",
        _l("%(amount)s charged for late payment waived"),
        Webhook(PAYMENTS, _l("Late charges waived")),
    )
    WRITTEN_OFF = (
        "written_off",
        _l("Rest of %(amount)s written off"),
        Webhook(PAYMENTS, _l("Rest written off")),
    )
    WRITE_OFF_TAKEN_BACK = (
        "write_off_taken_back",
        _l("Rest of %(amount)s no longer written off"),
        Webhook(PAYMENTS, _l("Writing off undone")),
    )
    REFUND_TAKEN_BACK = (
        "refund_taken_back",
        _l("Refund of %(amount)s undone"),
        Webhook(PAYMENTS, _l("Refund undone")),
        Tells(ShopWriteKind.REFUNDED, takes_back=True),
    )
    CREDIT_NOTE_ISSUED = (
        "credit_note_issued",
        _l("Credit note %(number)s created for invoice %(invoice)s: %(amount)s"),
        Webhook(INVOICES, _l("Credit note created")),
    )
    RETURN_CREATED = "return_created", _l("Return %(number)s created"), Webhook(RETURNS, _l("Return created"))
    RETURN_CHANGED = "return_changed", _l("Return %(number)s changed"), Webhook(RETURNS, _l("Return changed"))
    RETURN_RECEIVED = "return_received", _l("Return %(number)s received"), Webhook(RETURNS, _l("Return received"))
    RETURN_COMPLETED = "return_completed", _l("Return %(number)s completed"), Webhook(RETURNS, _l("Return completed"))
    RETURN_REJECTED = (
        "return_rejected",
        _l("Return %(number)s rejected: %(reason)s"),
        Webhook(RETURNS, _l("Return rejected")),
    )
    TASK_ADDED = "task_added", _l("Task: %(text)s")
    TASK_CHANGED = "task_changed", _l("Task changed: %(text)s")
    TASK_DONE = "task_done", _l("Task done: %(text)s")
    TASK_REOPENED = "task_reopened", _l("Task reopened: %(text)s")
    REMINDERS_STOPPED = "reminders_stopped", _l("No reminders go by themselves any more")
    REMINDERS_RESUMED = "reminders_resumed", _l("Reminders go by themselves again")
    REMINDER_SENT = "reminder_sent", _l("Payment reminder %(count)s for %(amount)s")
    CUSTOMER_NOTIFIED = "customer_notified", _l("Message to the customer: %(text)s"), None, Tells(ShopWriteKind.NOTE)
    MAIL_WITHDRAWN = (
        "mail_withdrawn",
        _l("Mail “%(mail_subject)s” to %(address)s withdrawn: what is to be paid has changed"),
    )
    MAIL_TAKEN_BACK = "mail_taken_back", _l("Mail “%(mail_subject)s” to %(address)s withdrawn before it went")
    STATEMENT_SENT = "statement_sent", _l("Statement of account of %(text)s sent to %(address)s")
    CUSTOMERS_MERGED = "customers_merged", _l("%(gone)s merged into %(record)s")
    TICKET_ASKED = "ticket_asked", _l("Ticket: %(text)s"), Webhook(CUSTOMER, _l("Ticket opened"))
    TICKET_REPLIED = (
        "ticket_replied",
        _l("The customer wrote again: %(text)s"),
        Webhook(CUSTOMER, _l("Customer wrote again")),
    )
    TICKET_ANSWERED = "ticket_answered", _l("Ticket answered: %(text)s"), Webhook(CUSTOMER, _l("Ticket answered"))
    TICKET_CHANGED = "ticket_changed", _l("Ticket changed: %(text)s"), Webhook(CUSTOMER, _l("Ticket changed"))
    RETURN_REQUESTED = "return_requested", _l("Return %(number)s requested"), Webhook(RETURNS, _l("Return requested"))
    RETURN_AUTHORISED = (
        "return_authorised",
        _l("Return %(number)s authorised"),
        Webhook(RETURNS, _l("Return authorised")),
    )
    CUSTOMER_SIGNED_IN = "customer_signed_in", _l("Signed in to My account")
    IMPORT_UNDONE = "import_undone", _l("Import of %(file)s undone")
    PERSONAL_DATA_EXPORTED = "personal_data_exported", _l("Personal data of %(record)s exported")
    PERSONAL_DATA_ERASED = "personal_data_erased", _l("Personal data of %(record)s erased")
    DATA_EXPORTED = "data_exported", _l("Taken out: %(text)s")
    BOOKS_CLOSED = "books_closed", _l("Books closed until %(text)s, seal %(number)s")
    BOOKS_REOPENED = "books_reopened", _l("Books opened again that were closed until %(text)s: %(reason)s")
    RECORD_CREATED = "record_created", _l("%(record)s created")
    RECORD_CHANGED = "record_changed", _l("%(record)s changed")
    RECORD_DELETED = "record_deleted", _l("%(record)s deleted")
    SIGNED_IN = "signed_in", _l("Signed in")
    FACTOR_ADDED = "factor_added", _l("Second factor set up: %(text)s")
    FACTOR_REMOVED = "factor_removed", _l("Second factor removed: %(text)s")
    FACTORS_RESET = "factors_reset", _l("Second factors of %(record)s taken away")
    RECOVERY_CODES_MADE = "recovery_codes_made", _l("Recovery codes made")
    RECOVERY_CODE_USED = "recovery_code_used", _l("Signed in with a recovery code; %(count)s are left")
    DEMO_REMOVED = "demo_removed", _l("Demo shop removed")


#: What an address is called by its kind.
ADDRESS_TITLES: dict[AddressKind, LazyString] = {
    AddressKind.BILLING: _l("Billing address"),
    AddressKind.SHIPPING: _l("Shipping address"),
}

EVENTS = {event.value: event for event in Happened}


def record(
    what: Happened,
    order: Order | None,
    by: Actor,
    *,
    subject: Recorded | None = None,
    note: object = "",
    **facts: object,
) -> History:
    """Write down what happened, in the transaction of what happened.

    `note` is what was written to the customer, word for word: it is only told to the order's own shop.
    """
    entry = History(
        at=now(),
        what=what,
        order_id=order.id if order else None,
        subject=subject_key(subject),
        actor_kind=by.kind,
        actor_name=by.name,
        staff_id=by.staff_id,
        facts=as_facts(order, facts),
        is_demo=bool(order and order.is_demo) or bool(isinstance(subject, Customer) and subject.is_demo),
    )
    defer(add_rows, entry)
    if kind := security_kind(what, subject, entry.facts.get("changes", ())):
        detail = str(facts.get("record") or facts.get("text") or facts.get("way") or "")
        note_security(kind, account=by.name, staff_id=by.staff_id, detail=detail)
    if order is not None and what.webhook:
        webhooks.queue_message(what, order, entry.facts)
    if order is not None and what.tells:
        for write in write_back.queue_write(what.tells, order, subject, note=str(note)):
            record_write(TAKEN_BACK[write.state], write, by)
    return entry


#: What stands in the security log, too.
SECURITY_KINDS = {
    Happened.SIGNED_IN: SecurityKind.SIGNED_IN,
    Happened.FACTOR_ADDED: SecurityKind.FACTOR_ADDED,
    Happened.FACTOR_REMOVED: SecurityKind.FACTOR_REMOVED,
    Happened.FACTORS_RESET: SecurityKind.FACTOR_REMOVED,
    Happened.RECOVERY_CODES_MADE: SecurityKind.RECOVERY_CODES_MADE,
    Happened.RECOVERY_CODE_USED: SecurityKind.RECOVERY_CODE_USED,
    Happened.CUSTOMER_SIGNED_IN: SecurityKind.CUSTOMER_SIGNED_IN,
    Happened.DATA_EXPORTED: SecurityKind.EXPORTED,
    Happened.PERSONAL_DATA_EXPORTED: SecurityKind.EXPORTED,
    Happened.PERSONAL_DATA_ERASED: SecurityKind.ERASED,
    Happened.BOOKS_CLOSED: SecurityKind.BOOKS_CLOSED,
    Happened.BOOKS_REOPENED: SecurityKind.BOOKS_REOPENED,
}
#: ... and whatever becomes of records of these tables.
SECURITY_RECORDS = {
    "staff": SecurityKind.STAFF_CHANGED,
    "role": SecurityKind.ROLE_CHANGED,
    "connection": SecurityKind.CONNECTION_CHANGED,
    "webhook_endpoint": SecurityKind.CONNECTION_CHANGED,
    "api_token": SecurityKind.KEY_CHANGED,
}
KEY_KINDS = {Happened.RECORD_CREATED: SecurityKind.KEY_MADE, Happened.RECORD_DELETED: SecurityKind.KEY_ENDED}
#: The shop's settings that have to do with security.
SECURITY_SETTINGS = {
    "smtp_host",
    "smtp_port",
    "smtp_security",
    "smtp_user",
    "smtp_password",
    "maps_key",
    "access_point_url",
    "access_point_header",
    "access_point_secret",
    "security_log_days",
    "signin_hours",
    "signin_days",
    "fresh_minutes",
    "factor_roles",
}


def security_kind(what: Happened, subject: Recorded | None, changed: Iterable[str]) -> SecurityKind | None:
    """As what it stands in the security log, if it does."""
    if what in SECURITY_KINDS:
        return SECURITY_KINDS[what]
    table = subject.__tablename__ if subject is not None else ""
    if table == "shop" and not SECURITY_SETTINGS.isdisjoint(changed):
        return SecurityKind.SETTINGS_CHANGED
    if table == "api_token" and what in KEY_KINDS:
        return KEY_KINDS[what]
    return SECURITY_RECORDS.get(table)


#: What is said of that which a shop was told, or was to be told, and which was taken back here.
TAKEN_BACK = {
    ShopWriteState.WITHDRAWN: Happened.SHOP_NOT_TOLD,
    ShopWriteState.OUTDATED: Happened.SHOP_TOLD_BEFORE,
}


def record_write(what: Happened, write: ShopWrite, by: Actor, *, error: str = "") -> None:
    """Write down what became of that which the order's shop is to be told."""
    number = write.shipment.number if write.shipment else ""
    shop = write.connection.title
    record(what, write.order, by, shop=shop, told=write.kind.value, number=number, error=error)


def record_left(write: ShopWrite, by: Actor) -> None:
    """That the shop is left as it is; and that its mail to the customer went from nowhere."""
    record_write(Happened.SHOP_LEFT_UNMAILED if write.is_unmailed else Happened.SHOP_LEFT, write, by)


def as_facts(order: Order | None, facts: dict[str, object]) -> dict[str, object]:
    """The values as JSON; an amount takes its currency along."""
    if order and "amount" in facts:
        facts["currency"] = order.currency
    return {name: as_json(value) for name, value in facts.items()}


def parts_of_sum(amounts: Sequence[Decimal]) -> str:
    """What a sum consists of, such as "(20.00 + 47.75)"; "" for one amount."""
    places = max((-int(amount.as_tuple().exponent) for amount in amounts), default=0)
    written = [f"{amount:.{max(places, 0)}f}" for amount in amounts]
    return f"({' + '.join(written)})" if len(amounts) > 1 else ""


def subject_key(subject: Recorded | None) -> str:
    """What else a history row is about, as "customer:12"."""
    return f"{subject.__tablename__}:{subject.id}" if subject is not None else ""


def changes(record: object, names: Iterable[str], new: Mapping[str, object]) -> dict[str, list[object]]:
    """Old and new of the fields that differ: {"city": ["Breda", "Delft"]}."""
    return {
        name: [as_json(getattr(record, name)), as_json(new[name])]
        for name in names
        if name in new and getattr(record, name) != new[name]
    }


def as_json(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value


def sentence(what: str, facts: dict[str, Any], locale: str = "en") -> str:
    """The sentence of a history row, with the reason that was given; missing facts show as nothing, not as an error."""
    text = str(EVENTS[what].sentence) if what in EVENTS else what
    shown_facts = KnownFacts(facts, address_kind=address_title(facts.get("kind")))
    shown_facts["shop_part"] = ", ".join(str(PART_TITLES[ShopPart(one)]) for one in facts.get("shop_parts", ()))
    if facts.get("told"):
        shown_facts["shop_write"] = f"{WRITE_TITLES[ShopWriteKind(facts['told'])]} {facts.get('number', '')}".strip()
    if "amount" in facts and "currency" in facts:
        shown_facts["amount"] = format_amount(Decimal(facts["amount"]), facts["currency"], locale)
    said = (text % shown_facts).strip().removesuffix("()").strip().removesuffix(":")
    return f"{said} – {facts['reason']}" if facts.get("reason") and "%(reason)s" not in text else said


#: What a shop may change of its order.
PART_TITLES: dict[ShopPart, LazyString] = {
    ShopPart.LINES: _l("Products and amounts"),
    ShopPart.BILLING: _l("Billing address"),
    ShopPart.SHIPPING: _l("Shipping address"),
    ShopPart.CONTACT: _l("Customer"),
    ShopPart.CANCELLED: _l("Cancelled there"),
    ShopPart.REOPENED: _l("Taken up again there"),
    ShopPart.DELETED: _l("Deleted there"),
}


#: What a shop is told.
WRITE_TITLES: dict[ShopWriteKind, LazyString] = {
    ShopWriteKind.SENT: _l("Sent"),
    ShopWriteKind.PAID: _l("Paid"),
    ShopWriteKind.CANCELLED: _l("Cancelled"),
    ShopWriteKind.REFUNDED: _l("Refunded"),
    ShopWriteKind.NOTE: _l("Message to the customer"),
}


def address_title(kind: object) -> LazyString:
    """Also of a kind that was stored before there were only two."""
    return next((title for known, title in ADDRESS_TITLES.items() if known == kind), _l("Address"))


class KnownFacts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return ""
