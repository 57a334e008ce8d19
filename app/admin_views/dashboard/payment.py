"""How the customer pays, with Paid and Not paid."""

from __future__ import annotations

from flask_babel import gettext as _

from app.actions.invoices import is_left_to_invoice
from app.actions.payments import mark_not_paid, mark_paid
from app.admin_views.dashboard.buttons import button
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.dashboard.mail_lines import mail_line
from app.admin_views.dashboard.reminding import reminding
from app.amounts.money import ZERO
from app.models import LineKind, Order
from app.pages.formatting import amount, day, join_facts
from app.pages.labels import PAYMENT_STATUS
from app.queries.payment_links import payment_link


def payment(page: OrderPage) -> dict[str, object]:
    order, paid = page.order, button(mark_paid, page.order)
    return {
        "method": order.payment_method_title,
        "cost": sum((line.total for line in order.lines if line.kind == LineKind.PAYMENT), ZERO),
        "label": PAYMENT_STATUS[order.payment_status],
        "paid": paid,
        "not_paid": button(mark_not_paid, order),
        "rest": rest_to_invoice(order),
        "mail": "" if paid.reason else mail_line(mark_paid, order),
        "link": payment_link(order),
        "reminding": reminding(order),
        "finished": say_payment(order) if order.is_paid_for and not order.open_amount else "",
    }


def say_payment(order: Order) -> str:
    """ "12 May 2026 · iDEAL · €60.50" """
    last = max((one for one in order.payments if one.is_money), key=lambda payment: payment.paid_at)
    return join_facts([day(last.paid_at), last.method, amount(order.ledger.kept, order.currency)])


def rest_to_invoice(order: Order) -> str:
    """What Paid invoices besides when asked to; "" where there is nothing, or it is done anyway."""
    if not is_left_to_invoice(order):
        return ""
    return _(
        "Invoice what is not invoiced yet: %(amount)s", amount=amount(order.total - order.invoiced, order.currency)
    )
