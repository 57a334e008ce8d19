"""VAT of all documents per country, kind of sale and rate: as the documents say it and the books have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, tuple_

from app import queries
from app.accounting.margins import booked_rows
from app.accounting.tax_rows import TaxRow, is_margin
from app.amounts.money import plain
from app.exports.bookkeeping import ROWS_AT_ONCE, country_of_vat, in_percent
from app.exports.double_entry.accounts import USES, Accounts
from app.exports.double_entry.entries import day_of_rates
from app.exports.figures.declaration import CountryCode, FigureRow, FigureScope, NamedRate
from app.extensions import ShownText, db
from app.models import Invoice


@dataclass(frozen=True)
class VatKey:
    """What stands in one row of a declaration."""

    currency: str
    seller: str  # the country of who sold it
    country: str  # where the VAT is due
    scheme: str  # the tier of the rate, or why there is none; as the accounts of sales are called
    tier: str  # of a margin's rate
    name: str
    rate: str


def read_documents(asked: FigureScope) -> Iterator[Invoice]:
    """By their moments, a chunk at a time; what was read is let go of."""
    query = select(Invoice).where(*asked.of_documents()).order_by(Invoice.issued_at, Invoice.id).limit(ROWS_AT_ONCE)
    last: tuple[datetime, int] | None = None
    while True:
        after = query.where(tuple_(Invoice.issued_at, Invoice.id) > last) if last else query
        documents = list(db.session.scalars(after))
        yield from documents
        if len(documents) < ROWS_AT_ONCE:
            return
        last = (documents[-1].issued_at, documents[-1].id)
        db.session.expunge_all()


def vat_of(document: Invoice, accounts: Accounts, asked: FigureScope) -> Iterator[tuple[VatKey, TaxRow]]:
    """The rows of a document, each where it is to be declared."""
    says = document.snapshot
    day = day_of_rates(says, asked.period.day_of(document.issued_at))
    for key, _net, row in booked_rows(document):
        name, rate = key
        percent = in_percent(rate)
        if is_margin(key):
            scheme, tier = accounts.scheme_of_margin(says, percent, day)
        else:
            scheme, tier = accounts.scheme(says, percent, row.tax, day), ""
        seller = str(says["seller"]["country"])
        yield VatKey(document.currency, seller, country_of_vat(says, name), scheme, tier, name, rate or ""), row


def add_up_vat(asked: FigureScope) -> dict[VatKey, tuple[int, TaxRow]]:
    accounts = Accounts(queries.shop())
    sums: dict[VatKey, tuple[int, TaxRow]] = {}
    for document in read_documents(asked):
        for key, row in vat_of(document, accounts, asked):
            count, so_far = sums.get(key, (0, TaxRow()))
            sums[key] = (count + 1, so_far + row)
    return sums


def vat_headings(_asked: FigureScope) -> Sequence[ShownText]:
    return [_l("Country"), _l("Kind of sale"), _l("VAT")]


def read_vat(asked: FigureScope) -> Iterator[FigureRow]:
    by_row: dict[tuple[str, str, str, NamedRate], tuple[int, TaxRow]] = {}
    for key, (count, row) in add_up_vat(asked).items():
        place = (key.currency, key.country, key.scheme, name_rate(key))
        before, so_far = by_row.get(place, (0, TaxRow()))
        by_row[place] = (before + count, so_far + row)
    for (currency, country, scheme, rate), (count, row) in sorted(by_row.items(), key=lambda one: rank_row(*one[0])):
        names = (CountryCode(country), title_of_scheme(scheme), rate if rate.name else rate.rate)
        sums = (Decimal(count), row.base, row.tax, row.base + row.tax)
        yield FigureRow(currency, (country, scheme, rate), names, sums)


def rank_row(currency: str, country: str, scheme: str, rate: NamedRate) -> tuple[str, ...]:
    return currency, country, scheme, str(rate)


def name_rate(key: VatKey) -> NamedRate:
    """21 %, or with the name of a tax that goes by it; what is under the margin scheme is named by its kind of sale."""
    name = "" if is_margin((key.name, key.rate)) else key.name
    return NamedRate(name, f"{plain(Decimal(key.rate)):f} %" if key.rate else "")


def title_of_scheme(scheme: str) -> str:
    return str(USES[f"revenue_{scheme}"].title)
