"""Orders that are invoiced elsewhere: which of those that come in are, and saying so, or the opposite, by hand."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import queries
from app.accounting.closed_books import refuse_in_closed_books, wait_for_closing, why_in_closed_books
from app.accounting.states import recompute_status
from app.actions.declaration import REASON, Input, action
from app.columns import now
from app.history import Actor, Happened, record
from app.intake_readers.new_order import NewOrder
from app.intake_readers.over import is_over, is_paid, is_paid_back
from app.models import InvoiceMoment, InvoicesFor, Order
from app.queries import search


def stands_elsewhere(new: NewOrder, choice: InvoicesFor) -> bool:
    """Whether an order that comes in is invoiced elsewhere. Of one that is cancelled there, no invoice is missing."""
    if choice == InvoicesFor.ALL:
        return False
    if new.cancelled_at:
        return is_invoiced_there(new)
    return choice == InvoicesFor.NONE or is_invoiced_there(new) or is_over(new)


def is_invoiced_there(new: NewOrder) -> bool:
    return new.is_invoiced or bool(new.invoice_numbers)


def number_there(new: NewOrder) -> str:
    return ", ".join(new.invoice_numbers)[:255]


def is_invoiced_at_once(new: NewOrder, choice: InvoicesFor) -> bool:
    """Whether an invoice is made here as the order comes in. `issue_when_placed` decides the same of the order."""
    moment, has_goods = queries.shop().invoice_moment, any(line.quantity > 0 for line in new.lines)
    if stands_elsewhere(new, choice) or new.has_failed or new.cancelled_at or new.held or not has_goods:
        return False
    is_due = moment == InvoiceMoment.PAID and is_paid(new) and not is_paid_back(new)
    return moment == InvoiceMoment.DIRECT or is_due or new.total == 0


def note_elsewhere(order: Order, new: NewOrder, choice: InvoicesFor, by: Actor) -> bool:
    """What a later payload says of invoices of its own shop; True when that is news.

    What was invoiced here stays so. By itself a completion says nothing: the order was ours to invoice when it came.
    """
    number = number_there(new) or order.elsewhere_number
    is_news = number != order.elsewhere_number if order.is_invoiced_elsewhere else is_invoiced_there(new)
    if not is_news or order.invoices or choice == InvoicesFor.ALL:
        return False
    wait_for_closing()
    if not order.is_invoiced_elsewhere and why_in_closed_books(order):
        return False  # its payments are in the books of days that are closed, and stay there
    stand_elsewhere(order, number, by)
    return True


def stand_elsewhere(order: Order, number: str, by: Actor) -> None:
    order.invoiced_elsewhere_at = order.invoiced_elsewhere_at or now()
    order.elsewhere_number = number
    record(Happened.INVOICED_ELSEWHERE, order, by, number=number)


# --- by hand --------------------------------------------------------------------------------------------------------


def why_not_set_invoiced_elsewhere(order: Order) -> str:
    if order.is_draft:
        return _("A draft has no invoice. Place the order first.")
    if order.is_invoiced_elsewhere:
        return _("It is marked as invoiced elsewhere.")
    if order.invoices:
        return _("There is an invoice here already.")
    return _("This order is cancelled.") if order.cancelled_at else why_in_closed_books(order)


@action(
    title=_l("Invoiced elsewhere"),
    group="invoices",
    icon="external-link",
    done=_l("Mark as invoiced elsewhere"),
    bulk=True,
    why_not=why_not_set_invoiced_elsewhere,
    inputs=(
        Input(
            "invoice_number",
            _l("Number of the invoice"),
            per_order=True,
            hint=_l("No invoice of this order is made here any more, also when it is paid."),
        ),
    ),
    undo="invoice_here",
    stands="block",
)
def set_invoiced_elsewhere(order: Order, *, by: Actor, invoice_number: str = "") -> Order:
    """Say that another shop or program invoices this order: here none is made, and none is missing."""
    refuse_in_closed_books(order)
    stand_elsewhere(order, invoice_number.strip()[:255], by)
    recompute_status(order)
    search.index(order)
    return order


def why_not_invoice_here(order: Order) -> str:
    return why_in_closed_books(order) if order.is_invoiced_elsewhere else _("This order is not invoiced elsewhere.")


@action(
    title=_l("Invoice here after all"),
    group="invoices",
    icon="file-invoice",
    done=_l("Invoices of this order are made here"),
    bulk=True,
    why_not=why_not_invoice_here,
    inputs=(
        replace(
            REASON,
            hint=_l("An invoice made here is dated the day it is made. One made elsewhere has to be credited there."),
        ),
    ),
    stands="block",
)
def invoice_here(order: Order, *, by: Actor, reason: str = "") -> Order:
    """Take back that the order is invoiced elsewhere. No invoice is made by that: Create invoice does."""
    refuse_in_closed_books(order)
    number, order.elsewhere_number, order.invoiced_elsewhere_at = order.elsewhere_number, "", None
    recompute_status(order)
    search.index(order)

    record(Happened.INVOICED_HERE, order, by, number=number, reason=reason.strip())
    return order
