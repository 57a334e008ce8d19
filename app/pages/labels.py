"""How states look on screen: text, tone and icon, so that colour alone never says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from flask_babel.speaklater import LazyString

from app.accounting.receivables import Age
from app.extensions import ShownText
from app.models import (
    CustomStatus,
    DeliveryState,
    EInvoiceState,
    EInvoiceWay,
    FacturXTo,
    Fate,
    InvoicesFor,
    JobState,
    LinkState,
    MailState,
    Order,
    OrderStatus,
    PaymentStatus,
    RateOrigin,
    ReturnStatus,
    ShipmentStatus,
    ShopWriteState,
    TaskStatus,
    TicketStatus,
    VatCategory,
    VatCheckState,
    VatGoods,
    WordKind,
)
from app.queries.concerns import Concern
from app.queries.own_words import word_at_screen


@dataclass(frozen=True)
class Label:
    text: ShownText
    tone: str  # green | red | orange | blue | purple | gray
    icon: str


ORDER_STATUS = {
    OrderStatus.DRAFT: Label(_l("Draft"), "gray", "pencil"),
    OrderStatus.AWAITING_PAYMENT: Label(_l("Awaiting payment"), "orange", "clock"),
    OrderStatus.AWAITING_SHIPMENT: Label(_l("Awaiting shipment"), "blue", "package"),
    OrderStatus.AWAITING_PICKUP: Label(_l("Awaiting pick-up"), "blue", "building-store"),
    OrderStatus.READY_FOR_PICKUP: Label(_l("Ready for pick-up"), "blue", "building-store"),
    OrderStatus.NEEDS_DECISION: Label(_l("Needs a decision"), "red", "alert-triangle"),
    OrderStatus.ON_HOLD: Label(_l("On hold"), "purple", "player-pause"),
    OrderStatus.COMPLETED: Label(_l("Completed"), "green", "circle-check"),
    OrderStatus.CREDITED: Label(_l("Credited"), "gray", "receipt-refund"),
    OrderStatus.CANCELLED: Label(_l("Cancelled"), "gray", "ban"),
}


#: How long ago something fell due.
AGES: dict[Age, ShownText] = {
    Age.NOT_DUE: _l("Not yet due"),
    Age.UP_TO_30: _l("1–30 days"),
    Age.UP_TO_60: _l("31–60 days"),
    Age.UP_TO_90: _l("61–90 days"),
    Age.OVER_90: _l("Over 90 days"),
}


def status_label(order: Order) -> Label:
    """The custom status where the order has one; it stands before the system status on screen only."""
    return custom_label(order.custom_status) if order.custom_status else ORDER_STATUS[order.status]


def shipment_label(order: Order) -> Label:
    """What a customer picks up is not shipped."""
    return (PICK_UP_STATUS if order.is_pick_up else SHIPMENT_STATUS)[order.shipment_status]


def custom_label(status: CustomStatus) -> Label:
    text = word_at_screen(WordKind.CUSTOM_STATUS, status.title)
    return Label(text, status.colour if status.colour in COLOURS else "gray", "tag")


def custom_labels(statuses: Iterable[CustomStatus]) -> dict[int, Label]:
    """Of each custom status by its id."""
    return {status.id: custom_label(status) for status in statuses}


#: The colours of custom statuses: each keeps its contrast in light and in dark.
COLOURS = {
    "blue": _l("Blue"),
    "green": _l("Green"),
    "orange": _l("Orange"),
    "red": _l("Red"),
    "purple": _l("Purple"),
    "gray": _l("Grey"),
}

PAYMENT_STATUS = {
    PaymentStatus.NOT_PAID: Label(_l("Not paid"), "orange", "clock"),
    PaymentStatus.PARTIALLY_PAID: Label(_l("Partially paid"), "orange", "cash"),
    PaymentStatus.PAID: Label(_l("Paid"), "green", "check"),
    PaymentStatus.PARTIALLY_REFUNDED: Label(_l("Partially refunded"), "purple", "receipt-refund"),
    PaymentStatus.REFUNDED: Label(_l("Refunded"), "purple", "receipt-refund"),
    PaymentStatus.NOTHING_OWED: Label(_l("Nothing owed"), "gray", "check"),
    PaymentStatus.CANCELLED: Label(_l("Cancelled"), "gray", "ban"),
}

SHIPMENT_STATUS = {
    ShipmentStatus.NOT_SHIPPED: Label(_l("Not shipped"), "gray", "package"),
    ShipmentStatus.PARTIALLY_SHIPPED: Label(_l("Partially shipped"), "blue", "packages"),
    ShipmentStatus.SHIPPED: Label(_l("Shipped"), "green", "truck"),
    ShipmentStatus.NOTHING_TO_SHIP: Label(_l("Nothing to ship"), "gray", "circle-check"),
    ShipmentStatus.CANCELLED: Label(_l("Cancelled"), "gray", "ban"),
}

#: What asks for somebody: the same words on the order's page, above the list and on Home.
CONCERN = {
    Concern.NEEDS_DECISION: Label(_l("Needs a decision"), "red", "alert-triangle"),
    Concern.TO_PAY_BACK: Label(_l("To refund"), "orange", "receipt-refund"),
    Concern.PAID_TOO_MUCH: Label(_l("Paid too much"), "orange", "cash"),
    Concern.PART_PAID: Label(_l("Partially paid"), "orange", "cash"),
    Concern.UNCREDITED: Label(_l("Refunded without credit note"), "orange", "receipt-refund"),
    Concern.NOT_INVOICED: Label(_l("Paid, not invoiced"), "orange", "file-invoice"),
    Concern.INVOICE_WAITS: Label(_l("Invoice waits for the company’s data"), "orange", "file-invoice"),
    Concern.SHORT: Label(_l("Goods short"), "orange", "packages"),
    Concern.ADDRESS_UNKNOWN: Label(_l("Address unknown"), "orange", "map-pin"),
    Concern.QUESTION: Label(_l("Question waits"), "orange", "message"),
    Concern.RETURN_ASKED: Label(_l("Return requested"), "orange", "truck-return"),
    Concern.CHANGED_THERE: Label(_l("Changed in its shop"), "orange", "refresh"),
    Concern.TO_TELL: Label(_l("Its shop is not told yet"), "orange", "send"),
    Concern.NOT_TOLD: Label(_l("Differs in its shop"), "red", "send"),
    Concern.UNREAD_UPDATE: Label(_l("Changed at the source"), "orange", "refresh"),
    Concern.MAIL_FAILED: Label(_l("Mail failed"), "red", "mail"),
}

#: What an update from an order's own shop changes, in the words of `app/intake/external_updates.py`.
UPDATE_PARTS: dict[str, ShownText] = {
    "placed": _l("placed"),
    "products": _l("products"),
    "addresses": _l("addresses"),
    "customer": _l("customer"),
    "payments": _l("payments"),
    "refunds": _l("refunds"),
    "goods": _l("not to be sent"),
    "shipments": _l("parcels"),
    "hold": _l("on hold or ready"),
    "cancelled": _l("cancelled"),
    "reopened": _l("taken up again"),
    "deleted": _l("deleted there"),
    "invoiced": _l("invoiced elsewhere"),
    "conflict": _l("a change that waits for you"),
}

TICKET_STATUS = {
    TicketStatus.UNANSWERED: Label(_l("Not answered"), "orange", "message"),
    TicketStatus.TO_DO: Label(_l("To do"), "blue", "flag"),
    TicketStatus.ANSWERED: Label(_l("Answered"), "green", "check"),
    TicketStatus.CLOSED: Label(_l("Closed"), "gray", "circle-check"),
}

RETURN_STATUS = {
    ReturnStatus.REQUESTED: Label(_l("Requested"), "orange", "message"),
    ReturnStatus.AUTHORISED: Label(_l("Authorised"), "blue", "truck-return"),
    ReturnStatus.RECEIVED: Label(_l("Received"), "orange", "package"),
    ReturnStatus.COMPLETED: Label(_l("Completed"), "green", "circle-check"),
    ReturnStatus.REJECTED: Label(_l("Rejected"), "gray", "ban"),
}

#: Of an order that the customer picks up.
PICK_UP_STATUS = {
    ShipmentStatus.NOT_SHIPPED: Label(_l("Not picked up"), "gray", "building-store"),
    ShipmentStatus.PARTIALLY_SHIPPED: Label(_l("Partially picked up"), "blue", "building-store"),
    ShipmentStatus.SHIPPED: Label(_l("Picked up"), "green", "check"),
    ShipmentStatus.NOTHING_TO_SHIP: Label(_l("Nothing to pick up"), "gray", "circle-check"),
    ShipmentStatus.CANCELLED: Label(_l("Cancelled"), "gray", "ban"),
}

#: Of a mail or a message: in most languages a parcel that is sent has another word.
SENT_OFF = LazyString(lambda: pgettext("mail", "Sent"))

MAIL_STATE = {
    MailState.QUEUED: Label(_l("Waiting"), "gray", "clock"),
    MailState.SENDING: Label(_l("On its way"), "blue", "send"),
    MailState.SENT: Label(SENT_OFF, "green", "check"),
    MailState.FAILED: Label(_l("Failed"), "red", "alert-triangle"),
    MailState.WITHDRAWN: Label(_l("Withdrawn"), "gray", "arrow-back-up"),
}

#: A mail that waits while what it tells can still be undone.
HELD = Label(_l("Waits for Undo"), "gray", "clock")

#: A mail of the demo shop, which would go if it were not one.
KEPT = Label(_l("Kept (demo)"), "gray", "eye")

JOB_STATE = {
    JobState.WAITING: Label(_l("Waiting"), "gray", "clock"),
    JobState.RUNNING: Label(_l("Running"), "blue", "refresh"),
    JobState.DONE: Label(_l("Done"), "green", "check"),
    JobState.FAILED: Label(_l("Failed"), "red", "alert-triangle"),
    JobState.STOPPED: Label(_l("Stopped"), "red", "player-pause"),
}

TASK_STATUS = {
    TaskStatus.OPEN: Label(_l("Open"), "gray", "clock"),
    TaskStatus.IN_PROGRESS: Label(_l("In progress"), "blue", "player-play"),
    TaskStatus.DONE: Label(_l("Done"), "green", "check"),
}

LINK_STATE = {
    LinkState.MATCHED: Label(_l("Matched by SKU"), "green", "check"),
    LinkState.BY_HAND: Label(_l("Matched by hand"), "green", "check"),
    LinkState.TO_MATCH: Label(_l("To match"), "orange", "alert-triangle"),
    LinkState.NOT_OURS: Label(_l("Not ours"), "gray", "ban"),
}

PDF_WITH_XML = _l("PDF with XML (Factur-X, ZUGFeRD) in mails")
FACTUR_X_TO: dict[FacturXTo, ShownText] = {
    FacturXTo.AS_SHOP: _l("As the settings say"),
    FacturXTo.ALWAYS: _l("Always"),
    FacturXTo.NEVER: _l("Never"),
}

VAT_CATEGORY: dict[VatCategory, ShownText] = {
    VatCategory.STANDARD: _l("Standard rate"),
    VatCategory.REDUCED: _l("Reduced rate"),
    VatCategory.SECOND_REDUCED: _l("Second reduced rate"),
    VatCategory.THIRD_REDUCED: _l("Third reduced rate"),
    VatCategory.SUPER_REDUCED: _l("Super-reduced rate"),
    VatCategory.PARKING: _l("Parking rate"),
    VatCategory.ZERO: _l("Zero rate"),
}

VAT_GOODS: dict[VatGoods, ShownText] = {
    VatGoods.FOOD: _l("food"),
    VatGoods.BASIC_FOOD: _l("basic food"),
    VatGoods.RESTAURANT: _l("meals and catering"),
    VatGoods.BOOKS: _l("books"),
    VatGoods.EBOOKS: _l("e-books"),
    VatGoods.NEWSPAPERS: _l("newspapers and magazines"),
    VatGoods.MEDICINES: _l("medicines"),
    VatGoods.HYGIENE: _l("sanitary products"),
    VatGoods.CHILDREN: _l("goods for children"),
    VatGoods.PLANTS: _l("plants and flowers"),
    VatGoods.FEED: _l("animal feed"),
    VatGoods.ART: _l("works of art"),
    VatGoods.CULTURE: _l("tickets to culture"),
    VatGoods.LODGING: _l("overnight stays"),
    VatGoods.REPAIRS: _l("repairs"),
    VatGoods.SOLAR: _l("solar panels"),
}

RATE_ORIGIN = {
    RateOrigin.SHIPPED: Label(_l("Came along"), "gray", "package"),
    RateOrigin.CORRECTED: Label(_l("Corrected by you"), "blue", "pencil"),
    RateOrigin.OWN: Label(_l("Your own"), "blue", "plus"),
}

ARRIVAL_RESULT = {
    Fate.ADDED: Label(_l("Added"), "green", "check"),
    Fate.UPDATED: Label(_l("Updated"), "blue", "refresh"),
    Fate.QUARANTINED: Label(_l("Quarantined"), "red", "alert-triangle"),
    Fate.READ_LATER: Label(_l("Read later"), "green", "check"),
    Fate.WAITING: Label(_l("Waiting to be read"), "gray", "clock"),
    Fate.HINTED: Label(_l("To be looked up"), "gray", "clock"),
    Fate.SAME: Label(_l("Nothing new"), "gray", "check"),
    Fate.NOT_READ: Label(_l("Not about an order"), "gray", "ban"),
    Fate.CORRECTED: Label(_l("Corrected"), "gray", "pencil"),
    Fate.UNDONE: Label(_l("Import undone"), "orange", "arrow-back-up"),
}

DELIVERY_STATE = {
    DeliveryState.WAITING: Label(_l("Waiting"), "gray", "clock"),
    DeliveryState.SENT: Label(SENT_OFF, "green", "check"),
    DeliveryState.FAILED: Label(_l("Failed"), "red", "alert-triangle"),
}

E_INVOICE_STATE = {
    EInvoiceState.ASKED: Label(_l("Waits for you"), "orange", "clock"),
    EInvoiceState.WAITING: Label(_l("Waiting"), "gray", "clock"),
    EInvoiceState.SENT: Label(SENT_OFF, "green", "check"),
    EInvoiceState.ACCEPTED: Label(_l("Accepted"), "blue", "check"),
    EInvoiceState.DELIVERED: Label(_l("Delivered"), "green", "check"),
    EInvoiceState.REFUSED: Label(_l("Refused"), "red", "alert-triangle"),
    EInvoiceState.LEFT: Label(_l("Not sent"), "gray", "ban"),
}

VAT_CHECK_STATE = {
    VatCheckState.WAITING: Label(_l("No answer yet"), "gray", "clock"),
    VatCheckState.VALID: Label(_l("Valid"), "green", "check"),
    VatCheckState.INVALID: Label(_l("Not valid"), "red", "alert-triangle"),
    VatCheckState.UNANSWERED: Label(_l("No answer"), "orange", "alert-triangle"),
}

E_INVOICE_WAY = {
    EInvoiceWay.NOWHERE: _l("Nowhere"),
    EInvoiceWay.FOLDER: _l("Into a folder"),
    EInvoiceWay.MAIL: _l("By mail to an access point"),
    EInvoiceWay.ACCESS_POINT: _l("By the API of an access point"),
}

SHOP_WRITE_STATE = {
    ShopWriteState.ASKED: Label(_l("Waits for you"), "orange", "clock"),
    ShopWriteState.WAITING: Label(_l("Waiting"), "gray", "clock"),
    ShopWriteState.TOLD: Label(_l("Told"), "green", "check"),
    ShopWriteState.REFUSED: Label(_l("Refused"), "red", "alert-triangle"),
    ShopWriteState.LEFT: Label(_l("Left as it is"), "gray", "ban"),
    ShopWriteState.WITHDRAWN: Label(_l("Withdrawn"), "gray", "ban"),
    ShopWriteState.OUTDATED: Label(_l("Told, then taken back here"), "orange", "arrow-back-up"),
}

INVOICES_FOR = {
    InvoicesFor.OPEN: _l("Open orders"),
    InvoicesFor.NONE: _l("None"),
    InvoicesFor.ALL: _l("All orders"),
}

PAID = Label(_l("Paid"), "green", "check")
NOT_PAID = Label(_l("Not paid"), "orange", "clock")
TO_PAY_BACK = Label(_l("To refund"), "orange", "clock")
PAID_BACK = Label(_l("Refunded"), "green", "check")
CREDITED = Label(_l("Credited"), "gray", "receipt-refund")
CREDIT_NOTE = Label(_l("Credit note"), "purple", "receipt-refund")
INVOICE = Label(_l("Invoice"), "blue", "file-invoice")
SENT = Label(_l("Sent"), "green", "truck")
LOST = Label(_l("Lost"), "red", "alert-triangle")
PARTLY_LOST = Label(_l("Partly lost"), "orange", "alert-triangle")
NOT_SENT = Label(_l("Not sent"), "gray", "package")
WITHDRAWN = Label(_l("Withdrawn"), "gray", "ban")
OVERDUE = Label(_l("Overdue"), "red", "alert-triangle")
PICKED_UP = Label(_l("Picked up"), "green", "check")
CANCELLED = Label(_l("Cancelled"), "gray", "ban")
DISCARDED = Label(_l("Discarded"), "gray", "trash")
YES = Label(_l("Yes"), "green", "check")
IN_USE = Label(_l("In use"), "green", "check")
RUN_OUT = Label(_l("Run out"), "red", "clock")
OUT_OF_USE = Label(_l("Out of use"), "gray", "ban")
SWITCHED_OFF = Label(_l("Switched off"), "gray", "player-pause")
FAILING = Label(_l("Failing"), "red", "alert-triangle")
NO = Label(_l("No"), "gray", "x")


#: How the members of each enum look. Members of two enums may be equal, so each has its own.
LABELS: dict[type[Enum], Mapping[Any, Label]] = {
    OrderStatus: ORDER_STATUS,
    PaymentStatus: PAYMENT_STATUS,
    ShipmentStatus: SHIPMENT_STATUS,
    TicketStatus: TICKET_STATUS,
    ReturnStatus: RETURN_STATUS,
    MailState: MAIL_STATE,
    JobState: JOB_STATE,
    TaskStatus: TASK_STATUS,
    DeliveryState: DELIVERY_STATE,
    EInvoiceState: E_INVOICE_STATE,
    VatCheckState: VAT_CHECK_STATE,
    ShopWriteState: SHOP_WRITE_STATE,
    Fate: ARRIVAL_RESULT,
    LinkState: LINK_STATE,
    RateOrigin: RATE_ORIGIN,
}


def goods_text(goods: Iterable[str]) -> str:
    """What is at a VAT rate, in the order in which it is offered."""
    named = set(goods)
    return ", ".join(str(title) for one, title in VAT_GOODS.items() if one.value in named)


def label_of(member: Enum) -> Label:
    return LABELS[type(member)][member]


#: What a column is called in the lists and forms of records, where its view says nothing else.
COLUMN_TITLES = {
    "title": _l("Title"),
    "is_active": _l("In use"),
    "number": _l("Number"),
    "order": _l("Order"),
    "order_id": _l("Order"),
    "state": _l("Status"),
    "status": _l("Status"),
    "name": _l("Name"),
    "email": _l("E-mail"),
    "phone": _l("Phone"),
    "vat_id": _l("VAT number"),
    "buyer_reference": _l("Buyer reference"),
    "vat_rate": _l("VAT %"),
    "cost": _l("Cost"),
    "customer": _l("Customer"),
    "assignee": _l("For"),
    "total": _l("Total"),
    "subject": _l("Subject"),
    "outside_shop": _l("Shop"),
    "catalogue": _l("Catalogue"),
    "created_at": _l("Date"),
}
