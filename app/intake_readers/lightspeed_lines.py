"""Reading the lines of a Lightspeed order: products, shipping and payment cost, with their taxes.

`basis` is "Incl" or "Excl": which of the two stated amounts are read.
"""

from __future__ import annotations

from decimal import Decimal

from app.amounts.money import ZERO
from app.intake_readers.new_order import NewLine, NewTax
from app.intake_readers.reading import NAME, SKU, Fields
from app.models import LineKind


def lines(order: Fields, *, basis: str) -> list[NewLine]:
    resource = order.object("products") or Fields({})
    listed = resource.object("resource") or Fields({})
    products = [product_line(line, basis) for line in listed.objects("embedded")]
    return [*(products or [products_as_one(order, basis)]), *shipping_lines(order, basis), *payment_lines(order, basis)]


def product_line(line: Fields, basis: str) -> NewLine:
    name, variant = line.text("productTitle", longest=NAME), line.text("variantTitle")
    return NewLine(
        name=name or variant,
        quantity=line.quantity("quantityOrdered"),
        unit_price=line.amount(f"basePrice{basis}"),
        total=line.amount(f"price{basis}"),
        discount=line.amount(f"discount{basis}", ZERO),
        taxes=taxes(line, "taxRate", "price"),
        sku=next(filter(None, (line.identifier(key, longest=SKU) for key in ("sku", "articleCode", "ean"))), ""),
        variant="" if variant == name else variant,
        external_id=line.identifier("id"),
        product_key=variant_key(line),
    )


def variant_key(line: Fields) -> str:
    """The id of the variant that it links to: {"variant": {"resource": {"id": 7, …}}}; "" of one that is deleted."""
    link = line.value.get("variant")
    resource = link.get("resource") if isinstance(link, dict) else None
    return Fields(resource).find_id("id") if isinstance(resource, dict) else ""


def products_as_one(order: Fields, basis: str) -> NewLine:
    """All products in one line, of an order that came without them: the rest of its total, with its taxes."""
    extra = sum((order.amount(f"{part}Price{basis}", ZERO) for part in ("shipment", "payment")), ZERO)
    total = order.exact(f"price{basis}", order.amount(f"price{basis}") - extra)
    discount = order.amount("discountAmount", ZERO) if order.text("discountType") != "percentage" else ZERO
    return NewLine(
        name=f"Products of {order.text('number') or order.text('id')}",
        quantity=Decimal(1),
        unit_price=order.exact("discountAmount", total + discount),
        total=total,
        discount=discount,
        taxes=taxes(order, "taxRate", "price"),
    )


def shipping_lines(order: Fields, basis: str) -> list[NewLine]:
    if order.is_empty("shipmentTitle") and not order.amount(f"shipmentPrice{basis}", ZERO):
        return []
    total = order.amount(f"shipmentPrice{basis}", ZERO)
    return [
        NewLine(
            name=order.text("shipmentTitle", longest=NAME),
            quantity=Decimal(1),
            unit_price=order.amount(f"shipmentBasePrice{basis}", total),
            total=total,
            kind=LineKind.SHIPPING,
            discount=order.amount(f"shipmentDiscount{basis}", ZERO),
            taxes=taxes(order, "shipmentTaxRate", "shipmentPrice"),
        )
    ]


def payment_lines(order: Fields, basis: str) -> list[NewLine]:
    """What the payment method costs, when it costs something."""
    total = order.amount(f"paymentPrice{basis}", ZERO)
    if not total:
        return []
    return [
        NewLine(
            name=order.text("paymentTitle", longest=NAME),
            quantity=Decimal(1),
            unit_price=order.amount(f"paymentBasePrice{basis}", total),
            total=total,
            kind=LineKind.PAYMENT,
            taxes=taxes(order, "paymentTaxRate", "paymentPrice"),
        )
    ]


def taxes(given: Fields, rate: str, price: str) -> list[NewTax]:
    """Each tax as stated; from the one rate and the difference of the two prices when they aren't listed."""
    stated = [
        NewTax(tax.text("name", longest=60) or "VAT", tax.amount("amount"), rate=tax.percent("rate"))
        for tax in given.objects(f"{rate}s")
    ]
    amount = given.exact(f"{price}Incl", given.amount(f"{price}Incl", ZERO) - given.amount(f"{price}Excl", ZERO))
    return stated or ([NewTax("VAT", amount, rate=given.percent(rate))] if amount else [])
