"""Questions of customers about their orders: asked in My account, answered here; the answer goes out as mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select

from app import mails, queries
from app.actions.declaration import Input, action
from app.actions.tasks import add_task
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Order, Staff, StoredFile, Task, TaskStatus, Ticket, TicketMessage, TicketStatus

LONGEST_TEXT = 5000
TEXT = Input("text", _l("Answer"), kind="long_text", required=True, most=LONGEST_TEXT)


# --- what the customer does -----------------------------------------------------------------------------------------


def ask(order: Order, *, by: Actor, subject: str, text: str, pictures: Sequence[StoredFile] = ()) -> Ticket:
    """A new question about an order, unanswered until somebody answers it."""
    subject = one_line(subject)
    if not subject:
        raise ActionRefused(_("Subject: describe it briefly."))
    ticket = Ticket(
        order=order,
        customer_id=order.customer_id,
        name=order.customer_name or order.email,
        email=order.email,
        language=order.language,
        subject=subject,
        status=TicketStatus.UNANSWERED,
        is_demo=order.is_demo,
    )
    db.session.add(ticket)
    say(ticket, text, author=ticket.name, is_from_customer=True, pictures=pictures)

    record(Happened.TICKET_ASKED, order, by, subject=ticket, text=subject)
    return ticket


def reply(ticket: Ticket, *, by: Actor, text: str, pictures: Sequence[StoredFile] = ()) -> TicketMessage:
    """What the customer says next: the ticket is unanswered again, also when it was closed."""
    ticket.status = TicketStatus.UNANSWERED
    message = say(ticket, text, author=ticket.name, is_from_customer=True, pictures=pictures)

    record(Happened.TICKET_REPLIED, ticket.order, by, subject=ticket, text=ticket.subject)
    return message


# --- what the shop does ---------------------------------------------------------------------------------------------


@action(
    title=_l("Answer"),
    group="tickets",
    icon="send",
    done=_l("Answer sent"),
    mail="ticket_answer",
    inputs=(TEXT, Input("close", _l("Close the ticket after answering"), kind="tick")),
)
def answer_ticket(ticket: Ticket, *, by: Actor, text: str, close: bool = False) -> TicketMessage:
    """Answer the customer, who gets a mail and reads it in My account, too."""
    ticket.status = TicketStatus.CLOSED if close else TicketStatus.ANSWERED
    message = say(ticket, text, author=by.name, is_from_customer=False)

    record(Happened.TICKET_ANSWERED, ticket.order, by, subject=ticket, text=ticket.subject)
    if ticket.order and ticket.email:
        mails.queue(
            "ticket_answer",
            ticket.order,
            once_key=f"ticket_answer:{message.id}",
            by=by,
            to_address=ticket.email,
            words={"ticket_subject": ticket.subject, "message": message.text},
            asked_for=True,
        )
    return message


def why_not_set_aside(ticket: Ticket) -> str:
    return _("The ticket is already marked as to do.") if ticket.status == TicketStatus.TO_DO else ""


@action(
    title=_l("To do"),
    group="tickets",
    icon="flag",
    done=_l("Ticket marked as to do"),
    why_not=why_not_set_aside,
)
def set_aside(ticket: Ticket, *, by: Actor) -> Ticket:
    """Keep the question to be answered later."""
    return set_status(ticket, TicketStatus.TO_DO, by)


def why_not_close_ticket(ticket: Ticket) -> str:
    return _("The ticket is closed.") if ticket.status == TicketStatus.CLOSED else ""


@action(
    title=_l("Close"),
    group="tickets",
    icon="check",
    done=_l("Ticket closed"),
    why_not=why_not_close_ticket,
    undo="reopen_ticket",
)
def close_ticket(ticket: Ticket, *, by: Actor) -> Ticket:
    """Nothing more is to be said. A reply of the customer opens it again."""
    return set_status(ticket, TicketStatus.CLOSED, by)


def why_not_reopen_ticket(ticket: Ticket) -> str:
    return "" if ticket.status == TicketStatus.CLOSED else _("The ticket is not closed.")


@action(
    title=_l("Reopen"),
    group="tickets",
    icon="arrow-back-up",
    done=_l("Ticket reopened"),
    why_not=why_not_reopen_ticket,
    undo="close_ticket",
    is_undo=True,
)
def reopen_ticket(ticket: Ticket, *, by: Actor) -> Ticket:
    """As it was before it was closed: unanswered when the customer had the last word."""
    last = ticket.messages[-1] if ticket.messages else None
    status = TicketStatus.UNANSWERED if last is None or last.is_from_customer else TicketStatus.ANSWERED
    return set_status(ticket, status, by)


def colleagues_for(ticket: Ticket) -> list[tuple[int | None, str]]:
    return [(None, "–"), *((staff_id, name) for staff_id, name in queries.active_staff() if staff_id)]


@action(
    title=_l("Assign"),
    group="tickets",
    icon="user",
    done=_l("Ticket assigned"),
    inputs=(Input("assignee_id", _l("For"), kind="colleague", choices=colleagues_for),),
    initial=lambda ticket: {"assignee_id": ticket.assignee_id},
)
def assign_ticket(ticket: Ticket, *, by: Actor, assignee_id: int | None = None) -> Ticket:
    """Give the question to a colleague, or to nobody."""
    assignee = db.session.get(Staff, assignee_id) if assignee_id else None
    if assignee_id and (assignee is None or not assignee.active):
        raise ActionRefused(_("For: choose somebody who works here."))
    changes = {"assignee": [str(ticket.assignee or ""), str(assignee or "")]}
    ticket.assignee = assignee
    db.session.flush()

    record(Happened.TICKET_CHANGED, ticket.order, by, subject=ticket, text=ticket.subject, changes=changes)
    return ticket


def why_not_make_task(ticket: Ticket) -> str:
    if ticket.task is None or ticket.task.status == TaskStatus.DONE:
        return ""
    return _("There is a task for this ticket already.")


@action(
    title=_l("Create a task"),
    group="tickets",
    icon="checklist",
    done=_l("Task added"),
    why_not=why_not_make_task,
    inputs=(
        Input(
            "description",
            _l("Task description"),
            kind="long_text",
            required=True,
            most=2000,
            initial=lambda ticket: ticket.subject,
        ),
        Input("due_at", _l("Due"), kind="moment"),
        Input("assignee_id", _l("For"), kind="colleague", choices=colleagues_for),
    ),
    initial=lambda ticket: {"assignee_id": ticket.assignee_id} if ticket.assignee_id else {},
)
def make_task(
    ticket: Ticket, *, by: Actor, description: str, due_at: datetime | None = None, assignee_id: int | None = None
) -> Task:
    """Something has to be done before it can be answered: the task is on the order, the question to do."""
    about = ticket.order or queries.shop()
    task: Task = add_task(about, by=by, description=description, due_at=due_at, assignee_id=assignee_id)
    ticket.task = task
    if ticket.status == TicketStatus.UNANSWERED:
        set_status(ticket, TicketStatus.TO_DO, by)
    db.session.flush()
    return task


def set_status(ticket: Ticket, status: TicketStatus, by: Actor) -> Ticket:
    changes = {"status": [ticket.status.value, status.value]}
    ticket.status = status
    note_unanswered(ticket)

    record(Happened.TICKET_CHANGED, ticket.order, by, subject=ticket, text=ticket.subject, changes=changes)
    return ticket


# --- what both do ---------------------------------------------------------------------------------------------------


def say(
    ticket: Ticket, text: str, *, author: str, is_from_customer: bool, pictures: Sequence[StoredFile] = ()
) -> TicketMessage:
    text = text.replace("\0", "").strip()[:LONGEST_TEXT]
    if not text:
        raise ActionRefused(_("Message: write something first."))
    message = TicketMessage(
        ticket=ticket,
        text=text,
        author=author[:255],
        is_from_customer=is_from_customer,
        written_at=now(),
        pictures=list(pictures),
    )
    db.session.add(message)
    ticket.last_message_at = message.written_at
    note_unanswered(ticket)
    return message


def note_unanswered(ticket: Ticket) -> None:
    """Keep the flag on the order true, by which the list marks it."""
    db.session.flush()
    if ticket.order:
        waiting = exists().where(Ticket.order_id == ticket.order.id, Ticket.status.in_(WAITING))
        ticket.order.has_unanswered_ticket = bool(db.session.scalar(select(waiting)))


#: What somebody still has to look at.
WAITING = (TicketStatus.UNANSWERED, TicketStatus.TO_DO)


def one_line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:255]
