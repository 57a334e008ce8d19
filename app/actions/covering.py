"""Credit notes over an amount of money: what went back of an order, and no document says so yet."""

from __future__ import annotations

from decimal import Decimal

from app.accounting.crediting import left_to_credit, left_to_pay, parts_to_credit
from app.actions.credit_notes import create_credit_note, creditable_amounts
from app.amounts.allocation import total_of
from app.amounts.money import ZERO, decimals, rounded
from app.history import Actor
from app.models import Invoice, InvoiceKind, Order


def credit_amount(order: Order, amount: Decimal, *, by: Actor) -> list[Invoice]:
    """Credit notes over so much, tax included, of the latest invoices first.

    An invoice that is credited whole, of an order of which nothing was sent, is credited with its goods: they are not
    to go any more.
    """
    notes: list[Invoice] = []
    for invoice in reversed([one for one in order.invoices if one.kind == InvoiceKind.INVOICE]):
        part = min(amount, left_to_pay(invoice))
        if part <= 0:
            continue
        is_whole = part == left_to_pay(invoice) and not any(line.shipped > 0 for line in order.lines)
        amounts = None if is_whole else amounts_over(invoice, part)
        notes.append(create_credit_note(invoice, by=by, amounts=amounts))
        amount += notes[-1].total
    return notes


def amounts_over(invoice: Invoice, wanted: Decimal) -> dict[int, Decimal]:
    """Per order line the amount, as the order states its prices, such that a credit note of them comes to `wanted`."""
    found: dict[int, Decimal] = {}
    for line_id, most in creditable_amounts(invoice).items():
        left = wanted - total_over(invoice, found)
        if left <= 0:
            break
        if (amount := min(most, rounded(left * share_stated(invoice, line_id), invoice.currency))) > 0:
            found[line_id] = amount
            found = nearest(invoice, found, line_id, most, wanted)
    return found


def share_stated(invoice: Invoice, line_id: int) -> Decimal:
    """Which part of a line's money its prices state: all, or that without tax."""
    part = left_to_credit(invoice)[line_id]
    return part.net / part.gross if part.gross and not invoice.order.prices_include_tax else Decimal(1)


def nearest(
    invoice: Invoice, found: dict[int, Decimal], line_id: int, most: Decimal, wanted: Decimal
) -> dict[int, Decimal]:
    """By a unit more or less where tax is added and rounded."""
    unit = Decimal(1).scaleb(-decimals(invoice.currency))
    for step in (0, -1, 1, -2, 2):
        tried = {**found, line_id: found[line_id] + step * unit}
        if ZERO < tried[line_id] <= most and total_over(invoice, tried) == wanted:
            return tried
    return found


def total_over(invoice: Invoice, amounts: dict[int, Decimal]) -> Decimal:
    return total_of(parts_to_credit(invoice, {}, amounts)) if amounts else ZERO
