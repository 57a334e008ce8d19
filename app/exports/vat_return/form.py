"""What the form of a country is declared by: its boxes, which sales go into each, and how it wants amounts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from app.amounts.money import rounded
from app.exports.vat_return.kinds import Sale, SaleKind
from app.extensions import ShownText

#: The currency of the five forms; nothing is converted.
CURRENCY = "EUR"


#: In which language titles are where it is not called as the country.
LANGUAGES = {"BE": "nl"}


class Papers(StrEnum):
    """Of which documents a box tells."""

    ALL = "all"
    INVOICES = "invoices"
    CREDIT_NOTES = "credit_notes"

    def have(self, sale: Sale) -> bool:
        return self == Papers.ALL or sale.is_credit == (self == Papers.CREDIT_NOTES)


class Unknown(StrEnum):
    """Why a box can't be filled in from sales."""

    PURCHASES = "purchases"
    INPUT_VAT = "input_vat"
    OWN_USE = "own_use"
    EARLIER = "earlier"
    ABROAD = "abroad"
    REVERSED_AT_HOME = "reversed_at_home"
    RESULT = "result"


WHY_UNKNOWN: dict[Unknown, ShownText] = {
    Unknown.PURCHASES: _l("Not known here: fill it in from your purchase books."),
    Unknown.INPUT_VAT: _l("Not known here: VAT on what you bought, from your purchase books."),
    Unknown.OWN_USE: _l("Not known here: private use, gifts and the like."),
    Unknown.EARLIER: _l("Not known here: corrections of earlier returns that no credit note is of."),
    Unknown.ABROAD: _l("Not known here: sales under a VAT number of another country."),
    Unknown.REVERSED_AT_HOME: _l("Not known here: VAT reversed to businesses at home, if you have such sales."),
    Unknown.RESULT: _l("Not known here: it follows once the boxes of your purchases are filled in."),
}


class Amounts(StrEnum):
    """How a form wants amounts."""

    CENTS = "cents"
    IN_FAVOUR = "in_favour"
    WITHOUT_CENTS = "without_cents"
    NEAREST = "nearest"

    def base(self, value: Decimal) -> Decimal:
        return rounded(value, CURRENCY) if self == Amounts.CENTS else value.quantize(Decimal(1), WHOLE[self])

    def tax(self, value: Decimal) -> Decimal:
        to_the_cent = self in (Amounts.CENTS, Amounts.WITHOUT_CENTS)
        return rounded(value, CURRENCY) if to_the_cent else value.quantize(Decimal(1), WHOLE[self])


WHOLE = {Amounts.IN_FAVOUR: ROUND_FLOOR, Amounts.WITHOUT_CENTS: ROUND_DOWN, Amounts.NEAREST: ROUND_HALF_UP}

HOW_ROUNDED: dict[Amounts, ShownText] = {
    Amounts.CENTS: _l("The form takes amounts to the cent."),
    Amounts.IN_FAVOUR: _l("The form takes whole euros; they are rounded down, in your favour."),
    Amounts.WITHOUT_CENTS: _l(
        "The form takes bases in whole euros, without their cents, and VAT to the cent. Where it has no box for the "
        "VAT it reckons it from the base, so that cents may differ from your documents."
    ),
    Amounts.NEAREST: _l("The form takes whole euros, rounded to the nearest."),
}


@dataclass(frozen=True)
class Box:
    """A box or line. Its title is the form's own, in the language of the country."""

    code: str
    title: str
    kinds: tuple[SaleKind, ...] = ()
    percents: tuple[str, ...] = ()  # of these rates; of all where none are named
    tiers: tuple[str, ...] = ()
    papers: Papers = Papers.ALL
    base: bool = True
    tax: bool = False
    tax_code: str = ""  # where the VAT has a box of its own
    taxed_at: Decimal | None = None  # percent by which the form itself reckons the VAT from the base
    takes_back: bool = False  # tells of what was credited as more than 0
    adds: tuple[str, ...] = ()  # is the sum of these boxes
    unknown: Unknown | None = None

    def takes(self, sale: Sale) -> bool:
        return (
            sale.kind in self.kinds
            and (not self.percents or sale.percent in self.percents)
            and (not self.tiers or sale.tier in self.tiers)
            and self.papers.have(sale)
        )


@dataclass(frozen=True)
class VatForm:
    country: str  # as VAT ids write it
    title: str
    amounts: Amounts
    listing: str  # what the list of buyers in other member states is called
    boxes: tuple[Box, ...]
    below_zero: bool = True  # whether boxes may be less than 0

    @property
    def language(self) -> str:
        """That of its titles."""
        return LANGUAGES.get(self.country, self.country.lower())

    def base_box(self, sale: Sale) -> Box | None:
        return next((box for box in self.boxes if box.base and box.takes(sale)), None)

    def tax_box(self, sale: Sale) -> Box | None:
        return next((box for box in self.boxes if box.tax and box.takes(sale)), None)
