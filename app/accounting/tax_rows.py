"""What a document says per tax: the base and the tax on it, in whole units of its currency.

The bases of all rows add up to the document's net amount, their taxes to its tax, and each tax is its rate of its base
within a unit of rounding, as far as what an outside shop stated is. The documents of an order follow each other: each
is rounded together with those before it, and the last one takes what they left. So the rows of all invoices add up to
those of the order, and the rows of an invoice and its credit notes to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app.accounting.tax_bases import LineTax, net_of, overlap, taxes_of_part
from app.amounts.allocation import Entry, Part, Parts, Share, add_to_line, between
from app.amounts.money import ZERO, closed, decimals, rounded
from app.models import Invoice, InvoiceLine, LineKind, MarginScheme, Order, OrderLine

#: Name and rate of a tax. It goes by its rate alone; by its name, too, where taxes overlap or no rate is stated.
#: What is sold under the margin scheme has no VAT that is said, and goes by its scheme.
Key = tuple[str, str | None]

#: The difference that an outside shop stated bears no tax at all.
DIFFERENCE: Key = ("", None)


MARGIN_SCHEMES = frozenset(str(one) for one in MarginScheme if one)

#: What sources call a tax that they have no name for, in small letters.
BARE_NAMES = ("", "tax", "taxes", "vat")


def is_margin(key: Key) -> bool:
    return key[0] in MARGIN_SCHEMES


def named_tax(name: str, vat: str, *, has_vat: bool) -> str:
    """What the tax is called: as its source does, GST or BTW 21; where that says nothing, `vat` in a shop with VAT."""
    return vat if has_vat and name.strip().lower() in BARE_NAMES else name


@dataclass(frozen=True)
class TaxRow:
    base: Decimal = ZERO
    tax: Decimal = ZERO

    def __add__(self, other: TaxRow) -> TaxRow:
        return TaxRow(self.base + other.base, self.tax + other.tax)

    def __neg__(self) -> TaxRow:
        return TaxRow(-self.base, -self.tax)

    def price(self, *, gross: bool) -> Decimal:
        return self.base + self.tax if gross else self.base


Rows = dict[Key, TaxRow]


def summed(documents: Iterable[Rows]) -> Rows:
    sums: Rows = {}
    for rows in documents:
        for key, row in rows.items():
            sums[key] = sums.get(key, TaxRow()) + row
    return sums


def less(whole: Rows, done: Rows) -> Rows:
    return summed([whole, {key: -row for key, row in done.items()}])


def highest_first(rows: Rows) -> list[tuple[Key, TaxRow]]:
    return sorted(rows.items(), key=lambda entry: (-Decimal(entry[0][1] or -1), entry[0][0]))


# --- what is said ---------------------------------------------------------------------------------------------------


def rows_of_order(order: Order) -> Rows:
    """The rows of the whole order, as its lines and their taxes are stated."""
    entries: list[Entry] = [(line.id, Part(line.quantity, net_of(line), line.tax_total)) for line in order.lines]
    difference: list[Entry] = [(None, Part(Decimal(1), order.stated_difference))] if order.stated_difference else []
    return Statement(order).rows([*entries, *difference])


def said_rows(document: Invoice) -> Rows:
    """The rows of an issued document.

    Documents from before bases were kept had a line of several rates in the base of each, in whole: where that happened
    their rows follow from their lines instead.
    """
    says = document.snapshot
    printed = printed_rows(says)
    if has_bases(says):
        return printed
    adds_up = sum((row.base for row in printed.values()), ZERO) == Decimal(says["net"])
    if adds_up and not any(name and rate is not None for name, rate in printed):
        return printed
    entries = [(line.order_line_id, Part(line.quantity, line.net, line.tax)) for line in document.lines]
    net, tax = Decimal(says["net"]), Decimal(says["tax"])
    rows = Statement(document.order).rows(entries, total=net + tax, tax=tax)
    return {key: row for key, row in rows.items() if row != TaxRow()}


def printed_rows(says: dict[str, Any]) -> Rows:
    return {(row["name"], row["rate"]): TaxRow(Decimal(row["base"]), Decimal(row["tax"])) for row in says["vat"]}


def has_bases(says: dict[str, Any]) -> bool:
    return any("base" in tax for line in says["lines"] for tax in line["taxes"])


def once(rows: Rows, net: Decimal) -> dict[Key, Decimal]:
    """The base of each row as far as no row before has it: where taxes overlap, bases add up to more than the net."""
    twice = sum((row.base for row in rows.values()), ZERO) - net
    own: dict[Key, Decimal] = {}
    for key, row in reversed(highest_first(rows)):
        shared = between(twice, ZERO, row.base)
        own[key], twice = row.base - shared, twice - shared
    return own


# --- rounding -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How far an order is invoiced, or an invoice credited: all of it, and what documents said of it before.

    `exact` is what the lines of those documents make per tax, before it was rounded.
    """

    whole: Rows
    done: Rows
    exact: Rows

    @property
    def left(self) -> Rows:
        return less(self.whole, self.done)


class Statement:
    """Rows of parts of one order's lines."""

    def __init__(self, order: Order) -> None:
        self.gross, self.currency, self.has_overlap = order.prices_include_tax, order.currency, overlap(order)
        self.by_id = {line.id: line for line in order.lines}
        self.untaxed = {} if self.has_overlap else untaxed_goods(order.lines)

    def taxes(self, entry: Entry) -> list[tuple[Key, LineTax]]:
        line_id, part = entry
        if line_id is None:
            return [(DIFFERENCE, LineTax("", None, part.net, part.tax))]
        line = self.by_id[line_id]
        taxes = taxes_of_part(line, part)
        if not self.untaxed:
            return [(self.key(tax), tax) for tax in taxes]
        return [one for tax in taxes for one in self.by_scheme(line, tax)]

    def by_scheme(self, line: OrderLine, tax: LineTax) -> list[tuple[Key, LineTax]]:
        """Of goods under the margin scheme. What comes on top without VAT goes with the goods without, as they cost."""
        if tax.rate is None or Decimal(tax.rate) or tax.amount:
            return [(self.key(tax), tax)]
        if line.kind == LineKind.PRODUCT:
            return [(key_untaxed(line), tax)]
        bases = [tax.base * price / sum(self.untaxed.values(), ZERO) for price in self.untaxed.values()]
        bases[0] += tax.base - sum(bases, ZERO)
        return [(key, replace(tax, base=base, amount=ZERO)) for key, base in zip(self.untaxed, bases, strict=True)]

    def key(self, tax: LineTax) -> Key:
        return tax.name if self.has_overlap or tax.rate is None else "", tax.rate

    def exact(self, entries: Iterable[Entry]) -> Rows:
        rows: Rows = {}
        for entry in entries:
            for key, tax in self.taxes(entry):
                rows[key] = rows.get(key, TaxRow()) + TaxRow(tax.base, tax.amount)
        return rows

    def rows(self, entries: Sequence[Entry], *, total: Decimal | None = None, tax: Decimal | None = None) -> Rows:
        """In whole units, as they are stated. Overlapping bases are rounded by themselves."""
        exact = self.exact(entries)
        total = self.rounded(sum((part.gross for _id, part in entries), ZERO)) if total is None else total
        tax = self.rounded(sum((part.tax for _id, part in entries), ZERO)) if tax is None else tax
        taxes = closed([row.tax for row in exact.values()], tax, self.currency)
        return self.with_bases(exact, taxes, total)

    def with_bases(self, exact: Rows, taxes: Sequence[Decimal], total: Decimal) -> Rows:
        """The rows of these taxes, their bases such that all add up to the total."""
        tax = sum(taxes, ZERO)
        if self.has_overlap:
            bases = [self.rounded(row.base) for row in exact.values()]
            if self.rounded(sum((row.base for row in exact.values()), ZERO)) == total - tax:
                bases = closed([row.base for row in exact.values()], total - tax, self.currency)
        else:
            prices = closed(self.prices(exact), total if self.gross else total - tax, self.currency)
            bases = [price - one if self.gross else price for price, one in zip(prices, taxes, strict=True)]
        return {key: TaxRow(base, one) for key, base, one in zip(exact, bases, taxes, strict=True)}

    def prices(self, rows: Rows) -> list[Decimal]:
        return [row.price(gross=self.gross) for row in rows.values()]

    def rounded(self, amount: Decimal) -> Decimal:
        return rounded(amount, self.currency)

    # a document that others follow

    def rows_of_part(self, entries: Sequence[Entry], progress: Progress) -> Rows:
        """In whole units; each tax as that of all documents so far, less what was said before."""
        exact = self.exact(entries)
        total = self.rounded(sum((part.gross for _id, part in entries), ZERO))
        tax = self.rounded(sum((part.tax for _id, part in entries), ZERO))
        wanted = self.wanted_taxes(exact, total, tax, progress)
        exact = self.with_carry(exact, progress)
        near = [
            one if abs(one - row.tax) < self.unit else self.rounded(row.tax)
            for one, row in zip(wanted, exact.values(), strict=True)
        ]
        taxes = closed([row.tax for row in exact.values()], tax, self.currency, near=near)
        return self.with_bases(exact, taxes, total)

    @property
    def unit(self) -> Decimal:
        return Decimal(1).scaleb(-decimals(self.currency))

    def wanted_taxes(self, exact: Rows, total: Decimal, tax: Decimal, progress: Progress) -> list[Decimal]:
        """The tax of each row from the sum of its prices."""
        prices = self.prices(self.with_carry(exact, progress))
        if not self.has_overlap:
            prices = closed(prices, total if self.gross else total - tax, self.currency)
        return [self.wanted_tax(key, price, progress) for key, price in zip(exact, prices, strict=True)]

    def with_carry(self, exact: Rows, progress: Progress) -> Rows:
        """With what rounding took of the base of each row in the documents before."""
        if self.has_overlap:
            return exact
        carry = less(progress.exact, progress.done)
        off = {key: carry.get(key, TaxRow()).price(gross=self.gross) for key in exact}
        return {key: TaxRow(row.base + off[key], row.tax) for key, row in exact.items()}

    def wanted_tax(self, key: Key, price: Decimal, progress: Progress) -> Decimal:
        whole, done = progress.whole.get(key, TaxRow()), progress.done.get(key, TaxRow())
        so_far = done.price(gross=self.gross) + price
        if so_far == whole.price(gross=self.gross):
            return whole.tax - done.tax
        return self.rounded(self.tax_on(so_far, key, whole)) - done.tax

    def tax_on(self, price: Decimal, key: Key, whole: TaxRow) -> Decimal:
        """By the rate; where the whole isn't taxed by it, in proportion to the whole."""
        rate, all_of_it = Decimal(key[1] or 0), whole.price(gross=self.gross)
        divisor = 100 + rate if self.gross else Decimal(100)
        is_by_rate = abs(all_of_it * rate / divisor - whole.tax) <= self.unit
        if is_by_rate or not all_of_it:
            return price * rate / divisor
        return whole.tax * price / all_of_it

    # and its lines

    def with_wanted_taxes(self, entries: Sequence[Entry], left: Parts, progress: Progress) -> list[Entry]:
        """The entries of a document that leaves something, with the tax that its rows want.

        A tax that is rounded line by line would be off by as many units as there are lines. What it is off by is moved
        to lines that have money left after this document: their price stays, and the last document settles them.
        """
        found = list(entries)
        if self.has_overlap:
            return found
        exact = self.exact(found)
        total = self.rounded(sum((part.gross for _id, part in found), ZERO))
        tax = self.rounded(sum((part.tax for _id, part in found), ZERO))
        wanted = self.wanted_taxes(exact, total, tax, progress)
        off = [one - row.tax for one, row in zip(wanted, exact.values(), strict=True)]
        for key, units in zip(exact, closed(off, sum(wanted, ZERO) - tax, self.currency), strict=True):
            self.move_tax(found, left, key, units)
        return found

    def move_tax(self, entries: list[Entry], left: Parts, key: Key, units: Decimal) -> None:
        """Take so much more tax, or less, of lines that bear only this one; first of those that are on the document."""
        on_it = [line_id for line_id, _part in entries if line_id is not None]
        for line_id in dict.fromkeys([*on_it, *(one for one in left if one is not None)]):
            if not units:
                return
            moved = self.movable(line_id, left[line_id], key, units)
            if moved:
                more = Part(ZERO, -moved if self.gross else ZERO, moved)
                add_to_line(entries, line_id, more)
                left[line_id] -= more
                units -= moved

    def movable(self, line_id: int, left: Part, key: Key, units: Decimal) -> Decimal:
        """How much of these units of tax the line can give, such that its net and tax keep their sign."""
        line, rest = self.by_id[line_id], left.in_units(self.currency)
        price = rest.price(gross=self.gross)
        if len(line.taxes) > 1 or self.taxes((line_id, rest))[0][0] != key:
            return ZERO
        if units * price > 0 or not price:
            return between(units, ZERO, rest.tax)
        return between(units, ZERO, -rest.net) if self.gross else units


def key_untaxed(line: OrderLine) -> Key:
    return str(line.margin_scheme or ""), "0"


def untaxed_goods(lines: Iterable[OrderLine]) -> dict[Key, Decimal]:
    """What the goods without VAT cost, by scheme; nothing where none is under one."""
    sums: dict[Key, Decimal] = {}
    for line in lines:
        if line.kind == LineKind.PRODUCT and line.total > 0 and is_untaxed(line):
            sums[key_untaxed(line)] = sums.get(key_untaxed(line), ZERO) + line.total
    return sums if any(is_margin(key) for key in sums) else {}


def is_untaxed(line: OrderLine) -> bool:
    """Whether it says that it bears no VAT."""
    return not line.tax_total and all(tax["rate"] is not None and not Decimal(tax["rate"]) for tax in line.taxes)


def bills(document: Invoice, *, sign: int) -> list[Entry]:
    return [(line.order_line_id, signed(line, sign)) for line in document.lines]


def signed(line: InvoiceLine, sign: int) -> Part:
    return Part(sign * line.quantity, sign * line.net, sign * line.tax, shares_said(line, sign))


def shares_said(line: InvoiceLine, sign: int = 1) -> tuple[Share, ...]:
    return tuple((sign * Decimal(tax["base"]), sign * Decimal(tax["amount"])) for tax in line.taxes or ())
