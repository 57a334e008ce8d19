"""What came in while somebody was away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select

from app.extensions import db
from app.models import MailState, Order, OutgoingMail, Return, ReturnStatus, Ticket
from app.queries.counting import count_capped, rows_in
from app.queries.statistics import UNANSWERED


def came_since(moment: datetime) -> list[int]:
    """How many orders, questions, returns and failed mails, each up to one more than the cap.

    Of what needs somebody only what still does. Each part is read from an index that ends with the moment.
    """
    return list(db.session.execute(what_came_since(moment)).one())


def what_came_since(moment: datetime) -> Select[int, int, int, int]:
    requested = (Return.status == ReturnStatus.REQUESTED, Return.created_at >= moment)
    failed = (OutgoingMail.state == MailState.FAILED, OutgoingMail.due_at >= moment)
    return select(
        count_capped(rows_in(Order, Order.placed_at >= moment, Order.is_draft.is_(False))),
        count_capped(rows_in(Ticket, UNANSWERED, Ticket.last_message_at >= moment)),
        count_capped(rows_in(Return, *requested)),
        count_capped(rows_in(OutgoingMail, *failed)),
    )
