"""Entering what was paid and paid back, marking orders paid, and taking each of it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from app import mails, queries
from app.accounting.allotting import kept_by_method
from app.accounting.closed_books import day_in_shop, refuse_closed_day
from app.accounting.owed import paid_back_without_credit_note, say_amount, to_pay_back, why_nothing_open
from app.accounting.settling import (
    is_taken_back,
    marked_on_order,
    settle,
    take_back,
    why_confirmed,
    why_not_take_back,
    why_refunded,
)
from app.actions.covering import credit_amount
from app.actions.declaration import NOTIFY, REASON, Input, InRows, Step, action
from app.actions.invoices import INVOICE_REST, is_left_to_invoice, issue_once_paid, issue_when_paid, unsent_invoice
from app.amounts.money import ZERO, decimals, rounded
from app.columns import now
from app.deferring import write_new
from app.errors import ActionRefused
from app.extensions import ShownText, db
from app.history import Actor, Happened, parts_of_sum, record
from app.models import LATE, UNPAID, Invoice, Order, OrderStatus, Payment, PaymentKind, PaymentMethod

#: So many of them still add up to what can be stored.
LARGEST_PAYMENT = Decimal(10) ** 9


def methods_of(order: Order) -> list[tuple[str, ShownText]]:
    """The shop's own, and the one that the order names."""
    titles = dict.fromkeys([order.payment_method_title, *queries.payment_method_titles()])
    return [(title, title or _l("None")) for title in titles]


def method_of(order: Order) -> str:
    return order.payment_method_title


def open_now(order: Order) -> Decimal:
    return rounded(max(order.open_amount, ZERO), order.currency)


def suggested_refund(order: Order) -> Decimal:
    """What is to be paid back, else all that was paid."""
    return rounded(to_pay_back(order) or order.ledger.kept, order.currency)


def last_payment(order: Order) -> Payment:
    return max(order.payments, key=lambda payment: payment.id)


def why_not_mark_paid(order: Order) -> str:
    if order.is_draft:
        return _("A draft can't be paid. Place the order first.")
    if order.cancelled_at:
        return _("This order is cancelled.")
    return "" if order.open_amount > 0 else why_nothing_open(order)


def told_of_payment(order: Order) -> ColumnElement[bool] | None:
    """The mails that told that it is paid."""
    return mails.is_of_kind("order_paid") if order.payments else None


@action(
    title=_l("Paid"),
    group="payments",
    icon="check",
    done=_l("Order marked as paid"),
    bulk=True,
    mail="order_paid",
    told=told_of_payment,
    why_not=why_not_mark_paid,
    inputs=(
        replace(
            INVOICE_REST, title=_l("Invoice what is not invoiced yet"), per_order=True, is_asked=is_left_to_invoice
        ),
        NOTIFY,
    ),
    undo="mark_not_paid",
    stands="block",
    in_rows=InRows(lambda row: row.payment_status in UNPAID, at_once=True),
    step=Step(1, lambda row: row.status == OrderStatus.AWAITING_PAYMENT),
)
def mark_paid(
    order: Order, *, by: Actor, method: PaymentMethod | None = None, invoice: bool = False, notify: bool = True
) -> Payment:
    """Record a payment for everything still open on the order, and set its open invoices paid.

    `invoice`: also what is not invoiced yet, where the shop's setting leaves that to people.
    """
    payment = Payment(
        order=order,
        amount=order.open_amount,
        method=method.title if method else order.payment_method_title,
        is_marked=True,
        entered_by=by.name,
        paid_at=now(),
    )
    write_new(payment)
    settle(order)

    record(Happened.ORDER_PAID, order, by, amount=payment.amount, method=payment.method)
    issued = issue_once_paid(order, by=by, rest=invoice) or unsent_invoice(order)
    if notify:
        mail_paid(payment, issued, by=by)
    return payment


def mail_paid(payment: Payment, issued: Invoice | None, *, by: Actor) -> None:
    """Order paid, which is withdrawn with this payment."""
    part = mails.PartTold("take_back_payment", payment.id)
    once_key = f"order_paid:{payment.id}"
    mails.queue("order_paid", payment.order, once_key=once_key, by=by, invoice=issued, part=part)


def why_not_mark_not_paid(order: Order) -> str:
    if order.is_draft:
        return _("A draft can't be paid. Place the order first.")
    if order.cancelled_at:
        return _("This order is cancelled.")
    if order.paid <= 0:
        return _("The order is not paid.")
    marked = marked_on_order(order)
    return why_not_take_back(order, marked, sum((payment.amount for payment in marked), ZERO))


@action(
    title=_l("Not paid"),
    group="payments",
    icon="x",
    done=_l("Order marked as not paid"),
    bulk=True,
    why_not=why_not_mark_not_paid,
    inputs=(REASON,),
    undo="mark_paid",
    is_undo=True,
    of_parts=True,
    stands="block",
)
def mark_not_paid(order: Order, *, by: Actor, reason: str = "") -> list[Payment]:
    """Take back what Paid made, by counter rows, and set the invoices not paid that nothing else pays.

    Money that somebody entered, or that another system told of, stays.
    """
    marked = marked_on_order(order)
    counter_rows = take_back(marked, by)
    for payment in marked:
        mails.withdraw_untrue("take_back_payment", order.id, on_id=payment.id, kinds=set())
    settle(order)

    amounts = [-row.amount for row in counter_rows]
    total, parts = sum(amounts, ZERO), parts_of_sum(amounts)
    record(Happened.ORDER_NOT_PAID, order, by, amount=total, parts=parts, reason=reason.strip())
    return counter_rows


# --- single payments and refunds ------------------------------------------------------------------------------------


def why_not_enter_payment(order: Order) -> str:
    """Also on a cancelled order: a transfer may have been under way. It shows as to be paid back."""
    return _("A draft can't be paid. Place the order first.") if order.is_draft else ""


@action(
    title=_l("Enter payment"),
    group="payments",
    icon="cash",
    done=_l("Payment entered"),
    mail="order_paid",
    told=told_of_payment,
    why_not=why_not_enter_payment,
    undo="take_back_payment",
    undo_on=last_payment,
    stands="block",
    inputs=(
        Input("amount", _l("Amount"), kind="amount", initial=open_now),
        Input("method", _l("Payment method"), kind="select", initial=method_of, choices=methods_of),
        Input("paid_at", _l("Received on"), kind="moment", hint=_l("Empty: now.")),
        Input("reference", _l("Reference"), hint=_l("What the bank or the payment provider calls it.")),
        INVOICE_REST,
        replace(NOTIFY, title=_l("Tell the customer once nothing is open any more")),
        REASON,
    ),
)
def enter_payment(
    order: Order,
    *,
    by: Actor,
    amount: Decimal,
    method: str = "",
    paid_at: datetime | None = None,
    reference: str = "",
    invoice: bool = False,
    notify: bool = False,
    reason: str = "",
) -> Payment:
    """Record money that came in: a part, all, or more than is open. Order paid goes only when it settles the order."""
    refuse_amount(amount, order)
    if paid_at and paid_at > now():
        raise ActionRefused(_("Received on: that moment is still to come."))
    if paid_at and not order.is_invoiced_elsewhere:
        refuse_closed_day(day_in_shop(paid_at))
    was_open = order.open_amount > 0
    payment = Payment(
        order=order,
        amount=amount,
        method=(method or order.payment_method_title)[:255],
        reference=reference.strip(),
        entered_by=by.name,
        paid_at=paid_at or now(),
    )
    db.session.add(payment)
    db.session.flush()
    settle(order)

    record(Happened.PAYMENT_ENTERED, order, by, amount=amount, method=payment.method, reason=reason.strip())
    issued = issue_once_paid(order, by=by, rest=invoice) or unsent_invoice(order)
    if notify and was_open and order.is_paid_for:
        mail_paid(payment, issued, by=by)
    return payment


def doubt_refund(order: Order, *, amount: Decimal, method: str = "", **_how: object) -> str:
    """Money goes back the way it came; another way is right now and then, such as for a card that was closed."""
    method = method or order.payment_method_title
    came = max(kept_by_method(order).get(method, ZERO), ZERO)
    if amount <= came or amount > order.ledger.kept:
        return ""
    return _(
        "More goes back by %(method)s than is left of what came by it: %(came)s.",
        method=method or _("no method"),
        came=say_amount(order, came),
    )


def not_invoiced_warning(order: Order) -> str:
    """What of the order no invoice says, and none will say by itself once it is paid."""
    if not is_left_to_invoice(order):
        return ""
    text = say_amount(order, order.total - order.invoiced)
    return _("%(amount)s of this order is not invoiced. Tick that it is, once it is paid.", amount=text)


def refund_warning(order: Order) -> str:
    """What no credit note covers of a refund, as it would be said before."""
    if order.is_invoiced_elsewhere or order.ledger.invoiced <= order.ledger.credited:
        return ""
    if (covered := to_pay_back(order)) > 0:
        covered_text = say_amount(order, covered)
        return _("%(amount)s is to be paid back. No credit note covers more than that.", amount=covered_text)
    return _("No credit note covers a refund of this order: one is created with it, unless you take the tick off.")


def is_not_covered(order: Order) -> bool:
    """Whether a refund now would have no credit note at all, though there is an invoice that one can be made of."""
    ledger = order.ledger
    return not order.is_invoiced_elsewhere and ledger.invoiced > ledger.credited and to_pay_back(order) <= 0


def why_not_enter_refund(order: Order) -> str:
    if order.is_draft:
        return _("Nothing was paid on a draft.")
    if order.paid <= order.refunded:
        return _("All that was paid has been refunded.") if order.paid > 0 else _("Nothing was paid.")
    return ""


@action(
    title=_l("Enter refund"),
    group="refunds",
    icon="receipt-refund",
    done=_l("Refund entered"),
    mail="refund",
    why_not=why_not_enter_refund,
    undo="take_back_payment",
    undo_on=last_payment,
    stands="block",
    inputs=(
        Input("amount", _l("Amount"), kind="amount", initial=suggested_refund),
        Input("method", _l("Refunded by"), kind="select", initial=method_of, choices=methods_of),
        Input("reason", _l("Reason")),
        Input("credit", _l("Create a credit note over what none covers"), kind="tick", initial=is_not_covered),
        NOTIFY,
    ),
    doubt=doubt_refund,
)
def enter_refund(
    order: Order,
    *,
    by: Actor,
    amount: Decimal,
    method: str = "",
    reason: str = "",
    credit: bool = False,
    notify: bool = False,
    paid_at: datetime | None = None,
    reference: str = "",
) -> Payment:
    """Record money that went back to the customer. It moves no money by itself.

    A bank that tells of it knows the day and a reference.
    """
    refuse_amount(amount, order)
    if paid_at and not order.is_invoiced_elsewhere:
        refuse_closed_day(day_in_shop(paid_at))
    most = order.paid - order.refunded
    if amount > most:
        raise ActionRefused(
            _(
                "Amount: at most %(most)s has been paid and not yet refunded.",
                most=say_amount(order, most),
            )
        )
    refund = Payment(
        order=order,
        kind=PaymentKind.REFUND,
        amount=-amount,
        method=(method or order.payment_method_title)[:255],
        reference=reference.strip(),
        reason=reason.strip(),
        entered_by=by.name,
        paid_at=paid_at or now(),
    )
    db.session.add(refund)
    db.session.flush()
    settle(order)

    record(Happened.REFUND_ENTERED, order, by, subject=refund, amount=amount, reason=refund.reason)
    if credit:
        credit_amount(order, paid_back_without_credit_note(order), by=by)
    if notify:
        mails.queue_about_refund(refund, by=by)
    return refund


def refuse_amount(amount: Decimal, order: Order) -> None:
    """Money comes in whole cents, or whatever the smallest coin of the currency is."""
    if amount <= 0:
        raise ActionRefused(_("Amount: enter more than 0."))
    if amount >= LARGEST_PAYMENT:
        raise ActionRefused(_("Amount: that is too much."))
    if amount != rounded(amount, order.currency):
        places = decimals(order.currency)
        raise ActionRefused(
            _("Amount: %(currency)s has %(count)s decimals at most.", currency=order.currency, count=places)
        )


def why_not_take_back_payment(payment: Payment) -> str:
    order = payment.order
    if payment.reverses_id is not None:
        return _("This entry undoes a payment. Enter the payment again instead.")
    if is_taken_back(payment):
        return _("This has already been undone.")
    if payment.kind != PaymentKind.PAYMENT:
        return ""
    if payment.confirmed_itself:
        return why_confirmed(payment)
    if order.paid - payment.amount < order.refunded:
        return why_refunded()
    return ""


UNDOING = {
    PaymentKind.PAYMENT: Happened.PAYMENT_TAKEN_BACK,
    PaymentKind.REFUND: Happened.REFUND_TAKEN_BACK,
    PaymentKind.WRITE_OFF: Happened.WRITE_OFF_TAKEN_BACK,
    **dict.fromkeys(LATE, Happened.LATE_WAIVED),
}


@action(
    title=_l("Undo"),
    group="payments",
    icon="arrow-back-up",
    done=_l("Undone"),
    why_not=why_not_take_back_payment,
    inputs=(REASON,),
    right_title=_l("Undo a payment"),
    stands="block",
)
def take_back_payment(payment: Payment, *, by: Actor, reason: str = "") -> Payment:
    """Take back one payment or refund that was entered by mistake: a counter row, for nothing is ever erased."""
    order = payment.order
    (counter_row,) = take_back([payment], by)
    settle(order)

    what = UNDOING[payment.kind]
    subject = payment if payment.kind == PaymentKind.REFUND else None
    record(what, order, by, subject=subject, amount=abs(payment.amount), reason=reason.strip())
    issue_when_paid(order, by=by)
    return counter_row
