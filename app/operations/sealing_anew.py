"""Noting an order of which something changed that History does not tell, so that it is sealed anew.

What people and shops do stands in History, and with that an order is sealed anew. What Toonbank itself notes on an
order does not always: by which id its shop knows a parcel, say. A session remembers which orders it changed, and of
which it told; the others are noted in the same transaction. What is changed past Toonbank has no session, and is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from sqlalchemy import event, insert, inspect, literal, select
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from app.extensions import Model, db
from app.models import History, Invoice, Order, Payment, Unsealed
from app.operations.order_rows import ORDERS, OWNED_ROWS
from app.operations.order_seals import ORDER, SEALED_FACTS, is_sealable

#: By table, what of it is sealed, and which column names the order.
SEALED: Mapping[type[Model], tuple[frozenset[str], str]] = {
    one.table: (frozenset(SEALED_FACTS[one.name].split()), one.key.key)
    for one in (ORDERS, *OWNED_ROWS)
    if one.of is Order and one.name in SEALED_FACTS
}

#: A new row of one of these has its order sealed anew by the database itself.
TELLING = (History, Payment, Invoice)

CHANGED, TOLD = "orders that changed", "orders of which something was told"


def plug_in_sealing_anew() -> None:
    event.listen(db.session, "after_flush", remember_orders)
    event.listen(db.session, "before_commit", note_untold)
    event.listen(db.session, "after_soft_rollback", forget_orders)


def remember_orders(session: Session, context: UOWTransaction) -> None:
    changed, told = session.info.setdefault(CHANGED, set()), session.info.setdefault(TOLD, set())
    for record in session.new:
        if isinstance(record, TELLING):
            told.add(record.order_id)
    for record in chain(session.new, session.dirty, session.deleted):
        names, key = SEALED.get(type(record), (frozenset(), ""))
        if names and (record in session.deleted or not names.isdisjoint(inspect(record).committed_state)):
            changed.add(getattr(record, key))


def note_untold(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    if untold := session.info.pop(CHANGED, set()) - session.info.pop(TOLD, set()):
        those = select(literal(ORDER), Order.id).where(Order.id.in_(untold), is_sealable())
        session.execute(insert(Unsealed).from_select(["kind", "record_id"], those))


def forget_orders(session: Session, previous: SessionTransaction) -> None:
    session.info.pop(TOLD, None)
    if not previous.nested:  # what a savepoint took back is at most sealed once more
        session.info.pop(CHANGED, None)
