"""What of an invoice is credited, what is left to credit, and what a credit note of some of it would say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from app.models import Invoice, InvoiceLine
from app.money import ZERO
from app.parts import Entry, Part, Parts, in_units, part_of_amount, part_of_quantity, total_of, with_rests


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
    rounding left over, and the difference that the shop stated. Where that is negative, a note before takes as much
    of it as keeps all notes together from crediting more than the invoice says.
    Nobody checks here that so much is left.
    """
    taken, left = taken_of(invoice, quantities, amounts or {})
    if not leaves_money(left, invoice.currency):
        return list(with_rests(taken, left))
    too_much = in_units(total_of(list(left.items())), invoice.currency)
    return [*taken, (None, Part(ZERO, too_much))] if too_much < 0 <= invoice.total else taken


def taken_of(
    invoice: Invoice, quantities: Mapping[int, Decimal], amounts: Mapping[int, Decimal]
) -> tuple[list[Entry], Parts]:
    """The parts that are asked for, each in whole units, and what they leave."""
    whole, left, currency = billed(invoice.lines), left_to_credit(invoice), invoice.currency
    gross = invoice.order.prices_include_tax
    taken: list[Entry] = []
    for line_id in whole:
        if line_id is None:
            continue
        if quantity := quantities.get(line_id, ZERO):
            taken.append((line_id, part_of_quantity(whole[line_id], left[line_id], quantity, currency)))
            left[line_id] -= taken[-1][1]
        if amount := amounts.get(line_id, ZERO):
            taken.append((line_id, part_of_amount(whole[line_id], left[line_id], amount, currency, gross=gross)))
            left[line_id] -= taken[-1][1]
    return taken, left


def leaves_money(left: Parts, currency: str) -> bool:
    return any(part.has_money(currency) for line_id, part in left.items() if line_id is not None)
