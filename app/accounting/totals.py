"""Computing an order's taxes and totals from its lines, exactly, in the order's currency.

VAT is taken from the sum per rate, not line by line, and split over the lines so that not a cent is lost: that is what
a customer who adds up the invoice expects. An order goes through this when its lines are changed here; until then what
an outside shop stated stays as stated.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from decimal import Decimal

from app.accounting.tax_bases import LineTax, overlap, taxes_on
from app.amounts.money import ZERO, plain, rounded
from app.amounts.vat_sums import Taxed, discount_apart, shared_tax
from app.mails.outbox import withdraw_reminders
from app.models import LineKind, Order, OrderLine

#: What a tax is called where no line of the order names it.
VAT = "VAT"


def sum_up(order: Order) -> None:
    """The order's totals from its lines and their taxes. Nobody stated another total.

    A payment reminder that waits to be sent asks for the total that was, so it is withdrawn.
    """
    before = order.total
    lines = sum((line.total for line in order.lines), ZERO)
    order.tax_total = sum((line.tax_total for line in order.lines), ZERO)
    order.total = order.computed_total = plain(lines if order.prices_include_tax else lines + order.tax_total)
    order.net_total = plain(order.total - order.tax_total)
    if order.reminders and order.total != before:
        withdraw_reminders(order)


def tax_lines(order: Order) -> None:
    """The taxes of every line that bears one tax at a known rate, and of discounts that were spread over them here."""
    bearing: dict[Decimal, list[OrderLine]] = {}
    for line in order.lines:
        if tax := only_tax(line):
            bearing.setdefault(tax[1], []).append(line)
    for rate, lines in bearing.items():
        totals = [line.total for line in lines]
        parts = shared_tax(totals, rate, order.currency, included=order.prices_include_tax)
        for line, part in zip(lines, parts, strict=True):
            set_taxes(line, [(line.taxes[0]["name"], rate, part)])
    for line in order.lines:
        if line.kind == LineKind.DISCOUNT and line.taxes and all("base" in tax for tax in line.taxes):
            spread_discount(line)


def spread_discount(line: OrderLine) -> None:
    """What a discount on the whole order takes off each tax, in proportion to the products that bear it."""
    products = [one for one in line.order.lines if one.kind == LineKind.PRODUCT]
    whole = sum((one.total for one in products), ZERO)
    line.taxes = []  # those of another discount would not add up now, and be taken for taxes that overlap
    if not whole:
        taxes = []
    elif overlap(line.order):
        taxes = taken_in_proportion(products, line.total / whole, line.order.currency)
    else:
        taxes = taken_by_rate(line, products)
    line.taxes = [
        {"name": tax.name, "rate": tax.rate, "amount": str(plain(tax.amount)), "base": str(plain(tax.base))}
        for tax in taxes
    ]
    line.tax_total = sum((tax.amount for tax in taxes), ZERO)


def taken_by_rate(line: OrderLine, products: Sequence[OrderLine]) -> list[LineTax]:
    order = line.order
    goods = sums_of_taxes(products, by_rate)
    all_lines = sums_of_taxes([one for one in order.lines if one.kind != LineKind.DISCOUNT], by_rate)
    taxed = [Taxed(rate_in(tax), price_of(tax, order), price_of(all_lines[key], order)) for key, tax in goods.items()]
    parts = discount_apart(-line.total, taxed, order.currency, included=order.prices_include_tax)
    return [
        LineTax(tax.name or tax_name(order), tax.rate, base, amount)
        for tax, (base, amount) in zip(goods.values(), parts, strict=True)
    ]


def taken_in_proportion(products: Sequence[OrderLine], share: Decimal, currency: str) -> list[LineTax]:
    """Where taxes overlap: the same share of each, on the same share of its base. `share` is negative."""
    taxes = sums_of_taxes(products, lambda tax: (tax.name, tax.rate)).values()
    return [
        LineTax(tax.name, tax.rate, rounded(tax.base * share, currency), rounded(tax.amount * share, currency))
        for tax in taxes
    ]


def sums_of_taxes(lines: Sequence[OrderLine], key: Callable[[LineTax], Hashable]) -> dict[Hashable, LineTax]:
    sums: dict[Hashable, LineTax] = {}
    for tax in (tax for line in lines for tax in taxes_on(line)):
        so_far = sums.get(key(tax), LineTax(tax.name, tax.rate, ZERO, ZERO))
        sums[key(tax)] = replace(so_far, base=so_far.base + tax.base, amount=so_far.amount + tax.amount)
    return sums


def by_rate(tax: LineTax) -> Hashable:
    return tax.name if tax.rate is None else Decimal(tax.rate)


def rate_in(tax: LineTax) -> Decimal:
    """In percent; where none is stated, what tax and base say."""
    if tax.rate is not None:
        return Decimal(tax.rate)
    return tax.amount * 100 / tax.base if tax.base else ZERO


def price_of(tax: LineTax, order: Order) -> Decimal:
    return tax.base + tax.amount if order.prices_include_tax else tax.base


def only_tax(line: OrderLine) -> tuple[str, Decimal] | None:
    """Name and rate of the line's tax; None when it bears several, none, or one of an unknown rate."""
    if line.kind == LineKind.DISCOUNT or len(line.taxes) != 1 or line.taxes[0]["rate"] is None:
        return None
    return line.taxes[0]["name"], plain(Decimal(line.taxes[0]["rate"]))


def set_taxes(line: OrderLine, taxes: Sequence[tuple[str, Decimal | None, Decimal]]) -> None:
    line.taxes = [
        {"name": name, "rate": None if rate is None else str(rate), "amount": str(plain(amount))}
        for name, rate, amount in taxes
    ]
    line.tax_total = sum((amount for _name, _rate, amount in taxes), ZERO)


def scale_taxes(line: OrderLine, before: Decimal) -> None:
    """Several taxes, or one of an unknown rate: in proportion to the line's new total. `before` is its old total."""
    taxes = [(tax["name"], tax["rate"] and Decimal(tax["rate"]), Decimal(tax["amount"])) for tax in line.taxes]
    share = line.total / before if before else ZERO
    currency = line.order.currency
    set_taxes(line, [(name, rate, rounded(amount * share, currency)) for name, rate, amount in taxes])


def tax_name(order: Order) -> str:
    """What the order calls its tax."""
    return next((tax["name"] for line in order.lines for tax in line.taxes if tax["name"]), VAT)
