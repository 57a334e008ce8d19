"""VAT from the sum per rate: what rounding it line by line would be off by is shared out over the lines.

That is what a customer who adds up the invoice expects, and one total for the same goods, however they came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.amounts.money import ZERO, closed, included_tax, rounded, split

HUNDRED = Decimal(100)


def tax_on(price: Decimal, rate: Decimal, currency: str, *, included: bool) -> Decimal:
    """The tax inside a price that includes it, or on top of one that doesn't."""
    return included_tax(price, rate, currency) if included else rounded(price * rate / HUNDRED, currency)


def shared_tax(prices: Sequence[Decimal], rate: Decimal, currency: str, *, included: bool) -> list[Decimal]:
    """The tax on the sum of these prices, a part for each of them."""
    divisor = HUNDRED + rate if included else HUNDRED
    exact = [price * rate / divisor for price in prices]
    return closed(exact, tax_on(sum(prices, ZERO), rate, currency, included=included), currency)


@dataclass(frozen=True)
class Taxed:
    """What bears a rate: the price of the products, and of all lines, costs and all."""

    rate: Decimal
    products: Decimal
    everything: Decimal


def discount_apart(
    discount: Decimal, taxed: Sequence[Taxed], currency: str, *, included: bool
) -> list[tuple[Decimal, Decimal]]:
    """What a discount on the whole order takes off each rate, in proportion to its products: [(base, tax)], negative.

    What is left of the tax is the tax on the sum of what is left.
    """
    parts = split(discount, [one.products for one in taxed], currency)
    taken = []
    for one, part in zip(taxed, parts, strict=True):
        before = tax_on(one.everything, one.rate, currency, included=included)
        tax = tax_on(one.everything - part, one.rate, currency, included=included) - before
        taken.append((-part - tax if included else -part, tax))
    return taken
