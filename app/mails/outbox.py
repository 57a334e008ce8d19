"""The outbox: which mail is next, and what came of it. Each function is a step inside a short transaction.

A reminder asks for money. It is withdrawn in the transaction in which the order ceases to owe just that, and once more
it is asked whether it is still right when it is about to go, for by then a worker has it in hand.
"""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select, update

from app.columns import now
from app.extensions import db
from app.history import SYSTEM, Happened, record
from app.mails import scopes
from app.models import REMINDERS, Invoice, MailState, Order, OrderStatus, OutgoingMail
from app.queries.counting import count_capped, rows_in
from app.queues.leases import LeasedQueue, free

#: With the pauses between them, about three days of a server that says "not now"...
MOST_ATTEMPTS = 80
#: ...but few when each of them may have arrived.
MOST_UNCLEAR = 4

#: A mail that waited longer, because no mail server was set up, would only surprise.
TOO_OLD = timedelta(days=14)


def pause_after(attempts: int) -> timedelta:
    """15 seconds after the first attempt, twice as long after each next one, an hour at most."""
    return timedelta(seconds=min(3600, 15 * 2 ** min(attempts - 1, 10)) * random.uniform(0.8, 1.2))


#: Mails of the demo shop never leave the house. One that a worker left behind may have arrived.
MAILS = LeasedQueue(
    OutgoingMail,
    unfinished=OutgoingMail.state.in_((MailState.QUEUED, MailState.SENDING)),
    allowed=OutgoingMail.is_demo.is_(False),
    lease=timedelta(minutes=5),  # longer than printing an invoice and talking to a slow server take together
    most_attempts=MOST_ATTEMPTS,
    pause_after=pause_after,
    taken={
        "state": MailState.SENDING,
        "may_be_doubled": or_(OutgoingMail.may_be_doubled, OutgoingMail.state == MailState.SENDING),
    },
)


def claim_mail(worker: str) -> int | None:
    """Take the mail that is due longest; None when there is none."""
    return next((mail.id for mail in MAILS.claim(worker)), None)


def count_waiting() -> int:
    """How many mails have not gone yet; no more are counted than a list shows the number of."""
    waiting = rows_in(OutgoingMail, OutgoingMail.state == MailState.QUEUED, OutgoingMail.is_demo.is_(False))
    return db.session.scalar(select(count_capped(waiting))) or 0


def is_too_old(mail: OutgoingMail) -> bool:
    return now() - mail.created_at > TOO_OLD


def note_outage(error: str) -> None:
    """Say on the mails that wait why they do."""
    waiting = update(OutgoingMail).where(MAILS.due(), OutgoingMail.state == MailState.QUEUED)
    db.session.execute(waiting.where(OutgoingMail.last_error != error).values(last_error=error))


# --- what came of it ------------------------------------------------------------------------------------------------


def set_sent(mail: OutgoingMail, attachments: list[dict[str, str]], *, lacks_xml: bool = False) -> None:
    """`lacks_xml`: its invoice was to have XML inside, for which something is missing."""
    let_go(mail, MailState.SENT, "")
    mail.sent_at, mail.attachments = now(), attachments
    record(Happened.MAIL_SENT, order_of(mail), SYSTEM, subject=mail, mail_subject=mail.subject, address=mail.to_address)
    if lacks_xml:
        record(Happened.WENT_WITHOUT_XML, order_of(mail), SYSTEM, subject=mail, mail_subject=mail.subject)


def fail(mail: OutgoingMail, error: str) -> None:
    let_go(mail, MailState.FAILED, error)
    facts = {"mail_subject": mail.subject, "address": mail.to_address, "error": error}
    record(Happened.MAIL_FAILED, order_of(mail), SYSTEM, subject=mail, **facts)


def try_later(mail: OutgoingMail, error: str, *, most: int = MOST_ATTEMPTS) -> None:
    """Queue it again after a pause that grows, or give up after the most attempts."""
    if is_outdated(mail):
        withdraw(mail)
    elif MAILS.retry(mail, most=most):
        let_go(mail, MailState.QUEUED, error)
    else:
        fail(mail, error)


def try_later_though_it_may_have_arrived(mail: OutgoingMail, error: str) -> None:
    mail.may_be_doubled = True
    try_later(mail, error, most=MOST_UNCLEAR)


def give_back(mail: OutgoingMail, error: str) -> None:
    """The server went away: no attempt is used up, but mails that wait have their turn first."""
    if is_outdated(mail):
        withdraw(mail)
        return
    let_go(mail, MailState.QUEUED, error)
    mail.attempts -= 1
    mail.due_at = now()


def let_go(mail: OutgoingMail, state: MailState, error: str) -> None:
    mail.state, mail.last_error = state, error
    free(mail)


# --- what is no longer right ----------------------------------------------------------------------------------------


def is_outdated(mail: OutgoingMail) -> bool:
    """Whether it asks for money of somebody who owes none by now, or tells what was undone while a worker had it."""
    if mail.undone_at is not None:
        return True
    order = order_of(mail) if mail.kind in REMINDERS else None
    return order is not None and order.status != OrderStatus.AWAITING_PAYMENT


def withdraw_reminders(order: Order) -> None:
    """Take back the reminders of this order that have not gone."""
    withdraw_waiting(order, OutgoingMail.kind.in_(REMINDERS))


def withdraw_waiting(order: Order, *which: ColumnElement[bool]) -> None:
    """Take back the mails about this order that have not gone: all of them, or which."""
    waiting = select(OutgoingMail).where(
        OutgoingMail.order_id == order.id, OutgoingMail.state == MailState.QUEUED, *which
    )
    for mail in db.session.scalars(waiting.order_by(OutgoingMail.id).with_for_update()).all():
        withdraw(mail)


def withdraw_if_waiting(mail: OutgoingMail) -> bool:
    """Take back a mail about something that was taken back itself; False when it has gone, or a worker has it."""
    waiting = select(OutgoingMail).where(OutgoingMail.id == mail.id, OutgoingMail.state == MailState.QUEUED)
    found = db.session.scalar(waiting.with_for_update().execution_options(populate_existing=True))
    if found:
        withdraw(found, what=Happened.MAIL_TAKEN_BACK)
    return found is not None


def withdraw(mail: OutgoingMail, _fact: object = None, *, what: Happened = Happened.MAIL_WITHDRAWN) -> None:
    what = Happened.MAIL_TAKEN_BACK if mail.undone_at else what
    let_go(mail, MailState.WITHDRAWN, "")
    order = order_of(mail)
    if mail.is_counted_reminder:
        db.session.execute(update(Order).where(Order.id == mail.order_id).values(reminders=Order.reminders - 1))
    db.session.flush()
    forget_invoice(mail)
    scopes.news().withdrawn.append(mail)
    record(what, order, SYSTEM, subject=mail, mail_subject=mail.subject, address=mail.to_address)


def forget_invoice(mail: OutgoingMail) -> None:
    """The invoice that it would have taken along was not sent, unless another mail took it, or will."""
    if mail.invoice_id is None:
        return
    other = select(OutgoingMail.id).where(
        OutgoingMail.invoice_id == mail.invoice_id, OutgoingMail.state != MailState.WITHDRAWN
    )
    mine = update(Invoice).where(Invoice.id == mail.invoice_id, ~other.exists())
    db.session.execute(mine.values(sent_at=None))


def lock_order_of(mail_id: int) -> None:
    """Everybody locks the order before what belongs to it: who undoes something, and the worker with the mail."""
    of_mail = select(OutgoingMail.order_id).where(OutgoingMail.id == mail_id).scalar_subquery()
    db.session.execute(select(Order.id).where(Order.id == of_mail).with_for_update(key_share=True))


def order_of(mail: OutgoingMail) -> Order | None:
    return db.session.get(Order, mail.order_id) if mail.order_id else None
