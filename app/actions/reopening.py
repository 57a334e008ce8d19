"""Taking up again an order that its own shop had cancelled, and does not any more."""

from __future__ import annotations

from decimal import Decimal

from app.accounting.states import recompute_status
from app.actions.invoices import issue_when_placed
from app.actions.stock import Move, held_by_line, move, unused_document
from app.amounts.money import ZERO
from app.extensions import db
from app.history import Actor, Happened, record, subject_key
from app.models import MovementKind, Order, OrderLine
from app.queries import search


def reopen(order: Order, *, by: Actor) -> None:
    """As it was before: what Cancel dropped and is not credited is to go again, and is taken off the shelf again.

    What would not have gone anyway still doesn't. Packing slips that were withdrawn stay so.
    """
    order.cancelled_at = None
    for line in order.lines:
        to_go_again = count_dropped_by_cancel(line)
        line.dropped_by_cancel = None
        line.dropped -= to_go_again
    db.session.flush()
    held = held_by_line(order)
    out = {line: line.shipped + line.to_ship - held.get(line.id, ZERO) for line in order.lines if line.is_shippable}
    document = unused_document(order, f"{subject_key(order)}:reopened")
    moves = [Move(line, -missing) for line, missing in out.items() if missing > 0]
    move(moves, order, kind=MovementKind.ORDERED, document=document, by=by)
    recompute_status(order)
    search.index(order)

    record(Happened.ORDER_REOPENED, order, by)
    issue_when_placed(order, by=by)


def count_dropped_by_cancel(line: OrderLine) -> Decimal:
    """How much of a line Cancel dropped that is not credited; of an order cancelled before that was kept, all of it."""
    by_cancel = line.dropped if line.dropped_by_cancel is None else line.dropped_by_cancel
    return min(by_cancel, line.dropped_uncredited)
