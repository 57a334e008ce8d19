"""Mails of what can be undone: they wait as long as Undo is offered, and are withdrawn when it is taken back.

Whoever runs an action opens a scope round it. What is queued in there waits, when something takes the action back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select, update

from app.columns import now
from app.extensions import db
from app.history import Happened
from app.mails import outbox, scopes
from app.models import MailState, OutgoingMail
from app.queries import shop
from app.queues.holding import UNTIL_ITS_JOB_ENDS, job_here

#: The longest that a shop can let them wait, in seconds.
LONGEST_HOLD = 300


class PartTold(NamedTuple):
    """The part of an order that a mail tells of, such as a payment, by the action that takes just that back."""

    undoing: str
    on_id: int


def hold(mail: OutgoingMail, part: PartTold | None) -> None:
    """Let a mail wait that is just being written, when what it tells can be undone.

    One of a part is withdrawn with that part, whatever takes it back, and not with all else that the action did.
    """
    if part:
        mail.undone_by, mail.undone_on_id = part
    here = scopes.scope_here.get()
    if here is None or not here.undone_by:
        return
    if not part:
        mail.undone_by, mail.undone_on_id = here.undone_by, here.undone_on_id
    seconds = shop().mail_hold
    if seconds:
        mail.job_id = job_here.get()
        mail.due_at = now() + (UNTIL_ITS_JOB_ENDS if mail.job_id else timedelta(seconds=seconds))


def is_held(mail: OutgoingMail) -> bool:
    """Whether it waits only for the time in which Undo is offered to be over."""
    return bool(mail.undone_by) and mail.state == MailState.QUEUED and mail.attempts == 0 and mail.due_at > now()


def let_go_of_job(job_id: int) -> None:
    """The job is over, and its Undo is offered from now on."""
    waiting = update(OutgoingMail).where(OutgoingMail.job_id == job_id, OutgoingMail.state == MailState.QUEUED)
    due_at = now() + timedelta(seconds=shop().mail_hold)
    db.session.execute(waiting.values(due_at=due_at, job_id=None).execution_options(synchronize_session=False))


def withdraw_untrue(undoing: str, order_id: int, *, on_id: int | None, kinds: set[str]) -> None:
    """The action `undoing` took something of this order back: withdraw the mails that tell of it.

    `on_id` is the part of the order that it was done to; None when it was the whole of it, which takes back every mail
    of these `kinds`, whatever it was that they told of. One that a worker has in hand goes, or is withdrawn by it.
    """
    mine: ColumnElement[bool] = OutgoingMail.undone_by == undoing
    which = or_(mine, OutgoingMail.kind.in_(kinds)) if on_id is None else mine & (OutgoingMail.undone_on_id == on_id)
    states = OutgoingMail.state.in_((MailState.QUEUED, MailState.SENDING, MailState.SENT))
    told = select(OutgoingMail).where(OutgoingMail.order_id == order_id, which, states)
    told = told.where(OutgoingMail.undone_at.is_(None)).order_by(OutgoingMail.id).with_for_update()
    here = scopes.news()
    for mail in db.session.scalars(told.execution_options(populate_existing=True)).all():
        mail.undone_at = now()
        if mail.state == MailState.QUEUED:
            outbox.withdraw(mail, what=Happened.MAIL_TAKEN_BACK)
        else:
            here.gone.append(mail)


def is_of_kind(kind: str) -> ColumnElement[bool]:
    return OutgoingMail.kind == kind


def told_at(order_id: int, *which: ColumnElement[bool]) -> datetime | None:
    """When the customer was told of this last; None when nothing went, and nothing is about to."""
    states = OutgoingMail.state.in_((MailState.QUEUED, MailState.SENDING, MailState.SENT))
    query = select(OutgoingMail).where(OutgoingMail.order_id == order_id, states, *which)
    last = db.session.scalar(query.order_by(OutgoingMail.id.desc()).limit(1))
    return (last.sent_at or last.created_at) if last else None
