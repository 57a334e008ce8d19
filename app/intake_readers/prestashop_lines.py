"""Reading the lines of a PrestaShop order: rows, shipping, gift wrapping and discounts, each with and without tax."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from app.amounts.money import ZERO, plain, rounded
from app.intake_readers.by_rate import spread_discounts
from app.intake_readers.new_order import NewLine, NewTax
from app.intake_readers.reading import NAME, SKU, Fields
from app.models import LineKind

#: The shop rounds each piece, and not each row.
ROUNDS_PIECES = "1"


def lines(order: Fields, currency: str) -> list[NewLine]:
    associations = order.object("associations") or Fields({})
    rounds_pieces = order.text("round_type") == ROUNDS_PIECES
    found = [row(given, currency, rounds_pieces=rounds_pieces) for given in associations.objects("order_rows")]
    found += cost(order, "total_shipping", "Shipping", LineKind.SHIPPING)
    found += cost(order, "total_wrapping", "Gift wrapping", LineKind.FEE)
    found += discount(order)
    spread_discounts(found, currency, name="VAT", included=True)
    return found


def row(given: Fields, currency: str, *, rounds_pieces: bool) -> NewLine:
    """Prices are stated to the millionth; the shop charges whole cents."""
    quantity = given.quantity("product_quantity")
    price, net_price = given.amount("unit_price_tax_incl"), given.amount("unit_price_tax_excl")
    total = charge_for(price, quantity, currency, rounds_pieces=rounds_pieces)
    net = charge_for(net_price, quantity, currency, rounds_pieces=rounds_pieces)
    return NewLine(
        name=given.text("product_name", longest=NAME),
        quantity=quantity,
        unit_price=price,
        total=given.exact("unit_price_tax_incl", total),
        taxes=tax(given, "unit_price_tax_incl", total - net, rate_of(price, net_price)),
        sku=given.identifier("product_reference", longest=SKU),
        external_id=given.identifier("id"),
        product_key="-".join(filter(None, (given.find_id("product_id"), given.find_id("product_attribute_id")))),
    )


def charge_for(price: Decimal, quantity: Decimal, currency: str, *, rounds_pieces: bool) -> Decimal:
    return rounded(price, currency) * quantity if rounds_pieces else rounded(price * quantity, currency)


def cost(order: Fields, name: str, title: str, kind: LineKind) -> list[NewLine]:
    total, net = both(order, name)
    if not total:
        return []
    is_shipping = kind == LineKind.SHIPPING
    stated = order.maybe_amount("carrier_tax_rate") if is_shipping else None
    rate = stated or rate_of(total, net)
    return [
        NewLine(title, Decimal(1), total, total, kind=kind, taxes=tax(order, f"{name}_tax_incl", total - net, rate))
    ]


def discount(order: Fields) -> list[NewLine]:
    """Its tax is shared over the rates of the rows, for none is stated apart."""
    total, _net = both(order, "total_discounts")
    return [NewLine("Discount", Decimal(1), -total, -total, kind=LineKind.DISCOUNT)] if total else []


def both(order: Fields, name: str) -> tuple[Decimal, Decimal]:
    """With and without tax; older orders state one amount, with tax."""
    total = order.amount(f"{name}_tax_incl", order.amount(name, ZERO))
    return total, order.amount(f"{name}_tax_excl", total)


def tax(given: Fields, key: str, amount: Decimal, rate: Decimal | None) -> list[NewTax]:
    return [NewTax("VAT", given.exact(key, amount), rate=rate)] if amount else []


def rate_of(price: Decimal, net: Decimal) -> Decimal | None:
    """In per cent, as both prices show it: to the hundredth, or of amounts in cents the whole one that fits."""
    if net <= 0:
        return None
    exact = (price / net - 1) * 100
    for step, off in ((Decimal("0.01"), Decimal("0.00001")), (Decimal(1), Decimal("0.005"))):
        rate = exact.quantize(step, ROUND_HALF_UP)
        if abs(net * (1 + rate / 100) - price) <= off:
            return plain(rate)
    return None
