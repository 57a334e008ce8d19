"""What an order's own shop changed and the order does not follow by itself: having it as there, or keeping it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounting.owed import say_amount
from app.accounting.settling import settle
from app.actions.addresses import written_address
from app.actions.cancelling import cancel_order, why_not_cancel_order
from app.actions.declaration import Input, action
from app.actions.following import (
    Facts,
    facts_by_part,
    follow,
    is_only_how_to_reach,
    products_there,
    why_not_by_itself,
    why_not_follow_lines,
)
from app.actions.goods import has_sent_something
from app.actions.making_anew import issue_anew, quantities_left, quantities_taken_back, set_buyer, take_back_invoice
from app.actions.reopening import reopen
from app.actions.stock import hold_products
from app.actions.waiting_edits import EDITS, settle_changes
from app.amounts.money import ZERO
from app.errors import ActionRefused
from app.history import PART_TITLES, Actor, Happened, record
from app.models import Invoice, InvoiceKind, Order, ShopChange, ShopPart
from app.queries import search
from app.write_back import from_its_shop

ENDS = (ShopPart.CANCELLED, ShopPart.DELETED)


# --- said -----------------------------------------------------------------------------------------------------------


def say_change(change: ShopChange) -> str:
    """Both values: "2 × Mug · €25.00 → 3 × Mug · €37.50"."""
    order = change.order
    if change.part not in facts_by_part(order):
        return ""
    ours, theirs = facts_by_part(order)[change.part], change.theirs
    if change.part == ShopPart.LINES:
        return f"{say_lines(order, ours)} → {say_lines(order, theirs)}"
    differing = [name for name, value in theirs.items() if value != ours.get(name) and (value or is_address(change))]
    return f"{say_values(ours, differing)} → {say_values(theirs, differing)}"


def why_it_waits(change: ShopChange) -> str:
    """What was built on how it is here; "" when somebody just changed it here, too."""
    return (
        ""
        if change.part not in facts_by_part(change.order)
        else why_not_by_itself(change.order, change.part, change.theirs)
    )


def is_address(change: ShopChange) -> bool:
    return change.part in (ShopPart.BILLING, ShopPart.SHIPPING)


def say_lines(order: Order, facts: Facts) -> str:
    goods = ", ".join(f"{line['quantity']} × {line['name']}" for line in facts["lines"])
    return f"{goods[:160]} · {say_amount(order, Decimal(facts['total']))}"


def say_values(facts: Facts, names: list[str]) -> str:
    return ", ".join(str(facts[name]) for name in names if facts.get(name)) or "–"


def parts_waiting(order: Order) -> list[str]:
    return [change.part.value for change in order.shop_changes]


def parts_to_tick(order: Order) -> list[tuple[str, str]]:
    return [(one.part.value, f"{PART_TITLES[one.part]}: {say_change(one)}".strip(": ")) for one in order.shop_changes]


# --- decided --------------------------------------------------------------------------------------------------------


def why_not_decide(order: Order) -> str:
    return "" if order.shop_changes else _("Its shop changed nothing that waits for you.")


PARTS = Input("parts", _l("What its shop changed"), kind="ticks", initial=parts_waiting, choices=parts_to_tick)


@action(
    title=_l("Take over"),
    group="orders",
    icon="refresh",
    done=_l("Taken over from the shop"),
    why_not=why_not_decide,
    inputs=(replace(PARTS, hint=_l("An invoice that says otherwise is credited and made anew.")),),
    right_title=_l("Take over what a shop changed"),
    stands="block",
)
@from_its_shop()
def take_over_shop_changes(order: Order, *, by: Actor, parts: list[str] | None = None) -> Order:
    """Have these parts of the order as its own shop has them, all of them if none is named.

    What is on an invoice is credited and invoiced anew, dated today. Payments stay where they are.
    """
    chosen = chosen_changes(order, parts)
    theirs = to_take(order, chosen)
    refuse_unfinished_documents(order, theirs)
    settle_changes(order, theirs)

    if ShopPart.REOPENED in theirs and order.cancelled_at:
        reopen(order, by=by)
    edits: dict[ShopPart, Facts] = {part: facts for part, facts in theirs.items() if part in EDITS}
    follow_edits(order, edits, by=by)
    if any(part in ENDS for part in theirs) and not order.cancelled_at:
        cancel_order(order, by=by, credit=True)
    search.index(order)

    record(Happened.SHOP_CHANGE_TAKEN, order, by, shop_parts=[part.value for part in theirs])
    return order


@action(
    title=_l("Keep"),
    group="orders",
    icon="check",
    done=_l("Kept as it is here"),
    why_not=why_not_decide,
    inputs=(PARTS,),
    right="orders.take_over_shop_changes",
    stands="block",
)
def keep_as_here(order: Order, *, by: Actor, parts: list[str] | None = None) -> Order:
    """Keep these parts as they are here, all of them if none is named, until its shop changes them anew."""
    chosen = chosen_changes(order, parts)
    said = "; ".join(filter(None, map(say_change, chosen)))
    settle_changes(order, [change.part for change in chosen])

    record(Happened.SHOP_CHANGE_KEPT, order, by, shop_parts=[change.part.value for change in chosen], text=said[:1000])
    return order


def chosen_changes(order: Order, parts: list[str] | None) -> list[ShopChange]:
    waiting = {change.part.value: change for change in order.shop_changes}
    wanted = list(waiting) if parts is None else parts
    if not wanted:
        raise ActionRefused(_("Choose at least one change."))
    if unknown := [part for part in wanted if part not in waiting]:
        raise ActionRefused(_("%(part)s: nothing of it waits for you any more.", part=unknown[0]))
    return [waiting[part] for part in dict.fromkeys(wanted)]


def to_take(order: Order, chosen: list[ShopChange]) -> dict[ShopPart, Facts]:
    """Of an order that is cancelled altogether only that: what else it says would be invoiced just to be credited."""
    theirs = {change.part: change.theirs for change in chosen}
    ends = {part: facts for part, facts in theirs.items() if part in ENDS}
    return ends if ends and not order.cancelled_at and not has_sent_something(order) else theirs


def refuse_unfinished_documents(order: Order, theirs: dict[ShopPart, Facts]) -> None:
    """Before anything is credited: what it would be made anew of has to be settled."""
    if order.cancelled_at and ShopPart.REOPENED not in theirs and any(part in EDITS for part in theirs):
        raise ActionRefused(_("This order is cancelled."))
    if ShopPart.SHIPPING in theirs and ShopPart.LINES not in theirs and order.is_finished and not order.cancelled_at:
        raise ActionRefused(f"{_('This order is completed.')} {PART_TITLES[ShopPart.SHIPPING]}: {_('Keep')}.")
    if ShopPart.LINES in theirs and (reason := why_not_follow_lines(order, theirs[ShopPart.LINES])):
        raise ActionRefused(reason)
    if any(part in ENDS for part in theirs) and not order.cancelled_at and (reason := why_not_cancel_order(order)):
        raise ActionRefused(reason)
    if not any(is_invoiced(order, part, facts) for part, facts in theirs.items()) or not invoices_standing(order):
        return
    if order.held_at:
        raise ActionRefused(_("The order is on hold. Resume it first."))


# --- invoices -------------------------------------------------------------------------------------------------------


def is_invoiced(order: Order, part: ShopPart, theirs: Facts) -> bool:
    """Whether it is on an invoice: to have it as there, the invoice is credited and made anew."""
    if part == ShopPart.CONTACT:
        return not is_only_how_to_reach(order, part, theirs)
    return part in (ShopPart.LINES, ShopPart.BILLING)


def invoices_standing(order: Order) -> list[Invoice]:
    return [one for one in order.invoices if one.kind == InvoiceKind.INVOICE and quantities_left(one)]


def follow_edits(order: Order, edits: dict[ShopPart, Facts], *, by: Actor) -> None:
    """Each invoice that says otherwise is credited, and made anew of what it was of."""
    is_anew = any(is_invoiced(order, part, facts) for part, facts in edits.items())
    standing = invoices_standing(order) if is_anew else []
    held_back = {line.id for line in order.lines if line.to_invoice > 0}
    if standing and ShopPart.LINES in edits:
        hold_products(order, products_there(order, edits[ShopPart.LINES]))
    notes = [take_back_invoice(one, quantities_left(one), by=by) for one in standing]
    for part, facts in edits.items():
        have_as_there(order, part, facts, by=by)
    settle(order)
    left = to_invoice_anew(order, notes, held_back)
    for note in notes:
        taken = left if note is notes[-1] else both(left, quantities_taken_back(note))
        if any(taken.values()):
            issue_anew(note, by=by, notify=False, quantities=taken)
        left = {line_id: quantity - taken.get(line_id, ZERO) for line_id, quantity in left.items()}


def have_as_there(order: Order, part: ShopPart, theirs: Facts, *, by: Actor) -> None:
    """The buyer can be corrected as long as there are invoices, also of an order that is completed."""
    if part == ShopPart.BILLING and order.is_finished:
        set_buyer(order, written_address(order.billing or order.shipping, theirs), order.vat_id, {}, by=by)
    else:
        follow(order, part, theirs, by=by)


def to_invoice_anew(order: Order, notes: list[Invoice], held_back: set[int]) -> dict[int, Decimal]:
    """Per order line what was credited, and what its shop added. What somebody did not invoice yet waits on."""
    credited: dict[int, Decimal] = {}
    for note in notes:
        for line_id, quantity in quantities_taken_back(note).items():
            credited[line_id] = credited.get(line_id, ZERO) + quantity
    left = {line.id: line.to_invoice for line in order.lines if line.to_invoice > 0}
    return {line_id: most for line_id, most in left.items() if line_id not in held_back} | both(
        {line_id: most for line_id, most in left.items() if line_id in held_back}, credited
    )


def both(left: dict[int, Decimal], taken: dict[int, Decimal]) -> dict[int, Decimal]:
    return {line_id: min(quantity, taken.get(line_id, ZERO)) for line_id, quantity in left.items()}
