"""Reading the lines of a Magento order: products and shipping, with their taxes and discounts.

Magento states a row before its discount, the tax after it, and, where the discount was taken off a price with
tax, the tax in the discount as "compensation": row + tax + compensation - discount is what was paid.
"""

from __future__ import annotations

from decimal import Decimal

from app.amounts.money import ZERO
from app.intake_readers.new_order import NewLine, NewTax
from app.intake_readers.reading import NAME, SKU, TEXT, Fields
from app.models import LineKind


def is_gross(order: Fields) -> bool:
    """Prices include tax when a catalogue price is the one with tax, or discounts were taken off such prices."""
    taxed = [item for item in visible_items(order) if item.amount("tax_amount", ZERO)]
    return any(
        item.amount("discount_tax_compensation_amount", ZERO) > 0
        or item.amount("original_price", ZERO) == item.amount("price_incl_tax", item.amount("price"))
        for item in taxed
    )


def visible_items(order: Fields) -> list[Fields]:
    """The items that were paid for: a product of several parts counts once, by the item that has its price."""
    items = order.objects("items")
    parts: dict[str, list[Fields]] = {}
    for item in items:
        if parent := item.identifier("parent_item_id"):
            parts.setdefault(parent, []).append(item)
    bundles = {parent for parent, found in parts.items() if any(item.amount("row_total", ZERO) for item in found)}
    by_parts = {
        item.identifier("item_id")
        for item in items
        if item.identifier("item_id") in bundles and not item.amount("row_total", ZERO)
    }
    whole = {item.identifier("item_id") for item in items} - by_parts
    return [
        item
        for item in items
        if item.identifier("item_id") not in by_parts and item.identifier("parent_item_id") not in (whole - {""})
    ]


def lines(order: Fields) -> list[NewLine]:
    gross = is_gross(order)
    products = [product_line(order, item, gross=gross) for item in visible_items(order)]
    return [*products, *shipping_lines(order, gross=gross), *discount_lines(order)]


def product_line(order: Fields, item: Fields, *, gross: bool) -> NewLine:
    row, tax = item.amount("row_total"), item.amount("tax_amount", ZERO)
    paid = row + item.amount("discount_tax_compensation_amount", ZERO) - item.amount("discount_amount", ZERO)
    total = item.exact("row_total", paid + tax if gross else paid)
    before = max(item.amount("row_total_incl_tax", row) if gross else row, total)
    price, quantity = item.amount("price"), item.quantity("qty_ordered")
    return NewLine(
        name=item.text("name", longest=NAME),
        quantity=quantity,
        unit_price=item.amount("price_incl_tax", price) if gross else price,
        total=total,
        discount=item.exact("discount_amount", before - total),
        taxes=taxes(order, "product", tax, item.maybe_amount("tax_percent"), of=item.identifier("item_id")),
        sku=item.identifier("sku", longest=SKU),
        variant=variant(order, item),
        external_id=item.identifier("item_id"),
        product_key=sold_key(order, item),
        gone=min(item.amount("qty_refunded", ZERO) + item.amount("qty_canceled", ZERO), quantity),
    )


def parts_of(order: Fields, item: Fields) -> list[Fields]:
    own = item.identifier("item_id")
    return [part for part in order.objects("items") if own and part.identifier("parent_item_id") == own]


def sold_key(order: Fields, item: Fields) -> str:
    """The id of the simple product: of a configurable one that of its part, of a bundle none."""
    parts = parts_of(order, item)
    if not parts:
        return item.find_id("product_id")
    return parts[0].find_id("product_id") if item.text("product_type") == "configurable" else ""


def variant(order: Fields, item: Fields) -> str:
    """The names of the parts, where they say more than the product's own."""
    names = [part.text("name") for part in parts_of(order, item) if part.text("name") != item.text("name")]
    return ", ".join(filter(None, names))[:TEXT]


def shipping_lines(order: Fields, *, gross: bool) -> list[NewLine]:
    name, cost = order.text("shipping_description", longest=NAME), order.amount("shipping_amount", ZERO)
    if not name and not cost:
        return []
    tax = order.amount("shipping_tax_amount", ZERO)
    paid = (
        cost
        + order.amount("shipping_discount_tax_compensation_amount", ZERO)
        - order.amount("shipping_discount_amount", ZERO)
    )
    total = order.exact("shipping_amount", paid + tax if gross else paid)
    before = max(order.amount("shipping_incl_tax", cost) if gross else cost, total)
    return [
        NewLine(
            name=name or "Shipping",
            quantity=Decimal(1),
            unit_price=before,
            total=total,
            kind=LineKind.SHIPPING,
            discount=order.exact("shipping_discount_amount", before - total),
            taxes=taxes(order, "shipping", tax),
        )
    ]


def taxes(order: Fields, kind: str, total: Decimal, rate: Decimal | None = None, *, of: str = "") -> list[NewTax]:
    """Each tax of a line where the order lists them and they account for it; else its sum, at the line's own rate."""
    extension = order.object("extension_attributes") or Fields({})
    if not total:
        return []
    stated = [
        tax(given)
        for line in extension.objects("item_applied_taxes")
        if line.text("type") == kind and (not of or line.text("item_id") == of)
        for given in line.objects("applied_taxes")
    ]
    if sum((one.amount for one in stated), ZERO) == total:
        return stated
    named = extension.objects("applied_taxes")
    only = named[0].text("title", longest=60) if len(named) == 1 else ""
    return [NewTax(only or "Tax", total, rate=rate or (named[0].maybe_amount("percent") if only else None))]


def tax(given: Fields) -> NewTax:
    name = given.text("title", longest=60) or given.text("code", longest=60) or "Tax"
    return NewTax(name, given.amount("amount"), rate=given.maybe_amount("percent"))


def discount_lines(order: Fields) -> list[NewLine]:
    """What reward points took off the total of the order. Gift cards and store credit pay: they are no discount."""
    extension = order.object("extension_attributes") or Fields({})
    amount = extension.amount("reward_currency_amount", ZERO)
    line = NewLine("Reward points", Decimal(1), unit_price=-amount, total=-amount, kind=LineKind.DISCOUNT)
    return [line] if amount > 0 else []
