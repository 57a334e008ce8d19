"""What an e-invoice says beyond the page: VAT categories, net amounts, units, and ids by their schemes.

They follow from the snapshot, and are fixed with it at issue; of documents from before, when they are asked for. Codes
are those of EN 16931: UNCL 5305 of categories, VATEX of reasons, UN/ECE Rec 20 of units, and the list of electronic
addresses (EAS) of schemes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias, TypedDict

from stdnum.de import leitweg

from app.accounting.tax_rows import is_margin
from app.amounts.money import ZERO, closed
from app.documents.vat import EU, vat_country
from app.models import MarginScheme

#: A snapshot, or a part of one.
Says: TypeAlias = dict[str, Any]

#: (name, rate) of a tax, as the rows of a snapshot state them.
TaxKey = tuple[str, str | None]

#: What has no rate of its own, on documents from before each line stated its taxes.
UNTAXED_KEY: TaxKey = ("", "0")

#: A piece: what is sold by weight or length is not known yet.
PIECE = "C62"


class Category(StrEnum):
    """VAT categories of EN 16931; `ASKED`: nothing says which one a rate of 0 % stands for."""

    STANDARD = "S"
    ZERO_RATE = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INSIDE_EU = "K"
    EXPORT = "G"
    OUTSIDE_VAT = "O"
    ASKED = ""


REASONS = {
    Category.REVERSE_CHARGE: "VATEX-EU-AE",
    Category.INSIDE_EU: "VATEX-EU-IC",
    Category.EXPORT: "VATEX-EU-G",
    Category.OUTSIDE_VAT: "VATEX-EU-O",
}


#: Of goods under the margin scheme.
MARGIN_REASONS = {
    MarginScheme.GOODS: "VATEX-EU-F",
    MarginScheme.ART: "VATEX-EU-I",
    MarginScheme.ANTIQUES: "VATEX-EU-J",
}


class CategorySaid(TypedDict):
    category: str
    reason: str  # a VATEX code, or ""


class SchemeId(TypedDict):
    """An id, and whose it is: {"scheme": "0106", "id": "12345678"}, a number of the Dutch chamber of commerce."""

    scheme: str
    id: str


class EInvoiceFacts(TypedDict):
    """`nets` and `units` per line of the snapshot, `vat` per row of its VAT."""

    nets: list[str]  # "" where several taxes are on the same goods
    units: list[str]
    vat: list[CategorySaid]
    seller_id: SchemeId | None
    seller_address: SchemeId | None
    buyer_address: SchemeId | None
    deliver_to: str  # a country


def derive_einvoice_facts(says: Says, *, is_service: bool = False) -> EInvoiceFacts:
    """As the snapshot has them; `is_service` where it is known that nothing of it is sent."""
    seller, buyer = says["seller"], says["buyer"]
    has_net = not taxes_overlap(says)
    return {
        "nets": [str(sum(shares.values(), ZERO)) if has_net else "" for shares in line_shares(says)],
        "units": [PIECE for _line in says["lines"]],
        "vat": [category_of(says, row, is_service=is_service) for row in says["vat"]],
        "seller_id": legal_id(seller),
        "seller_address": electronic_address(seller),
        "buyer_address": leitweg_address(says) or electronic_address(buyer),
        "deliver_to": (says.get("ship_to") or buyer).get("country", ""),
    }


# --- VAT ------------------------------------------------------------------------------------------------------------


def category_of(says: Says, row: Says, *, is_service: bool) -> CategorySaid:
    category = standard_or_not(says, row, is_service=is_service)
    reason = REASONS.get(category, "")
    if category == Category.EXEMPT and is_margin(row_key(row)) and not says.get("small_business"):
        reason = MARGIN_REASONS[MarginScheme(row["name"])]
    elif category == Category.EXEMPT and says["seller"]["country"] == "FR":
        reason = "VATEX-FR-FRANCHISE"
    return {"category": category.value, "reason": reason}


def standard_or_not(says: Says, row: Says, *, is_service: bool) -> Category:
    """What is taxed is standard, also at a lower rate; what isn't, for the reason that the document gives."""
    seller = says["seller"]
    if is_taxed(row):
        return Category.STANDARD
    if says.get("small_business") and (seller["vat_id"] or vat_country(seller["country"]) in EU):
        return Category.EXEMPT  # whoever buys: article 139 keeps a small business out of the other exemptions
    is_of_margin = is_margin(row_key(row))
    if says.get("supply_inside_eu") and not is_of_margin:
        return Category.INSIDE_EU
    if says.get("export"):
        return Category.EXPORT
    if not seller["vat_id"]:  # a category of VAT needs a seller who is registered for it
        return Category.OUTSIDE_VAT
    if is_of_margin:
        return Category.EXEMPT
    if is_service and is_reversed(says):
        return Category.REVERSE_CHARGE
    return Category.ASKED


def is_taxed(row: Says) -> bool:
    """Whether there is tax on it, or would be if it came to more than its rounding."""
    rate, tax = Decimal(row["rate"] or 0), Decimal(row["tax"])
    return bool(tax) or (rate > 0 and abs(Decimal(row["base"]) * rate) < 100)


def is_all_taxed(vat: list[Says]) -> bool:
    """Whether all of it is, be it so little that its tax is rounded away; what has no rate aside."""
    rated = [row for row in vat if row["rate"] is not None]
    return bool(rated) and all(is_taxed(row) for row in rated)


def is_reversed(says: Says) -> bool:
    """No VAT at all, between businesses of two member states (article 196)."""
    seller, buyer = (vat_country(says[party]["vat_id"]) for party in ("seller", "buyer"))
    return not Decimal(says["tax"]) and seller != buyer and {seller, buyer} <= EU


def taxes_overlap(says: Says) -> bool:
    """Whether two taxes are on the same goods, as in Canada: then bases add up to more than the net amount."""
    return sum((Decimal(row["base"]) for row in says["vat"]), ZERO) != Decimal(says["net"])


def line_shares(says: Says) -> list[dict[TaxKey, Decimal]]:
    """Per line its net amount, by tax; the shares of all lines add up to the rows of the document.

    What rounding leaves over goes where it took most. The difference that a shop stated has a tax of its own.
    """
    bases = {row_key(row): Decimal(row["base"]) for row in says["vat"]}
    shares: list[dict[TaxKey, Decimal]] = [exact_shares(line, bases, says) for line in says["lines"]]
    for key, base in bases.items():
        own = [share for share in shares if key in share]
        for share, amount in zip(own, closed([one[key] for one in own], base, says["currency"]), strict=True):
            share[key] = amount
    return shares


def row_key(tax: Says) -> TaxKey:
    return tax["name"], tax["rate"]


def exact_shares(line: Says, bases: Mapping[TaxKey, Decimal], says: Says) -> dict[TaxKey, Decimal]:
    amount = Decimal(line["amount"])
    if line["kind"] == "difference":
        return {("", None): amount}
    taxes = line["taxes"] or [{"name": UNTAXED_KEY[0], "rate": UNTAXED_KEY[1]}]
    shares: dict[TaxKey, Decimal] = {}
    for tax in taxes:
        key = known_key(row_key(tax), bases)
        divisor = 1 + Decimal(tax["rate"] or 0) / 100 if says["prices_include_tax"] else Decimal(1)
        share = Decimal(tax["base"]) if "base" in tax else amount / divisor / len(taxes)
        shares[key] = shares.get(key, ZERO) + share
    return shares


def known_key(key: TaxKey, bases: Mapping[TaxKey, Decimal]) -> TaxKey:
    """As the rows of the document call it: in them a tax goes by its rate, where that is enough."""
    return key if key in bases else next((row for row in bases if row[1] == key[1]), key)


# --- ids ------------------------------------------------------------------------------------------------------------

#: Schemes of electronic addresses that are the VAT id, by its country. France, Belgium and the north have their own.
VAT_SCHEMES = {
    "AT": "9914", "BG": "9926", "CH": "9927", "CY": "9928", "CZ": "9929", "DE": "9930", "EE": "9931", "EL": "9933",
    "ES": "9920", "FR": "9957", "GB": "9932", "XI": "9932", "HR": "9934", "HU": "9910", "IE": "9935", "IT": "0211",
    "LI": "9936", "LT": "9937", "LU": "9938", "LV": "9939", "MT": "9943", "NL": "9944", "PL": "9945", "PT": "9946",
    "RO": "9947", "SI": "9949", "SK": "9950",
}  # fmt: skip

NORTHERN = {"SE": "0007", "DK": "0184", "FI": "0213"}
KVK, BELGIAN, SIRET, SIREN, LEITWEG = "0106", "0208", "0009", "0002", "0204"


def vat_id_of(party: Says) -> str:
    """Written as in the register: "be 0123.456.749" -> "BE0123456749"; "" where there is none."""
    vat_id = re.sub(r"[^A-Z0-9]", "", party["vat_id"].upper())
    if not vat_id:
        return ""
    if not vat_id[:2].isalpha():
        vat_id = vat_country(party["country"]) + vat_id
    return f"EL{vat_id[2:]}" if vat_id.startswith("GR") else vat_id


def legal_id(party: Says) -> SchemeId | None:
    """The number of the trade register with its scheme, where both are sure."""
    digits, country = re.sub(r"\D", "", party.get("registration", "")), party["country"]
    if country == "NL" and len(digits) == 8:
        return {"scheme": KVK, "id": digits}
    if country == "BE":
        number = digits if is_belgian(digits) else belgian_number(party)
        return {"scheme": BELGIAN, "id": number} if number else None
    if country == "FR" and len(digits) in (9, 14):
        return {"scheme": SIREN if len(digits) == 9 else SIRET, "id": digits}
    return None


def electronic_address(party: Says) -> SchemeId | None:
    """Where a business is reached on Peppol, as far as its numbers tell."""
    vat_id = vat_id_of(party)
    country, number = vat_id[:2], vat_id[2:]
    if country == "BE" or (not vat_id and party["country"] == "BE"):
        return legal_id({**party, "country": "BE"})
    if party["country"] == "NL" and (kvk := legal_id(party)):
        return kvk
    if country in NORTHERN:
        return {"scheme": NORTHERN[country], "id": number[:10] if country == "SE" else vat_id}
    return {"scheme": VAT_SCHEMES[country], "id": vat_id} if country in VAT_SCHEMES else None


def leitweg_address(says: Says) -> SchemeId | None:
    """Of a German authority, that is reached by the Leitweg-ID that it wants named."""
    reference = str(says.get("buyer_reference") or "")
    return {"scheme": LEITWEG, "id": leitweg.compact(reference)} if leitweg.is_valid(reference) else None


def belgian_number(party: Says) -> str:
    number = vat_id_of(party)[2:]
    return number if is_belgian(number) else ""


def is_belgian(number: str) -> bool:
    """Ten digits, the last two of which prove the others."""
    return re.fullmatch(r"[01]\d{9}", number) is not None and 97 - int(number[:8]) % 97 == int(number[8:])
