"""One tax, one base: which part of an order line bears which tax.

A line bears one tax; or several, each on a part of its own, as a discount on goods of two rates; or several on the very
same part, as GST and PST in Canada, where one may be on the other, too: then they *overlap*. Sources state amounts of
tax and seldom their bases. So a base is what its tax and rate say, as far as all bases of the line add up to its net.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.amounts.allocation import Part
from app.amounts.money import ZERO, decimals, plain
from app.models import LineKind, Order, OrderLine

FINEST = Decimal("1E-9")


@dataclass(frozen=True)
class LineTax:
    """A tax on a line, and the part of the line's net amount that it is on."""

    name: str
    rate: str | None  # percent; None when the outside shop stated none
    base: Decimal
    amount: Decimal


def taxes_on(line: OrderLine) -> list[LineTax]:
    """The taxes that a line bears; 0 % where none is stated. Unless they overlap, their bases add up to the net."""
    net = net_of(line)
    if not line.taxes:
        return [LineTax("", "0", net, line.tax_total)]
    bases = [net] if len(line.taxes) == 1 else bases_of(line, net)
    return [
        LineTax(tax["name"], as_rate(tax["rate"]), base, Decimal(tax["amount"]))
        for tax, base in zip(line.taxes, bases, strict=True)
    ]


def net_of(line: OrderLine) -> Decimal:
    return line.total - line.tax_total if line.order.prices_include_tax else line.total


def as_rate(rate: str | None) -> str | None:
    return None if rate is None else str(plain(Decimal(rate)))


def overlap(order: Order) -> bool:
    """Whether a line of the order bears two taxes on the same part of it."""
    several = (line for line in order.lines if len(line.taxes) > 1)
    return any(sum((tax.base for tax in taxes_on(line)), ZERO) != net_of(line) for line in several)


def taxes_of_part(line: OrderLine, part: Part) -> list[LineTax]:
    """The taxes of a part of the line, in the proportions of the whole line."""
    taxes = taxes_on(line)
    if len(taxes) == 1:
        return [LineTax(taxes[0].name, taxes[0].rate, part.net, part.tax)]
    if len(part.shares) == len(taxes):
        return taxes_as_shared(taxes, part)
    net, tax = net_of(line), line.tax_total
    gross_share = part.gross / (net + tax) if net + tax else part.quantity / line.quantity if line.quantity else ZERO
    net_share, tax_share = part.net / net if net else gross_share, part.tax / tax if tax else gross_share
    bases = [one.base * net_share for one in taxes]
    amounts = [one.amount * tax_share for one in taxes]
    if sum((one.base for one in taxes), ZERO) == net:
        bases[0] += part.net - sum(bases, ZERO)
    amounts[0] += part.tax - sum(amounts, ZERO)
    return [LineTax(one.name, one.rate, b, a) for one, b, a in zip(taxes, bases, amounts, strict=True)]


def taxes_as_shared(taxes: Sequence[LineTax], part: Part) -> list[LineTax]:
    """Of a part that says itself what of it bears which tax."""
    bases, amounts = [base for base, _amount in part.shares], [amount for _base, amount in part.shares]
    bases[0] += part.net - sum(bases, ZERO)
    amounts[0] += part.tax - sum(amounts, ZERO)
    return [LineTax(one.name, one.rate, b, a) for one, b, a in zip(taxes, bases, amounts, strict=True)]


# --- the bases of several taxes -------------------------------------------------------------------------------------


def bases_of(line: OrderLine, net: Decimal) -> list[Decimal]:
    """As stated; else from tax and rate; else, where no tax tells anything, in proportion to the goods of each."""
    if all("base" in tax for tax in line.taxes):
        return [Decimal(tax["base"]) for tax in line.taxes]
    amounts = [Decimal(tax["amount"]) for tax in line.taxes]
    rates = [known_rate(tax, line.order) for tax in line.taxes]
    implied = [exact(amount * 100 / rate) if rate else None for amount, rate in zip(amounts, rates, strict=True)]
    if not any(implied):
        return [net] * len(implied) if any(amounts) else bases_without_tax(line, net)
    if are_on_the_same(net, amounts, implied, line.order):
        return [base_with_taxes(net, amounts, rates, at, unit_of(line.order)) for at in range(len(amounts))]
    return bases_apart(line, net, implied, rates)


def known_rate(tax: dict[str, Any], order: Order) -> Decimal | None:
    """The rate in percent; where only the name is stated, what lines that bear nothing else say of it."""
    if tax["rate"] is not None:
        return Decimal(tax["rate"])
    lines = [one for one in order.lines if len(one.taxes) == 1 and one.taxes[0]["name"] == tax["name"]]
    lines = [one for one in lines if one.taxes[0]["rate"] is None]
    net, amount = sum((net_of(one) for one in lines), ZERO), sum((one.tax_total for one in lines), ZERO)
    return amount * 100 / net if net else None


def are_on_the_same(net: Decimal, amounts: Sequence[Decimal], implied: Sequence[Decimal | None], order: Order) -> bool:
    """Whether tax and rate rather say that each tax is on the whole line than that each is on a part of its own."""
    known = [base for base in implied if base is not None]
    off = max(abs(base - net) for base in known)
    rest = net - sum(known, ZERO)
    if len(known) == len(implied) or rest * net < 0:
        return off < abs(rest)
    # the rest is for what bears no tax, or one of an unknown rate, which must be on something
    return any(a and base is None for a, base in zip(amounts, implied, strict=True)) and off < unit_of(order) * 100


def base_with_taxes(
    net: Decimal, amounts: Sequence[Decimal], rates: Sequence[Decimal | None], at: int, unit: Decimal
) -> Decimal:
    """The whole line; with other taxes on it where the amount says that this one is a tax on them, too (compound)."""
    rate, amount = rates[at], amounts[at]
    if not rate or abs(amount - net * rate / 100) <= unit:
        return net
    before, others = sum(amounts[:at], ZERO), sum(amounts, ZERO) - amount
    fitting = (net + more for more in (before, others) if more and abs(amount - (net + more) * rate / 100) <= unit)
    return next(fitting, net)


def bases_apart(
    line: OrderLine, net: Decimal, implied: Sequence[Decimal | None], rates: Sequence[Decimal | None]
) -> list[Decimal]:
    """Each tax on a part of its own. The lower its rate, the less sure is its base, and the more it takes of the rest.

    More than rounding can explain is the part that bears no tax.
    """
    rest = net - sum((base for base in implied if base is not None), ZERO)
    weights = [exact(unit_of(line.order) * 100 / rate) if rate else ZERO for rate in rates]
    if None in implied and abs(rest) > sum(weights, ZERO):
        weights = [ZERO if base is not None else weight for base, weight in zip(implied, goods(line), strict=True)]
        weights = weights if any(weights) else [Decimal(base is None) for base in implied]
    return shares_added([base or ZERO for base in implied], rest, weights)


def bases_without_tax(line: OrderLine, net: Decimal) -> list[Decimal]:
    """No tax on anything: as the goods are, of which some may bear all taxes at once."""
    taxed = [one for one in order_goods(line) if len(one.taxes) > 1 and one.tax_total]
    if any(taxes_on(one)[0].base == net_of(one) for one in taxed):
        return [net] * len(line.taxes)
    weights = goods(line)
    return shares_added([ZERO] * len(weights), net, weights if any(weights) else [Decimal(1)] * len(weights))


def goods(line: OrderLine) -> list[Decimal]:
    """Per tax of the line the net amount of the goods that bear it, and nothing else."""
    single = [one for one in order_goods(line) if len(one.taxes) <= 1]
    rates = [as_rate(one.taxes[0]["rate"]) if one.taxes else "0" for one in single]
    return [
        abs(sum((net_of(one) for one, rate in zip(single, rates, strict=True) if rate == as_rate(tax["rate"])), ZERO))
        for tax in line.taxes
    ]


def order_goods(line: OrderLine) -> list[OrderLine]:
    return [one for one in line.order.lines if one is not line and one.kind == LineKind.PRODUCT]


def shares_added(parts: Sequence[Decimal], rest: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """The rest is added in proportion to the weights; the largest takes what division leaves over."""
    whole = sum(weights, ZERO)
    added = [exact(rest * weight / whole) for weight in weights]
    added[weights.index(max(weights))] += rest - sum(added, ZERO)
    return [part + one for part, one in zip(parts, added, strict=True)]


def exact(number: Decimal) -> Decimal:
    """So many decimals that sums stay exact."""
    return number.quantize(FINEST)


def unit_of(order: Order) -> Decimal:
    return Decimal(1).scaleb(-decimals(order.currency))
