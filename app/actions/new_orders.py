"""What comes with every new order, wherever it came from: stock, invoice, confirmation."""

from __future__ import annotations

from flask_babel import gettext as _

from app import mails
from app.accounting.states import recompute_status
from app.actions.invoices import issue_when_placed
from app.actions.stock import take_from_stock
from app.amounts.money import is_currency
from app.errors import Problem
from app.history import Actor, Happened, record
from app.models import Invoice, InvoiceKind, Order
from app.queries import search


def problem_of_currency(code: str) -> Problem | None:
    if is_currency(code):
        return None
    return Problem("currency", _("%(found)s is not a currency. Use a code of ISO 4217, such as EUR.", found=code))


def take_up(order: Order, *, by: Actor) -> None:
    """What comes with every order, also with one whose payment failed where it comes from: it may still be paid."""
    recompute_status(order)
    take_from_stock(order, by=by)
    search.index(order)


def follow_up(order: Order, *, by: Actor, notify: bool) -> None:
    """What comes with every new order, wherever it came from: stock, invoice, confirmation."""
    recompute_status(order)
    take_from_stock(order, by=by)
    invoice = first_invoice(order, by)
    if invoice is None:  # else it is found by the number of that, too
        search.index(order)

    confirm(order, invoice, by=by, notify=notify)


def follow_up_at_last(order: Order, *, by: Actor, notify: bool) -> None:
    """What an order gets whose customer has only now really placed it: what it had to wait for, the confirmation."""
    order.is_unplaced = False
    unsent = [one for one in order.invoices if one.kind == InvoiceKind.INVOICE and one.sent_at is None]
    confirm(order, unsent[0] if unsent else None, by=by, notify=notify)


def confirm(order: Order, invoice: Invoice | None, *, by: Actor, notify: bool) -> None:
    if notify and not order.is_finished:
        mails.queue("order_confirmation", order, once_key=f"order_confirmation:{order.id}", by=by, invoice=invoice)


def first_invoice(order: Order, by: Actor) -> Invoice | None:
    """The invoice that belongs to a new order, by the shop's setting; an order of 0 is invoiced at once."""
    if order.total == 0 and not order.cancelled_at:
        record(Happened.TOTAL_ZERO, order, by)
    return issue_when_placed(order, by=by)
