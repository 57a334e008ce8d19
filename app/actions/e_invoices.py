"""Sending an e-invoice by hand, and leaving one that waits."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.actions.declaration import Many, action
from app.columns import now
from app.einvoices.sending import is_set_up, missing_for_sending, queue_sending
from app.history import Actor, Happened, record
from app.models import EInvoiceSending, EInvoiceState, Invoice
from app.queries import shop
from app.queues.leases import free

#: What can still be stopped, or need not be looked at any more.
CAN_BE_LEFT = (EInvoiceState.ASKED, EInvoiceState.WAITING, EInvoiceState.REFUSED)


def why_not_send_e_invoice(invoice: Invoice) -> str:
    if not is_set_up(shop()):
        return _("It is not said where e-invoices go. Enter it in Settings > E-invoices.")
    if invoice.is_demo:
        return _("E-invoices of the demo shop are never sent.")
    state = invoice.sending.state if invoice.sending else None
    if state == EInvoiceState.WAITING:
        return _("This e-invoice is waiting to be sent already.")
    if state in (EInvoiceState.SENT, EInvoiceState.ACCEPTED, EInvoiceState.DELIVERED):
        return _("This e-invoice was sent already.")
    incomplete = missing_for_sending(invoice)
    return incomplete.reasons if incomplete else ""


@action(
    title=_l("Send e-invoice"),
    group="invoices",
    icon="send",
    done=_l("The e-invoice is on its way"),
    why_not=why_not_send_e_invoice,
    undo="leave_e_invoice",
    right_title=_l("Send e-invoices"),
    stands="block",
)
def send_e_invoice(invoice: Invoice, *, by: Actor) -> Invoice:
    """Have it handed over as the settings say, also once more after it was refused.

    It waits as long as Undo is offered.
    """
    due_at = now() + timedelta(seconds=shop().mail_hold)
    queue_sending(invoice, by=by, state=EInvoiceState.WAITING, due_at=due_at, decided_by=by.name)
    return invoice


def why_not_leave_e_invoice(invoice: Invoice) -> str:
    sending = invoice.sending
    if sending is None or sending.state not in CAN_BE_LEFT:
        return _("No e-invoice of it waits to be sent.")
    return _("It is being sent at this moment.") if sending.worker else ""


@action(
    title=_l("Don’t send the e-invoice"),
    group="invoices",
    right="invoices.send_e_invoice",
    icon="ban",
    done=_l("The e-invoice is not sent"),
    why_not=why_not_leave_e_invoice,
    undo="send_e_invoice",
    is_undo=True,
    stands="block",
)
def leave_e_invoice(invoice: Invoice, *, by: Actor) -> Invoice:
    """Take it out of what waits, or say that one that was refused is not to go."""
    sending = invoice.sending
    assert sending
    sending.state, sending.decided_by, sending.ended_at = EInvoiceState.LEFT, by.name, now()
    free(sending)

    record(Happened.E_INVOICE_LEFT, invoice.order, by, number=invoice.number)
    return invoice


def why_not_send_refused_e_invoice(sending: EInvoiceSending) -> str:
    if sending.state not in (EInvoiceState.REFUSED, EInvoiceState.ASKED, EInvoiceState.LEFT):
        return why_not_send_e_invoice(sending.invoice) or _("This e-invoice was sent already.")
    return why_not_send_e_invoice(sending.invoice)


@action(
    title=_l("Send"),
    group="invoices",
    right="invoices.send_e_invoice",
    icon="refresh",
    done=_l("The e-invoice is on its way"),
    why_not=why_not_send_refused_e_invoice,
    many=Many(_l("Those that were refused, or that wait for you, are sent. The others stay as they are.")),
    stands="lists",
)
def send_refused_e_invoice(sending: EInvoiceSending, *, by: Actor) -> EInvoiceSending:
    """As the button on the invoice does."""
    send_e_invoice(sending.invoice, by=by)
    return sending
