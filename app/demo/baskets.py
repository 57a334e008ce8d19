"""What people of the demo shop order: products, shipping and costs, in their own currency, with their country's VAT."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from app.amounts.money import ZERO, decimals, included_tax, rounded
from app.demo.catalogue import ARTICLES, CARD, CARD_COST, SHIPPING_COSTS, Article
from app.demo.people import Person
from app.intake_readers.by_rate import add_taxes
from app.intake_readers.new_order import NewLine, NewTax
from app.models import LineKind

#: country -> standard and reduced rate in percent; countries outside the EU pay no VAT here
VAT_RATES = {
    "NL": ("21", "9"), "BE": ("21", "6"), "DE": ("19", "7"), "FR": ("20", "5.5"), "ES": ("21", "10"),
    "AT": ("20", "10"), "IT": ("22", "10"), "PT": ("23", "6"), "SE": ("25", "12"), "DK": ("25", "25"),
    "FI": ("25.5", "14"), "PL": ("23", "8"), "IE": ("23", "9"), "CZ": ("21", "12"), "GR": ("24", "13"),
    "BG": ("20", "9"),
}  # fmt: skip

#: country -> currency, and what a euro makes in the shop's price list of that currency
CURRENCIES = {
    "GB": ("GBP", Decimal("0.88")),
    "SE": ("SEK", Decimal("11.4")),
    "PL": ("PLN", Decimal("4.3")),
    "CH": ("CHF", Decimal("0.96")),
    "JP": ("JPY", Decimal("165")),
    "US": ("USD", Decimal("1.12")),
}

FREE_SHIPPING_FROM = Decimal(90)
VOUCHER = "SPRING10"


def currency_of(person: Person) -> str:
    return CURRENCIES.get(person.country, ("EUR", Decimal(1)))[0]


def prices_include_tax(person: Person) -> bool:
    return not person.company


def vat_rate(person: Person, *, is_reduced: bool = False) -> Decimal:
    """In percent. A company in another country of the EU accounts for the VAT itself."""
    if person.vat_id and person.country != "NL":
        return ZERO
    return Decimal(VAT_RATES.get(person.country, ("0", "0"))[is_reduced])


def lines_for(
    person: Person, random: Random, *, shipping: str, payment: str, at_least: int = 1, discount: Decimal = ZERO
) -> list[NewLine]:
    """The lines of an order, with a discount in percent on the products."""
    chosen = random.sample(ARTICLES, random.choices((1, 2, 3, 4, 6), (30, 30, 22, 14, 4))[0] + at_least - 1)
    lines = [product_line(article, person, random, discount) for article in chosen]
    worth = sum((article.price for article in chosen), ZERO)
    cost = ZERO if worth >= FREE_SHIPPING_FROM or discount == 100 else SHIPPING_COSTS[shipping]
    lines.append(cost_line(LineKind.SHIPPING, shipping, cost, person))
    if payment == CARD and discount < 100:
        lines.append(cost_line(LineKind.PAYMENT, payment, CARD_COST, person))
    return number_lines(tax_lines(lines, person))


def product_line(article: Article, person: Person, random: Random, discount: Decimal) -> NewLine:
    steps = (
        (Decimal("1.5"), Decimal("2"), Decimal("3.25")) if article.by_length else (Decimal(1), Decimal(2), Decimal(4))
    )
    quantity = random.choices(steps, (70, 22, 8))[0]
    line = price_line(
        LineKind.PRODUCT, article.name, article.price, person, quantity, discount, is_reduced=article.is_reduced
    )
    line.sku = article.sku
    return line


def cost_line(kind: LineKind, name: str, cost: Decimal, person: Person) -> NewLine:
    return price_line(kind, name, cost, person, Decimal(1), ZERO)


def price_line(
    kind: LineKind,
    name: str,
    euros: Decimal,
    person: Person,
    quantity: Decimal,
    discount: Decimal,
    *,
    is_reduced: bool = False,
) -> NewLine:
    """A line at the person's price. `euros` is the price with Dutch VAT; all pay the same, whatever their rate."""
    currency, rate = currency_of(person), vat_rate(person, is_reduced=is_reduced)
    unit_price = in_currency(euros, currency)
    if not prices_include_tax(person):
        unit_price -= included_tax(unit_price, Decimal(9 if is_reduced else 21), currency)
    full = rounded(unit_price * quantity, currency)
    taken_off = rounded(full * discount / 100, currency)
    total = full - taken_off
    return NewLine(
        kind=kind,
        name=name,
        quantity=quantity,
        unit_price=unit_price,
        discount=taken_off,
        total=total,
        taxes=[NewTax("VAT", ZERO, rate)],  # the amount follows when all lines are there
    )


def in_currency(euros: Decimal, currency: str) -> Decimal:
    """A price as shops write it: 12.50 EUR, 11.00 GBP, 143 SEK, 2060 JPY."""
    factor = next((factor for code, factor in CURRENCIES.values() if code == currency), Decimal(1))
    step = {"SEK": Decimal(1), "PLN": Decimal("0.5"), "JPY": Decimal(10), "CHF": Decimal("0.05")}.get(currency)
    price = rounded(euros * factor, currency)
    return (price / step).quantize(Decimal(1), ROUND_HALF_UP) * step if step else price


def tax_lines(lines: Sequence[NewLine], person: Person) -> list[NewLine]:
    """With their VAT, from the sum per rate."""
    rates = [tax.rate for line in lines for tax in line.taxes]
    for line in lines:
        line.taxes = []
    add_taxes(lines, rates, currency_of(person), name="VAT", included=prices_include_tax(person))
    return list(lines)


def number_lines(lines: Sequence[NewLine]) -> list[NewLine]:
    for position, line in enumerate(lines, start=1):
        line.external_id = str(position)
    return list(lines)


def basket_total(lines: Sequence[NewLine], person: Person) -> Decimal:
    """What the customer owes."""
    taxes = ZERO if prices_include_tax(person) else sum((tax.amount for line in lines for tax in line.taxes), ZERO)
    return sum((line.total for line in lines), ZERO) + taxes


def part_of(amount: Decimal, share: str, currency: str) -> Decimal:
    """About this share of an amount, in whole units of the currency where that makes sense."""
    return rounded(amount * Decimal(share), currency) if decimals(currency) else (amount * Decimal(share)).quantize(1)
