"""What an e-invoice says, before it is written in one syntax or another; names follow the terms of EN 16931.

Amounts have the signs of the document: those of a credit note are positive, as what is credited.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Identifier:
    scheme: str
    value: str


@dataclass(frozen=True)
class TradeParty:
    name: str
    street: str
    street2: str
    postcode: str
    city: str
    region: str
    country: str
    vat_id: str = ""
    tax_number: str = ""  # of one who is exempt and has no VAT id
    legal_id: Identifier | None = None
    address: Identifier | None = None  # the electronic one
    contact: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class TaxCategory:
    code: str
    rate: Decimal | None  # percent; None outside VAT
    reason_code: str = ""
    reason: str = ""


@dataclass(frozen=True)
class InvoicedLine:
    name: str
    variant: str
    sku: str
    quantity: Decimal
    unit: str
    price: Decimal  # of `price_for` units, without tax, before the line's discount
    price_for: Decimal
    discount: Decimal
    net: Decimal
    tax: TaxCategory


@dataclass(frozen=True)
class Allowance:
    """A discount on the whole document: its part of one rate."""

    reason: str
    amount: Decimal
    tax: TaxCategory


@dataclass(frozen=True)
class TaxSum:
    tax: TaxCategory
    base: Decimal
    amount: Decimal


@dataclass(frozen=True)
class StatedSums:
    lines: Decimal
    allowances: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal
    paid: Decimal
    difference: Decimal  # by which a shop's stated total differs

    @property
    def open(self) -> Decimal:
        return self.total - self.paid + self.difference


@dataclass(frozen=True)
class PaymentAsked:
    means: str  # UNCL 4461
    reference: str
    iban: str
    bic: str


@dataclass(frozen=True)
class EInvoiceSaid:
    is_credit_note: bool
    number: str
    issued_on: str
    due_on: str
    currency: str
    buyer_reference: str
    order_reference: str
    credits: tuple[str, str] | None  # number and day of the invoice
    seller: TradeParty
    buyer: TradeParty
    ship_to: TradeParty | None
    delivered_on: str
    payment: PaymentAsked | None
    lines: tuple[InvoicedLine, ...]
    allowances: tuple[Allowance, ...]
    taxes: tuple[TaxSum, ...]
    sums: StatedSums
