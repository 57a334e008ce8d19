"""Following what an order's own shop changed: what of it can be changed there, as it is there and as it is here.

Both are facts in the order's own columns, as text, so that they can be kept, compared and shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from flask_babel import gettext as _

from app.accounting.settling import standing_payments
from app.accounting.states import recompute_status
from app.actions import stock
from app.actions.addresses import change_address
from app.actions.goods import take_off_open_slips
from app.actions.lines import added, differences, line_said
from app.actions.products_of_lines import KnownProducts, products_of_shop
from app.amounts.money import ZERO, plain
from app.columns import tidy_addresses
from app.extensions import db
from app.history import Actor, Happened, changes, record
from app.models import ADDRESS_FIELDS, AddressKind, LineKind, Order, OrderLine, ShopPart
from app.queries import search

#: How a part of an order is, here or there.
Facts: TypeAlias = dict[str, Any]

CONTACT_FIELDS = ("email", "phone", "company", "vat_id", "customer_note")
TOTALS = ("total", "tax_total", "net_total", "computed_total")
LINE_TEXTS = ("external_id", "sku", "name", "variant")
LINE_AMOUNTS = ("quantity", "unit_price", "discount", "total", "tax_total")

#: What makes a line another one; names and spellings don't, nor do prices that come to the same.
SUBSTANCE = ("external_id", "kind", "sku", "quantity", "total", "tax_total")


# --- as it is -------------------------------------------------------------------------------------------------------


def facts_by_part(order: Order) -> dict[ShopPart, Facts]:
    """Each part as it is here; an address that the order lacks is empty."""
    return {
        ShopPart.LINES: lines_facts(order.lines, {name: getattr(order, name) for name in TOTALS}),
        ShopPart.BILLING: address_facts(order.billing),
        ShopPart.SHIPPING: address_facts(order.shipping),
        ShopPart.CONTACT: contact_facts(order),
    }


def lines_facts(lines: Iterable[OrderLine], totals: Mapping[str, Decimal]) -> Facts:
    return {
        "lines": [facts_of_line(line) for line in lines if line.quantity],
        **{name: text_of(totals[name]) for name in TOTALS},
    }


def facts_of_line(line: OrderLine) -> Facts:
    texts = {name: getattr(line, name) or "" for name in LINE_TEXTS}
    amounts = {name: text_of(getattr(line, name) or ZERO) for name in LINE_AMOUNTS}
    return {"kind": str(line.kind or LineKind.PRODUCT), **texts, **amounts, "taxes": line.taxes or []}


def address_facts(address: object) -> Facts:
    return {name: " ".join((getattr(address, name, "") or "").split()) for name in ADDRESS_FIELDS}


def contact_facts(of: object) -> Facts:
    said = {name: (getattr(of, name, "") or "").strip() for name in CONTACT_FIELDS}
    return {**said, "email": tidy_addresses(said["email"])}


def text_of(amount: Decimal) -> str:
    return f"{plain(amount):f}"


def agree(ours: Facts, theirs: Facts) -> bool:
    """Whether both say the same, as far as it matters: what is not stated of a contact stays as it is here."""
    if theirs.keys() == set(CONTACT_FIELDS):
        return all(value == ours[name] for name, value in theirs.items() if value)
    return matter_of(ours) == matter_of(theirs)


def digest(facts: Facts) -> str:
    """Of what matters, to see later whether it changed; it names nobody."""
    said = json.dumps(matter_of(facts), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def matter_of(facts: Facts) -> Facts:
    if "lines" not in facts:
        return facts
    lines = [{name: line[name] for name in SUBSTANCE} for line in facts["lines"]]
    lines.sort(key=lambda line: [line[name] for name in SUBSTANCE])
    return {"lines": lines, "total": facts["total"], "tax_total": facts["tax_total"]}


# --- whether it can be followed -------------------------------------------------------------------------------------


def why_not_by_itself(order: Order, part: ShopPart, theirs: Facts) -> str:
    """Why somebody has to decide before the order follows: something was built on what it said."""
    if order.invoices and (part != ShopPart.SHIPPING) and not is_only_how_to_reach(order, part, theirs):
        return _("There is an invoice.")
    is_packed = any(one.withdrawn_at is None and one.external_id is None for one in order.shipments)
    if part == ShopPart.SHIPPING and any(one.withdrawn_at is None for one in order.shipments):
        return _("There is a packing slip.")
    if part != ShopPart.LINES:
        return ""
    if is_packed:
        return _("There is a packing slip.")
    if any(payment.external_id is None for payment in standing_payments(order)):
        return _("A payment was entered here.")
    return why_not_follow_lines(order, theirs)


def is_only_how_to_reach(order: Order, part: ShopPart, theirs: Facts) -> bool:
    """E-mail, phone and note stand on no invoice."""
    on_paper = ("company", "vat_id")
    return part == ShopPart.CONTACT and all(theirs.get(name, "") in ("", getattr(order, name)) for name in on_paper)


def why_not_follow_lines(order: Order, theirs: Facts) -> str:
    """Why not even a person can have the lines as they are there; what is invoiced is credited and made anew."""
    if not theirs["lines"]:
        return _("Nothing is left of it there. Cancel the order instead.")
    matched = {line: one for line, one in match_lines(order, theirs["lines"]) if line}
    for line in order.lines:
        least = max(line.shipped + line.not_restocked, line.credited)
        quantity = Decimal(matched[line]["quantity"]) if line in matched else ZERO
        if quantity < least:
            return _(
                "%(line)s: %(count)s were sent or credited, and fewer are ordered there. Create a return or a credit "
                "note instead.",
                line=line.name,
                count=plain(least),
            )
    return ""


# --- following ------------------------------------------------------------------------------------------------------


def follow(order: Order, part: ShopPart, theirs: Facts, *, by: Actor) -> None:
    """Have this part of the order as it is there."""
    if part == ShopPart.LINES:
        follow_lines(order, theirs, by=by)
    elif part == ShopPart.CONTACT:
        follow_contact(order, theirs, by=by)
    else:
        change_address(order, by=by, kind=AddressKind(part), address=theirs)


def follow_contact(order: Order, theirs: Facts, *, by: Actor) -> None:
    """What is not stated there, such as what another program may not read, stays as it is here."""
    stated = {name: value for name, value in theirs.items() if value}
    changed = changes(order, CONTACT_FIELDS, stated)
    if not changed:
        return
    for name, value in stated.items():
        setattr(order, name, value)
    db.session.flush()
    search.index(order)

    record(Happened.CUSTOMER_CHANGED, order, by, changes=changed)


def follow_lines(order: Order, theirs: Facts, *, by: Actor) -> None:
    """The lines, taxes and totals that are stated there; stock and open packing slips follow."""
    moves, said, total = moves_stock(order), lines_in_words(order), order.total
    had = {line: line.quantity for line in order.lines}
    others = lines_of_others(order, theirs["lines"])
    if others:  # what is put back, and what is then taken, in the order of ids
        stock.hold_products(order, products_there(order, theirs))
    stock.put_back_lines(order, others, by=by)
    kept = write_lines(order, theirs["lines"])
    had.update({line: line.dropped for line in others})  # of the other product all is taken that is to go
    for line in [line for line in order.lines if line not in kept]:
        take_off(order, line)
    for name in TOTALS:
        setattr(order, name, Decimal(theirs[name]))
    db.session.flush()
    take_off_open_slips(order, {line.id: -line.to_pack for line in order.lines if line.to_pack < 0}, by=by)
    recompute_status(order)

    changed = differences(said, lines_in_words(order))
    text = ", ".join(changed)[:200]
    if order.total != total:
        changed["total"] = [str(total), str(order.total)]
    entry = record(Happened.LINES_CHANGED, order, by, text=text, changes=changed)
    db.session.flush()
    if moves:
        stock.follow_lines(order, had, document=entry, by=by)


def products_there(order: Order, theirs: Facts) -> list[int | None]:
    """The products that its lines may be of when it is as there."""
    products = products_of_shop(order.outside_shop_id, [one["sku"] for one in theirs["lines"]])
    return [products.product_of(one["sku"]) for one in theirs["lines"]]


def lines_in_words(order: Order) -> dict[int, tuple[str, str]]:
    return {line.id: (line.name, line_said(line)) for line in order.lines if line.quantity}


def moves_stock(order: Order) -> bool:
    """Not what came in finished, and took nothing. One that is cancelled takes what is missing once it is reopened."""
    return not order.cancelled_at and (not order.is_finished or bool(stock.held_by_line(order)))


def lines_of_others(order: Order, theirs: Sequence[Facts]) -> list[OrderLine]:
    """The lines that are of another product there, none of which went."""
    products = products_of_shop(order.outside_shop_id, [one["sku"] for one in theirs])
    return [
        line
        for line, one in match_lines(order, theirs)
        if line and not line.shipped and line.sku != one["sku"] and line.product_id != product_of(line, one, products)
    ]


def product_of(line: OrderLine, one: Facts, products: KnownProducts) -> int | None:
    """The product of a line as it is there. What went was what it was then: a shop that renames a product does so on
    old orders too.
    """
    is_known = line.product_id is not None and (line.shipped or line.sku == one["sku"])
    return line.product_id if is_known else products.product_of(one["sku"])


def write_lines(order: Order, theirs: Sequence[Facts]) -> list[OrderLine]:
    products = products_of_shop(order.outside_shop_id, [one["sku"] for one in theirs])
    kept = []
    for line, one in match_lines(order, theirs):
        if line is None:
            line = added(order, kind=LineKind(one["kind"]))
            line.shipped = line.dropped = line.invoiced = line.credited = ZERO
        line.product_id = product_of(line, one, products)
        for name in LINE_TEXTS:
            setattr(line, name, one[name])
        for name in LINE_AMOUNTS:
            setattr(line, name, Decimal(one[name]))
        line.taxes = one["taxes"]
        drop_at_most(line, line.quantity - line.shipped)
        kept.append(line)
    return kept


def drop_at_most(line: OrderLine, most: Decimal) -> None:
    line.dropped = min(line.dropped, most)
    if line.dropped_by_cancel is not None:
        line.dropped_by_cancel = min(line.dropped_by_cancel, line.dropped)


def match_lines(order: Order, theirs: Sequence[Facts]) -> list[tuple[OrderLine | None, Facts]]:
    """Each line there with the one that it is here: by its id there, else by what it is."""
    free = list(order.lines)
    found = []
    for one in theirs:
        line = next((line for line in free if is_the_same(line, one)), None)
        if line is not None:
            free.remove(line)
        found.append((line, one))
    return found


def is_the_same(line: OrderLine, one: Facts) -> bool:
    if line.external_id or one["external_id"]:
        return line.external_id == one["external_id"] and line.kind == one["kind"]
    return (line.kind, line.sku, line.name) == (one["kind"], one["sku"], one["name"])


def take_off(order: Order, line: OrderLine) -> None:
    """Of what stands on a document, or has moved stock, the line stays without a quantity."""
    if order.invoices or order.shipments or order.returns or line.id in stock.held_by_line(order):
        drop_at_most(line, ZERO)
        line.quantity = line.discount = line.total = line.tax_total = ZERO
        line.taxes = []
    else:
        order.lines.remove(line)
        db.session.delete(line)
