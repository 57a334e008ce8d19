"""Which general-ledger account an amount stands on: the shop's own, else that of its chart of accounts."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounting.vat_rates import load_rates
from app.documents.einvoice_facts import Says, is_reversed
from app.documents.vat import UNDER_EU_RULES, vat_country
from app.extensions import ShownText, db
from app.models import PaymentMethod, Shop, ZeroRate

CHARTS_TABLE = Path(__file__).with_suffix(".toml")

#: The charts of accounts that come along, with what they are called.
CHARTS: dict[str, ShownText] = {
    "rgs": _l("RGS (Netherlands)"),
    "mar": _l("MAR / PCMN (Belgium)"),
    "skr03": _l("SKR03 (Germany)"),
    "skr04": _l("SKR04 (Germany)"),
    "pcg": _l("PCG (France)"),
    "pgc": _l("PGC (Spain)"),
    "plain": _l("Plain numbers"),
}
USUAL_CHARTS = {"NL": "rgs", "BE": "mar", "DE": "skr03", "FR": "pcg", "ES": "pgc"}


@dataclass(frozen=True)
class Use:
    """What an account is for, and whether it stands on the balance sheet."""

    title: ShownText
    is_balance: bool = False


USES: dict[str, Use] = {
    "receivables": Use(_l("Receivables from customers"), is_balance=True),
    "bank": Use(_l("Bank"), is_balance=True),
    "clearing": Use(_l("Payments under way, payment providers"), is_balance=True),
    "gift_cards": Use(_l("Gift cards"), is_balance=True),
    "fees": Use(_l("Fees of banks and payment providers")),
    "rounding": Use(_l("Differences of rounding")),
    "written_off": Use(_l("Small rests written off")),
    "late_charges": Use(_l("Costs and interest of late payment")),
    "revenue_standard": Use(_l("Sales, standard rate")),
    "revenue_reduced": Use(_l("Sales, reduced rate")),
    "revenue_reduced_2": Use(_l("Sales, second reduced rate")),
    "revenue_reduced_3": Use(_l("Sales, third reduced rate")),
    "revenue_zero": Use(_l("Sales, zero rate")),
    "revenue_exempt": Use(_l("Sales, exempt")),
    "revenue_small": Use(_l("Sales of a small business")),
    "revenue_margin": Use(_l("Sales under the margin scheme")),
    "revenue_margin_taxed": Use(_l("Margins under the margin scheme, without their VAT")),
    "revenue_eu": Use(_l("Supplies to businesses in the EU")),
    "revenue_reversed": Use(_l("Services to businesses in the EU, VAT reversed")),
    "revenue_export": Use(_l("Exports outside the EU")),
    "revenue_oss": Use(_l("Sales with the VAT of other EU countries (OSS)")),
    "revenue_other": Use(_l("Sales with other taxes")),
    "vat_standard": Use(_l("VAT, standard rate"), is_balance=True),
    "vat_reduced": Use(_l("VAT, reduced rate"), is_balance=True),
    "vat_reduced_2": Use(_l("VAT, second reduced rate"), is_balance=True),
    "vat_reduced_3": Use(_l("VAT, third reduced rate"), is_balance=True),
    "vat_oss": Use(_l("VAT of other EU countries (OSS)"), is_balance=True),
    "vat_other": Use(_l("Other taxes"), is_balance=True),
}

#: The rates of a country, the highest first.
TIERS = ("standard", "reduced", "reduced_2", "reduced_3")

#: Schemes by what the zero rate stands for on a document.
ZERO_SCHEMES = {
    ZeroRate.EXEMPT: "exempt",
    ZeroRate.MARGIN_GOODS: "margin",
    ZeroRate.MARGIN_ART: "margin",
    ZeroRate.MARGIN_ANTIQUES: "margin",
}

#: What payment methods are called that take no money, but what was paid for before.
GIFT_CARDS = re.compile(
    r"gift|cadeau|gutschein|geschenk|regalo|voucher|store credit|waardebon|tegoed|\bavoir\b", re.IGNORECASE
)


@cache
def read_charts() -> dict[str, dict[str, str]]:
    return tomllib.loads(CHARTS_TABLE.read_text("utf-8"))


def chart_of(shop: Shop) -> str:
    return shop.ledger_chart if shop.ledger_chart in CHARTS else USUAL_CHARTS.get(shop.country, "plain")


def default_accounts(chart: str) -> dict[str, str]:
    """Use -> the account of this chart."""
    named = read_charts()[chart]
    return {use: named.get(use) or named[f"{use.partition('_')[0]}_standard"] for use in USES}


@dataclass(frozen=True)
class Account:
    """One that amounts stand on, and what it is used for first."""

    number: str
    use: str


class Accounts:
    """The accounts of the shop as it is set up now."""

    def __init__(self, shop: Shop) -> None:
        own = {use: number for use, number in (shop.ledger_accounts or {}).items() if use in USES and number}
        self.numbers = default_accounts(chart_of(shop)) | own
        self.uses_oss = shop.uses_oss
        self.rates = load_rates()
        methods = select(PaymentMethod.title, PaymentMethod.ledger_account).where(PaymentMethod.ledger_account != "")
        self.by_method = {one.title: one.ledger_account for one in db.session.execute(methods)}

    def of(self, use: str) -> Account:
        return Account(self.numbers[use], use)

    def of_method(self, method: str) -> Account:
        """Where money stands that came by this method, until the bank tells of it."""
        if number := self.by_method.get(method):
            return Account(number, self.use_of(number) or "clearing")
        return self.of("gift_cards" if GIFT_CARDS.search(method) else "clearing")

    def use_of(self, number: str) -> str:
        return next((use for use, one in self.numbers.items() if one == number), "")

    def scheme(self, says: Says, rate: Decimal | None, tax: Decimal, day: date) -> str:
        """What a row of a document's VAT is: the tier of its rate, or why there is none."""
        if not rate:
            return "other" if tax else scheme_without_vat(says)
        seller, to = says["seller"]["country"], (says["ship_to"] or says["buyer"])["country"]
        here = self.rates.percents(seller, day)[:-1]
        if is_abroad(seller, to) and rate in self.rates.percents(to, day) and (self.uses_oss or rate not in here):
            return "oss"
        return self.tier(seller, rate, day)

    def tier(self, country: str, rate: Decimal, day: date) -> str:
        here = self.rates.percents(country, day)[:-1]
        return TIERS[min(here.index(rate), len(TIERS) - 1)] if rate in here else "other"

    def scheme_of_margin(self, says: Says, rate: Decimal | None, day: date) -> tuple[str, str]:
        """Of goods under the margin scheme: where what was sold stands, and the tier of the VAT in their margin."""
        if rate:
            return "margin_taxed", self.tier(says["seller"]["country"], rate, day)
        return ("export" if says.get("export") else "margin"), ""


def is_abroad(seller: str, to: str) -> bool:
    """Whether goods go from one member state to another."""
    return vat_country(seller) != vat_country(to) and {vat_country(seller), vat_country(to)} <= UNDER_EU_RULES


def scheme_without_vat(says: Says) -> str:
    if says.get("small_business"):
        return "small"
    if says.get("supply_inside_eu"):
        return "eu"
    if says.get("export"):
        return "export"
    if is_reversed(says):
        return "reversed"
    return ZERO_SCHEMES.get(ZeroRate(says.get("zero_rate") or ZeroRate.ASKED), "zero")
