"""What kind of sale a row of a document's VAT is, as VAT returns tell them apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from app import queries
from app.accounting.tax_rows import TaxRow, is_margin
from app.amounts.money import plain
from app.documents.einvoice_facts import Category, Says, vat_id_of
from app.documents.vat import vat_country
from app.exports.double_entry.accounts import TIERS, Accounts
from app.exports.figures.declaration import FigureScope
from app.exports.figures.vat import VatKey, read_documents, vat_of
from app.extensions import ShownText
from app.models import Invoice, InvoiceKind, ZeroRate


class SaleKind(StrEnum):
    TAXED = "taxed"
    MARGIN_TAXED = "margin_taxed"
    MARGIN_REST = "margin_rest"
    ZERO = "zero"
    EXEMPT = "exempt"
    EU_GOODS = "eu_goods"
    EU_SERVICES = "eu_services"
    EXPORT = "export"
    OSS = "oss"
    SURCHARGE = "surcharge"
    SMALL = "small"
    DIFFERENCE = "difference"
    UNTAXED = "untaxed"
    UNKNOWN_RATE = "unknown_rate"
    MARGIN_UNRECKONED = "margin_unreckoned"
    OTHER_SELLER = "other_seller"


SALE_KINDS: dict[SaleKind, ShownText] = {
    SaleKind.TAXED: _l("Sales with VAT of this country"),
    SaleKind.MARGIN_TAXED: _l("Margins under the margin scheme, without their VAT"),
    SaleKind.MARGIN_REST: _l("Margin scheme: what bears no VAT"),
    SaleKind.ZERO: _l("Sales, zero rate"),
    SaleKind.EXEMPT: _l("Sales, exempt"),
    SaleKind.EU_GOODS: _l("Goods to businesses in other member states"),
    SaleKind.EU_SERVICES: _l("Services to businesses in other member states, VAT reversed"),
    SaleKind.EXPORT: _l("Exports outside the EU"),
    SaleKind.OSS: _l("Sales with the VAT of other EU countries (OSS)"),
    SaleKind.SURCHARGE: _l("Equivalence surcharge"),
    SaleKind.SMALL: _l("Sales of a small business"),
    SaleKind.DIFFERENCE: _l("Differences of rounding"),
    SaleKind.UNTAXED: _l("Without VAT, and nothing says why"),
    SaleKind.UNKNOWN_RATE: _l("A tax or rate that this country does not have"),
    SaleKind.MARGIN_UNRECKONED: _l("Margin scheme, but the margin is not reckoned"),
    SaleKind.OTHER_SELLER: _l("Issued when the company was in another country"),
}

#: What somebody has to decide on before the return can be filed.
TO_DECIDE = frozenset(
    {SaleKind.UNTAXED, SaleKind.UNKNOWN_RATE, SaleKind.MARGIN_UNRECKONED, SaleKind.OTHER_SELLER}
)  # fmt: skip

#: Kinds of sale that the books call as the return does.
BY_SCHEME = {
    **dict.fromkeys(TIERS, SaleKind.TAXED),
    "eu": SaleKind.EU_GOODS,
    "export": SaleKind.EXPORT,
    "oss": SaleKind.OSS,
    "small": SaleKind.SMALL,
    "exempt": SaleKind.EXEMPT,
}

#: Recargo de equivalencia, which shops in Spain add for retailers: percent (artículo 161 LIVA).
SURCHARGES = ("5.2", "1.4", "0.5")


@dataclass(frozen=True)
class Sale:
    """What a document says of one kind of sale at one rate; that of a credit note takes back."""

    document_id: int
    number: str
    order_number: str
    day: date
    is_credit: bool
    buyer: str
    vat_id: str  # as the register writes it, or ""
    country: str  # where the VAT is due
    currency: str
    kind: SaleKind
    percent: str  # "21", or "" where no rate is stated
    tier: str  # of the rate, if the country has it
    row: TaxRow


def read_kinds(asked: FigureScope, country: str) -> Iterator[Sale]:
    """All sales of these days, document by document; `country` as VAT ids write it is whose return it is."""
    accounts = Accounts(queries.shop())
    for document in read_documents(asked):
        for key, row in vat_of(document, accounts, asked):
            yield make_sale(document, key, row, asked, country)


def make_sale(document: Invoice, key: VatKey, row: TaxRow, asked: FigureScope, country: str) -> Sale:
    says = document.snapshot
    buyer = says["buyer"]
    return Sale(
        document.id,
        document.number,
        str(says["order"]["number"]),
        asked.period.day_of(document.issued_at),
        document.kind == InvoiceKind.CREDIT_NOTE,
        str(buyer["company"] or buyer["name"]),
        vat_id_of(buyer),
        key.country,
        key.currency,
        kind_of_sale(key, row, says, country),
        f"{plain(Decimal(key.rate)):f}" if key.rate else "",
        key.tier or (key.scheme if key.scheme in TIERS else ""),
        row,
    )


def kind_of_sale(key: VatKey, row: TaxRow, says: Says, country: str) -> SaleKind:
    if vat_country(key.seller) != country:
        return SaleKind.OTHER_SELLER
    if not (key.name or key.rate or row.tax):
        return SaleKind.DIFFERENCE
    if key.scheme in BY_SCHEME:
        return BY_SCHEME[key.scheme]
    if key.scheme == "margin_taxed":
        return SaleKind.MARGIN_TAXED if key.tier in TIERS else SaleKind.UNKNOWN_RATE
    if key.scheme == "margin":
        return SaleKind.MARGIN_REST if is_margin((key.name, key.rate)) else SaleKind.MARGIN_UNRECKONED
    if key.scheme == "other":
        is_surcharge = country == "ES" and f"{plain(Decimal(key.rate or 0)):f}" in SURCHARGES
        return SaleKind.SURCHARGE if is_surcharge else SaleKind.UNKNOWN_RATE
    if key.scheme == "reversed":
        return SaleKind.EU_SERVICES if is_surely_service(says) else SaleKind.UNTAXED
    return SaleKind.ZERO if says.get("zero_rate") == ZeroRate.ZERO else SaleKind.UNTAXED


def is_surely_service(says: Says) -> bool:
    """Whether nothing of it was sent, as was known when it was issued: only the VAT of services is reversed so."""
    facts = says.get("einvoice") or {"vat": []}
    return any(one["category"] == Category.REVERSE_CHARGE for one in facts["vat"])
