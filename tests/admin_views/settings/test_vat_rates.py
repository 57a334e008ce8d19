"""VAT rates on screen: those of a country, added, corrected, taken back, and as they came along again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal

from sqlalchemy import select

from app.extensions import db
from app.models import History, RateOrigin, VatCategory, VatRate
from tests.clients import Client

PAGE = "/admin/vat-rates/"
NEW = {"country": "GR", "category": "standard", "percent": "25", "valid_from": "2027-01-01", "is_active": "y"}


def standard_rate(country: str) -> VatRate:
    query = select(VatRate).where(VatRate.country == country, VatRate.category == VatCategory.STANDARD)
    return db.session.scalars(query.order_by(VatRate.valid_from.desc())).first() or VatRate()


def test_rates_are_added_corrected_taken_back_and_as_they_came_along_again(
    client: Client, signed_in_as: Callable[[str], Client], in_app: Callable[[], AbstractContextManager[None]]
) -> None:
    assert client.get(PAGE).text.count("Holds today") == 3  # of the shop's country: 21, 9 and 0
    assert "0,5" not in client.get(PAGE + "?country=<x>").text
    assert client.post(PAGE + "new/", data={**NEW, "goods": ["food", "books"]}).status_code == 302
    greek = client.get(PAGE + "?country=GR").text
    assert all(text in greek for text in ("25 %", "Your own", "food, books"))
    for wrong in (
        {},  # the country has one from this day
        {"valid_from": "2028-01-01", "valid_until": "2027-12-31"},
        {"valid_from": "2028-01-01", "percent": "101"},
        {"valid_from": ""},
        {"valid_from": "9999-12-31"},
        {"valid_from": "2028-01-01", "category": "none"},
        {"valid_from": "2028-01-01", "goods": "cheese"},
    ):
        assert client.post(PAGE + "new/", data={**NEW, **wrong}).status_code in (200, 422), wrong

    with in_app():
        assert standard_rate("GR").goods == ["food", "books"]
        one, law = standard_rate("NL").id, standard_rate("NL").source
    form = f"{PAGE}edit/?id={one}"
    opened = client.get(form).text
    assert not [name for name in ("country", "as_shipped") if f'name="{name}"' in opened]
    given = {"percent": "22", "source": "Mine", "seen_version": "1", "is_active": "y", "country": "DE"}
    assert client.post(form, data={**given, "valid_until": "2018-01-01"}).status_code == 200  # before its first day
    client.post(form, data=given)
    client.post(form, data={**given, "seen_version": "2", "is_active": ""})
    with in_app():
        now = db.session.get_one(VatRate, one)
        assert (now.country, now.percent, now.is_active, now.origin) == ("NL", 22, False, RateOrigin.CORRECTED)
    assert "Taken back" in client.get(PAGE).text

    client.post(form, data={**given, "seen_version": "3", "as_shipped": "y"})
    with in_app():
        now = db.session.get_one(VatRate, one)
        assert (now.percent, now.source, now.is_active) == (Decimal(21), law, True)
        assert now.origin == RateOrigin.SHIPPED
        told = db.session.scalars(select(History).where(History.subject == f"vat_rate:{one}")).all()
        assert len(told) == 3

    office = signed_in_as("office")
    assert [office.get(PAGE).status_code, office.post(PAGE + "new/", data=NEW).status_code] == [403, 403]
