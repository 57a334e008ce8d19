"""What of an invoice is credited, what is left to credit, and what a credit note of some of it would say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from app.accounting.discounts import price_before_discount, take_shares, with_shares
from app.accounting.tax_rows import Progress, Rows, Statement, bills, less, rows_of_order, said_rows, signed, summed
from app.amounts.allocation import (
    Entry,
    Part,
    Parts,
    between,
    in_units,
    part_of_amount,
    part_of_quantity,
    total_of,
    with_rests,
)
from app.amounts.money import ZERO
from app.models import Invoice, InvoiceKind, InvoiceLine, Order


def credit_notes_of(invoice: Invoice) -> list[Invoice]:
    return [
        note
        for note in invoice.order.invoices
        if note.kind == InvoiceKind.CREDIT_NOTE and note.credits_id == invoice.id
    ]


def billed(lines: Iterable[InvoiceLine]) -> Parts:
    sums: Parts = {}
    for line in lines:
        sums[line.order_line_id] = sums.get(line.order_line_id, Part()) + said_part(line)
    return sums


def said_part(line: InvoiceLine) -> Part:
    part = signed(line, 1)
    ordered = next((one for one in line.invoice.order.lines if one.id == line.order_line_id), None)
    return with_shares(ordered, part) if ordered else part


def invoice_lines(parts: Iterable[Entry], *, sign: int) -> list[InvoiceLine]:
    """The parts as lines of a document, in their order; those of a credit note with the opposite sign."""
    lines = []
    for position, (line_id, whole) in enumerate(parts, start=1):
        part = whole if sign > 0 else -whole
        lines.append(
            InvoiceLine(
                order_line_id=line_id,
                position=position,
                quantity=part.quantity,
                net=part.net,
                tax=part.tax,
                taxes=[{"base": str(base), "amount": str(tax)} for base, tax in part.shares] or None,
            )
        )
    return lines


def left_to_credit(invoice: Invoice) -> Parts:
    """Per line of the invoice what no credit note took yet, to the last decimal."""
    credited = billed(line for note in credit_notes_of(invoice) for line in note.lines)
    return {line_id: whole + credited.get(line_id, Part()) for line_id, whole in billed(invoice.lines).items()}


def can_be_credited(invoice: Invoice) -> bool:
    if not credit_notes_of(invoice) and any(line.quantity > 0 for line in invoice.lines):
        return True  # without counting: every page of an order asks for it
    left = left_to_credit(invoice)
    return any(part.quantity > 0 for part in left.values()) or leaves_money(left, invoice, difference=True)


def is_fully_credited(invoice: Invoice) -> bool:
    """Whether credit notes took all of its amount."""
    notes = credit_notes_of(invoice)
    return bool(notes) and invoice.total + sum((note.total for note in notes), ZERO) == 0


def left_to_pay(invoice: Invoice) -> Decimal:
    """The invoice's total without what was credited of it."""
    return invoice.total + sum((note.total for note in credit_notes_of(invoice)), ZERO)


def left_to_pay_back(note: Invoice) -> Decimal | None:
    """What of a credit note is still to be paid back; None when nothing was, or is, paid back for it.

    What is owed to the customer is so for the last credit notes of the order; what went back was for the first.
    """
    notes = [one for one in note.order.invoices if one.is_credit_note and not one.makes_anew]
    if note not in notes:
        return None
    later = sum((-one.total for one in notes[notes.index(note) + 1 :]), ZERO)
    before = sum((-one.total for one in notes[: notes.index(note)]), ZERO)
    still = between(-note.order.open_amount - later, ZERO, max(-note.total, ZERO))
    return still if still or note.order.refunded > before else None


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
    if not leaves_money(left, invoice):
        return list(with_rests(taken, left))
    taken = Statement(invoice.order).with_wanted_taxes(taken, left, credit_progress(invoice))
    too_much = in_units(total_of(list(left.items())), invoice.currency)
    return [*taken, (None, Part(ZERO, too_much))] if too_much < 0 <= invoice.total else taken


def total_to_credit(invoice: Invoice, quantities: Mapping[int, Decimal]) -> Decimal:
    """The total of a credit note of these quantities. Where prices include tax, no rounding of tax changes it."""
    taken, left = taken_of(invoice, quantities, {})
    is_sum = invoice.order.prices_include_tax and leaves_money(left, invoice) and None not in left
    return total_of(taken if is_sum else parts_to_credit(invoice, quantities))


def credit_progress(invoice: Invoice, *, before: Invoice | None = None) -> Progress:
    """What the invoice says per tax, and what its credit notes say; of those, only the ones before that one."""
    notes = [note for note in credit_notes_of(invoice) if note is not before]
    exact = Statement(invoice.order).exact(entry for note in notes for entry in bills(note, sign=-1))
    return Progress(said_rows(invoice), less({}, summed(said_rows(note) for note in notes)), exact)


def invoice_progress(order: Order, *, before: Invoice | None = None) -> Progress:
    """What the order says per tax, and what its invoices say; of those, only the ones before that one."""
    documents = [document for document in order.invoices if document.bills and document is not before]
    exact = Statement(order).exact(entry for document in documents for entry in bills(document, sign=1))
    return Progress(rows_of_order(order), summed(said_rows(document) for document in documents), exact)


def taken_of(
    invoice: Invoice, quantities: Mapping[int, Decimal], amounts: Mapping[int, Decimal]
) -> tuple[list[Entry], Parts]:
    """The parts that are asked for with their shares of discounts, each in whole units, and what they leave.

    An amount is what is paid back: where a share of a discount belongs to it, more of the line itself is taken.
    """
    order, currency, gross = invoice.order, invoice.currency, invoice.order.prices_include_tax
    whole, left = billed(invoice.lines), left_to_credit(invoice)
    taken: list[Entry] = []

    before = dict(left)
    for line_id in whole:
        if line_id is not None and (quantity := quantities.get(line_id, ZERO)):
            taken.append((line_id, part_of_quantity(whole[line_id], left[line_id], quantity, currency)))
            left[line_id] -= taken[-1][1]
    take_shares(order, taken, whole, before, left)

    for line_id in whole:
        if line_id is not None and (amount := amounts.get(line_id, ZERO)):
            before, price = dict(left), price_before_discount(order, line_id, amount, whole, left)
            taken.append((line_id, part_of_amount(whole[line_id], left[line_id], price, currency, gross=gross)))
            left[line_id] -= taken[-1][1]
            take_shares(order, taken, whole, before, left)
    return sorted_by_line(taken, whole), left


def sorted_by_line(taken: list[Entry], whole: Parts) -> list[Entry]:
    """As the lines stand on the invoice."""
    places = {line_id: place for place, line_id in enumerate(whole)}
    return sorted(taken, key=lambda entry: places[entry[0]])


def leaves_money(left: Parts, invoice: Invoice, *, difference: bool = False) -> bool:
    """Whether a line has money left; the difference that the shop stated counts only when that is asked."""
    gross = invoice.order.prices_include_tax
    lines = [part for line_id, part in left.items() if difference or line_id is not None]
    return any(part.is_open(invoice.currency, gross=gross) for part in lines)


def rows_to_say(document: Invoice) -> Rows:
    """The rows of an invoice or credit note that is about to be issued; the last one says what the others left."""
    order = document.order
    if document.kind == InvoiceKind.INVOICE:
        progress, sign = invoice_progress(order, before=document), 1
        is_last = not any(line.to_invoice > 0 for line in order.lines)
    else:
        invoice = next(one for one in order.invoices if one.id == document.credits_id)
        progress, sign = credit_progress(invoice, before=document), -1
        is_last = not leaves_money(left_to_credit(invoice), invoice)
    rows = progress.left if is_last else Statement(order).rows_of_part(bills(document, sign=sign), progress)
    return rows if document.kind == InvoiceKind.INVOICE else less({}, rows)
