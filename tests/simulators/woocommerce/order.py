"""An order of the simulated shop: its lines and their taxes to the cent as WooCommerce counts them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from tests.simulators.woocommerce.answers import WHOLE, Shape, money
from tests.simulators.woocommerce.catalogue import Product

#: Rates of the shop's own country: id, class of tax, per cent.
RATES = {"": (1, Decimal(21)), "reduced-rate": (2, Decimal(9))}
COUNTRY = "NL"


@dataclass
class Line:
    """A product line, of shipping or of a fee; amounts without tax, to six places."""

    id: int
    name: str
    subtotal: Decimal
    total: Decimal
    tax_class: str = ""
    product: Product | None = None
    product_id: int = 0
    quantity: int = 1
    meta: list[Shape] = field(default_factory=list)
    method_id: str = ""
    restocked: int = 0

    def tax(self, country: str, amount: Decimal, decimals: int = 2) -> Decimal:
        rate = RATES[self.tax_class][1] if country == COUNTRY else Decimal(0)
        return (amount * rate / 100).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@dataclass
class Coupon:
    id: int
    line_id: int
    code: str
    kind: str
    amount: Decimal
    discount: Decimal = Decimal(0)
    discount_tax: Decimal = Decimal(0)


@dataclass
class Refund:
    id: int
    at: datetime
    amount: Decimal
    reason: str
    kind: str = "partial"
    lines: list[Shape] = field(default_factory=list)
    tax_lines: list[Shape] = field(default_factory=list)
    tax: Decimal = Decimal(0)
    meta_id: int = 0


@dataclass
class Note:
    id: int
    at: datetime
    text: str
    is_for_customer: bool = False
    author: str = "WooCommerce"


@dataclass
class WooOrder:
    """What the shop keeps of an order."""

    id: int
    created_at: datetime
    modified_at: datetime
    status: str = "pending"
    number: str = ""
    currency: str = "EUR"
    customer_id: int = 0
    billing: dict[str, str] = field(default_factory=dict)
    shipping: dict[str, str] = field(default_factory=dict)
    payment_method: str = ""
    payment_method_title: str = ""
    transaction_id: str = ""
    customer_note: str = ""
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    lines: list[Line] = field(default_factory=list)
    shipping_lines: list[Line] = field(default_factory=list)
    fees: list[Line] = field(default_factory=list)
    coupons: list[Coupon] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    meta: list[Shape] = field(default_factory=list)
    trackings: list[Shape] = field(default_factory=list)
    fulfilments: list[Shape] = field(default_factory=list)
    key: str = field(default_factory=lambda: f"wc_order_{secrets.token_urlsafe(9)}")
    tax_line_ids: dict[int, int] = field(default_factory=dict)

    @property
    def country(self) -> str:
        return self.shipping.get("country") or self.billing.get("country") or COUNTRY

    @property
    def all_lines(self) -> list[Line]:
        return [*self.lines, *self.shipping_lines, *self.fees]

    def taxes_of(self, lines: list[Line], decimals: int = 2) -> Decimal:
        return sum((line.tax(self.country, line.total, decimals) for line in lines), Decimal(0))

    def total(self, decimals: int = 2) -> Decimal:
        nets = sum((Decimal(money(line.total, decimals)) for line in self.all_lines), Decimal(0))
        return nets + self.taxes_of(self.all_lines, decimals)

    @property
    def refunded(self) -> Decimal:
        return sum((one.amount for one in self.refunds), Decimal(0))

    @property
    def needs_processing(self) -> bool:
        return any(one.product and not (one.product.is_virtual and one.product.is_download) for one in self.lines)

    def discount(self, coupon: Coupon) -> None:
        """Take a coupon off the product lines: per cent of each, or an amount spread over them to the cent."""
        gross = {line.id: line.total + line.total * RATES[line.tax_class][1] / 100 for line in self.lines}
        if coupon.kind == "percent":
            off = {number: amount * coupon.amount / 100 for number, amount in gross.items()}
        else:
            off = spread(coupon.amount, gross)
        for line in self.lines:
            less = (off[line.id] / (1 + RATES[line.tax_class][1] / 100)).quantize(WHOLE, ROUND_HALF_UP)
            line.total -= less
            coupon.discount += less
            if self.country == COUNTRY:
                coupon.discount_tax += less * RATES[line.tax_class][1] / 100
        self.coupons.append(coupon)


def spread(amount: Decimal, gross: dict[int, Decimal]) -> dict[int, Decimal]:
    """In cents alike over the lines; what is left goes to the dearest ones first."""
    cents = int(amount * 100)
    each, left = divmod(cents, len(gross))
    dearest = sorted(gross, key=lambda number: -gross[number])[:left]
    return {number: Decimal(each + (number in dearest)) / 100 for number in gross}
