"""Proving that mails wait only for what they may wait for, and that nothing waits for ever."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, or_, select

from app.actions import ACTIONS
from app.extensions import db
from app.history import Happened
from app.mails import is_of_kind
from app.models import (
    WITHOUT_SHOP,
    History,
    Invoice,
    Job,
    JobState,
    MailState,
    Order,
    OutgoingMail,
    Payment,
    Shipment,
)


def held_mail_findings() -> Iterator[str]:
    """Mails of what can be undone: Undo withdraws them, the end of their job lets them go."""
    waiting = select(OutgoingMail).where(OutgoingMail.state == MailState.QUEUED)
    for mail in db.session.scalars(waiting.where(OutgoingMail.undone_at.is_not(None)).order_by(OutgoingMail.id)):
        yield f"mail {mail.id} ({mail.kind}) waits to be sent, but what it tells was undone"
    over = or_(Job.id.is_(None), and_(Job.state != JobState.WAITING, Job.state != JobState.RUNNING))
    kept = waiting.outerjoin(Job, Job.id == OutgoingMail.job_id).where(OutgoingMail.job_id.is_not(None), over)
    for mail in db.session.scalars(kept.order_by(OutgoingMail.id)):
        yield f"mail {mail.id} ({mail.kind}) waits for job {mail.job_id}, which is over"
    unknown = waiting.where(OutgoingMail.undone_by.not_in(["", *ACTIONS]))
    for mail in db.session.scalars(unknown.order_by(OutgoingMail.id)):
        yield f"mail {mail.id} ({mail.kind}) is undone by {mail.undone_by}, which is nothing that can be done"


#: By what takes it back: the part of its order that a mail tells of, and what takes that out of the world.
TOLD: dict[str, tuple[type[Payment | Shipment], str, ColumnElement[bool]]] = {
    "take_back_payment": (Payment, "payment", Payment.id.in_(select(Payment.reverses_id))),
    "set_shipment_not_sent": (Shipment, "parcel", Shipment.sent_at.is_(None)),
}


def untold_findings() -> Iterator[str]:
    """Each mail has its fact: what it tells of belongs to its order, and what waits to be told is still so."""
    for undoing, (part, name, is_gone) in TOLD.items():
        of_part = select(OutgoingMail, part.id).where(OutgoingMail.undone_by == undoing)
        is_its_own = and_(part.id == OutgoingMail.undone_on_id, part.order_id == OutgoingMail.order_id)
        without = of_part.outerjoin(part, is_its_own).where(part.id.is_(None))
        for mail, _part in db.session.execute(without.order_by(OutgoingMail.id)):
            yield f"mail {mail.id} ({mail.kind}) tells of {name} {mail.undone_on_id}, which its order has not"
        untrue = of_part.join(part, is_its_own).where(
            OutgoingMail.state == MailState.QUEUED, OutgoingMail.undone_at.is_(None), is_gone
        )
        for mail, _part in db.session.execute(untrue.order_by(OutgoingMail.id)):
            yield f"mail {mail.id} ({mail.kind}) waits to tell of {name} {mail.undone_on_id}, which was taken back"
    cancelled = select(History.order_id).where(
        History.order_id == OutgoingMail.order_id,
        History.what.in_([Happened.ORDER_CANCELLED, Happened.REST_CANCELLED]),
    )
    never = select(OutgoingMail).where(is_of_kind("order_cancelled"), ~cancelled.exists())
    for mail in db.session.scalars(never.order_by(OutgoingMail.id)):
        yield f"mail {mail.id} (order_cancelled) tells that an order is cancelled, which it never was"
    foreign = select(OutgoingMail).join(Invoice, Invoice.id == OutgoingMail.invoice_id)
    for mail in db.session.scalars(foreign.where(Invoice.order_id != OutgoingMail.order_id).order_by(OutgoingMail.id)):
        yield f"mail {mail.id} ({mail.kind}) takes the document of another order along"


def unplaced_findings() -> Iterator[str]:
    """Only an outside shop can say later that its customer finished the checkout."""
    never = or_(Order.is_draft, Order.source.in_(WITHOUT_SHOP))
    for number in db.session.scalars(select(Order.number).where(Order.is_unplaced, never).order_by(Order.number)):
        yield f"{number}: waits for its customer to finish a checkout that no outside shop has"
