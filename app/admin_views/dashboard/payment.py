"""How the customer pays, what is paid and what is open, with Paid and Not paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from app.actions.payments import mark_not_paid, mark_paid
from app.admin_views.dashboard.buttons import button
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.dashboard.mail_lines import who_gets
from app.admin_views.dashboard.reminding import reminding
from app.admin_views.labels import PAYMENT_STATUS
from app.models import Order
from app.money import ZERO


def payment(page: OrderPage) -> dict[str, Any]:
    order = page.order
    return {
        "method": order.payment_method_title,
        "cost": sum((line.total for line in order.lines if line.kind == "payment"), ZERO),
        "label": PAYMENT_STATUS[order.payment_status],
        "paid": button(mark_paid, order),
        "not_paid": button(mark_not_paid, order),
        "mail": who_gets(order, "order_paid"),
        "ledger": ledger(order),
        "entries": order.payments,
        "reminding": reminding(order),
    }


def ledger(order: Order) -> list[tuple[str, Decimal]]:
    """What adds up to the open amount, to the smallest unit of the currency; what is 0 is left out."""
    no_longer_owed = max(order.credited, order.refunded)
    rows = [
        (_("Credited") if order.credited >= order.refunded else _("No longer owed"), -no_longer_owed),
        (_("Paid"), -order.paid),
        (_("Paid back"), order.refunded),
    ]
    return [(_("Total"), order.total), *((label, value) for label, value in rows if value)]
