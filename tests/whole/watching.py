"""A step, watched: what it changed without a word in History, what never changes, and which mails it promised.

All that is stored is looked at before and after; what was refused left all of it as it was.
"""

from __future__ import annotations

import inspect
import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import Table, func, select

from app.extensions import Base, db
from app.intake.stated_money import COUNTED, MATCHED
from app.mails.kinds import why_off
from app.models import History, Invoice, MailState, Order, OutgoingMail
from app.queries import order_list
from tests.whole.moves import Move

#: What follows what is in History already, and is not a change of the order.
ELSEWHERE = {
    "history",
    "outgoing_mail",
    "arrival",
    "stock_movement",
    "job",
    "webhook_delivery",
    "shop_write",
    "e_invoice_sending",
}
NO_FACTS = {"version", "updated_at", "has_memo", "has_open_task", "has_unanswered_ticket"}
#: A mail that is written in the place of another kind: with a code or without one.
SAME_MAIL = {"track_and_trace": "order_sent"}
#: What any request may touch.
UNSEEN = {
    "security_event",
    "security_event_search",
    "form_token",
    "staff_session",
    "idempotency_key",
    "api_token",
    "api_token_client",
    "worker_heartbeat",
}
#: What was issued, paid, moved and said stays as it is.
FIXED = {
    "invoice": (
        *("id", "order_id", "kind", "number", "credits_id", "makes_anew", "issued_at", "language", "currency"),
        *("net_total", "tax_total", "total", "snapshot"),
    ),
    "invoice_line": (),
    "print": (),
    "payment": (),
    "stock_movement": (),
    "history": ("id", "at", "what", "order_id", "subject", "actor_kind", "staff_id"),
}

Rows = dict[Any, tuple[Any, ...]]


class Watch:
    """All that is stored before a step."""

    def __init__(self) -> None:
        db.session.flush()
        self.stored = all_rows()
        self.history, self.mail, self.document = newest(History), newest(OutgoingMail), newest(Invoice)
        self.owing = set(db.session.scalars(select(Order.id).where(order_list.VIEWS["unpaid"])))

    def look(self) -> None:
        """Once more, after the step."""
        self.now = all_rows()
        self.news = changed_by_order(self.stored, self.now)

    def changed(self) -> list[Order]:
        """The orders of which something is stored that was not before, or no longer."""
        return list(db.session.scalars(select(Order).where(Order.id.in_(self.news)).order_by(Order.id)))

    def unsaid(self) -> Iterator[str]:
        """The orders that changed though History says nothing new of them, nor of their customer."""
        said = select(History.order_id, History.subject).where(History.id > self.history)
        told = {about for row in db.session.execute(said) for about in row}
        for order in self.changed():
            if not told & {order.id, f"customer:{order.customer_id}"}:
                yield f"{order.number} changed, and History doesn't say so: {self.news[order.id]}"

    def rewritten(self) -> Iterator[str]:
        """What is fixed and was changed, or is gone."""
        for name, columns in FIXED.items():
            at = [position(name, column) for column in columns] or range(len(Base.metadata.tables[name].c))
            for key, row in self.stored[name].items():
                now = self.now[name].get(key)
                if now is not row and (now is None or any(now[one] != row[one] for one in at)):
                    yield f"{name} {key} was {row}, and is {now}"

    def touched(self) -> list[str]:
        """The tables in which something is stored that was not before, or no longer."""
        return [name for name, rows in self.now.items() if name not in UNSEEN and rows != self.stored[name]]

    def broken_promise(self, move: Move) -> list[str]:
        """A mail that the action promised and that is not there, or one that nobody asked for."""
        order, action = move.order, move.action
        if order is None or not action.mail:
            return []
        new = select(OutgoingMail.kind).where(OutgoingMail.id > self.mail, OutgoingMail.order_id == order.id)
        mails = list(db.session.scalars(new))
        is_asked = is_mail_wanted(move)
        unasked = [] if is_asked else self.not_written_anew(order, mails)
        if unasked:
            return [f"{unasked} written, and nobody asked for it"]
        has_reason = not order.email or bool(why_off(action.mail)) or self.has_nothing_to_tell(move, order)
        return [f"{action.mail} was promised, and is not there"] if is_asked and not mails and not has_reason else []

    def not_written_anew(self, order: Order, mails: list[str]) -> list[str]:
        """The kinds of these mails that stand for none that waited and was withdrawn."""
        taken_back = select(History.subject).where(History.id > self.history, History.order_id == order.id)
        gone = set(db.session.scalars(taken_back.where(History.what == "mail_taken_back")))
        kinds = dict(db.session.execute(select(OutgoingMail.id, OutgoingMail.kind)).all())
        withdrawn = {SAME_MAIL.get(kind, kind) for key, kind in kinds.items() if f"outgoing_mail:{key}" in gone}
        return [kind for kind in mails if SAME_MAIL.get(kind, kind) not in withdrawn]

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


# --- all that is stored ---------------------------------------------------------------------------------------------


def all_rows() -> dict[str, Rows]:
    """Per table its rows as the database has them, by their keys."""
    db.session.flush()
    connection = db.session.connection()
    found = {}
    for table in Base.metadata.sorted_tables:
        keys = [position(table.name, one.name) for one in table.primary_key]
        rows = connection.exec_driver_sql(query_of(table)).all()
        found[table.name] = {tuple(row[one] for one in keys): tuple(row) for row in rows}
    return found


@cache
def query_of(table: Table) -> str:
    return f"SELECT {', '.join(one.name for one in table.c)} FROM {table.name}"


@cache
def position(table: str, column: str) -> int:
    return list(Base.metadata.tables[table].c.keys()).index(column)


def changed_by_order(before: dict[str, Rows], now: dict[str, Rows]) -> dict[int, list[tuple[Any, ...]]]:
    """Per order the rows that say something else than before, or are gone."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for name, facts, order_at in tables_of_orders():
        keys = [key for key in {**before[name], **now[name]} if before[name].get(key) != now[name].get(key)]
        for key in keys:
            old, new = before[name].get(key), now[name].get(key)
            is_other = old is None or new is None or any(fact(name, one, old) != fact(name, one, new) for one in facts)
            order_id = (new or old or ())[order_at]
            if is_other and order_id is not None:
                found[order_id].append((name, *[one for one in (old, new) if one]))
    return found


def fact(table: str, at: int, row: tuple[Any, ...]) -> Any:
    """What a row says in a column; of what its shop stated last, without which payments it counted and matched."""
    if table != "orders" or at != position("orders", "stated") or not row[at]:
        return row[at]
    stated = json.loads(row[at]) if isinstance(row[at], str) else row[at]
    return {name: said for name, said in stated.items() if name not in (COUNTED, MATCHED)}


@cache
def tables_of_orders() -> list[tuple[str, list[int], int]]:
    """The tables that belong to orders: which columns are facts, and which says of what order."""
    found = []
    for table in Base.metadata.sorted_tables:
        key = "id" if table.name == "orders" else "order_id"
        if key in table.c and table.name not in ELSEWHERE:
            facts = [at for at, column in enumerate(table.c) if column.name not in NO_FACTS]
            found.append((table.name, facts, position(table.name, key)))
    return found
