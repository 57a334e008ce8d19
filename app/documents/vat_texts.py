"""The sentences that the law wants on a document on which VAT is not charged, in the language of its reader."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from app.accounting.tax_rows import is_margin
from app.documents.einvoice_facts import Category, Says, row_key
from app.documents.vat import EU, vat_country
from app.models import ZeroRate

NATIONAL_ARTICLES = Path(__file__).with_suffix(".toml")

#: What a rate of 0 % stands for, as the shop says -> the word of its sentence; a zero rate by law needs none.
ZERO_RATE_TEXTS = {
    ZeroRate.EXEMPT: "vat_exempt",
    ZeroRate.MARGIN_GOODS: "margin_goods",
    ZeroRate.MARGIN_ART: "margin_art",
    ZeroRate.MARGIN_ANTIQUES: "margin_antiques",
}


@cache
def national_articles() -> Mapping[str, Mapping[str, str]]:
    """Word of a sentence -> country of the seller -> article of its law."""
    return tomllib.loads(NATIONAL_ARTICLES.read_text("utf-8"))


def vat_sentences(says: Says, words: Mapping[str, str]) -> Iterator[str]:
    """All that a document has to say; those from before know fewer reasons, and stay as they were.

    What a small business sells is exempt as that and as nothing else (article 139).
    """
    is_small, knows_reasons = bool(says.get("small_business")), "zero_rate" in says
    for name in ("supply_inside_eu", "export"):
        if says.get(name) and not (is_small and knows_reasons):
            yield by_law(name, says, words)
    if is_small:
        yield exempt_as_small(says["seller"]["country"], words)
    elif knows_reasons:
        yield from other_sentences(says, words)


def other_sentences(says: Says, words: Mapping[str, str]) -> Iterator[str]:
    rows = list(zip(says["vat"], says["einvoice"]["vat"], strict=True))
    categories = {said["category"] for row, said in rows if row["rate"] is not None}  # a stated difference has no rate
    if Category.REVERSE_CHARGE in categories:
        yield words["reverse_charge"]
    schemes = [row["name"] for row, said in rows if is_margin(row_key(row)) and said["category"] == Category.EXEMPT]
    is_asked, by_shop = Category.ASKED in categories, says["zero_rate"]
    if is_asked and schemes and is_margin((by_shop, "0")):  # the shop says the same of all else without VAT
        schemes, is_asked = [*schemes, by_shop], False
    yield from (margin_text(scheme, says, words) for scheme in dict.fromkeys(schemes))
    if is_asked and (text := zero_rate_text(says["zero_rate"], words)):
        yield text


def margin_text(scheme: str, says: Says, words: Mapping[str, str]) -> str:
    """Of goods under the margin scheme, of which some may be and others not."""
    article = national_articles()["margin_scheme"].get(says["seller"]["country"], "")
    return f"{words[scheme]} ({article})" if article else words[scheme]


def by_law(name: str, says: Says, words: Mapping[str, str]) -> str:
    """With the article of the seller's own law, where it is known: "… of Directive 2006/112/EC (§ 4 Nr. 1 a UStG)."."""
    article = national_articles()[name].get(says["seller"]["country"], "") if "zero_rate" in says else ""
    return f"{words[name]} ({article})" if article else words[name]


def zero_rate_text(zero_rate: str, words: Mapping[str, str]) -> str:
    name = ZERO_RATE_TEXTS.get(ZeroRate(zero_rate))
    return words[name] if name else ""


def exempt_as_small(country: str, words: Mapping[str, str]) -> str:
    """Why a small business charges no VAT, by the law of its country."""
    where = "small_business" if vat_country(country) in EU else "small_business_elsewhere"
    return words.get(f"small_business_{country}", words[where])
