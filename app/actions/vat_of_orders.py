"""Which VAT rates are proposed on an order: those of the country that it is taxed in, on the day of supply."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from app.accounting.vat_rates import load_rates
from app.amounts.money import ZERO
from app.documents.snapshots import delivered_on
from app.documents.vat import UNDER_EU_RULES, destination, vat_country
from app.models import Order, VatRate
from app.queries import shop, today


def taxed_in(order: Order) -> str:
    """Where the customer is if the shop declares that by the One Stop Shop, and they are no business; else at home."""
    here, to = vat_country(shop().country), destination(order)
    is_abroad = to != here and {here, to} <= UNDER_EU_RULES
    return to if shop().uses_oss and is_abroad and not order.vat_id else shop().country


def day_of_supply(order: Order) -> date:
    """The day the last parcel went; today while none has."""
    sent = delivered_on(order, shop())
    return date.fromisoformat(sent) if sent else today()


def rates_on(order: Order) -> list[VatRate]:
    """Those that are proposed; none of a small business that is exempt."""
    country = taxed_in(order)
    return [] if shop().is_small_business else load_rates(country).in_force(country, day_of_supply(order))


def usual_rate_on(order: Order) -> Decimal:
    """The standard rate."""
    rates = rates_on(order)
    return rates[0].percent if rates else ZERO


def proposed_rate(order: Order, percent: Decimal) -> Decimal:
    """What a product or method of this rate has on the order.

    Where it is the standard rate here, or was, it is that of the order's country and day. Other rates stay: which goods
    they are for differs from country to country.
    """
    own, there = shop(), taxed_in(order)
    if own.is_small_business or not percent:
        return percent
    table = load_rates(own.country, there)
    is_standard = percent == table.standard(own.country, today()) or table.was_standard(percent, own.country, today())
    return (table.standard(there, day_of_supply(order)) or percent) if is_standard else percent
