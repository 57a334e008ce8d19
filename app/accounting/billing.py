"""What goes on an invoice: quantities per order line, such that all invoices of an order add up to its total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from flask_babel import gettext as _

from app.accounting.crediting import billed, invoice_lines, invoice_progress
from app.accounting.discounts import following, take_shares, with_shares
from app.accounting.tax_bases import net_of
from app.accounting.tax_rows import Statement
from app.amounts.allocation import Entry, Part, Parts, part_of_quantity, with_rests
from app.amounts.money import ZERO
from app.errors import ActionRefused
from app.models import Invoice, Order


def to_invoice(order: Order) -> dict[int, Decimal]:
    """Per order line what no invoice bills yet."""
    return {line.id: line.to_invoice for line in order.lines if line.to_invoice > 0}


def quantities_to_bill(order: Order, quantities: Mapping[int, Decimal] | None) -> dict[int, Decimal]:
    """The quantities above 0, or all there are when none are given. Refuses more than is left, and nothing at all."""
    left = to_invoice(order)
    wanted = {line_id: q for line_id, q in (left if quantities is None else quantities).items() if q > 0}
    if not wanted:
        raise ActionRefused(_("Choose at least one line for the invoice."))
    for line_id, quantity in wanted.items():
        if quantity > left.get(line_id, ZERO):
            raise ActionRefused(
                _("There is less left to invoice than %(quantity)s. Look at the order again.", quantity=quantity)
            )
    return wanted


def bill(invoice: Invoice, order: Order, parts: Sequence[Entry]) -> None:
    """Put the parts on the invoice, and count their quantities as invoiced."""
    by_id = {line.id: line for line in order.lines}
    invoice.lines.extend(invoice_lines(parts, sign=1))
    for line_id, part in parts:
        if line_id is not None:
            by_id[line_id].invoiced += part.quantity
    invoice.net_total = sum((line.net for line in invoice.lines), ZERO)
    invoice.tax_total = sum((line.tax for line in invoice.lines), ZERO)
    invoice.total = invoice.net_total + invoice.tax_total


def parts_to_bill(order: Order, quantities: Mapping[int, Decimal]) -> list[Entry]:
    """With the last part go what rounding left over and the difference that the shop stated."""
    whole = ordered_parts(order)
    left = left_to_bill(order)
    before, taken = dict(left), list[Entry]()
    for line_id, quantity in quantities.items():
        part = part_of_quantity(whole[line_id], left[line_id], quantity, order.currency)
        taken.append((line_id, part))
        left[line_id] -= part
    take_shares(order, taken, whole, before, left)
    if any(part.quantity > 0 for part in left.values()):
        return Statement(order).with_wanted_taxes(taken, left, invoice_progress(order))
    left[None] = Part(Decimal(1), order.stated_difference) - billed_so_far(order).get(None, Part())
    return list(with_rests(taken, left))


def ordered_parts(order: Order) -> Parts:
    return {line.id: with_shares(line, Part(line.quantity, net_of(line), line.tax_total)) for line in order.lines}


def left_to_bill(order: Order) -> Parts:
    """Per order line what no invoice bills yet, or is to be billed anew, to the last decimal."""
    done = billed_so_far(order)
    return {line_id: part - done.get(line_id, Part()) for line_id, part in ordered_parts(order).items()}


def billed_so_far(order: Order) -> Parts:
    return billed(line for document in order.invoices if document.bills for line in document.lines)


def to_choose(order: Order) -> dict[int, Decimal]:
    """Per order line what can be chosen for an invoice: a discount on the whole order goes with its goods."""
    going_along = {line.id for line in following(order, left_to_bill(order))}
    return {line_id: quantity for line_id, quantity in to_invoice(order).items() if line_id not in going_along}
