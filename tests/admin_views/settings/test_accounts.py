"""GENERAL > Settings > Accounts: the shop's own accounts take the place of the chart's, and stay as they were typed."""

from __future__ import annotations

from typing import Any

from app import queries
from app.exports.double_entry.accounts import Accounts
from tests.admin_views.settings.saving import saved
from tests.clients import Client

PAGE = {"ledger_chart": "skr04", "year_begins": "7", "datev_adviser": "1001", "datev_client": "12"}


def test_an_account_of_the_shops_own_takes_the_place_of_the_charts(client: Client, in_app: Any) -> None:
    assert saved(client, "accounts", {**PAGE, "account_revenue_standard": " 4401 "}).status_code == 302

    with in_app():
        shop = queries.shop()
        assert (shop.ledger_accounts, shop.year_begins) == ({"revenue_standard": "4401"}, 7)
        accounts = Accounts(shop)
        assert [accounts.of(use).number for use in ("revenue_standard", "vat_standard")] == ["4401", "3806"]
    page = client.get("/admin/accounts/?id=1").text
    assert 'value="4401"' in page
    assert 'placeholder="3806"' in page
    assert "Sales, standard rate: 4401" in page

    wrong = saved(client, "accounts", {**PAGE, "datev_adviser": "12", "account_bank": "1200;1"}).text
    assert "4 to 7 digits." in wrong
    assert "Letters, digits and points only" in wrong
    saved(client, "accounts", {**PAGE, "account_revenue_standard": ""})
    with in_app():
        assert queries.shop().ledger_accounts == {}
