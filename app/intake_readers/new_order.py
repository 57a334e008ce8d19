"""What every reader gives: one order as an outside shop stated it, in our words.

Amounts are exact Decimals in the order's currency. `unit_price`, `discount` and `total` of a line include
tax when `prices_include_tax` is true, and exclude it otherwise; `taxes` hold the tax amounts either way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.models import LineKind, Source


class UnreadableOrder(ValueError):
    """An order that can't be read; `field` is the payload's own path, such as "line_items[0].quantity"."""

    def __init__(self, field: str, reason: str, external_id: str = ""):
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.external_id = external_id


@dataclass
class NewAddress:
    name: str = ""
    company: str = ""
    street: str = ""  # with the house, as it is printed
    street2: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    country: str = ""  # ISO 3166-1 alpha-2, upper case; "" when not stated
    phone: str = ""
    email: str = ""
    house_number: str = ""  # "" when it isn't stated apart
    house_extension: str = ""


@dataclass
class NewCustomer:
    external_id: str = ""
    name: str = ""
    company: str = ""
    vat_id: str = ""
    buyer_reference: str = ""  # what their invoices are to name
    email: str = ""
    phone: str = ""
    language: str = ""


@dataclass
class NewTax:
    name: str  # "VAT", "GST", "State"
    amount: Decimal
    rate: Decimal | None = None  # percent: Decimal("21"); None when not stated
    compound: bool = False
    base: Decimal | None = None  # the part of the line's net amount that it is on; None when not stated


@dataclass
class NewLine:
    name: str
    quantity: Decimal
    unit_price: Decimal  # before discount
    total: Decimal  # after discount, for the whole quantity
    kind: LineKind = LineKind.PRODUCT
    discount: Decimal = Decimal(0)  # positive: what was taken off the whole line
    taxes: list[NewTax] = field(default_factory=list)
    sku: str = ""
    variant: str = ""
    external_id: str = ""
    product_key: str = field(default="", compare=False)  # id there of what was sold: of the variant, if it is one
    gone: Decimal = Decimal(0)  # of the quantity: what its shop took off or refunded, sent or not


@dataclass
class NewPayment:
    amount: Decimal
    paid_at: datetime  # aware
    method: str = ""
    reference: str = ""  # the payment provider's own id
    external_id: str = ""
    # Its shop says no more than that the order is paid: the amount is the total as it is now, not what came in.
    is_derived: bool = field(default=False, compare=False)


@dataclass
class NewRefund:
    amount: Decimal  # positive
    refunded_at: datetime | None = None  # aware; None when not stated
    reason: str = ""
    external_id: str = ""


@dataclass
class NewShipment:
    lines: dict[str, Decimal]  # line external_id -> quantity; empty means: everything still open
    sent_at: datetime | None = None  # aware; None = packed, not sent
    tracking_code: str = ""
    tracking_url: str = ""
    carrier: str = ""
    external_id: str = ""
    is_called_off: bool = False  # its shop made it, and took it back


@dataclass
class NewNote:
    text: str
    written_at: datetime | None = None  # aware
    author: str = ""
    to_customer: bool = False


@dataclass
class NewOrder:
    source: Source
    external_id: str  # the source's own unique id, as text
    number: str  # the source's own order number, as the customer knows it
    placed_at: datetime  # aware, UTC
    currency: str  # ISO 4217
    total: Decimal  # as stated
    prices_include_tax: bool = False
    lines: list[NewLine] = field(default_factory=list)
    tax_total: Decimal | None = None  # as stated
    language: str = ""  # ISO 639-1, "" when not stated
    customer: NewCustomer | None = None
    billing: NewAddress | None = None
    shipping: NewAddress | None = None
    payment_method: str = ""  # title
    payment_method_code: str = ""
    shipping_method: str = ""
    shipping_method_code: str = ""
    pick_up: bool = False
    customer_note: str = ""
    purchase_order: str = ""  # the buyer's own number of it
    payment_link: str = ""  # the shop's own page on which its customer pays what is open; "" while there is none
    discount_codes: list[str] = field(default_factory=list)
    payments: list[NewPayment] = field(default_factory=list)
    refunds: list[NewRefund] = field(default_factory=list)
    shipments: list[NewShipment] = field(default_factory=list)
    notes: list[NewNote] = field(default_factory=list)
    held: bool = False
    cancelled_at: datetime | None = None
    ready_for_pickup_at: datetime | None = None
    picked_up_at: datetime | None = None
    is_completed: bool = False  # as its own shop says: done, or paid back in full
    has_failed: bool = False  # the payment failed or was called off, and nobody cancelled the order
    is_deleted: bool = False  # in its shop's bin
    is_unplaced: bool = False  # the customer began to pay, and may never finish: no shop confirms that
    is_invoiced: bool = False  # by its own shop; also where no number is stated
    invoice_numbers: list[str] = field(default_factory=list)  # of the invoices that its own shop made
    updated_at: datetime | None = None  # as stated: without it nobody knows whether it is the last word
    channel: str = ""  # shop domain or sales channel, when stated
    program: str = ""  # the program that places it by its key
    warnings: list[str] = field(default_factory=list)  # what could not be read as it was meant, in words for people

    @property
    def most_tax(self) -> Decimal:
        """No tax is more than what it is on. What lines take off may bear none, so it is added to the total."""
        off = sum((-line.total for line in self.lines if line.total < 0), Decimal(0))
        return max(abs(self.total), self.total + off)
