"""A discount on the whole order belongs to its goods in proportion: whoever bills or credits some takes their share.

So the price of one of two that comes back is the price that was paid for it. Shares are counted from the whole: what
all goods taken so far have of the discount, less what they had before. So it is the same in how many steps goods are
taken, and nothing of the discount is lost or taken twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from app.accounting.tax_bases import LineTax, overlap, taxes_of_part, taxes_on
from app.amounts.allocation import Entry, Part, Parts, Share, add_to_line, between
from app.amounts.money import ZERO, decimals, rounded
from app.models import LineKind, Order, OrderLine

#: What the goods of each tax cost.
Prices = dict[tuple[str, Decimal | None], Decimal]


def goods_of(order: Order, discount: OrderLine) -> list[OrderLine]:
    """The lines that a discount is for: the products; shipping and fees, where only they bear the taxes that it bears.

    Where no product costs anything, it is for the others, too.
    """
    lines = [line for line in order.lines if line.kind != LineKind.DISCOUNT and line.total > 0]
    products = [line for line in lines if line.kind == LineKind.PRODUCT]
    others = [line for line in lines if line.kind != LineKind.PRODUCT]
    if discount.taxes and not bear(products, discount) and bear(others, discount):
        return others
    return products or others


def bear(lines: Iterable[OrderLine], discount: OrderLine) -> bool:
    """Whether the lines bear all taxes of the discount."""
    borne = {key_of(tax) for line in lines for tax in taxes_on(line)}
    return {key_of(tax) for tax in taxes_on(discount)} <= borne


def following(order: Order, left: Parts) -> list[OrderLine]:
    """The discounts of which something is left, as long as there are goods left that they go with."""
    discounts = [line for line in order.lines if line.kind == LineKind.DISCOUNT and is_open(order, left.get(line.id))]
    return [one for one in discounts if any(price_left(order, line, left) > 0 for line in goods_of(order, one))]


def is_open(order: Order, part: Part | None) -> bool:
    return part is not None and bool(part.quantity or part.in_units(order.currency).gross)


def price_left(order: Order, line: OrderLine, left: Mapping[int | None, Part]) -> Decimal:
    units = left.get(line.id, Part()).in_units(order.currency)
    return max(ZERO, units.price(gross=order.prices_include_tax))


def take_shares(order: Order, taken: list[Entry], whole: Parts, before: Parts, left: Parts) -> None:
    """Add to what is taken the shares of the discounts that belong to it, and take them off what is left.

    `whole` is what there was of each line at first, `before` what was left before the goods were taken, `left` after.
    """
    for line in following(order, before):
        if left[line.id] == before[line.id]:  # else somebody took it by itself
            share = share_of(order, line, whole, before, left)
            if share != Part():
                add_to_line(taken, line.id, share)
                left[line.id] -= share


def share_of(order: Order, line: OrderLine, whole: Parts, before: Parts, left: Parts) -> Part:
    """The share of one discount, at most the price of the goods.

    Where somebody took some of the discount by itself, it is the share in what is left of it.
    """
    had, rest = prices(order, line, before), prices(order, line, left)
    if not sum(rest.values(), ZERO):
        return before[line.id].in_units(order.currency)
    of, gross = prices(order, line, whole), order.prices_include_tax
    gone = (whole[line.id] - before[line.id]).price(gross=gross)
    so_far = shares_between(order, line, whole[line.id], of, had)
    if abs(gone - price_of_shares(so_far, gross=gross)) <= Decimal(len(order.lines)).scaleb(-decimals(order.currency)):
        now = shares_between(order, line, whole[line.id], of, rest)
        shares, wanted = less_each(now, so_far), price_of_shares(now, gross=gross) - gone
    else:
        shares = shares_between(order, line, before[line.id], had, rest)
        wanted = price_of_shares(shares, gross=gross)
    taken = rounded(sum(had.values(), ZERO) - sum(rest.values(), ZERO), order.currency)
    shares = with_price(shares, between(wanted, ZERO, taken if line.total > 0 else -taken), gross=gross)
    net, amount = sum((base for base, _tax in shares), ZERO), sum((tax for _base, tax in shares), ZERO)
    return Part(ZERO, net, amount, tuple(shares) if len(shares) > 1 else ())


def shares_between(order: Order, line: OrderLine, part: Part, had: Prices, rest: Prices) -> list[Share]:
    """Per tax of the discount, what of this part of it belongs to the goods that went between.

    What bears a tax belongs to the goods that bear it, so that no more of a tax is credited than was charged. Where no
    goods do, or where taxes overlap, it belongs to all of them; so does what bears none.
    """
    taxes = [LineTax("", None, part.net, part.tax)] if overlap(order) else taxes_of_part(line, part)
    keys = [key_of(tax) for tax in taxes]
    if line.taxes and set(keys) <= set(had):
        parts = [fraction(had[key], rest.get(key, ZERO)) for key in keys]
    else:
        parts = [fraction(sum(had.values(), ZERO), sum(rest.values(), ZERO))] * len(keys)
    return [part_of(order, tax, part) for tax, part in zip(taxes, parts, strict=True)]


def price_of_shares(shares: list[Share], *, gross: bool) -> Decimal:
    return sum((base + tax if gross else base for base, tax in shares), ZERO)


def less_each(shares: list[Share], others: list[Share]) -> list[Share]:
    return [(base - other, tax - less) for (base, tax), (other, less) in zip(shares, others, strict=True)]


def with_price(shares: list[Share], wanted: Decimal, *, gross: bool) -> list[Share]:
    """The shares with what rounding lacks of the wanted price on the largest of them."""
    lacking = wanted - price_of_shares(shares, gross=gross)
    largest = max(range(len(shares)), key=lambda place: abs(shares[place][0]))
    return [(base + lacking, tax) if place == largest else (base, tax) for place, (base, tax) in enumerate(shares)]


def fraction(had: Decimal, rest: Decimal) -> Decimal:
    return (had - rest) / had if had else ZERO


def part_of(order: Order, tax: LineTax, part: Decimal) -> Share:
    """Base and tax, in whole units; neither is more than there is."""
    unit = Decimal(1).scaleb(-decimals(order.currency))
    whole = tax.base + tax.amount if order.prices_include_tax else tax.base
    price = between(rounded(whole * part, order.currency), ZERO, whole.quantize(unit))
    amount = rounded(tax.amount * part, order.currency)
    return (price - amount, amount) if order.prices_include_tax else (price, amount)


def prices(order: Order, discount: OrderLine, left: Parts) -> Prices:
    """What is left of the goods that the discount is for, per tax."""
    sums: Prices = {}
    for line in goods_of(order, discount):
        if line.id not in left:
            continue
        price, taxes = price_left(order, line, left), taxes_of_part(line, Part(line.quantity, line.total, ZERO))
        whole = sum((tax.base for tax in taxes), ZERO)
        for tax in taxes:
            share = tax.base / whole if whole else Decimal(1) / len(taxes)
            sums[key_of(tax)] = sums.get(key_of(tax), ZERO) + price * share
    return sums


def key_of(tax: LineTax) -> tuple[str, Decimal | None]:
    return ("", Decimal(tax.rate)) if tax.rate is not None else (tax.name, None)


def with_shares(line: OrderLine, part: Part) -> Part:
    """The part with what it says per tax, where the line bears several that each are on a part of its own."""
    if line.kind != LineKind.DISCOUNT or len(line.taxes) < 2 or part.shares or overlap(line.order):
        return part
    return replace(part, shares=tuple((tax.base, tax.amount) for tax in taxes_of_part(line, part)))


# --- what an amount of a line comes to -------------------------------------------------------------------------------


def price_paid(order: Order, line_id: int, whole: Parts, left: Parts) -> Decimal:
    """What is left of the line as it was paid: without its share of the discounts."""
    gross = order.prices_include_tax
    taken: list[Entry] = [(line_id, left[line_id].in_units(order.currency))]
    after: Parts = {**left, line_id: Part()}
    take_shares(order, taken, whole, left, after)
    return sum((part.price(gross=gross) for _id, part in taken), ZERO)


def price_before_discount(order: Order, line_id: int, amount: Decimal, whole: Parts, left: Parts) -> Decimal:
    """How much of the line's own price is taken, such that it comes to that amount with its share of the discounts."""
    own = left[line_id].in_units(order.currency).price(gross=order.prices_include_tax)
    paid = price_paid(order, line_id, whole, left)
    if paid == own or not paid:
        return amount
    if amount == paid:
        return own
    unit = Decimal(1).scaleb(-decimals(order.currency))
    price = between(rounded(amount * own / paid, order.currency), ZERO, own)
    for _ in range(10):
        off = amount - comes_to(order, line_id, price, whole, left)
        if not off:
            break
        price = between(price + (unit if off > 0 else -unit), ZERO, own)
    return price


def comes_to(order: Order, line_id: int, price: Decimal, whole: Parts, left: Parts) -> Decimal:
    after: Parts = {**left, line_id: left[line_id] - Part(ZERO, price)}
    shares: list[Entry] = []
    take_shares(order, shares, whole, left, after)
    return price + sum((part.price(gross=order.prices_include_tax) for _id, part in shares), ZERO)
