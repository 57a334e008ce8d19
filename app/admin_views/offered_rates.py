"""The VAT rates that are offered where one is typed: each with what it is for."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from flask_babel import gettext as _

from app.accounting.vat_rates import load_rates
from app.actions.vat_of_orders import rates_on
from app.amounts.money import ZERO
from app.models import Order, VatRate
from app.pages.labels import VAT_CATEGORY, goods_text
from app.queries import shop, today

#: Percent, and what stands beside it.
Offer = tuple[Decimal, str]


def offered_here() -> list[Offer]:
    """Those of the shop's country today; a small business that is exempt charges none."""
    country = shop().country
    return as_offers([] if shop().is_small_business else load_rates(country).in_force(country, today()))


def offered_on(order: Order) -> list[Offer]:
    """Those of where and when the order is taxed."""
    return as_offers(rates_on(order))


def as_offers(rates: Iterable[VatRate]) -> list[Offer]:
    """Each percentage once, and 0 always."""
    offers: dict[Decimal, str] = {}
    for rate in rates:
        offers.setdefault(rate.percent, describe_rate(rate))
    offers.setdefault(ZERO, _("No VAT"))
    return list(offers.items())


def describe_rate(rate: VatRate) -> str:
    """ "Reduced rate: food, books"."""
    title, goods = str(VAT_CATEGORY[rate.category]), goods_text(rate.goods)
    return _("%(rate)s: %(goods)s", rate=title, goods=goods) if goods else title
