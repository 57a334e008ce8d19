"""The words on documents, and how amounts, dates and countries are written in a language."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_percent

from app.accounting.tax_rows import named_tax
from app.amounts.money import decimals, format_amount, plain, shown_number
from app.config import LANGUAGES, locale_of

FOLDER = Path(__file__).parent / "words"


def spoken(wanted: str, own: str) -> str:
    """The language to print in: the one wanted ("de-AT" is "de") where we have its words, else the shop's own."""
    for language in (wanted[:2].lower(), own[:2].lower()):
        if language in LANGUAGES:
            return language
    return "en"


@cache
def words_in(language: str) -> MappingProxyType[str, str]:
    return MappingProxyType(tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8")))


@dataclass(frozen=True)
class Writing:
    """Facts as text for the reader of one document."""

    language: str
    currency: str = "EUR"

    @property
    def locale(self) -> str:
        return locale_of(self.language)

    def money(self, amount: str | Decimal) -> str:
        """With the currency: "€ 40,45"."""
        return in_one_piece(format_amount(Decimal(amount), self.currency, self.locale))

    def amount(self, amount: str | Decimal) -> str:
        """Without it, as in a column: "40,45"."""
        return in_one_piece(format_currency(Decimal(amount), self.currency, format="#,##0.00", locale=self.locale))

    def price(self, price: str | Decimal) -> str:
        """As an amount, with up to four decimals when the price has parts of cents: "8,0264"."""
        exact = plain(round(Decimal(price), max(4, decimals(self.currency))))
        if -int(exact.as_tuple().exponent) <= decimals(self.currency):
            return self.amount(exact)
        pattern = "#,##0.00##"
        return in_one_piece(
            format_currency(exact, self.currency, format=pattern, locale=self.locale, currency_digits=False)
        )

    def number(self, number: str | Decimal) -> str:
        return in_one_piece(shown_number(Decimal(number), self.locale))

    def percent(self, rate: str | Decimal) -> str:
        pattern = Locale.parse(self.locale).percent_formats[None].pattern.replace("0", "0.####")
        return in_one_piece(format_percent(Decimal(rate) / 100, pattern, locale=self.locale))

    def tax_name(self, name: str, *, has_vat: bool) -> str:
        return named_tax(name, words_in(self.language)["vat"], has_vat=has_vat)

    def day(self, day: str | date) -> str:
        return format_date(date.fromisoformat(day) if isinstance(day, str) else day, "long", locale=self.locale)

    def country(self, code: str) -> str:
        """Its name, or the code where nobody knows it."""
        return Locale.parse(self.locale).territories.get(code.upper(), code)


def in_one_piece(number: str) -> str:
    """A number that no line break divides. The printing library keeps one kind of space whole, Babel writes two."""
    return number.replace("\u202f", "\xa0").replace(" ", "\xa0")
