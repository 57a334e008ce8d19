"""Editing what is ordered and at which prices, as long as nothing is invoiced, paid or packed.

A line that has moved stock stays, with quantity 0: its movements are kept for good.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounting.states import recompute_status
from app.accounting.totals import (
    only_tax,
    scale_taxes,
    set_taxes,
    spread_discount,
    sum_up,
    tax_lines,
    tax_name,
)
from app.actions import stock
from app.actions.being_fixed import Fixed, why_fixed
from app.actions.declaration import REASON, Input, action
from app.amounts.money import ZERO, in_full, plain, rounded
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import LineKind, Order, OrderLine, Product

#: Kinds of lines that are edited one by one; shipping, payment cost and the order's discount have places of their own.
LISTED = (LineKind.PRODUCT, LineKind.FEE)
LARGEST_LINE = Decimal(10) ** 9
MOST_LINES = 500


@dataclass(frozen=True)
class EditedLine:
    """A line as somebody wants it; `id` is None for a new one, `rate` is None for taxes that stay as they are."""

    name: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = ZERO
    rate: Decimal | None = None  # percent
    id: int | None = None
    product_id: int | None = None
    sku: str = ""


def why_not_edit_lines(order: Order) -> str:
    return why_fixed(order, LINES_FIXED)


PACKED = _l("There is a packing slip: products and prices are fixed. Use Change the order.")
LINES_FIXED = {
    Fixed.INVOICED: _l(
        "There is an invoice: products and prices are fixed. Use Change the order, or create a credit note."
    ),
    Fixed.ELSEWHERE: _l("The order is invoiced elsewhere: products and prices are fixed. Copy the order instead."),
    Fixed.PAID: _l("Something has been paid: products and prices are fixed. Use Change the order."),
    Fixed.PACKED: PACKED,
    Fixed.WAS_PACKED: PACKED,
}


def lines_now(order: Order) -> dict[str, object]:
    """With amounts as people write them, 12.50, and no part of a cent lost."""
    lines = [as_edited(line) for line in listed(order)]
    return {
        "lines": [
            replace(
                line,
                unit_price=in_full(line.unit_price, order.currency),
                discount=in_full(line.discount, order.currency),
            )
            for line in lines
        ],
        "order_discount": in_full(discount_of(order), order.currency),
    }


@action(
    title=_l("Edit products"),
    group="orders",
    icon="pencil",
    done=_l("Products saved"),
    why_not=why_not_edit_lines,
    inputs=(
        Input("lines", _l("Products"), kind="lines"),
        Input("order_discount", _l("Discount on the whole order"), kind="amount"),
        REASON,
    ),
    initial=lines_now,
    dialog="lines",
    edits=True,
    stands="block",
)
def edit_lines(
    order: Order, *, by: Actor, lines: list[EditedLine], order_discount: Decimal = ZERO, reason: str = ""
) -> Order:
    """Add, change and remove lines; taxes and totals follow, and stock where the order is placed.

    Lines that are not named are removed.
    """
    if refusal := why_not_these(order, lines, order_discount):
        raise ActionRefused(refusal)
    said, discount, total = lines_said(order), discount_of(order), order.total
    had = {line: line.quantity for line in order.lines}
    if is_as_it_was(order, lines) and order_discount == discount:
        return order

    remove_lines(order, [line for line in listed(order) if line.id not in {one.id for one in lines}])
    for one in lines:
        change(order, one)
    tax_lines(order)
    set_discount(order, order_discount)
    sum_up(order)
    db.session.flush()
    recompute_status(order)

    changed = differences(said, lines_said(order))
    text = ", ".join(changed)[:200]
    if order_discount != discount:
        changed["order_discount"] = [str(discount), str(order_discount)]
    if order.total != total:
        changed["total"] = [str(total), str(order.total)]
    entry = record(Happened.LINES_CHANGED, order, by, text=text, changes=changed, reason=reason.strip())
    if not order.is_draft:
        db.session.flush()
        stock.follow_lines(order, had, document=entry, by=by)
    return order


# --- what is refused ------------------------------------------------------------------------------------------------


def why_not_these(order: Order, lines: list[EditedLine], order_discount: Decimal) -> str:
    if len(lines) > MOST_LINES:
        return _("An order can have %(most)s lines at most.", most=MOST_LINES)
    if not order.is_draft and not lines:
        return _("Keep at least one product. To drop all of them, cancel the order.")
    known = {line.id: line for line in listed(order)}
    for position, one in enumerate(lines, start=1):
        if reason := why_not_this(known, one, order):
            return _("Line %(position)s: %(reason)s", position=position, reason=reason)
    if order_discount < 0 or order_discount > sum((line_total(one, order) for one in lines), ZERO):
        return _("Discount on the whole order: from 0 to what the products cost.")
    return ""


def why_not_this(known: dict[int, OrderLine], one: EditedLine, order: Order) -> str:
    line = known.get(one.id) if one.id is not None else None
    if one.id is not None and line is None:
        return _("it is not on the order any more. Open the order again.")
    if line is None and one.product_id is not None and db.session.get(Product, one.product_id) is None:
        return _("this product is gone. Add it as a free line.")
    if not one.name.strip():
        return _("give it a name.")
    if one.quantity <= 0:
        return _("the quantity has to be more than 0; remove the line instead.")
    if one.unit_price < 0 and not (line and line.kind == LineKind.FEE):
        return _("the price can’t be less than 0.")
    if not max(one.quantity, abs(one.unit_price), abs(one.quantity * one.unit_price)) < LARGEST_LINE:
        return _("that is too much.")
    if one.discount and not 0 <= one.discount <= rounded(one.quantity * one.unit_price, order.currency):
        return _("the discount is from 0 to the price of the whole line.")
    if one.rate is None and not (line and line.taxes):
        return _("fill in the VAT rate; 0 for none.")
    if one.rate is not None and not 0 <= one.rate <= 100:
        return _("the VAT rate is from 0 to 100 percent.")
    return ""


# --- changing -------------------------------------------------------------------------------------------------------


def listed(order: Order) -> list[OrderLine]:
    """The lines that are edited one by one, without those that were removed after they had moved stock."""
    return [line for line in order.lines if line.kind in LISTED and line.quantity]


def discount_of(order: Order) -> Decimal:
    """What is taken off the order as a whole."""
    return -sum((line.total for line in order.lines if line.kind == LineKind.DISCOUNT), ZERO)


def rate_of(line: OrderLine) -> Decimal | None:
    tax = only_tax(line)
    return tax[1] if tax else None


def as_edited(line: OrderLine) -> EditedLine:
    """The line as a form starts with it."""
    return EditedLine(
        id=line.id,
        product_id=line.product_id,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount=line.discount,
        rate=rate_of(line),
    )


def is_as_it_was(order: Order, lines: list[EditedLine]) -> bool:
    return [as_edited(line) for line in listed(order)] == lines


def remove_lines(order: Order, lines: Iterable[OrderLine]) -> None:
    moved = stock.held_by_line(order) if not order.is_draft else {}
    for line in lines:
        if line.id in moved:
            line.quantity = line.discount = line.total = ZERO
            scale_taxes(line, ZERO)
        else:
            order.lines.remove(line)
            db.session.delete(line)
    db.session.flush()  # a new line may take the place of the last one


def change(order: Order, one: EditedLine) -> None:
    line = next((line for line in order.lines if line.id == one.id), None) if one.id is not None else None
    if line is None:
        line = added(order, one)
    elif as_edited(line) == one:
        return
    before = line.total
    line.name, line.quantity, line.unit_price = one.name.strip()[:500], one.quantity, one.unit_price
    line.discount, line.total = one.discount, line_total(one, order)
    if one.rate is None:
        scale_taxes(line, before)
    elif one.rate != rate_of(line):
        set_taxes(line, [(tax_name(order), plain(one.rate), ZERO)])


def added(order: Order, one: EditedLine | None = None, *, kind: LineKind = LineKind.PRODUCT) -> OrderLine:
    """A new line at the end, still without its name, quantity and price."""
    line = OrderLine(
        kind=kind,
        position=max((line.position for line in order.lines), default=0) + 1,
        product_id=one.product_id if one else None,
        sku=one.sku[:120] if one else "",
        quantity=ZERO,
        total=ZERO,
        taxes=[],
    )
    order.lines.append(line)
    return line


def line_total(one: EditedLine, order: Order) -> Decimal:
    return plain(rounded(one.quantity * one.unit_price, order.currency) - rounded(one.discount, order.currency))


def set_discount(order: Order, discount: Decimal) -> None:
    """One line for the discount on the whole order, spread over the taxes; none when there is no discount."""
    lines = [line for line in order.lines if line.kind == LineKind.DISCOUNT]
    kept = lines[0] if lines and discount else None
    for line in lines:
        if line is not kept:
            order.lines.remove(line)
            db.session.delete(line)
    if not discount:
        return
    if kept is None:
        kept = added(order, kind=LineKind.DISCOUNT)
        kept.name = _("Discount")
    kept.quantity, kept.unit_price, kept.total = Decimal(1), -discount, -discount
    spread_discount(kept)


# --- telling --------------------------------------------------------------------------------------------------------


def lines_said(order: Order) -> dict[int, tuple[str, str]]:
    """Per line its name and what is said of it: "3 × 12.5 − 2 (21 %)"."""
    return {line.id: (line.name, line_said(line)) for line in listed(order)}


def line_said(line: OrderLine) -> str:
    return edited_said(as_edited(line))


def edited_said(one: EditedLine) -> str:
    discount = f" − {plain(one.discount)}" if one.discount else ""
    rate = f" ({one.rate} %)" if one.rate is not None else ""
    return f"{plain(one.quantity)} × {plain(one.unit_price)}{discount}{rate}"


def differences(old: dict[int, tuple[str, str]], new: dict[int, tuple[str, str]]) -> dict[str, list[str]]:
    """Old and new per line's name; lines of the same name are told apart by a number."""
    changed: dict[str, list[str]] = {}
    for line_id in [*old, *(added for added in new if added not in old)]:
        was, now = old.get(line_id, ("", "")), new.get(line_id, ("", ""))
        if was == now:
            continue
        name, number = now[0] or was[0], 2
        label = name
        while label in changed:
            label, number = f"{name} ({number})", number + 1
        changed[label] = [was[1], now[1]] if was[0] in ("", now[0]) or not now[0] else [" ".join(was), " ".join(now)]
    return changed
