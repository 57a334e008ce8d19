"""Parts of a line of an invoice or credit note: how much of it, and its money, such that all parts add up to the whole.

Every part is in whole units of the currency, whatever decimals the line was stated with. What rounding leaves over goes
with the last part of the document that is split: then nothing is left, to the last decimal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from app.amounts.money import ZERO, decimals, rounded

#: Base and amount of one tax.
Share = tuple[Decimal, Decimal]


@dataclass(frozen=True)
class Part:
    """So much of a line. A part without quantity is an amount by itself.

    `shares` are what it says of each of the line's taxes, where that is not in proportion to the line.
    """

    quantity: Decimal = ZERO
    net: Decimal = ZERO
    tax: Decimal = ZERO
    shares: tuple[Share, ...] = ()

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax

    def __add__(self, other: Part) -> Part:
        shares = added_shares(self.shares, other.shares)
        return Part(self.quantity + other.quantity, self.net + other.net, self.tax + other.tax, shares)

    def __sub__(self, other: Part) -> Part:
        return self + -other

    def __neg__(self) -> Part:
        shares = tuple((-base, -amount) for base, amount in self.shares)
        return Part(-self.quantity, -self.net, -self.tax, shares)

    def price(self, *, gross: bool) -> Decimal:
        """The amount as the order's prices are: with tax or without."""
        return self.gross if gross else self.net

    def in_units(self, currency: str) -> Part:
        """In whole units of the currency: the customer's amount is rounded, and the tax inside it."""
        tax = in_units(self.tax, currency)
        return Part(self.quantity, in_units(self.gross, currency) - tax, tax, self.shares)

    def is_open(self, currency: str, *, gross: bool) -> bool:
        """Whether there is money in it. Rounding of tax alone, on a line of which nothing else is left, is none."""
        units = self.in_units(currency)
        return bool(units.price(gross=gross) or (self.quantity and (units.net or units.tax)))


def added_shares(one: tuple[Share, ...], other: tuple[Share, ...]) -> tuple[Share, ...]:
    if not one or not other:
        return one or other
    return tuple((base + more, tax + more_tax) for (base, tax), (more, more_tax) in zip(one, other, strict=True))


def in_units(amount: Decimal, currency: str) -> Decimal:
    """To the nearest unit, halves upwards: what is left after taking it off rounds to nothing, whatever the amount."""
    unit = Decimal(1).scaleb(-decimals(currency))
    return (amount + unit / 2).quantize(unit, ROUND_FLOOR)


#: Order line -> how much of it; None is the difference that the outside shop stated.
Parts = dict[int | None, Part]
Entry = tuple[int | None, Part]


def part_of_quantity(whole: Part, left: Part, quantity: Decimal, currency: str) -> Part:
    """That many of the line at its unit amounts, at most what is left of it; the last ones take all that is left."""
    units = left.in_units(currency)
    if quantity == left.quantity:
        return units
    gross = between(rounded(whole.gross * quantity / whole.quantity, currency), ZERO, units.gross)
    tax = bounded_tax(rounded(whole.tax * quantity / whole.quantity, currency), gross, units)
    return Part(quantity, gross - tax, tax)


def part_of_amount(whole: Part, left: Part, amount: Decimal, currency: str, *, gross: bool) -> Part:
    """An amount of the line, with or without tax, and the tax that belongs to it in proportion."""
    units = left.in_units(currency)
    if amount == units.price(gross=gross):
        return Part(ZERO, units.net, units.tax)
    base = whole.price(gross=gross)
    tax = rounded(whole.tax * amount / base, currency) if base else ZERO
    if not gross:
        return Part(ZERO, amount, between(tax, ZERO, units.tax))
    tax = bounded_tax(tax, amount, units)
    return Part(ZERO, amount - tax, tax)


def bounded_tax(tax: Decimal, gross: Decimal, left: Part) -> Decimal:
    """The tax inside `gross` such that neither tax nor net takes more than is left of it."""
    least = max(min(ZERO, left.tax), gross - max(ZERO, left.net))
    most = min(max(ZERO, left.tax), gross - min(ZERO, left.net))
    return max(least, min(tax, most))


def between(value: Decimal, one: Decimal, other: Decimal) -> Decimal:
    return max(min(one, other), min(value, max(one, other)))


def with_rests(taken: Sequence[Entry], left: Parts) -> Iterator[Entry]:
    """The parts of the last document: with what rounding left of each line, and after them the stated difference."""
    rests: Parts = {
        line_id: Part(ZERO, part.net, part.tax, part.shares) for line_id, part in left.items() if line_id is not None
    }
    for position, (line_id, part) in enumerate(taken):
        is_last = all(later != line_id for later, _ in taken[position + 1 :])
        yield line_id, part + (rests.pop(line_id) if is_last else Part())
    for line_id, rest in rests.items():
        if rest.net or rest.tax:
            yield line_id, rest
    difference = left.get(None)
    if difference is not None and difference != Part():  # a note before may have taken all of its money already
        yield None, difference


def add_to_line(entries: list[Entry], line_id: int, more: Part) -> None:
    """To the line's first entry; before the stated difference when it has none."""
    for position, (own, part) in enumerate(entries):
        if own == line_id:
            entries[position] = line_id, part + more
            return
    entries.append((line_id, more))


def total_of(entries: Sequence[Entry]) -> Decimal:
    return sum((part.gross for _, part in entries), ZERO)
