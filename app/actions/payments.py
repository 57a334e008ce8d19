"""Marking orders paid, and taking that back."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import mails
from app.actions.declaring import Input, action
from app.actions.invoices import issue_when_paid
from app.columns import now
from app.crediting import is_fully_credited
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Order, Payment, PaymentMethod, PaymentStatus
from app.money import ZERO
from app.states import restate

NOTIFY = Input("notify", _l("Tell the customer by mail"), kind="tick")


def why_not_mark_paid(order: Order) -> str:
    if order.is_draft:
        return _("A draft can't be paid. Place the order first.")
    if order.cancelled_at:
        return _("This order is cancelled.")
    if order.open_amount <= 0:
        return _("Nothing is open: the order is paid.")
    return ""


@action(
    title=_l("Paid"),
    group="payments",
    icon="check",
    done=_l("Order set to Paid"),
    bulk=True,
    mail="order_paid",
    why_not=why_not_mark_paid,
    inputs=(NOTIFY,),
)
def mark_paid(order: Order, *, by: Actor, method: PaymentMethod | None = None, notify: bool = True) -> Payment:
    """Record a payment for everything still open on the order, and set its open invoices paid."""
    payment = Payment(
        order=order,
        amount=order.open_amount,
        method=method.title if method else order.payment_method_title,
        entered_by=by.name,
        paid_at=now(),
    )
    db.session.add(payment)
    db.session.flush()
    settle(order)

    record(Happened.ORDER_PAID, order, by, amount=payment.amount, method=payment.method)
    invoice = issue_when_paid(order, by=by)
    if notify:
        mails.queue("order_paid", order, once_key=f"order_paid:{payment.id}", by=by, invoice=invoice)
    return payment


def settle(order: Order) -> None:
    """Bring sums and statuses up to date, and open invoices to paid when nothing is open any more.

    That is when nothing is open on the order, or when all of the invoice is credited.
    """
    restate(order)
    for invoice in order.open_invoices:
        if order.payment_status == PaymentStatus.PAID or is_fully_credited(invoice):
            invoice.paid_at = now()
            invoice.revision += 1


def why_not_mark_not_paid(order: Order) -> str:
    if order.cancelled_at:
        return _("This order is cancelled.")
    if order.paid <= 0:
        return _("The order is not paid.")
    if any(p.confirmed_itself for p in standing_payments(order)):
        return _("The customer paid at once by %(method)s, which confirms itself.", method=order.payment_method_title)
    if order.refunded > 0:
        return _("Money was paid back on this order already.")
    return ""


@action(
    title=_l("Not paid"),
    group="payments",
    icon="x",
    done=_l("Order set to Not paid"),
    bulk=True,
    why_not=why_not_mark_not_paid,
)
def mark_not_paid(order: Order, *, by: Actor) -> list[Payment]:
    """Take the order's payments back by counter rows, and set its invoices not paid."""
    counter_rows = [reversal(payment, by) for payment in standing_payments(order)]
    db.session.add_all(counter_rows)
    db.session.flush()
    for invoice in order.invoices:
        if invoice.kind == "invoice" and invoice.is_paid and not is_fully_credited(invoice):
            invoice.paid_at = None
            invoice.revision += 1
    restate(order)

    taken_back = -sum((row.amount for row in counter_rows), ZERO)
    record(Happened.ORDER_NOT_PAID, order, by, amount=taken_back)
    return counter_rows


def standing_payments(order: Order) -> list[Payment]:
    """Payments that were not taken back."""
    reversed_ids = {p.reverses_id for p in order.payments if p.reverses_id}
    return [p for p in order.payments if p.kind == "payment" and p.id not in reversed_ids]


def reversal(payment: Payment, by: Actor) -> Payment:
    return Payment(
        order=payment.order,
        kind="reversal",
        amount=-payment.amount,
        method=payment.method,
        reverses_id=payment.id,
        entered_by=by.name,
        paid_at=now(),
    )
