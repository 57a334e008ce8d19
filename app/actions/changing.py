"""Changing the lines of an order once something is invoiced, paid or packed, and before all of it is sent.

Lines are edited as in a draft. What goes is credited and what comes is invoiced, in one step; what stays as it was
keeps its invoice. A discount on the whole order is of all its goods: where there is one, all of them are made anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounting.billing import billed_so_far
from app.accounting.crediting import left_to_credit
from app.accounting.settling import settle
from app.accounting.tax_bases import taxes_of_part
from app.accounting.totals import only_tax, scale_taxes, set_taxes, spread_discount, sum_up, tax_lines
from app.actions import stock
from app.actions.changing_methods import Methods, charge, charges_wanted, take_methods
from app.actions.declaration import REASON, Input, action, has_address
from app.actions.goods import take_off_open_slips
from app.actions.invoices import issue_invoice, mail_invoice
from app.actions.leaving import why_nothing_to_send
from app.actions.lines import (
    EditedLine,
    added,
    as_edited,
    change,
    differences,
    discount_of,
    edited_said,
    listed,
    rate_of,
    why_not_edit_lines,
    why_not_these,
)
from app.actions.making_anew import take_back_invoice
from app.actions.order_methods import METHOD_INPUTS, Charge, methods_now, methods_said
from app.amounts.allocation import Part
from app.amounts.money import ZERO, in_full, plain, rounded
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Invoice, InvoiceKind, LineKind, Order, OrderLine, ShipmentStatus
from app.queries import search

SEND_ALL = Input("notify", _l("Send what is made to the customer"), kind="tick", initial=has_address)


def why_not_change_order(order: Order) -> str:
    if order.is_draft:
        return _("A draft is edited, not changed.")
    if order.cancelled_at:
        return _("This order is cancelled.")
    if order.held_at:
        return _("The order is on hold. Resume it first.")
    if order.is_invoiced_elsewhere:
        return _("The order is invoiced elsewhere: it is changed there, too. Copy the order instead.")
    if not why_not_edit_lines(order):
        return _("Nothing is invoiced, paid or packed yet: edit the products.")
    if order.shipment_status == ShipmentStatus.SHIPPED:
        return _("%(reason)s Create a new order for what is to come.", reason=why_nothing_to_send(order))
    return ""


def lines_left(order: Order) -> dict[str, object]:
    """What of the order was not credited, as it can be edited; amounts as people write them."""
    lines = [
        replace(one, unit_price=in_full(one.unit_price, order.currency), discount=in_full(one.discount, order.currency))
        for one in lines_standing(order).values()
    ]
    return {"lines": lines, "order_discount": in_full(discount_left(order), order.currency), **methods_now(order)}


@action(
    title=_l("Change the order"),
    group="orders",
    icon="pencil",
    done=_l("Order changed"),
    mail="invoice",
    mail_beside="credit_note",
    why_not=why_not_change_order,
    inputs=(
        Input("lines", _l("Products"), kind="lines"),
        Input("order_discount", _l("Discount on the whole order"), kind="amount"),
        *METHOD_INPUTS,
        REASON,
        SEND_ALL,
    ),
    initial=lines_left,
    right_title=_l("Change orders that are invoiced"),
    dialog="lines",
    edits=True,
    stands="block",
)
def change_order(
    order: Order,
    *,
    by: Actor,
    lines: list[EditedLine],
    order_discount: Decimal = ZERO,
    payment_method: int | None = None,
    payment_cost: Decimal | None = None,
    payment_rate: Decimal | None = None,
    shipping_method: int | None = None,
    shipping_cost: Decimal | None = None,
    shipping_rate: Decimal | None = None,
    notify: bool = False,
    reason: str = "",
) -> Order:
    """Change what is ordered: a credit note for what goes, an invoice for what comes; stock and open slips follow.

    Lines that are not named go. Of what was sent only more can be ordered. Money stays with the order. Methods and
    what they cost are given as to `change_methods`.
    """
    methods = Methods(payment_method, payment_cost, payment_rate, shipping_method, shipping_cost, shipping_rate)
    edit = read_edit(order, lines, order_discount, methods)
    if not (edit.changed or edit.removed or edit.is_of_all or edit.charges or methods.are_others(order)):
        return order
    said, discount, total, by_methods = said_of(order), discount_left(order), order.total, methods_said(order)
    had = {line: line.quantity for line in order.lines}
    was_invoiced = bool(order.invoices)

    stock.hold_products(order, [one.product_id for one in edit.lines])
    documents = take_back(order, edit, by=by)
    take_methods(order, methods)
    apply_edit(order, edit)
    take_off_open_slips(order, {line.id: -line.to_pack for line in order.lines if line.to_pack < 0}, by=by)
    changed = differences(said, said_of(order))
    text = ", ".join(changed)[:200]
    changed |= {name: [was, now] for name, now in methods_said(order).items() if (was := by_methods[name]) != now}
    if order_discount != discount:
        changed["order_discount"] = [str(plain(discount)), str(plain(order_discount))]
    if order.total != total:
        changed["total"] = [str(total), str(order.total)]
    entry = record(Happened.ORDER_CHANGED, order, by, text=text, changes=changed, reason=reason.strip())
    db.session.flush()
    stock.follow_lines(order, had, document=entry, by=by)
    settle(order)

    coming = to_come(order, edit) if was_invoiced else {}
    if coming:
        documents.append(issue_invoice(order, by=by, quantities=coming))
        settle(order)
    search.index(order)
    if notify:
        for document in documents:
            mail_invoice(document, by=by)
    return order


def said_of(order: Order) -> dict[int, tuple[str, str]]:
    """Per line its name and what is said of it in History."""
    return {line_id: (one.name, edited_said(one)) for line_id, one in lines_standing(order).items()}


# --- what is asked for ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Edit:
    """How the lines should be, and what of that is new."""

    lines: list[EditedLine]
    discount: Decimal
    before: dict[int, EditedLine]
    is_of_all: bool  # all goods are made anew: a discount on the whole order belongs to each of them
    charges: dict[LineKind, Charge]  # of methods that cost something else from now on
    known: frozenset[int]  # the lines that there were

    @property
    def changed(self) -> list[EditedLine]:
        return [one for one in self.lines if one.id is None or one != self.before[one.id]]

    @property
    def removed(self) -> list[int]:
        kept = {one.id for one in self.lines}
        return [line_id for line_id in self.before if line_id not in kept]

    def more_of(self, one: EditedLine) -> Decimal | None:
        """How many more of the same; negative for fewer. None when something else of the line is new."""
        was = self.before.get(one.id) if one.id is not None else None
        if was is None or was.discount or replace(was, quantity=one.quantity) != one:
            return None
        return one.quantity - was.quantity


def lines_standing(order: Order) -> dict[int, EditedLine]:
    """What was ordered and not credited, by line."""
    return {
        line.id: replace(
            as_edited(line),
            quantity=line.quantity - line.credited,
            discount=rounded(line.discount * (line.quantity - line.credited) / line.quantity, order.currency),
        )
        for line in listed(order)
        if line.quantity > line.credited
    }


def discount_left(order: Order) -> Decimal:
    """What is taken off the order as a whole, without what went back with credited goods."""
    lines = {line.id for line in order.lines if line.kind == LineKind.DISCOUNT}
    notes = [one for one in order.invoices if not one.bills]
    gone = [bill for note in notes for bill in note.lines if bill.order_line_id in lines]
    price = sum((Part(ZERO, bill.net, bill.tax).price(gross=order.prices_include_tax) for bill in gone), ZERO)
    return plain(discount_of(order) - price)


def read_edit(order: Order, lines: list[EditedLine], discount: Decimal, methods: Methods) -> Edit:
    """Refuses what can't be, and what was sent already."""
    before = lines_standing(order)
    for position, one in enumerate(lines, start=1):
        if one.id is not None and one.id not in before:
            raise ActionRefused(
                _("Line %(position)s: it is not on the order any more. Open the order again.", position=position)
            )
    if reason := why_not_these(order, lines, discount):
        raise ActionRefused(reason)
    touches = discount != discount_left(order) or list(before.values()) != lines
    is_of_all = touches and bool(discount or discount_left(order) or any(one.unit_price < 0 for one in before.values()))
    known = frozenset(line.id for line in order.lines)
    edit = Edit(lines, discount, before, is_of_all, charges_wanted(order, methods), known)
    refuse_what_was_sent(order, edit)
    return edit


def refuse_what_was_sent(order: Order, edit: Edit) -> None:
    sent = {line.id: plain(line.sent_uncredited) for line in order.lines if line.sent_uncredited > 0}
    for line_id in edit.removed:
        if many := sent.get(line_id):
            raise ActionRefused(
                _("%(line)s: %(count)s were sent. Create a return instead.", line=edit.before[line_id].name, count=many)
            )
    for one in edit.changed:
        many = sent.get(one.id, ZERO) if one.id is not None else ZERO
        if many and (edit.more_of(one) is None or one.quantity < many):
            raise ActionRefused(
                _(
                    "%(line)s: %(count)s were sent. Only the quantity can change, to %(count)s or more.",
                    line=edit.before[one.id].name if one.id else one.name,
                    count=many,
                )
            )


# --- what goes ------------------------------------------------------------------------------------------------------


def take_back(order: Order, edit: Edit, *, by: Actor) -> list[Invoice]:
    """The credit notes of what goes, of the last invoices first."""
    left, notes = going(order, edit), []
    for invoice in reversed([one for one in order.invoices if one.kind == InvoiceKind.INVOICE]):
        there = left_to_credit(invoice)
        part = {line_id: min(many, there.get(line_id, Part()).quantity) for line_id, many in left.items()}
        if part := {line_id: many for line_id, many in part.items() if many > 0}:
            notes.append(take_back_invoice(invoice, part, by=by))
            left = {line_id: many - part.get(line_id, ZERO) for line_id, many in left.items()}
    return notes


def going(order: Order, edit: Edit) -> dict[int, Decimal]:
    """Per line how many are invoiced that are not to be any more, or not as they were."""
    changed = {one.id: edit.more_of(one) for one in edit.changed if one.id is not None}
    quantities: dict[int, Decimal] = {}
    for line in order.lines:
        more = changed.get(line.id, ZERO)
        is_good = line.kind in (LineKind.PRODUCT, LineKind.FEE)
        if line.id in edit.removed or more is None or line.kind in edit.charges or (edit.is_of_all and is_good):
            quantities[line.id] = line.invoiced - line.credited
        else:
            quantities[line.id] = -more - line.to_invoice
    return {line_id: many for line_id, many in quantities.items() if many > 0}


# --- what comes -----------------------------------------------------------------------------------------------------


def apply_edit(order: Order, edit: Edit) -> None:
    """The lines as they should be, their taxes and the totals; what stays invoiced stays as its invoice says."""
    difference, billed = order.stated_difference, billed_so_far(order)
    had = {line.id: (line.quantity, line.dropped_uncredited) for line in order.lines}
    for line in order.lines:
        if line.id in edit.removed or line.kind == LineKind.DISCOUNT:
            cut_down(line, billed.get(line.id, Part()))
    for one in edit.changed:
        apply_to_line(order, one, edit.more_of(one), billed)
    for line in charge(order, edit.charges, billed):
        cut_down(line, billed.get(line.id, Part()))
    for line in [line for line in order.lines if line.id in had]:
        quantity, dropped = had[line.id]
        line.dropped -= max(ZERO, min(dropped, quantity - line.quantity))  # what would not have gone anyway goes first
    db.session.flush()
    tax_lines(order)
    if edit.is_of_all:
        add_discount(order, edit.discount)
        db.session.flush()
    keep_as_billed(order, billed)
    sum_up(order)
    order.total = plain(order.total + difference)
    order.net_total = plain(order.total - order.tax_total)
    db.session.flush()


def apply_to_line(order: Order, one: EditedLine, more: Decimal | None, billed: Mapping[int | None, Part]) -> None:
    line = next((line for line in order.lines if line.id == one.id), None) if one.id is not None else None
    is_other_tax = line is not None and line.id in billed and one.rate != rate_of(line)
    if line is None or not (line.credited or is_other_tax):
        change(order, one)
    elif more is not None:
        before = line.total
        line.quantity += more
        line.total = plain(before + rounded(more * line.unit_price, order.currency))
        if only_tax(line) is None:
            scale_taxes(line, before)
    else:
        cut_down(line, billed.get(line.id, Part()))
        change(order, replace(one, id=None))


def cut_down(line: OrderLine, part: Part) -> None:
    """To what is invoiced of it and credited, which may be nothing. It stays, for its documents and movements do."""
    before, line.total = line.total, plain(part.price(gross=line.order.prices_include_tax))
    line.quantity, line.discount = line.invoiced, ZERO
    scale_taxes(line, before)


def add_discount(order: Order, discount: Decimal) -> None:
    """On a line of its own: one that stands on a document stays as that says, for it says which rates it is of."""
    if discount:
        line = added(order, kind=LineKind.DISCOUNT)
        line.name = _("Discount")
        line.quantity, line.unit_price, line.total = Decimal(1), -discount, -discount
        spread_discount(line)


def keep_as_billed(order: Order, billed: Mapping[int | None, Part]) -> None:
    """Lines of which nothing is to come say what is invoiced of them; what that is off per rate goes to the others."""
    off: dict[tuple[str, Decimal], Decimal] = {}
    for line in order.lines:
        if line.to_invoice > 0:
            continue
        part, tax = billed.get(line.id, Part()), only_tax(line)
        if tax:
            off[tax] = off.get(tax, ZERO) + line.tax_total - part.tax
        taxes = taxes_of_part(line, part)
        line.total = plain(part.price(gross=order.prices_include_tax))
        line.taxes = [
            {**said, "amount": str(plain(one.amount)), **({"base": str(plain(one.base))} if "base" in said else {})}
            for said, one in zip(line.taxes, taxes, strict=False)
        ]
        line.tax_total = plain(part.tax)
    for line in order.lines:
        tax = only_tax(line)
        if line.to_invoice > 0 and tax and (more := off.pop(tax, ZERO)):
            set_taxes(line, [(*tax, line.tax_total + more)])


def to_come(order: Order, edit: Edit) -> dict[int, Decimal]:
    """Per line what the new invoice says."""
    if edit.is_of_all:
        return {line.id: line.to_invoice for line in order.lines if line.to_invoice > 0}
    more = {one.id: edit.more_of(one) for one in edit.changed if one.id is not None}
    quantities: dict[int, Decimal] = {}
    for line in order.lines:
        is_new_good = line.id not in edit.before and line.kind == LineKind.PRODUCT and not line.invoiced
        if is_new_good or (line.id not in edit.known and line.kind in edit.charges):
            quantities[line.id] = line.to_invoice
        elif line.id in more:
            wanted = more[line.id]
            quantities[line.id] = line.to_invoice if wanted is None else min(line.to_invoice, wanted)
    return {line_id: many for line_id, many in quantities.items() if many > 0}
