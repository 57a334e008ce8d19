"""Cancelling orders. There is no undo: a cancelled order can be copied to a draft and placed anew."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import mails
from app.accounting.crediting import left_to_pay
from app.accounting.settling import settle
from app.actions.credit_notes import credit_order
from app.actions.declaration import NOTIFY, Input, action
from app.actions.stock import put_back_unsent
from app.columns import now
from app.errors import ActionRefused
from app.history import Actor, Happened, record
from app.models import Invoice, InvoiceKind, MovementKind, Order, OrderStatus


def why_not_cancel_order(order: Order) -> str:
    if order.is_draft:
        return _("A draft is not cancelled but discarded.")
    if order.cancelled_at:
        return _("This order is cancelled.")
    if order.status == OrderStatus.COMPLETED:
        return _("The order is completed. Create a return or a credit note instead.")
    return ""


def is_to_credit(order: Order) -> bool:
    return bool(not_credited(order))


@action(
    title=_l("Cancel order"),
    group="orders",
    icon="ban",
    done=_l("Order cancelled"),
    bulk=True,
    mail="order_cancelled",
    final=True,
    why_not=why_not_cancel_order,
    inputs=(
        Input("credit", _l("Create credit notes for what is invoiced"), kind="tick", initial=is_to_credit),
        Input("restock", _l("Put back in stock what was not sent"), kind="tick", initial=lambda order: True),
        NOTIFY,
        Input("reason", _l("Reason"), hint=_l("Only colleagues see this.")),
    ),
    dialog="cancel",
)
def cancel_order(
    order: Order, *, by: Actor, credit: bool = False, restock: bool = True, notify: bool = False, reason: str = ""
) -> Order:
    """Cancel the order, and credit what is invoiced of it in the same step. What was paid shows as to be paid back."""
    invoices = not_credited(order)
    if invoices and not credit:
        numbers = ", ".join(invoice.number for invoice in invoices)
        raise ActionRefused(
            _(
                "%(invoices)s: not credited. Tick that credit notes are created, or create them first.",
                invoices=numbers,
            )
        )

    cancel(order, at=now(), restock=restock, by=by)  # first, so that what becomes of the goods is said once
    credit_notes = credit_order(order, by=by) if invoices else []
    settle(order)

    record(Happened.ORDER_CANCELLED, order, by, reason=reason.strip())
    if notify:
        enclosed = credit_notes[-1] if credit_notes else None
        mails.queue("order_cancelled", order, once_key=f"order_cancelled:{order.id}", by=by, invoice=enclosed)
    return order


def cancel(order: Order, *, at: datetime, restock: bool, by: Actor) -> None:
    """What cancelling comes down to, here or elsewhere. What was sent already stays with the customer."""
    order.cancelled_at = at
    ordered = {line.id: line.quantity for line in order.lines}
    put_back_unsent(order, ordered, restock=restock, kind=MovementKind.CANCELLED, document=order, by=by)


def not_credited(order: Order) -> list[Invoice]:
    """Its invoices that still claim something."""
    return [invoice for invoice in order.invoices if invoice.kind == InvoiceKind.INVOICE and left_to_pay(invoice) > 0]
