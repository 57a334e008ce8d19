"""What of an invoice is credited, what is left to credit, and what a credit note of some of it would say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from app.models import Invoice, InvoiceLine
from app.money import ZERO
from app.parts import Part, part_of_amount, part_of_quantity

#: Order line -> how much of it; None is the difference that the outside shop stated.
Parts = dict[int | None, Part]
Entry = tuple[int | None, Part]


def credit_notes_of(invoice: Invoice) -> list[Invoice]:
    return [note for note in invoice.order.invoices if note.kind == "credit_note" and note.credits_id == invoice.id]


def billed(lines: Iterable[InvoiceLine]) -> Parts:
    sums: Parts = {}
    for line in lines:
        sums[line.order_line_id] = sums.get(line.order_line_id, Part()) + Part(line.quantity, line.net, line.tax)
    return sums


def left_to_credit(invoice: Invoice) -> Parts:
    """Per line of the invoice what no credit note took yet, to the last decimal."""
    credited = billed(line for note in credit_notes_of(invoice) for line in note.lines)
    return {line_id: whole + credited.get(line_id, Part()) for line_id, whole in billed(invoice.lines).items()}


def can_be_credited(invoice: Invoice) -> bool:
    left = left_to_credit(invoice)
    return any(part.quantity > 0 or part.has_money(invoice.currency) for part in left.values())


def is_fully_credited(invoice: Invoice) -> bool:
    """Whether credit notes took all of its amount."""
    notes = credit_notes_of(invoice)
    return bool(notes) and invoice.total + sum((note.total for note in notes), ZERO) == 0


def left_to_pay(invoice: Invoice) -> Decimal:
    """The invoice's total without what was credited of it."""
    return invoice.total + sum((note.total for note in credit_notes_of(invoice)), ZERO)


def parts_to_credit(
    invoice: Invoice, quantities: Mapping[int, Decimal], amounts: Mapping[int, Decimal] | None = None
) -> list[Entry]:
    """What a credit note of these quantities and amounts per order line consists of, in the order of the invoice.

    Amounts are with or without tax, as the order's prices are. The note that leaves no money takes along what
    rounding left over, and the difference that the shop stated. Nobody checks here that so much is left.
    """
    whole, left, currency = billed(invoice.lines), left_to_credit(invoice), invoice.currency
    gross = invoice.order.prices_include_tax
    taken: list[Entry] = []
    for line_id in whole:
        if line_id is None:
            continue
        if quantity := quantities.get(line_id, ZERO):
            part = part_of_quantity(whole[line_id], left[line_id], quantity, currency)
            taken.append((line_id, part))
            left[line_id] -= part
        if amount := (amounts or {}).get(line_id, ZERO):
            part = part_of_amount(whole[line_id], left[line_id], amount, currency, gross=gross)
            taken.append((line_id, part))
            left[line_id] -= part
    return taken if leaves_money(left, currency) else [*with_rests(taken, left)]


def leaves_money(left: Parts, currency: str) -> bool:
    return any(part.has_money(currency) for line_id, part in left.items() if line_id is not None)


def with_rests(taken: list[Entry], left: Parts) -> Iterable[Entry]:
    """The parts, each line's last one with what rounding left of the line, and the stated difference after them."""
    rests: Parts = {line_id: Part(ZERO, part.net, part.tax) for line_id, part in left.items() if line_id is not None}
    for position, (line_id, part) in enumerate(taken):
        is_last = all(later != line_id for later, _ in taken[position + 1 :])
        yield line_id, part + (rests.pop(line_id) if is_last else Part())
    for line_id, rest in rests.items():
        if rest.net or rest.tax:
            yield line_id, rest
    difference = left.get(None)
    if difference is not None and (difference.net or difference.tax):
        yield None, difference


def total_of(parts: Iterable[Entry]) -> Decimal:
    return sum((part.gross for _, part in parts), ZERO)
