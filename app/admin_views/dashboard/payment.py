"""How the customer pays, with Paid and Not paid."""

from __future__ import annotations

from app.actions.payments import mark_not_paid, mark_paid
from app.admin_views.dashboard.buttons import button
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.dashboard.mail_lines import mail_line
from app.admin_views.dashboard.reminding import reminding
from app.amounts.money import ZERO
from app.models import LineKind
from app.pages.labels import PAYMENT_STATUS


def payment(page: OrderPage) -> dict[str, object]:
    order, paid = page.order, button(mark_paid, page.order)
    return {
        "method": order.payment_method_title,
        "cost": sum((line.total for line in order.lines if line.kind == LineKind.PAYMENT), ZERO),
        "label": PAYMENT_STATUS[order.payment_status],
        "paid": paid,
        "not_paid": button(mark_not_paid, order),
        "mail": "" if paid.reason else mail_line(mark_paid, order),
        "reminding": reminding(order),
    }
