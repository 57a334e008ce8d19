"""Reading the lines of a Shopify order: products, shipping and discounts, with their taxes."""

from __future__ import annotations

from decimal import Decimal

from app.amounts.money import ZERO, split
from app.intake_readers.new_order import NewLine, NewTax
from app.intake_readers.reading import NAME, SKU, TEXT, Fields
from app.models import LineKind


def lines(order: Fields) -> list[NewLine]:
    products = [product_line(line) for line in order.objects("line_items")]
    add_what_is_gone(order, products)
    shipping = [shipping_line(line) for line in shipping_lines(order)]
    share_taxes(order, products, shipping)
    return [*products, *shipping, *discount_lines(order, products + shipping)]


def shipping_lines(order: Fields) -> list[Fields]:
    return [line for line in order.objects("shipping_lines") if not line.flag("is_removed")]


def add_what_is_gone(order: Fields, products: list[NewLine]) -> None:
    """What was taken off edited lines, or refunded: a line says what is left of it, else each refund what it took.

    Of a cancelled order nothing, for all of it is called off.
    """
    if not order.is_empty("cancelled_at"):
        return
    refunded: dict[str, Decimal] = {}
    for refund in order.objects("refunds"):
        for given in refund.objects("refund_line_items"):
            line_id = given.identifier("line_item_id")
            refunded[line_id] = refunded.get(line_id, ZERO) + given.quantity("quantity")
    for new, line in zip(products, order.objects("line_items"), strict=True):
        is_stated = not line.is_empty("current_quantity")
        gone = new.quantity - line.quantity("current_quantity") if is_stated else refunded.get(new.external_id, ZERO)
        new.gone = max(min(gone, new.quantity), ZERO)


def product_line(line: Fields) -> NewLine:
    quantity, price = line.quantity("quantity"), line.amount("price")
    discount = discount_of(line)
    return NewLine(
        name=line.text("title", longest=NAME) or line.text("name", longest=NAME),
        quantity=quantity,
        unit_price=price,
        total=line.exact("price", price * quantity - discount),
        discount=discount,
        taxes=taxes(line),
        sku=line.identifier("sku", longest=SKU),
        variant=variant(line),
        external_id=line.identifier("id"),
        product_key=line.find_id("variant_id"),
    )


def discount_of(line: Fields) -> Decimal:
    """What was taken off the line; total_discount is the older place, and never comes on top."""
    if line.is_empty("discount_allocations"):
        return line.amount("total_discount", ZERO)
    allocated = [given.amount("amount") for given in line.objects("discount_allocations")]
    return line.exact("discount_allocations", sum(allocated, ZERO))


def variant(line: Fields) -> str:
    """The variant and what the customer typed in; names that begin with _ are the platform's own."""
    asked = [given for given in line.objects("properties") if not given.text("name").startswith("_")]
    parts = [line.text("variant_title"), *(f"{given.text('name')}: {given.text('value')}" for given in asked)]
    return ", ".join(filter(None, parts))[:TEXT]


def shipping_line(line: Fields) -> NewLine:
    price = line.amount("price")
    charged = line.amount("discounted_price", line.exact("price", price - discount_of(line)))
    return NewLine(
        name=line.text("title", longest=NAME),
        quantity=Decimal(1),
        unit_price=price,
        total=charged,
        kind=LineKind.SHIPPING,
        discount=line.exact("price", price - charged),
        taxes=taxes(line),
        external_id=line.identifier("id"),
    )


def taxes(line: Fields) -> list[NewTax]:
    return [
        NewTax(tax.text("title", longest=60) or "Tax", tax.amount("price"), rate=tax.percent("rate"))
        for tax in line.objects("tax_lines")
    ]


def share_taxes(order: Fields, products: list[NewLine], shipping: list[NewLine]) -> None:
    """Older orders state their taxes only for the whole; the product lines then share each by amount."""
    if any(line.taxes for line in products + shipping):
        return
    for tax in taxes(order):
        share_tax(tax, products, order.currency("currency"))


def share_tax(tax: NewTax, products: list[NewLine], currency: str) -> None:
    """Give each product line its part of a tax of the whole order; the parts add up to it."""
    if products:
        parts = split(tax.amount, [max(line.total, ZERO) for line in products], currency)
        for line, amount in zip(products, parts, strict=True):
            line.taxes.append(NewTax(tax.name, amount, rate=tax.rate))


def discount_lines(order: Fields, found: list[NewLine]) -> list[NewLine]:
    """Older orders state a discount only for the whole: what no line accounts for is a line of its own."""
    left = order.amount("total_discounts", ZERO) - sum((line.discount for line in found), ZERO)
    if "discount_applications" in order or left <= 0:
        return []
    codes = ", ".join(given.text("code") for given in order.objects("discount_codes"))
    return [NewLine(codes[:NAME] or "Discount", Decimal(1), unit_price=-left, total=-left, kind=LineKind.DISCOUNT)]
