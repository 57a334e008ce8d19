"""In which currency a draft is priced, and whether its prices include VAT."""

from __future__ import annotations

from app.actions.draft_prices import change_prices
from app.admin_views.dashboard.buttons import button
from app.admin_views.dashboard.loading import OrderPage


def draft_prices(page: OrderPage) -> dict[str, object]:
    return {"change": button(change_prices, page.order)} if page.order.is_draft else {}
