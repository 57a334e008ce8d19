"""The rows of one order, read by our fields: what is the order's own, and the cells of each line.

A refusal names the row and the column as the spreadsheet shows them: "row 12, Total".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TypedDict, TypeVar, cast
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_symbol
from flask_babel import gettext as _

from app.amounts.money import ZERO, is_currency
from app.columns import in_utc, storable
from app.intake_readers.csv.cells import LOCALES, countries, date_readings, number_readings, plain
from app.intake_readers.csv.fields import COLUMNS, CellKind
from app.intake_readers.csv.mapping import UNDECIDED, Mapping
from app.intake_readers.csv.words import NOT_PAID, PAID, says
from app.intake_readers.new_order import UnreadableOrder
from app.intake_readers.reading import IDENTIFIER, TEXT, Fields, in_short, why_not_identifier
from app.intake_readers.reading import countries as codes


class OrderRow(TypedDict):
    """A row by our fields, and where it stood in its file; `too_many`: with cells beyond the last column.

    `headers` are those of a line that has columns of its own in the row.
    """

    row: int
    cells: dict[str, str]
    too_many: bool
    headers: dict[str, str]


Reading = TypeVar("Reading", Decimal, datetime)


@dataclass(frozen=True)
class Cells:
    """One row, by our fields: the cells that have something in them."""

    number: int
    cells: dict[str, str]
    mapping: Mapping

    @classmethod
    def of(cls, row: OrderRow, mapping: Mapping) -> Cells:
        if row["headers"]:
            mapping = replace(mapping, columns=mapping.columns | row["headers"])
        return cls(row["row"], {name: storable(plain(cell)) for name, cell in row["cells"].items() if cell}, mapping)

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    def refusal(self, name: str, reason: str) -> UnreadableOrder:
        column = storable(self.mapping.columns.get(name, name))[:120]
        return UnreadableOrder(_("row %(row)s, %(column)s", row=self.number, column=column), reason)

    def unreadable(self, name: str, expected: str) -> UnreadableOrder:
        reason = _("Found %(found)s, expected %(expected)s.", found=in_short(self[name]), expected=expected)
        return self.refusal(name, reason)

    def text(self, name: str, *, longest: int = TEXT) -> str:
        return self[name][:longest].rstrip()

    def identifier(self, name: str, *, longest: int = IDENTIFIER) -> str:
        if reason := why_not_identifier(self[name], longest):
            raise self.refusal(name, reason)
        return self[name]

    def maybe_amount(self, name: str, currency: str) -> Decimal | None:
        """An amount or quantity, with or without the currency that the order is in."""
        if not self[name]:
            return None
        readings = number_readings(without_affixes(self[name], currency))
        if not readings:
            raise self.unreadable(name, _("an exact amount, such as 12.50"))
        if chosen := self.mapping.decimal_mark:
            if chosen not in readings:
                raise self.unreadable(name, _("an amount with %(mark)s before its decimals", mark=chosen))
            return readings[chosen]
        return self.only(name, readings)

    def maybe_moment(self, name: str, time_zone: str) -> datetime | None:
        if not self[name]:
            return None
        readings = date_readings(self[name])
        if not readings:
            raise self.unreadable(name, _("a date such as 2024-05-31 or 31-05-2024 14:00"))
        found = readings.get(self.mapping.date_form) or self.only(name, readings)
        try:
            return in_utc(found if found.tzinfo else found.replace(tzinfo=ZoneInfo(time_zone)))
        except (ValueError, OverflowError):
            raise self.unreadable(name, _("a date such as 2024-05-31 or 31-05-2024 14:00")) from None

    def only(self, name: str, readings: dict[str, Reading]) -> Reading:
        """The one thing that a cell can mean, by itself or by what the rest of its column shows."""
        if len(set(readings.values())) == 1:
            return next(iter(readings.values()))
        shown = self.mapping.decided.get(name, UNDECIDED)
        if shown in readings:
            return readings[shown]
        is_date = COLUMNS[name].kind == CellKind.MOMENT
        reason = _(
            "%(found)s can be read in two ways, and its column doesn't show which. Choose %(what)s.",
            found=in_short(self[name]),
            what=_("the order of day and month") if is_date else _("the decimal mark"),
        )
        raise self.refusal(name, reason)


def the_same() -> str:
    return _("the same as in the other rows of this order")


def more_tax_than_total(tax: Decimal, total: Decimal) -> str:
    return _(
        "The tax of %(tax)s is more than the total of %(total)s. If this column holds rates in percent, say that it is "
        "the tax rate of the line.",
        tax=f"{tax:f}",
        total=f"{total:f}",
    )


def without_affixes(text: str, currency: str) -> str:
    """The bare number of "€ 12,50" or "12.50 EUR"; another currency stays, and makes it unreadable."""
    for affix in affixes(currency):
        for sign in ("", "-", "\u2212", "+", "("):
            if text.startswith(sign + affix):
                text = sign + text.removeprefix(sign + affix).strip()
        text = text.removesuffix(affix).strip()
    return text


@cache
def affixes(currency: str) -> tuple[str, ...]:
    symbols = {get_currency_symbol(currency, locale) for locale in LOCALES} if is_currency(currency) else set()
    local = {"USD": "$", "CAD": "$", "AUD": "$", "CHF": "Fr.", "PLN": "zł", "SEK": "kr", "DKK": "kr", "NOK": "kr"}
    words = {currency, *symbols, local.get(currency, currency)} - {""}
    dotted = {f"{word}." for word in words if word[-1].isalpha()}
    return tuple(sorted(words | dotted, key=len, reverse=True))


@dataclass(frozen=True)
class OrderRows:
    """All rows of an order."""

    rows: list[Cells]
    currency: str
    time_zone: str

    @classmethod
    def of(cls, order: Fields, mapping: Mapping, time_zone: str) -> OrderRows:
        written = cast(list[OrderRow], order.value["rows"])
        rows = [Cells.of(one, mapping) for one in written]
        if broken := next((one["row"] for one in written if one["too_many"]), None):
            reason = _("There are more cells than columns. A text with a separator in it has to stand in quotes.")
            raise UnreadableOrder(_("row %(row)s", row=broken), reason)
        stated = next((row for row in rows if row["currency"]), rows[0])
        currency = stated["currency"].upper() or order.shop_currency
        if not is_currency(currency):
            raise stated.unreadable("currency", _("a currency of ISO 4217, such as EUR"))
        found = cls(rows, currency, time_zone)
        found.refuse_several("currency", "email")
        return found

    def refuse_several(self, *names: str) -> None:
        """Refuse rows that have a number in common and are of two orders: those state two of these."""
        for name in names:
            first = self.first(name)[name].casefold()
            for row in self.rows:
                if row[name] and row[name].casefold() != first:
                    raise row.unreadable(name, the_same())

    def first(self, name: str) -> Cells:
        """The first row that states a field; the first of all when none does."""
        return next((row for row in self.rows if row[name]), self.rows[0])

    def missing(self, name: str, expected: str) -> UnreadableOrder:
        return self.rows[0].refusal(name, _("This is missing. Expected %(expected)s.", expected=expected))

    def text(self, name: str, *, longest: int = TEXT) -> str:
        return self.first(name).text(name, longest=longest)

    def words(self, *names: str) -> str:
        return " ".join(filter(None, (self.text(name) for name in names)))[:TEXT].rstrip()

    def identifier(self, name: str, *, longest: int = IDENTIFIER) -> str:
        return self.first(name).identifier(name, longest=longest)

    def maybe_amount(self, name: str) -> Decimal | None:
        """An amount of the whole order: the same in each row that states it, or the sum of the rows' own parts."""
        stated = [(row, row.maybe_amount(name, self.currency)) for row in self.rows if row[name]]
        if stated and name in stated[0][0].mapping.per_row:
            return sum((amount or ZERO for _row, amount in stated), ZERO)
        for row, amount in stated:
            if amount != stated[0][1]:
                raise row.unreadable(name, the_same())
        return stated[0][1] if stated else None

    def amount(self, name: str) -> Decimal:
        return self.maybe_amount(name) or ZERO

    def maybe_moment(self, name: str) -> datetime | None:
        return self.first(name).maybe_moment(name, self.time_zone)

    def day(self, name: str) -> datetime | None:
        """The moment that the first row states; the others are of the same day, give or take less than one."""
        found = self.maybe_moment(name)
        stated = self.first(name)[name]
        for row in self.rows:
            other = row.maybe_moment(name, self.time_zone) if row[name] != stated else None
            if found and other and abs(other - found) >= timedelta(days=1):
                raise row.unreadable(name, the_same())
        return found

    def language(self) -> str:
        return Fields({"language": self.text("language")}).language("language")

    def country(self, name: str) -> str:
        """A code of ISO 3166, or the name of a country in a language that Toonbank speaks."""
        row = self.first(name)
        stated = row[name]
        code = stated.upper() if stated.upper() in codes() else countries().get(stated.casefold(), "")
        if stated and not code:
            raise row.unreadable(name, _("a country of ISO 3166, such as NL"))
        return code

    def is_paid(self) -> bool | None:
        """What the payment status says; None when it says nothing."""
        row = self.first("payment_status")
        status = row["payment_status"]
        if not status:
            return None
        if not (says(status, PAID) or says(status, NOT_PAID)):
            raise row.unreadable("payment_status", _("a payment status such as paid, pending or refunded"))
        return says(status, PAID)
