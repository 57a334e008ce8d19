"""Exact amounts: parsing, rounding to a currency's own decimals, splitting without losing a cent.

Amounts and quantities are `decimal.Decimal` everywhere; never `float`. The number of decimals of a
currency is CLDR's (ISO 4217: EUR 2, JPY 0, KWD 3), read through Babel.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from functools import cache, lru_cache
from itertools import cycle, islice

from babel import Locale
from babel.numbers import format_currency, format_decimal, get_currency_precision, list_currencies

ZERO = Decimal(0)

#: Stored decimals: the column type keeps amounts and quantities as integers of 10**-SCALE.
SCALE = 6
SMALLEST = Decimal(1).scaleb(-SCALE)
LARGEST = Decimal(10) ** 12

#: No line has so many pieces; what is no less is the number of something else, such as the bar code of a product.
MOST_PIECES = Decimal(10) ** 9


class BadAmount(ValueError):
    """A text that is not an exact amount; the message says what was found."""


def parse(value: object) -> Decimal:
    """Read an amount or quantity from JSON or a form, exactly; half-up to 6 decimals.

    Accepts str, int and Decimal ("10.0000", "529", 8.025000000000002 read as Decimal).
    Raises BadAmount for anything else: a float has already lost its exact value.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise BadAmount(f"{value!r} is not a number")
    try:
        number = Decimal(value.strip()) if isinstance(value, str) else Decimal(value)
    except InvalidOperation:
        raise BadAmount(f"{value!r} is not a number") from None
    # the exponent first: abs() and quantize() of 1e9999999 overflow
    if not number.is_finite() or number.adjusted() > LARGEST.adjusted():
        raise BadAmount(f"{value!r} is out of range")
    exact = number.quantize(SMALLEST, ROUND_HALF_UP)
    if abs(exact) >= LARGEST:
        raise BadAmount(f"{value!r} is out of range")
    return plain(exact)


def plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros or exponent: 10.0000 -> 10, 1.50 -> 1.5."""
    whole = number.to_integral_value()
    return whole.quantize(Decimal(1)) if number == whole else number.normalize()


@cache
def decimals(currency: str) -> int:
    """How many decimals the currency has: EUR 2, JPY 0, KWD 3."""
    return int(get_currency_precision(currency))


@cache
def smallest_unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-decimals(currency))


@cache
def currencies(language: str) -> dict[str, str]:
    """The currencies of ISO 4217 by their codes, each with its name in the language, by code."""
    names = Locale.parse(language).currencies
    return {code: names.get(code, code) for code in sorted(list_currencies())}


@cache
def is_currency(code: str) -> bool:
    return code in list_currencies()


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount to the currency's smallest unit, half up (away from zero)."""
    return amount.quantize(smallest_unit(currency), ROUND_HALF_UP)


def included_tax(gross: Decimal, rate: Decimal, currency: str) -> Decimal:
    """The tax inside a gross amount at a rate in percent, to the smallest unit."""
    return rounded(gross * rate / (100 + rate), currency)


def split(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split `total` in proportion to `weights`; the parts add up to `total` to the smallest unit.

    Left-over units go to the largest remainders, first come first served (Hamilton's method).
    Weights that are all zero share equally. Raises ValueError for no weights.
    """
    if not weights:
        raise ValueError("nothing to split over")
    unit = smallest_unit(currency)
    whole = sum(weights, ZERO)
    shares = list(weights) if whole else [Decimal(1)] * len(weights)
    with localcontext() as context:
        context.prec = 50
        exact = [total * share / sum(shares, ZERO) for share in shares]
        parts = [(part // unit) * unit for part in exact]
        left = int((total - sum(parts, ZERO)) / unit)
        step = 1 if left >= 0 else -1
        by_remainder = sorted(range(len(parts)), key=lambda i: step * (parts[i] - exact[i]))
        for i in by_remainder[: abs(left)]:
            parts[i] += step * unit
    parts[by_remainder[0]] += total - sum(parts, ZERO)
    return parts


def closed(
    amounts: Sequence[Decimal], total: Decimal, currency: str, *, near: Sequence[Decimal] | None = None
) -> list[Decimal]:
    """The amounts in whole units of the currency, adding up to `total`; left-over units go where rounding took most.

    `near` are whole units to start from, instead of each amount's nearest ones.
    """
    unit = smallest_unit(currency)
    parts = [rounded(amount, currency) for amount in (amounts if near is None else near)]
    left = int((total - sum(parts, ZERO)) / unit)
    step = 1 if left > 0 else -1
    by_error = sorted(range(len(parts)), key=lambda i: step * (parts[i] - amounts[i]))
    for i in islice(cycle(by_error), abs(left)):
        parts[i] += step * unit
    return parts


@lru_cache(maxsize=10_000)
def format_amount(amount: Decimal, currency: str, locale: str = "en") -> str:
    """The amount for people: shown(Decimal("40.45"), "EUR", "nl") -> "€ 40,45"."""
    return format_currency(amount, currency, locale=locale)


def format_round_amount(amount: Decimal, currency: str, locale: str = "en") -> str:
    """Of whole units, without a place for cents: (Decimal(2000), "EUR", "nl") -> "€ 2.000"."""
    pattern = Locale.parse(locale).currency_formats["standard"].pattern.replace(".00", "")
    return format_currency(amount, currency, pattern, locale, currency_digits=False)


@lru_cache(maxsize=10_000)
def shown_number(number: Decimal, locale: str = "en", least: int = 0) -> str:
    """A quantity, rate or price for people, all its decimals and at least so many: 1.5 -> "1,5" in nl."""
    return format_decimal(number, format="#,##0." + "0" * least + "#" * (6 - least), locale=locale)


def in_full(number: Decimal, currency: str) -> Decimal:
    """With all its decimals and at least those of the currency: 12.5 -> 12.50, 12.505 -> 12.505."""
    whole = rounded(number, currency)
    return whole if whole == number else number
