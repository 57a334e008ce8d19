"""Reading the lines of an Ecwid order: products, shipping, handling and surcharges, with their taxes.

An item's tax includes that on its part of the shipping cost; the lines here have each their own.
"""

from __future__ import annotations

from decimal import Decimal

from app.amounts.money import ZERO
from app.intake_readers.new_order import NewLine, NewTax
from app.intake_readers.reading import NAME, SKU, TEXT, Fields
from app.models import LineKind


def lines(order: Fields) -> list[NewLine]:
    items = order.objects("items")
    products = [product_line(item) for item in items]
    handling = order.object("handlingFee")
    surcharges = [surcharge_line(given) for given in order.objects("customSurcharges")]
    return [
        *products,
        *shipping_lines(order, items),
        *([fee_line(handling, "name", "value")] if handling and handling.amount("value", ZERO) else []),
        *(line for line in surcharges if line.total),
        *discount_lines(order, products),
    ]


def product_line(item: Fields) -> NewLine:
    quantity, price, discount = item.quantity("quantity"), item.amount("price"), discount_of(item)
    return NewLine(
        name=item.text("name", longest=NAME),
        quantity=quantity,
        unit_price=price,
        total=item.exact("price", price * quantity - discount),
        discount=discount,
        taxes=product_taxes(item),
        sku=item.identifier("sku", longest=SKU),
        variant=variant(item),
        external_id=item.identifier("id"),
        product_key=sold_key(item),
    )


def sold_key(item: Fields) -> str:
    """The id of the product, or of its variation; "" where something was chosen, and no variation is stated."""
    id, combination = item.find_id("productId"), item.find_id("combinationId")
    if id and combination:
        return f"{id}-{combination}"
    return "" if item.objects("selectedOptions") else id


def discount_of(item: Fields) -> Decimal:
    """The line's part of the coupon, and of all other discounts."""
    parts = [given.amount("total", ZERO) for given in item.objects("discounts")]
    return item.exact("discounts", sum(parts, item.amount("couponAmount", ZERO)))


def product_taxes(item: Fields) -> list[NewTax]:
    stated = [
        tax(given, given.amount("taxOnDiscountedSubtotal", given.amount("total", ZERO)))
        for given in item.objects("taxes")
    ]
    total = item.amount("tax", ZERO)
    return stated or ([NewTax("Tax", total)] if total else [])


def tax(given: Fields, amount: Decimal) -> NewTax:
    return NewTax(given.text("name", longest=60) or "Tax", amount, rate=given.maybe_amount("value"))


def variant(item: Fields) -> str:
    """What the customer chose or typed in: "Colour: white, Size: 11 oz"."""
    chosen = [
        f"{given.text('name')}: {given.text('value')}"
        for given in item.objects("selectedOptions")
        if not given.is_empty("value")
    ]
    return ", ".join(chosen)[:TEXT]


def shipping_lines(order: Fields, items: list[Fields]) -> list[NewLine]:
    option = order.object("shippingOption")
    if option is None or not (option.text("shippingMethodName") or option.amount("shippingRate", ZERO)):
        return []
    rate = option.amount("shippingRate", ZERO)
    name = option.text("shippingMethodName", longest=NAME) or "Shipping"
    return [NewLine(name, Decimal(1), rate, rate, kind=LineKind.SHIPPING, taxes=shipping_taxes(order, items))]


def shipping_taxes(order: Fields, items: list[Fields]) -> list[NewTax]:
    """As listed for the order, else what the items state of it."""
    listed = [tax(given, given.amount("total")) for given in order.objects("taxesOnShipping")]
    parts = [given for item in items for given in item.objects("taxes") if given.amount("taxOnShipping", ZERO)]
    return listed or [tax(given, given.amount("taxOnShipping")) for given in parts]


def fee_line(given: Fields, title: str, value: str) -> NewLine:
    amount = given.amount(value)
    taxes = [tax(part, part.amount("total")) for part in given.objects("taxes")]
    return NewLine(given.text(title, longest=NAME) or "Fee", Decimal(1), amount, amount, kind=LineKind.FEE, taxes=taxes)


def surcharge_line(given: Fields) -> NewLine:
    """A surcharge or tip; a percentage is worked out in its total."""
    return fee_line(given, "description", "value" if given.is_empty("total") else "total")


def discount_lines(order: Fields, products: list[NewLine]) -> list[NewLine]:
    """The discounts of the whole order, as far as no line accounts for them."""
    stated = order.amount("couponDiscount", ZERO) + order.amount("discount", ZERO)
    left = order.exact("discount", stated - sum((line.discount for line in products), ZERO))
    coupon = order.object("discountCoupon")
    name = (coupon.text("code") if coupon else "") or "Discount"
    return [NewLine(name, Decimal(1), unit_price=-left, total=-left, kind=LineKind.DISCOUNT)] if left > 0 else []
