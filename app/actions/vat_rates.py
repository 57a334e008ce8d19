"""The table of VAT rates: what comes along is kept up to date, what the shop said stays as it is."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from app.accounting.vat_rates import ShippedRate, read_shipped
from app.errors import ActionRefused
from app.extensions import db
from app.models import RateOrigin, VatCategory, VatRate

#: A rate by what tells it from all others.
RateKey = tuple[str, VatCategory, date]


def rate_key(rate: VatRate | ShippedRate) -> RateKey:
    return (rate.country, VatCategory(rate.category), rate.valid_from)


def shipped_rate(rate: VatRate) -> ShippedRate | None:
    """What came along for it, if something did."""
    return next((one for one in read_shipped() if rate_key(one) == rate_key(rate)), None)


def keep_vat_rates() -> None:
    """Those that come along are as Toonbank says; what the shop corrected, took back or added stays."""
    known = {rate_key(rate): rate for rate in db.session.scalars(select(VatRate))}
    shipped = {rate_key(one): one for one in read_shipped()}
    for key, one in shipped.items():
        rate = known.get(key) or VatRate(origin=RateOrigin.SHIPPED)
        if rate.origin == RateOrigin.SHIPPED:
            bring_up_to_date(rate, one)
            db.session.add(rate)
    for key, rate in known.items():
        if key not in shipped and rate.origin == RateOrigin.SHIPPED:
            db.session.delete(rate)


def bring_up_to_date(rate: VatRate, shipped: ShippedRate) -> None:
    """As it came along; what is as it was isn't written."""
    values = {
        "country": shipped.country,
        "category": shipped.category,
        "valid_from": shipped.valid_from,
        "valid_until": shipped.valid_until,
        "percent": shipped.percent,
        "goods": [goods.value for goods in shipped.goods],
        "source": shipped.source,
        "origin": RateOrigin.SHIPPED,
        "is_active": True,
    }
    for name, value in values.items():
        if getattr(rate, name) != value:
            setattr(rate, name, value)


def refuse_known(rate: VatRate) -> None:
    """A country has one rate of a category from a day on."""
    with db.session.no_autoflush:
        same = select(VatRate.id).where(
            VatRate.country == rate.country,
            VatRate.category == rate.category,
            VatRate.valid_from == rate.valid_from,
            VatRate.id != (rate.id or 0),
        )
        if db.session.scalar(same) is not None:
            raise ActionRefused(_("The country has a rate of this category from this day already. Correct that one."))
