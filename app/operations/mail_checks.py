"""Proving that mails wait only for what they may wait for, and that nothing waits for ever."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, or_, select

from app.actions import ACTIONS
from app.extensions import db
from app.models import WITHOUT_SHOP, Job, JobState, MailState, Order, OutgoingMail


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


def unplaced_findings() -> Iterator[str]:
    """Only an outside shop can say later that its customer finished the checkout."""
    never = or_(Order.is_draft, Order.source.in_(WITHOUT_SHOP))
    for number in db.session.scalars(select(Order.number).where(Order.is_unplaced, never).order_by(Order.number)):
        yield f"{number}: waits for its customer to finish a checkout that no outside shop has"
