"""In which currency a draft is priced, whether its prices include VAT, and its quote."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _

from app.actions.draft_prices import change_prices
from app.actions.quotes import change_validity, days_valid, send_quote, why_not_quote
from app.admin_views.dashboard.buttons import Button, button
from app.admin_views.dashboard.loading import OrderPage


def draft_prices(page: OrderPage) -> dict[str, object]:
    order = page.order
    if not order.is_draft:
        return {}
    return {
        "change": button(change_prices, order),
        "days": days_valid(order),
        "validity": button(change_validity, order),
        "print": Button(
            _("Print quote"), "printer", url_for("order_page.quote_pdf", number=order.number), why_not_quote(order)
        ),
        "send": button(send_quote, order),
    }
