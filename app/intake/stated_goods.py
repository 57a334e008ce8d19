"""Goods of an order as its shop states them: what went, what will not go, and what it says beside."""

from __future__ import annotations

from decimal import Decimal

from app.actions.following import Facts
from app.actions.goods import drop_goods
from app.actions.stock import put_back_unsent
from app.amounts.money import ZERO
from app.history import Actor, Happened, record
from app.intake.stated_parcels import WHOLE, add_shipments, call_off, sent_by_hand
from app.intake_readers.new_order import NewNote, NewOrder
from app.intake_readers.over import is_paid_back
from app.models import MovementKind, Order
from app.write_back import are_our_refunds


def bring_goods_up(order: Order, new: NewOrder, by: Actor) -> list[str]:
    """Parcels, and what will not go: names what changed. A parcel that names no lines holds all that is left."""
    says_what_went = any(parcel.lines for parcel in new.shipments)
    is_dropped = not says_what_went and drop_gone(order, new, by)
    is_sent = add_shipments(order, new, by)
    is_dropped = drop_gone(order, new, by) or is_dropped
    is_dropped = drop_paid_back(order, new, by) or is_dropped
    return [name for name, changed in (("goods", is_dropped), ("shipments", is_sent)) if changed]


def drop_gone(order: Order, new: NewOrder, by: Actor) -> bool:
    """What its shop refunded, or took off, before it went will not go. Whether what went comes back, a return says.

    A refund does not tell whether its pieces had been sent: as many as were sent may be among those, and people decide.
    Of an order that is over there, what did not go is what was refunded.
    """
    gone = {line.external_id: line.gone for line in new.lines if line.external_id and line.gone > 0}
    sent = {line.id: ZERO if new.is_completed else line.shipped for line in order.lines}
    wanted = {line.id: gone.get(line.external_id, ZERO) - line.dropped - sent[line.id] for line in order.lines}
    return drop(order, wanted, by)


def drop_paid_back(order: Order, new: NewOrder, by: Actor) -> bool:
    """Of an order that is over there, for it is paid back in full, nothing more goes.

    Where its shop says no more than that the money went back, or was told so from here, people decide.
    """
    if new.cancelled_at or not new.is_completed or not is_paid_back(new):
        return False
    if are_our_refunds(order, [one.external_id for one in new.refunds]):
        return False
    return drop(order, {line.id: line.to_ship for line in order.lines}, by)


def drop(order: Order, wanted: dict[int, Decimal], by: Actor) -> bool:
    quantities = {line.id: min(wanted[line.id], line.to_ship) for line in order.lines}
    quantities = {line_id: many for line_id, many in quantities.items() if many > 0}
    if not quantities or order.cancelled_at:
        return False
    put_back_unsent(order, quantities, restock=True, kind=MovementKind.CANCELLED, document=order, by=by)
    drop_goods(order, quantities, by=by)
    return True


def put_back_gone(order: Order, by: Actor) -> None:
    """Of a new order, which took all of its goods off the shelf: what had been dropped before."""
    dropped = {line.id: line.dropped for line in order.lines if line.dropped > 0}
    if dropped and not order.cancelled_at:
        put_back_unsent(order, dropped, restock=True, kind=MovementKind.CANCELLED, document=order, by=by)


def not_completed_there(order: Order, new: NewOrder, before: Facts, by: Actor) -> bool:
    """Its shop set the order completed by mistake, and says so now: the parcel that stands for that did not go.

    What people sent, or handed over, here went all the same.
    """
    was_done = [external_id for external_id in before.get("parcels", ()) if external_id in WHOLE]
    if not was_done or new.cancelled_at or new.is_completed or new.picked_up_at:
        return False
    if any(parcel.external_id in WHOLE or parcel.sent_at for parcel in new.shipments):
        return False
    by_hand = sent_by_hand(order)
    stand_in = [one for one in order.shipments if one.external_id in was_done and one.id not in by_hand]
    return any(call_off(one, by) for one in stand_in)


def add_notes(order: Order, notes: list[NewNote], by: Actor) -> None:
    for note in notes:
        record(
            Happened.NOTE_RECEIVED,
            order,
            by,
            text=note.text,
            author=note.author,
            written_at=note.written_at,
            to_customer=note.to_customer,
        )
