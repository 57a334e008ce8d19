"""A step, watched: what it changed without a word in History, and which mail it promised and didn't write, or wrote."""

from __future__ import annotations

import inspect
from collections import defaultdict
from typing import Any

from sqlalchemy import func, select

from app.extensions import Base, db
from app.mails.kinds import why_off
from app.models import History, Invoice, MailState, Order, OutgoingMail
from app.queries import order_list
from tests.whole.moves import Move

#: What follows what is in History already, and is not a change of the order.
ELSEWHERE = {"history", "outgoing_mail", "arrival", "stock_movement", "job", "webhook_message"}
NO_FACTS = {"version", "has_memo", "has_open_task", "has_unanswered_ticket"}


class Watch:
    """The orders before a step."""

    def __init__(self) -> None:
        db.session.flush()
        self.rows = rows_by_order()
        self.history, self.mail, self.document = newest(History), newest(OutgoingMail), newest(Invoice)
        self.owing = set(db.session.scalars(select(Order.id).where(order_list.VIEWS["unpaid"])))

    def unsaid(self) -> list[str]:
        """The orders that changed though History says nothing new of them."""
        told = set(db.session.scalars(select(History.order_id).where(History.id > self.history)))
        return [
            f"{order.number} changed, and History doesn't say so: {self.news[order.id]}"
            for order in self.changed()
            if order.id not in told
        ]

    def changed(self) -> list[Order]:
        """The orders of which something is stored that was not before, or no longer."""
        now = rows_by_order()
        self.news = {
            order_id: [row for row in now[order_id] if row not in self.rows.get(order_id, [])]
            for order_id in now
            if self.rows.get(order_id, []) != now[order_id]
        }
        return list(db.session.scalars(select(Order).where(Order.id.in_(self.news)).order_by(Order.id)))

    def broken_promise(self, move: Move) -> list[str]:
        """A mail that the action promised and that is not there, or one that nobody asked for."""
        order, action = move.order, move.action
        if order is None or not action.mail:
            return []
        new = select(OutgoingMail.kind).where(OutgoingMail.id > self.mail, OutgoingMail.order_id == order.id)
        mails = list(db.session.scalars(new))
        is_asked = is_mail_wanted(move)
        if mails and not is_asked and not self.is_written_anew(order):
            return [f"{mails} written, and nobody asked for it"]
        has_reason = not order.email or bool(why_off(action.mail)) or self.has_nothing_to_tell(move, order)
        return [f"{action.mail} was promised, and is not there"] if is_asked and not mails and not has_reason else []

    def is_written_anew(self, order: Order) -> bool:
        """A mail that waited was withdrawn, and another one stands for it."""
        new = select(History.id).where(History.id > self.history, History.order_id == order.id)
        return db.session.scalar(new.where(History.what == "mail_taken_back").limit(1)) is not None

    def has_nothing_to_tell(self, move: Move, order: Order) -> bool:
        """Where the tick itself says on what it depends."""
        if move.action.name == "enter_payment":
            return order.id not in self.owing or not order.is_paid_for
        if move.action.name in ("change_order", "issue_invoice"):
            return newest(Invoice) == self.document
        if move.action.name in ("send_shipment", "change_tracking"):
            code = str(move.how.get("tracking_code", "")).strip()
            return order.is_pick_up or (move.action.name == "change_tracking" and (not code or has_waiting(order)))
        return False


def is_mail_wanted(move: Move) -> bool:
    if "notify" not in move.action.parameters:
        return True
    default = inspect.signature(move.action.run).parameters["notify"].default
    return bool(move.how.get("notify", default))


def has_waiting(order: Order) -> bool:
    """Whether a mail that says that something went waits still: it says the code."""
    return any(slip.mail is not None and slip.mail.state == MailState.QUEUED for slip in order.shipments)


def newest(model: Any) -> int:
    return db.session.scalar(select(func.max(model.id))) or 0


def rows_by_order() -> dict[int, list[tuple[Any, ...]]]:
    """Per order all that is stored of it."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for table in Base.metadata.sorted_tables:
        key = "id" if table.name == "orders" else "order_id"
        if key in table.c and table.name not in ELSEWHERE and (table.name == "orders" or "order_id" in table.c):
            columns = [column for column in table.c if column.name not in NO_FACTS]
            for row in db.session.execute(select(*columns).order_by(*table.primary_key)).mappings():
                if row[key] is not None:
                    found[row[key]].append((table.name, *map(str, row.values())))
    return found
