"""What to think of before an action issues an invoice, whose words stay for good."""

from __future__ import annotations

from flask_babel import gettext as _

from app import queries
from app.actions.declaration import AnyAction
from app.actions.drafts import place_draft
from app.actions.invoices import issue_invoice, why_not_issue_invoice
from app.actions.payments import enter_payment, mark_paid
from app.documents.fonts import name_letters
from app.documents.letters import letters_not_printed
from app.models import InvoiceMoment, Order


def letters_warning(action: AnyAction, order: Order) -> str:
    """Which letters would be boxes on the invoice that the action issues; "" for none, and where it issues none."""
    if not issues_invoice(action, order):
        return ""
    letters = letters_not_printed(order, queries.shop())
    if not letters:
        return ""
    return _(
        "No font has these letters, and the invoice would show a box for each: %(letters)s. "
        "Write them in another script, or go on as it is.",
        letters=name_letters(letters),
    )


def issues_invoice(action: AnyAction, order: Order) -> bool:
    """Whether an invoice comes of it, by the shop's setting."""
    if action is place_draft:
        return queries.shop().invoice_moment == InvoiceMoment.DIRECT
    if why_not_issue_invoice(order):
        return False
    if action in (mark_paid, enter_payment):
        moment = queries.shop().invoice_moment
        return moment == InvoiceMoment.PAID or (moment == InvoiceMoment.DIRECT and not order.invoices)
    return action is issue_invoice
