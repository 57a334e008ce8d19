"""Cancelling orders. There is no undo: a cancelled order can be copied to a draft and placed anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import mails
from app.accounting.crediting import left_to_pay
from app.accounting.settling import settle
from app.actions.credit_notes import create_credit_note, credit_order, creditable, invoices_to_credit
from app.actions.declaration import NOTIFY, REASON, Input, action
from app.actions.goods import drop_rest, has_sent_something, quantities_to_ship
from app.actions.invoices import issue_invoice
from app.actions.returns import open_return, returnable
from app.actions.stock import hold_products, put_back_unsent
from app.actions.waiting_edits import settle_edits
from app.amounts.money import ZERO
from app.columns import now
from app.errors import ActionRefused
from app.history import Actor, Happened, record
from app.models import Invoice, InvoiceKind, MovementKind, Order, OrderStatus
from app.numbering import hold_ahead
from app.queries import search, shop


def why_not_cancel_order(order: Order) -> str:
    if order.is_draft:
        return _("A draft is not cancelled but discarded.")
    if order.cancelled_at:
        return _("This order is cancelled.")
    if order.status == OrderStatus.COMPLETED:
        return why_completed(order)
    return ""


def why_completed(order: Order) -> str:
    """With what can be done instead, where something can."""
    can_credit = bool(invoices_to_credit(order))
    if can_credit and any(returnable(line) > 0 for line in order.lines):
        return _("The order is completed. Create a return or a credit note instead.")
    return _("The order is completed. Create a credit note instead.") if can_credit else _("The order is completed.")


def is_to_credit(order: Order) -> bool:
    return bool(not_credited(order))


def is_all_sent(order: Order) -> bool:
    """Then there is nothing to cancel but what comes back."""
    return has_sent_something(order) and not quantities_to_ship(order)


def say_rest_is_cancelled(order: Order) -> str:
    """After a part was sent, the order is not cancelled: what was not sent is."""
    return "" if order.cancelled_at else _("What was not sent is cancelled")


@action(
    title=_l("Cancel order"),
    group="orders",
    icon="ban",
    done=_l("Order cancelled"),
    done_otherwise=say_rest_is_cancelled,
    bulk=True,
    mail="order_cancelled",
    final=True,
    why_not=why_not_cancel_order,
    inputs=(
        Input("take_back", _l("Credit what was sent as well: it comes back"), kind="tick", initial=is_all_sent),
        Input("credit", _l("Create credit notes for what is invoiced"), kind="tick", initial=is_to_credit),
        Input("restock", _l("Put back in stock what was not sent"), kind="tick", initial=lambda order: True),
        NOTIFY,
        REASON,
    ),
    dialog="cancel",
)
def cancel_order(
    order: Order,
    *,
    by: Actor,
    take_back: bool = False,
    credit: bool = False,
    restock: bool = True,
    notify: bool = False,
    reason: str = "",
) -> Order:
    """Cancel the order, and credit what is invoiced of it in the same step. What was paid shows as to be paid back.

    After a part was sent, only the rest is cancelled: it is credited, and the order is completed with what went. To
    cancel all, `take_back`: what was sent is credited as well, and its return made.
    """
    if has_sent_something(order) and not take_back:
        return cancel_rest(order, by=by, credit=credit, restock=restock, notify=notify, reason=reason)
    invoices = not_credited(order)
    refuse_without_credit(invoices, credit=credit)

    cancel(order, at=now(), restock=restock, by=by)  # first, so that what becomes of the goods is said once
    credit_notes = credit_order(order, by=by) if invoices else []
    expect_back(order, by=by)
    settle(order)
    search.index(order)

    record(Happened.ORDER_CANCELLED, order, by, reason=reason.strip())
    if notify:
        enclosed = credit_notes[-1] if credit_notes else None
        words = mails.words_to_send_back(order, order.returns)
        mails.queue(
            "order_cancelled", order, once_key=f"order_cancelled:{order.id}", by=by, invoice=enclosed, words=words
        )
    return order


def refuse_without_credit(invoices: list[Invoice], *, credit: bool) -> None:
    if invoices and not credit:
        numbers = ", ".join(invoice.number for invoice in invoices)
        raise ActionRefused(
            _(
                "%(invoices)s: not credited. Tick that credit notes are created, or create them first.",
                invoices=numbers,
            )
        )


def expect_back(order: Order, *, by: Actor) -> None:
    """The return of what was sent and stands on no credit note, for it was never invoiced here."""
    back = {line.id: min(returnable(line), line.sent_uncredited) for line in order.lines}
    if back := {line_id: quantity for line_id, quantity in back.items() if quantity > 0}:
        open_return(order, by=by, quantities=back, reason="", action="", note="")


def cancel(order: Order, *, at: datetime, restock: bool, by: Actor) -> None:
    """What cancelling comes down to, here or elsewhere. What was sent already stays with the customer."""
    order.cancelled_at = at
    ordered = {line.id: line.quantity for line in order.lines}
    put_back_unsent(order, ordered, restock=restock, kind=MovementKind.CANCELLED, document=order, by=by)
    dropped = quantities_to_ship(order)
    drop_rest(order, by=by)
    for line in order.lines:
        line.dropped_by_cancel = dropped.get(line.id, ZERO)
    settle_edits(order)


# --- after a part was sent ------------------------------------------------------------------------------------------


def cancel_rest(order: Order, *, by: Actor, credit: bool, restock: bool, notify: bool, reason: str) -> Order:
    """Cancel what was not sent; the order is completed with what went, once that is paid.

    What was never invoiced is invoiced first: only what an invoice claims can be credited.
    """
    rest = quantities_to_ship(order)
    if not rest:
        raise ActionRefused(_("Everything was sent. Tick that it comes back and is credited, or create a return."))
    refuse_without_credit(invoices_of_rest(order, rest), credit=credit)
    if restock:
        hold_products(order)
    if not order.is_invoiced_elsewhere and any(line.to_invoice > 0 for line in order.lines):
        if shop().credit_notes_own_series:
            hold_ahead("credit_note", demo=order.is_demo)
        issue_invoice(order, by=by)

    put_back_unsent(order, rest, restock=restock, kind=MovementKind.CANCELLED, document=order, by=by)
    for invoice in reversed(invoices_to_credit(order)):  # what went was mostly invoiced first
        left, most = quantities_to_ship(order), creditable(invoice)
        quantities = {line_id: min(quantity, most.get(line_id, ZERO)) for line_id, quantity in left.items()}
        if any(quantities.values()):
            create_credit_note(invoice, by=by, quantities=quantities, notify=notify)
    drop_rest(order, by=by)
    settle(order)
    search.index(order)

    record(Happened.REST_CANCELLED, order, by, reason=reason.strip())
    return order


def invoices_of_rest(order: Order, rest: Mapping[int, Decimal]) -> list[Invoice]:
    """Its invoices on which something of the rest is left to credit."""
    return [one for one in invoices_to_credit(order) if any(line_id in creditable(one) for line_id in rest)]


def not_credited(order: Order) -> list[Invoice]:
    """Its invoices that still claim something."""
    return [invoice for invoice in order.invoices if invoice.kind == InvoiceKind.INVOICE and left_to_pay(invoice) > 0]
