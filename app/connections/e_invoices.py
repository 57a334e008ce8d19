"""Sending e-invoices: to a folder, to a mail address, or to the API of an access point; and asking what became of them.

A worker claims a row, hands the document over without holding anything, and writes down what came of it. One that dies
in between leaves a lease; whoever takes over looks first whether the document is there already.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select

from app.columns import now
from app.config import place_of_installation
from app.connections.access_point import (
    AccessPoint,
    Parcel,
    PointVerdict,
    access_point_of,
    ask_after,
    look_up,
    post_document,
)
from app.connections.failures import Remedy, ShopFailure
from app.documents.render_process import RenderFailed
from app.einvoices.missing import Incomplete, Missing
from app.einvoices.sending import E_INVOICES
from app.einvoices.storing import FORMATS, e_invoice
from app.extensions import db, transaction
from app.history import SYSTEM, Happened, record
from app.mails.addresses import domain_of
from app.mails.message import Attachment, Letter, file_name
from app.mails.server import Server, server_of
from app.mails.smtp import Line, NotNow, Refused, ServerDown, Unclear
from app.models import EInvoiceSending, EInvoiceState, EInvoiceWay, Invoice, Order, Outside, Shop, Trouble
from app.queries import shop
from app.queries.outages import begin_outage, end_outage
from app.queues.leases import free

log = logging.getLogger(__name__)

#: The folder in that of the installation, where the shop names none.
USUAL_FOLDER = "e-invoices"

#: What only has to be waited for: the e-invoice of goods that have not gone yet.
WAITED_FOR = {Missing.DELIVERED_ON}
#: How soon it is looked whether they have.
LOOK_AGAIN = timedelta(hours=1)

#: An access point is asked after a document for so long, ever less often.
ASKED_FOR = timedelta(days=14)
FIRST_ASKED, LAST_ASKED = timedelta(minutes=1), timedelta(hours=6)


@dataclass(frozen=True)
class Destination:
    """Where e-invoices go, as the shop set it up."""

    folder: Path
    server: Server | None
    address: str
    point: AccessPoint


@dataclass(frozen=True)
class Handover:
    """A document that a worker has in hand, taken out of the database so that nothing is held meanwhile."""

    worker: str
    sending_id: int
    way: EInvoiceWay
    parcel: Parcel
    to: Destination
    was_begun: bool  # it may be there already
    external_id: str = ""
    status_url: str = ""  # it is there: only its state is asked


def send_due(worker: str = "") -> int:
    """Send one e-invoice that is due, or ask after it; 1 when there was one."""
    with transaction():
        claimed = [row.id for row in E_INVOICES.claim(worker)]
    for sending_id in claimed:
        try:
            handover = begin_sending(worker, sending_id)
            if handover is not None:
                note_verdict(worker, sending_id, hand_over_document(handover))
        except ShopFailure as failure:
            note_failure_of_sending(worker, sending_id, failure)
        except Exception as error:
            log.exception("e-invoice %s could not be sent", sending_id)
            note_failure_of_sending(worker, sending_id, ShopFailure(Trouble.OURS, type(error).__name__))
    return len(claimed)


# --- beginning ------------------------------------------------------------------------------------------------------


def begin_sending(worker: str, sending_id: int) -> Handover | None:
    """What is handed over. None where something is missing for it: that is written down."""
    with transaction():
        lock_order_of_sending(sending_id)
        sending = E_INVOICES.held_by(worker, sending_id)
        if sending is None:
            return None
        if sending.state == EInvoiceState.ACCEPTED:
            return handover_of(worker, sending, b"")
        try:
            content = e_invoice(sending.invoice, sending.format).content
        except Incomplete as incomplete:
            note_missing(sending, incomplete)
            return None
        except RenderFailed as error:
            raise ShopFailure(Trouble.OURS, str(error)) from error
        handover = handover_of(worker, sending, content)
        sending.digest, sending.begun_at = handover.parcel.digest, sending.begun_at or now()
        return handover


def key_of_document(sending: EInvoiceSending, content: bytes) -> str:
    """By which the other side knows it as the same: whatever its invoice says since, until there is a verdict."""
    return sending.digest if sending.begun_at else hashlib.sha256(sending.digest.encode() + content).hexdigest()


def handover_of(worker: str, sending: EInvoiceSending, content: bytes) -> Handover:
    written = FORMATS[sending.format]
    number = sending.invoice.number
    name = file_name(number) + written.ending
    parcel = Parcel(number, name, written.media_type, content, key_of_document(sending, content))
    was_begun = sending.begun_at is not None
    is_there = sending.state == EInvoiceState.ACCEPTED
    where = sending.status_url if is_there else ""
    to = destination_of(shop(), sending.way)
    return Handover(worker, sending.id, sending.way, parcel, to, was_begun, sending.external_id, where)


def destination_of(own: Shop, way: EInvoiceWay) -> Destination:
    server = None
    if way == EInvoiceWay.MAIL:
        try:
            server = server_of(own)
        except LookupError as error:
            raise ShopFailure(Trouble.NO_API, str(error)) from error
    point = access_point_of(own) if way == EInvoiceWay.ACCESS_POINT else AccessPoint("")
    return Destination(folder_of_shop(own), server, own.e_invoice_address, point)


def folder_of_shop(own: Shop) -> Path:
    return place_of_installation() / (own.e_invoice_folder or USUAL_FOLDER)


def lock_order_of_sending(sending_id: int) -> None:
    """Everybody locks the order before what belongs to it."""
    of_sending = (
        select(Invoice.order_id)
        .join(EInvoiceSending, EInvoiceSending.invoice_id == Invoice.id)
        .where(EInvoiceSending.id == sending_id)
        .scalar_subquery()
    )
    db.session.execute(select(Order.id).where(Order.id == of_sending).with_for_update(key_share=True))


# --- handing over ---------------------------------------------------------------------------------------------------


def hand_over_document(handover: Handover) -> PointVerdict:
    """Raises ShopFailure for all that is no verdict on the document."""
    if handover.status_url:
        return ask_after(handover.to.point, handover.status_url, handover.external_id)
    return WAYS[handover.way](handover)


def put_into_folder(handover: Handover) -> PointVerdict:
    """Under its own name, whole or not at all, whoever reads the folder meanwhile."""
    try:
        put_file(handover.to.folder, handover.parcel)
    except OSError as error:
        raise ShopFailure(Trouble.OUT_OF_ORDER, f"{handover.to.folder}: {error.strerror or error}") from error
    return PointVerdict(EInvoiceState.SENT, handover.parcel.name)


def put_file(folder: Path, parcel: Parcel) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / parcel.name
    if file.is_file() and file.read_bytes() == parcel.content:
        return
    aside = folder / f".{parcel.name}.{parcel.digest[:16]}.part"
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as written:
        written.write(parcel.content)
        written.flush()
        os.fsync(written.fileno())
    os.replace(aside, file)


def mail_to_access_point(handover: Handover) -> PointVerdict:
    """As an attachment; one that may have gone goes again under the same id, by which it is known as the same."""
    server = handover.to.server
    assert server
    try:
        with Line(server) as line:
            line.hand_over(letter_of_document(handover, server))
            return PointVerdict(EInvoiceState.SENT, reason=str(line.host.answer))
    except Refused as error:
        return PointVerdict(EInvoiceState.REFUSED, reason=str(error))
    except (ServerDown, NotNow) as error:
        raise ShopFailure(Trouble.NO_ANSWER, str(error)) from error
    except Unclear as error:
        raise ShopFailure(Trouble.UNREADABLE, str(error)) from error


def letter_of_document(handover: Handover, server: Server) -> Letter:
    parcel = handover.parcel
    return Letter(
        message_id=f"<{parcel.digest[:40]}.e-invoice@{domain_of(server.sender) or 'toonbank.invalid'}>",
        language=shop().language,
        to_name="",
        to_address=handover.to.address,
        subject=parcel.number,
        body=_("E-invoice %(number)s is attached.", number=parcel.number) + "\n",
        attachments=(Attachment(parcel.name, parcel.content, parcel.media_type),),
    )


def post_to_access_point(handover: Handover) -> PointVerdict:
    """What may be there already is looked up first; what can't be goes under the same key."""
    point = handover.to.point
    known = look_up(point, handover.parcel.digest) if handover.was_begun else None
    return known or post_document(point, handover.parcel)


def go_nowhere(handover: Handover) -> PointVerdict:
    raise ShopFailure(Trouble.NO_API)


WAYS: Mapping[EInvoiceWay, Callable[[Handover], PointVerdict]] = {
    EInvoiceWay.NOWHERE: go_nowhere,
    EInvoiceWay.FOLDER: put_into_folder,
    EInvoiceWay.MAIL: mail_to_access_point,
    EInvoiceWay.ACCESS_POINT: post_to_access_point,
}


# --- what came of it ------------------------------------------------------------------------------------------------


def note_missing(sending: EInvoiceSending, incomplete: Incomplete) -> None:
    """It waits for goods that are still to go; all else somebody enters, and sends it again."""
    sending.missing = [one.value for one in incomplete.missing]
    free(sending)
    if set(incomplete.missing) <= WAITED_FOR:
        sending.attempts, sending.due_at = 0, now() + LOOK_AGAIN
        return
    sending.trouble = Trouble.BY_HAND
    refuse_sending(sending, incomplete.reasons)


def note_verdict(worker: str, sending_id: int, verdict: PointVerdict) -> None:
    with transaction():
        lock_order_of_sending(sending_id)
        sending = E_INVOICES.held_by(worker, sending_id)
        if sending is None:
            log.warning("e-invoice %s took longer than its lease; another worker has it", sending_id)
            return
        end_outage(Outside.E_INVOICES)
        was = sending.state
        sending.answer, sending.trouble, sending.missing = verdict.answer, None, []
        sending.external_id = verdict.external_id or sending.external_id
        sending.status_url, sending.last_error = verdict.status_url or sending.status_url, verdict.reason
        free(sending)
        if verdict.state == EInvoiceState.REFUSED:
            sending.trouble = Trouble.REFUSED
            refuse_sending(sending, verdict.reason)
            return
        if was == EInvoiceState.WAITING:
            sending.sent_at = now()
            record(Happened.E_INVOICE_SENT, sending.invoice.order, SYSTEM, number=sending.invoice.number)
        sending.state = verdict.state
        if verdict.state == EInvoiceState.DELIVERED:
            sending.ended_at = now()
            record(Happened.E_INVOICE_DELIVERED, sending.invoice.order, SYSTEM, number=sending.invoice.number)
        elif verdict.state == EInvoiceState.ACCEPTED:
            ask_later(sending)


def ask_later(sending: EInvoiceSending) -> None:
    """After a quarter of the time that it is there; no more once that is too long."""
    waited = now() - (sending.sent_at or now())
    if waited > ASKED_FOR:
        sending.state = EInvoiceState.SENT
        return
    sending.attempts, sending.due_at = 0, now() + min(max(waited / 4, FIRST_ASKED), LAST_ASKED)


def note_failure_of_sending(worker: str, sending_id: int, failure: ShopFailure) -> None:
    """It goes again after a pause, however it failed: only a verdict on the document ends it, or a week."""
    with transaction():
        lock_order_of_sending(sending_id)
        sending = E_INVOICES.held_by(worker, sending_id)
        if sending is None:
            return
        sending.trouble, sending.last_error = failure.trouble, failure.detail
        if failure.remedy != Remedy.OURS:
            begin_outage(Outside.E_INVOICES, failure.trouble, failure.detail)
        if E_INVOICES.retry(sending):
            if failure.retry_after is not None:
                sending.due_at = max(sending.due_at, now() + timedelta(seconds=failure.retry_after))
            return
        free(sending)
        if sending.state == EInvoiceState.ACCEPTED:  # it is there; what becomes of it nobody says
            sending.state = EInvoiceState.SENT
            return
        sending.trouble = Trouble.GIVEN_UP
        refuse_sending(sending, failure.detail)


def refuse_sending(sending: EInvoiceSending, reason: str) -> None:
    sending.state, sending.last_error, sending.ended_at = EInvoiceState.REFUSED, reason, now()
    free(sending)
    record(Happened.E_INVOICE_REFUSED, sending.invoice.order, SYSTEM, number=sending.invoice.number, error=reason)


# --- trying ---------------------------------------------------------------------------------------------------------


def try_folder(folder: Path) -> None:
    """A file is written there and removed. Raises OSError."""
    trial = Parcel("", ".toonbank-trial", "", b"", hashlib.sha256(os.urandom(16)).hexdigest())
    trial = replace(trial, content=trial.digest.encode())
    put_file(folder, trial)
    (folder / trial.name).unlink()
