"""Reading the lines of a Shopware order: products, promotions, shipping, and what the total was rounded by.

Every price states its taxes per rate. `taxStatus` says whether prices are with tax (gross), without (net), or of an
order that bears none (tax-free); a tax is on `price`, which is with or without it likewise.
"""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _

from app.amounts.money import ZERO, rounded
from app.intake_readers.new_order import NewLine, NewTax
from app.intake_readers.reading import NAME, SKU, TEXT, Fields
from app.models import LineKind

GROSS, NET, TAX_FREE = "gross", "net", "tax-free"

#: Types of lines that take something off.
TAKING_OFF = ("promotion", "discount", "credit")


def tax_status(order: Fields) -> str:
    price = order.object("price")
    status = order.text("taxStatus") or (price.text("taxStatus") if price else "")
    if status not in (GROSS, NET, TAX_FREE):
        raise order.unreadable("taxStatus", _("gross, net or tax-free"))
    return status


def is_gross(order: Fields) -> bool:
    return tax_status(order) == GROSS


def lines(order: Fields, currency: str) -> list[NewLine]:
    status = tax_status(order)
    given = sorted(order.objects("lineItems"), key=lambda one: one.amount("position", ZERO))
    ids = {one.identifier("id") for one in given}
    found = [line(one, status, is_part=one.identifier("parentId") in ids - {""}) for one in given]
    found += shipping(order, status)
    return found + rounding(order, currency)


def line(given: Fields, status: str, *, is_part: bool) -> NewLine:
    """A part of a bundle costs nothing by itself: its price is in that of the whole."""
    price = given.object("price")
    if price is None:
        raise given.unreadable("price", _("an object"))
    total = ZERO if is_part else price.amount("totalPrice")
    is_off = given.text("type") in TAKING_OFF or total < 0
    return NewLine(
        name=given.text("label", longest=NAME),
        quantity=Decimal(1) if is_off else given.quantity("quantity"),
        unit_price=total if is_off or is_part else price.amount("unitPrice"),
        total=total,
        kind=LineKind.DISCOUNT if is_off else LineKind.PRODUCT,
        taxes=[] if is_part else taxes(price, status),
        sku=sku(given),
        variant=variant(given),
        external_id=given.identifier("id"),
        product_key=given.find_id("productId"),
    )


def taxes(price: Fields, status: str) -> list[NewTax]:
    """Each with what it is on, where there are several."""
    stated = [one for one in price.objects("calculatedTaxes") if status != TAX_FREE]
    found = [one for one in stated if one.amount("tax") or len(stated) > 1]
    return [
        NewTax(
            "VAT",
            one.amount("tax"),
            rate=one.amount("taxRate"),
            base=base(one, status) if len(stated) > 1 else None,
        )
        for one in found
    ]


def base(given: Fields, status: str) -> Decimal:
    price = given.amount("price")
    return given.exact("price", price - given.amount("tax")) if status == GROSS else price


def shipping(order: Fields, status: str) -> list[NewLine]:
    price = order.object("shippingCosts")
    total = price.amount("totalPrice") if price else ZERO
    if price is None or not total:
        return []
    return [NewLine("Shipping", Decimal(1), total, total, kind=LineKind.SHIPPING, taxes=taxes(price, status))]


def rounding(order: Fields, currency: str) -> list[NewLine]:
    """What shops take off or add that round totals, to five cents, say."""
    price = order.object("price")
    if price is None or price.is_empty("rawTotal"):
        return []
    off = rounded(price.amount("totalPrice") - price.amount("rawTotal"), currency)
    return [NewLine("Rounding", Decimal(1), off, off, kind=LineKind.FEE)] if off else []


def sku(given: Fields) -> str:
    payload = given.value.get("payload")
    return Fields(payload).maybe_text("productNumber", longest=SKU) if isinstance(payload, dict) else ""


def variant(given: Fields) -> str:
    """As its customer chose it: "Color: Red, Size: M"."""
    payload = given.value.get("payload")
    options = Fields(payload).maybe_objects("options") if isinstance(payload, dict) else []
    chosen = [": ".join(filter(None, (one.maybe_text("group"), one.maybe_text("option")))) for one in options]
    return ", ".join(filter(None, chosen))[:TEXT]
