"""Reading the lines of a BigCommerce order: products, shipping, handling, wrapping and fees, with their taxes.

Each amount is stated twice, with and without tax; the lines have the one that the shop's prices have.
"""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _

from app.amounts.money import ZERO
from app.intake_readers.new_order import NewLine, NewTax, UnreadableOrder
from app.intake_readers.reading import NAME, SKU, TEXT, Fields
from app.models import LineKind

#: Costs of the whole order: their kind and name, and what the order's taxes call them.
COSTS = {
    "shipping": (LineKind.SHIPPING, "Shipping", "shipping"),
    "handling": (LineKind.FEE, "Handling", "handling"),
    "wrapping": (LineKind.FEE, "Gift wrapping", "gift-wrapping"),
}


def list_objects(order: Fields, key: str) -> list[Fields]:
    """The objects of a list; none where the API left a link to them."""
    return order.objects(key) if isinstance(order.value.get(key), list) else []


def list_consignments(order: Fields, kind: str) -> list[Fields]:
    """The consignments of an order: its "shipping" or "pickups"."""
    return [one for consignment in list_objects(order, "consignments") for one in consignment.objects(kind)]


def products(order: Fields) -> list[Fields]:
    """The products where they are given: listed in the order, or in its consignments."""
    consignments = [one for kind in ("shipping", "pickups", "downloads") for one in list_consignments(order, kind)]
    packed = [line for one in consignments for line in one.objects("line_items") if "quantity" in line]
    found = list_objects(order, "products") or packed
    if not found and is_link(order, "products"):
        expected = _("the products themselves: put what its address answers in this place")
        raise UnreadableOrder(order.at("products"), _("Found a link, expected %(expected)s.", expected=expected))
    return found


def is_link(order: Fields, key: str) -> bool:
    value = order.value.get(key)
    return isinstance(value, dict) and ("url" in value or "resource" in value)


def is_gross(order: Fields) -> bool:
    """Prices include tax when a price as the shop entered it is the one with tax."""
    taxed = [line for line in products(order) if line.amount("price_tax", ZERO)]
    return any(line.amount("base_price", ZERO) == line.amount("price_inc_tax") for line in taxed)


def lines(order: Fields) -> list[NewLine]:
    basis = "inc_tax" if is_gross(order) else "ex_tax"
    found = [product_line(order, line, basis) for line in products(order)]
    costs = [cost_line(order, cost, basis) for cost in COSTS if order.amount(f"{cost}_cost_{basis}", ZERO)]
    fees = [fee_line(given, basis) for given in list_objects(order, "fees")]
    return [*found, *costs, *fees, *discount_lines(order, found)]


def product_line(order: Fields, line: Fields, basis: str) -> NewLine:
    quantity, before = line.quantity("quantity"), line.amount(f"total_{basis}")
    taken_off = [given.amount("amount", ZERO) for given in list_objects(line, "applied_discounts")]
    discount = line.exact("applied_discounts", sum(taken_off, ZERO))
    return NewLine(
        name=line.text("name", longest=NAME),
        quantity=quantity,
        unit_price=line.amount(f"price_{basis}"),
        total=line.exact(f"total_{basis}", before - discount),
        discount=discount,
        taxes=taxes(order, "item", line.amount("total_tax", ZERO), of=line.identifier("id")),
        sku=line.identifier("sku", longest=SKU),
        variant=variant(line),
        external_id=line.identifier("id"),
        product_key=sold_key(line),
    )


def sold_key(line: Fields) -> str:
    """The id of the product, with its variant where something was chosen: each product has one variant at least."""
    id, variant_id = line.find_id("product_id"), line.find_id("variant_id")
    if not list_objects(line, "product_options"):
        return id
    return f"{id}-{variant_id}" if id and variant_id else ""


def variant(line: Fields) -> str:
    """What the customer chose: "Colour: white, Size: M"."""
    chosen = [
        f"{given.text('display_name')}: {given.text('display_value')}"
        for given in list_objects(line, "product_options")
        if given.text("display_name")
    ]
    return ", ".join(chosen)[:TEXT]


def cost_line(order: Fields, cost: str, basis: str) -> NewLine:
    kind, name, taxed_as = COSTS[cost]
    amount = order.amount(f"{cost}_cost_{basis}")
    found = taxes(order, taxed_as, order.amount(f"{cost}_cost_tax", ZERO))
    return NewLine(name, Decimal(1), amount, amount, kind=kind, taxes=found)


def fee_line(given: Fields, basis: str) -> NewLine:
    amount, tax = given.amount(f"cost_{basis}"), given.amount("tax", ZERO)
    return NewLine(
        name=given.text("customer_display_name", longest=NAME) or given.text("name", longest=NAME),
        quantity=Decimal(1),
        unit_price=amount,
        total=amount,
        kind=LineKind.FEE,
        taxes=[NewTax("Tax", tax)] if tax else [],
        external_id=given.identifier("id"),
    )


def taxes(order: Fields, kind: str, total: Decimal, *, of: str = "") -> list[NewTax]:
    """Each tax of a line where the order's taxes are given and account for it; else its sum."""
    stated = [
        NewTax(given.text("name", longest=60) or "Tax", given.amount("line_amount"), rate=given.maybe_amount("rate"))
        for given in list_objects(order, "taxes")
        if given.text("line_item_type") == kind and (not of or given.text("order_product_id") == of)
    ]
    if sum((tax.amount for tax in stated), ZERO) == total:
        return stated
    return [NewTax("Tax", total)] if total else []


def discount_lines(order: Fields, found: list[NewLine]) -> list[NewLine]:
    """The discounts of the whole order, as far as no line accounts for them."""
    stated = order.amount("discount_amount", ZERO) + order.amount("coupon_discount", ZERO)
    left = order.exact("discount_amount", stated - sum((line.discount for line in found), ZERO))
    codes = ", ".join(given.text("code") for given in list_objects(order, "coupons"))
    name = codes[:NAME] or "Discount"
    return [NewLine(name, Decimal(1), unit_price=-left, total=-left, kind=LineKind.DISCOUNT)] if left > 0 else []
