"""The rates that come along: brought up to date, and the shop's own words left alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.accounting.vat_rates import ShippedRate, read_shipped
from app.actions import vat_rates
from app.actions.vat_rates import keep_vat_rates, rate_key
from app.extensions import db
from app.models import RateOrigin, VatCategory, VatRate

NEW_YEAR = date(2027, 1, 1)


def rate_from(country: str, day: date) -> VatRate | None:
    return db.session.scalar(select(VatRate).where(VatRate.country == country, VatRate.valid_from == day))


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_an_update_adds_what_is_new_and_leaves_what_the_shop_said(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {one.id: one.version for one in db.session.scalars(select(VatRate))}
    assert len(before) == len(read_shipped())
    keep_vat_rates()
    db.session.flush()
    assert {one.id: one.version for one in db.session.scalars(select(VatRate))} == before  # nothing was written

    corrected, taken_back, gone = db.session.scalars(select(VatRate).where(VatRate.country == "NL").limit(3))
    corrected.percent, corrected.origin = Decimal(22), RateOrigin.CORRECTED
    taken_back.is_active, taken_back.origin = False, RateOrigin.CORRECTED
    own = {"category": VatCategory.STANDARD, "valid_from": NEW_YEAR, "percent": Decimal(20), "source": "own"}
    db.session.add(VatRate(country="DE", goods=[], **own))
    db.session.flush()
    gone_key = rate_key(gone)
    kept = [one for one in read_shipped() if rate_key(one) != gone_key]
    newer = [
        ShippedRate(country, VatCategory.STANDARD, NEW_YEAR, None, Decimal(23), (), "law") for country in ("DE", "NL")
    ]
    monkeypatch.setattr(vat_rates, "read_shipped", lambda: (*kept, *newer))

    keep_vat_rates()
    db.session.flush()

    assert (corrected.percent, taken_back.is_active) == (Decimal(22), False)
    assert db.session.get(VatRate, gone.id) is None
    of_us, of_them = rate_from("DE", NEW_YEAR), rate_from("NL", NEW_YEAR)
    assert of_us
    assert of_them
    assert [(one.percent, one.origin) for one in (of_us, of_them)] == [
        (Decimal(20), RateOrigin.OWN), (Decimal(23), RateOrigin.SHIPPED),
    ]  # fmt: skip
