"""E-invoices on their way out: which go by themselves, the rows by which a worker sends them, and what came of it.

A row is written in the transaction of the issue, or of the press of a button. Who wants to know what is done with it
reads `app/connections/e_invoices.py`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.columns import now
from app.documents.einvoice_facts import SchemeId, derive_einvoice_facts
from app.einvoices.missing import Incomplete
from app.einvoices.reading import is_for_business
from app.einvoices.storing import document_of
from app.extensions import db
from app.history import SYSTEM, Actor, Happened, record
from app.models import EInvoiceSending, EInvoiceState, EInvoiceWay, Invoice, Shop, Telling, Trouble
from app.queries import shop
from app.queues.leases import LeasedQueue, free

#: What a worker has to do something about: to hand it over, or to ask what became of it.
IN_HAND = (EInvoiceState.WAITING, EInvoiceState.ACCEPTED)

#: Pauses after an attempt: a quarter of a minute, twice as long each time, up to six hours.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=6)

E_INVOICES = LeasedQueue(
    EInvoiceSending,
    unfinished=EInvoiceSending.state.in_(IN_HAND),
    lease=timedelta(minutes=5),  # longer than the few requests of one row, each with its deadline
    most_attempts=40,  # a week
    pause_after=lambda attempts: min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts - 1, 12)),
)


def is_set_up(own: Shop) -> bool:
    """Whether there is a way by which they can go."""
    needed = {EInvoiceWay.MAIL: own.e_invoice_address, EInvoiceWay.ACCESS_POINT: own.access_point_url}
    return own.e_invoice_way != EInvoiceWay.NOWHERE and bool(needed.get(own.e_invoice_way, True))


def address_on_peppol(invoice: Invoice) -> SchemeId | None:
    says = invoice.snapshot
    return (says.get("einvoice") or derive_einvoice_facts(says))["buyer_address"]


def goes_by_itself(invoice: Invoice) -> bool:
    """Whether its buyer is a business that is reached by a number, or that wants a reference named."""
    says = invoice.snapshot
    return is_for_business(says) and bool(address_on_peppol(invoice) or says.get("buyer_reference"))


def queue_when_issued(invoice: Invoice) -> EInvoiceSending | None:
    """As the shop's setting says, in the transaction of the issue."""
    own = shop()
    if own.e_invoices_go == Telling.OFF or invoice.is_demo or not is_set_up(own) or not goes_by_itself(invoice):
        return None
    is_asked = own.e_invoices_go == Telling.ASK
    state = EInvoiceState.ASKED if is_asked else EInvoiceState.WAITING
    return queue_sending(invoice, by=SYSTEM, state=state, due_at=now())


def queue_sending(
    invoice: Invoice, *, by: Actor, state: EInvoiceState, due_at: datetime, decided_by: str = ""
) -> EInvoiceSending:
    """The row of the document, as the settings are now; what was handed over before stays known."""
    own, sending = shop(), invoice.sending
    if sending is None:
        sending = EInvoiceSending(invoice=invoice, created_at=now())
        db.session.add(sending)
    if sending.way != own.e_invoice_way or sending.format != own.e_invoice_format:  # another place knows nothing of it
        sending.way, sending.format, sending.digest = own.e_invoice_way, own.e_invoice_format, ""
        sending.begun_at, sending.external_id, sending.status_url = None, "", ""
    if sending.trouble == Trouble.REFUSED:  # there was a verdict: it goes as another one
        sending.begun_at, sending.external_id, sending.status_url = None, "", ""
    sending.state, sending.due_at, sending.attempts, sending.decided_by = state, due_at, 0, decided_by
    sending.trouble, sending.missing, sending.last_error, sending.answer = None, [], "", None
    sending.ended_at = None
    free(sending)
    db.session.flush()
    if state == EInvoiceState.WAITING:
        record(Happened.E_INVOICE_QUEUED, invoice.order, by, number=invoice.number)
    return sending


def count_waiting_e_invoices() -> int:
    """Of those that did not get through."""
    waiting = (EInvoiceSending.state == EInvoiceState.WAITING, EInvoiceSending.trouble.is_not(None))
    return db.session.scalar(select(func.count()).select_from(EInvoiceSending).where(*waiting)) or 0


def missing_for_sending(invoice: Invoice) -> Incomplete | None:
    """What is missing for the format in which they are sent."""
    try:
        document_of(invoice, shop().e_invoice_format)
    except Incomplete as incomplete:
        return incomplete
    return None
