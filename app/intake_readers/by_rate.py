"""Taxes of an order whose source states rates and no amounts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.amounts.money import ZERO
from app.amounts.vat_sums import Taxed, discount_apart, shared_tax
from app.intake_readers.new_order import NewLine, NewTax
from app.models import LineKind


def add_taxes(
    lines: Sequence[NewLine], rates: Sequence[Decimal | None], currency: str, *, name: str, included: bool
) -> None:
    """Give each line that has a rate its part of the tax on all lines of that rate."""
    for rate in dict.fromkeys(rate for rate in rates if rate is not None):
        bearing = [line for line, own in zip(lines, rates, strict=True) if own == rate]
        parts = shared_tax([line.total for line in bearing], rate, currency, included=included)
        for line, part in zip(bearing, parts, strict=True):
            line.taxes.append(NewTax(name, part, rate=rate))


#: What comes on top of an order's products.
COSTS = (LineKind.SHIPPING, LineKind.PAYMENT, LineKind.FEE)


def spread_discounts(lines: Sequence[NewLine], currency: str, *, name: str, included: bool) -> list[NewLine]:
    """Give the discounts on the whole order that state no tax what they take off each rate; those it were."""
    untaxed = [line for line in lines if line.kind == LineKind.DISCOUNT and not line.taxes]
    return spread_over_rates(lines, untaxed, currency, name=name, included=included)


def spread_over_rates(
    lines: Sequence[NewLine], untaxed: Sequence[NewLine], currency: str, *, name: str, included: bool
) -> list[NewLine]:
    """Give these lines the tax of the products' rates; those it were.

    In proportion to the products of each rate; nothing where one bears several taxes, or one of an unknown rate.
    """
    products = [line for line in lines if line.kind == LineKind.PRODUCT]
    if not untaxed or not any(line.taxes for line in products) or not all(has_known_rate(line) for line in products):
        return []
    goods = by_rate(products)
    prices = by_rate([line for line in lines if line not in untaxed and has_known_rate(line)])
    for line in untaxed:
        taxed = [Taxed(rate, price, prices[rate]) for rate, price in goods.items()]
        parts = discount_apart(-line.total, taxed, currency, included=included)
        for rate, (base, tax) in zip(goods, parts, strict=True):
            line.taxes.append(NewTax(name, tax, rate=rate, base=base))
            prices[rate] += base + tax if included else base
    return list(untaxed)


def has_known_rate(line: NewLine) -> bool:
    return not line.taxes or (len(line.taxes) == 1 and line.taxes[0].rate is not None)


def by_rate(lines: Sequence[NewLine]) -> dict[Decimal, Decimal]:
    """What the lines of each rate cost; those that bear no tax are of 0 %."""
    sums: dict[Decimal, Decimal] = {}
    for line in lines:
        rate = (line.taxes[0].rate or ZERO) if line.taxes else ZERO
        sums[rate] = sums.get(rate, ZERO) + line.total
    return sums
