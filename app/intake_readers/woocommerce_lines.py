"""Reading the lines of a WooCommerce order: products, shipping and fees, with their taxes.

WooCommerce's line amounts always exclude tax; they are brought to the basis that the order's prices have.
"""

from __future__ import annotations

from decimal import Decimal
from html import unescape

from app.amounts.money import ZERO
from app.columns import storable
from app.intake_readers.new_order import NewLine, NewTax
from app.intake_readers.reading import NAME, SKU, TEXT, Fields
from app.models import LineKind


def lines(order: Fields, *, is_gross: bool) -> list[NewLine]:
    rates = {line.text("rate_id"): line for line in order.objects("tax_lines")}
    return [
        *(product_line(line, rates, is_gross=is_gross) for line in order.objects("line_items")),
        *(
            extra_line(line, LineKind.SHIPPING, "method_title", rates, is_gross)
            for line in order.objects("shipping_lines")
        ),
        *(extra_line(line, LineKind.FEE, "name", rates, is_gross) for line in order.objects("fee_lines")),
    ]


def product_line(line: Fields, rates: dict[str, Fields], *, is_gross: bool) -> NewLine:
    quantity = line.quantity("quantity")
    total = with_tax(line, "total", "total_tax", is_gross)
    stated = total if line.is_empty("subtotal") else with_tax(line, "subtotal", "subtotal_tax", is_gross)
    before = max(stated, total)  # a price that staff raised afterwards is no negative discount
    return NewLine(
        name=plain_text(line, "name", longest=NAME),
        quantity=quantity,
        unit_price=line.exact("subtotal", before / quantity) if quantity else before,
        total=total,
        discount=line.exact("subtotal", before - total),
        taxes=taxes(line, rates),
        sku=line.identifier("sku", longest=SKU),
        variant=variant(line),
        external_id=line.identifier("id"),
        product_key=line.find_id("variation_id", "product_id"),
    )


def extra_line(line: Fields, kind: LineKind, title: str, rates: dict[str, Fields], is_gross: bool) -> NewLine:
    """Shipping or a fee; WooCommerce writes a discount that isn't a coupon as a negative fee."""
    total = with_tax(line, "total", "total_tax", is_gross)
    return NewLine(
        name=plain_text(line, title, longest=NAME),
        quantity=Decimal(1),
        unit_price=total,
        total=total,
        kind=LineKind.DISCOUNT if kind == LineKind.FEE and total < 0 else kind,
        taxes=taxes(line, rates),
        external_id=line.identifier("id"),
    )


def with_tax(line: Fields, amount: str, tax: str, is_gross: bool) -> Decimal:
    net = line.amount(amount)
    return line.exact(amount, net + line.amount(tax, ZERO)) if is_gross else net


def taxes(line: Fields, rates: dict[str, Fields]) -> list[NewTax]:
    """Each tax of a line, named by the order's tax lines; all in one when the line states only a total."""
    only = next(iter(rates.values())) if len(rates) == 1 else None
    stated = [given for given in line.objects("taxes") if not given.is_empty("total")]
    found = [tax(given, rates.get(given.text("id"), only)) for given in stated]
    total = line.amount("total_tax", ZERO)
    return found or ([NewTax("Tax", total)] if total else [])


def tax(given: Fields, rate: Fields | None) -> NewTax:
    amount = given.amount("total")
    if rate is None:
        return NewTax("Tax", amount)
    name = plain_text(rate, "label", longest=60) or "Tax"
    return NewTax(name, amount, rate=rate.maybe_amount("rate_percent"), compound=rate.flag("compound"))


def variant(line: Fields) -> str:
    """What the customer chose or typed in: "color: black, size: M". Keys that begin with _ are the platform's own."""
    chosen = []
    for meta in line.objects("meta_data"):
        key = plain_text(meta, "display_key") or plain_text(meta, "key")
        value = meta.value.get("value")
        if not meta.text("key").startswith("_") and isinstance(value, str):
            chosen.append(f"{key.removeprefix('pa_')}: {storable(unescape(value)).strip()}")
    return ", ".join(chosen)[:TEXT]


def plain_text(fields: Fields, key: str, *, longest: int = TEXT) -> str:
    """Titles are stored as HTML: "Ship Your Idea &ndash; Black"."""
    return storable(unescape(fields.text(key, longest=2 * longest)))[:longest]
