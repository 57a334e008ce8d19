"""Settling an order: bringing its sums and statuses up to date, and which of its invoices the money has paid."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _

from app.accounting.allotting import settling_payments
from app.accounting.closed_books import open_moment
from app.accounting.crediting import is_fully_credited, left_to_pay
from app.accounting.owed import say_amount
from app.accounting.states import recompute_status
from app.amounts.money import ZERO
from app.columns import now
from app.deferring import write_new
from app.extensions import db
from app.history import Actor
from app.models import Invoice, InvoiceKind, Order, Payment, PaymentKind


def settle(order: Order) -> None:
    """Restate the order and let its invoices follow: all are paid once nothing is open, or all of them is credited.

    While something is, money pays them in the order of issue. One that somebody set paid before its turn stays so as
    long as the money reaches.
    """
    recompute_status(order)
    before = {invoice.id: invoice.revision for invoice in order.invoices}
    follow_money(order)
    changed = [invoice for invoice in order.invoices if invoice.revision != before[invoice.id]]
    say_what_settles(order, changed)


def say_what_settles(order: Order, invoices: list[Invoice]) -> None:
    """Keep on the invoices which payments settle them: printed on the revision that they have now."""
    found = settling_payments(order) if invoices else {}
    for invoice in invoices:
        invoice.settled_by = found.get(invoice.id)
        if invoice.is_paid and invoice.settled_by:
            invoice.paid_at = max(datetime.fromisoformat(one["at"]) for one in invoice.settled_by)


def follow_money(order: Order) -> None:
    for invoice in order.open_invoices:
        if order.ledger.is_settled or is_fully_credited(invoice):
            set_paid(invoice)
    left = order.paid - order.refunded + order.ledger.no_longer_owed + max(written_off(order), ZERO)
    left -= sum((left_to_pay(invoice) for invoice in paid_invoices(order)), ZERO)
    for invoice in reversed(paid_invoices(order)):
        if left < 0 < order.open_amount:
            set_not_paid(invoice)
            left += left_to_pay(invoice)
    for invoice in order.open_invoices:
        if left_to_pay(invoice) > left:
            return
        set_paid(invoice)
        left -= left_to_pay(invoice)


def written_off(order: Order) -> Decimal:
    """Below 0 where too much came in."""
    if not order.adjusted:
        return ZERO
    return sum((one.amount for one in order.payments if one.kind == PaymentKind.WRITE_OFF), ZERO)


def paid_invoices(order: Order) -> list[Invoice]:
    """Those that took money; an invoice of 0 needs none."""
    return [one for one in order.invoices if one.kind == InvoiceKind.INVOICE and one.is_paid and left_to_pay(one) > 0]


def set_paid(invoice: Invoice) -> None:
    """Printed on the invoice, so it is a new revision; as is the next."""
    invoice.paid_at = now()
    invoice.revision += 1


def set_not_paid(invoice: Invoice) -> None:
    invoice.paid_at = None
    invoice.revision += 1


# --- taking payments back -------------------------------------------------------------------------------------------


def why_not_take_back(order: Order, payments: list[Payment], amount: Decimal) -> str:
    """Why what Paid made must stay, whoever asks for it: Not paid on the order, or on one of its invoices."""
    if not payments:
        return why_entered(order)
    if order.paid - amount < order.refunded:
        return why_refunded()
    return ""


def why_entered(order: Order) -> str:
    """Of money that nobody set to Paid here: it came with its amount and day."""
    if confirmed := [payment for payment in standing_payments(order) if payment.confirmed_itself]:
        return why_confirmed(confirmed[0])
    amounts = ", ".join(say_amount(order, payment.amount) for payment in standing_payments(order))
    return _("%(amounts)s was entered as a payment. Undo it beside the payment.", amounts=amounts)


def why_confirmed(payment: Payment) -> str:
    method = payment.method or payment.order.payment_method_title
    return _("Paid online at once by %(method)s.", method=method) if method else _("Paid online at once.")


def why_refunded() -> str:
    return _("Money of this order went back to the customer. Undo the refund first.")


def standing_payments(order: Order) -> list[Payment]:
    """Payments that were not taken back."""
    return [payment for payment in order.payments if payment.kind == PaymentKind.PAYMENT and not is_taken_back(payment)]


def marked_on_order(order: Order) -> list[Payment]:
    """What Not paid on the order takes back: what Paid there made, else what Paid made on its invoices."""
    marked = [payment for payment in standing_payments(order) if payment.is_marked]
    return [payment for payment in marked if payment.invoice_id is None] or marked


def marked_on_invoice(invoice: Invoice) -> list[Payment]:
    """What Not paid on the invoice takes back: what Paid there made, else of what Paid on the order made."""
    marked = [payment for payment in standing_payments(invoice.order) if payment.is_marked]
    own = [payment for payment in marked if payment.invoice_id == invoice.id]
    others = {one.id for one in invoice.order.invoices if left_to_pay(one) > 0}  # what paid a credited one is free
    return own or [payment for payment in marked if payment.invoice_id not in others]


def is_taken_back(payment: Payment) -> bool:
    return any(row.reverses_id == payment.id for row in payment.order.payments)


def take_back(payments: list[Payment], by: Actor) -> list[Payment]:
    """Counter rows, one for each."""
    rows = [reversal(payment, by) for payment in payments]
    write_new(*rows)
    return rows


def take_back_amount(payments: list[Payment], amount: Decimal, by: Actor) -> list[Decimal]:
    """Take so much back of what was paid last of these. Of a payment that was larger, the rest is entered anew.

    Answers the amounts.
    """
    taken: list[Decimal] = []
    for payment in reversed(payments):
        if amount <= 0:
            break
        take_back([payment], by)
        if payment.amount > amount:
            db.session.add(rest_of(payment, payment.amount - amount, by))
            db.session.flush()
        taken.append(min(payment.amount, amount))
        amount -= payment.amount
    return taken


def reversal(payment: Payment, by: Actor) -> Payment:
    return Payment(
        order=payment.order,
        kind=PaymentKind.REVERSAL if payment.is_money else payment.kind,
        amount=-payment.amount,
        method=payment.method,
        reverses_id=payment.id,
        entered_by=by.name,
        paid_at=now(),
    )


def rest_of(payment: Payment, amount: Decimal, by: Actor) -> Payment:
    return Payment(
        order=payment.order,
        amount=amount,
        method=payment.method,
        reference=payment.reference,
        is_marked=payment.is_marked,
        invoice_id=payment.invoice_id,
        entered_by=by.name,
        paid_at=open_moment(payment.paid_at),
    )
