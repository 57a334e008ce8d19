"""The VAT scheme on screen: what the shop is, and limits that are near or crossed, also on Home."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal

from app import queries
from app.extensions import db
from app.models import YearlySales, ZeroRate
from tests.admin_views.settings.saving import saved
from tests.clients import Client

PAGE = "/admin/vat-scheme/"


def test_the_scheme_is_said_and_its_limits_are_watched_here_and_on_home(
    client: Client, signed_in_as: Callable[[str], Client], in_app: Callable[[], AbstractContextManager[None]]
) -> None:
    with in_app():
        year = queries.today().year
        for one, sold in ((year, "8100"), (year - 1, "100")):
            db.session.add(YearlySales(year=one, turnover=Decimal(18000), distance_sales=Decimal(sold)))
    page = client.get(PAGE, follow_redirects=True).text
    assert page.count("Near the limit") == page.count("Below the limit") == 1
    assert page.count("Register for the One Stop Shop") == 1
    assert "1 of 1" not in page
    assert f"Sales to consumers in other EU countries in {year} are €8,100.00" in client.get("/admin/").text

    saved(client, "vat-scheme", {"sells_services": "False", "zero_rate": "margin_goods", "uses_oss": "y"})
    assert "Near the limit" not in client.get(PAGE, follow_redirects=True).text
    given = {"sells_services": "True", "zero_rate": "margin_goods", "is_small_business": "y"}
    saved(client, "vat-scheme", given)
    with in_app():
        own = queries.shop()
        assert (own.is_small_business, own.sells_services, own.uses_oss) == (True, True, False)
        assert own.zero_rate == ZeroRate.MARGIN_GOODS
    assert (
        f"Turnover of {year} is €18,000.00; the limit of a small business is €20,000.00." in client.get("/admin/").text
    )

    packer = signed_in_as("packer")
    assert packer.get(PAGE).status_code == 403
    assert PAGE not in packer.get("/admin/").text
