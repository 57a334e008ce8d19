"""Computing an order's taxes and totals from its lines, exactly, in the order's currency.

VAT is taken from the sum per rate, not line by line, and split over the lines so that not a cent is lost: that is what
a customer who adds up the invoice expects. An order goes through this when its lines are changed here; until then what
an outside shop stated stays as stated.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.mails.outbox import withdraw_reminders
from app.models import Order, OrderLine
from app.money import ZERO, included_tax, plain, rounded, split

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
    """The taxes of every line that bears one tax at a known rate, and of the discount on the whole order."""
    for name, rate in dict.fromkeys(tax for line in order.lines if (tax := only_tax(line))):
        bearing = [line for line in order.lines if only_tax(line) == (name, rate)]
        parts = split_tax([line.total for line in bearing], rate, order)
        for line, part in zip(bearing, parts, strict=True):
            set_taxes(line, [(name, rate, part)])


def discount_taxes(order: Order, discount: Decimal) -> list[tuple[str, Decimal, Decimal]]:
    """What a discount on the whole order takes off each tax, in proportion to what bears it: (name, rate, amount)."""
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for line in order.lines:
        if line.kind == "product" and (tax := only_tax(line)):
            bases[tax] = bases.get(tax, ZERO) + line.total
    if not bases:
        return []
    parts = split(discount, list(bases.values()), order.currency)
    taxes = []
    for ((name, rate), base), part in zip(bases.items(), parts, strict=True):
        before, after = tax_on(base, rate, order), tax_on(base - part, rate, order)
        taxes.append((name, rate, after - before))
    return taxes


def only_tax(line: OrderLine) -> tuple[str, Decimal] | None:
    """Name and rate of the line's tax; None when it bears several, none, or one of an unknown rate."""
    if line.kind == "discount" or len(line.taxes) != 1 or line.taxes[0]["rate"] is None:
        return None
    return line.taxes[0]["name"], plain(Decimal(line.taxes[0]["rate"]))


def tax_on(base: Decimal, rate: Decimal, order: Order) -> Decimal:
    """The tax inside a price that includes it, or on top of one that doesn't."""
    if order.prices_include_tax:
        return included_tax(base, rate, order.currency)
    return rounded(base * rate / 100, order.currency)


def split_tax(totals: Sequence[Decimal], rate: Decimal, order: Order) -> list[Decimal]:
    """The tax on the sum of these totals, a part for each of them."""
    return split(tax_on(sum(totals, ZERO), rate, order), totals, order.currency)


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
